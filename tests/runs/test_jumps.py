"""A reading that jumps is held: not shown, not counted, until an operator has decided."""

import uuid
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, text

from soc_monitor.errors import UnknownRecord
from soc_monitor.feeds.station_files import Column, Columns, table
from soc_monitor.model import Channel, Observation, Readings, Run, RunState
from soc_monitor.runs import jumps
from soc_monitor.runs.alerting import causes
from soc_monitor.store import held_readings, runs, sensor_watch
from soc_monitor.store.held_readings import Past
from soc_monitor.store.readings import add_readings
from soc_monitor.store.registers import list_audit
from soc_monitor.store.store import Store

from .test_readings import CHANNELS, COSORE, job, replay, rows, run

STEPS = {
    "soil_moisture": (0.2, 0.4),
    "soil_temperature": (25.0, 25.0),
    "organic_carbon": (10.0, 10.0),
}
"""As the job files that ship have them: rain wets a soil at once, and nothing dries it so fast."""
STEPPED = {name: replace(one, max_step=STEPS[name]) for name, one in CHANNELS.items()}
START = datetime(2026, 3, 1, tzinfo=UTC)


def columns(unit_sm: str = "m3 m-3", unit_ts: str = "degC") -> Columns:
    return Columns(
        station="station", time="time", lon="lon", lat="lat",
        readings={"sm": Column(variable="soil_moisture", unit=unit_sm),
                  "ts": Column(variable="soil_temperature", unit=unit_ts)},
    )  # fmt: skip


JOB = job(Readings(reader=table(columns()), channels=STEPPED))


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """The folder of the operator's files."""
    (tmp_path / "mirror" / "files").mkdir(parents=True)
    return tmp_path / "mirror" / "files"


def ask(store: Store, query: str) -> list[tuple[Any, ...]]:
    with store.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


def bring(
    store: Store,
    files: Path,
    moistures: Sequence[float],
    *,
    since: int = 0,
    temperature: str = "",
) -> Run:
    """A file with a reading an hour, from an hour on."""
    hours = (START + timedelta(hours=since + n) for n in range(len(moistures)))
    lines = [
        f"s1,{hour:%Y-%m-%dT%H:%M:%SZ},5,6,{value:g},{temperature}"
        for hour, value in zip(hours, moistures, strict=True)
    ]
    (files / f"{since:04d}-{len(list(files.iterdir()))}.csv").write_text(rows(*lines))
    return run(JOB, store, files)


def values(store: Store) -> list[float]:
    return [one for (one,) in ask(store, "SELECT value FROM app.observations ORDER BY time")]


def day(store: Store) -> list[tuple[Any, ...]]:
    return ask(store, "SELECT n, high FROM app.station_periods WHERE step = 'day' ORDER BY period")


def test_what_follows_a_jump_is_held_until_the_sensor_is_back(store: Store, files: Path) -> None:
    # A probe that tells percent as a fraction of a fraction for two hours.
    ended = bring(store, files, [0.30, 0.31, 0.003, 0.003, 0.30, 0.28])
    assert (ended.state, ended.taken) == (RunState.DONE, 4)
    assert "2 held" in ended.detail
    assert values(store) == [0.30, 0.31, 0.30, 0.28]
    assert day(store) == [(4, 0.31)]
    (waits,) = held_readings.list_waiting(store)
    assert (waits.station, waits.n, waits.before, waits.high) == ("s1", 2, 0.31, 0.003)
    # The same again is no work, and nothing waits twice.
    assert bring(store, files, [0.30, 0.31, 0.003, 0.003, 0.30, 0.28]).taken == 0
    assert ask(store, "SELECT count(*) FROM app.held_readings") == [(2,)]


def test_a_sensor_stays_held_over_batches_and_days(store: Store, files: Path) -> None:
    bring(store, files, [0.30])
    bring(store, files, [0.01, 0.01], since=1)
    # Two days later nothing of it has been decided.
    bring(store, files, [0.01], since=50)
    assert values(store) == [0.30]
    assert held_readings.list_waiting(store)[0].n == 3
    # After a silence without anything held the soil may be anywhere.
    bring(store, files, [0.29], since=51)
    bring(store, files, [0.05], since=99)
    assert values(store) == [0.30, 0.29, 0.05]


