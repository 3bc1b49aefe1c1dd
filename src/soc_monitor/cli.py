"""The command ``soc-monitor``: says plainly how things went, in words and by its exit code."""

import json
import logging
import os
import sys
from datetime import UTC, datetime
from typing import Annotated, NoReturn

import typer

from soc_monitor import logs
from soc_monitor.commands import (
    DONE,
    FAILED,
    LOCKED,
    NOTHING_NEW,
    PARTLY,
    QUALITY,
    UNREACHABLE,
    USAGE,
    Json,
    alerts,
    backup,
    bench,
    database,
    estimate,
    export,
    holds,
    items,
    jobs,
    keys,
    model,
    open_store_for_runs,
    plan,
    read_settings,
    registers,
    releases,
    runs,
    sensors,
    subscriptions,
)
from soc_monitor.console import emit, emit_table, out
from soc_monitor.errors import (
    AlreadyRan,
    BadSetting,
    FeedUnreachable,
    LockedByAnotherRun,
    SocMonitorError,
)

EXIT_CODES = f"""\b
Exit codes, the same for every command:
  {DONE}  done
  {FAILED}  failed; one line says why
  {USAGE}  a wrong word or setting
  {NOTHING_NEW}  nothing new, nothing to do
  {QUALITY}  what a source sent was refused
  {UNREACHABLE}  a source could not be reached
  {LOCKED}  another run is under way
  {PARTLY}  done in part; what was not is told
"""

app = typer.Typer(
    help="The carbon in the world's soils: ingest, estimate, release, serve.",
    no_args_is_help=True,
    epilog=EXIT_CODES,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.add_typer(database.app, name="db")
app.add_typer(jobs.app, name="jobs")
app.add_typer(runs.app, name="runs")
app.add_typer(releases.app, name="release")
app.add_typer(plan.app, name="plan")
app.add_typer(registers.app, name="register")
app.add_typer(keys.app, name="keys")
app.add_typer(export.app, name="export")
app.add_typer(alerts.app, name="alerts")
app.add_typer(subscriptions.app, name="subscriptions")
app.add_typer(holds.app, name="holds")
app.add_typer(items.app, name="items")
app.add_typer(sensors.app, name="sensors")
app.command("estimate")(estimate.estimate)
app.command("nowcast")(model.nowcast)
app.command("bench")(bench.bench)
app.command("rothc")(model.rothc)
app.command("backup")(backup.backup)
app.command("restore")(backup.restore)


def main() -> None:
    """Entry point: every error of ours is one plain line and an exit code."""
    try:
        logs.configure(os.environ.get("SOC_LOG_LEVEL", "WARNING"))
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
def audit(*, as_json: Json = False) -> None:
    """Who did what to jobs, runs, registers and keys, the newest first."""
    from soc_monitor.store import registers as store_registers  # noqa: PLC0415  # heavy

    with open_store_for_runs() as (_, store):
        found = store_registers.list_audit(store)
    emit_table(found, as_json=as_json)


@app.command()
def openapi() -> None:
    """Print the OpenAPI document."""
    from soc_monitor.up import openapi_document  # noqa: PLC0415  # heavy

    sys.stdout.write(json.dumps(openapi_document(read_settings()), indent=1) + "\n")


@app.command()
def freshness(*, as_json: Json = False) -> None:
    """How old each input is."""
    from soc_monitor.store import read_inputs  # noqa: PLC0415  # heavy

    with open_store_for_runs() as (_, store):
        found = read_inputs.inputs_status(store)
    today = datetime.now(UTC).date()
    rows = [
        {
            "input": item.feed_id,
            "observed until": item.observed_until,
            "age, days": item.age(today),
            "allowed": item.max_age_days,
            "state": item.state(today),
            "last success": item.last_success,
            "rejected": item.rejections,
        }
        for item in found
    ]
    emit_table(rows, as_json=as_json)


if __name__ == "__main__":
    logging.captureWarnings(capture=True)
    main()
