"""``soc-monitor items``: the files that were taken from a source, and what is withdrawn of it."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated

import typer

from soc_monitor.commands import By, Json, open_store_for_runs
from soc_monitor.console import emit, emit_table

app = typer.Typer(help="Items: the files that were taken from a source.", no_args_is_help=True)


@app.command("list")
def items_list(job: str, *, as_json: Json = False) -> None:
    """The newest files of a job, whether their source declared the checksum, and what they gave."""
    from soc_monitor.store import intake  # noqa: PLC0415  # heavy

    with open_store_for_runs() as (_, store):
        found = intake.list_items(store, job)
    rows = [
        {
            "item": row["key"],
            "version": row["version"],
            "bytes": row["bytes"],
            "checksum": "verified" if row["verified"] else "unverified",
            "sha256": row["sha256"],
            "fetched": row["fetched_at"],
            "slices": row["slices"] or "",
        }
        for row in found
    ]
    emit_table(rows, as_json=as_json)


@app.command("retract")
def items_retract(
    cube: str,
    period: str,
    *,
    because: Annotated[str, typer.Option(help="Why: told in the audit and behind the numbers.")],
    by: By,
    as_json: Json = False,
) -> None:
    """Withdraw a slice, as ``era5_land.rain 2026-05``; the last good one takes its place.

    The worker makes anew what rests on it, and publishes that.
    """
    from soc_monitor.model.period import parse_period  # noqa: PLC0415  # beside its use
    from soc_monitor.runs.retract import retract  # noqa: PLC0415  # heavy

    first = parse_period(period)
    with open_store_for_runs() as (_, store):
        ended = retract(store, cube, first, reason=because, by=by, now=datetime.now(UTC))
    emit(asdict(ended), as_json=as_json)
