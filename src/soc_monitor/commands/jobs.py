"""``soc-monitor jobs``: what is ingested, and from where."""

import os
import sys
from dataclasses import asdict
from datetime import UTC, date, datetime
from typing import Annotated, Any, NoReturn

import typer

from soc_monitor.commands import (
    DONE,
    FAILED,
    NOTHING_NEW,
    PARTLY,
    QUALITY,
    By,
    Json,
    RunId,
    open_store_for_runs,
    read_settings,
)
from soc_monitor.console import bars, emit, emit_table, out
from soc_monitor.settings import Settings

app = typer.Typer(help="Jobs: what is ingested, and from where.", no_args_is_help=True)


@app.command("list")
def jobs_list(*, as_json: Json = False) -> None:
    """Every job, and whether it runs by itself."""
    from soc_monitor import operations  # noqa: PLC0415  # heavy

    settings = read_settings()
    rows = [
        {
            "job": job_id,
            "on": "yes" if operations.is_on(shelved, settings) else "no",
            "schedule": shelved.job.schedule or "once",
            "licence": shelved.job.licence,
            "title": shelved.job.title["en"],
        }
        for job_id, shelved in operations.all_jobs(settings).items()
    ]
    emit_table(rows, as_json=as_json)


@app.command("show")
def jobs_show(job_id: str, *, as_json: Json = False) -> None:
    """One job, whole."""
    from soc_monitor import operations  # noqa: PLC0415  # heavy

    shelved = operations.one_job(read_settings(), job_id)
    job = shelved.job
    # Of what goes on through time: what becomes of the item that it gives as an example.
    known = job.layers or (job.layers_for(job.example) if job.example else ())
    layers = [
        f"{layer.item} {layer.variable or f'band {layer.band}'} -> {layer.cube.id} {layer.period}"
        for layer in known
    ]
    emit(
        {
            "job": job.id,
            "title": job.title["en"],
            "version": shelved.version,
            "licence": job.licence,
            "citation": job.citation,
            "link": job.link,
            "schedule": job.schedule or "once",
            "allowed age, days": job.max_age_days,
            "layers": layers if as_json else "; ".join(layers),
        },
        as_json=as_json,
    )


@app.command("validate")
def jobs_validate() -> None:
    """Check every job file; each mistake is told with its place."""
    from soc_monitor import operations  # noqa: PLC0415  # heavy

    settings = read_settings()
    found, broken = operations.all_jobs(settings), operations.broken_jobs(settings)
    for error in broken.values():
        sys.stderr.write(f"{error}\n")
    out.print(f"{len(found)} jobs are right" + (f", {len(broken)} are not" if broken else ""))
    if broken:
        sys.exit(FAILED)


@app.command("run")
def jobs_run(
    job_id: str,
    *,
    by: By,
    at: Annotated[str, typer.Option(help="A period: 2024-01; empty: what is due now.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done.")] = False,
    force: Annotated[
        bool,
        typer.Option(
            "--force",
            help="Take a step that was refused as too great; ask again for what was taken.",
        ),
    ] = False,
    as_json: Json = False,
) -> None:
    """Run a job now, then compute and publish what follows from it."""
    from soc_monitor import operations  # noqa: PLC0415  # heavy
    from soc_monitor.runs.desk import span  # noqa: PLC0415
    from soc_monitor.runs.ingest import look_back  # noqa: PLC0415
    from soc_monitor.store import registers  # noqa: PLC0415

    window = span(at, at) if at else None
    with open_store_for_runs() as (settings, store):
        shelved = operations.one_job(settings, job_id)
        if dry_run:
            seen = window or look_back(store, shelved.job, datetime.now(UTC).date())
            _tell_plan(settings, store, shelved, seen, as_json)
            return
        said = [f"at {at}"] * bool(at) + ["forced"] * force
        registers.keep_note(store, by, "run", job_id, ", ".join(said))
        _run(settings, store, shelved, window, force=force, as_json=as_json)


@app.command("backfill")
def jobs_backfill(
    job_id: str,
    *,
    by: By,
    first: Annotated[str, typer.Option("--from", help="First period: 2024-01.")],
    last: Annotated[str, typer.Option("--to", help="Last period, with it: 2024-12.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done.")] = False,
    as_json: Json = False,
) -> None:
    """Take what a source has for a span of time; what is there already is passed over.

    Stopped at any moment, the same command goes on where it was.
    """
    from soc_monitor import operations  # noqa: PLC0415  # heavy
    from soc_monitor.runs.desk import span  # noqa: PLC0415
    from soc_monitor.store import registers  # noqa: PLC0415

    window = span(first, last)
    with open_store_for_runs() as (settings, store):
        shelved = operations.one_job(settings, job_id)
        if dry_run:
            _tell_plan(settings, store, shelved, window, as_json)
            return
        registers.keep_note(store, by, "backfill", job_id, f"from {window[0]}, to {window[1]}")
        _run(settings, store, shelved, window, as_json=as_json)


