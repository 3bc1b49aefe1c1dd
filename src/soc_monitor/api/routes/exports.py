"""``/exports/{export_id}``: how far a long export is, and its file."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.responses import FileResponse, Response

from soc_monitor.api.answers import MOVES, dump
from soc_monitor.api.bodies.files import ExportBody
from soc_monitor.api.catalogue import catalogue_of
from soc_monitor.api.desk import ASK_AGAIN_S, body_of, desk_of
from soc_monitor.errors import UnknownExport
from soc_monitor.store import exports

router = APIRouter(tags=["numbers"])

Id = Annotated[
    str,
    Path(max_length=200, description="Id of an export", examples=["0" * 32]),
]


@router.get("/exports/{export_id}", response_model=ExportBody)
def export_state(request: Request, export_id: Id) -> Response:
    """How far a long export is. It is kept for seven days; asked for again, it is made again."""
    found = exports.find(catalogue_of(request).store, export_id)
    headers = {"Cache-Control": "no-store"}
    if found.state in {"waiting", "running"}:
        headers["Retry-After"] = str(ASK_AGAIN_S)
    return Response(dump(body_of(found)), media_type="application/json", headers=headers)


@router.get(
    "/exports/{export_id}/file",
    response_class=Response,
    responses={200: {"content": {"application/octet-stream": {}}}},
)
def export_file(request: Request, export_id: Id) -> Response:
    """The file of an export that is done; parts of it by `Range`."""
    found = exports.find(catalogue_of(request).store, export_id)
    path = desk_of(request).folder / found.id
    if found.state != "done" or not path.is_file():
        raise UnknownExport(
            f"export {found.id} is {found.state}", hint=f"GET /api/v1/exports/{found.id}"
        )
    left = found.expires_at - datetime.now(UTC)
    headers = {
        "ETag": f'"{found.sha256}"',
        "Cache-Control": f"public, max-age={min(86_400, max(0, int(left.total_seconds())))}",
        MOVES: "1",  # not held in memory: once it has expired, it is to be gone
    }
    return FileResponse(path, media_type=found.media_type, filename=found.name, headers=headers)
