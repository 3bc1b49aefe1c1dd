"""Exports: every form holds the numbers of the JSON, and says what it is."""

import hashlib
import io
import json
import subprocess
import sys
import zipfile
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import h5netcdf
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pyogrio
import pytest
import xarray as xr
from openpyxl import load_workbook
from python_calamine import CalamineWorkbook
from starlette.testclient import TestClient

from soc_monitor.api.bodies.numbers import COLUMNS
from soc_monitor.exports import About, Table
from soc_monitor.exports.columns import COLUMNS as DESCRIBED
from soc_monitor.exports.netcdf import Place, write_netcdf
from soc_monitor.exports.workbook import write_xlsx

from .exported import ASKED, SERIES, save


def rows_of(client: TestClient) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = client.get(f"{SERIES}.json?{ASKED}").json()["data"]
    return rows


def test_the_columns_of_all_forms_are_those_of_the_json() -> None:
    assert tuple(column.name for column in DESCRIBED) == COLUMNS


def test_pandas_reads_the_csv_with_numbers_as_numbers(client: TestClient, tmp_path: Path) -> None:
    path = save(client, f"{SERIES}.csv?{ASKED}", tmp_path)
    table = pd.read_csv(path, parse_dates=["period_start", "period_end"])
    expected = rows_of(client)
    assert list(table.columns) == list(COLUMNS)
    assert table["value"].isna().tolist() == [row["value"] is None for row in expected]
    known = [row["value"] for row in expected if row["value"] is not None]
    assert table["value"].dropna().tolist() == known
    assert str(table["period_start"].dtype).startswith("datetime64")
    assert "'=HYPERLINK(1)" in set(table["area_name"])


def test_parquet_is_typed_and_says_where_it_comes_from(client: TestClient, tmp_path: Path) -> None:
    path = save(client, f"{SERIES}.parquet?{ASKED}", tmp_path)
    table, expected = pq.read_table(path), rows_of(client)
    assert table.schema.field("period_start").type == "date32[day]"
    assert table.schema.field("depth_top_cm").type == "int32"
    assert table["value"].to_pylist() == [row["value"] for row in expected]
    assert table["area_name"].to_pylist() == [row["area_name"] for row in expected]
    told = table.schema.metadata
    assert {b"citation", b"release", b"licence", b"manifest"} <= set(told)
    assert b"source_url" not in told  # A site without an address has none to give.
    assert told[b"licence"] == b"CC-BY-4.0"


@pytest.mark.parametrize(
    "path", [f"{SERIES}.json?{ASKED}", "map.json?t=2010", "map.geojson?t=2010"]
)
def test_json_has_the_citation_that_a_file_of_the_same_numbers_has(
    client: TestClient, tmp_path: Path, path: str
) -> None:
    path = path if path.startswith("/") else f"/api/v1/{path}"
    body = client.get(path).json()
    line = body.get("meta", body.get("metadata"))["citation"]
    form = "json" if ".json" in path else "geojson"
    file = save(client, path.replace(f".{form}", ".parquet"), tmp_path)
    told = pq.read_schema(file).metadata[b"citation"].decode()
    assert line == told.replace(".parquet?", f".{form}?")
    assert line.startswith(f"soc-monitor ({body.get('meta', body.get('metadata'))['release'][:4]})")


def test_a_workbook_has_true_numbers_and_dates_and_no_formula(
    client: TestClient, tmp_path: Path
) -> None:
    path = save(client, f"{SERIES}.xlsx?{ASKED}&v=debt", tmp_path)
    book = load_workbook(path)
    assert book.sheetnames == ["Read me", "Data", "Columns"]
    head, *lines = book["Data"].iter_rows()
    names = [cell.value for cell in head]
    assert names == list(COLUMNS)
    at = {name: number for number, name in enumerate(names)}
    values = [line[at["value"]] for line in lines]
    assert any(cell.value is not None and cell.value < 0 for cell in values)
    assert {cell.data_type for cell in values if cell.value is not None} == {"n"}
    names_of = [line[at["area_name"]] for line in lines]
    assert "=HYPERLINK(1)" in {cell.value for cell in names_of}
    assert {cell.data_type for cell in names_of} == {"s"}
    assert all(cell.is_date for cell in (line[at["period_start"]] for line in lines))
    assert all(cell.data_type != "f" for sheet in book for line in sheet for cell in line)
    assert book["Data"].freeze_panes == "A2"
    assert not any(sheet.merged_cells.ranges for sheet in book)


def said(variable: str) -> About:
    """What a file of one variable says of itself."""
    return About(
        name="a",
        titles=("a",),
        title="a",
        summary="a",
        language="en",
        variable=variable,
        unit="t C ha-1",
        units=("t C ha-1",),
        product="a",
        citation="a",
        licence="a",
        link="a",
        notes="a",
        interval_note="a",
        release="a",
        address="a",
        origin="a",
        software="a",
        sources=(),
        published_at=datetime(2026, 1, 1, tzinfo=UTC),
    )


