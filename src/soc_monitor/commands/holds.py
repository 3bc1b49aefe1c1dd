"""``soc-monitor holds``: what waits for an operator's word."""

import sys
import uuid

import typer

from soc_monitor.commands import NOTHING_NEW, By, Json, open_store_for_runs
from soc_monitor.console import emit, emit_table

app = typer.Typer(help="Holds: what waits for an operator's word.", no_args_is_help=True)


@app.command("list")
def holds_list(*, as_json: Json = False) -> None:
    """Those that wait, then those that were decided."""
    from soc_monitor.store import holds  # noqa: PLC0415  # heavy

    with open_store_for_runs() as (_, store):
        found = holds.list_holds(store)
    rows = [
        {
            "hold": one.id,
            "job": one.feed_id,
            "cube": one.preview.cube_id,
            "period": one.preview.period,
            "state": one.state,
            "found": one.found,
            "by": one.decided_by,
        }
        for one in found
    ]
    emit_table(rows, as_json=as_json)


@app.command("accept")
def holds_accept(hold_id: str, *, by: By, as_json: Json = False) -> None:
    """Take it: the worker publishes it, and what follows from it."""
    _decide(hold_id, "accepted", by, as_json=as_json)


@app.command("reject")
def holds_reject(hold_id: str, *, by: By, as_json: Json = False) -> None:
    """Refuse it for good: this very file is not taken again."""
    _decide(hold_id, "rejected", by, as_json=as_json)


def _decide(hold_id: str, state: str, by: str, *, as_json: bool) -> None:
    from soc_monitor.errors import UnknownRecord  # noqa: PLC0415  # beside its use
    from soc_monitor.runs import desk  # noqa: PLC0415  # heavy

    try:
        number = uuid.UUID(hold_id)
    except ValueError as error:
        raise UnknownRecord(f"{hold_id!r} is not the id of a hold") from error
    with open_store_for_runs() as (_, store):
        changed = desk.decide(store, number, state, by)
    emit({"hold": hold_id, "state": state, "changed": changed}, as_json=as_json)
    if not changed:
        sys.exit(NOTHING_NEW)
