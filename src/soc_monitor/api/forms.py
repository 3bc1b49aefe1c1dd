"""Forms: what the pages of those who have signed in send."""

import re
from urllib.parse import parse_qsl

from fastapi import Request

from soc_monitor.errors import BadEntry, BodyTooLarge

LARGEST_FORM = 64 << 10
"""Bytes."""
_PATH = re.compile(r"/(?!/)[\w/~.?=&%-]*")


async def read_body(request: Request, largest: int = LARGEST_FORM) -> bytes:
    """The body, refused as soon as it is too long.

    Raises:
        BodyTooLarge: longer than ``largest`` bytes.
    """
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > largest:
            raise BodyTooLarge(f"more than {largest >> 10} KiB")
    return bytes(body)


async def read_form(request: Request) -> dict[str, str]:
    """The fields of a form; of one that is there twice, the last.

    Raises:
        BodyTooLarge: too long.
        BadEntry: no text in UTF-8, or with a NUL.
    """
    body = await read_body(request)
    try:
        pairs = parse_qsl(
            body.decode(), keep_blank_values=True, errors="strict", max_num_fields=200
        )
    except ValueError as error:
        raise BadEntry("no form") from error
    if any("\0" in text for pair in pairs for text in pair):
        raise BadEntry("a NUL in a form")
    # Browsers send line ends as two characters; what is stored has one.
    return {name: value.replace("\r\n", "\n") for name, value in pairs}


def safe_path(asked: str, instead: str) -> str:
    """An address of this site to go on to, never one of another.

    Example:
        >>> safe_path("/en/ops/queue", "/"), safe_path("//evil.example", "/")
        ('/en/ops/queue', '/')
    """
    return asked if _PATH.fullmatch(asked) else instead


def language_of(sent: dict[str, str]) -> str:
    """The language of the page that a form stands on."""
    code = sent.get("lang", "")
    return code if code in {"en", "fr", "es"} else "en"
