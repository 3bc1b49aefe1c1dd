"""Filled areas: a label tile says which area a pixel is in, a small table its colour."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from threading import Lock

import numpy as np
import shapely

from soc_monitor.maps.held import Array, Held
from soc_monitor.maps.image import classify, clear, no_data, png
from soc_monitor.maps.mercator import SIZE, check_tile, project
from soc_monitor.model.scale import Scale

_RASTERISING = Lock()
FULL = 1 - 1e-9
"""Share of a tile that is all of it, but for rounding: far less than half a pixel of its edge."""


@dataclass(frozen=True, slots=True, eq=False)
class Outlines:
    """The outlines of a level, in Web Mercator, ready to be drawn."""

    key: str
    """Tells these outlines from all others."""
    codes: tuple[str, ...]
    shapes: Array
    """Geometries in fractions of the world square, y downwards, in the order of the codes."""
    tree: shapely.STRtree


def project_outlines(key: str, outlines: Iterable[tuple[str, bytes]]) -> Outlines:
    """Outlines (code, WKB in degrees), made ready to be drawn."""
    pairs = list(outlines)
    shapes = np.array(shapely.from_wkb([wkb for _, wkb in pairs]), dtype=object)
    projected = np.array(shapely.transform(shapes, project), dtype=object)
    return Outlines(key, tuple(code for code, _ in pairs), projected, shapely.STRtree(projected))


def label_tile(outlines: Outlines, z: int, x: int, y: int) -> Array:
    """Which area each pixel's centre is in: 0 for none, else 1 + its place in the codes.

    Returns:
        (256, 256) uint16.
    """
    check_tile(z, x, y)
    side = 1.0 / (1 << z)
    west, north = x * side, y * side
    edge = side / SIZE
    window = (west - edge, north - edge, west + side + edge, north + side + edge)
    drawn = []
    for place in sorted(outlines.tree.query(shapely.box(*window))):
        part = _clip(outlines.shapes[place], window)
        if not shapely.is_empty(part):
            drawn.append((part, place + 1))
    if not drawn:
        return np.zeros((SIZE, SIZE), np.uint16)
    # The last one lies on top. Deep inside of an area nothing else is to be drawn.
    if _fills(drawn[-1][0], window):
        return np.full((SIZE, SIZE), drawn[-1][1], np.uint16)
    from rasterio.features import rasterize  # noqa: PLC0415  # heavy
    from rasterio.transform import Affine  # noqa: PLC0415  # likewise

    transform = Affine(edge, 0.0, west, 0.0, edge, north)
    # It silences a warning for all threads while it works: two at once would leave it silent, or
    # let it through.
    with _RASTERISING:
        return np.asarray(rasterize(drawn, (SIZE, SIZE), transform=transform, dtype="uint16"))


def _clip(shape: shapely.Geometry, window: tuple[float, float, float, float]) -> shapely.Geometry:
    try:
        return shapely.clip_by_rect(shape, *window)
    except shapely.GEOSException:
        return shape  # An outline that simplifying has crossed is drawn whole.


def _fills(shape: shapely.Geometry, window: tuple[float, float, float, float]) -> bool:
    whole = (window[2] - window[0]) * (window[3] - window[1])
    return bool(shapely.get_num_coordinates(shape) == 5 and shapely.area(shape) >= whole * FULL)


def class_table(outlines: Outlines, values: Mapping[str, float], scale: Scale) -> Array:
    """The class of each label: transparent for none, grey for an area without an estimate.

    Args:
        outlines: of a level.
        values: by code [the scale's unit].
        scale: whose classes.

    Returns:
        (1 + area) uint8, as ``label_tile`` counts.
    """
    numbers = np.array([values.get(code, np.nan) for code in outlines.codes], dtype=np.float64)
    return np.concatenate(([clear(scale)], classify(numbers, scale, no_data(scale)))).astype("u1")


def fill_tile(
    held: Held, outlines: Outlines, classes: Array, scale: Scale, z: int, x: int, y: int
) -> bytes:
    """A PNG of 256 x 256 pixels: areas in the colour of their class.

    Args:
        held: keeps label tiles.
        outlines: of a level.
        classes: by label, from ``class_table``.
        scale: its colours.
        z, x, y: the tile.

    Raises:
        UnknownTile: too deep, or outside the world.
    """
    return png(classes[held_labels(held, outlines, z, x, y)], scale)


def held_labels(held: Held, outlines: Outlines, z: int, x: int, y: int) -> Array:
    """A label tile, made where it is not kept; not to be written into.

    Raises:
        UnknownTile: too deep, or outside the world.
    """
    check_tile(z, x, y)
    return held.get((outlines.key, z, x, y), lambda: label_tile(outlines, z, x, y))
