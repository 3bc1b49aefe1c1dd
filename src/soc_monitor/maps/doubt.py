"""Doubt: tiles that lie over a map where its numbers are not certain, hatched or faded."""

import io
from collections.abc import Collection
from enum import StrEnum

import numpy as np
from PIL import Image

from soc_monitor.maps.fill import Outlines, held_labels
from soc_monitor.maps.held import Array, Held
from soc_monitor.maps.mercator import SIZE
from soc_monitor.maps.runs import runs_of
from soc_monitor.maps.sheet import Sheet, sample, sample_slice
from soc_monitor.model.series import LARGEST_DOUBT, NORMAL_95
from soc_monitor.store.store import Store


class Style(StrEnum):
    """How doubt is drawn."""

    HATCH = "hatch"
    """Diagonal stripes, dark with a light edge: seen on every colour of every scale."""
    MASK = "mask"
    """Faded towards white."""


STEP = 8
"""Pixels between stripes; it divides a tile, so that stripes join across tiles."""
CLEAR, DARK, LIGHT, VEIL = range(4)
_INKS = bytes((0, 0, 0, 31, 35, 40, 255, 255, 255, 255, 255, 255))
_ALPHA = bytes((0, 190, 150, 190))


def doubt_table(outlines: Outlines, doubtful: Collection[str]) -> Array:
    """Whether each label is drawn.

    Args:
        outlines: of a level.
        doubtful: codes of the areas whose number is not certain.

    Returns:
        (1 + area) bool, as ``label_tile`` counts.
    """
    return np.array([False, *(code in doubtful for code in outlines.codes)])


def doubt_tile(
    held: Held, outlines: Outlines, doubts: Array, style: Style, tile: tuple[int, int, int]
) -> bytes:
    """A PNG of 256 x 256 pixels: areas whose number is not certain.

    Args:
        held: keeps label tiles.
        outlines: of a level.
        doubts: by label, from ``doubt_table``.
        style: how they are drawn.
        tile: z, x, y.

    Raises:
        UnknownTile: too deep, or outside the world.
    """
    return _png(doubts[held_labels(held, outlines, *tile)], style)


def grid_doubt_tile(
    store: Store,
    held: Held,
    sheet: Sheet,
    style: Style,
    tile: tuple[int, int, int],
    *,
    signed: bool,
) -> bytes:
    """The same for single cells; nothing where the product gives no error of its cells.

    Args:
        store: where the arrays are.
        held: keeps arrays.
        sheet: an indicator's map of one period.
        style: how doubt is drawn.
        tile: z, x, y.
        signed: the indicator is a change: not certain means that zero is inside its interval.

    Raises:
        UnknownTile: too deep, or outside the world.
        ArrayDamaged: a stored array cannot be read.
    """
    runs = runs_of(sheet, *tile)
    if sheet.cell_errors is None:
        return _png(np.zeros((SIZE, SIZE), bool), style)
    places = (runs.lons, runs.lats, runs.pixel)
    size = np.abs(sample(store, held, sheet, *places))
    half = NORMAL_95 * sample_slice(store, held, sheet.cell_errors, *places)
    # A comparison with NaN is False: no data is never in doubt.
    return _png(runs.spread(half >= size if signed else half > LARGEST_DOUBT * size), style)


def _png(doubtful: Array, style: Style) -> bytes:
    inked = np.where(doubtful, _PATTERNS[style], np.uint8(CLEAR))
    image = Image.frombytes("P", (SIZE, SIZE), inked.tobytes())
    image.putpalette(_INKS)
    buffer = io.BytesIO()
    image.save(buffer, "PNG", transparency=_ALPHA, compress_level=1)
    return buffer.getvalue()


def _stripes() -> Array:
    rows, columns = np.mgrid[0:SIZE, 0:SIZE]
    place = (rows + columns) % STEP
    return np.select([place < 2, place == 2], [DARK, LIGHT], CLEAR).astype(np.uint8)


_PATTERNS: dict[Style, Array] = {
    Style.HATCH: _stripes(),
    Style.MASK: np.full((SIZE, SIZE), VEIL, np.uint8),
}
