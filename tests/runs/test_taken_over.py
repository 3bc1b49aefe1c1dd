"""A run that slept and was taken over: what it still does harms nobody."""

from contextlib import ExitStack
from datetime import UTC, datetime

from sqlalchemy import text

from soc_monitor.model import RunState
from soc_monitor.runs.ingest import _scratch
from soc_monitor.store import runs
from soc_monitor.store.store import Store

DUE = datetime(2026, 1, 1, tzinfo=UTC)
END_SESSION = "SELECT pg_terminate_backend(backend_pid, 5000) FROM app.leases"


def test_a_run_that_was_taken_over_leaves_the_files_of_its_successor(store: Store) -> None:
    def begin(stack: ExitStack) -> runs.OpenRun:
        return stack.enter_context(
            runs.open_run(store, "job", DUE, job_version="1", code_version="1", tries=2)
        )

    with ExitStack() as sleeper, ExitStack() as heir:
        files = _scratch(store, begin(sleeper))
        old = files.__enter__()  # it is left before its run is
        (old / "killed").touch()
        with store.engine.begin() as connection:
            connection.execute(text(END_SESSION))
        new = heir.enter_context(_scratch(store, taking := begin(heir)))
        (new / "file").touch()
        assert not old.exists(), "what was left went"
        files.__exit__(None, None, None)
        assert (new / "file").exists()
    assert not new.exists()
    assert runs.get_run(store, taking.id).state is RunState.NOTHING_NEW
