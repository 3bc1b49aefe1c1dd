"""Files: which writer makes which form, and what it needs from the store."""

import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from fastapi import Request
from fastapi.responses import Response

from soc_monitor.api.answers import Stamp, as_json, not_modified, warned
from soc_monitor.api.catalogue import Catalogue
from soc_monitor.api.desk import AT_ONCE, Order, Write, hand_out, is_large
from soc_monitor.api.limits import charge
from soc_monitor.errors import TooLarge
from soc_monitor.exports import Report, Table
from soc_monitor.exports.archive import write_zip
from soc_monitor.exports.delimited import write_csv
from soc_monitor.exports.metadata import csvw, datapackage
from soc_monitor.exports.table import MOST_ROWS
from soc_monitor.model import Area
from soc_monitor.store import places as shapes_of_places

CHECKED = 20_000
"""Rows of a CSV whose description tells its checksum: it is made for that."""


def hand_out_table(
    request: Request,
    catalogue: Catalogue,
    stamp: Stamp,
    table: Table,
    areas: Sequence[Area],
    form: str,
    *,
    bom: bool = False,
    boundaries_id: str,
    full: bool = False,
    computed: bool = False,
) -> Response:
    """A table as a file of a form; ``computed``: it counts as a heavy request at any length.

    Raises:
        TooLarge: it has more rows than any form allows.
    """
    made_from = length_of(table, form)
    order = Order(
        stamp=stamp,
        name=table.about.name,
        ending=form,
        size=made_from,
        most=AT_ONCE,
        computed=computed,
        write=writer(catalogue, table, areas, form, bom=bom, full=full, set_id=boundaries_id),
    )
    answer = hand_out(request, catalogue, order)
    if table.about.provisional:
        answer.headers.update(warned([*stamp.warned, "provisional"]))
    if form == "csv":
        described = stamp.beside("csv-metadata.json").location
        about = f'<{described}>; rel="describedby"; type="application/csvm+json"'
        quoted = answer.headers.get("Link")
        answer.headers["Link"] = f"{quoted}, {about}" if quoted else about
    return answer


def length_of(table: Table, form: str) -> int:
    """Rows that a file is made from.

    Raises:
        TooLarge: they are more than its form holds, or than any form.
    """
    made_from = table.tidy or table.total
    match form:
        case "xlsx":
            from soc_monitor.exports import workbook  # noqa: PLC0415  # heavy

            most = workbook.MOST_ROWS
        case "gpkg":
            from soc_monitor.exports import geopackage  # noqa: PLC0415  # heavy

            most = geopackage.MOST_ROWS
        case "nc":
            from soc_monitor.exports import netcdf  # noqa: PLC0415  # heavy

            most = netcdf.MOST_CELLS
        case _:
            most = MOST_ROWS
    rows = table.total if form == "xlsx" else made_from
    if made_from > MOST_ROWS or rows > most:
        raise TooLarge(
            f"{max(rows, made_from):,} rows, {min(most, MOST_ROWS):,} are allowed",
            hint="Ask for parts." if most >= MOST_ROWS else "Ask for CSV or Parquet.",
        )
    return made_from


def writer(
    catalogue: Catalogue,
    table: Table,
    areas: Sequence[Area],
    form: str,
    *,
    bom: bool,
    full: bool,
    set_id: str,
) -> Write:
    """What writes a table in a form."""
    match form:
        case "csv":
            return lambda path, report: _no_more(write_csv(table, path, report, bom=bom))
        case "parquet":
            from soc_monitor.exports.parquet import write_parquet  # noqa: PLC0415  # heavy

            return partial(write_parquet, table)
        case "xlsx":
            from soc_monitor.exports.workbook import write_xlsx  # noqa: PLC0415  # heavy

            return partial(write_xlsx, table)
        case "zip":
            return partial(write_zip, table)
        case "nc":
            from soc_monitor.exports.netcdf import (  # noqa: PLC0415  # heavy
                WORLD_BOX,
                Place,
                write_netcdf,
            )

            language = table.about.language
            places = [
                Place(code=area.code, name=area.name(language), box=area.bbox or WORLD_BOX)
                for area in areas
            ]
            return lambda path, report: write_netcdf(table, path, places, report)
        case _:
            assert form == "gpkg", form
            from soc_monitor.exports.geopackage import write_geopackage  # noqa: PLC0415  # heavy

            codes = [area.code for area in areas]

            def write(path: Path, report: Report) -> None:
                shapes = shapes_of_places.wkb(catalogue.store, set_id, codes, full=full)
                write_geopackage(table, path, shapes, report)

            return write


def _no_more(_: object) -> None:
    """A file is written for its own sake."""


def describe(
    request: Request,
    stamp: Stamp,
    table: Table,
    kind: str,
    *,
    bom: bool = False,
    computed: bool = False,
) -> Response:
    """What describes a CSV: ``csv-metadata.json`` or ``datapackage.json``.

    Raises:
        TooOften: the CSV is large, and the reader has had too many made.
    """
    same = not_modified(request, stamp)
    if same is not None:
        return same
    url = table.about.sibling("csv")
    rows = table.tidy or table.total
    if rows <= CHECKED and (computed or is_large(rows, AT_ONCE)):
        charge(request)  # the CSV is made for its checksum
    digest, size = _checksum(table, bom=bom)
    if kind == "datapackage.json":
        return as_json(datapackage(table, url, digest, size, bom=bom), stamp)
    return as_json(csvw(table, url, digest), stamp, "application/csvm+json")


def _checksum(table: Table, *, bom: bool) -> tuple[str, int]:
    """SHA-256 and length of a CSV; of one that takes long to make they are not known here."""
    if (table.tidy or table.total) > CHECKED:
        return "", 0
    with tempfile.TemporaryDirectory(prefix="soc-export-") as folder:
        return write_csv(table, Path(folder) / "data.csv", bom=bom)
