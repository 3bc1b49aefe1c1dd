"""What an operator tells the runs: pause, plan, backfill, cancel."""

import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from soc_monitor import operations
from soc_monitor.errors import AlreadyRan, FeedUnreachable, LeaseLost, UnknownRun
from soc_monitor.model import Access, Channel, IngestJob, Item, Readings, RunState
from soc_monitor.runs.ingest import ingest, look_back
from soc_monitor.runs.jobs import ShelvedJob, is_due, missed
from soc_monitor.runs.plan import plan
from soc_monitor.settings import Settings
from soc_monitor.store import control, runs
from soc_monitor.store.store import Store
from soc_monitor.worker import due_time, jitter


@dataclass(frozen=True)
class Months:
    """A feed of one small table a month of 2024, which may be held up."""

    hold: threading.Event = field(default_factory=threading.Event)
    begun: threading.Event = field(default_factory=threading.Event)

    def find(self, access: Access) -> Iterable[Item]:
        since, until = access.window
        for month in range(1, 13):
            if since <= date(2024, month, 1) <= until:
                yield Item(
                    key=f"{month}.csv",
                    address="-",
                    version="1",
                    period=date(2024, month, 1),
                    period_end=date(2024, month, 28),
                )

    def fetch(self, access: Access, item: Item, folder: Path) -> Path:
        assert access.window
        self.begun.set()
        self.hold.wait(60)
        (folder / "a.csv").write_text(f"n\n{item.key}\n")
        return folder / "a.csv"


def shelved(feed: Months) -> ShelvedJob:
    into = Readings(reader=lambda _: lambda _: (), channels={"v": Channel(unit="1", valid=(0, 1))})
    job = IngestJob(id="months", title={"en": "M", "fr": "M", "es": "M"}, feed=feed, into=into,
                    licence="CC0-1.0", citation="-", link="-")  # fmt: skip
    return ShelvedJob(job, Path(), "v1")


@pytest.fixture
def feed() -> Months:
    """A feed that holds nothing up."""
    made = Months()
    made.hold.set()
    return made


def test_a_backfill_takes_its_span_and_a_plan_says_what_is_left(store: Store, feed: Months) -> None:
    half, year = (date(2024, 1, 1), date(2024, 6, 30)), (date(2024, 1, 1), date(2024, 12, 31))
    assert [step.there for step in plan(shelved(feed), store, half)] == [False] * 6
    ingest(shelved(feed), store, datetime.now(UTC), window=half)
    assert [step.there for step in plan(shelved(feed), store, year)] == [True] * 6 + [False] * 6
    feed.begun.clear()
    ingest(shelved(feed), store, datetime.now(UTC), window=half)
    assert not feed.begun.is_set(), "what is there is not fetched again"


def test_the_first_run_of_a_source_that_goes_on_does_not_ask_for_its_history(
    store: Store, feed: Months
) -> None:
    job = shelved(feed).job
    today = date(2026, 11, 26)
    assert look_back(store, job, today) == (date.min, today)
    going_on = replace(job, schedule="0 6 * * *", late_days=30)
    assert look_back(store, going_on, today) == (date(2026, 10, 27), today)


def test_a_cancelled_run_stops_and_is_not_written_over(store: Store) -> None:
    feed = Months()
    failed: list[BaseException] = []

    def work() -> None:
        try:
            ingest(shelved(feed), store, datetime.now(UTC))
        except LeaseLost as error:
            failed.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    assert feed.begun.wait(60)
    (run,) = runs.list_runs(store)
    assert control.cancel(store, run.id)
    feed.hold.set()
    thread.join(60)
    assert len(failed) == 1
    (ended,) = runs.list_runs(store)
    assert (ended.state, ended.detail) == (RunState.CANCELLED, "stopped by an operator")
    assert not control.cancel(store, run.id)
    with pytest.raises(UnknownRun):
        control.cancel(store, run.id.__class__(int=1))


