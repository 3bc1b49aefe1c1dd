"""Readings of sensors: each kept once, what is wrong kept aside by name, days and months made."""

import csv
import gzip
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import text

from soc_monitor.errors import FeedUnreachable
from soc_monitor.feeds import FolderFeed, SensorThingsFeed
from soc_monitor.feeds.client import Limits
from soc_monitor.feeds.sensorthings import reader
from soc_monitor.feeds.station_files import Column, Columns, Site, fluxnet, ismn, table
from soc_monitor.feeds.values import valued_text
from soc_monitor.model import (
    Channel,
    IngestJob,
    Item,
    Observation,
    Readings,
    Refused,
    Run,
    RunState,
    Station,
)
from soc_monitor.runs.ingest import ingest, look_back, unasked
from soc_monitor.runs.jobs import ShelvedJob
from soc_monitor.store import control
from soc_monitor.store.readings import faults
from soc_monitor.store.store import Store

from ..feeds.conftest import Server, send, server  # noqa: F401, TID252  # a fixture of that folder
from ..feeds.test_sensorthings import observation, page, stream  # noqa: TID252  # its shapes

CHANNELS = {
    "soil_moisture": Channel(unit="m3 m-3", valid=(0, 1)),
    "soil_temperature": Channel(unit="degC", valid=(-50, 70)),
}
COLUMNS = Columns(
    station="station", time="time", lon="lon", lat="lat",
    readings={"sm": Column(variable="soil_moisture", unit="m3 m-3"),
              "ts": Column(variable="soil_temperature", unit="degC")},
)  # fmt: skip


def job(into: Readings, pattern: str = r".*\.csv") -> IngestJob:
    return IngestJob(
        id="sensors", title={"en": "S", "fr": "S", "es": "S"}, licence="CC0-1.0", citation="-",
        link="-", feed=FolderFeed(folder="files", pattern=pattern), into=into,
    )  # fmt: skip


GENERIC = job(Readings(reader=table(COLUMNS), channels=CHANNELS))


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """The folder of the operator's files."""
    (tmp_path / "mirror" / "files").mkdir(parents=True)
    return tmp_path / "mirror" / "files"


def run(made: IngestJob, store: Store, files: Path) -> Run:
    shelved = ShelvedJob(made, files.parent, "v1")
    return ingest(shelved, store, datetime.now(UTC), mirror=str(files.parent))


def ask(store: Store, query: str) -> list[tuple[Any, ...]]:
    with store.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


def rows(*lines: str) -> str:
    return "\n".join(["station,time,lon,lat,sm,ts", *lines]) + "\n"


def at(hour: int) -> str:
    return f"2026-03-01T{hour:02d}:00:00Z"


def test_the_same_readings_in_any_order_and_number_are_kept_once(store: Store, files: Path) -> None:
    lines = [f"s{n // 24},{at(n % 24)},5,6,0.{n % 24 + 10},{n % 24}" for n in range(72)]
    chance = np.random.default_rng(1)
    for number in range(3):
        shuffled = [lines[k] for k in chance.permutation(len(lines))]
        # Another file each time: its bytes are not known, its readings are.
        (files / f"{number}.csv").write_text(rows(*shuffled, *shuffled[:9]))
    ended = run(GENERIC, store, files)
    assert ended.state is RunState.DONE
    assert ask(store, "SELECT count(*) FROM app.observations") == [(3 * 24 * 2,)]
    assert ended.taken == 3 * 24 * 2
    assert faults(store, "sensors") == []
    assert run(GENERIC, store, files).state is RunState.NOTHING_NEW