def test_an_operator_takes_what_is_held_and_the_sensor_goes_on(store: Store, files: Path) -> None:
    bring(store, files, [0.05, 0.47, 0.48])
    (waits,) = held_readings.list_waiting(store)
    (told,) = [one for one in causes(store, START) if one.kind == "held"]
    assert told.what == "2 readings of 1 sensors jumped: they wait for an operator"
    assert held_readings.decide(store, waits.id, "accepted", "me") == 2
    assert held_readings.decide(store, waits.id, "accepted", "you") == 0
    assert values(store) == [0.05, 0.47, 0.48]
    assert day(store) == [(3, 0.48)]
    assert held_readings.list_waiting(store) == []
    assert [one for one in causes(store, START) if one.kind == "held"] == []
    assert ("me", "accept") in {(act["actor"], act["verb"]) for act in list_audit(store, limit=9)}
    # What comes next is measured by what was taken; what comes again is there already.
    ended = bring(store, files, [0.47, 0.48, 0.49], since=1)
    assert (ended.taken, values(store)) == (1, [0.05, 0.47, 0.48, 0.49])


def test_what_is_refused_stays_away_and_so_does_what_says_the_same(
    store: Store, files: Path
) -> None:
    bring(store, files, [0.30, 0.003, 0.003])
    (waits,) = held_readings.list_waiting(store)
    assert held_readings.decide(store, waits.id, "rejected", "me") == 2
    bring(store, files, [0.003, 0.003], since=1)
    assert held_readings.list_waiting(store) == []
    # Days later the sensor says the same: that is no new start.
    bring(store, files, [0.003], since=70)
    assert values(store) == [0.30]
    assert [one.n for one in held_readings.list_waiting(store)] == [1]
    bring(store, files, [0.29], since=71)
    assert values(store) == [0.30, 0.29]


def test_only_a_sensor_that_was_held_can_be_decided(store: Store) -> None:
    with pytest.raises(UnknownRecord):
        held_readings.decide(store, "0" * 32, "accepted", "me")


def test_readings_that_come_late_are_measured_by_their_own_past(store: Store, files: Path) -> None:
    bring(store, files, [0.10, 0.12], since=0)
    bring(store, files, [0.40, 0.41], since=30)
    # Between the two: the first lies with those before it, the second jumps from the first.
    bring(store, files, [0.13, 0.55], since=5)
    assert values(store) == [0.10, 0.12, 0.13, 0.40, 0.41]
    assert held_readings.list_waiting(store)[0].before == 0.13


@pytest.mark.parametrize(
    ("unit", "told", "channel", "right", "wrong"),
    [
        # A fraction that comes as percent, degrees of two scales, grams a kilogram as percent.
        ("%", "soil_moisture", CHANNELS["soil_moisture"], "30", "0.3"),
        ("degC", "soil_temperature", CHANNELS["soil_temperature"], "10", "50"),
        ("%", "organic_carbon", Channel(unit="g kg-1", valid=(0, 600)), "2", "20"),
    ],
)
def test_a_unit_that_is_mixed_up_within_the_valid_range_is_held(
    store: Store, files: Path, unit: str, told: str, channel: Channel, right: str, wrong: str
) -> None:
    one = Columns(
        station="station", time="time", lon="lon", lat="lat",
        readings={"sm": Column(variable=told, unit=unit)},
    )  # fmt: skip
    stepped = replace(channel, max_step=STEPS[told])
    made = job(Readings(reader=table(one), channels={told: stepped}))
    (files / "a.csv").write_text(
        rows(f"s1,2026-03-01T00:00:00Z,5,6,{right},", f"s1,2026-03-01T01:00:00Z,5,6,{wrong},")
    )
    run(made, store, files)
    assert len(values(store)) == 1
    assert held_readings.list_waiting(store)[0].n == 1


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        # In the desert of Arizona both probes at 5 cm fall from 36 to 1 degrees within an hour on
        # 11 April 2017, and stay there for a month: the one jump of these three series.
        ("d20190617_SCOTT_SRM", {("d20190617_SCOTT_SRM/1", 710), ("d20190617_SCOTT_SRM/2", 724)}),
        ("d20190722_GORRES", set()),
        ("d20190617_SCOTT_WHS", set()),
    ],
)
def test_of_real_sensors_the_broken_ones_alone_are_held(
    shared: Path, store: Store, files: Path, name: str, expected: set[tuple[str, int]]
) -> None:
    count = replay(shared, files, name, 15_000)
    ended = run(job(Readings(reader=table(COSORE), channels=STEPPED)), store, files)
    waiting = held_readings.list_waiting(store)
    assert ended.taken > count / 4
    assert {(one.station, one.n) for one in waiting} == expected
    assert {one.variable for one in waiting} <= {"soil_temperature"}


