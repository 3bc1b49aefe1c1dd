"""Own text: places that a reader typed, one a line, as GeoJSON.

An empty line begins another ring: a hole where it begins inside of one before it, else a part of
its own. Text that begins with a brace is GeoJSON already.
"""

import json
import math
import re

import shapely

Ring = list[tuple[float, float]]


class BadLine(ValueError):
    """A line that holds no place."""

    def __init__(self, number: int, line: str) -> None:
        """``number``: of the line, the first being 1."""
        super().__init__(f"line {number}: {line[:60]}")
        self.number = number
        self.line = line[:60]


def as_geojson(text: str) -> bytes:
    r"""What was typed as a GeoJSON document.

    Raises:
        BadLine: a line is not a longitude and a latitude.

    Example:
        >>> as_geojson("0 40; 10 40; 10 50")
        Traceback (most recent call last):
        ...
        soc_monitor.web.own_text.BadLine: line 1: 0 40; 10 40; 10 50
        >>> json.loads(as_geojson("0 40\n10 40\n10,0 50"))["coordinates"]
        [[[[0.0, 40.0], [10.0, 40.0], [10.0, 50.0], [0.0, 40.0]]]]
    """
    if text.lstrip()[:1] in {"{", "["}:
        return text.encode()
    polygons = _nested(rings(text))
    return json.dumps({"type": "MultiPolygon", "coordinates": polygons}).encode()


def rings(text: str) -> list[Ring]:
    """The rings of a text, each closed."""
    found: list[Ring] = [[]]
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            found.append([])
        else:
            found[-1].append(_place(number, line))
    return [[*ring, ring[0]] if ring[0] != ring[-1] else ring for ring in found if ring]


def _place(number: int, line: str) -> tuple[float, float]:
    """Longitude and latitude of a line; with a comma in numbers, too: ``2,35 48,85``."""
    parts = re.split(r"[;\s]+|(?<=\d),\s+", line.strip())
    if len(parts) == 1:
        parts = parts[0].split(",")
    try:
        lon, lat = (float(part.replace(",", ".").replace("\u2212", "-")) for part in parts if part)
    except ValueError as error:
        raise BadLine(number, line) from error
    if not (math.isfinite(lon) and math.isfinite(lat)):
        raise BadLine(number, line)
    return lon, lat


def _nested(found: list[Ring]) -> list[list[Ring]]:
    """Rings as polygons: one that begins inside of another is its hole."""
    polygons: list[list[Ring]] = []
    for ring in found:
        first = shapely.Point(ring[0])
        around = next(
            (
                polygon
                for polygon in polygons
                if len(polygon[0]) > 3 and shapely.Polygon(polygon[0]).contains(first)
            ),
            None,
        )
        if around is None:
            polygons.append([ring])
        else:
            around.append(ring)
    return polygons
