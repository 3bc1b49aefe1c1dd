"""Order: what cannot be less, or more, than another layer of the same period, cell by cell."""

from collections.abc import Callable, Sequence

import numpy as np

from soc_monitor.errors import ItemRejected
from soc_monitor.model import Cube, Layer
from soc_monitor.runs.check import blocks
from soc_monitor.runs.place import Block
from soc_monitor.store import arrays, read_slices
from soc_monitor.store.chunks import CHUNK
from soc_monitor.store.intake import NewSlice
from soc_monitor.store.store import Store


def check_order(store: Store, layer: Layer, piece: NewSlice, made: Sequence[NewSlice]) -> None:
    """A layer stands to another of its period as declared; one that is not there says nothing.

    Args:
        store: where the other may be.
        layer: what is declared.
        piece: what was written of it.
        made: what else was written of the same file.

    Raises:
        ItemRejected: more cells than allowed lie on the wrong side.
    """
    for other, word in ((layer.at_least, "below"), (layer.at_most, "above")):
        if other is None:
            continue
        theirs = _reader(store, other, layer, made)
        if theirs is None:
            continue
        both, wrong = 0, 0
        for rows in blocks(layer.cube.grid, CHUNK):
            mine, his = arrays.read_path(store, piece.path, rows), theirs(rows)
            known = ~(_missing(mine, layer.cube) | _missing(his, other))
            step = mine[known] * layer.cube.scale - his[known] * other.scale
            both += int(known.sum())
            wrong += int((step < 0).sum() if word == "below" else (step > 0).sum())
        if wrong > layer.max_crossing_share * both:
            told = f"{wrong} of {both} cells lie {word} {other.id}"
            raise ItemRejected("order", f"{told}; {layer.max_crossing_share:g} of them may")


def _missing(values: Block, cube: Cube) -> Block:
    fill = values.dtype.type(cube.fill)
    return np.isnan(values) if np.isnan(fill) else values == fill


def _reader(
    store: Store, cube: Cube, layer: Layer, made: Sequence[NewSlice]
) -> Callable[[slice], Block] | None:
    """Reads rows of a cube in the layer's period; None: there are none."""
    for piece in made:
        if (piece.cube.id, piece.period) == (cube.id, layer.period):
            return lambda rows: arrays.read_path(store, piece.path, rows)
    for stored in read_slices.newest_slices(store):
        if (stored.cube.id, stored.period) == (cube.id, layer.period):
            return lambda rows: arrays.read_window(store, stored, rows)
    return None
