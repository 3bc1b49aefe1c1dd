"""``/editing/registers/{register}/table``: a whole table, looked at first and then proposed.

Nothing of it is kept until it is proposed, and nothing reaches readers before it was reviewed.
"""

import tempfile
from pathlib import Path as File
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from soc_monitor.api import session
from soc_monitor.api.answers import dump
from soc_monitor.api.catalogue import catalogue_of
from soc_monitor.api.forms import read_body
from soc_monitor.errors import BadValue
from soc_monitor.progress.importing import Preview, preview
from soc_monitor.progress.registers import find_register
from soc_monitor.runs.importing import read_table
from soc_monitor.store import editors, registers

router = APIRouter(prefix="/editing", include_in_schema=False)

LARGEST = 4 << 20
"""Bytes of a table; a longer one is imported by the command."""
MOST_NAMED = 200
"""Headers that can be said to be a field."""


async def _read(request: Request) -> bytes:
    return await read_body(request, LARGEST)


class Asked(BaseModel):
    """How a table is to be taken."""

    propose: bool = False
    """False: only say what each row would be."""
    sheet: Annotated[str, Field(max_length=100)] = ""
    reason: Annotated[str, Field(max_length=500)] = ""
    header: Annotated[list[str], Field(max_length=MOST_NAMED)] = []
    """Headers that are not known,"""
    field: Annotated[list[str], Field(max_length=MOST_NAMED)] = []
    """and the field that each of them is."""

    @property
    def named(self) -> dict[str, str]:
        """Header to field.

        Raises:
            BadValue: not as many of one as of the other.
        """
        try:
            return dict(zip(self.header, self.field, strict=True))
        except ValueError as error:
            raise BadValue("header and field: not as many of one as of the other") from error


@router.post("/registers/{register}/table")
def table(
    request: Request,
    register: Annotated[str, Path(max_length=40)],
    asked: Annotated[Asked, Query()],
    body: Annotated[bytes, Depends(_read)],
) -> Response:
    """What every row of a CSV or XLSX would be; with ``propose=true``, those that are fine wait.

    A session sends the token of its form in the header ``X-Form-Token``.
    """
    told = {session.TOKEN: request.headers.get("x-form-token", "")}
    by = editors.allow(session.writer(request, told), register=register).owner
    spec = find_register(register)
    with tempfile.TemporaryDirectory(prefix="soc-table-") as place:
        file = File(place) / "table"
        file.write_bytes(body)
        found = preview(spec, read_table(file, asked.sheet), asked.named)
    store = catalogue_of(request).store
    if asked.propose:
        done = registers.propose(store, register, found.entries, by=by, reason=asked.reason)
    else:
        done = registers.verdicts(store, register, found.entries)
    return Response(
        dump({"proposed": asked.propose, **_told(found, done)}),
        media_type="application/json",
        headers={"Cache-Control": "no-store"},
    )


def _told(found: Preview, done: dict[str, str]) -> dict[str, object]:
    return {
        "header_row": found.header_row,
        "mapping": dict(found.mapping),
        "ignored": list(found.ignored),
        "rows": [
            {
                "row": one.row,
                "outcome": done[one.key] if one.body is not None else one.outcome,
                "key": one.key,
                "message": one.message,
            }
            for one in found.results
        ],
    }
