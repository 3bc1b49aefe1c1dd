"""Runs: one at a time, fenced by leases, each due time once."""

import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from soc_monitor.errors import (
    AlreadyRan,
    FeedUnreachable,
    ItemRejected,
    LeaseLost,
    LockedByAnotherRun,
    NoSpace,
    StoreUnavailable,
    UnknownRun,
)
from soc_monitor.model import RunState, Station
from soc_monitor.store import (
    control,
    intake,
    publish,
    read_inputs,
    read_slices,
    readings,
    refusals,
    runs,
    tabular,
)
from soc_monitor.store.engine import make_engine
from soc_monitor.store.store import Store

from .conftest import Hand

Another = Callable[[], Hand]
DUE = datetime(2026, 1, 1, tzinfo=UTC)
HOLD = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from soc_monitor.store import publish, runs
from soc_monitor.store.store import open_store
store = open_store(sys.argv[1], Path(sys.argv[2]), statement_s=60)
with runs.open_run(store, "made_up", datetime.now(UTC), job_version="1", code_version="1") as run:
    print("open", flush=True)
    sys.stdin.readline()
    try:
        print(publish.publish(store, run, "hand", []), flush=True)
    except Exception as error:
        print(type(error).__name__, flush=True)
"""


def ask(store: Store, query: str, **values: object) -> list[tuple[object, ...]]:
    with store.engine.begin() as connection:
        found = connection.execute(text(query), values)
        return [tuple(row) for row in found] if found.returns_rows else []


@contextmanager
def elsewhere(store: Store) -> Iterator[subprocess.Popen[str]]:
    """A process that has opened a run of the job, and will publish when it reads a line."""
    url = store.engine.url.render_as_string()
    pipe = subprocess.PIPE
    command = [sys.executable, "-c", HOLD, url, str(store.arrays)]
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, bufsize=1) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "open\n"
        yield child
        child.kill()


def test_a_run_is_written_down_from_its_start_to_its_end(hand: Hand) -> None:
    with hand.run(due=DUE) as run:
        (running,) = runs.list_runs(hand.store)
        assert (running.state, running.ended_at) == (RunState.RUNNING, None)
        run.taken, run.detail = 3, "three files"
    ended = runs.get_run(hand.store, run.id)
    assert (ended.state, ended.taken, ended.detail) == (RunState.DONE, 3, "three files")
    assert ended.due_at == DUE
    assert ended.ended_at is not None
    assert ended.ended_at >= ended.started_at


@pytest.mark.parametrize(
    ("taken", "rejected", "state"),
    [
        (0, 0, RunState.NOTHING_NEW),
        (2, 0, RunState.DONE),
        (2, 1, RunState.PARTLY),
        (0, 1, RunState.REFUSED),
    ],
)
def test_the_end_of_a_run_follows_from_what_it_took(
    hand: Hand, taken: int, rejected: int, state: RunState
) -> None:
    with hand.run() as run:
        run.taken, run.rejected = taken, rejected
    assert runs.get_run(hand.store, run.id).state is state


def test_a_stream_in_which_nothing_but_what_is_refused_came_has_not_failed(hand: Hand) -> None:
    with hand.run() as run:
        run.stream, run.rejected = True, 1
    assert runs.get_run(hand.store, run.id).state is RunState.PARTLY


def test_a_second_run_of_a_job_is_refused_while_the_first_is_under_way(
    hand: Hand, another: Another
) -> None:
    other = another()
    with hand.run() as run:
        with pytest.raises(LockedByAnotherRun, match="made_up is already running"), other.run():
            pytest.fail("two runs at once")
        with other.run("estimate"):
            pass
        run.taken = 1
    with other.run():
        pass
    assert len(runs.list_runs(hand.store, job_id="made_up")) == 2


def test_a_job_runs_once_for_a_due_time(hand: Hand) -> None:
    with hand.run(due=DUE) as run:
        run.taken = 1
    with pytest.raises(AlreadyRan, match="made_up for 2026-01-01"), hand.run(due=DUE):
        pytest.fail("it ran again")
    with hand.run(due=DUE + timedelta(days=1)):
        pass
    assert len(runs.list_runs(hand.store)) == 2


def test_a_run_that_is_refused_keeps_no_lock(hand: Hand, another: Another) -> None:
    with hand.run(due=DUE) as run:
        run.taken = 1
    with pytest.raises(AlreadyRan), hand.run(due=DUE):
        pass
    with another().run():
        pass


def fail(
    hand: Hand,
    due: datetime = DUE,
    tries: int = runs.MOST_TRIES,
    meanwhile: Callable[[], object] = lambda: None,
) -> None:
    """A run that fails."""

    def work() -> None:
        with hand.run(due=due, tries=tries):
            meanwhile()
            raise FeedUnreachable("answered 403")

    with pytest.raises(FeedUnreachable, match="403"):
        work()


def rested(hand: Hand) -> None:
    """The pause of every run is over."""
    ask(hand.store, "UPDATE app.runs SET retry_at = now() WHERE retry_at IS NOT NULL")


def test_a_run_that_failed_may_run_again_for_its_due_time(hand: Hand) -> None:
    with pytest.raises(ItemRejected), hand.run(due=DUE, tries=2) as first:
        raise ItemRejected("rule", "found")
    failed = runs.get_run(hand.store, first.id)
    assert failed.state is RunState.FAILED
    assert failed.detail == "ItemRejected: rule: found"
    with pytest.raises(AlreadyRan, match="tried again at"), hand.run(due=DUE, tries=2):
        pytest.fail("without a pause")
    rested(hand)
    with hand.run(due=DUE, tries=2) as second:
        (under_way,) = runs.list_runs(hand.store)
        assert under_way.detail == failed.detail, "what was wrong stands until it is over"
        second.taken = 1
    assert second.id == first.id
    assert second.lease > first.lease
    (only,) = runs.list_runs(hand.store)
    assert (only.state, only.detail) == (RunState.DONE, "")


def test_a_due_time_is_tried_a_few_times_with_growing_pauses_and_then_left(hand: Hand) -> None:
    pause = "SELECT extract(epoch FROM retry_at - ended_at)::int FROM app.runs"
    pauses = []
    for _ in range(runs.MOST_TRIES):
        fail(hand)
        with pytest.raises(AlreadyRan), hand.run(due=DUE, tries=runs.MOST_TRIES):
            pytest.fail("without a pause")
        pauses += [found for (found,) in ask(hand.store, pause)]
        rested(hand)
    assert pauses == [*runs.PAUSES_S, None]
    assert pauses[:-1] == sorted(set(runs.PAUSES_S))
    with pytest.raises(AlreadyRan), hand.run(due=DUE, tries=runs.MOST_TRIES):
        pytest.fail("for ever")
    fail(hand, DUE + timedelta(days=1))


def test_what_an_operator_runs_is_tried_once(hand: Hand) -> None:
    fail(hand, tries=1)
    rested(hand)
    with pytest.raises(AlreadyRan), hand.run(due=DUE):
        pytest.fail("it ran again")


def test_a_run_that_was_cancelled_stays_so_until_the_next_due_time(hand: Hand) -> None:
    with hand.run(due=DUE, tries=runs.MOST_TRIES) as run:
        assert control.cancel(hand.store, run.id)
    with pytest.raises(AlreadyRan), hand.run(due=DUE, tries=runs.MOST_TRIES):
        pytest.fail("it came back")
    assert runs.get_run(hand.store, run.id).state is RunState.CANCELLED
    with hand.run(due=DUE + timedelta(days=1)):
        pass


def test_a_feed_that_failed_is_broken_while_it_is_tried_again_and_every_try_counts(
    hand: Hand,
) -> None:
    with hand.run(due=DUE - timedelta(days=1)) as run:
        run.taken = 1

    def stands() -> tuple[str, tuple[int, str] | None]:
        (one,) = [x for x in read_inputs.inputs_status(hand.store) if x.feed_id == run.job_id]
        return one.state(DUE.date()), runs.failures_in_a_row(hand.store).get(run.job_id)

    assert stands() == ("fresh", None)
    fail(hand)
    for count in (1, 2, 3):
        now = ("broken", (count, "FeedUnreachable: answered 403"))
        assert stands() == now
        rested(hand)
        seen: list[object] = []
        fail(hand, meanwhile=lambda seen=seen: seen.append(stands()))  # type: ignore[misc]
        assert seen == [now], "in the middle of a try"
    rested(hand)
    with hand.run(due=DUE, tries=runs.MOST_TRIES) as stopped:
        control.cancel(hand.store, stopped.id)
        assert stands()[0] == "broken", "stopping it does not mend it"
    with hand.run(due=DUE + timedelta(days=1)) as again:
        again.taken = 1
    assert stands() == ("fresh", None)


def test_no_space_is_told_as_what_it_is(hand: Hand) -> None:
    with pytest.raises(NoSpace), hand.run() as run:
        raise OSError(28, "No space left on device")
    assert runs.get_run(hand.store, run.id).detail == "NoSpace: No space left on device"


def test_a_killed_process_frees_its_job_at_once(hand: Hand) -> None:
    with elsewhere(hand.store) as child:
        with pytest.raises(LockedByAnotherRun), hand.run():
            pass
        child.kill()
        child.wait()
        end = time.monotonic() + 2
        while True:
            try:
                with hand.run() as run:
                    run.taken = 1
                break
            except LockedByAnotherRun:
                assert time.monotonic() < end, "the dead one's lock is still there"
    states = {r.state: r.detail for r in runs.list_runs(hand.store)}
    assert states == {RunState.DONE: "", RunState.ABANDONED: "its process died"}


def test_a_process_that_was_paused_too_long_is_taken_over_and_cannot_publish(hand: Hand) -> None:
    hand.boundaries()
    with elsewhere(hand.store) as child:
        child.send_signal(signal.SIGSTOP)
        # Two minutes later:
        ask(hand.store, "UPDATE app.leases SET expires_at = now() - interval '61 seconds'")
        with hand.run() as run:
            run.taken = 1
        child.send_signal(signal.SIGCONT)
        assert child.stdin is not None
        assert child.stdout is not None
        child.stdin.write("\n")
        assert child.stdout.readline() == "LeaseLost\n"
    assert ask(hand.store, "SELECT count(*) FROM app.releases") == [(0,)]
    assert runs.get_run(hand.store, run.id).state is RunState.DONE


def test_a_process_that_was_paused_for_a_moment_goes_on(hand: Hand) -> None:
    hand.boundaries()
    with elsewhere(hand.store) as child:
        child.send_signal(signal.SIGSTOP)
        ask(hand.store, "UPDATE app.leases SET expires_at = now() - interval '59 seconds'")
        with pytest.raises(LockedByAnotherRun), hand.run():
            pass
        child.send_signal(signal.SIGCONT)
        assert child.stdin is not None
        assert child.stdout is not None
        child.stdin.write("\n")
        assert child.stdout.readline().startswith("20")


def test_a_lost_lease_writes_no_row_and_shows_nothing(hand: Hand) -> None:
    hand.boundaries()
    kept = hand.slice()
    piece = hand.piece(hand.cube(), read_slices.newest_slices(hand.store)[0].period, 7.0)
    station = Station(id="s", name="s", lon=0, lat=0)
    with hand.run() as run:
        ask(hand.store, "UPDATE app.leases SET number = number + 1 WHERE job_id = 'made_up'")
        with pytest.raises(LeaseLost, match="the newest is"):
            intake.add_slices(hand.store, run, [piece], hand.item())
        with pytest.raises(LeaseLost):
            tabular.add_records(hand.store, run, hand.item(), "register", [("k", {"a": 1})])
        with pytest.raises(LeaseLost):
            readings.add_readings(hand.store, run, uuid.uuid4(), [station], [])
        with pytest.raises(LeaseLost):
            publish.publish(hand.store, run, "hand", [hand.result({"AAA": 1.0}, (kept,))])
    counts = "SELECT (SELECT count(*) FROM app.{}), (SELECT count(*) FROM app.{})"
    assert ask(hand.store, counts.format("releases", "estimates")) == [(0, 0)]
    assert ask(hand.store, counts.format("slices", "records")) == [(1, 0)]
    assert ask(hand.store, counts.format("stations", "observations")) == [(0, 0)]
    assert ask(hand.store, "SELECT count(*) FROM app.slices WHERE from_release > 0") == [(0,)]


def test_a_run_that_lost_its_lease_cannot_write_the_end_of_the_one_that_has_it(hand: Hand) -> None:
    with hand.run(due=DUE):
        ask(hand.store, "UPDATE app.runs SET lease = lease + 1")
    assert runs.list_runs(hand.store)[0].state is RunState.RUNNING


def test_a_run_that_works_keeps_its_lease_alive(
    hand: Hand, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "HEARTBEAT_S", 0.05)
    query = "SELECT heartbeat_at, expires_at FROM app.runs JOIN app.leases ON run_id = id"
    with hand.run() as run:
        (before,) = ask(hand.store, query)
        end = time.monotonic() + 5
        while (after := ask(hand.store, query)[0]) <= before:
            assert time.monotonic() < end
            time.sleep(0.02)
        assert after[1] > before[1]  # type: ignore[operator]
        assert not run.lost.is_set()
        ask(hand.store, "UPDATE app.leases SET number = number + 1")
        assert run.lost.wait(5)


def test_a_session_that_dies_under_a_run_does_not_hide_how_it_ended(hand: Hand) -> None:
    with hand.run() as run:
        ask(hand.store, "SELECT pg_terminate_backend(backend_pid, 1000) FROM app.leases")
        run.taken = 1
    assert runs.get_run(hand.store, run.id).state is RunState.DONE
    with hand.run():
        pass


def test_a_database_that_is_not_there_is_told_in_our_words(tmp_path: Path) -> None:
    engine = make_engine(f"postgresql://nobody@/none?host={tmp_path}")
    nowhere = Store(engine, tmp_path)
    with (
        pytest.raises(StoreUnavailable, match="connection"),
        runs.open_run(nowhere, "made_up", DUE, job_version="1", code_version="1"),
    ):
        pytest.fail("it ran without a database")
    engine.dispose()


def test_what_is_refused_is_written_down(hand: Hand) -> None:
    with hand.run() as run:
        refusals.reject(hand.store, run, "a.tif", sha256="ab", rule="crs", found="x" * 3000)
    (row,) = ask(hand.store, "SELECT feed_id, item_key, rule, length(found) FROM app.rejections")
    assert row == ("made_up", "a.tif", "crs", 2000)
    assert run.rejected == 1


def test_a_run_that_is_not_there_is_unknown(hand: Hand) -> None:
    with pytest.raises(UnknownRun):
        runs.get_run(hand.store, uuid.uuid4())
