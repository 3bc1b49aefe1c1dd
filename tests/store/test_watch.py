"""Watched days: a turn counts once, an incident where it begins, and what is not known is open."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import text

from soc_monitor.model.watch import EVERY, Kind, Watched, watched
from soc_monitor.store import service, watch
from soc_monitor.store.store import Store

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


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
    assert [one.checks for one in service.days_before(store, date(2026, 11, 21))] == [1]


def test_an_incident_is_counted_where_it_begins_also_over_midnight(store: Store) -> None:
    late = datetime(2026, 11, 20, 23, 50, tzinfo=UTC)
    for n, state in enumerate(("fresh", "late", "broken", "late", "due", "broken", "fresh")):
        look(store, late + n * EVERY, ndvi=state)
    one = record(store, late + 6 * EVERY)["ndvi"]
    assert [(day.day.day, day.state, day.checks, day.bad) for day in one.days] == [
        (20, "late", 2, 1),
        (21, "broken", 5, 3),
    ]
    assert one.incidents == 2
    assert one.well == pytest.approx(3 / 7)


def test_what_was_not_watched_is_neither_well_nor_ill_and_a_pause_expects_nothing(
    store: Store,
) -> None:
    look(store, NOON, ndvi="fresh", snow="paused")
    look(store, NOON + timedelta(days=2), ndvi="late", snow="paused")
    found = record(store, NOON + timedelta(days=2))
    ndvi, snow = found["ndvi"], found["snow"]
    assert [day.day.day for day in ndvi.days] == [20, 22]
    assert ndvi.well == 0.5
    assert ndvi.watched == pytest.approx(2 / (288 + 288 + 145))
    assert (snow.well, snow.incidents, snow.days[0].state) == (None, 0, "paused")


def test_what_is_older_than_90_days_goes_and_what_began_before_is_an_incident_still(
    store: Store,
) -> None:
    look(store, NOON, api="down")
    look(store, NOON + EVERY * 288, api="down")
    look(store, NOON + timedelta(days=90), api="up")
    one = record(store, NOON + timedelta(days=90))["api"]
    assert [day.day for day in one.days] == [date(2026, 11, 21), date(2027, 2, 18)]
    assert (one.incidents, one.well) == (1, 0.5)
    with store.engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM app.watched_days")).scalar_one() == 2
