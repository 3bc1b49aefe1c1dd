"""Uploads: shapes that a reader sends, whatever their form."""

import json
import tempfile
from pathlib import Path

from soc_monitor.errors import BadShape, ItemRejected
from soc_monitor.feeds.decode import decode_rows
from soc_monitor.maps.shapes import Bounds, Shape, read_shapes

LARGEST_BODY = 20 << 20
"""Bytes."""
_GEOPACKAGE, _ZIP = b"SQLite format 3\0", b"PK\x03\x04"


def read_upload(body: bytes, bounds: Bounds, *, together: bool = False) -> list[Shape]:
    """The shapes of GeoJSON, a GeoPackage or a zipped Shapefile.

    The latter two are decoded in the process that feeds' files are decoded in: behind locks, with
    no network, bounded memory and time.

    Raises:
        BadShape: it holds no shape that can be measured, or its decoder died.
    """
    if body.startswith((_GEOPACKAGE, _ZIP)):
        body = _decoded(body)
    return read_shapes(body, bounds, together=together)


def _decoded(body: bytes) -> bytes:
    """A file of shapes as GeoJSON."""
    with tempfile.TemporaryDirectory(prefix="soc-upload-") as place:
        folder = Path(place) / "upload"
        folder.mkdir()
        file = folder / "file"
        file.write_bytes(body)
        try:
            rows = list(decode_rows("shapes", file, Path(place) / "scratch"))
        except ItemRejected as error:
            raise BadShape(
                f"{error.rule}: {error.found}",
                hint="GeoJSON, a GeoPackage, or one Shapefile in a zip with its .shx, .dbf, .prj.",
            ) from error
    return json.dumps({"type": "FeatureCollection", "features": rows}).encode()
