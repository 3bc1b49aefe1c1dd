"""``soc-monitor export``: files of the API without the site, and any of them made again."""

import hashlib
import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlencode

import typer

from soc_monitor.commands import Json, open_store_for_runs
from soc_monitor.console import bars, emit
from soc_monitor.errors import BadValue

app = typer.Typer(help="Files of numbers and maps; any of them made again from its manifest.")

Out = Annotated[
    Path | None, typer.Option("--out", "-o", help="The file; its own name if not given.")
]
Keys = Annotated[
    list[str] | None,
    typer.Argument(help="Keys of the API: area=FRA v=stock t=2020.. rel=2026.11.1"),
]


class SeriesForm(StrEnum):
    """Forms of series."""

    CSV = "csv"
    JSON = "json"
    PARQUET = "parquet"
    XLSX = "xlsx"
    NC = "nc"
    GPKG = "gpkg"
    ZIP = "zip"


class MapForm(StrEnum):
    """Forms of a map."""

    CSV = "csv"
    JSON = "json"
    GEOJSON = "geojson"
    PARQUET = "parquet"
    XLSX = "xlsx"
    GPKG = "gpkg"
    ZIP = "zip"


class GridForm(StrEnum):
    """Forms of a cut-out."""

    TIF = "tif"
    NC = "nc"


@app.callback(invoke_without_command=True)
def export(
    context: typer.Context,
    *,
    manifest: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="A manifest, or an export that has one."),
    ] = None,
    body: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="The shapes that numbers are of."),
    ] = None,
    out: Out = None,
    as_json: Json = False,
) -> None:
    """Make an export again: the same bytes as long as the program is the same."""
    if context.invoked_subcommand is not None:
        return
    if manifest is None:
        sys.stdout.write(context.get_help() + "\n")
        return
    from soc_monitor.exports.manifest import read_manifest  # noqa: PLC0415  # heavy

    found = read_manifest(manifest)
    sent = _sent(found, body)
    write(str(found["address"]), out, as_json=as_json, body=sent)


def _sent(manifest: dict[str, Any], body: Path | None) -> bytes | None:
    """What was sent for the numbers of own areas, read again; None: nothing was.

    Raises:
        BadValue: it is not given, or another.
    """
    digest = manifest.get("body_sha256")
    if digest is None:
        if body is not None:
            raise BadValue("nothing was sent for this export", hint="Leave --body out.")
        return None
    if body is None:
        raise BadValue(
            "the numbers are of shapes that were sent and are not kept",
            hint="Give the same file again: --body FILE",
        )
    content = body.read_bytes()
    if hashlib.sha256(content).hexdigest() != digest:
        raise BadValue(f"{body.name} is not what was sent", hint=f"Its SHA-256 was {digest}.")
    return content


@app.command()
def series(
    keys: Keys = None,
    *,
    form: Annotated[SeriesForm, typer.Option("--as", help="Form of the file.")] = SeriesForm.CSV,
    out: Out = None,
    as_json: Json = False,
) -> None:
    """An indicator through time, for areas."""
    write(address_of(f"series.{form}", keys), out, as_json=as_json)


@app.command(name="map")
def areas(
    keys: Keys = None,
    *,
    form: Annotated[MapForm, typer.Option("--as", help="Form of the file.")] = MapForm.CSV,
    out: Out = None,
    as_json: Json = False,
) -> None:
    """An indicator in one period, for every area of a level."""
    write(address_of(f"map.{form}", keys), out, as_json=as_json)


@app.command()
def grid(
    keys: Keys = None,
    *,
    form: Annotated[GridForm, typer.Option("--as", help="Form of the file.")] = GridForm.TIF,
    out: Out = None,
    as_json: Json = False,
) -> None:
    """The cells of an indicator in one period, cut out by an area or a box."""
    write(address_of(f"grid.{form}", keys), out, as_json=as_json)


def address_of(name: str, keys: list[str] | None) -> str:
    """The address of the API for a file.

    Example:
        >>> address_of("map.csv", ["lvl=adm0", "v=stock"])
        '/api/v1/map.csv?lvl=adm0&v=stock'
    """
    pairs = [key.partition("=") for key in keys or ()]
    wrong = next((name for name, equals, _ in pairs if not equals), None)
    if wrong is not None:
        raise BadValue(f"{wrong!r} is no key", hint="Keys have a value: area=FRA")
    query = urlencode([(name, value) for name, _, value in pairs], safe="~.,")
    return f"/api/v1/{name}" + (f"?{query}" if query else "")


def _check_place(target: Path) -> None:
    """Refuse a place that no file can be written to, before anything is computed.

    Raises:
        BadValue: says why.
    """
    if target.is_dir():
        raise BadValue(f"{target} is a folder", hint="Name a file in it: -o FOLDER/FILE")
    if not target.parent.is_dir():
        raise BadValue(f"{target.parent} is no folder", hint="Make it first")
    if not os.access(target.parent, os.W_OK):
        raise BadValue(f"{target.parent} cannot be written to")


def write(address: str, out: Path | None, *, as_json: bool, body: bytes | None = None) -> None:
    """Make what an address of the API answers, and tell the file.

    Raises:
        BadValue: the API refuses, and says why; or no file can be written there.
    """
    from soc_monitor.making import make  # noqa: PLC0415  # heavy

    target = out or Path(f"export.{address.partition('?')[0].partition('.')[2]}")
    _check_place(target)
    with open_store_for_runs() as (settings, store), bars() as report:
        made = make(
            store,
            settings,
            address,
            target,
            body=body,
            report=lambda done, total: report("export", done, total),
        )
    if out is None and made.name:
        target = target.replace(made.name)
    emit({"file": str(target), "bytes": made.size, "sha256": made.sha256}, as_json=as_json)
