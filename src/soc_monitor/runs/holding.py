"""Holding: a step too great to be believed unseen is put before an operator, with a picture."""

import numpy as np

from soc_monitor.errors import ItemHeld
from soc_monitor.model import Layer, Slice
from soc_monitor.store import arrays, holds, intake, read
from soc_monitor.store.holds import Preview
from soc_monitor.store.intake import NewItem
from soc_monitor.store.runs import OpenRun
from soc_monitor.store.store import Store

MOST = 360
"""Cells of a picture, along its longer side."""


def check_shift(
    store: Store, run: OpenRun, new: NewItem, layer: Layer, array: object, median: float | None
) -> None:
    """A step of the median from one period to the next is not greater than the job allows.

    Args:
        store: where the earlier periods are.
        run: the run that has read it.
        new: the file.
        layer: what is declared of it.
        array: what was written of it, (y, x) as the cube stores it; not yet a slice.
        median: of its valid cells [source unit]; None: it has none.

    Raises:
        ItemHeld: it is greater, and no operator has taken this file yet.
    """
    before = intake.median_before(store, layer.cube.id, layer.period)
    if layer.max_shift is None or median is None or before is None:
        return
    period, old = before
    if abs(median - old) <= layer.max_shift:
        return
    word = holds.word_on(store, run.job_id, new.sha256)
    if word == "accepted":
        return
    told = f"median {median:.4g}, {old:.4g} in {period}: {layer.max_shift:g} is the most"
    if word == "rejected":
        raise ItemHeld("shift", f"{told}; an operator has refused it", waits=False)
    piece = next(
        one
        for one in read.newest_slices(store)
        if (one.cube.id, one.period) == (layer.cube.id, period)
    )
    holds.hold(store, run, new, _preview(store, layer, array, piece), "shift", told)
    raise ItemHeld("shift", f"{told}; it waits for an operator's word", waits=True)


def _preview(store: Store, layer: Layer, array: object, piece: Slice) -> Preview:
    rows, columns = layer.cube.grid.shape
    every = max(1, -(-max(rows, columns) // MOST))
    some = slice(every // 2, None, every)
    after = np.asarray(array[some, some])  # type: ignore[index]  # a Zarr array
    before = arrays.read_window(store, piece, some, some)
    both = np.stack([before, after])
    values = both.astype("<f4") * np.float32(layer.cube.scale)
    values[both == both.dtype.type(layer.cube.fill)] = np.nan
    return Preview(
        cube_id=layer.cube.id,
        period=layer.period,
        period_before=piece.period,
        unit=layer.cube.unit,
        rows=after.shape[0],
        columns=after.shape[1],
        values=values.tobytes(),
    )
