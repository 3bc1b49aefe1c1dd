"""Stations and what they measured: for readers, as far as the licence of the source goes."""

import csv
import io
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from soc_monitor_client import Client
from starlette.testclient import TestClient

from soc_monitor.api.app import create_api
from soc_monitor.api.routes.stations import COLUMNS
from soc_monitor.feeds import FolderFeed
from soc_monitor.model import IngestJob, Observation, PassOn, Station
from soc_monitor.settings import Settings
from soc_monitor.store import runs
from soc_monitor.store.readings import add_readings
from soc_monitor.store.store import Store

from .conftest import add_areas, ingest, now, publish_all
from .test_problems import check_problem
from .test_python_client import serve

START = datetime(2026, 3, 30, tzinfo=UTC)
HOURS = 72
PLACES = {"west": (10.0, 50.0), "east": (30.0, 50.0), "sea": (-100.0, 0.0)}
"""In AAA-1, in AAA-2, and in no area."""


def readings(station: str, datastream: str, level: float) -> list[Observation]:
    """Three days hour by hour, over the end of a month; the second day lacks eight hours."""
    hours = [n for n in range(HOURS) if not 30 <= n < 38]
    return [
        Observation(station=station, variable="soil_moisture", datastream=datastream,
                    time=START + timedelta(hours=n), result_time=START + timedelta(hours=n),
                    value=level + n / 1000 if n < 48 else level, unit="m3 m-3")
        for n in hours
    ]  # fmt: skip


def bring(store: Store, feed: str, pass_on: PassOn, found: list[Observation]) -> None:
    """What a feed with stations brings."""
    job = IngestJob(
        id=feed, title={"en": f"{feed} network", "fr": f"réseau {feed}", "es": feed},
        feed=FolderFeed(folder="x", pattern="x"), licence=f"licence of {feed}",
        citation=f"cite {feed}", link="https://example.org", pass_on=pass_on,
    )  # fmt: skip
    runs.register_feed(store, job)
    places = [Station(id=k, name=f"={k}", lon=lon, lat=lat) for k, (lon, lat) in PLACES.items()]
    with runs.open_run(store, feed, now(), job_version="1", code_version="1") as run:
        run.taken = add_readings(store, run, uuid.uuid4(), places, found).accepted


@pytest.fixture
def client(store: Store) -> Iterator[TestClient]:
    """Three feeds with the same stations, whose licences allow all, the places, and nothing."""
    add_areas(store)
    publish_all(store, ingest(store))
    both = readings("west", "10cm", 0.2) + readings("west", "30cm", 0.3)
    bring(store, "towers", PassOn.READINGS, both + readings("east", "", 0.1))
    bring(store, "network", PassOn.PLACES, readings("west", "", 0.25))
    bring(store, "farm", PassOn.NOTHING, readings("west", "", 0.25))
    with TestClient(create_api(store, Settings()), follow_redirects=False) as made:
        yield made


def test_stations_of_an_area_are_told_with_how_much_there_is_of_them(client: TestClient) -> None:
    body = client.get("/api/v1/stations?area=AAA&labels=fr").json()
    assert body["meta"] == {"total": 4, "withheld": 2, "links": {}}
    found = {(one["feed_id"], one["id"]): one for one in body["data"]}
    east, west, network = (
        found[key] for key in (("towers", "east"), ("towers", "west"), ("network", "west"))
    )
    assert (west["feed_id"], west["id"], west["lon"], west["lat"]) == ("towers", "west", 10, 50)
    assert (west["network"], west["licence"]) == ("réseau towers", "licence of towers")
    assert [one["datastream"] for one in west["sensors"]] == ["10cm", "30cm"]
    first = west["sensors"][0]
    assert (first["readings"], first["unit"]) == (HOURS - 8, "m3 m-3")
    assert first["first_reading"] == "2026-03-30T00:00:00+00:00"
    assert first["last_reading"] == "2026-04-01T23:00:00+00:00"
    assert first["share_of_hours"] == (HOURS - 8) / HOURS
    assert first["share_of_days"] == 1
    # A gap of eight hours in March; in April all readings of its one day are the same.
    assert (first["gap_months"], first["flat_months"]) == (1, 1)
    assert "datastream=10cm" in first["links"]["csv"]
    assert "datastream" not in east["sensors"][0]["links"]["csv"]
    # Only where they stand may be told.
    assert (network["passes_on"], network["sensors"][0]["links"]) == ("places", {})
    assert client.get("/api/v1/stations?area=AAA-2").json()["meta"]["total"] == 2
    assert client.get("/api/v1/stations?area=CCC").json()["data"] == []
    assert client.get("/api/v1/stations?v=soil_moisture").json()["meta"]["total"] == 3
    assert client.get("/api/v1/stations?v=rain").json()["meta"]["total"] == 0


def test_pages_of_stations_follow_each_other(client: TestClient) -> None:
    address, met = "/api/v1/stations?limit=4", list[tuple[str, str]]()
    while address:
        body = client.get(address).json()
        assert len(body["data"]) <= 4
        met += [(one["feed_id"], one["id"]) for one in body["data"]]
        address = body["meta"]["links"].get("next", "")
    assert met == sorted((feed, name) for feed in ("network", "towers") for name in PLACES)


def test_the_python_client_reads_stations_and_their_readings(
    client: TestClient, tmp_path: Path
) -> None:
    app: Any = client.app
    with serve(app) as url:
        reader = Client(url, cache=False)
        assert len(reader.pages("/stations", {"limit": "4"})[0]) == 6
        asked = {"feed": "towers", "station": "east", "v": "soil_moisture"}
        path = reader.download("observations.csv", tmp_path / "east.csv", **asked)
        days, _ = reader.pages("/observations", asked)
    lines = path.read_text("utf-8").splitlines()
    assert len(list(csv.DictReader(lines))) == len(days) == 3


