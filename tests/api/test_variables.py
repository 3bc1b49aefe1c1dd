"""Several variables in one answer: a row each, all of one product, made again from its address."""

import hashlib
import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
import xarray as xr
from starlette.testclient import TestClient

from soc_monitor.api.app import create_api
from soc_monitor.making import make
from soc_monitor.settings import Settings
from soc_monitor.store import publish, runs
from soc_monitor.store.store import Store

from . import conftest
from .conftest import DEBT, TIER1, YEARS, World
from .exported import SERIES, save
from .test_exports import frictionless
from .test_problems import check_problem

ASKED = "area=AAA~BBB&v=stock~total"
IDS = ["soc_stock_0_30cm", "soc_total_0_30cm"]


def test_each_variable_has_the_rows_that_it_has_alone(client: TestClient) -> None:
    both = client.get(f"{SERIES}.json?{ASKED}").json()
    alone = [client.get(f"{SERIES}.json?area=AAA~BBB&v={v}").json() for v in ("stock", "total")]
    assert both["data"] == [row for one in alone for row in one["data"]]
    assert [one["indicator"] for one in both["meta"]["variables"]] == IDS
    units = [one["unit"] for one in both["meta"]["variables"]]
    assert units == [one["meta"]["unit"] for one in alone]
    assert {row["variable"]: row["unit"] for row in both["data"]} == dict(
        zip(IDS, units, strict=True)
    )
    assert both["meta"]["total_rows"] == len(both["data"])
    assert "variables" not in alone[0]["meta"]


def test_a_page_of_them_goes_on_where_it_ended(client: TestClient) -> None:
    whole = client.get(f"{SERIES}.json?{ASKED}").json()["data"]
    first = client.get(f"{SERIES}.json?{ASKED}&limit=3").json()
    rest = client.get(first["meta"]["links"]["next"]).json()
    assert first["data"] + rest["data"][: len(whole) - 3] == whole[: 3 + len(rest["data"])]


@pytest.mark.parametrize("form", ["csv", "parquet", "xlsx", "gpkg", "zip"])
def test_every_table_has_them_and_is_made_again(world: World, tmp_path: Path, form: str) -> None:
    answer = world.client.get(f"{SERIES}.{form}?{ASKED}&rel={world.first.name}")
    assert answer.status_code == 200, answer.text
    assert "soc-stock-and-1-more_AAA-BBB_" in answer.headers["content-disposition"]
    address = answer.headers["content-location"]
    assert f"v={'~'.join(IDS)}" in address
    made = make(world.store, Settings(data=tmp_path), address, tmp_path / "again")
    assert made.sha256 == hashlib.sha256(answer.content).hexdigest()
    told = world.client.get(f"{SERIES}.size?{ASKED}&form={form}&rel={world.first.name}").json()
    expected = world.client.get(f"{SERIES}.json?{ASKED}&rel={world.first.name}").json()
    assert told["rows"] == len(expected["data"])
    if told["exact"]:
        assert told["bytes"] == len(answer.content)


def test_a_sheet_of_both_is_read_by_pandas_and_found_whole_by_frictionless(
    client: TestClient, tmp_path: Path
) -> None:
    table = pd.read_csv(io.BytesIO(client.get(f"{SERIES}.csv?{ASKED}&sort=-value").content))
    assert set(table["variable"]) == set(IDS)
    assert table["value"].dropna().is_monotonic_decreasing
    path = save(client, f"{SERIES}.zip?{ASKED}&labels=fr", tmp_path)

    with zipfile.ZipFile(path) as packed:
        packed.extractall(tmp_path / "out")
    report = frictionless(tmp_path / "out/datapackage.json")
    assert report["valid"], report
    package = json.loads((tmp_path / "out/datapackage.json").read_text("utf-8"))
    assert " · " in package["title"]


def test_a_unit_is_the_first_ones_and_another_that_has_none_such_keeps_its_own(
    client: TestClient,
) -> None:
    keys = f"area=AAA&v=stock~total~debt&u=kg-m2&src={DEBT}"
    found = client.get(f"{SERIES}.json?{keys}").json()["data"]
    assert {row["variable"]: row["unit"] for row in found} == {
        "soc_stock_0_30cm": "kg C m-2",
        "soc_total_0_30cm": "Pg C",
        "soc_debt_0_30cm": "kg C m-2",
    }
    for v, unit in (("stock", "kg-m2"), ("total", "Pg")):
        alone = client.get(f"{SERIES}.json?area=AAA&v={v}&u={unit}&src={DEBT}").json()["data"]
        assert [row for row in found if row["variable"] == alone[0]["variable"]] == alone
    assert client.get(f"{SERIES}.size?{keys}").json()["rows"] == len(found)


