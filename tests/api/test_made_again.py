"""Made again: a file is the same to the byte, from its manifest, its address or itself."""

import csv
import hashlib
import io
import json
import os
import random
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import pytest
import shapely
from starlette.testclient import TestClient

from soc_monitor.api.answers import dump_bytes
from soc_monitor.api.app import create_api
from soc_monitor.exports.manifest import read_manifest
from soc_monitor.making import make
from soc_monitor.settings import Settings
from soc_monitor.store import publish, read, read_slices, runs
from soc_monitor.store.sources import list_sources
from soc_monitor.store.store import Store

from .conftest import SET, TIER1, World, describe, fill, now, revise
from .exported import FORMS, save


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
        document = json.loads(beside.read_bytes())
        assert f", path {found['address']}." in document["dc:bibliographicCitation"]
        assert "dc:identifier" not in document
    else:
        found = read_manifest(path)
    again = world.client.get(found["address"])
    assert found["release"] == world.second.name
    assert again.content == path.read_bytes()


def test_a_file_tells_an_address_that_can_be_followed_or_its_path_in_words(
    world: World, tmp_path: Path
) -> None:
    address = "/api/v1/series.zip?area=AAA&v=stock"
    told = {}
    for site in ("", "https://soil.example"):
        client = TestClient(create_api(world.store, Settings(public_url=site)))
        # Whoever asks by whichever name gets the same bytes.
        asked = [client.get(address, headers={"host": host}) for host in ("one.test", "two.test")]
        assert asked[0].content == asked[1].content
        pinned = read_manifest(save(client, address, tmp_path))["address"]
        with zipfile.ZipFile(io.BytesIO(asked[0].content)) as packed:
            texts = {name: packed.read(name).decode() for name in packed.namelist()}
        assert "one.test" not in "".join(texts.values())
        told[site] = texts, pinned
    texts, pinned = told[""]
    assert f"| Address | path {pinned} |" in texts["README.md"]
    assert "id" not in json.loads(texts["datapackage.json"])
    assert "\nurl: " not in texts["CITATION.cff"]
    texts, pinned = told["https://soil.example"]
    assert f"| Address | https://soil.example{pinned} |" in texts["README.md"]
    assert json.loads(texts["datapackage.json"])["id"] == f"https://soil.example{pinned}"


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


def kept_of(content: bytes) -> bytes:
    """What is kept of an answer: in JSON the newest one says what is late on that day."""
    if not content.startswith(b"{"):
        return content
    body = json.loads(content)
    said: list[dict[str, Any]] = body.get("meta", body.get("metadata"))["warnings"]
    stale = b",".join(dump_bytes(one) for one in said if one["code"] == "stale")
    return content.replace(stale + b",", b"").replace(stale, b"") if stale else content


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
        found = str(read_manifest(path)["address"])
        made = make(world.store, settings, found, tmp_path / "again")
        assert made.sha256 == hashlib.sha256(kept_of(answer.content)).hexdigest(), address


def test_a_file_that_is_kept_does_not_tell_what_is_late_today(world: World, tmp_path: Path) -> None:
    address = "/api/v1/series.json?area=AAA&v=stock&src=soil_carbon_debt"
    answer = world.client.get(address)
    assert b"stale" in answer.content
    made = make(world.store, Settings(data=tmp_path), address, tmp_path / "kept")
    assert made.sha256 == hashlib.sha256(kept_of(answer.content)).hexdigest()


