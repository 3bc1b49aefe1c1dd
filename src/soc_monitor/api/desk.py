"""Desk: hands files out; short ones at once, long ones when the worker has made them."""

import hashlib
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import FileResponse, JSONResponse, Response
from starlette.background import BackgroundTask

from soc_monitor.api.answers import MOVES, Stamp, not_modified
from soc_monitor.api.bodies.files import ExportBody
from soc_monitor.api.catalogue import Catalogue
from soc_monitor.api.cuts import Cuts
from soc_monitor.api.limits import charge
from soc_monitor.api.pending import may_wait
from soc_monitor.api.version import version
from soc_monitor.exports import Report, silent
from soc_monitor.store import exports
from soc_monitor.store.exports import Export

AT_ONCE = 200_000
"""Rows of a file that is made while its reader waits."""
CELLS_AT_ONCE = 4_000_000
"""Cells of a cut-out that is made while its reader waits."""
LIGHT = 50
"""A file of less than this part of what is made at once counts as a plain request."""
BY_PARTS = frozenset({"tif", "nc"})
"""Forms that programs read a part at a time, over HTTP."""
ASK_AGAIN_S = 2
EXPORTS = "exports"
"""Folder of long files inside of the data folder."""

MEDIA = {
    "csv": "text/csv; charset=utf-8",
    "parquet": "application/vnd.apache.parquet",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "nc": "application/x-netcdf",
    "gpkg": "application/geopackage+sqlite3",
    "tif": "image/tiff; application=geotiff; profile=cloud-optimized",
    "zip": "application/zip",
}
"""Endings of files and their media types."""


def answers(*kinds: str) -> dict[int | str, dict[str, Any]]:
    """What a file may be answered with, for the OpenAPI document.

    Example:
        >>> list(answers("image/tiff"))
        [200, 202]
    """
    return {
        200: {"content": {kind.partition(";")[0]: {} for kind in kinds}},
        202: {
            "description": "It is long, and being made: see `Location`",
            "model": ExportBody,
        },
    }


