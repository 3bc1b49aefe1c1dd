"""The kernel: one pass over one block, its values as they are stored, to a partial table.

The sums are exact, so the paths for small integers, for floats, for one step and for several give
the same numbers.
"""

from dataclasses import replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from soc_monitor.aggregate.blocks import BlockOperator
from soc_monitor.aggregate.exact import (
    BIG,
    DIGITS,
    SHORT,
    TINY,
    add,
    add_product,
    add_scaled,
    residue,
    settle,
    widened,
)
from soc_monitor.aggregate.integers import LARGEST, NO_FILL, settle_all, sum_map, sum_steps
from soc_monitor.aggregate.jit import compiled
from soc_monitor.aggregate.moments import WE, WSE, Partial, join
from soc_monitor.errors import BadValue

Cells = npt.NDArray[np.generic]
Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]

_FINE, _NOT_FINITE = 0, 1
_GONE: Final = -(2**31)
"""Stands for missing where floats are held as integers."""
_SEVERAL: Final = 4
"""From this many steps on, sixteen at once cost less than one after the other."""
_FEW: Final = 24
"""Runs up to this length cost less cell by cell."""


def sum_block(
    values: Cells, operator: BlockOperator, *, fill: float | None = None, std: Cells | None = None
) -> Partial:
    """Sums over one block, for the areas that it touches.

    Fastest for integers of 8 or 16 bits whose steps lie side by side in memory.

    Args:
        values: values of the cells (y, x) or (time, y, x) [any], floats or integers of any width.
        operator: the weights of this block.
        fill: value that means missing, as stored; NaN always does.
        std: standard errors of the values (as the values) [as the values]; NaN: not known.

    Returns:
        The partial sums, of one step for values (y, x); cells without a value weigh nothing.

    Raises:
        BadValue: a value is infinite or beyond 1e27, or a standard error is below 0.

    Example:
        >>> import shapely
        >>> from soc_monitor.aggregate.weights import build_weights
        >>> from soc_monitor.aggregate.blocks import cut
        >>> from soc_monitor.model.grid import Grid
        >>> grid = Grid(nx=2, ny=1, west=0, south=0, east=2, north=1)
        >>> weights = build_weights([shapely.box(0, 0, 1.5, 1)], grid)
        >>> values = np.array([[10, 40]], np.int16)
        >>> partial = sum_block(values, cut(weights, 0, 1, 0, 2), fill=-32767)
        >>> w, wx, _ = partial.moments[0, 0]
        >>> (wx / w).round(9)  # (10 + 40 / 2) / 1.5
        np.float64(20.0)
    """
    cells = _native(values)
    steps = cells[None] if cells.ndim == 2 else cells
    # A fill such as -3.4e38 is told in decimal, but stored in the type of the values.
    missing = float("nan") if fill is None else as_stored(fill, steps.dtype)
    partial = _sum_small(steps, missing, operator)
    if partial is None:
        partials = [_sum_step(np.ascontiguousarray(step), missing, operator) for step in steps]
        partial = Partial.of_steps(partials)
    return partial if std is None else _with_errors(partial, steps, missing, std, operator)


def _sum_small(steps: Cells, missing: float, op: BlockOperator) -> Partial | None:
    """Sums of a block of small integers (time, y, x) that can be summed as it lies; else None."""
    tally = Tally(op.areas, len(steps), op.quantum)
    return tally.partial() if tally.add_small(steps, missing, op) else None


