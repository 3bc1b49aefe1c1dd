"""``soc-monitor jobs``: what is ingested, and from where."""

import os
import sys
from dataclasses import asdict
from datetime import UTC, datetime

import typer

from soc_monitor.commands import (
    DONE,
    FAILED,
    NOTHING_NEW,
    PARTLY,
    QUALITY,
    Json,
    open_store_for_runs,
    read_settings,
)
from soc_monitor.console import bars, emit, emit_table, out

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


@app.command("validate")
def jobs_validate() -> None:
    """Check every job file; each mistake is told with its place."""
    from soc_monitor import operations  # noqa: PLC0415  # heavy

    found = operations.all_jobs(read_settings())
    out.print(f"{len(found)} jobs are right")


@app.command("run")
def jobs_run(job_id: str, *, as_json: Json = False) -> None:
    """Run a job now, then compute and publish what follows from it."""
    from soc_monitor import operations  # noqa: PLC0415  # heavy
    from soc_monitor.runs.ingest import ingest  # noqa: PLC0415
    from soc_monitor.runs.jobs import find_job  # noqa: PLC0415

    with open_store_for_runs() as (settings, store), bars() as report:
        shelved = find_job(operations.all_jobs(settings), job_id)
        ended = ingest(
            shelved,
            store,
            datetime.now(UTC),
            mirror=settings.mirror,
            secrets=os.environ,
            report=report,
        )
        failures = operations.refresh(settings, store, report) if ended.taken else []
    emit(asdict(ended), as_json=as_json)
    for failure in failures:
        emit({"failed": failure}, as_json=as_json)
    codes = {"done": DONE, "nothing_new": NOTHING_NEW, "partly": PARTLY, "failed": QUALITY}
    sys.exit(FAILED if failures else codes[ended.state])
