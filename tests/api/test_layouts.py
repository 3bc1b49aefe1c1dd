"""Layouts: tidy or wide, the columns that are wanted, in the order that is wanted."""

import csv
import hashlib
import heapq
import io
import json
import random
import re
import zipfile
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import pandas as pd
import pyarrow.parquet as pq
import pytest
from openpyxl import load_workbook
from starlette.testclient import TestClient

from soc_monitor.api import files
from soc_monitor.api.app import create_api
from soc_monitor.api.bodies.files import SizeBody
from soc_monitor.api.bodies.numbers import COLUMNS
from soc_monitor.errors import TooLarge
from soc_monitor.exports import layout
from soc_monitor.exports.layout import FIXED, Layout, arrange, in_order
from soc_monitor.exports.manifest import read_manifest
from soc_monitor.making import make, make_next
from soc_monitor.settings import Settings
from soc_monitor.store.store import Store

from .conftest import fill, revise
from .exported import save
from .test_exports import frictionless
from .test_problems import check_problem

SERIES, MAP = "/api/v1/series", "/api/v1/map"
ASKED = "area=AAA~BBB~CCC~AAA-1~AAA-2"
SPREAD = ("value", "lower_95", "upper_95", "data_class", "status")


def lines(client: TestClient, address: str) -> list[dict[str, str]]:
    answer = client.get(address)
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.text)))


def tidy(client: TestClient, keys: str = ASKED) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = client.get(f"{SERIES}.json?{keys}").json()["data"]
    return rows


def test_columns_stand_in_the_order_asked_in_every_form(client: TestClient, tmp_path: Path) -> None:
    names = ["period", "value", "area_id"]
    keys = f"{ASKED}&columns={','.join(names)}"
    expected = [{name: row[name] for name in names} for row in tidy(client)]
    assert client.get(f"{SERIES}.json?{keys}").json()["data"] == expected
    found = pd.read_csv(save(client, f"{SERIES}.csv?{keys}", tmp_path), dtype={"period": str})
    assert list(found.columns) == names
    assert found["area_id"].tolist() == [row["area_id"] for row in expected]
    table = pq.read_table(save(client, f"{SERIES}.parquet?{keys}", tmp_path))
    assert table.column_names == names
    assert table.to_pylist() == expected
    head, *_ = load_workbook(save(client, f"{SERIES}.xlsx?{keys}", tmp_path))["Data"].iter_rows(
        values_only=True
    )
    assert list(head) == names


def test_a_wide_table_has_a_row_for_each_area_and_the_numbers_of_the_tidy_one(
    client: TestClient, tmp_path: Path
) -> None:
    rows, keys = tidy(client), f"{ASKED}&shape=wide"
    wide = client.get(f"{SERIES}.json?{keys}").json()
    assert wide["meta"]["total_rows"] == len(wide["data"]) == 5
    for line in wide["data"]:
        own = {row["period"]: row for row in rows if row["area_id"] == line["area_id"]}
        assert list(own) == ["2000", "2010"]
        assert list(line) == [*FIXED, *(f"{name}_{p}" for p in own for name in SPREAD)]
        for period, row in own.items():
            assert {name: line[name] for name in FIXED} == {name: row[name] for name in FIXED}
            assert [line[f"{name}_{period}"] for name in SPREAD] == [row[name] for name in SPREAD]
    frame = pd.read_csv(save(client, f"{SERIES}.csv?{keys}", tmp_path))
    again = frame.melt(id_vars="area_id", value_vars=["value_2000", "value_2010"])
    known = {(r["area_id"], f"value_{r['period']}"): r["value"] for r in rows}
    for area, variable, value in again.itertuples(index=False):
        expected = known[area, variable]
        assert pd.isna(value) if expected is None else value == expected
    table = pq.read_table(save(client, f"{SERIES}.parquet?{keys}", tmp_path))
    assert table.to_pylist() == wide["data"]
    assert table.schema.field("value_2010").type == "double"
    path = save(client, f"{SERIES}.xlsx?{keys}&labels=fr", tmp_path)
    head, *body = load_workbook(path)["Data"].iter_rows(values_only=True)
    assert (len(body), head[-1]) == (5, "status_2010")
    described = {
        line[0]: line[2] for line in load_workbook(path)["Columns"].iter_rows(values_only=True)
    }
    assert described["value_2010"] == "Valeur, 2010"


