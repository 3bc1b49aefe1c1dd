"""The command ``soc-monitor``: reads the settings at the door, and says plainly how things went."""

import json
import logging
import os
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Any, NoReturn

import typer
from pydantic import ValidationError

from soc_monitor import logs
from soc_monitor.console import bars, emit, emit_table, out
from soc_monitor.errors import (
    AlreadyRan,
    BadSetting,
    FeedUnreachable,
    LockedByAnotherRun,
    SocMonitorError,
)
from soc_monitor.model import RunState
from soc_monitor.settings import Settings

DONE, FAILED, USAGE, NOTHING_NEW, QUALITY, UNREACHABLE, LOCKED, PARTLY = range(8)
"""Exit codes, the same for every verb."""

app = typer.Typer(
    help="The carbon in the world's soils: ingest, estimate, release, serve.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
db = typer.Typer(help="The private PostGIS of this service.", no_args_is_help=True)
jobs = typer.Typer(help="Jobs: what is ingested, and from where.", no_args_is_help=True)
runs = typer.Typer(help="Runs: what was done, and how it went.", no_args_is_help=True)
release = typer.Typer(help="Releases: what readers see.", no_args_is_help=True)
app.add_typer(db, name="db")
app.add_typer(jobs, name="jobs")
app.add_typer(runs, name="runs")
app.add_typer(release, name="release")

Json = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]


def main() -> None:
    """Entry point: every error of ours is one plain line and an exit code."""
    logs.configure(os.environ.get("SOC_LOG_LEVEL", "WARNING"))
    try:
        app()
    except SocMonitorError as error:
        _fail(error)
    except KeyboardInterrupt:
        sys.exit(130)


def _fail(error: SocMonitorError) -> NoReturn:
    codes: dict[type[SocMonitorError], int] = {
        FeedUnreachable: UNREACHABLE,
        LockedByAnotherRun: LOCKED,
        AlreadyRan: NOTHING_NEW,
        BadSetting: USAGE,
    }
    text = f"{error.title()}: {error.detail}"
    if error.hint:
        text += f" ({error.hint})"
    if error.allowed:
        text += f" [one of: {', '.join(error.allowed)}]"
    sys.stderr.write(" ".join(text.split()) + "\n")
    sys.exit(codes.get(type(error), FAILED))


def read_settings() -> Settings:
    """The settings of the environment.

    Raises:
        BadSetting: one of them has a value that cannot be used; says which.
    """
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = "SOC_" + "_".join(map(str, first["loc"])).upper()
        raise BadSetting(f"{name}: {first['msg']}") from error


@contextmanager
def open_store_for_runs() -> Iterator[tuple[Settings, Any]]:
    """Settings and a store, with the private database started where it is ours."""
    from soc_monitor import operations  # noqa: PLC0415  # heavy: only verbs that work need it

    settings = read_settings()
    store = operations.open_for_runs(settings, operations.database_url(settings, start=True))
    try:
        yield settings, store
    finally:
        store.close()


# --- the service -------------------------------------------------------------------------------


@app.command()
def up(
    *,
    once: Annotated[
        bool, typer.Option("--once", help="Set up, publish, and stop again: for images and tests.")
    ] = False,
) -> None:
    """Run everything on this machine: database, first data, web site, worker. Ctrl-C stops it."""
    from soc_monitor.up import run_all  # noqa: PLC0415  # heavy

    sys.exit(run_all(read_settings(), once=once))


@app.command()
def migrate() -> None:
    """Bring the database's schema to this version."""
    from soc_monitor import operations  # noqa: PLC0415  # heavy

    settings = read_settings()
    version = operations.migrate(operations.database_url(settings, start=True))
    out.print(f"schema {version}")


@app.command()
def web(
    *,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; 0: any.")] = None,
) -> None:
    """Serve the site, the API and the tiles."""
    from soc_monitor.up import serve  # noqa: PLC0415  # heavy

    settings = read_settings()
    changes = {"host": host, "port": port}
    serve(settings.model_copy(update={k: v for k, v in changes.items() if v is not None}))


@app.command()
def worker() -> None:
    """Run what falls due, until stopped."""
    from soc_monitor.up import work  # noqa: PLC0415  # heavy

    logs.configure(os.environ.get("SOC_LOG_LEVEL", "INFO"))
    work(read_settings())


@app.command()
def doctor(*, as_json: Json = False) -> None:
    """Say what is there, and what is missing."""
    from soc_monitor.up import examine  # noqa: PLC0415  # heavy

    findings = examine(read_settings())
    emit_table(findings, as_json=as_json)
    if any(finding["state"] == "missing" for finding in findings):
        sys.exit(FAILED)


@app.command()
def verify(*, as_json: Json = False) -> None:
    """Read every stored array again and compare its checksum with its row."""
    from soc_monitor.runs.verify import verify as check  # noqa: PLC0415  # heavy

    with open_store_for_runs() as (_, store):
        damaged = list(check(store))
    for line in damaged:
        emit({"damaged": line}, as_json=as_json)
    if damaged:
        sys.exit(FAILED)
    emit({"arrays": "all as they were written"}, as_json=as_json)


@app.command()
def openapi() -> None:
    """Print the OpenAPI document."""
    from soc_monitor.up import openapi_document  # noqa: PLC0415  # heavy

    sys.stdout.write(json.dumps(openapi_document(read_settings()), indent=1) + "\n")