@pytest.fixture
def late(store: Store, tmp_path: Path) -> Iterator[TestClient]:
    """A world in which the total begins ten years after the stock."""
    conftest.add_areas(store)
    made = conftest.ingest(store)
    results = [
        conftest.result(name, TIER1, period, made[TIER1, period[0].year], 50.0)
        for name, periods in zip(IDS, (YEARS, YEARS[1:]), strict=True)
        for period in periods
    ]
    with runs.open_run(store, "estimate", conftest.now(), job_version="1", code_version="1") as run:
        assert publish.publish(store, run, conftest.SET, results, note="first")
    app = create_api(store, Settings(data=tmp_path))
    with TestClient(app, follow_redirects=False) as client:
        yield client


@pytest.mark.parametrize("v", ["stock~total", "total~stock"])
def test_one_that_has_nothing_in_the_period_has_no_rows_and_the_others_theirs(
    late: TestClient, v: str
) -> None:
    keys = f"area=AAA~BBB&v={v}&t=2000"
    answer = late.get(f"{SERIES}.json?{keys}")
    assert answer.status_code == 200, answer.text
    found, warned = answer.json()["data"], answer.json()["meta"]["warnings"]
    assert found == late.get(f"{SERIES}.json?area=AAA~BBB&v=stock&t=2000").json()["data"]
    assert [one["detail"] for one in warned] == [
        "No data of soc_total_0_30cm in the period asked for."
    ]
    table = pd.read_csv(io.BytesIO(late.get(f"{SERIES}.csv?{keys}").content))
    assert list(table["variable"]) == ["soc_stock_0_30cm"] * 2
    assert late.get(f"{SERIES}.size?{keys}").json()["rows"] == 2
    nothing = check_problem(late.get(f"{SERIES}.json?area=AAA&v={v}&t=1950"))
    assert nothing["type"] == "/api/problems/unknown-period"
    assert nothing["allowed"] == ["2000", "2010"]


def test_all_are_of_the_product_of_the_first(client: TestClient) -> None:
    found = client.get(f"{SERIES}.json?area=AAA&v=debt~stock").json()
    assert {row["product_id"] for row in found["data"]} == {DEBT}
    asked = client.get(f"{SERIES}.json?area=AAA&v=stock~total&src={TIER1}").json()
    assert {row["product_id"] for row in asked["data"]} == {TIER1}


@pytest.mark.parametrize(
    ("form", "keys", "kind"),
    [
        ("json", f"v=stock~debt&src={TIER1}", "unknown-product"),
        ("json", "v=stock~nothing", "unknown-indicator"),
        ("json", "v=stock~total&u=Pg", "bad-value"),
        ("csv", f"v=stock~total&t=1950&src={TIER1}", "unknown-period"),
        ("json", "v=" + "~".join(f"v{n}" for n in range(13)), "bad-value"),
    ],
)
def test_what_does_not_go_together_is_said(
    client: TestClient, form: str, keys: str, kind: str
) -> None:
    answer = client.get(f"{SERIES}.{form}?area=AAA&{keys}")
    assert check_problem(answer)["type"] == f"/api/problems/{kind}"


def test_a_wide_table_has_a_row_for_each_area_and_variable(client: TestClient) -> None:
    whole = pd.read_csv(io.BytesIO(client.get(f"{SERIES}.csv?{ASKED}&shape=wide").content))
    assert list(zip(whole["area_id"], whole["variable"], strict=True)) == [
        (area, name) for name in IDS for area in ("AAA", "BBB")
    ]
    tidy = pd.read_csv(io.BytesIO(client.get(f"{SERIES}.csv?{ASKED}").content))
    for _, row in tidy.iterrows():
        same = (whole["area_id"] == row["area_id"]) & (whole["variable"] == row["variable"])
        (value,) = whole[same][f"value_{row['period']}"]
        assert value == row["value"]
    assert client.get(f"{SERIES}.json?{ASKED}&shape=wide").json()["meta"]["total_rows"] == 4
    assert client.get(f"{SERIES}.size?{ASKED}&shape=wide").json()["rows"] == 4
    package = client.get(f"{SERIES}.datapackage.json?{ASKED}&shape=wide").json()
    assert package["resources"][0]["schema"]["primaryKey"] == ["area_id", "variable"]