WRONG: dict[str, tuple[str, str]] = {
    "not a number": ("s1,2026-03-01T01:00:00Z,5,6,x,", "value"),
    "digits with a gap": ("s1,2026-03-01T01:00:00Z,5,6,0.1_5,", "value"),
    "infinity": ("s1,2026-03-01T01:00:00Z,5,6,1e999,", "value"),
    "no time zone": ("s1,2026-03-01T01:00:00,5,6,0.1,", "time zone"),
    "two days ahead": (f"s1,{datetime.now(UTC) + timedelta(days=2):%Y-%m-%dT%H:%M:%SZ},5,6,0.1,",
                       "future"),
    "of another century": ("s1,1026-03-01T01:00:00Z,5,6,0.1,", "ancient"),
    "in percent by mistake": ("s1,2026-03-01T01:00:00Z,5,6,23.1,", "range"),
    "no such day": ("s1,2026-02-30T01:00:00Z,5,6,0.1,", "row"),
    "a place that is none": ("s1,2026-03-01T01:00:00Z,east,6,0.1,", "row"),
    "a place beyond the pole": ("s1,2026-03-01T01:00:00Z,5,91,,", "place"),
    "a place that is no number": ("s1,2026-03-01T01:00:00Z,nan,6,,", "place"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_a_reading_that_is_wrong_is_kept_aside_and_the_others_are_taken(
    store: Store, files: Path, name: str
) -> None:
    line, rule = WRONG[name]
    (files / "a.csv").write_text(rows("s1,2026-03-01T00:00:00Z,5,6,0.2,", line))
    run(GENERIC, store, files)
    run(GENERIC, store, files)
    (files / "b.csv").write_text(rows(line))
    run(GENERIC, store, files)
    assert ask(store, "SELECT value FROM app.observations") == [(0.2,)]
    assert ask(store, "SELECT rule, count(*) FROM app.quarantine GROUP BY 1") == [(rule, 1)]


def test_what_is_set_aside_says_which_sensor_it_is_of(store: Store, files: Path) -> None:
    """By its rule before, by its value, against another one, and for its station."""
    head = "station,probe,time,value"
    told = ["s1,10cm,2026-03-01T00:00:00+00:00,0.2", "s1,10cm,2026-03-01T00:00:00+00:00,0.3",
            "s1,20cm,2026-03-01T00:00:00+00:00,7", "s1,30cm,2026-03-01T00:00:00+00:00,x",
            "s2,40cm,2026-03-01T00:00:00+00:00,0.2"]  # fmt: skip

    def start(_: Item) -> Callable[[dict[str, str]], Iterable[Station | Observation | Refused]]:
        def read(row: dict[str, str]) -> Iterable[Station | Observation | Refused]:
            time = datetime.fromisoformat(row["time"])
            if row["station"] == "s1":
                yield Station(id="s1", name="s1", lon=5, lat=6)
            reading = Observation(station=row["station"], variable="soil_moisture",
                                  datastream=row["probe"],
                                  time=time, result_time=time, value=0, unit="m3 m-3")  # fmt: skip
            yield valued_text(reading, row["value"])

        return read

    (files / "a.csv").write_text("\n".join([head, *told]) + "\n")
    ended = run(job(Readings(reader=start, channels=CHANNELS)), store, files)
    found = control.kept_aside(store, ended.id)
    assert {(one["rule"], one["sensor"]) for one in found} == {
        ("conflict", "s1 soil_moisture 10cm"), ("range", "s1 soil_moisture 20cm"),
        ("value", "s1 soil_moisture 30cm"), ("station", "s2 soil_moisture 40cm"),
    }  # fmt: skip
    assert found[0].keys() == control.rejected(store)[0].keys() - {"job", "run"}


def test_a_broken_sensor_does_not_cost_the_one_beside_it(store: Store, files: Path) -> None:
    (files / "a.csv").write_text(rows(f"s1,{at(1)},5,6,0.2,broken", f"s1,{at(2)},5,6,wet,11"))
    run(GENERIC, store, files)
    assert ask(store, "SELECT variable, value FROM app.observations ORDER BY 1") == [
        ("soil_moisture", 0.2), ("soil_temperature", 11.0),
    ]  # fmt: skip
    assert ask(store, "SELECT rule, variable FROM app.quarantine ORDER BY 2") == [
        ("value", "soil_moisture"), ("value", "soil_temperature"),
    ]  # fmt: skip


def test_two_sensors_of_one_variable_are_two_series(store: Store, files: Path) -> None:
    both = Columns(
        station="station", time="time", lon="lon", lat="lat",
        readings={"sm": Column(variable="soil_moisture", unit="m3 m-3"),
                  "ts": Column(variable="soil_moisture", unit="m3 m-3")},
    )  # fmt: skip
    (files / "a.csv").write_text(rows(f"s1,{at(1)},5,6,0.2,0.4", f"s1,{at(2)},5,6,0.3,0.5"))
    made = job(Readings(reader=table(both), channels=CHANNELS))
    assert run(made, store, files).taken == 4
    assert ask(store, "SELECT count(*) FROM app.quarantine") == [(0,)]
    days = "SELECT datastream, n, mean FROM app.station_periods WHERE step = '{}' ORDER BY 1"
    for step in ("day", "month"):
        assert ask(store, days.format(step)) == [
            ("sm", 2, pytest.approx(0.25)), ("ts", 2, pytest.approx(0.45)),
        ]  # fmt: skip


def test_readings_of_before_take_the_datastream_that_they_are_told_with(
    store: Store, files: Path
) -> None:
    """As a migrated database has them: without one."""
    both = Columns(
        station="station", time="time", lon="lon", lat="lat",
        readings={"sm": Column(variable="soil_moisture", unit="m3 m-3"),
                  "ts": Column(variable="soil_moisture", unit="m3 m-3")},
    )  # fmt: skip
    first = "s1,2026-03-02T00:00:00Z,5,6,0.6,"
    (files / "a.csv").write_text(rows(f"s1,{at(1)},5,6,0.2,", f"s1,{at(2)},5,6,0.3,", first))
    made = job(Readings(reader=table(both), channels=CHANNELS))
    assert run(made, store, files).taken == 3
    with store.engine.begin() as connection:
        for name in ("observations", "station_periods"):
            connection.execute(text(f"UPDATE app.{name} SET datastream = ''"))  # noqa: S608
    # Again, and of the second sensor for the first time; once it says what the first one says.
    (files / "b.csv").write_text(rows(f"s1,{at(1)},5,6,0.2,0.4", f"s1,{at(2)},5,6,0.3,0.3"))
    assert run(made, store, files).taken == 2
    assert ask(store, "SELECT datastream, value FROM app.observations ORDER BY 1, 2") == [
        ("", 0.6), ("sm", 0.2), ("sm", 0.3), ("ts", 0.3), ("ts", 0.4),
    ]  # fmt: skip
    periods = "SELECT datastream, step, sum(n) FROM app.station_periods GROUP BY 1, 2 ORDER BY 1, 2"
    assert ask(store, periods) == [
        ("", "day", 1), ("", "month", 1), ("sm", "day", 2), ("sm", "month", 2),
        ("ts", "day", 2), ("ts", "month", 2),
    ]  # fmt: skip
    (files / "c.csv").write_text(rows(f"s1,{at(1)},5,6,0.2,0.4", first))
    assert run(made, store, files).taken == 0
    assert ask(store, periods) == [
        ("sm", "day", 3), ("sm", "month", 3), ("ts", "day", 2), ("ts", "month", 2),
    ]  # fmt: skip


def test_what_the_job_does_not_know_leaves_one_record_with_its_number(
    store: Store, files: Path
) -> None:
    winds = [f"s1,wind,{at(hour)},3,m s-1" for hour in range(9)]
    head = "station,variable,time,value,unit"
    made = job(Readings(reader=as_told, channels=CHANNELS))
    (files / "a.csv").write_text("\n".join([head, *winds]) + "\n")
    run(made, store, files)
    told = "SELECT rule, station, variable, n FROM app.quarantine"
    assert ask(store, told) == [("variable", "s1", "wind", 9)]
    # Of the newest run that met it: what comes again is not counted again and again.
    (files / "b.csv").write_text("\n".join([head, *winds[:4]]) + "\n")
    run(made, store, files)
    assert ask(store, told) == [("variable", "s1", "wind", 4)]
    assert [(one.rule, one.count) for one in faults(store, "sensors")] == [("variable", 4)]


def test_after_a_rest_sensors_are_asked_from_their_newest_reading_on(
    store: Store, files: Path
) -> None:
    made = replace(GENERIC, schedule="0 * * * *", late_days=7)
    today = date(2026, 6, 1)
    assert look_back(store, made, today) == (date(2026, 5, 25), today)
    (files / "a.csv").write_text(rows(f"s1,{at(1)},5,6,0.2,11"))
    run(made, store, files)
    # Three months without a reading: 1 March, and what may come late before it.
    assert look_back(store, made, today) == (date(2026, 2, 22), today)
    assert unasked(store, made, date(2026, 2, 22)) == ""
    # After years: at most one of them, and what is left out is said.
    late = datetime(2028, 6, 1, tzinfo=UTC)
    shelved = ShelvedJob(made, files.parent, "v1")
    ended = ingest(shelved, store, late, mirror=str(files.parent))
    assert ended.detail.endswith("2026-03-01..2027-06-01 is not asked for: order a backfill")
    # A source that does not go on is taken whole.
    assert look_back(store, GENERIC, today) == (date.min, today)


def test_a_piece_that_fails_is_not_passed_over(
    store: Store,
    files: Path,
    server: Server,  # noqa: F811  # the fixture
) -> None:
    feed = SensorThingsFeed(root=f"{server.address}/v1.1", first=date(2026, 1, 1),
                            limits=Limits(pause_s=0.01, tries=1))  # fmt: skip
    into = Readings(reader=reader({"soil moisture": "soil_moisture"}), channels=CHANNELS)
    made = replace(job(into), feed=feed, schedule="0 * * * *")
    server.on("/v1.1/Datastreams", page(stream(42)))
    later = page(observation(1, 23.1, phenomenonTime="2026-05-01T00:00:00Z"))
    server.on("/v1.1/Datastreams(42)/Observations", send(b"", status=503), later)
    shelved = ShelvedJob(made, files.parent, "v1")
    window = (date(2026, 1, 1), date(2026, 6, 1))
    with pytest.raises(FeedUnreachable):
        ingest(shelved, store, datetime.now(UTC), window=window, plain_http=True)
    assert ask(store, "SELECT count(*) FROM app.observations") == [(0,)]


def test_a_piece_that_is_refused_is_named_and_does_not_stop_those_after_it(
    store: Store,
    files: Path,
    server: Server,  # noqa: F811  # the fixture
) -> None:
    feed = SensorThingsFeed(root=f"{server.address}/v1.1", first=date(2026, 1, 1),
                            limits=Limits(pause_s=0.01, tries=1))  # fmt: skip
    understood = reader({"soil moisture": "soil_moisture"})

    def read(item: Item) -> Any:
        if item.key.startswith("2026-01"):
            raise ValueError("the service has changed its shape")
        return understood(item)

    made = replace(job(Readings(reader=read, channels=CHANNELS, kind="jsonl")), feed=feed,
                   schedule="0 * * * *")  # fmt: skip
    server.on("/v1.1/Datastreams", page(stream(42)))
    server.on("/v1.1/Datastreams(42)/Observations",
              page(observation(1, 23.1, phenomenonTime="2026-05-01T00:00:00Z")))  # fmt: skip
    window = (date(2026, 1, 1), date(2026, 6, 1))
    shelved = ShelvedJob(made, files.parent, "v1")
    ended = ingest(shelved, store, datetime.now(UTC), window=window, plain_http=True)
    assert ended.state is RunState.PARTLY
    assert ask(store, "SELECT count(*) FROM app.observations") == [(1,)]
    ((piece,),) = ask(store, "SELECT item_key FROM app.rejections")
    assert ended.detail.endswith(f"refused, and not asked for again: {piece}: order a backfill")


def as_told(_: Item) -> Callable[[dict[str, str]], Iterator[Station | Observation]]:
    """Reads rows that tell their own variable and unit; one station is known."""

    def read(row: dict[str, str]) -> Iterator[Station | Observation]:
        time = datetime.fromisoformat(row["time"])
        yield Station(id="s1", name="s1", lon=5, lat=6)
        yield Observation(station=row["station"], variable=row["variable"], time=time,
                          result_time=time, value=float(row["value"]),
                          unit=row["unit"])  # fmt: skip

    return read


def test_what_nobody_knows_is_kept_aside_and_nothing_made_of_it(store: Store, files: Path) -> None:
    lines = [
        f"s1,soil_moisture,{at(0)},23.1,%",
        f"s2,soil_moisture,{at(1)},23.1,%",
        f"s1,wind,{at(2)},3,m s-1",
        f"s1,soil_moisture,{at(3)},0.2,furlongs",
        f"s1,soil_moisture,{at(4)},0.2,degC",
    ]
    (files / "a.csv").write_text("\n".join(["station,variable,time,value,unit", *lines]) + "\n")
    run(job(Readings(reader=as_told, channels=CHANNELS)), store, files)
    assert ask(store, "SELECT station, value, unit FROM app.observations") == [
        ("s1", 0.231, "m3 m-3")
    ]
    assert ask(store, "SELECT id FROM app.stations") == [("s1",)]
    assert ask(store, "SELECT rule, count(*) FROM app.quarantine GROUP BY 1 ORDER BY 1") == [
        ("station", 1), ("unit", 2), ("variable", 1),
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["a\0b", "\ud800"])
def test_a_name_that_the_database_cannot_hold_costs_its_rows_alone(
    store: Store, files: Path, name: str
) -> None:
    def read(row: dict[str, str]) -> Any:
        station = row["station"].encode().decode("unicode_escape")
        time = datetime.fromisoformat(row["time"])
        yield Station(id=station, name=station, lon=0, lat=0)
        yield Observation(station=station, variable="soil_moisture", time=time, result_time=time,
                          value=0.2, unit="1")  # fmt: skip

    made = job(Readings(reader=lambda _: read, channels=CHANNELS))
    told = name.encode("unicode_escape").decode()
    (files / "a.csv").write_text(f"station,time\n{told},{at(1)}\n")
    (files / "b.csv").write_text(f"station,time\ns1,{at(1)}\n{told},{at(2)}\n")
    assert run(made, store, files).state is RunState.DONE
    assert ask(store, "SELECT station FROM app.observations") == [("s1",)]
    assert ask(store, "SELECT rule, count(*) FROM app.quarantine GROUP BY 1") == [("text", 3)]
    assert run(made, store, files).state is RunState.NOTHING_NEW


def test_a_file_whose_name_cannot_be_written_down_is_refused_and_the_others_are_taken(
    store: Store, files: Path
) -> None:
    name = os.fsencode(files) + b"/a\xff.csv"
    Path(os.fsdecode(name)).write_text(rows(f"s1,{at(1)},5,6,0.2,"))
    (files / "b.csv").write_text(rows(f"s1,{at(2)},5,6,0.3,"))
    assert run(GENERIC, store, files).state is RunState.PARTLY
    assert ask(store, "SELECT value FROM app.observations") == [(0.3,)]
    assert ask(store, "SELECT rule, item_key FROM app.rejections") == [("name", "a?.csv")]


def test_another_value_under_the_same_identity_is_a_conflict(store: Store, files: Path) -> None:
    (files / "a.csv").write_text(rows(f"s1,{at(1)},5,6,0.2,", f"s1,{at(1)},5,6,0.3,"))
    run(GENERIC, store, files)
    (files / "b.csv").write_text(rows(f"s1,{at(1)},5,6,0.4,", f"s1,{at(2)},5,6,0.5,"))
    run(GENERIC, store, files)
    assert ask(store, "SELECT value FROM app.observations ORDER BY 1") == [(0.2,), (0.5,)]
    found = ask(store, "SELECT rule, raw FROM app.quarantine ORDER BY raw")
    assert found == [("conflict", "0.3 m3 m-3"), ("conflict", "0.4 m3 m-3")]


def test_a_later_result_time_is_a_revision_in_either_order(store: Store, files: Path) -> None:
    def read(row: dict[str, str]) -> Any:
        return (
            Station(id="s", name="s", lon=0, lat=0),
            Observation(station="s", variable="soil_moisture", time=datetime.fromisoformat(at(1)),
                        result_time=datetime.fromisoformat(row["made"]), value=float(row["v"]),
                        unit="1"),
        )  # fmt: skip

    made = job(Readings(reader=lambda _: read, channels=CHANNELS))
    for name, hour, value in (("a", 5, 0.5), ("b", 3, 0.3), ("c", 7, 0.7)):
        (files / f"{name}.csv").write_text(f"made,v\n{at(hour)},{value}\n")
        run(made, store, files)
    assert ask(store, "SELECT count(*) FROM app.observations") == [(3,)]
    assert ask(store, "SELECT mean, n FROM app.station_periods WHERE step = 'day'") == [(0.7, 1)]


def test_days_and_months_tell_gaps_and_sensors_that_stand_still(store: Store, files: Path) -> None:
    good = [f"good,{at(h)},5,6,{0.2 + h / 100:.2f}," for h in range(24)]
    gap = [f"gap,{at(h)},5,6,{0.2 + h / 100:.2f}," for h in (*range(6), *range(18, 24))]
    flat = [f"flat,{at(h)},5,6,0.25," for h in range(24)]
    (files / "a.csv").write_text(rows(*good, *gap, *flat))
    run(GENERIC, store, files)
    days = ask(store, "SELECT station, n, mean::text, gap, flat FROM app.station_periods "
                      "WHERE step = 'day' ORDER BY 1")  # fmt: skip
    assert [(s, n, g, f) for s, n, _, g, f in days] == [
        ("flat", 24, False, True), ("gap", 12, True, False), ("good", 24, False, False)
    ]  # fmt: skip
    assert float(days[2][2]) == pytest.approx(0.2 + 23 / 200)
    months = ask(store, "SELECT station, gap, flat, days FROM app.station_periods "
                        "WHERE step = 'month' ORDER BY 1")  # fmt: skip
    assert months == [("flat", False, True, 1), ("gap", True, False, 1), ("good", False, False, 1)]
    assert {(fault.rule, fault.variable) for fault in faults(store, "sensors")} == {
        ("gap", "soil_moisture"), ("flat", "soil_moisture")
    }  # fmt: skip


# --- the forms of networks ---------------------------------------------------------------------

SITE = {"DE-Hai": Site(name="Hainich", lon=10.453, lat=51.079, utc_offset_h=1)}
HALF = "TIMESTAMP_START,TIMESTAMP_END,TA_F,TA_F_QC,SWC_F_MDS_1,SWC_F_MDS_1_QC,P_F\n"


def test_a_fluxnet_file_is_read_in_local_standard_time_and_percent(
    store: Store, files: Path
) -> None:
    (files / "FLX_DE-Hai_FLUXNET2015_FULLSET_HH_2000-2012_1-4.csv").write_text(
        HALF + "201207010000,201207010030,14.2,0,23.1,0,-9999\n"
        "201207010030,201207010100,14.0,2,23.0,1,0.4\n"
    )
    run(job(Readings(reader=fluxnet(SITE), channels=CHANNELS)), store, files)
    found = ask(store, "SELECT variable, time AT TIME ZONE 'UTC', value, unit "
                       "FROM app.observations ORDER BY 2")  # fmt: skip
    assert found == [
        ("soil_moisture", datetime(2012, 6, 30, 23, 0), 0.231, "m3 m-3"),  # noqa: DTZ001  # UTC
        ("soil_moisture", datetime(2012, 6, 30, 23, 30), 0.23, "m3 m-3"),  # noqa: DTZ001  # UTC
    ]
    # Its other variables are not of this job: kept aside, by name, not dropped in silence.
    assert {f.rule for f in faults(store, "sensors")} == {"variable"}
    assert {f.variable for f in faults(store, "sensors")} == {"air_temperature"}


def test_a_file_of_an_unknown_site_is_refused_whole(store: Store, files: Path) -> None:
    (files / "FLX_XX-Yyy_FLUXNET2015_HH.csv").write_text(HALF)
    (files / "FLX_XX-Zzz_FLUXNET2015_HH.csv").write_text(HALF + "1,2,3,4,5,6,7\n")
    ended = run(job(Readings(reader=fluxnet(SITE), channels=CHANNELS)), store, files)
    assert ended.state is RunState.REFUSED
    assert {r for (r,) in ask(store, "SELECT rule FROM app.rejections")} == {"item"}


ISMN = {
    "REMEDHUS_REMEDHUS_Canizal_sm_0.000000_0.050000_Stevens_20260301_20260302.stm": (
        "REMEDHUS REMEDHUS Canizal 41.1957 -5.3597 720.0 0.00 0.05 Stevens\n"
        "2026/03/01 00:00 0.1310 G M\n2026/03/01 01:00 0.1320 D01,D03 M\n"
        "2026/03/01 02:00 0.1330 G M\n"
    ),
    "REMEDHUS_REMEDHUS_Canizal_sm_0.000000_0.050000_CEOP_20260301_20260302.stm": "".join(
        f"2026/03/01 {hour:02d}:00 2026/03/01 {hour:02d}:00 REMEDHUS REMEDHUS Canizal 41.1957 "
        f"-5.3597 720.0 0.00 0.05 0.13{hour + 1} {flag} M\n"
        for hour, flag in enumerate(("G", "D01,D03", "G"))
    ),
}


@pytest.mark.parametrize("name", ISMN)
def test_an_ismn_file_gives_what_is_flagged_good(store: Store, files: Path, name: str) -> None:
    (files / name).write_text(ISMN[name])
    channels = {"soil_moisture_0_5cm": CHANNELS["soil_moisture"]}
    made = job(Readings(reader=ismn, channels=channels, kind="lines"), r".*\.stm")
    run(made, store, files)
    found = ask(store, "SELECT station, value FROM app.observations ORDER BY time")
    assert found == [("REMEDHUS/Canizal", 0.131), ("REMEDHUS/Canizal", 0.133)]
    assert ask(store, "SELECT ST_X(geom), ST_Y(geom) FROM app.stations") == [(-5.3597, 41.1957)]


# --- replay of real series ---------------------------------------------------------------------

COSORE = Columns(
    station="station", time="time", lon="lon", lat="lat",
    readings={"t5": Column(variable="soil_temperature", unit="degC"),
              "sm5": Column(variable="soil_moisture", unit="m3 m-3")},
)  # fmt: skip


@contextmanager
def unpacked(file: Path) -> Iterator[Any]:
    with gzip.open(file, "rt", encoding="utf-8") as content:
        yield csv.DictReader(content)


def replay(shared: Path, files: Path, name: str, most: int) -> int:
    """The first rows of a series, with the station and UTC as a live source would tell them."""
    lines: list[str] = []
    with unpacked(shared / "data" / "cosore" / f"{name}.csv.gz") as series:
        for row in series:
            if len(lines) == most:
                break
            time = (row.get("CSR_TIMESTAMP_BEGIN") or row["CSR_TIMESTAMP_END"]).replace(" ", "T")
            port = row.get("CSR_PORT", "0")
            zone = "" if time.endswith("Z") or "+" in time else "Z"
            lines.append(f"{name}/{port},{time}{zone},0,0,"
                         f"{row.get('CSR_SM5', '')},{row.get('CSR_T5', '')}")  # fmt: skip
    (files / f"{name}.csv").write_text("station,time,lon,lat,sm5,t5\n" + "\n".join(lines) + "\n")
    return len(lines)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("d20190617_SCOTT_SRM", {("range", "soil_temperature")}),
        ("d20190722_GORRES", {("range", "soil_moisture")}),
        ("d20190617_SCOTT_WHS", set()),
    ],
)
def test_the_real_faults_of_continuous_soil_respiration_are_found(
    shared: Path, store: Store, files: Path, name: str, expected: set[tuple[str, str]]
) -> None:
    count = replay(shared, files, name, 15_000)
    assert count
    ended = run(job(Readings(reader=table(COSORE), channels=CHANNELS)), store, files)
    assert ended.taken > count / 4
    found = {(f.rule, f.variable) for f in faults(store, "sensors") if f.rule in {"range", "row"}}
    assert found == expected


def depth(row: dict[str, str], made: Callable[[str], str]) -> str:
    return ",".join([row["SOURCEID"], f"{row['Date']}T00:00:00-08:00", "-117", "46.8",
                     made(row["Port1VW"]), made(row["Port1C"])])  # fmt: skip


def test_a_network_of_forty_two_stations_comes_in_at_rate(
    shared: Path, store: Store, files: Path
) -> None:
    with unpacked(shared / "data" / "cookfarm-sensors" / "readings.csv.gz") as series:
        lines = [depth(row, lambda v: "" if v in {"NA", ""} else v) for row in series]
    (files / "cook.csv").write_text(rows(*lines))
    ended = run(GENERIC, store, files)
    assert ended.state is RunState.DONE
    ((stations, readings),) = ask(
        store, "SELECT count(DISTINCT station), count(*) FROM app.observations"
    )
    assert stations == 42
    assert readings == ended.taken > 20_000
    assert {f.rule for f in faults(store, "sensors")} <= {"gap", "flat", "range", "conflict"}


def test_an_item_names_its_reader() -> None:
    with pytest.raises(ValueError, match="not the name of an ISMN file"):
        ismn(Item(key="x.stm", address="-"))