def test_a_paused_job_does_not_run_until_it_is_resumed(
    store: Store, feed: Months, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    made = shelved(feed)
    monkeypatch.setattr(operations, "all_jobs", lambda _: {"months": made})
    settings = Settings(data=tmp_path, mirror="", jobs=())
    runs.register_feed(store, made.job)
    assert control.set_paused(store, "months", paused=True)
    assert not control.set_paused(store, "months", paused=True)
    due = datetime(2026, 1, 1, tzinfo=UTC)
    operations.run_due(settings, store, "months", due)
    assert runs.list_runs(store) == []
    # Registered anew by every run and every start: the pause stays.
    runs.register_feed(store, replace(made.job, citation="another"))
    assert control.is_paused(store, "months")
    control.set_paused(store, "months", paused=False)
    operations.run_due(settings, store, "months", due)
    assert len(runs.list_runs(store)) == 1


@pytest.mark.parametrize(
    ("now", "due"),
    [
        # Clocks go on in Paris on 29 March 2026, and back on 25 October.
        ("2026-03-28T12:00", "2026-03-28T05:00"),
        ("2026-03-29T12:00", "2026-03-29T04:00"),
        ("2026-10-24T12:00", "2026-10-24T04:00"),
        ("2026-10-25T12:00", "2026-10-25T05:00"),
    ],
)
def test_a_schedule_is_told_in_its_zone(now: str, due: str) -> None:
    instant = datetime.fromisoformat(f"{now}+00:00")
    found = due_time("0 6 * * *", instant, "Europe/Paris")
    assert found == datetime.fromisoformat(f"{due}+00:00")


@pytest.mark.parametrize("days", ["2026-03-27 2026-03-31", "2026-10-23 2026-10-27"])
@pytest.mark.parametrize("schedule", ["30 2 * * *", "0 2 * * *"])
def test_every_due_time_is_one_of_its_schedule_when_clocks_change(
    feed: Months, days: str, schedule: str
) -> None:
    job = replace(shelved(feed).job, schedule=schedule, time_zone="Europe/Paris", catch_up="all")
    first, last = (datetime.fromisoformat(f"{day}T12:00+00:00") for day in days.split())
    dues = missed(job, first, last)
    told = {
        due_time(schedule, first + timedelta(hours=hour), "Europe/Paris") for hour in range(24, 96)
    }
    assert len(dues) >= 4
    assert [one for one in {*dues, *told} if not is_due(job, one)] == []
    assert not is_due(job, dues[0] + timedelta(minutes=10))


def test_jobs_of_one_hour_are_spread_over_it() -> None:
    late = [jitter(f"job_{n}", 3600) for n in range(50)]
    assert all(timedelta(0) <= one < timedelta(hours=1) for one in late)
    assert max(late) - min(late) > timedelta(minutes=45)


def test_a_pause_ends_by_itself_and_a_retired_job_rests_for_good(
    store: Store, feed: Months
) -> None:
    made = shelved(feed).job
    runs.register_feed(store, made)
    now = datetime.now(UTC)
    assert control.set_paused(store, "months", paused=True, until=now + timedelta(hours=1))
    assert control.is_paused(store, "months")
    assert control.set_paused(store, "months", paused=True, until=now - timedelta(seconds=1))
    assert not control.is_paused(store, "months"), "its time has come"
    assert control.set_retired(store, "months", retired=True)
    assert not control.set_retired(store, "months", retired=True)
    assert control.is_paused(store, "months")


@dataclass(frozen=True)
class Faulty(Months):
    """The same, from a server that may be away."""

    away: threading.Event = field(default_factory=threading.Event)
    asked: list[str] = field(default_factory=list)

    def fetch(self, access: Access, item: Item, folder: Path) -> Path:
        self.asked.append(item.key)
        if self.away.is_set():
            raise FeedUnreachable("answered 403")
        return super().fetch(access, item, folder)


def scheduled(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, feed: Months, **other: Any
) -> Callable[[Store, datetime], None]:
    """What the queue does when a job of this feed is due."""
    made = shelved(feed)
    made = replace(made, job=replace(made.job, **other))
    monkeypatch.setattr(operations, "all_jobs", lambda _: {"months": made})
    settings = Settings(data=tmp_path, mirror="", jobs=())

    def due(store: Store, at: datetime) -> None:
        with suppress(AlreadyRan, FeedUnreachable):
            operations.run_due(settings, store, "months", at)

    return due


def rested(store: Store) -> None:
    with store.engine.begin() as connection:
        connection.execute(text("UPDATE app.runs SET retry_at = now() WHERE retry_at > now()"))


def test_a_source_that_is_away_is_asked_a_few_times_for_a_due_time_and_not_every_minute(
    store: Store, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    feed = Faulty()
    feed.hold.set()
    feed.away.set()
    due = scheduled(monkeypatch, tmp_path, feed, schedule="0 6 6 * *", late_days=10)
    first = datetime(2024, 2, 6, 6, tzinfo=UTC)
    for tries in range(1, runs.MOST_TRIES + 3):
        for _minute in range(3):
            due(store, first)
        (one,) = runs.list_runs(store)
        assert one.state is RunState.FAILED
        assert feed.asked == ["2.csv"] * min(tries, runs.MOST_TRIES)
        rested(store)
    feed.away.clear()
    due(store, first)
    assert len(runs.list_runs(store)) == 1, "it has had its turns"
    due(store, first.replace(month=3))
    assert [one.state for one in runs.list_runs(store)] == [RunState.NOTHING_NEW, RunState.FAILED]


def test_after_a_rest_every_missed_due_time_is_run_oldest_first_and_one_that_failed_again(
    store: Store, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    feed = Faulty()
    feed.hold.set()
    due = scheduled(monkeypatch, tmp_path, feed, schedule="0 6 6 * *", catch_up="all")
    month = [datetime(2024, number, 6, 6, tzinfo=UTC) for number in range(1, 6)]
    due(store, month[0])
    feed.away.set()
    due(store, month[4])
    assert {one.due_at: one.state for one in runs.list_runs(store)} == {
        month[0]: RunState.NOTHING_NEW, month[1]: RunState.FAILED,
    }  # fmt: skip
    feed.away.clear()
    rested(store)
    due(store, month[4])
    found = runs.list_runs(store)
    assert [one.due_at for one in found] == [*reversed(month[1:]), month[0]]
    assert {one.state for one in found} == {RunState.NOTHING_NEW}
    due(store, month[4])
    assert len(runs.list_runs(store)) == 5


def test_a_due_time_that_the_schedule_no_longer_has_is_not_waited_for(
    store: Store, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    feed = Faulty()
    feed.hold.set()
    feed.away.set()
    six = scheduled(monkeypatch, tmp_path, feed, schedule="0 6 * * *", catch_up="all")
    day = [datetime(2024, 1, number, 6, tzinfo=UTC) for number in range(1, 5)]
    six(store, day[0])
    feed.away.clear()
    seven = scheduled(monkeypatch, tmp_path, feed, schedule="0 7 * * *", catch_up="all")
    later = [one.replace(hour=7) for one in day]
    seven(store, later[0])
    assert control.to_try_again(store, "months") == []
    assert control.last_due(store, "months") == later[0]
    rested(store)
    seven(store, later[3])
    found = {one.due_at: one.state for one in runs.list_runs(store)}
    assert found == {day[0]: RunState.FAILED, **dict.fromkeys(later, RunState.NOTHING_NEW)}


def test_what_ended_after_one_that_rests_is_not_asked_for_again(
    store: Store, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    feed = Faulty()
    feed.hold.set()
    feed.away.set()
    due = scheduled(monkeypatch, tmp_path, feed, schedule="0 6 * * *", catch_up="all")
    day = [datetime(2024, 1, number, 6, tzinfo=UTC) for number in range(1, 5)]
    due(store, day[0])
    last = control.last_due(store, "months")
    assert last is not None
    assert last < day[0]
    assert control.settled(store, "months", last) == {day[0]}, "it rests"
    rested(store)
    assert control.settled(store, "months", last) == set()
    daily = replace(shelved(feed).job, schedule="0 6 * * *", catch_up="all")
    assert missed(daily, last, day[3], {day[1]}) == [day[0], day[2]]


def test_a_job_catches_up_with_the_newest_or_with_all(feed: Months) -> None:
    daily = replace(shelved(feed).job, schedule="0 6 * * *")
    last, due = datetime(2026, 1, 1, 6, tzinfo=UTC), datetime(2026, 1, 4, 6, tzinfo=UTC)
    assert missed(daily, last, due) == []
    every = replace(daily, catch_up="all")
    assert [one.day for one in missed(every, last, due)] == [2, 3]
    assert missed(every, None, due) == []
    assert len(missed(every, datetime(2000, 1, 1, tzinfo=UTC), due)) == 1000
