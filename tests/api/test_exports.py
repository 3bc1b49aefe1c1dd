"""Exports: every form holds the numbers of the JSON, says what it is, and is made again alike."""

import hashlib
import io
import json
import os
import random
import subprocess
import sys
import threading
import time
import uuid
import zipfile
from pathlib import Path
from typing import Any

import h5netcdf
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pyogrio
import pytest
import rasterio
from openpyxl import load_workbook
from sqlalchemy import text
from starlette.testclient import TestClient

from soc_monitor import making
from soc_monitor.api import files
from soc_monitor.api.app import create_api
from soc_monitor.api.bodies.numbers import COLUMNS
from soc_monitor.api.desk import EXPORTS
from soc_monitor.exports.columns import COLUMNS as DESCRIBED
from soc_monitor.exports.manifest import read_manifest
from soc_monitor.making import UNFORESEEN, make, make_all, make_next, sweep
from soc_monitor.settings import Settings
from soc_monitor.store import exports, publish, read, read_slices, runs
from soc_monitor.store.sources import list_sources
from soc_monitor.store.store import Store

from .conftest import SET, TIER1, World, describe, fill, now, revise, stock

ROOT = Path(__file__).parents[2]
SERIES = "/api/v1/series"
FORMS = [
    *(f"series.{form}" for form in ("csv", "parquet", "xlsx", "nc", "gpkg", "zip", "json")),
    *(f"map.{form}" for form in ("csv", "parquet", "xlsx", "gpkg", "zip", "geojson", "json")),
    "grid.tif",
    "grid.nc",
]
ASKED = "area=AAA~BBB~CCC~AAA-1~AAA-2"


def save(client: TestClient, address: str, folder: Path) -> Path:
    """What an address answers, as a file under the name that the answer gives it."""
    answer = client.get(address)
    assert answer.status_code == 200, answer.text
    said = answer.headers.get("content-disposition", 'filename="answer.json"')
    path = folder / said.partition('filename="')[2].rstrip('"')
    path.write_bytes(answer.content)
    return path


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
    assert {b"citation", b"release", b"licence", b"source_url", b"manifest"} <= set(told)
    assert told[b"licence"] == b"CC-BY-4.0"


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
    assert document["url"].startswith("/api/v1/series.csv?")
    assert client.get(document["url"]).content == answer.content


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


def test_a_cut_out_has_the_cells_of_the_map_and_none_outside(
    client: TestClient, tmp_path: Path
) -> None:
    path = save(client, "/api/v1/grid.tif?area=AAA&t=2000&src=ipcc_tier1", tmp_path)
    with rasterio.open(path) as file:
        assert file.driver == "GTiff"
        assert file.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        assert file.crs.to_epsg() == 4326
        assert file.nodata == -9999
        assert tuple(file.bounds) == (0.0, 40.0, 40.0, 70.0)
        assert file.descriptions[0] == "soc_stock_0_30cm"
        assert file.units[0] == "t C ha-1"
        values = file.read(1)
    expected = [[stock(row, col, 2000) for col in range(18, 22)] for row in range(2, 5)]
    assert values.tolist() == expected


def test_a_cut_out_across_the_antimeridian_is_one_piece(client: TestClient, tmp_path: Path) -> None:
    path = save(client, "/api/v1/grid.tif?area=BBB&t=2000", tmp_path)
    with rasterio.open(path) as file:
        assert tuple(file.bounds) == (170.0, 50.0, 200.0, 70.0)
        values = file.read(1)
    columns = (35, 0, 1)
    assert values.tolist() == [[stock(row, col, 2000) for col in columns] for row in (2, 3)]
    boxed = save(client, "/api/v1/grid.tif?bbox=170,50,-160,70&t=2000", tmp_path)
    with rasterio.open(boxed) as file:
        assert file.read(1).tolist() == values.tolist()


def test_cells_that_an_area_does_not_reach_are_empty(client: TestClient, tmp_path: Path) -> None:
    whole = save(client, "/api/v1/grid.nc?t=2010", tmp_path)
    with h5netcdf.File(whole, "r") as file:
        values = file["soc_stock_0_30cm"][0]
        assert values.shape == (18, 36)
        assert values[17, 0] == -9999
        assert file["lat"][0] == 85
        assert file["soc_stock_0_30cm"].attrs["_FillValue"] == -9999


