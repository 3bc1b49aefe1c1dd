"""``soc-monitor register``: propose, review, publish; nobody reviews what they proposed."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from soc_monitor.commands import DONE, NOTHING_NEW, PARTLY, Json, open_store_for_runs
from soc_monitor.console import emit, emit_table
from soc_monitor.errors import BadValue
from soc_monitor.model import LANGUAGES

app = typer.Typer(help="Registers of the plan: propose, review, publish.", no_args_is_help=True)

Key = Annotated[
    str, typer.Option("--key", envvar="SOC_EDITOR_KEY", help="Your key: soc-monitor keys create.")
]
Reason = Annotated[str, typer.Option("--reason", help="Why; a correction needs one.")]


@app.command("template")
def template(
    register: str,
    *,
    xlsx: Annotated[
        Path | None, typer.Option("--xlsx", help="Write a workbook there instead.")
    ] = None,
    lang: Annotated[str, typer.Option(help="Language of the explanations: en, fr, es.")] = "en",
) -> None:
    """A table to fill in, with its columns explained: CSV on the screen, or a workbook."""
    from soc_monitor.progress.registers import find_register  # noqa: PLC0415  # heavy
    from soc_monitor.progress.sheets import template_csv, workbook  # noqa: PLC0415

    if lang not in LANGUAGES:
        raise BadValue(f"--lang {lang!r}", allowed=LANGUAGES)
    spec = find_register(register)
    if xlsx is None:
        sys.stdout.write(template_csv(spec, lang))
        return
    xlsx.write_bytes(workbook(spec, lang))
    emit({"written": str(xlsx)}, as_json=False)


@app.command("import")
def import_table(
    register: str,
    file: Path,
    *,
    key: Key = "",
    mapping: Annotated[
        list[str] | None, typer.Option("--map", help="Header=field, for headers not known.")
    ] = None,
    sheet: Annotated[str, typer.Option(help="Sheet of a workbook; the first if not given.")] = "",
    reason: Reason = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what each row would be; change nothing.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Propose the rows of a CSV or XLSX file. Every row is accounted for; nothing is published."""
    from soc_monitor.progress.importing import preview  # noqa: PLC0415  # heavy
    from soc_monitor.progress.registers import find_register  # noqa: PLC0415
    from soc_monitor.runs.importing import read_table  # noqa: PLC0415
    from soc_monitor.store import editors, registers  # noqa: PLC0415

    named = dict(_pair(one) for one in mapping or ())
    found = preview(find_register(register), read_table(file, sheet), named)
    done: dict[str, str] = {}
    if not dry_run:
        with open_store_for_runs() as (_, store):
            by = editors.identify(store, key, register=register).owner
            done = registers.propose(store, register, found.entries, by=by, reason=reason)
    rows = [
        {
            "row": one.row,
            "outcome": done.get(one.key, one.outcome) if one.body else one.outcome,
            "entry": one.key,
            "why": one.message,
        }
        for one in found.results
    ]
    emit_table([row for row in rows if as_json or row["why"]], as_json=as_json)
    if not as_json:
        emit(_summary(found.header_row, rows, found.ignored), as_json=False)
    if any(row["outcome"] == "error" for row in rows):
        sys.exit(PARTLY)
    sys.exit(DONE if dry_run or set(done.values()) - {"same"} else NOTHING_NEW)


def _pair(text: str) -> tuple[str, str]:
    header, found, field = text.rpartition("=")
    if not found:
        raise BadValue(f"--map {text!r}: Header=field")
    return header, field


def _summary(
    header_row: int, rows: list[dict[str, object]], ignored: tuple[str, ...]
) -> dict[str, object]:
    made: dict[str, object] = {"header in row": header_row, "rows": len(rows)}
    for row in rows:
        word = str(row["outcome"])
        made[word] = int(str(made.get(word, 0))) + 1
    if ignored:
        made["columns not read"] = ", ".join(ignored)
    return made


@app.command("propose")
def propose(
    register: str,
    fields: Annotated[list[str], typer.Argument(help="field=value …")],
    *,
    key: Key = "",
    reason: Reason = "",
    as_json: Json = False,
) -> None:
    """Propose one entry, new or corrected."""
    from soc_monitor.progress.registers import entry, find_register  # noqa: PLC0415  # heavy
    from soc_monitor.store import editors, registers  # noqa: PLC0415

    spec = find_register(register)
    given = [one.partition("=") for one in fields]
    name, body = entry(spec, {name: value for name, _, value in given})
    with open_store_for_runs() as (_, store):
        by = editors.identify(store, key, register=register).owner
        done = registers.propose(store, register, [(name, body)], by=by, reason=reason)
    emit({"entry": name, "outcome": done[name]}, as_json=as_json)
    sys.exit(NOTHING_NEW if done[name] == "same" else DONE)