def test_a_day_that_workbooks_do_not_know_stands_as_its_text(tmp_path: Path) -> None:
    days = ("1750-01-01", "1900-01-01", "1900-02-28", "1900-03-01")
    column = next(one for one in DESCRIBED if one.name == "period_start")
    rows = [{"period_start": day} for day in days]
    table = Table(about=said("a"), batches=lambda: [rows], total=4, columns=(column,), key=())
    write_xlsx(table, tmp_path / "a.xlsx")
    book = CalamineWorkbook.from_path(str(tmp_path / "a.xlsx"))
    read = [row[0] for row in book.get_sheet_by_name("Data").to_python()[1:]]
    assert read == [*days[:3], date(1900, 3, 1)]
    told = {row[0]: row[1] for row in book.get_sheet_by_name("Read me").to_python()}
    assert "low_coverage" in str(told["Flags"])


def test_a_netcdf_of_series_is_areas_by_time(client: TestClient, tmp_path: Path) -> None:
    path = save(client, f"{SERIES}.nc?{ASKED}", tmp_path)
    expected = {(row["area_id"], row["period"]): row for row in rows_of(client)}
    with h5netcdf.File(path, "r") as file:
        codes = [bytes(code).decode() for code in file["area_id"][...]]
        assert codes == ["AAA", "BBB", "CCC", "AAA-1", "AAA-2"]
        values = file["soc_stock_0_30cm"][...]
        for number, code in enumerate(codes):
            for column, year in enumerate(("2000", "2010")):
                wanted = expected[code, year]["value"]
                found = values[number, column]
                assert np.isnan(found) if wanted is None else found == wanted
        assert file["depth_bnds"][...].tolist() == [0.0, 0.3]


def test_a_geopackage_relates_shapes_and_values(client: TestClient, tmp_path: Path) -> None:
    path = save(client, f"{SERIES}.gpkg?{ASKED}", tmp_path)
    assert [layer for layer, _ in pyogrio.list_layers(path)] == ["areas", "values"]
    areas = pyogrio.read_dataframe(path, layer="areas")
    values = pyogrio.read_dataframe(path, layer="values")
    assert areas["area_id"].tolist() == ["AAA", "BBB", "CCC", "AAA-1", "AAA-2"]
    assert areas.geometry.notna().all()
    assert areas.crs.to_epsg() == 4326
    assert set(values["area_id"]) == set(areas["area_id"])
    expected = [row["value"] for row in rows_of(client)]
    assert [None if np.isnan(v) else v for v in values["value"]] == expected


def frictionless(package: Path) -> dict[str, Any]:
    command = [sys.executable, "-W", "ignore", "-m", "frictionless", "validate", str(package)]
    told = subprocess.run([*command, "--json"], capture_output=True, text=True, check=False)
    report: dict[str, Any] = json.loads(told.stdout)
    return report


@pytest.mark.parametrize("address", [f"series.zip?{ASKED}&labels=fr", "map.zip?lvl=adm1&v=debt"])
def test_a_zip_explains_itself_and_frictionless_finds_no_error(
    client: TestClient, tmp_path: Path, address: str
) -> None:
    path = save(client, f"/api/v1/{address}", tmp_path)
    with zipfile.ZipFile(path) as packed:
        packed.extractall(tmp_path / "out")
        names = set(packed.namelist())
    assert names == {
        "data.csv",
        "data.csv-metadata.json",
        "datapackage.json",
        "README.md",
        "CITATION.cff",
        "LICENCE.txt",
        "manifest.json",
    }
    package = json.loads((tmp_path / "out/datapackage.json").read_text("utf-8"))
    data = (tmp_path / "out/data.csv").read_bytes()
    assert package["resources"][0]["hash"] == f"sha256:{hashlib.sha256(data).hexdigest()}"
    report = frictionless(tmp_path / "out/datapackage.json")
    assert report["valid"], report
    assert report["stats"]["errors"] == 0
    broken = data.replace(b"inferred", b"invented").replace(b"modelled", b"invented")
    (tmp_path / "out/data.csv").write_bytes(broken)
    assert not frictionless(tmp_path / "out/datapackage.json")["valid"]
    assert "CC-BY-4.0" in (tmp_path / "out/LICENCE.txt").read_text("utf-8")
    assert "date-released" in (tmp_path / "out/CITATION.cff").read_text("utf-8")


@pytest.mark.parametrize(("area", "there"), [("CCC~AAA", True), ("CCC", False)])
def test_a_file_says_that_it_has_intervals_whichever_area_has_them(
    client: TestClient, tmp_path: Path, area: str, *, there: bool
) -> None:
    path = save(client, f"{SERIES}.zip?area={area}&v=stock", tmp_path)
    with zipfile.ZipFile(path) as packed:
        told = packed.read("README.md").decode()
    assert ("95% and 50% intervals" in told) is there
    assert ("there is no interval" in told) is not there


