"""The page of a station: what the API says, with what was held and set aside told apart."""

import re
import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from sqlalchemy import text
from starlette.testclient import TestClient

from soc_monitor import server
from soc_monitor.model import LANGUAGES, Observation, PassOn
from soc_monitor.store import station_now
from soc_monitor.store.held_readings import Jumped, Parted, Steps
from soc_monitor.store.readings import Aside, add_readings
from soc_monitor.store.runs import open_run
from soc_monitor.store.store import Store
from soc_monitor.web.i18n import language
from soc_monitor.web.station_view import Asked, quantity

from ..api import test_stations as stations_of  # noqa: TID252  # folders, no packages
from .conftest import handmade

WEST = "/data/stations/towers/west"
ODD = "plot 7/b \N{BULLET} <b>"
LAST = stations_of.START + timedelta(hours=stations_of.HOURS)


def one(hours: int, value: float, datastream: str = "10cm", station: str = "west") -> Observation:
    time = stations_of.START + timedelta(hours=hours)
    return Observation(station=station, variable="soil_moisture", datastream=datastream, time=time,
                       result_time=time, value=value, unit="m3 m-3")  # fmt: skip


def set_aside(store: Store) -> None:
    """Two readings that jumped a day after the last one, and two that were out of range."""
    jumped = [Jumped(one(96 + n, 0.002), 0.2, LAST) for n in range(2)]
    wrong = Aside(rule="range", found="7 m3 m-3", raw="7", station="west",
                  variable="soil_moisture", time=one(31, 0).time)  # fmt: skip
    with open_run(store, "towers", datetime.now(UTC), job_version="1", code_version="1") as run:
        # What the rule on jumps would find in this batch.
        steps = Steps({}, lambda _: Parted(held=jumped))
        alone = replace(wrong, raw="8", station="east", datastream="30cm")
        counts = add_readings(store, run, uuid.uuid4(), [], [], [wrong, alone], steps)
        assert (counts.held, counts.aside) == (2, 2)
    with store.engine.begin() as connection:
        connection.execute(text("UPDATE app.feeds SET max_age_days = 3 WHERE id = 'towers'"))


@pytest.fixture(scope="module")
def stations(new_store: Any) -> Iterator[TestClient]:
    """A site over the stations of the tests of the API, some of their readings not taken."""
    store, settings = new_store()
    world = handmade()
    world.add_areas(store)
    world.publish_all(store, world.ingest(store))
    stations_of.PLACES[ODD] = (179.9, -17.0)
    try:
        both = stations_of.readings("west", "10cm", 0.2) + stations_of.readings("west", "30cm", 0.3)
        odd = stations_of.readings(ODD, "", 0.1)
        stations_of.bring(store, "towers", PassOn.READINGS, both + odd)
        stations_of.bring(store, "network", PassOn.PLACES, stations_of.readings("west", "", 0.25))
        stations_of.bring(store, "farm", PassOn.NOTHING, stations_of.readings("west", "", 0.25))
    finally:
        del stations_of.PLACES[ODD]
    set_aside(store)
    with TestClient(server.build(store, settings), follow_redirects=False) as client:
        yield client


def table(page: str, ident: str) -> list[list[str]]:
    """The cells of a table, by the id of its caption."""
    body = re.search(rf'<caption id="{ident}">.*?</table>', page, re.DOTALL)
    assert body is not None
    rows = re.findall(r'<tr role="row">(<th scope="row".*?)</tr>', body[0], re.DOTALL)
    cells = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL) for row in rows]
    return [[unescape(re.sub("<[^>]+>", " ", cell)).strip() for cell in row] for row in cells]