def _tell_plan(
    settings: Settings,
    store: Any,
    shelved: Any,
    window: tuple[date, date],
    as_json: bool,  # noqa: FBT001  # one call each
) -> None:
    from soc_monitor.runs.plan import plan  # noqa: PLC0415  # heavy

    steps = plan(shelved, store, window, mirror=settings.mirror, secrets=os.environ)
    rows = [
        {
            "item": step.item.key,
            "period": step.item.period,
            "version": step.item.version,
            "would be": "passed over" if step.there else "fetched",
        }
        for step in steps
    ]
    emit_table(rows, as_json=as_json)
    if not as_json:
        new = sum(not step.there for step in steps)
        out.print(f"{new} of {len(steps)} items would be fetched; nothing was changed")


def _run(
    settings: Settings,
    store: Any,
    shelved: Any,
    window: tuple[date, date] | None,
    *,
    force: bool = False,
    as_json: bool,
) -> NoReturn:
    from soc_monitor import operations  # noqa: PLC0415  # heavy
    from soc_monitor.runs.ingest import ingest  # noqa: PLC0415

    with bars() as report:
        ended = ingest(
            shelved,
            store,
            datetime.now(UTC),
            mirror=settings.mirror,
            window=window,
            secrets=os.environ,
            force=force,
            kept=operations.kept_files(settings),
            report=report,
        )
        failures = operations.refresh(settings, store, report) if ended.taken else []
    emit(asdict(ended), as_json=as_json)
    for failure in failures:
        emit({"failed": failure}, as_json=as_json)
    codes = {"done": DONE, "nothing_new": NOTHING_NEW, "partly": PARTLY, "refused": QUALITY}
    sys.exit(FAILED if failures else codes.get(ended.state, FAILED))


@app.command("replay")
def jobs_replay(
    run_id: RunId,
    *,
    by: By,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done.")] = False,
    as_json: Json = False,
) -> None:
    """Read the files of an earlier run again by today's rules, and say what comes out otherwise."""
    from soc_monitor import operations  # noqa: PLC0415  # heavy
    from soc_monitor.errors import NotKept  # noqa: PLC0415
    from soc_monitor.runs.replay import replay  # noqa: PLC0415
    from soc_monitor.store import registers, runs  # noqa: PLC0415
    from soc_monitor.store.short_ids import whole_id  # noqa: PLC0415

    with open_store_for_runs() as (settings, store):
        number, kept = whole_id(store, run_id), operations.kept_files(settings)
        if kept is None:
            raise NotKept("no files are kept here")
        shelved = operations.one_job(settings, runs.get_run(store, number).job_id)
        if not dry_run:
            registers.keep_note(store, by, "replay", shelved.job.id, f"run {number}")
        found = replay(shelved, store, number, kept, dry_run=dry_run)
        changed = [one for one in found if one.outcome in {"changed", "new"}]
        failures = operations.refresh(settings, store) if changed and not dry_run else []
    emit_table([asdict(one) for one in found], as_json=as_json)
    for failure in failures:
        emit({"failed": failure}, as_json=as_json)
    if failures:
        sys.exit(FAILED)
    sys.exit(DONE if changed else NOTHING_NEW)


@app.command("pause")
def jobs_pause(
    job_id: str,
    *,
    by: By,
    until: Annotated[
        datetime | None,
        typer.Option(help="When it goes on by itself, in UTC: 2026-12-24T06:00:00."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Let a job rest: it does not run by itself until then, or until it is resumed."""
    end = until and until.replace(tzinfo=UTC)
    _pause(job_id, paused=True, until=end, by=by, as_json=as_json)


@app.command("resume")
def jobs_resume(job_id: str, *, by: By, as_json: Json = False) -> None:
    """Let a paused job run again."""
    _pause(job_id, paused=False, until=None, by=by, as_json=as_json)


@app.command("retire")
def jobs_retire(
    job_id: str,
    *,
    by: By,
    undo: Annotated[bool, typer.Option("--undo", help="It has come back.")] = False,
    as_json: Json = False,
) -> None:
    """Say that a source will not come back: it is kept, not run, and never late."""
    from soc_monitor import operations  # noqa: PLC0415  # heavy
    from soc_monitor.store import control, runs  # noqa: PLC0415

    with open_store_for_runs() as (settings, store):
        runs.register_feed(store, operations.one_job(settings, job_id).job)
        changed = control.set_retired(store, job_id, retired=not undo, by=by)
    emit({"job": job_id, "retired": not undo, "changed": changed}, as_json=as_json)


def _pause(job_id: str, *, paused: bool, until: datetime | None, by: str, as_json: bool) -> None:
    from soc_monitor import operations  # noqa: PLC0415  # heavy
    from soc_monitor.errors import BadValue  # noqa: PLC0415
    from soc_monitor.store import control, runs  # noqa: PLC0415

    if until is not None and until <= datetime.now(UTC):
        raise BadValue(f"--until {until.isoformat()} is past")
    with open_store_for_runs() as (settings, store):
        shelved = operations.one_job(settings, job_id)
        runs.register_feed(store, shelved.job)
        changed = control.set_paused(store, job_id, paused=paused, until=until, by=by)
    emit({"job": job_id, "paused": paused, "until": until, "changed": changed}, as_json=as_json)
