"""Answers: bodies with the headers that say how long they hold."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC
from email.utils import format_datetime
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

import orjson
from fastapi import Request
from fastapi.responses import Response, StreamingResponse

from soc_monitor.api.version import version
from soc_monitor.exports.delimited import csv_text
from soc_monitor.model import Release

JSON, GEOJSON, CSV = "application/json", "application/geo+json", "text/csv; charset=utf-8"
LATEST_HOLDS = "no-cache"
MOVES = "x-moves"
"""Header, kept inside, of an answer that may change without a release."""
PINNED_HOLDS = "public, max-age=31536000, immutable"
LAYOUT_KEYS = frozenset({"shape", "columns", "sort"})
"""What says how a table is laid out."""
PAGING = frozenset({"limit", "cursor"})
"""What says which part of an answer."""
SAYS_EMPTY = frozenset({"datastream"})
"""Keys that say something when they are empty: the sensor without a name."""
STALE = "stale"
"""Code of the warning that an input of the numbers is older than it may be."""
UNLAID = frozenset({"nc", "gpkg", "geojson"})
"""Forms that have a layout of their own."""


@dataclass(frozen=True, kw_only=True)
class Stamp:
    """What tells an answer from every other one."""

    path: str
    keys: Mapping[str, str]
    """The query, with every default filled in and in one order."""
    release: Release | None
    pinned: bool
    """The answer never changes."""
    salt: str = ""
    """What the answer depends on beside the release."""
    named: bool = False
    """The path has the release in it already."""
    licence: str = ""
    """Address of the text of the data's licence; empty: it has none, or there are no data."""
    late: tuple[str, ...] = ()
    """Inputs that the numbers wait for."""

    @cached_property
    def location(self) -> str:
        """Address of the same answer, for ever."""
        return self._address(self.path, frozenset())

    def form(self, suffix: str) -> str:
        """Address of the same answer in another form, whole."""
        left_out = PAGING | LAYOUT_KEYS if suffix in UNLAID else PAGING
        return self._address(f"{self.path.rpartition('.')[0]}.{suffix}", left_out)

    def beside(self, suffix: str) -> "Stamp":
        """Of the same answer in another form, laid out the same.

        Example:
            >>> told = Stamp(path="/a/map.csv-metadata.json", keys={}, release=None, pinned=True)
            >>> told.beside("csv").location
            '/a/map.csv'
        """
        folder, _, name = self.path.rpartition("/")
        return replace(self, path=f"{folder}/{name.partition('.')[0]}.{suffix}")

    def _address(self, path: str, left_out: frozenset[str]) -> str:
        query = "&".join(pair for key, pair in self._pairs.items() if key not in left_out)
        return f"{path}?{query}" if query else path

    @cached_property
    def _pairs(self) -> dict[str, str]:
        """Keys to what stands in the query: an answer gives the addresses of all its forms."""
        keys = {key: told for key, told in self.keys.items() if told or key in SAYS_EMPTY}
        if self.release is not None and not self.named:
            keys["rel"] = self.release.name
        return {key: urlencode({key: value}, safe="~.,") for key, value in keys.items()}

    @property
    def warned(self) -> tuple[str, ...]:
        """Codes of the warnings that follow from the question alone."""
        return (STALE,) if self.late else ()

    @cached_property
    def headers(self) -> dict[str, str]:
        """The headers of the answer, and of a 304 too."""
        made = "" if self.release is None else self.release.published_at.isoformat()
        parts = (version(), made, self.salt, self.location, *self.late)
        digest = hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]
        headers = {
            "ETag": f'"{digest}"',
            "Cache-Control": PINNED_HOLDS if self.pinned else LATEST_HOLDS,
        }
        headers |= warned(self.warned)
        if self.release is not None:
            headers["X-Release"] = self.release.name
            headers["Content-Location"] = self.location
            if self.salt and not self.pinned:
                headers[MOVES] = "1"
            # What to quote: the address that gives these very numbers for ever.
            headers["Link"] = f'<{self.location}>; rel="cite-as"'
            if self.licence:
                headers["Link"] += f', <{self.licence}>; rel="license"'
            if not self.salt:
                headers["Last-Modified"] = format_datetime(
                    self.release.published_at.astimezone(UTC), usegmt=True
                )
        return headers


def not_modified(request: Request, stamp: Stamp) -> Response | None:
    """304 when the reader has this very answer already; None: make it."""
    headers = stamp.headers
    asked = [tag.strip().removeprefix("W/") for tag in request.headers.getlist("if-none-match")]
    known = {tag.strip().removeprefix("W/") for line in asked for tag in line.split(",")}
    if known & {headers["ETag"], "*"}:
        return Response(status_code=304, headers=headers)
    return None


def as_json(content: object, stamp: Stamp, media_type: str = JSON) -> Response:
    """An answer in JSON; numbers in full double precision, dates as ISO text."""
    meta = content.get("meta") if isinstance(content, dict) else None
    warnings = meta.get("warnings", ()) if isinstance(meta, dict) else ()
    headers = stamp.headers | warned(one["code"] for one in warnings)
    return Response(dump_bytes(content), media_type=media_type, headers=headers)


def warned(codes: Iterable[str]) -> dict[str, str]:
    """The header that tells what to know before the numbers are used; none: nothing.

    Example:
        >>> warned(["provisional", "no_rows", "provisional"]), warned([])
        ({'X-Warnings': 'provisional, no_rows'}, {})
    """
    told = ", ".join(dict.fromkeys(codes))
    return {"X-Warnings": told} if told else {}


def dump(content: object) -> str:
    """JSON text, without a space too many.

    Example:
        >>> dump({"value": 0.1, "name": "São"})
        '{"value":0.1,"name":"São"}'
    """
    return dump_bytes(content).decode()


def dump_bytes(content: object) -> bytes:
    """The same in UTF-8; a value of a kind of its own as its text."""
    try:
        return orjson.dumps(content, option=orjson.OPT_SERIALIZE_NUMPY)
    except orjson.JSONEncodeError:
        # A name or a number that a reader sent: half a character, or more than 64 bits.
        return json.dumps(content, allow_nan=False, separators=(",", ":"), default=str).encode()


def as_table(
    columns: Sequence[str],
    rows: Iterable[Mapping[str, Any]],
    stamp: Stamp,
    *,
    name: str,
    bom: bool,
) -> Response:
    """A table of other columns than those of numbers, in CSV."""
    headers = stamp.headers | {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    text = csv_text(rows, columns=columns, bom=bom)
    return StreamingResponse(text, media_type=CSV, headers=headers)