Write = Callable[[Path, Report], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """How one application hands files out."""

    folder: Path
    """Where long files are kept, by id."""
    whole: bool = False
    """Make long files too: this is the worker, or the command."""
    cuts: Cuts
    """Grids that were cut out, kept for a while."""
    report: Report = silent


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A file that is asked for."""

    stamp: Stamp
    name: str
    """Of the file, without its ending."""
    ending: str
    size: int
    """Rows or cells; of cells that are made from several periods, as often as they are read."""
    most: int
    """Rows or cells of one that is made at once."""
    write: Write
    computed: bool = False
    """It counts as a heavy request however short it is."""


def desk_of(request: Request) -> Desk:
    """The desk of the application that a request came to."""
    return desk_of_app(request.app)


def desk_of_app(app: FastAPI) -> Desk:
    """The desk of an application."""
    found = app.state.desk
    assert isinstance(found, Desk)
    return found


def hand_out(request: Request, catalogue: Catalogue, order: Order) -> Response:
    """The file, 304 where the reader has it, or 202 with where to ask how far it is."""
    desk = desk_of(request)
    if later_is_better(request) and not desk.whole:
        may_wait(request, catalogue.store, export_id(order.stamp.location))
        return _later(desk, catalogue, order, told=True)
    same = not_modified(request, order.stamp)
    if same is not None:
        return same
    if order.size > order.most and not desk.whole:
        may_wait(request, catalogue.store, export_id(order.stamp.location))
        return _later(desk, catalogue, order)
    return _now(request, desk, order)


def is_large(size: int, most: int) -> bool:
    """Whether making a file counts as a heavy request.

    Args:
        size: its rows or cells.
        most: rows or cells of one that is made at once.
    """
    return size * LIGHT > most


def later_is_better(request: Request) -> bool:
    """Whether a reader would rather be told where the file will be (RFC 7240)."""
    asked = ",".join(request.headers.getlist("prefer"))
    return "respond-async" in {part.strip().lower() for part in asked.split(",")}


def _now(request: Request, desk: Desk, order: Order) -> Response:
    """Made in a file of its own: bounded memory, a known length, and parts for who asks.

    Raises:
        TooOften: it is large, and the reader has had too many made.
    """
    # The tag says all that the file holds, but the address that a site has.
    told = order.stamp.headers["ETag"] + request.app.state.public_url
    id_ = hashlib.sha256(told.encode()).hexdigest()[:32]
    by_parts = order.ending in BY_PARTS and not desk.whole
    large = (order.computed or is_large(order.size, order.most)) and not desk.whole
    if large and not (by_parts and desk.cuts.has(id_, order.ending)):
        charge(request)
    if by_parts:
        path, give_back = desk.cuts.borrow(
            id_, lambda path: order.write(path, desk.report), order.ending
        )
        return _file(path, order.stamp.headers, order, BackgroundTask(give_back))
    folder = tempfile.TemporaryDirectory(prefix="soc-export-")
    path = Path(folder.name) / f"export.{order.ending}"
    try:
        order.write(path, desk.report)
    except BaseException:
        folder.cleanup()
        raise
    return _file(path, order.stamp.headers, order, BackgroundTask(folder.cleanup))


def _file(
    path: Path, headers: dict[str, str], order: Order, after: BackgroundTask | None = None
) -> Response:
    return FileResponse(
        path,
        media_type=MEDIA[order.ending],
        filename=f"{order.name}.{order.ending}",
        headers=headers,
        background=after,
    )


def _later(desk: Desk, catalogue: Catalogue, order: Order, *, told: bool = False) -> Response:
    """The file where it is made, else where to ask; ``told``: where to ask in any case."""
    ask = partial(
        exports.ask,
        catalogue.store,
        export_id(order.stamp.location),
        address=order.stamp.location,
        name=f"{order.name}.{order.ending}",
        media_type=MEDIA[order.ending],
        total=order.size,
    )
    found = ask()
    if found.state == "done":
        path = desk.folder / found.id
        if path.is_file() and told:
            return accepted(found)
        if path.is_file():
            # Not held in memory: once the file is gone, it is to be made anew.
            return _file(path, order.stamp.headers | {MOVES: "1"}, order)
        found = ask(anew=True)
    return accepted(found)


def export_id(address: str, body: bytes = b"") -> str:
    """The id of an export: the same for the same thing.

    Example:
        >>> len(export_id("/api/v1/series.csv?rel=2026.11.1"))
        32
    """
    digest = hashlib.sha256(f"{version()}\n{address}\n".encode())
    digest.update(body)
    return digest.hexdigest()[:32]


def accepted(export: Export) -> Response:
    """202: being made, and where to ask."""
    where = f"/api/v1/exports/{export.id}"
    headers = {
        "Location": where,
        "Retry-After": str(ASK_AGAIN_S),
        "Cache-Control": "no-store",
    }
    return JSONResponse(body_of(export), HTTPStatus.ACCEPTED, headers=headers)


def body_of(export: Export) -> dict[str, Any]:
    """What is told of an export."""
    link = f"/api/v1/exports/{export.id}"
    eta = None
    if export.state == "running" and export.started_at is not None and export.done:
        spent = (datetime.now(UTC) - export.started_at).total_seconds()
        eta = max(1, round(spent * (export.total - export.done) / export.done))
    return {
        "id": export.id,
        "state": export.state,
        "done": export.done,
        "total": export.total,
        "eta_seconds": eta,
        "detail": export.detail,
        "address": export.address,
        "name": export.name,
        "file": f"{link}/file" if export.state == "done" else None,
        "bytes": export.bytes,
        "sha256": export.sha256,
        "created_at": export.created_at.isoformat(),
        "expires_at": export.expires_at.isoformat(),
        "self": link,
    }
