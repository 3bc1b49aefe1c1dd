"""``soc-monitor runs``: what was done, and how it went."""

import sys
import time
import uuid
from dataclasses import asdict
from typing import Annotated

import typer

from soc_monitor.commands import NOTHING_NEW, By, Json, open_store_for_runs
from soc_monitor.console import emit, emit_line, emit_table

app = typer.Typer(help="Runs: what was done, and how it went.", no_args_is_help=True)


@app.command("list")
def runs_list(
    *, job: Annotated[str | None, typer.Option(help="Only this job.")] = None, as_json: Json = False
) -> None:
    """The newest runs."""
    from soc_monitor.store import runs as stored  # noqa: PLC0415  # heavy

    with open_store_for_runs() as (_, store):
        found = stored.list_runs(store, job_id=job)
    rows = [
        {
            "run": run.id,
            "job": run.job_id,
            "state": run.state,
            "started": run.started_at.isoformat(timespec="seconds"),
            "taken": run.taken,
            "rejected": run.rejected,
            "detail": run.detail,
        }
        for run in found
    ]
    emit_table(rows, as_json=as_json)


@app.command("show")
def runs_show(run_id: str, *, as_json: Json = False) -> None:
    """One run, whole."""
    from soc_monitor.store import runs as stored  # noqa: PLC0415  # heavy

    wanted = run_uuid(run_id)
    with open_store_for_runs() as (_, store):
        emit(asdict(stored.get_run(store, wanted)), as_json=as_json)


@app.command("logs")
def runs_logs(
    run_id: str,
    *,
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Go on until the run has ended.")
    ] = False,
    as_json: Json = False,
) -> None:
    """What a run said, and what it refused."""
    from soc_monitor.store import control, journal  # noqa: PLC0415  # heavy
    from soc_monitor.store import runs as stored  # noqa: PLC0415

    wanted, last = run_uuid(run_id), 0
    with open_store_for_runs() as (_, store):
        while True:
            ended = stored.get_run(store, wanted).ended_at is not None
            for line in journal.read_lines(store, wanted, after=last):
                last = line["n"]
                told = {"at": line["at"].isoformat(timespec="seconds"), "level": line["level"]}
                emit_line({**told, "event": line["event"], **line["detail"]}, as_json=as_json)
            if ended or not follow:
                break
            time.sleep(1.0)
        found = control.kept_aside(store, wanted)
    emit_table(found, as_json=as_json)


@app.command("cancel")
def runs_cancel(run_id: str, *, by: By, as_json: Json = False) -> None:
    """Stop a run: from this moment it can publish nothing."""
    from soc_monitor.store import control  # noqa: PLC0415  # heavy

    wanted = run_uuid(run_id)
    with open_store_for_runs() as (_, store):
        stopped = control.cancel(store, wanted, by=by)
    emit({"run": run_id, "stopped": stopped}, as_json=as_json)
    if not stopped:
        sys.exit(NOTHING_NEW)


def run_uuid(run_id: str) -> uuid.UUID:
    """The id of a run, as somebody wrote it.

    Raises:
        UnknownRun: it is none.
    """
    from soc_monitor.errors import UnknownRun  # noqa: PLC0415

    try:
        return uuid.UUID(run_id)
    except ValueError as error:
        raise UnknownRun(f"{run_id!r} is not the id of a run") from error
