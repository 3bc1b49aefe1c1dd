"""Answers: bodies with the headers that say how long they hold."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import Response, StreamingResponse

from soc_monitor.api.version import version
from soc_monitor.exports.delimited import csv_text
from soc_monitor.model import Release

JSON, GEOJSON, CSV = "application/json", "application/geo+json", "text/csv; charset=utf-8"
LATEST_HOLDS = "no-cache"
PINNED_HOLDS = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True, kw_only=True)
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

    @property
    def location(self) -> str:
        """Address of the same answer, for ever."""
        keys = {key: value for key, value in self.keys.items() if value}
        if self.release is not None and not self.named:
            keys["rel"] = self.release.name
        return self.path + (f"?{urlencode(keys, safe='~.,')}" if keys else "")

    def form(self, suffix: str) -> str:
        """Address of the same answer in another form, whole."""
        keys = {key: value for key, value in self.keys.items() if key not in {"limit", "cursor"}}
        path = f"{self.path.rpartition('.')[0]}.{suffix}"
        return replace(self, path=path, keys=keys).location

    @property
    def headers(self) -> dict[str, str]:
        """The headers of the answer, and of a 304 too."""
        made = "" if self.release is None else self.release.published_at.isoformat()
        parts = (version(), made, self.salt, self.location)
        digest = hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]
        headers = {
            "ETag": f'"{digest}"',
            "Cache-Control": PINNED_HOLDS if self.pinned else LATEST_HOLDS,
        }
        if self.release is not None:
            headers["X-Release"] = self.release.name
            headers["Content-Location"] = self.location
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
    return Response(dump(content), media_type=media_type, headers=stamp.headers)


def dump(content: object) -> str:
    """JSON text, without a space too many.

    Example:
        >>> dump({"value": 0.1, "name": "São"})
        '{"value":0.1,"name":"São"}'
    """
    return json.dumps(
        content, ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_plain
    )


def _plain(value: Any) -> str:
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


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