WEST = "/api/v1/observations?feed=towers&station=west&v=soil_moisture&datastream=10cm"


def test_days_and_months_of_a_sensor_are_told_in_json_and_csv(client: TestClient) -> None:
    body = client.get(WEST).json()
    assert (body["meta"]["unit"], body["meta"]["citation"]) == ("m3 m-3", "cite towers")
    days = body["data"]
    assert [one["period"] for one in days] == ["2026-03-30", "2026-03-31", "2026-04-01"]
    assert days[0]["mean"] == pytest.approx(0.2 + 11.5 / 1000)
    assert [one["share_of_hours"] for one in days] == [1, 16 / 24, 1]
    assert [one["gap"] for one in days] == [False, True, False]
    assert [one["flat"] for one in days] == [False, False, True]
    months = client.get(f"{WEST}&step=month").json()["data"]
    assert [(one["period"], one["period_end"]) for one in months] == [
        ("2026-03", "2026-03-31"), ("2026-04", "2026-04-30"),
    ]  # fmt: skip
    assert [one["share_of_days"] for one in months] == [2 / 31, 1 / 30]
    assert months[0]["mean"] == pytest.approx((days[0]["mean"] + days[1]["mean"]) / 2)

    table = client.get(WEST.replace("?", ".csv?"))
    lines = list(csv.DictReader(io.StringIO(table.text)))
    assert table.headers["content-type"].startswith("text/csv")
    assert tuple(lines[0]) == COLUMNS == tuple(days[0])
    assert [float(one["mean"]) for one in lines] == [one["mean"] for one in days]
    # A name that a spreadsheet would run as a formula does not begin as one.
    assert lines[0]["station_name"] == "'=west"


@pytest.mark.parametrize(
    ("t", "found"),
    [
        ("2026-03", ["2026-03-30", "2026-03-31"]),
        ("2026-03-31..", ["2026-03-31", "2026-04-01"]),
        ("latest", ["2026-04-01"]),
        ("2020", []),
    ],
)
def test_a_span_of_time_can_be_asked_for(client: TestClient, t: str, found: list[str]) -> None:
    assert [one["period"] for one in client.get(f"{WEST}&t={t}").json()["data"]] == found


def test_pages_of_days_follow_each_other_and_are_known_again(client: TestClient) -> None:
    first = client.get(f"{WEST}&limit=2").json()
    second = client.get(first["meta"]["links"]["next"]).json()
    assert [one["period"] for one in first["data"] + second["data"]] == [
        "2026-03-30", "2026-03-31", "2026-04-01",
    ]  # fmt: skip
    assert second["meta"]["links"] == {}
    table = client.get(f"{WEST}&limit=2".replace("?", ".csv?"))
    assert 'rel="next"' in table.headers["link"]
    again = client.get(WEST, headers={"If-None-Match": client.get(WEST).headers["etag"]})
    assert again.status_code == 304


def test_readings_that_may_not_be_passed_on_are_refused_with_the_reason(client: TestClient) -> None:
    for ending in ("", ".csv"):
        asked = f"/api/v1/observations{ending}?station=west&v=soil_moisture&feed="
        body = check_problem(client.get(f"{asked}network"), 403)
        assert "licence of network" in body["detail"]
        # Not even that it is there.
        assert check_problem(client.get(f"{asked}farm"), 404)["type"].endswith("unknown-station")


@pytest.mark.parametrize(
    ("query", "status", "kind"),
    [
        ("feed=towers&station=none&v=soil_moisture", 404, "unknown-station"),
        ("feed=towers&station=west&v=rain", 404, "unknown-station"),
        ("feed=towers&station=west&v=soil_moisture&datastream=5cm", 404, "unknown-station"),
        ("feed=towers&station=west&v=soil_moisture", 422, "bad-value"),
        ("feed=towers&station=east&v=soil_moisture&t=2020..2019", 422, "bad-value"),
        ("feed=towers&station=east&v=soil_moisture&step=hour", 422, "bad-value"),
        ("feed=towers&v=soil_moisture", 422, "bad-value"),
    ],
)
def test_what_there_is_not_is_told(client: TestClient, query: str, status: int, kind: str) -> None:
    body = check_problem(client.get(f"/api/v1/observations?{query}"), status)
    assert body["type"] == f"/api/problems/{kind}"


def test_stations_of_no_area_are_a_problem(client: TestClient) -> None:
    check_problem(client.get("/api/v1/stations?area=XXX"), 404)


def test_programs_of_others_see_no_station_that_may_not_be_shown(
    client: TestClient, store: Store
) -> None:
    assert client.get("/api/v1/stations").json()["meta"]["withheld"] == len(PLACES)
    with store.engine.connect() as connection:
        seen = connection.exec_driver_sql("SELECT DISTINCT feed_id FROM ogc.stations").scalars()
        assert set(seen) == {"towers", "network"}


def test_what_follows_of_a_sensor_without_a_name_is_of_it(store: Store, client: TestClient) -> None:
    bring(store, "towers", PassOn.READINGS, readings("west", "", 0.1))
    asked = WEST.replace("10cm", "") + "&limit=1"
    first = client.get(asked).json()
    assert first["meta"]["datastream"] == ""
    after = client.get(first["meta"]["links"]["next"]).json()
    assert after["data"][0]["period"] > first["data"][0]["period"]
    table = client.get(asked.replace("?", ".csv?"))
    assert client.get(table.links["next"]["url"]).status_code == 200
    # Unset is another question: which of three?
    unset = asked.replace("&datastream=", "")
    assert client.get(unset).status_code == 422
