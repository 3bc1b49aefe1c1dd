"""``soc-monitor release``: what readers see."""

import typer

from soc_monitor.commands import Json, open_store_for_runs
from soc_monitor.console import emit_table

app = typer.Typer(help="Releases: what readers see.", no_args_is_help=True)


@app.command("list")
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
