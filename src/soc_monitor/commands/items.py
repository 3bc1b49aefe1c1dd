"""``soc-monitor items``: the files that were taken from a source."""

import typer

from soc_monitor.commands import Json, open_store_for_runs
from soc_monitor.console import emit_table

app = typer.Typer(help="Items: the files that were taken from a source.", no_args_is_help=True)


@app.callback()
def items() -> None:
    """Keep the verbs below a word of their own, though there is one alone."""


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