@app.command("remove")
def remove(
    register: str, entry: str, *, key: Key = "", reason: Reason = "", as_json: Json = False
) -> None:
    """Propose that an entry leaves its register."""
    from soc_monitor.store import editors, registers  # noqa: PLC0415  # heavy

    with open_store_for_runs() as (_, store):
        by = editors.identify(store, key, register=register).owner
        done = registers.propose(store, register, [(entry, {})], by=by, reason=reason, gone=True)
    emit({"entry": entry, "outcome": done[entry]}, as_json=as_json)


@app.command("undo")
def undo(
    register: str,
    entry: str,
    version: int,
    *,
    key: Key = "",
    reason: Reason = "",
    as_json: Json = False,
) -> None:
    """Propose an older version of an entry again."""
    from soc_monitor.store import editors, registers  # noqa: PLC0415  # heavy

    with open_store_for_runs() as (_, store):
        by = editors.identify(store, key, register=register).owner
        done = registers.undo(store, register, entry, version, by=by, reason=reason)
    emit({"entry": entry, "outcome": done}, as_json=as_json)


@app.command("queue")
def queue(*, as_json: Json = False) -> None:
    """What waits for review, the oldest first."""
    from soc_monitor.store import registers  # noqa: PLC0415  # heavy

    with open_store_for_runs() as (_, store):
        found = registers.queue(store)
    rows = [
        {
            "register": one.register,
            "entry": one.key,
            "version": one.version,
            "by": one.proposed_by,
            "proposed": one.proposed_at.isoformat(timespec="minutes"),
            "gone": "yes" if one.gone else "",
            "reason": one.reason,
            "evidence": one.body.get("evidence", ""),
        }
        for one in found
    ]
    emit_table(rows, as_json=as_json)


@app.command("review")
def review(
    register: str,
    entry: Annotated[str, typer.Argument(help="Key of an entry; ``all``: the whole queue.")],
    *,
    accept: Annotated[bool, typer.Option("--accept/--reject")],
    key: Key = "",
    reason: Reason = "",
    as_json: Json = False,
) -> None:
    """Accept or turn down what another editor has proposed."""
    from soc_monitor.progress.registers import SUGGESTION  # noqa: PLC0415  # heavy
    from soc_monitor.store import editors, registers  # noqa: PLC0415

    with open_store_for_runs() as (_, store):
        by = editors.identify(store, key, register=register, reviews=True).owner
        waiting = [one for one in registers.queue(store) if one.register == register]
        chosen = [one for one in waiting if entry in {"all", one.key}]
        for one in chosen:
            registers.review(
                store,
                register,
                one.key,
                one.version,
                by=by,
                accept=accept,
                reason=reason,
                shown=register != SUGGESTION.name,
            )
    emit({"accepted" if accept else "turned down": len(chosen)}, as_json=as_json)
    sys.exit(DONE if chosen else NOTHING_NEW)


@app.command("publish")
def publish(*, key: Key = "", as_json: Json = False) -> None:
    """Show readers what was accepted, as a new release."""
    from soc_monitor.runs.registers import publish_registers  # noqa: PLC0415  # heavy
    from soc_monitor.store import editors  # noqa: PLC0415

    with open_store_for_runs() as (_, store):
        by = editors.identify(store, key, reviews=True).owner
        name = publish_registers(store, by=by)
    emit({"release": name or "nothing new"}, as_json=as_json)
    sys.exit(DONE if name else NOTHING_NEW)


@app.command("history")
def history(register: str, entry: str, *, as_json: Json = False) -> None:
    """Every version of an entry, the newest first."""
    from soc_monitor.store import registers  # noqa: PLC0415  # heavy

    with open_store_for_runs() as (_, store):
        found = registers.history(store, register, entry)
    rows = [
        {
            "version": one.version,
            "state": "gone" if one.gone and one.state == "accepted" else one.state,
            "by": one.proposed_by,
            "reviewed by": one.reviewed_by,
            "shown from": one.from_release,
            "until": one.until_release,
            "reason": one.reason,
        }
        for one in found
    ]
    emit_table(rows, as_json=as_json)