class Tally:
    """A table that blocks are added to, without a partial of each."""

    def __init__(self, areas: npt.NDArray[np.integer], steps: int, quantum: float) -> None:
        """``areas``: all that the blocks have, ascending."""
        self._areas = areas
        self._quantum = quantum
        self._n, self._low, self._high, self._sums = _empty(len(areas), steps, SHORT)
        self._others: list[Partial] = []

    def add(self, values: Cells, operator: BlockOperator, fill: float | None) -> None:
        """Add a block, as for ``sum_block``."""
        cells = _native(values)
        steps = cells[None] if cells.ndim == 2 else cells
        missing = float("nan") if fill is None else as_stored(fill, steps.dtype)
        if not self.add_small(steps, missing, operator):
            self._others.append(sum_block(values, operator, fill=fill))

    def add_small(self, steps: Cells, missing: float, op: BlockOperator) -> bool:
        """Add a block of small integers (time, y, x); False: it is none, and nothing was added."""
        side_by_side = np.moveaxis(steps, 0, -1)
        together = len(steps) >= _SEVERAL and side_by_side.flags.c_contiguous
        if not together and (len(steps) > 1 and not _short(steps.dtype)):
            return False  # some of its steps may have real numbers, and some not
        small = as_small(side_by_side if together else steps, missing)
        if small is None:
            return False
        rows = np.searchsorted(self._areas, op.areas)
        weights = (op.ptr, op.offset, op.length, op.weight, rows)
        if together:
            sum_steps(
                small[0].reshape(-1, len(steps)), small[1], *weights, self._n.reshape(-1),
                self._low.reshape(-1), self._high.reshape(-1), self._sums.reshape(-1, SHORT),
            )  # fmt: skip
            return True
        rows *= len(steps)
        for step, one in enumerate(small[0]):
            sum_map(
                np.ascontiguousarray(one).reshape(-1), small[1], *weights[:-1], rows + step,
                self._n.reshape(-1), self._low.reshape(-1), self._high.reshape(-1),
                self._sums.reshape(-1, SHORT),
            )  # fmt: skip
        return True

    def partial(self) -> Partial:
        """The sums of all that was added."""
        settle_all(self._sums.reshape(-1, SHORT))
        own = Partial(
            areas=self._areas.astype(np.int32),
            n=self._n,
            low=self._low,
            high=self._high,
            sums=self._sums,
            quantum=self._quantum,
        )
        return join([own, *self._others])


def _short(dtype: np.dtype[np.generic]) -> bool:
    """Whether all that the type holds are small integers."""
    return dtype.kind in "iu" and dtype.itemsize <= np.int16().itemsize


def as_small(values: Cells, missing: float) -> tuple[Cells, int] | None:
    """The values as integers of up to 32 bits that are small, and their fill; None: they are not.

    Floats that are small whole numbers are taken as such: their sums are the same, and far faster.
    """
    if _short(values.dtype):
        return values, NO_FILL if np.isnan(missing) else int(missing)
    gone = (values == missing) | (values != values)  # noqa: PLR0124 - NaN
    within = (values >= -LARGEST) & (values <= LARGEST)  # type: ignore[operator]
    if not (within | gone).all():
        return None
    whole = np.where(within, values, 0).astype(np.int32)
    if not ((whole == values) | gone).all():
        return None
    whole[gone] = _GONE
    return whole, _GONE


def _sum_step(values: Cells, missing: float, op: BlockOperator) -> Partial:
    """One step (y, x)."""
    partial = _sum_small(values[None], missing, op)
    if partial is not None:
        return partial
    n, low, high, sums = _empty(len(op.areas), 1, DIGITS)
    table = (n.reshape(-1), low.reshape(-1), high.reshape(-1), sums[:, 0])
    weights = (op.ptr, op.offset, op.length, op.weight)
    status = _sum_real(values.reshape(-1), missing, *weights, *table)  # type: ignore[arg-type]
    if status != _FINE:
        raise BadValue("a value is infinite or beyond 1e27")
    return Partial(areas=op.areas, n=n, low=low, high=high, sums=sums, quantum=op.quantum)


def _empty(k: int, steps: int, digits: int) -> tuple[Longs, Floats, Floats, Longs]:
    return (
        np.zeros((k, steps), np.int64),
        np.full((k, steps), np.inf),
        np.full((k, steps), -np.inf),
        np.zeros((k, steps, 3, digits), np.int64),
    )


def _with_errors(
    partial: Partial, values: Cells, missing: float, std: Cells, op: BlockOperator
) -> Partial:
    """The same with the sums of the standard errors."""
    errors = _native(std).reshape(values.shape)
    sums = np.zeros((*partial.n.shape, 5, DIGITS), np.int64)
    sums[:, :, :3] = widened(partial.sums)
    for step, (value, error) in enumerate(zip(values, errors, strict=True)):
        status = _sum_errors(
            np.ascontiguousarray(value).reshape(-1),
            np.ascontiguousarray(error).reshape(-1),
            missing, op.ptr, op.offset, op.length, op.weight, sums[:, step],
        )  # fmt: skip
        if status != _FINE:
            raise BadValue("a standard error is infinite or below 0")
    return replace(partial, sums=sums)


