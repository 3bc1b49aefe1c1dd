"""How long answers hold, and that a release says the same for ever."""

import re
from datetime import UTC, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
from starlette.testclient import TestClient

from soc_monitor.api.app import create_api
from soc_monitor.settings import Settings
from soc_monitor.store import control, runs
from soc_monitor.store.store import Store

from .conftest import DEBT, World, add_slice, cube, field, fill, now

PATHS = [
    "/api/v1/areas",
    "/api/v1/areas/AAA",
    "/api/v1/areas/AAA/outline.geojson",
    "/api/v1/outlines.geojson",
    "/api/v1/indicators",
    "/api/v1/products",
    "/api/v1/series.json?area=AAA~BBB",
    "/api/v1/series.csv?area=AAA",
    "/api/v1/map.json",
    "/api/v1/map.csv",
    "/api/v1/map.geojson",
    "/api/v1/point?lon=5&lat=45",
    "/api/v1/releases",
    "/api/v1/releases/latest",
]
FOREVER = "public, max-age=31536000, immutable"


def value(client: TestClient, **query: str) -> Any:
    answer = client.get("/api/v1/series.json", params={"area": "AAA-1", "t": "2010", **query})
    assert answer.status_code == 200, answer.text
    return answer.json()["data"][0]["value"]


@pytest.mark.parametrize("path", PATHS)
def test_an_answer_that_the_reader_has_is_not_sent_again(client: TestClient, path: str) -> None:
    first = client.get(path)
    tag = first.headers["etag"]

    assert tag.startswith('"'), "a strong one"
    assert first.headers["cache-control"] == "no-cache"
    for asked in (tag, f'"other", {tag}', f"W/{tag}", "*"):
        again = client.get(path, headers={"If-None-Match": asked})
        assert again.status_code == 304
        assert again.content == b""
        assert again.headers["etag"] == tag
        assert again.headers["cache-control"] == "no-cache"
    assert client.get(path, headers={"If-None-Match": '"other"'}).status_code == 200


@pytest.mark.parametrize("path", [path for path in PATHS if "releases" not in path])
def test_the_pinned_address_gives_the_same_answer_for_ever(world: World, path: str) -> None:
    first = world.client.get(path)
    if "outlines" in path:
        pinned = world.client.get(path + "?set=handmade")
    else:
        assert first.headers["x-release"] == world.second.name
        pinned = world.client.get(first.headers["content-location"])

    assert pinned.status_code == 200
    assert pinned.headers["cache-control"] == FOREVER
    assert pinned.content == first.content
    assert pinned.headers["etag"] == first.headers["etag"]


@pytest.mark.parametrize("area", ["AAA", "BBB", "AAA~BBB"])
@pytest.mark.parametrize("form", ["series.json", "series.csv", "series.xlsx"])
def test_an_answer_tells_the_time_of_its_release_its_licence_and_its_warnings(
    world: World, form: str, area: str
) -> None:
    answer = world.client.get(f"/api/v1/{form}?v=stock&area={area}")
    told = parsedate_to_datetime(answer.headers["last-modified"])
    assert told == world.second.published_at.replace(microsecond=0)
    assert answer.links["license"]["url"] == "https://creativecommons.org/licenses/by/4.0/"
    assert answer.links["cite-as"]["url"] == answer.headers["content-location"]
    assert answer.headers.get("x-warnings") == ("provisional" if "BBB" in area else None)


@pytest.mark.parametrize("path", ["grid.tif?area=AAA", "map.geojson?lvl=adm0", "map.csv?lvl=adm1"])
def test_files_and_maps_tell_it_too(world: World, path: str) -> None:
    answer = world.client.get(f"/api/v1/{path}&v=stock")
    told = parsedate_to_datetime(answer.headers["last-modified"])
    assert told == world.second.published_at.replace(microsecond=0)
    assert answer.links["license"]["url"].startswith("https://creativecommons.org/")
    assert answer.headers.get("x-warnings") == (None if "grid" in path else "provisional")


LATE = [
    "series.json?area=AAA",
    "series.csv?area=AAA",
    "series.nc?area=AAA",
    "map.json?lvl=adm0",
    "map.geojson?lvl=adm0",
    "map.csv?lvl=adm1",
    "grid.tif?area=AAA",
    "point?lon=5&lat=45",
]


