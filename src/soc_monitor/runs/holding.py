"""Holding: what must not be believed unseen is put before an operator, with a picture."""

from collections.abc import Sequence
from datetime import date

import numpy as np

from soc_monitor.errors import ItemHeld
from soc_monitor.model import Layer, Slice
from soc_monitor.store import arrays, holds, intake, read_slices
from soc_monitor.store.holds import Preview
from soc_monitor.store.intake import NewItem
from soc_monitor.store.runs import OpenRun
from soc_monitor.store.store import Store

MOST = 360
"""Cells of a picture, along its longer side."""
NAMED = 20
"""Missing tiles that are told by name; of the others the number."""


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
    if abs(median - old) > layer.max_shift:
        told = f"median {median:.4g}, {old:.4g} in {period}: {layer.max_shift:g} is the most"
        _ask(store, run, new, layer, array, "shift", told)


def check_double(store: Store, run: OpenRun, new: NewItem, layer: Layer, array: object) -> None:
    """A file does not hold the very bytes that came as another period under another name.

    Args:
        store: where the earlier files are.
        run: the run that has read it.
        new: the file.
        layer: what is declared of it.
        array: what was written of it, (y, x) as the cube stores it; not yet a slice.

    Raises:
        ItemHeld: it does, and no operator has taken it as this period yet.
    """
    other = intake.other_period(store, run.job_id, new, layer.cube.id, layer.period)
    if other is not None:
        told = f"the same bytes as {other[0]}, which was taken as {other[1]}"
        _ask(store, run, new, layer, array, "duplicate", told, layer.period)


def check_tiles(
    store: Store,
    run: OpenRun,
    new: NewItem,
    layer: Layer,
    array: object,
    missing: Sequence[str],
    whole: int,
) -> None:
    """Every tile of a period is there.

    Args:
        store: where the earlier periods are.
        run: the run that has read them.
        new: the tiles that are there, as one.
        layer: what is declared of them.
        array: what was written of them, (y, x) as the cube stores it; not yet a slice.
        missing: names of those that are not there.
        whole: how many there should be.

    Raises:
        ItemHeld: one is missing, and no operator has taken these very tiles without it.
    """
    if missing:
        _ask(store, run, new, layer, array, "tiles", told_missing(missing, whole))


def told_missing(missing: Sequence[str], whole: int) -> str:
    """How many tiles there are, and which are not.

    Example:
        >>> told_missing(["h18v04"], 4)
        '3 of 4 tiles; missing: h18v04'
    """
    names = ", ".join(missing[:NAMED])
    more = f" and {len(missing) - NAMED} more" if len(missing) > NAMED else ""
    return f"{whole - len(missing)} of {whole} tiles; missing: {names}{more}"


def held(state: str, rule: str, told: str) -> ItemHeld:
    """What a run says of something that waits, or that an operator has refused."""
    if state == "rejected":
        return ItemHeld(rule, f"{told}; an operator has refused it", waits=False)
    return ItemHeld(rule, f"{told}; it waits for an operator's word", waits=True)


def _ask(
    store: Store,
    run: OpenRun,
    new: NewItem,
    layer: Layer,
    array: object,
    rule: str,
    told: str,
    period: date | None = None,
) -> None:
    """Return if an operator has accepted it; else put it before one, and raise.

    A word on a file holds for all that it holds; told with a period, for that one.
    """
    word = holds.word_on(store, run.job_id, new.sha256, period)
    if word == "accepted":
        return
    if word != "rejected":
        holds.hold(store, run, new, _preview(store, layer, array), rule, told)
    raise held(word, rule, told)


def _before(store: Store, layer: Layer) -> Slice | None:
    """The slice that stands before a layer's; None: it is the first."""
    earlier = [
        one
        for one in read_slices.newest_slices(store)
        if (one.cube.id, one.cube.form) == (layer.cube.id, layer.cube.form)
        and one.period < layer.period
    ]
    return max(earlier, key=lambda one: one.period, default=None)


def _preview(store: Store, layer: Layer, array: object) -> Preview:
    rows, columns = layer.cube.grid.shape
    every = max(1, -(-max(rows, columns) // MOST))
    some = slice(every // 2, None, every)
    after = np.asarray(array[some, some])  # type: ignore[index]  # a Zarr array
    piece = _before(store, layer)
    if piece is None:
        before = np.full_like(after, layer.cube.fill)
    else:
        before = arrays.read_window(store, piece, some, some)
    both = np.stack([before, after])
    values = both.astype("<f4") * np.float32(layer.cube.scale)
    values[both == both.dtype.type(layer.cube.fill)] = np.nan
    return Preview(
        cube_id=layer.cube.id,
        period=layer.period,
        period_before=layer.period if piece is None else piece.period,
        unit=layer.cube.unit,
        rows=after.shape[0],
        columns=after.shape[1],
        values=values.tobytes(),
    )