def test_a_netcdf_has_each_variable_with_what_stands_beside_it(
    client: TestClient, tmp_path: Path
) -> None:
    keys = f"area=AAA~BBB&v=stock~total~debt&src={DEBT}"
    tidy = client.get(f"{SERIES}.json?{keys}").json()["data"]
    with xr.open_dataset(save(client, f"{SERIES}.nc?{keys}", tmp_path), engine="h5netcdf") as found:
        assert found["area_id"].to_numpy().tolist() == ["AAA", "BBB"]
        for row in tidy:
            name, area = row["variable"], ["AAA", "BBB"].index(row["area_id"])
            year = [str(when)[:4] for when in found["time"].to_numpy()].index(row["period"])
            assert found[name].to_numpy()[area, year] == row["value"]
            assert found[f"{name}_mapped_area_ha"].to_numpy()[area, year] == row["mapped_area_ha"]
            beside = found[name].attrs["ancillary_variables"].split()
            assert set(beside) <= set(found.variables)
            assert f"{name}_status" in beside
        assert found["soc_stock_0_30cm"].attrs["units"] == "t ha-1"
        assert found["soc_stock_0_30cm"].attrs["long_name"].endswith("[t C ha-1]")
        assert found["soc_total_0_30cm"].attrs["units"] == "Pg"
        assert "soil_mass_content_of_carbon" not in str(found["soc_total_0_30cm"].attrs)


@pytest.mark.parametrize("form", ["csv", "parquet", "xlsx", "gpkg", "zip"])
def test_a_map_as_a_file_has_several_and_is_made_again(
    world: World, tmp_path: Path, form: str
) -> None:
    keys = f"lvl=adm1&v=stock~total&rel={world.first.name}"
    answer = world.client.get(f"/api/v1/map.{form}?{keys}")
    assert answer.status_code == 200, answer.text
    address = answer.headers["content-location"]
    assert f"v={'~'.join(IDS)}" in address
    made = make(world.store, Settings(data=tmp_path), address, tmp_path / "again")
    assert made.sha256 == hashlib.sha256(answer.content).hexdigest()
    alone = [
        world.client.get(f"/api/v1/map.json?lvl=adm1&v={v}&rel={world.first.name}").json()
        for v in ("stock", "total")
    ]
    told = world.client.get(f"/api/v1/map.size?{keys}&form={form}").json()
    assert told["rows"] == sum(len(one["data"]) for one in alone)
    if form == "csv":
        found = pd.read_csv(io.BytesIO(answer.content))
        assert found["value"].dropna().tolist() == [
            row["value"] for one in alone for row in one["data"] if row["value"] is not None
        ]
        assert list(dict.fromkeys(found["variable"])) == IDS


def test_a_map_of_several_takes_of_each_its_newest_period(late: TestClient) -> None:
    def periods(t: str) -> dict[str, str]:
        answer = late.get(f"/api/v1/map.csv?lvl=adm1&v=stock~total&t={t}")
        again = late.get(answer.headers["content-location"])
        assert again.content == answer.content
        rows = pd.read_csv(io.BytesIO(answer.content), dtype=str)
        return dict(zip(rows["variable"], rows["period"], strict=True))

    assert periods("latest") == dict.fromkeys(IDS, "2010")
    assert periods("..2005") == {IDS[0]: "2000"}
    wide = late.get("/api/v1/map.csv?lvl=adm1&v=stock~total&t=..latest&shape=wide")
    assert len(pd.read_csv(io.BytesIO(wide.content))) == 10
    for form in ("json", "geojson"):
        refused = check_problem(late.get(f"/api/v1/map.{form}?v=stock~total"))
        assert refused["type"] == "/api/problems/bad-value"
        assert "map.csv" in refused["hint"]


def test_one_that_is_named_twice_is_there_once(client: TestClient) -> None:
    one = client.get(f"{SERIES}.json?area=AAA&v=stock~soc_stock_0_30cm~stock").json()
    assert one["data"] == client.get(f"{SERIES}.json?area=AAA&v=stock").json()["data"]