def test_a_wide_table_has_the_columns_that_are_asked_for_of_each_period(
    client: TestClient,
) -> None:
    keys = "area=AAA~CCC&shape=wide&columns=value,area_id,std_error&sort=-area_id"
    found = lines(client, f"{SERIES}.csv?{keys}")
    assert list(found[0]) == [
        "area_id", "value_2000", "std_error_2000", "value_2010", "std_error_2010",
    ]  # fmt: skip
    assert [line["area_id"] for line in found] == ["CCC", "AAA"]
    one = lines(client, f"{MAP}.csv?lvl=adm1&shape=wide&columns=area_id,value&t=2000")
    assert list(one[0]) == ["area_id", "value_2000"]
    assert len(one) == 5


@pytest.mark.parametrize("address", [f"{SERIES}.{{form}}?{ASKED}", f"{MAP}.{{form}}?lvl=adm1"])
@pytest.mark.parametrize("sort", ["value", "-value", "area_name", "-period_end", "lower_95"])
def test_rows_are_sorted_as_pandas_sorts_them_with_the_empty_ones_last(
    client: TestClient, address: str, sort: str
) -> None:
    plain = pd.DataFrame(client.get(address.format(form="json")).json()["data"])
    name, up = sort.removeprefix("-"), not sort.startswith("-")
    expected = plain.sort_values(name, ascending=up, kind="stable", na_position="last")
    wanted = [tuple(pair) for pair in expected[["area_id", "period"]].to_numpy()]
    for form in ("json", "csv"):
        where = f"{address.format(form=form)}&sort={sort}"
        rows = client.get(where).json()["data"] if form == "json" else lines(client, where)
        found = [(r["area_id"], r["period"]) for r in rows if r["area_id"] != "unassigned"]
        assert found == wanted, form


def test_a_long_table_is_sorted_on_disk_with_few_rows_held() -> None:
    rng = random.Random(4)
    values = [None, "", *range(40)]
    rows = [{"n": n, "a": rng.choice(values), "t": f"{n % 7}"} for n in range(1000)]
    for row in rows:
        row["a"] = None if row["a"] == "" else row["a"]
    for sort in ("a", "-a", "t", "-t"):
        name, up = sort.removeprefix("-"), not sort.startswith("-")
        filled = [row for row in rows if row[name] is not None]
        empty = [row for row in rows if row[name] is None]
        expected = sorted(filled, key=lambda row: row[name], reverse=not up) + empty
        for held in (7, 100, 5000):
            assert list(in_order(iter(rows), ["n", "a", "t"], sort, held=held)) == expected


