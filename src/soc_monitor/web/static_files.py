"""Static files: named by their content, compressed once, kept for ever by browsers."""

import gzip
import hashlib
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import brotli
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

FOLDER = Path(__file__).parent / "static"
VENDOR = FOLDER.parent / "vendor"
LEAFLET = ("leaflet.js", "leaflet.css")
"""Of the vendored files, those that pages ask for by name."""
FOREVER = "public, max-age=31536000, immutable"

BELOW = "/* --- Below the first view"
"""What stands in the style sheet where the first view ends."""

TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
}


@dataclass(frozen=True, slots=True)
class Packed:
    """A file, compressed once."""

    body: bytes
    br: bytes
    gz: bytes
    media_type: str
    tag: str
    """First 16 digits of its SHA-256."""


def pack(body: bytes, media_type: str) -> Packed:
    """Compress as far as it goes: done once a process, read many times."""
    return Packed(
        body=body,
        br=brotli.compress(body, quality=9),
        gz=gzip.compress(body, 9, mtime=0),
        media_type=media_type,
        tag=hashlib.sha256(body).hexdigest()[:16],
    )


def answer(request: Request, packed: Packed, cache: str) -> Response:
    """A packed file in the coding that the reader takes, or 304."""
    accepted = request.headers.get("accept-encoding", "")
    coding, body = "", packed.body
    if "br" in accepted:
        coding, body = "br", packed.br
    elif "gzip" in accepted:
        coding, body = "gzip", packed.gz
    headers = {
        "cache-control": cache,
        "etag": f'"{packed.tag}{coding}"',
        "vary": "Accept-Encoding",
        "x-content-type-options": "nosniff",
    }
    if coding:
        headers["content-encoding"] = coding
    if request.headers.get("if-none-match") == headers["etag"]:
        return Response(status_code=304, headers=headers)
    return Response(body, media_type=packed.media_type, headers=headers)


@lru_cache(maxsize=1)
def files() -> dict[str, Packed]:
    """Every static file, by name."""
    single = (*sorted(FOLDER.iterdir()), *(VENDOR / name for name in LEAFLET))
    bodies = {path.name: path.read_bytes() for path in single if path.suffix in TYPES}
    bodies |= {f"{path.name}.js": whole(path) for path in single if path.is_dir()}
    return {name: pack(body, TYPES[Path(name).suffix]) for name, body in bodies.items()}


def whole(folder: Path) -> bytes:
    """The script whose parts are the files of a folder: one idea each, and one request for all.

    Each is a function of its own that shares names by an object; none needs another before all
    are read.
    """
    return b"".join(path.read_bytes() for path in sorted(folder.glob("*.js")))


def static_path(name: str) -> str:
    """The address of a static file, which changes with its content."""
    return f"/static/{files()[name].tag}/{name}"


@lru_cache(maxsize=1)
def first_view() -> Markup:
    """The styles of what a reader sees first, for the page itself: no line is waited for."""
    whole = files()["site.css"].body.decode()
    head, found, _ = whole.partition(BELOW)
    assert found, "site.css does not say where the first view ends"
    return Markup(re.sub(r"/\*.*?\*/\s*|\n", "", head, flags=re.DOTALL))  # noqa: S704  # our own


async def serve(request: Request) -> Response:
    """``/static/{tag}/{name}``; a file of another version is not there."""
    packed = files().get(request.path_params["name"])
    if packed is None or packed.tag != request.path_params["tag"]:
        return Response("not found", status_code=404, media_type="text/plain")
    return answer(request, packed, FOREVER)