@pytest.mark.parametrize(
    ("query", "kind"),
    [
        ("bbox=1,2,3", "bad-value"),
        ("bbox=0,50,10,40", "bad-value"),
        ("bbox=0,0,nan,1", "bad-value"),
        ("bbox=0,0,999,1", "bad-value"),
        ("bbox=0,0,1,1&area=AAA", "bad-value"),
        ("area=XXX", "unknown-area"),
        ("t=1999", "unknown-period"),
    ],
)
def test_a_cut_out_that_cannot_be_is_told_why(client: TestClient, query: str, kind: str) -> None:
    answer = client.get(f"/api/v1/grid.tif?{query}")
    assert answer.status_code in {404, 422}
    assert answer.json()["type"] == f"/api/problems/{kind}"


def test_all_areas_of_a_level_inside_of_an_area_are_one_file(client: TestClient) -> None:
    answer = client.get(f"{SERIES}.csv?area=WLD&lvl=adm1&t=2010")
    table = pd.read_csv(io.BytesIO(answer.content))
    assert table["area_id"].tolist() == ["AAA-1", "AAA-2", "BBB-1", "BBB-2", "CCC-1"]
    assert 'filename="soc-stock_WLD-adm1_0-30cm_2010_r' in answer.headers["content-disposition"]
    below = client.get(f"{SERIES}.json?area=AAA&lvl=adm1&t=2010").json()["data"]
    assert [row["area_id"] for row in below] == ["AAA-1", "AAA-2"]
    assert client.get(f"{SERIES}.json?area=AAA-1&lvl=adm1").status_code == 422


@pytest.mark.parametrize("form", FORMS)
def test_every_export_carries_the_manifest_that_makes_it_again(
    world: World, tmp_path: Path, form: str
) -> None:
    path = save(world.client, f"/api/v1/{form}?v=stock", tmp_path)
    if form.endswith(".csv"):
        where = world.client.get(f"/api/v1/{form}?v=stock").links["describedby"]["url"]
        beside = tmp_path / "metadata.json"
        beside.write_bytes(world.client.get(where).content)
        found = read_manifest(beside)
        again = world.client.get(found["address"].replace(".csv-metadata.json", ".csv"))
    else:
        found = read_manifest(path)
        again = world.client.get(found["address"])
    assert found["release"] == world.second.name
    assert again.content == path.read_bytes()


def test_parts_of_a_file_are_sent_as_they_are(client: TestClient) -> None:
    address = f"{SERIES}.parquet?{ASKED}"
    whole = client.get(address, headers={"Accept-Encoding": "gzip"})
    assert "content-encoding" not in whole.headers
    part = client.get(address, headers={"Range": "bytes=0-3", "Accept-Encoding": "gzip"})
    assert part.status_code == 206
    assert part.content == whole.content[:4] == b"PAR1"
    assert client.get(address, headers={"If-None-Match": whole.headers["etag"]}).status_code == 304


def some_addresses(number: int) -> list[str]:
    pick = random.Random(7)
    found = []
    for _ in range(number):
        form = pick.choice(FORMS)
        keys = {
            "v": pick.choice(["stock", "total"]),
            "src": pick.choice(["ipcc_tier1", "soil_carbon_debt"]),
            "labels": pick.choice(["en", "fr", "es"]),
            "t": pick.choice(["2000", "2010", "latest"]),
        }
        if form.startswith("series"):
            keys["area"] = "~".join(pick.sample(["WLD", "AAA", "BBB", "CCC", "AAA-1"], 3))
        elif form.startswith("map"):
            keys["lvl"] = pick.choice(["m49", "adm0", "adm1"])
        else:
            keys["area"] = pick.choice(["AAA", "BBB", "CCC-1", "WLD"])
        found.append(f"/api/v1/{form}?" + "&".join(f"{k}={v}" for k, v in keys.items()))
    return found


def test_twenty_random_exports_are_made_again_from_their_manifests(
    world: World, tmp_path: Path
) -> None:
    settings = Settings(data=tmp_path)
    for number, address in enumerate(some_addresses(20)):
        answer = world.client.get(address)
        assert answer.status_code == 200, answer.text
        path = tmp_path / f"export{number}.{address.partition('?')[0].rpartition('.')[2]}"
        path.write_bytes(answer.content)
        if ".csv?" in address:
            where = answer.headers["link"].partition("<")[2].partition(">")[0]
            path.write_bytes(world.client.get(where).content)
        found = str(read_manifest(path)["address"]).replace(".csv-metadata.json", ".csv")
        made = make(world.store, settings, found, tmp_path / "again")
        assert made.sha256 == hashlib.sha256(answer.content).hexdigest(), address


