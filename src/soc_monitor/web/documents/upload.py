"""Upload: a form with a file, never longer than it may be."""

from dataclasses import dataclass

from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import Message

from soc_monitor.web.client import ApiProblem

BESIDE = 1 << 20
"""Bytes of a form beside its file: its other fields, and the lines between them."""


@dataclass(frozen=True, slots=True)
class Upload:
    """What a form brought."""

    fields: dict[str, str]
    file: bytes
    """Empty: no file was chosen."""
    file_name: str


async def read_upload(request: Request, largest: int, *, most_fields: int = 20) -> Upload:
    """The fields of a form and its file; what is spooled to disk is gone when this returns.

    Args:
        request: with a form in its body.
        largest: bytes of the file, or of the field that stands for it.
        most_fields: how many fields the form may have.

    Raises:
        ApiProblem: 413, it is longer; 422, it is no form.
    """
    left = largest + BESIDE

    async def receive() -> Message:
        nonlocal left
        message = await request.receive()
        left -= len(message.get("body", b""))
        if left < 0:
            raise ApiProblem(413, {"type": "/body-too-large"})
        return message

    counted = Request(request.scope, receive)
    try:
        async with counted.form(max_files=1, max_fields=most_fields, max_part_size=largest) as form:
            return await _taken(form)
    except HTTPException as error:
        # A text field that is too long, or a body that is no form.
        kind = "/body-too-large" if "size" in str(error.detail) else "/bad-shape"
        raise ApiProblem(422, {"type": kind, "detail": str(error.detail)}) from error


async def _taken(form: FormData) -> Upload:
    fields = {name: value for name, value in form.items() if isinstance(value, str)}
    found = form.get("file")
    if not isinstance(found, UploadFile):
        return Upload(fields, b"", "")
    return Upload(fields, await found.read(), found.filename or "")