@app.command()
def estimate(*, as_json: Json = False) -> None:
    """Compute what is stale for every area, and publish it."""
    from soc_monitor import operations  # noqa: PLC0415  # heavy

    with open_store_for_runs() as (_, store), bars() as report:
        failures = operations.refresh(store, report)
    for failure in failures:
        emit({"failed": failure}, as_json=as_json)
    if failures:
        sys.exit(FAILED)


@app.command()
def freshness(*, as_json: Json = False) -> None:
    """How old each input is."""
    from soc_monitor.model.freshness import age_days, judge  # noqa: PLC0415  # beside its use
    from soc_monitor.store import read  # noqa: PLC0415  # heavy

    with open_store_for_runs() as (_, store):
        found = read.inputs_status(store)
    today = datetime.now(UTC).date()
    rows = [
        {
            "input": item.feed_id,
            "observed until": item.observed_until,
            "age, days": (age := age_days(item.observed_until, today)),
            "allowed": item.max_age_days,
            "state": judge(
                age=age,
                allowed=item.max_age_days,
                last_state=RunState(item.last_state) if item.last_state else None,
                paused=item.paused,
            ),
            "last success": item.last_success,
            "rejected": item.rejections,
        }
        for item in found
    ]
    emit_table(rows, as_json=as_json)


# --- database ----------------------------------------------------------------------------------


@db.command("start")
def db_start() -> None:
    """Start the private PostGIS and print its address."""
    from soc_monitor.store import cluster  # noqa: PLC0415  # beside its use

    out.print(cluster.start(read_settings().postgres_folder))


@db.command("stop")
def db_stop() -> None:
    """Stop the private PostGIS."""
    from soc_monitor.store import cluster  # noqa: PLC0415  # beside its use

    stopped = cluster.stop(read_settings().postgres_folder)
    out.print("stopped" if stopped else "was not running")


@db.command("url")
def db_url() -> None:
    """Print the database's address."""
    from soc_monitor import operations  # noqa: PLC0415  # heavy

    out.print(operations.database_url(read_settings()))


@db.command("reset")
def db_reset(*, yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False) -> None:
    """Delete the private PostGIS with everything in it."""
    from soc_monitor.store import cluster  # noqa: PLC0415  # beside its use

    folder = read_settings().postgres_folder
    if not yes:
        typer.confirm(f"Delete the database in {folder}?", abort=True)
    cluster.reset(folder)
    out.print("deleted")


# --- jobs --------------------------------------------------------------------------------------


@jobs.command("list")
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


@jobs.command("show")
def jobs_show(job_id: str, *, as_json: Json = False) -> None:
    """One job, whole."""
    from soc_monitor import operations  # noqa: PLC0415  # heavy
    from soc_monitor.runs.jobs import find_job  # noqa: PLC0415

    shelved = find_job(operations.all_jobs(read_settings()), job_id)
    job = shelved.job
    layers = [
        f"{layer.item} band {layer.band} -> {layer.cube.id} {layer.period}" for layer in job.layers
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


@jobs.command("validate")
def jobs_validate() -> None:
    """Check every job file; each mistake is told with its place."""
    from soc_monitor import operations  # noqa: PLC0415  # heavy

    found = operations.all_jobs(read_settings())
    out.print(f"{len(found)} jobs are right")


@jobs.command("run")
def jobs_run(job_id: str, *, as_json: Json = False) -> None:
    """Run a job now, then compute and publish what follows from it."""
    from soc_monitor import operations  # noqa: PLC0415  # heavy
    from soc_monitor.runs.ingest import ingest  # noqa: PLC0415
    from soc_monitor.runs.jobs import find_job  # noqa: PLC0415

    with open_store_for_runs() as (settings, store), bars() as report:
        shelved = find_job(operations.all_jobs(settings), job_id)
        ended = ingest(shelved, store, datetime.now(UTC), mirror=settings.mirror, report=report)
        failures = operations.refresh(store, report) if ended.taken else []
    emit(asdict(ended), as_json=as_json)
    for failure in failures:
        emit({"failed": failure}, as_json=as_json)
    codes = {"done": DONE, "nothing_new": NOTHING_NEW, "partly": PARTLY, "failed": QUALITY}
    sys.exit(FAILED if failures else codes[ended.state])


# --- runs and releases -------------------------------------------------------------------------


@runs.command("list")
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


@runs.command("show")
def runs_show(run_id: str, *, as_json: Json = False) -> None:
    """One run, whole."""
    from soc_monitor.errors import UnknownRun  # noqa: PLC0415
    from soc_monitor.store import runs as stored  # noqa: PLC0415  # heavy

    try:
        wanted = uuid.UUID(run_id)
    except ValueError as error:
        raise UnknownRun(f"{run_id!r} is not the id of a run") from error
    with open_store_for_runs() as (_, store):
        emit(asdict(stored.get_run(store, wanted)), as_json=as_json)


@release.command("list")
def release_list(*, as_json: Json = False) -> None:
    """Releases, newest first."""
    from soc_monitor.store import read  # noqa: PLC0415  # heavy

    with open_store_for_runs() as (_, store):
        found = read.list_releases(store)
    rows = [
        {
            "release": r.name,
            "published": r.published_at.isoformat(timespec="seconds"),
            "note": r.note,
        }
        for r in found
    ]
    emit_table(rows, as_json=as_json)


if __name__ == "__main__":
    logging.captureWarnings(capture=True)
    main()