@compiled
def _add_cell(sums: Longs, w: float, x: float) -> None:
    """Add w, w x and w x x of one cell, without rounding."""
    add(sums, 0, w)
    add_product(sums, 1, w, x)
    xx = x * x
    add_product(sums, 2, w, xx)
    lost = residue(x, x, xx)
    if lost != 0.0:
        add_product(sums, 2, w, lost)


@compiled
def _sum_real(  # noqa: C901 - runs and single cells in one loop
    values: Floats, fill: float, ptr: Longs, offset: Integers, length: Integers, weight: Longs,
    n: Longs, low: Floats, high: Floats, sums: Longs,
) -> int:  # fmt: skip
    """Sums of floats, or of wide integers; NaN and fill weigh nothing."""
    run = np.zeros((2, DIGITS), np.int64)
    for k in range(ptr.size - 1):
        count = 0
        smallest: Any = np.inf
        largest: Any = -np.inf
        acc = sums[k]
        for i in range(ptr[k], ptr[k + 1]):
            w = np.float64(weight[i])
            line = values[offset[i] : offset[i] + length[i]]
            m = 0
            for j in range(line.size):
                x: Any = np.float64(line[j])
                if x != x or x == fill:  # noqa: PLR0124 - NaN
                    continue
                if abs(x) < TINY:
                    x = 0.0
                if abs(x) > BIG:
                    return _NOT_FINITE
                m += 1
                smallest = min(smallest, x)
                largest = max(largest, x)
                if line.size <= _FEW:
                    _add_cell(acc, w, x)
                else:
                    xx = x * x
                    add(run, 0, x)
                    add(run, 1, xx)
                    add(run, 1, residue(x, x, xx))
            count += m
            if line.size > _FEW and m > 0:
                add_product(acc, 0, w, np.float64(m))
                add_scaled(acc, 1, w, run, 0)
                add_scaled(acc, 2, w, run, 1)
        n[k] = count
        if count > 0:
            low[k] = smallest
            high[k] = largest
        for m in range(3):
            settle(acc, m)
    return _FINE


@compiled
def _sum_errors(
    values: Floats, errors: Floats, fill: float, ptr: Longs, offset: Integers, length: Integers,
    weight: Longs, sums: Longs,
) -> int:  # fmt: skip
    """Weight, and weight times standard error, of the cells that have both."""
    for k in range(ptr.size - 1):
        acc = sums[k]
        for i in range(ptr[k], ptr[k + 1]):
            w = np.float64(weight[i])
            for j in range(offset[i], offset[i] + length[i]):
                x: Any = np.float64(values[j])
                s = np.float64(errors[j])
                if x != x or x == fill or s != s:  # noqa: PLR0124 - NaN
                    continue
                if s < 0.0 or s > BIG:
                    return _NOT_FINITE
                add(acc, WE, w)
                if s >= TINY:
                    add_product(acc, WSE, w, s)
        settle(acc, WE)
        settle(acc, WSE)
    return _FINE


def _native(cells: Cells) -> Cells:
    """The cells in numba's types, without a copy where the block allows."""
    if cells.dtype.kind not in "iuf" or cells.dtype.itemsize not in {1, 2, 4, 8}:
        msg = f"cells of type {cells.dtype} cannot be summed"
        raise BadValue(msg)
    if cells.dtype == np.float16:
        return cells.astype(np.float32)
    return cells.astype(cells.dtype.newbyteorder("="), copy=False)


def as_stored(fill: float, dtype: np.dtype[np.generic]) -> float:
    """The fill as the type of the values has it; NaN where that type cannot hold it."""
    if dtype.kind == "f":
        return float(np.asarray(fill).astype(dtype))
    bounds = np.iinfo(dtype)  # type: ignore[type-var]
    whole = np.isfinite(fill) and float(fill).is_integer() and bounds.min <= fill <= bounds.max
    return float(fill) if whole else float("nan")
