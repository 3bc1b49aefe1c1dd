"""Several variables in one answer: a row each, all of one product, made again from its address."""

import hashlib
import io
import json
import zipfile
from pathlib import Path

import pandas as pd
import pytest
from starlette.testclient import TestClient

from soc_monitor.making import make
from soc_monitor.settings import Settings

from .conftest import DEBT, TIER1, World
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
        ("nc", "v=stock~total", "bad-value"),
        ("csv", "v=stock~total&shape=wide", "bad-value"),
        ("json", "v=stock~total&u=t-ha", "bad-value"),
        ("json", "v=" + "~".join(f"v{n}" for n in range(13)), "bad-value"),
    ],
)
def test_what_does_not_go_together_is_said(
    client: TestClient, form: str, keys: str, kind: str
) -> None:
    answer = client.get(f"{SERIES}.{form}?area=AAA&{keys}")
    assert check_problem(answer)["type"] == f"/api/problems/{kind}"


def test_one_that_is_named_twice_is_there_once(client: TestClient) -> None:
    one = client.get(f"{SERIES}.json?area=AAA&v=stock~soc_stock_0_30cm~stock").json()
    assert one["data"] == client.get(f"{SERIES}.json?area=AAA&v=stock").json()["data"]
