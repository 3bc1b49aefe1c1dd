"""``soc-monitor release``: what readers see."""

import sys
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated

import typer

from soc_monitor.commands import NOTHING_NEW, By, Json, open_store_for_runs
from soc_monitor.console import emit, emit_table, err

app = typer.Typer(help="Releases: what readers see.", no_args_is_help=True)


@app.command("list")
def release_list(*, as_json: Json = False) -> None:
    """Releases, newest first; the one that readers see is marked."""
    from soc_monitor.store import latest, read  # noqa: PLC0415  # heavy

    with open_store_for_runs() as (_, store):
        found = read.list_releases(store)
        seen = latest.standing(store).release if found else ""
    rows = [
        {
            "release": r.name,
            "published": r.published_at.isoformat(timespec="seconds"),
            "latest": r.name == seen,
            "note": r.note,
        }
        for r in found
    ]
    emit_table(rows, as_json=as_json)


@app.command("plan")
def release_plan(*, as_json: Json = False) -> None:
    """What the next release would make anew, if it were made now; nothing is written."""
    from soc_monitor.runs.planned import planned  # noqa: PLC0415  # heavy

    with open_store_for_runs() as (_, store):
        found = planned(store, datetime.now(UTC).date())
    emit_table(
        [
            {"indicator": one.indicator, "product": one.product, "periods": one.periods}
            for one in found
        ],
        as_json=as_json,
    )
    if not found:
        err.print("nothing: the next release would make no number anew")
        sys.exit(NOTHING_NEW)


@app.command("rollback")
def release_rollback(
    name: str,
    *,
    reason: Annotated[str, typer.Option(help="Why: readers are told.")],
    by: By,
    as_json: Json = False,
) -> None:
    """Have readers see an older release, and hold it there until ``release publish``.

    Nothing is deleted, and what is pinned stays as it is. New releases are made, and wait.
    """
    from soc_monitor.store import latest  # noqa: PLC0415  # heavy

    with open_store_for_runs() as (_, store):
        latest.hold(store, name, by, reason)
        emit(asdict(latest.standing(store)), as_json=as_json)


@app.command("publish")
def release_publish(*, by: By, as_json: Json = False) -> None:
    """Have readers see the newest release again, and all that follow."""
    from soc_monitor.store import latest  # noqa: PLC0415  # heavy

    with open_store_for_runs() as (_, store):
        held = latest.follow(store, by)
        emit(asdict(latest.standing(store)), as_json=as_json)
    if not held:
        sys.exit(NOTHING_NEW)


@app.command("diff")
def release_diff(old: str, new: str, *, as_json: Json = False) -> None:
    """Which numbers two releases tell differently, and the largest move of each indicator."""
    from soc_monitor.store import history, read  # noqa: PLC0415  # heavy

    with open_store_for_runs() as (_, store):
        ends = (read.find_release(store, old), read.find_release(store, new))
        found = history.moved(store, *ends)
    emit_table([asdict(one) for one in found], as_json=as_json)
    if not found:
        err.print("the same: no number is told differently")
        sys.exit(NOTHING_NEW)
