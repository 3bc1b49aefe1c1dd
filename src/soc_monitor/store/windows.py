"""Windows: some rows and columns of an array, from the chunks that hold them and no others."""

import json
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from soc_monitor.store.chunks import read_chunk


def read_box(folder: Path, dtype: np.dtype[Any], rows: slice, columns: slice) -> Any:
    """The stored values of a box, read now; each chunk that it touches is unpacked once.

    Args:
        folder: of an array that was made with ``packing``.
        dtype: of the stored values.
        rows: of the box.
        columns: of the box.

    Returns:
        (y, x), or (time, y, x) of a block of periods, all of them.

    Raises:
        OSError: the array or a chunk of it is not there.
        ValueError, RuntimeError, KeyError: it cannot be read.
    """
    # Opening it by zarr costs more than a chunk does.
    made = json.loads((folder / "zarr.json").read_bytes())
    shape, chunks = tuple(made["shape"]), tuple(made["chunk_grid"]["configuration"]["chunk_shape"])
    (y0, y1, _), (x0, x1, _) = rows.indices(shape[-2]), columns.indices(shape[-1])
    height, width = chunks[-2:]
    size = (max(0, y1 - y0), max(0, x1 - x0))
    # Periods lie side by side in memory, as they are stored and as the sums want them.
    box = np.moveaxis(np.empty((*size, *shape[:-2]), dtype), (0, 1), (-2, -1))
    tiles = product(
        range(y0 // height, -(-y1 // height)) if y1 > y0 else (),
        range(x0 // width, -(-x1 // width)) if x1 > x0 else (),
    )
    before = (0,) * (len(shape) - 2)
    for i, j in tiles:
        values = read_chunk(str(folder), shape, chunks, dtype, block_id=(*before, i, j))
        top, left = i * height, j * width
        a, b = max(y0, top), min(y1, top + values.shape[-2])
        c, d = max(x0, left), min(x1, left + values.shape[-1])
        box[..., a - y0 : b - y0, c - x0 : d - x0] = values[
            ..., a - top : b - top, c - left : d - left
        ]
    return box