def test_the_api_tells_where_and_what_and_what_was_not_taken(stations: TestClient) -> None:
    body = stations.get("/api/v1/stations/towers/west?labels=fr").json()
    assert [(area["id"], area["level"]) for area in body["areas"]] == [
        ("AAA", "adm0"), ("AAA-1", "adm1"),
    ]  # fmt: skip
    assert [(new["datastream"], new["value"]) for new in body["newest"]] == [
        ("10cm", 0.2), ("30cm", 0.3),
    ]  # fmt: skip
    assert body["newest"][0]["time"] == body["sensors"][0]["last_reading"]
    assert [tuple(left.values()) for left in body["not_taken"]] == [
        ("soil_moisture", "10cm", "2026-04-03", "held", 2),
        ("soil_moisture", None, "2026-03-31", "range", 1),
    ]
    east = stations.get("/api/v1/stations/towers/east").json()["not_taken"]
    assert [left["datastream"] for left in east] == ["30cm"], "what is set aside is of a sensor"
    closed = stations.get("/api/v1/stations/network/west").json()
    assert (closed["newest"], closed["sensors"][0]["links"]) == ([], {})
    for gone in ("farm/west", "towers/none", "nothing/west"):
        assert stations.get(f"/api/v1/stations/{gone}").status_code == 404


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_day_of_a_station_is_on_its_page(stations: TestClient, code: str) -> None:
    answer = stations.get(f"/{code}{WEST}")
    assert answer.status_code == 200
    rows = table(answer.text, "st-cap-1")
    # Both sensors on three days, the day of which all readings are held, and a reading of which
    # it is not known what sensor it is of.
    days = ["2026-04-03", *["2026-04-01"] * 2, *["2026-03-31"] * 3, *["2026-03-30"] * 2]
    assert [row[0] for row in rows] == days
    told = stations.get("/api/v1/observations?feed=towers&station=west&v=soil_moisture"
                        "&datastream=10cm").json()["data"]  # fmt: skip
    own = [row for row in rows if row[1] == "10cm" and row[2] != "–"]
    for row, day in zip(own, reversed(told), strict=True):
        # One number where the least is the greatest.
        least, _, most = row[3].partition(" – ")
        mean, low, high = (float(text.replace(",", ".")) for text in (row[2], least, most or least))
        assert (mean, low, high) == pytest.approx((day["mean"], day["low"], day["high"]), abs=6e-4)
        assert row[4] == str(day["readings"])
    assert rows[0][2:5] == ["–", "–", "0"]


def test_what_is_held_or_out_of_range_is_told_apart(stations: TestClient) -> None:
    page = stations.get(f"/en{WEST}").text
    assert table(page, "out-cap") == [
        ["soil moisture", "jumped, waits for an operator’s word", "2", "3 Apr 2026"],
        ["soil moisture", "outside of what can be true", "1", "31 Mar 2026"],
    ]
    rows = {(row[0], row[1]): row[-1] for row in table(page, "st-cap-1")}
    assert rows["2026-03-31", "10cm"] == "gap"
    assert rows["2026-03-31", "–"] == "not taken: 1 reading, outside of what can be true"
    assert rows["2026-04-01", "10cm"] == "stands still"
    assert rows["2026-04-03", "10cm"].startswith("not taken: 2 readings, jumped")
    # The newest reading is one that counts, not one that waits.
    measured = table(page, "st-cap")
    assert measured[0][1].startswith("0.200 m³/m³")
    # What is held has come: its sensor is not silent.
    assert measured[0][5].startswith("2 readings held")
    assert measured[1][5].startswith("silent: 3 days are allowed")
    assert page.count('class="cross"') % 2 == 0
    assert "<title>2026-03-31: not taken: 1 reading" in page