def test_a_sorted_file_that_went_by_the_disk_is_the_one_that_did_not(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    addresses = [
        f"{SERIES}.csv?{ASKED}{more}" for more in ("&sort=-value", "&sort=area_name&u=Pg&v=total")
    ]
    straight = [client.get(address, headers={"Range": "bytes=0-"}).content for address in addresses]
    spilled: list[int] = []
    merge = heapq.merge

    def watched(*pieces: Any, **more: Any) -> Any:
        spilled.append(len(pieces))
        return merge(*pieces, **more)

    monkeypatch.setattr(heapq, "merge", watched)
    monkeypatch.setattr(layout.in_order, "__kwdefaults__", {"held": 3})
    again = [client.get(address, headers={"Range": "bytes=0-"}).content for address in addresses]
    assert again == straight
    assert spilled == [4, 4]


@pytest.mark.parametrize(
    ("keys", "allowed"),
    [
        ("columns=area_id,valeu", "value"),
        ("sort=valeu", "value"),
        ("shape=wide&columns=period", "area_id"),
        ("shape=wide&sort=value", "value_2010"),
        ("shape=long", "wide"),
    ],
)
@pytest.mark.parametrize("form", ["csv", "json", "parquet", "xlsx", "zip", "csv-metadata.json"])
def test_a_column_that_is_not_there_is_refused_with_those_that_are(
    client: TestClient, keys: str, allowed: str, form: str
) -> None:
    body = check_problem(client.get(f"{SERIES}.{form}?{keys}"), 422)
    assert allowed in body["allowed"], body


@pytest.mark.parametrize(
    "address", [f"{SERIES}.nc?", f"{SERIES}.gpkg?", f"{MAP}.gpkg?", f"{MAP}.geojson?"]
)
def test_a_form_with_a_layout_of_its_own_takes_no_other(client: TestClient, address: str) -> None:
    for keys in ("shape=wide", "columns=value", "sort=value"):
        body = check_problem(client.get(address + keys), 422)
        assert body["allowed"] == ["csv", "json", "parquet", "xlsx", "zip"]


def test_a_wide_table_of_too_many_columns_is_refused_before_it_is_read() -> None:
    with pytest.raises(TooLarge, match="4,000"):
        arrange(Layout(shape="wide"), [str(year) for year in range(1000)])


def test_without_a_layout_nothing_has_changed(client: TestClient) -> None:
    for where in (f"{SERIES}.{{}}?{ASKED}", f"{MAP}.{{}}?lvl=adm1"):
        plain = client.get(where.format("csv"))
        assert plain.text.splitlines()[0] == ",".join(COLUMNS)
        assert not re.search("shape=|columns=|sort=", plain.headers["content-location"])
        same = client.get(where.format("csv") + "&shape=tidy&columns=&sort=")
        assert same.content == plain.content
        assert same.headers["etag"] == plain.headers["etag"]
        every = client.get(where.format("csv") + f"&columns={','.join(COLUMNS)}")
        assert every.content == plain.content


def test_the_address_says_the_layout_and_the_other_forms_keep_it(client: TestClient) -> None:
    keys = "area=AAA&shape=wide&columns=area_id,value&sort=-value_2010"
    answer = client.get(f"{SERIES}.json?{keys}")
    links = answer.json()["meta"]["links"]
    for form in ("csv", "parquet", "xlsx", "zip"):
        assert "shape=wide&columns=area_id,value&sort=-value_2010" in links[form]
    for form in links:
        assert client.get(links[form]).status_code == 200, form
    assert "shape" not in links["nc"]
    pinned = client.get(answer.headers["content-location"])
    assert "immutable" in pinned.headers["cache-control"]
    assert pinned.json()["data"] == answer.json()["data"]
    tags = {
        client.get(f"{SERIES}.csv?area=AAA{more}").headers["etag"]
        for more in ("", "&shape=wide", "&columns=value", "&sort=value", "&sort=-value", "&bom=1")
    }
    assert len(tags) == 6
    tag = answer.headers["etag"]
    again = client.get(f"{SERIES}.json?{keys}", headers={"If-None-Match": tag})
    assert again.status_code == 304


@pytest.mark.parametrize(
    "keys",
    [
        "columns=area_id,period,value",
        "shape=wide",
        "shape=wide&columns=area_name,value&sort=area_name",
    ],
)
def test_what_describes_a_table_describes_this_one(
    client: TestClient, tmp_path: Path, keys: str
) -> None:
    answer = client.get(f"{SERIES}.csv?{ASKED}&{keys}")
    header = answer.text.splitlines()[0].split(",")
    where = answer.links["describedby"]["url"]
    described = client.get(where).json()
    columns = described["tableSchema"]["columns"]
    assert [column["name"] for column in columns] == header
    assert all(set(column["titles"]) == {"en", "fr", "es"} for column in columns)
    assert client.get(urljoin(where, described["url"])).content == answer.content
    key = described["tableSchema"].get("primaryKey", [])
    assert set(key) <= set(header)
    assert key == (["area_id"] if keys == "shape=wide" else [])
    path = save(client, f"{SERIES}.zip?{ASKED}&{keys}", tmp_path)
    with zipfile.ZipFile(path) as packed:
        packed.extractall(tmp_path / "out")
    assert (tmp_path / "out/data.csv").read_bytes() == answer.content
    report = frictionless(tmp_path / "out/datapackage.json")
    assert report["valid"], report


def test_a_byte_order_mark_is_described_and_goes_with_a_layout(
    client: TestClient, tmp_path: Path
) -> None:
    answer = client.get(f"{SERIES}.csv?{ASKED}&shape=wide&bom=1")
    assert answer.content.startswith(b"\xef\xbb\xbfarea_id,")
    where = answer.links["describedby"]["url"]
    url = client.get(where).json()["url"]
    assert client.get(urljoin(where, url)).content == answer.content
    package = client.get(where.replace("csv-metadata.json", "datapackage.json")).json()
    package["resources"][0]["path"] = "data.csv"
    (tmp_path / "data.csv").write_bytes(answer.content)
    (tmp_path / "datapackage.json").write_text(json.dumps(package), "utf-8")
    assert frictionless(tmp_path / "datapackage.json")["valid"]


def test_labels_change_the_names_of_areas_and_nothing_that_a_program_reads(
    client: TestClient,
) -> None:
    answers = {
        code: lines(client, f"{SERIES}.csv?area=AAA~CCC&labels={code}")
        for code in ("none", "en", "fr", "es")
    }
    names = {code: [row["area_name"] for row in rows] for code, rows in answers.items()}
    assert names["none"] == names["en"] == ["Azure Coast"] * 2 + ["Sandland"] * 2
    assert names["fr"][0] == "Côte d’Azur"
    assert names["es"][0] == "Costa Azul"
    for rows in answers.values():
        for row, plain in zip(rows, answers["none"], strict=True):
            assert {**row, "area_name": ""} == {**plain, "area_name": ""}


def test_a_pinned_table_is_the_same_bytes_after_a_later_release_and_from_its_manifest(
    store: Store, tmp_path: Path
) -> None:
    _, newest = fill(store)
    settings = Settings(data=tmp_path)
    keys = f"{ASKED}&shape=wide&columns=area_id,area_name,value&sort=-value_2010"
    addresses = [
        f"{SERIES}.{form}?{keys}&rel={newest.name}"
        for form in ("csv", "json", "parquet", "xlsx", "zip")
    ]
    with TestClient(create_api(store, settings)) as client:
        before = {address: client.get(address).content for address in addresses}
    revise(store)
    for address, content in before.items():
        digest = hashlib.sha256(content).hexdigest()
        assert make(store, settings, address, tmp_path / "again").sha256 == digest, address
        if ".csv?" not in address:  # Its manifest stands in what describes it.
            (tmp_path / "export").write_bytes(content)
            found = read_manifest(tmp_path / "export")["address"]
            assert make(store, settings, found, tmp_path / "again").sha256 == digest, address


# --- how long a file would be --------------------------------------------------------------------


@pytest.mark.parametrize("form", ["csv", "parquet", "xlsx", "zip", "json", "nc", "gpkg"])
@pytest.mark.parametrize("more", ["", "&columns=area_id,value", "&bom=1"])
def test_the_size_is_told_before_and_is_that_of_the_file(
    client: TestClient, form: str, more: str
) -> None:
    if form in {"nc", "gpkg"} and "columns" in more:
        check_problem(client.get(f"{SERIES}.size?{ASKED}{more}&form={form}"), 422)
        return
    told = client.get(f"{SERIES}.size?{ASKED}{more}&form={form}").json()
    SizeBody.model_validate(told)
    assert told["rows"] == len(tidy(client))
    answer = client.get(told["address"])
    assert answer.status_code == 200
    assert "immutable" in answer.headers["cache-control"]
    assert told["at_once"] is True
    if told["exact"]:
        assert told["bytes"] == len(answer.content)
    elif form == "json":
        assert told["bytes"] == pytest.approx(len(answer.content), rel=0.4)
    else:
        assert told["bytes"] is None
    assert told["exact"] is (form not in {"json", "nc", "gpkg"})


def test_the_rows_of_a_wide_table_and_of_a_map_are_told_too(client: TestClient) -> None:
    for where, keys in ((SERIES, f"{ASKED}&shape=wide"), (MAP, "lvl=adm0"), (MAP, "lvl=adm1")):
        told = client.get(f"{where}.size?{keys}").json()
        found = lines(client, f"{where}.csv?{keys}")
        assert told["rows"] == len(found)
        assert [column["name"] for column in told["columns"]] == list(found[0])
        assert told["bytes"] == len(client.get(f"{where}.csv?{keys}").content)


def test_a_reader_who_would_rather_wait_is_told_where_the_file_will_be(
    store: Store, tmp_path: Path
) -> None:
    fill(store)
    settings = Settings(data=tmp_path)
    address = f"{SERIES}.csv?area=AAA&columns=area_id,value"
    with TestClient(create_api(store, settings)) as client:
        straight = client.get(address)
        assert straight.status_code == 200
        answer = client.get(address, headers={"Prefer": "respond-async"})
        assert answer.status_code == 202
        where = answer.headers["location"]
        assert client.get(where).json()["state"] == "waiting"
        assert "columns=area_id,value" in client.get(where).json()["address"]
        assert make_next(store, settings)
        again = client.get(address, headers={"Prefer": "respond-async"})
        assert again.status_code == 202, "told, and not sent"
        assert again.json()["state"] == "done"
        assert client.get(again.json()["file"]).content == straight.content


def test_a_file_that_would_be_too_long_is_refused_before_it_is_asked_for(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "MOST_ROWS", 9)
    asked = f"{ASKED}&labels=es"  # that no other test has had made and held
    for where in (f"{SERIES}.size?{asked}", f"{SERIES}.parquet?{asked}"):
        body = check_problem(client.get(where), 422)
        assert "10 rows, 9 are allowed" in body["detail"]
    assert client.get(f"{SERIES}.size?area=AAA").status_code == 200
