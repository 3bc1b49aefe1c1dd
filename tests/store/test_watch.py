"""Watched days: a turn counts once, an incident where it begins, and what is not known is open."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from soc_monitor.model.watch import EVERY, Kind, Watched, watched
from soc_monitor.store import service, watch
from soc_monitor.store.store import Store

DAY = timedelta(days=1)
# Looks that have yet to come are not taken, nor are those kept that are older than 90 days.
NOON = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0) - 7 * DAY


def look(store: Store, at: datetime, **parts: str) -> bool:
    kinds = {True: Kind.SERVICE, False: Kind.INPUT}
    states = {(kinds[state in {"up", "down"}], part): state for part, state in parts.items()}
    return service.note_check(store, at, states, answered=True, inputs=0, fresh=0)


def record(store: Store, now: datetime) -> dict[str, Watched]:
    return {one.part: one for one in watched(watch.read(store, now.date()), now)}


def test_a_turn_that_is_taken_up_again_counts_once(store: Store) -> None:
    assert look(store, NOON, api="up", ndvi="late")
    assert not look(store, NOON, api="down", ndvi="broken")
    assert not look(store, NOON - EVERY, api="down", ndvi="late")
    found = record(store, NOON)
    assert (found["api"].state, found["api"].days[0].checks, found["api"].well) == ("up", 1, 1.0)
    assert (found["ndvi"].state, found["ndvi"].incidents, found["ndvi"].well) == ("late", 1, 0.0)
    assert [one.checks for one in service.days_before(store, (NOON + DAY).date())] == [1]


def test_an_incident_is_counted_where_it_begins_also_over_midnight(store: Store) -> None:
    late = NOON.replace(hour=23, minute=50)
    for n, state in enumerate(("fresh", "late", "broken", "late", "due", "broken", "fresh")):
        look(store, late + n * EVERY, ndvi=state)
    one = record(store, late + 6 * EVERY)["ndvi"]
    assert [(day.day, day.state, day.checks, day.bad, day.began) for day in one.days] == [
        (NOON.date(), "late", 2, 1, 1),
        ((NOON + DAY).date(), "broken", 5, 3, 1),
    ]
    assert one.incidents == 2
    assert one.well == pytest.approx(3 / 7)


def test_what_was_not_watched_is_neither_well_nor_ill_and_a_pause_expects_nothing(
    store: Store,
) -> None:
    look(store, NOON, ndvi="fresh", snow="paused")
    look(store, NOON + 2 * DAY, ndvi="late", snow="paused")
    found = record(store, NOON + 2 * DAY)
    ndvi, snow = found["ndvi"], found["snow"]
    assert [day.day for day in ndvi.days] == [NOON.date(), (NOON + 2 * DAY).date()]
    assert ndvi.well == 0.5
    assert ndvi.watched == pytest.approx(2 / (288 + 288 + 145))
    assert (snow.well, snow.incidents, snow.days[0].state) == (None, 0, "paused")


def test_what_is_older_than_90_days_goes_and_what_began_before_is_an_incident_still(
    store: Store,
) -> None:
    today = NOON + 7 * DAY
    age(store, today - 90 * DAY, api="down")
    age(store, today - 89 * DAY, api="down")
    first = today - 89 * DAY
    look(store, NOON, api="up")
    look(store, NOON + EVERY, api="down")
    one = record(store, today)["api"]
    assert [(day.day, day.began) for day in one.days] == [(first.date(), 0), (NOON.date(), 1)]
    # What went on from before is counted beside what is new.
    assert one.incidents == 2
    assert one.well == pytest.approx(1 / 3)
    with store.engine.connect() as connection:
        kept = connection.execute(text("SELECT count(*) FROM app.watched_days")).scalar_one()
    assert kept == 3


def age(store: Store, at: datetime, **parts: str) -> None:
    """Rows as they stand there long after, whatever is kept today."""
    with store.engine.begin() as connection:
        for part, state in parts.items():
            connection.execute(
                text("INSERT INTO app.watched_days VALUES ('service', :p, :d, :s, 1, 0, :at)"),
                {"p": part, "d": at.date(), "s": state, "at": at},
            )


def test_a_clock_that_is_ahead_takes_nothing_away_and_deafens_nothing(store: Store) -> None:
    now = datetime.now(UTC)
    look(store, NOON, api="up")
    for ahead in (timedelta(hours=3), timedelta(days=200)):
        assert not look(store, now + ahead, api="down")
    assert look(store, now, api="up")
    one = record(store, now)["api"]
    assert (one.state, one.seen, [day.checks for day in one.days]) == ("up", now, [1, 1])


def test_what_a_clock_ahead_has_left_is_mended_and_never_told(store: Store) -> None:
    now = datetime.now(UTC)
    age(store, now + DAY, api="down")
    assert record(store, now) == {}
    # A minute before midnight by the reader's clock, and a minute after by the writer's.
    (one,) = watched(watch.read(store, (now + DAY).date()), now)
    assert (one.days[0].due, one.watched) == (0, 1.0)
    age(store, now + timedelta(minutes=2), api="down")
    assert look(store, now, api="up")
    two = record(store, now)["api"]
    assert (two.state, two.seen) == ("up", now)


def test_of_two_that_look_in_one_turn_one_counts_whatever_they_found(store: Store) -> None:
    with ThreadPoolExecutor(2) as pool:
        for n in range(10):
            at = NOON + n * EVERY
            both = [pool.submit(look, store, at, api=state) for state in ("up", "down")]
            assert sorted(one.result() for one in both) == [False, True]
    assert record(store, NOON + DAY)["api"].days[0].checks == 10
    assert [one.checks for one in service.days_before(store, (NOON + DAY).date())] == [10]