@pytest.mark.parametrize("path", LATE)
def test_a_number_whose_input_is_late_says_so_as_long_as_newer_ones_are_waited_for(
    world: World, path: str
) -> None:
    address = f"/api/v1/{path}&v=stock&t=2010&src=soil_carbon_debt"
    latest = world.client.get(address)
    assert latest.headers["x-warnings"].split(", ")[0] == "stale"
    if latest.headers["content-type"].endswith("json"):
        body = latest.json()
        told = body.get("meta", body.get("metadata"))["warnings"][0]
        assert (told["code"], told["input"]) == ("stale", "soil_carbon_debt")
        assert re.fullmatch(
            r"Soil carbon debt is late: the newest observation ended \d+ days ago, 30 are allowed.",
            told["detail"],
        )
    again = world.client.get(address, headers={"If-None-Match": latest.headers["etag"]})
    assert (again.status_code, again.headers["x-warnings"]) == (304, latest.headers["x-warnings"])

    # What was said of it for ever waits for nothing, and its file has the same bytes.
    pinned = world.client.get(latest.headers["content-location"])
    assert "stale" not in pinned.headers.get("x-warnings", "")
    assert "stale" not in pinned.text
    assert pinned.headers["etag"] != latest.headers["etag"]
    if "json" not in latest.headers["content-type"]:
        assert pinned.content == latest.content
    other = world.client.get(address.replace("soil_carbon_debt", "ipcc_tier1"))
    assert "stale" not in other.headers.get("x-warnings", "")
    then = f"{address}&as_of={world.second.published_at:%Y-%m-%dT%H:%M:%S.%fZ}"
    assert "stale" not in world.client.get(then).headers.get("x-warnings", "")


def test_an_input_is_late_as_long_as_it_is_and_a_paused_one_is_not_waited_for(
    store: Store,
) -> None:
    fill(store)
    one, other = (TestClient(create_api(store, Settings(requests_per_minute=0))) for _ in "ab")
    address = "/api/v1/series.json?area=AAA&v=stock&src=soil_carbon_debt&labels=fr"
    first = one.get(address)
    (told, *_) = first.json()["meta"]["warnings"]
    assert "est en retard\u00a0:" in told["detail"]

    control.set_paused(store, "soil_carbon_debt", paused=True)
    # One server was asked before, the other is asked for the first time: they say the same.
    paused = [client.get(address).headers for client in (one, other)]
    assert all("x-warnings" not in headers for headers in paused)
    assert len({first.headers["etag"], *(headers["etag"] for headers in paused)}) == 2
    control.set_paused(store, "soil_carbon_debt", paused=False)
    assert {client.get(address).headers["etag"] for client in (one, other)} == {
        first.headers["etag"]
    }

    with runs.open_run(store, "soil_carbon_debt", now(), job_version="1", code_version="1") as run:
        today = now().date()
        add_slice(store, run, cube(DEBT, "soc_stock_0_30cm"), (today, today), field(2010))
    for client in (one, other):
        assert "x-warnings" not in client.get(address).headers, "what was waited for has come"


def test_other_questions_have_other_tags(client: TestClient) -> None:
    questions = ["", "?area=AAA", "?area=BBB", "?v=total", "?u=kg-m2", "?t=2010", "?labels=fr"]
    questions += ["?src=soil_carbon_debt", "?limit=1", "?limit=1&cursor=1"]
    tags = {client.get(f"/api/v1/series.json{asked}").headers["etag"] for asked in questions}
    tags |= {client.get(f"/api/v1/series.csv{asked}").headers["etag"] for asked in questions[:1]}

    assert len(tags) == len(questions) + 1


def test_the_same_question_in_other_words_has_the_same_tag(client: TestClient) -> None:
    long = "/api/v1/series.json?v=soc_stock_0_30cm&t=..latest&area=WLD&src=ipcc_tier1&u=t-ha"

    assert client.get(long).headers["etag"] == client.get("/api/v1/series.json").headers["etag"]


def test_a_later_release_changes_the_latest_numbers_and_not_the_older_ones(world: World) -> None:
    client = world.client

    assert value(client) == value(client, rel=world.second.name) == 95.0
    assert value(client, rel=world.first.name) == 45.0
    assert value(client, t="2000") == value(client, t="2000", rel=world.first.name) == 50.0
    cell = {"lon": "5", "lat": "45"}
    for release, expected in ((world.first, 70.0), (world.second, 170.0)):
        body = client.get("/api/v1/point", params={**cell, "rel": release.name}).json()
        assert body["cell"]["value"] == expected


def test_numbers_can_be_asked_for_as_they_were_known_at_an_instant(world: World) -> None:
    client = world.client
    between = world.first.published_at + timedelta(microseconds=1)
    naive = between.replace(tzinfo=None).isoformat()

    assert value(client, as_of=between.isoformat()) == 45.0
    assert value(client, as_of=naive) == 45.0
    assert value(client, as_of=naive + "Z") == 45.0
    assert value(client, as_of="2999-01-01") == 95.0
    day = f"{world.second.published_at.astimezone(UTC):%Y-%m-%d}"
    assert value(client, as_of=day) == 95.0, "a day has what came out on it"
    plus = client.get(f"/api/v1/series.json?as_of={naive}+00:00")
    assert plus.headers["x-release"] == world.first.name, "a plus that was not encoded"


def test_the_tags_of_two_releases_differ(world: World) -> None:
    tags = {
        world.client.get(f"/api/v1/map.json?rel={release.name}").headers["etag"]
        for release in (world.first, world.second)
    }

    assert len(tags) == 2


def test_long_answers_are_compressed_for_those_who_take_it(client: TestClient) -> None:
    path = "/api/v1/map.csv?lvl=adm1"
    packed = client.get(path, headers={"Accept-Encoding": "gzip"})
    plain = client.get(path, headers={"Accept-Encoding": "identity"})

    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert "Accept-Encoding" in plain.headers["vary"]
    assert packed.content == plain.content