def run_again(
    world: World, folder: Path, *words: str, verb: str = "export"
) -> subprocess.CompletedProcess[str]:
    """The command, in a process of its own."""
    where = {
        "DATABASE_URL": world.store.engine.url.render_as_string(hide_password=False),
        "SOC_ARRAYS": str(world.store.arrays),
        "SOC_DATA": str(folder),
    }
    return subprocess.run(
        [sys.executable, "-m", "soc_monitor.cli", verb, *words, "--json"],
        cwd=folder,
        env={**os.environ, **where},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("form", ["series.xlsx", "map.gpkg", "grid.tif", "series.csv", "map.csv"])
def test_the_command_makes_a_file_again_from_nothing_but_itself(
    world: World, tmp_path: Path, form: str
) -> None:
    path = save(world.client, f"/api/v1/{form}?v=stock&src={TIER1}", tmp_path)
    again, manifest = tmp_path / "again", path
    if form.endswith(".csv"):
        where = world.client.get(f"/api/v1/{form}?v=stock&src={TIER1}").links["describedby"]["url"]
        manifest = tmp_path / "beside.json"
        manifest.write_bytes(world.client.get(where).content)
    done = run_again(world, tmp_path, "--manifest", str(manifest), "--out", str(again))
    assert done.returncode == 0, done.stderr
    assert again.read_bytes() == path.read_bytes()
    told = json.loads(done.stdout)
    assert told["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize(
    ("verb", "form", "keys"),
    [
        ("series", "parquet", ["area=AAA~BBB", "v=stock"]),
        ("series", "csv", ["area=AAA", "v=stock", "t=2010", "labels=fr"]),
        ("map", "geojson", ["lvl=adm1", "v=stock"]),
        ("grid", "tif", ["area=AAA", "v=stock"]),
        ("grid", "nc", ["bbox=0,40,20,60", "v=stock"]),
    ],
)
def test_the_command_makes_what_the_address_answers(
    world: World, tmp_path: Path, verb: str, form: str, keys: list[str]
) -> None:
    answer = world.client.get(f"/api/v1/{verb}.{form}?{'&'.join(keys)}")
    done = run_again(world, tmp_path, verb, *keys, "--as", form)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (tmp_path / told["file"]).read_bytes() == answer.content
    assert told["bytes"] == len(answer.content)
    if named := answer.headers.get("content-disposition"):
        assert named == f'attachment; filename="{told["file"]}"'


def test_the_command_says_what_is_no_key_and_what_the_service_refuses(
    world: World, tmp_path: Path
) -> None:
    for words, said in (
        (("series", "FRA"), "'FRA' is no key"),
        (("map", "v=nonsense"), "no indicator 'nonsense' [one of: "),
    ):
        done = run_again(world, tmp_path, *words)
        assert done.returncode != 0
        assert said in done.stderr
        assert [one.name for one in tmp_path.iterdir()] == []


def test_the_command_tells_the_numbers_of_shapes_and_publishes_nothing(
    world: World, tmp_path: Path
) -> None:
    shape = tmp_path / "mine.geojson"
    shape.write_text(shapely.to_geojson(shapely.box(0, 40, 20, 70)))
    words = ("--areas", str(shape), "--since", "2005", "v=stock")
    done = run_again(world, tmp_path, *words, verb="estimate")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    rows = list(csv.DictReader((tmp_path / told["file"]).read_text("utf-8").splitlines()))
    answer = world.client.post(
        "/api/v1/aoi/statistics?v=stock&t=2005..", content=shape.read_bytes()
    ).json()
    (expected,) = answer["data"][0]["data"]
    assert [float(row["mean"]) for row in rows] == [expected["mean"]]
    assert [row["period"] for row in rows] == ["2010"]
    assert read.find_release(world.store).name == world.second.name
    alone = run_again(world, tmp_path, "--since", "2005", verb="estimate")
    assert alone.returncode == 1
    assert "--areas" in alone.stderr


@pytest.mark.parametrize("bom", ["", "&bom=1"])
def test_a_data_package_names_the_csv_that_it_describes(world: World, bom: str) -> None:
    found = world.client.get(f"/api/v1/series.datapackage.json?area=AAA&v=stock{bom}").json()
    again = world.client.get(found["manifest"]["address"])
    digest = hashlib.sha256(again.content).hexdigest()
    (resource,) = found["resources"]
    assert (resource["hash"], resource["bytes"]) == (f"sha256:{digest}", len(again.content))
    assert resource["schema"]["fields"][0]["titles"]["fr"] == "Identifiant du territoire"
    beside = world.client.get(f"/api/v1/series.csv-metadata.json?area=AAA&v=stock{bom}").json()
    assert beside["soc:sha256"] == digest
    assert again.headers["content-type"].startswith("text/csv")
    address = found["manifest"]["address"]
    assert urljoin("/api/v1/series.datapackage.json", resource["path"]) == address


def test_numbers_of_a_shape_are_made_again_from_their_manifest_and_the_shape(
    world: World, tmp_path: Path
) -> None:
    shape, other = tmp_path / "shape.geojson", tmp_path / "other.geojson"
    shape.write_text(json.dumps(shapely.geometry.mapping(shapely.box(0, 40, 40, 70))))
    other.write_text(json.dumps(shapely.geometry.mapping(shapely.box(0, 40, 40, 60))))
    answer = world.client.post("/api/v1/aoi/statistics?v=stock", content=shape.read_bytes())
    kept, again = tmp_path / "own-areas.json", tmp_path / "again"
    kept.write_bytes(answer.content)
    words = ("--manifest", str(kept), "--out", str(again))

    done = run_again(world, tmp_path, *words, "--body", str(shape))
    assert done.returncode == 0, done.stderr
    assert again.read_bytes() == answer.content
    for wrong, said in ((("--body", str(other)), "is not what was sent"), ((), "are not kept")):
        done = run_again(world, tmp_path, *words, *wrong)
        assert done.returncode != 0
        assert said in done.stderr


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