def test_sensors_that_are_silent_or_stand_still_are_named(store: Store, files: Path) -> None:
    made = replace(JOB, max_age_days=2)
    hours = [START + timedelta(hours=n) for n in range(48)]
    lines = [f"still,{hour:%Y-%m-%dT%H:%M:%SZ},5,6,0.2," for hour in hours]
    lines += [f"lives,{hour:%Y-%m-%dT%H:%M:%SZ},5,6,0.2{hour.hour:02d}," for hour in hours]
    lines.append("gone,2026-02-20T00:00:00Z,5,6,0.3,")
    (files / "a.csv").write_text(rows(*lines))
    run(made, store, files)
    then = START + timedelta(days=2)
    assert [(one.station, one.days) for one in sensor_watch.silent(store, then)] == [("gone", 11)]
    (still,) = sensor_watch.standing_still(store)
    assert (still.station, still.days) == ("still", 2)
    assert still.value == pytest.approx(0.2)


def test_of_silent_sensors_the_newest_is_first_and_one_that_is_held_talks(
    store: Store, files: Path
) -> None:
    lines = ["long,2026-01-20T00:00:00Z,5,6,0.3,", "short,2026-02-20T00:00:00Z,5,6,0.3,"]
    lines += [f"held,2026-02-25T{hour:02d}:00:00Z,5,6,{0.3 if not hour else 0.003},"
              for hour in range(24)]  # fmt: skip
    (files / "a.csv").write_text(rows(*lines))
    run(replace(JOB, max_age_days=2), store, files)
    silent = sensor_watch.silent(store, START)
    assert [(one.station, one.days) for one in silent] == [("short", 9), ("long", 40)]


def test_a_sensor_stands_still_however_many_readings_its_days_have(
    store: Store, files: Path
) -> None:
    # Their means differ in the last bit.
    lines = [f"still,{START + timedelta(hours=n):%Y-%m-%dT%H:%M:%SZ},5,6,0.1,"
             for n in (*range(24), *range(24, 37), *range(48, 67))]  # fmt: skip
    (files / "a.csv").write_text(rows(*lines))
    run(replace(JOB, max_age_days=2), store, files)
    means = ask(store, "SELECT DISTINCT mean FROM app.station_periods WHERE step = 'day'")
    assert len(means) > 1, "else this shows nothing"
    (still,) = sensor_watch.standing_still(store)
    assert still.days == 3


def test_what_waits_can_be_taken_in_a_month_that_no_reading_was_taken_of(
    store: Store, files: Path
) -> None:
    # The sensor changes between the last hour of March and the first of April, and stays there.
    since = 31 * 24 - 1
    bring(store, files, [0.30, 0.003, 0.004], since=since)
    (waits,) = held_readings.list_waiting(store)
    assert held_readings.decide(store, waits.id, "accepted", "me") == 2
    assert values(store) == [0.30, 0.003, 0.004]
    assert day(store) == [(1, 0.30), (2, 0.004)]


@pytest.mark.parametrize("batch", [2, 8])
def test_after_a_spike_or_rain_that_drains_the_sensor_is_believed_where_it_stood(
    store: Store, files: Path, batch: int
) -> None:
    # The rise may be rain, and is taken; no fall may be as great.
    series = [0.200, 0.580, 0.575, *(0.3 - 0.001 * n for n in range(5))]
    for first in range(0, len(series), batch):
        bring(store, files, series[first : first + batch], since=first)
    assert values(store) == pytest.approx(series)
    assert held_readings.list_waiting(store) == []
    # Another unit is no way back.
    bring(store, files, [0.003], since=8)
    assert held_readings.list_waiting(store)[0].high == 0.003


def test_after_a_spike_that_ends_a_silence_it_is_too(store: Store, files: Path) -> None:
    bring(store, files, [0.20])
    bring(store, files, [0.90], since=72)
    bring(store, files, [0.21, 0.22], since=73)
    assert values(store) == [0.20, 0.90, 0.21, 0.22]


def test_a_sensor_that_stays_up_for_a_day_has_no_way_back(store: Store, files: Path) -> None:
    bring(store, files, [0.20, *([0.58] * 26), 0.21])
    assert held_readings.list_waiting(store)[0].high == 0.21


def test_a_correction_is_measured_by_the_reading_before_it() -> None:
    def at(hour: int, value: float, told: int) -> Observation:
        return Observation(station="s", variable="soil_moisture", datastream="",
                           time=START + timedelta(hours=hour), unit="m3 m-3", value=value,
                           result_time=START + timedelta(hours=told))  # fmt: skip

    key, wrong = ("s", "soil_moisture", ""), at(60, 0.9, 60)
    past = Past(taken={(one.time, one.result_time): one.value for one in (at(0, 0.3, 0), wrong)})
    parted = jumps.part([at(60, 0.31, 70), at(61, 0.30, 61)], STEPPED, {key: past})
    assert [one.value for one in parted.taken] == [0.31, 0.30]
    # An old version that comes late does not count for what follows.
    parted = jumps.part([at(60, 0.31, 70), wrong, at(61, 0.30, 61)], STEPPED, {})
    assert parted.held == []