def test_what_is_not_listed_any_more_is_counted_and_that_is_told(
    stations: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = table(stations.get(f"/en{WEST}").text, "out-cap")
    monkeypatch.setattr(station_now, "MOST", 1)
    body = stations.get("/api/v1/stations/towers/west").json()
    assert [one["why"] for one in body["not_taken"]] == ["held"]
    assert [tuple(one.values()) for one in body["not_taken_sums"]] == [
        ("soil_moisture", "10cm", "held", 2, 1, "2026-04-03", "2026-04-03"),
        ("soil_moisture", None, "range", 1, 1, "2026-03-31", "2026-03-31"),
    ]
    page = stations.get(f"/en{WEST}").text
    assert table(page, "out-cap") == whole
    assert "the newest 1 entry, by day and reason, is marked above" in page


@pytest.mark.parametrize(
    ("name", "told"),
    [("east", "No reading was taken from here."), ("sea", "No reading has come from here yet.")],
)
def test_a_station_of_which_all_was_set_aside_is_no_station_of_which_nothing_came(
    stations: TestClient, name: str, told: str
) -> None:
    assert told in stations.get(f"/en/data/stations/towers/{name}").text


def test_what_is_held_of_one_sensor_is_not_told_of_another() -> None:
    sensor = {"variable": "rain", "datastream": "a", "unit": "mm", "links": {"csv": "", "json": ""}}
    day = {"period": "2026-03-30", "period_start": "2026-03-30", "mean": 1, "low": 1, "high": 1,
           "readings": 9, "gap": False, "flat": False, "share_of_hours": 1}  # fmt: skip
    held = {"variable": "rain", "day": "2026-03-30", "why": "held", "readings": 1}
    asked = Asked("day", stations_of.START.date(), stations_of.START.date())
    out = [{**held, "datastream": "b"}, {**held, "datastream": None, "why": "range"}]
    rows = quantity([(sensor, [day])], out, asked, language("en")).rows
    assert [(row.sensor, row.readings, *row.notes) for row in rows] == [
        ("a", "9", "not taken: 1 reading, outside of what can be true"),
        ("b", "0", "not taken: 1 reading, jumped, waits for an operator’s word"),
    ]


def test_a_gap_breaks_the_line_and_few_days_make_it_dashed() -> None:
    sensor = {"variable": "rain", "datastream": "", "unit": "mm", "links": {"csv": "", "json": ""}}

    def month(period: str, share: float) -> dict[str, Any]:
        return {"period": period[:7], "period_start": period, "mean": 1.0, "low": 0.0, "high": 3.0,
                "readings": 9, "gap": False, "flat": False, "share_of_days": share}  # fmt: skip

    rows = [month("2026-01-01", 1), month("2026-02-01", 0.3), month("2026-04-01", 1)]
    asked = Asked(
        "month", stations_of.START.date().replace(month=1, day=1), LAST.date().replace(day=1)
    )
    drawn = quantity([(sensor, rows)], [], asked, language("en"))
    points = drawn.spec.lines[0].points
    assert [p.value for p in points] == [1.0, 1.0, None, 1.0]
    assert [p.provisional for p in points] == [False, True, False, False]


def test_a_station_whose_readings_may_not_be_passed_on_has_no_numbers(
    stations: TestClient,
) -> None:
    page = stations.get("/en/data/stations/network/west").text
    assert "does not let its readings be passed on" in page
    assert "Through time" not in page
    assert "0.25" not in page


def test_a_station_with_an_odd_name_is_reached_from_the_list(stations: TestClient) -> None:
    listed = stations.get("/en/data/stations").text
    (href,) = set(re.findall(r'href="(/en/data/stations/towers/plot[^"]*)"', listed))
    page = stations.get(unescape(href))
    assert page.status_code == 200
    assert "<b>" not in page.text.partition("<main")[2].partition("badge")[0]
    assert f'<link rel="canonical" href="http://testserver{href}">' in page.text
    for file in re.findall(r'href="(/api/v1/observations[^"]*)"', page.text):
        assert stations.get(unescape(file)).status_code == 200


@pytest.mark.parametrize(
    "gone", ["farm/west", "towers/none", "towers/", "none/west", "towers/%2E%2E", "%2E%2E/areas"]
)
def test_a_station_that_is_not_there_is_a_page_of_404(stations: TestClient, gone: str) -> None:
    assert stations.get(f"/fr/data/stations/{gone}").status_code == 404