@pytest.mark.parametrize("form", ["series.xlsx", "map.gpkg", "grid.tif"])
def test_the_command_makes_a_file_again_from_nothing_but_itself(
    world: World, tmp_path: Path, form: str
) -> None:
    path = save(world.client, f"/api/v1/{form}?v=stock&src={TIER1}", tmp_path)
    again = tmp_path / "again"
    words = ["export", "--manifest", str(path), "--out", str(again), "--json"]
    where = {
        "DATABASE_URL": world.store.engine.url.render_as_string(hide_password=False),
        "SOC_ARRAYS": str(world.store.arrays),
        "SOC_DATA": str(tmp_path),
    }
    done = subprocess.run(
        [sys.executable, "-m", "soc_monitor.cli", *words],
        env={**os.environ, **where},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert again.read_bytes() == path.read_bytes()
    told = json.loads(done.stdout)
    assert told["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_pinned_export_stays_the_same_through_later_releases(
    store: Store, tmp_path: Path
) -> None:
    first, _ = fill(store)
    settings = Settings(data=tmp_path)
    asked = {f"/api/v1/{form}?v=stock&rel={first.name}" for form in FORMS}
    before = {a: make(store, settings, a, tmp_path / "file").sha256 for a in asked}
    revise(store)
    revise(store)
    assert read.find_release(store).name != first.name
    after = {a: make(store, settings, a, tmp_path / "file").sha256 for a in asked}
    assert after == before


def test_who_edits_the_words_of_a_source_changes_the_next_release_alone(
    store: Store, tmp_path: Path
) -> None:
    _, second = fill(store)
    settings = Settings(data=tmp_path)
    asked = [f"/api/v1/{form}?v=stock&src={TIER1}&rel={second.name}" for form in FORMS]
    asked += [
        f"/api/v1/products?rel={second.name}",
        f"/api/v1/indicators?rel={second.name}",
        f"/api/v1/releases/{second.name}/citation.cff",
    ]
    before = {a: make(store, settings, a, tmp_path / "file").sha256 for a in asked}
    assert not read_slices.unpublished(store)

    describe(store, TIER1, "Tier 1, in better words")
    assert {a: make(store, settings, a, tmp_path / "file").sha256 for a in asked} == before
    assert read_slices.unpublished(store), "readers are still to be told"
    assert list_sources(store, second)[TIER1].title["en"] == "Tier 1"

    with runs.open_run(store, "estimate", now(), job_version="1", code_version="1") as run:
        third = publish.publish(store, run, SET, ())
    assert third is not None
    assert not read_slices.unpublished(store)
    assert {a: make(store, settings, a, tmp_path / "file").sha256 for a in asked} == before
    told = tmp_path / "told.json"
    make(store, settings, f"/api/v1/series.json?v=stock&src={TIER1}&rel={third}", told)
    assert json.loads(told.read_bytes())["meta"]["product"]["title"] == "Tier 1, in better words"


def test_a_long_export_is_made_by_the_worker_and_then_handed_out(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(data=tmp_path)
    app = create_api(world.store, settings)
    address = f"{SERIES}.parquet?{ASKED}&rel={world.first.name}"
    at_once = world.client.get(address).content
    monkeypatch.setattr(files, "AT_ONCE", 5)
    with TestClient(app) as client:
        asked = client.get(address)
        assert asked.status_code == 202
        assert asked.headers["retry-after"]
        where = asked.headers["location"]
        assert client.get(where).json()["state"] == "waiting"
        assert client.get(f"{where}/file").status_code == 404
        assert client.get(address).headers["location"] == where, "asked twice, made once"
        made = make_next(world.store, settings)
        assert made is not None
        told = client.get(where).json()
        assert (told["state"], told["done"]) == ("done", told["total"])
        file = client.get(told["file"])
        assert hashlib.sha256(file.content).hexdigest() == told["sha256"]
        assert "immutable" not in file.headers["cache-control"], "it expires"
        again = client.get(address)
        assert again.status_code == 200
        assert again.content == file.content == at_once
        assert make_next(world.store, settings) is None
        (tmp_path / EXPORTS / told["id"]).unlink()
        assert client.get(address).status_code == 202, "its file was lost: it is made anew"
        with world.store.engine.begin() as connection:
            connection.execute(text("UPDATE app.exports SET expires_at = now() - interval '1s'"))
        assert client.get(where).status_code == 404
        (tmp_path / EXPORTS / ".left.part").write_bytes(b"half")
        sweep(world.store, settings)
        assert list((tmp_path / EXPORTS).iterdir()) == []


MAKER = """
import sys, time
from pathlib import Path
from soc_monitor import making
from soc_monitor.settings import Settings
from soc_monitor.store.store import open_store
store = open_store(sys.argv[1], Path(sys.argv[2]), statement_s=60)
def hang(*_, **__):
    print("begun", flush=True)
    time.sleep(600)
making.make = hang
making.make_next(store, Settings(data=Path(sys.argv[3])))
"""


def test_a_maker_that_was_killed_is_taken_over_and_gives_up_at_last(
    world: World, tmp_path: Path
) -> None:
    address, url = f"{SERIES}.csv?rel={world.first.name}", world.store.engine.url
    name, settings = uuid.uuid4().hex, Settings(data=tmp_path)
    exports.ask(world.store, name, address=address, name="a.csv", media_type="text/csv", total=2)
    plain = url.render_as_string(hide_password=False)
    command = [sys.executable, "-c", MAKER, plain, str(world.store.arrays), str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "begun\n"
        child.kill()
    assert exports.claim(world.store) is None, "its lease has not run out yet"
    forget = text("UPDATE app.exports SET lease_until = now() - interval '1s' WHERE id = :id")
    with world.store.engine.begin() as connection:
        connection.execute(forget, {"id": name})
    taken = make_next(world.store, settings)
    assert taken is not None
    assert (taken.id, taken.tries) == (name, 2)
    assert exports.find(world.store, name).state == "done"
    with world.store.engine.begin() as connection:
        again = "UPDATE app.exports SET state = 'waiting', tries = 3 WHERE id = :id"
        connection.execute(text(again), {"id": name})
    assert exports.claim(world.store) is None
    assert exports.find(world.store, name).state == "failed"


def test_what_cannot_be_made_fails_with_its_reason(world: World, tmp_path: Path) -> None:
    name = uuid.uuid4().hex
    exports.ask(
        world.store,
        name,
        address="/api/v1/series.csv?area=XXX",
        name="a.csv",
        media_type="text/csv",
        total=2,
    )
    make_next(world.store, Settings(data=tmp_path))
    found = exports.find(world.store, name)
    assert found.state == "failed"
    assert "no area 'XXX'" in found.detail


def wait_for(store: Store, name: str, state: str) -> exports.Export:
    for _ in range(200):
        found = exports.find(store, name)
        if found.state == state:
            return found
        time.sleep(0.1)
    raise AssertionError(f"{found.state}: {found.detail}")


def test_what_nobody_foresaw_fails_one_export_and_not_the_maker(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong, right, whole = uuid.uuid4().hex, uuid.uuid4().hex, make
    address = f"/api/v1/series.csv?rel={world.first.name}"
    for name, area in ((wrong, "AAA"), (right, "BBB")):
        asked = f"{address}&area={area}"
        exports.ask(world.store, name, address=asked, name="a", media_type="text/csv", total=2)

    def burst(store: Store, settings: Settings, address: str, *rest: Any, **more: Any) -> Any:
        if "AAA" in address:
            raise ZeroDivisionError("that nobody foresaw")
        return whole(store, settings, address, *rest, **more)

    monkeypatch.setattr(making, "make", burst)
    stop = threading.Event()
    maker = threading.Thread(target=make_all, args=(world.store, Settings(data=tmp_path), stop))
    maker.start()
    try:
        wait_for(world.store, right, "done")
    finally:
        stop.set()
        maker.join(20)
    found = exports.find(world.store, wrong)
    assert (found.state, found.detail) == ("failed", UNFORESEEN)


def test_a_maker_that_was_taken_over_leaves_the_file_of_the_other_alone(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, settings, whole = uuid.uuid4().hex, Settings(data=tmp_path), make
    address = f"/api/v1/series.csv?rel={world.first.name}&area=AAA"
    exports.ask(world.store, name, address=address, name="a", media_type="text/csv", total=2)
    other: list[exports.Export | None] = []

    def slow(*given: Any, check: Any, **more: Any) -> Any:
        """Its lease runs out, and another makes the file, between its last byte and its place."""

        def late() -> None:
            monkeypatch.setattr(making, "make", whole)
            with world.store.engine.begin() as connection:
                out = "UPDATE app.exports SET lease_until = now() - interval '1s' WHERE id = :id"
                connection.execute(text(out), {"id": name})
            other.append(make_next(world.store, settings))
            (tmp_path / EXPORTS / name).write_bytes(b"of the other")
            check()

        return whole(*given, check=late, **more)

    monkeypatch.setattr(making, "make", slow)
    make_next(world.store, settings)
    assert other[0] is not None
    assert other[0].tries == 2
    assert (tmp_path / EXPORTS / name).read_bytes() == b"of the other"
    assert exports.find(world.store, name).state == "done"
    assert [path.name for path in (tmp_path / EXPORTS).iterdir()] == [name]