def test_an_operator_decides_what_they_saw_and_no_more(store: Store, files: Path) -> None:
    bring(store, files, [0.30, 0.003])
    bring(store, files, [0.004], since=3)
    (seen,) = held_readings.list_waiting(store)
    # A later one, and a late one of the hours between.
    bring(store, files, [0.005], since=4)
    bring(store, files, [0.006], since=2)
    assert held_readings.decide(store, seen.id, "accepted", "me", seen.seen) == 2
    assert values(store) == [0.30, 0.003, 0.004]
    assert [one.n for one in held_readings.list_waiting(store)] == [2]


def test_what_is_decided_while_a_batch_is_read_counts_for_it(
    store: Store, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bring(store, files, [0.30, 0.003])
    (waits,) = held_readings.list_waiting(store)
    wrote = held_readings.one_writer

    def late(connection: Connection, feed_id: str) -> None:
        # Between the start of the batch and its turn to write.
        monkeypatch.setattr(held_readings, "one_writer", wrote)
        assert held_readings.decide(store, waits.id, "accepted", "me") == 1
        wrote(connection, feed_id)

    monkeypatch.setattr(held_readings, "one_writer", late)
    bring(store, files, [0.004], since=2)
    assert values(store) == [0.30, 0.003, 0.004]


def test_who_writes_readings_of_a_source_waits_for_who_does(store: Store, files: Path) -> None:
    """Days and months are made of all readings: two at once would each miss the other's."""
    bring(store, files, [0.30, 0.003])
    (waits,) = held_readings.list_waiting(store)
    waiting = (
        "SELECT 1 FROM pg_locks l JOIN pg_database d ON d.oid = l.database "
        "WHERE d.datname = current_database() AND l.locktype = 'advisory' AND NOT l.granted"
    )
    with ThreadPoolExecutor(1) as pool:
        with store.engine.begin() as mine:
            held_readings.one_writer(mine, "sensors")
            decided = pool.submit(held_readings.decide, store, waits.id, "accepted", "me")
            while not ask(store, waiting):
                assert not decided.done(), "it did not wait"
        assert decided.result() == 1


def test_another_value_of_a_held_reading_is_kept_aside(store: Store, files: Path) -> None:
    bring(store, files, [0.30, 0.003])
    bring(store, files, [0.004, 0.005], since=1)
    found = "SELECT rule, found FROM app.quarantine"
    assert ask(store, found) == [("conflict", "0.003 m3 m-3 is held already")]
    assert held_readings.list_waiting(store)[0].high == 0.005
    # Back it may be, and is another value all the same.
    bring(store, files, [0.31], since=1)
    assert len(ask(store, found)) == 2
    assert values(store) == [0.30]


def test_what_is_taken_by_an_operator_is_doubled_as_little_as_what_comes(
    store: Store, files: Path
) -> None:
    # From before datastreams were told; then the same comes again under the name of its sensor.
    bring(store, files, [0.30, 0.003, 0.004])
    (waits,) = held_readings.list_waiting(store)
    with store.engine.begin() as connection:
        connection.execute(text(
            "INSERT INTO app.observations (feed_id, station, variable, datastream, time,"
            " result_time, value, unit, item_id, run_id)"
            " SELECT feed_id, station, variable, CASE value WHEN 0.003 THEN '' ELSE datastream END,"
            " time, result_time, CASE value WHEN 0.003 THEN value ELSE 0.2 END, unit, item_id,"
            " run_id FROM app.held_readings"
        ))  # fmt: skip
    assert held_readings.decide(store, waits.id, "accepted", "me") == 2
    assert values(store) == [0.30, 0.003, 0.2]
    assert ask(store, "SELECT DISTINCT datastream FROM app.observations") == [("sm",)]
    assert ask(store, "SELECT rule, found FROM app.quarantine") == [
        ("conflict", "0.2 m3 m-3 is there already")
    ]
    assert day(store) == [(3, 0.30)]


def test_of_a_station_that_nobody_knows_no_reading_waits(store: Store) -> None:
    found = [
        Observation(station="s9", variable="soil_moisture", datastream="", unit="m3 m-3",
                    time=START + timedelta(hours=n), result_time=START + timedelta(hours=n),
                    value=value)
        for n, value in enumerate((0.30, 0.003))
    ]  # fmt: skip
    runs.register_feed(store, JOB)
    with runs.open_run(store, JOB.id, START, job_version="1", code_version="1") as opened:
        steps = jumps.steps_of(found, STEPPED)
        counts = add_readings(store, opened, uuid.uuid4(), [], found, steps=steps)
    assert (counts.aside, counts.held) == (2, 0)
    assert held_readings.list_waiting(store) == []