def test_a_csv_is_described_as_csvw(client: TestClient) -> None:
    answer = client.get(f"{SERIES}.csv?{ASKED}")
    where = answer.links["describedby"]["url"]
    described = client.get(where)
    assert described.headers["content-type"] == "application/csvm+json"
    document = described.json()
    header = answer.text.splitlines()[0].split(",")
    columns = document["tableSchema"]["columns"]
    assert [column["name"] for column in columns] == header
    assert all(set(column["titles"]) == {"en", "fr", "es"} for column in columns)
    assert document["url"].startswith("series.csv?")
    assert client.get(urljoin(where, document["url"])).content == answer.content


CF = """
import sys
from compliance_checker.runner import CheckSuite, ComplianceChecker
CheckSuite.load_all_available_checkers()
ComplianceChecker.run_checker(
    sys.argv[1], ["cf:1.11", "acdd:1.3"], verbose=0, criteria="strict",
    output_filename=sys.argv[1] + ".json", output_format="json")
"""


def checked(path: Path) -> dict[str, dict[str, list[str]]]:
    """What the checker says, by convention and by how much it matters."""
    command = [sys.executable, "-W", "ignore", "-c", CF, str(path)]
    subprocess.run(command, capture_output=True, check=True)
    (report,) = path.parent.glob("*.json")
    found = json.loads(report.read_text("utf-8"))
    return {
        convention: {
            weight: [msg for one in said[f"{weight}_priorities"] for msg in one["msgs"]]
            for weight in ("high", "medium")
        }
        for convention, said in found.items()
    }


@pytest.mark.parametrize(
    "address",
    [
        f"series.nc?{ASKED}&v=stock&u=kg-m2",
        f"series.nc?{ASKED}&v=total",
        f"series.nc?{ASKED}&v=stock~total&u=kg-m2",
        "grid.nc?area=BBB&v=stock",
    ],
)
def test_a_checker_of_cf_and_acdd_finds_no_error(
    client: TestClient, tmp_path: Path, address: str
) -> None:
    path = save(client, f"/api/v1/{address}", tmp_path)
    said = checked(path)
    assert said["cf:1.11"]["high"] == []
    # A scalar coordinate may have bounds; the checker would have it be a dimension.
    assert [msg for msg in said["cf:1.11"]["medium"] if "depth_bnds" not in msg] == []
    # There are no CF names for most of what stands beside a stock.
    assert set(said["acdd:1.3"]["high"]) <= {"standard_name"}


def test_the_axis_of_time_goes_forward_whatever_the_periods(
    client: TestClient, tmp_path: Path
) -> None:
    body = client.get(f"{SERIES}.json?area=AAA&t=2010").json()
    spans = [
        ("2010-01-01", "2010-12-31"),
        ("2010-02-01", "2010-02-28"),
        ("2009-01-01", "2018-12-31"),
    ]
    rows = [{**body["data"][0], "period_start": low, "period_end": high} for low, high in spans]
    table = Table(about=said("soc_stock_0_30cm"), batches=lambda: [rows], total=len(rows))
    place = Place(code="AAA", name="Azure Coast", box=(0.0, 40.0, 40.0, 70.0))
    write_netcdf(table, tmp_path / "a.nc", [place])
    with xr.open_dataset(tmp_path / "a.nc", engine="h5netcdf") as found:
        assert found["time"].to_index().is_monotonic_increasing
        assert found.attrs["time_coverage_start"] == "2009-01-01"
        assert found.attrs["time_coverage_end"] == "2018-12-31"


def test_all_areas_of_a_level_inside_of_an_area_are_one_file(client: TestClient) -> None:
    answer = client.get(f"{SERIES}.csv?area=WLD&lvl=adm1&t=2010")
    table = pd.read_csv(io.BytesIO(answer.content))
    assert table["area_id"].tolist() == ["AAA-1", "AAA-2", "BBB-1", "BBB-2", "CCC-1"]
    assert 'filename="soc-stock_WLD-adm1_0-30cm_2010_r' in answer.headers["content-disposition"]
    below = client.get(f"{SERIES}.json?area=AAA&lvl=adm1&t=2010").json()["data"]
    assert [row["area_id"] for row in below] == ["AAA-1", "AAA-2"]
    assert client.get(f"{SERIES}.json?area=AAA-1&lvl=adm1").status_code == 422


def test_parts_of_a_file_are_sent_as_they_are(client: TestClient) -> None:
    address = f"{SERIES}.parquet?{ASKED}"
    whole = client.get(address, headers={"Accept-Encoding": "gzip"})
    assert "content-encoding" not in whole.headers
    part = client.get(address, headers={"Range": "bytes=0-3", "Accept-Encoding": "gzip"})
    assert part.status_code == 206
    assert part.content == whole.content[:4] == b"PAR1"
    assert client.get(address, headers={"If-None-Match": whole.headers["etag"]}).status_code == 304
