"""``soc-monitor keys``: who may propose, who may review, and who may ask more often."""

from typing import Annotated

import typer

from soc_monitor.commands import By, Json, open_store_for_runs
from soc_monitor.console import emit, emit_table

app = typer.Typer(help="Keys of editors, operators and analysts.", no_args_is_help=True)


@app.command("create")
def create(
    owner: str,
    *,
    by: By,
    role: Annotated[
        str,
        typer.Option(
            help="editor: proposes; reviewer: also reviews; operator: runs jobs; analyst: asks the "
            "API more often."
        ),
    ] = "editor",
    register: Annotated[
        list[str] | None, typer.Option("--register", help="For these registers alone.")
    ] = None,
    days: Annotated[int, typer.Option(help="How long it holds.")] = 365,
    as_json: Json = False,
) -> None:
    """Make a key; it is shown once and stored nowhere."""
    from soc_monitor.progress.registers import find_register  # noqa: PLC0415  # heavy
    from soc_monitor.store import editors  # noqa: PLC0415

    names = tuple(find_register(name).name for name in register or ())
    with open_store_for_runs() as (_, store):
        key = editors.create(store, owner, role, registers=names, days=days, by=by)
    emit({"key": key, "owner": owner, "role": role}, as_json=as_json)


@app.command("list")
def list_keys(*, as_json: Json = False) -> None:
    """Keys, the newest first; never the secret itself."""
    from soc_monitor.store import editors  # noqa: PLC0415  # heavy

    with open_store_for_runs() as (_, store):
        found = editors.list_keys(store)
    rows = [
        {
            "id": one.id,
            "owner": one.owner,
            "role": one.role,
            "registers": ", ".join(one.registers) or "all",
            "expires": one.expires_at.date(),
            "revoked": one.revoked_at.date() if one.revoked_at else "",
        }
        for one in found
    ]
    emit_table(rows, as_json=as_json)


@app.command("revoke")
def revoke(key_id: str, *, by: By) -> None:
    """End a key now, by the id that ``keys list`` shows."""
    from soc_monitor.store import editors  # noqa: PLC0415  # heavy

    with open_store_for_runs() as (_, store):
        editors.revoke(store, key_id, by=by)
    emit({"revoked": key_id}, as_json=False)
