"""``soc-monitor subscriptions``: readers who are told what is new."""

from typing import Annotated

import typer

from soc_monitor.commands import By, Json, open_store_for_runs
from soc_monitor.console import emit, emit_table

app = typer.Typer(help="Readers who are told what is new.", no_args_is_help=True)


@app.command("list")
def list_subscriptions(*, as_json: Json = False) -> None:
    """Subscriptions, the newest first; of an address its host alone, and never a secret."""
    from soc_monitor.store import outbox, subscriptions  # noqa: PLC0415  # heavy

    with open_store_for_runs() as (_, store):
        found = [
            (one, outbox.sent(store, one.id, limit=1))
            for one in subscriptions.list_subscriptions(store)
        ]
    rows = [
        {
            "id": one.id,
            "host": one.host,
            "follows": one.area or one.objective,
            "kinds": ", ".join(one.kinds),
            "lang": one.lang,
            "state": one.state,
            "since": one.changed_at.isoformat(timespec="minutes"),
            "last": f"{sent[0].kind}: {sent[0].answer or sent[0].state}" if sent else "",
        }
        for one, sent in found
    ]
    emit_table(rows, as_json=as_json)


@app.command("remove")
def remove(
    number: Annotated[str, typer.Argument(metavar="ID")],
    *,
    by: By,
    as_json: Json = False,
) -> None:
    """Forget a subscription and all that it was sent; its reader is not told."""
    from soc_monitor.store import subscriptions  # noqa: PLC0415  # heavy

    with open_store_for_runs() as (_, store):
        subscriptions.end(store, number, by=by)
    emit({"removed": number}, as_json=as_json)
