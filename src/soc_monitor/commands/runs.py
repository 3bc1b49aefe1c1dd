"""``soc-monitor runs``: what was done, and how it went."""

import sys
import time
from dataclasses import asdict
from typing import Annotated

import typer

from soc_monitor.commands import NOTHING_NEW, By, Json, RunId, open_store_for_runs
from soc_monitor.console import emit, emit_line, emit_table, out

app = typer.Typer(help="Runs: what was done, and how it went.", no_args_is_help=True)


@app.command("list")
def runs_list(
    *, job: Annotated[str | None, typer.Option(help="Only this job.")] = None, as_json: Json = False
) -> None:
    """The newest runs; in a terminal by the beginning of their ids, which every command takes."""
    from soc_monitor.store import runs as stored  # noqa: PLC0415  # heavy
    from soc_monitor.store import short_ids  # noqa: PLC0415

    with open_store_for_runs() as (_, store):
        found = stored.list_runs(store, job_id=job)
        short = short_ids.short_ids(store, [run.id for run in found])
    # What a script keeps has to be enough for good, not for today.
    brief = out.is_terminal and not as_json
    rows = [
        {
            "run": short[run.id] if brief else run.id,
            "job": run.job_id,
            "state": run.state,
            "started": run.started_at if brief else run.started_at.isoformat(timespec="seconds"),
            "taken": run.taken,
            "rejected": run.rejected,
            "detail": run.detail,
        }
        for run in found
    ]
    emit_table(rows, as_json=as_json)


@app.command("show")
def runs_show(run_id: RunId, *, as_json: Json = False) -> None:
    """One run, whole."""
    from soc_monitor.store import runs as stored  # noqa: PLC0415  # heavy
    from soc_monitor.store.short_ids import whole_id  # noqa: PLC0415

    with open_store_for_runs() as (_, store):
        emit(asdict(stored.get_run(store, whole_id(store, run_id))), as_json=as_json)


@app.command("logs")
def runs_logs(
    run_id: RunId,
    *,
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Go on until the run has ended.")
    ] = False,
    as_json: Json = False,
) -> None:
    """What a run said, and what it refused."""
    from soc_monitor.store import control, journal  # noqa: PLC0415  # heavy
    from soc_monitor.store import runs as stored  # noqa: PLC0415
    from soc_monitor.store.short_ids import whole_id  # noqa: PLC0415

    with open_store_for_runs() as (_, store):
        wanted, last = whole_id(store, run_id), 0
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
def runs_cancel(run_id: RunId, *, by: By, as_json: Json = False) -> None:
    """Stop a run: from this moment it can publish nothing."""
    from soc_monitor.store import control  # noqa: PLC0415  # heavy
    from soc_monitor.store.short_ids import whole_id  # noqa: PLC0415

    with open_store_for_runs() as (_, store):
        wanted = whole_id(store, run_id)
        stopped = control.cancel(store, wanted, by=by)
    emit({"run": wanted, "stopped": stopped}, as_json=as_json)
    if not stopped:
        sys.exit(NOTHING_NEW)
