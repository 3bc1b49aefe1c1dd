"""The kernel: one pass over one block, its values as they are stored, to a partial table.

The sums are exact, so the fast path for small integers, the path for floats and the path for
edge cells give the same digits.
"""

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from soc_monitor.aggregate.blocks import BlockOperator
from soc_monitor.aggregate.exact import (
    BIG,
    DIGITS,
    TINY,
    add,
    add_product,
    add_scaled,
    residue,
    settle,
)
from soc_monitor.aggregate.jit import compiled
from soc_monitor.aggregate.moments import Partial
from soc_monitor.errors import BadValue

Cells = npt.NDArray[np.generic]
Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]

_NO_FILL: Final = 1 << 40
_FINE, _NOT_FINITE = 0, 1
_SHORT: Final = 24
"""Runs up to this length cost less cell by cell."""


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
def _sum_small(
    values: Longs, fill: int, run_ptr: Longs, run_offset: Integers, run_length: Integers,
    run_m2: Floats, edge_ptr: Longs, edge_offset: Integers, edge_m2: Floats,
    n: Longs, low: Floats, high: Floats, sums: Longs,
) -> int:  # fmt: skip
    """Sums of integers of 8 or 16 bits: within a run they fit int64."""
    for k in range(run_ptr.size - 1):
        count = 0
        smallest: Any = np.int64(_NO_FILL)
        largest: Any = np.int64(-_NO_FILL)
        acc = sums[k]
        for i in range(run_ptr[k], run_ptr[k + 1]):
            line = values[run_offset[i] : run_offset[i] + run_length[i]]
            s, q, m = 0, 0, 0
            for j in range(line.size):
                v: Any = np.int64(line[j])
                if v != fill:
                    s += v
                    q += v * v
                    m += 1
                    smallest = min(smallest, v)
                    largest = max(largest, v)
            add_product(acc, 0, run_m2[i], np.float64(m))
            add_product(acc, 1, run_m2[i], np.float64(s))
            add_product(acc, 2, run_m2[i], np.float64(q))
            count += m
        for i in range(edge_ptr[k], edge_ptr[k + 1]):
            v = np.int64(values[edge_offset[i]])
            if v != fill:
                _add_cell(acc, edge_m2[i], np.float64(v))
                count += 1
                smallest = min(smallest, v)
                largest = max(largest, v)
        n[k] = count
        if count > 0:
            low[k] = smallest
            high[k] = largest
        for m in range(3):
            settle(acc, m)
    return _FINE


@compiled
def _sum_real(  # noqa: C901, PLR0912 - arrays of one operator
    values: Floats, fill: float, run_ptr: Longs, run_offset: Integers, run_length: Integers,
    run_m2: Floats, edge_ptr: Longs, edge_offset: Integers, edge_m2: Floats,
    n: Longs, low: Floats, high: Floats, sums: Longs,
) -> int:  # fmt: skip
    """Sums of floats, or of wide integers; NaN and fill weigh nothing."""
    run = np.zeros((2, DIGITS), np.int64)
    for k in range(run_ptr.size - 1):
        count = 0
        smallest: Any = np.inf
        largest: Any = -np.inf
        acc = sums[k]
        for i in range(run_ptr[k], run_ptr[k + 1]):
            line = values[run_offset[i] : run_offset[i] + run_length[i]]
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
                if line.size <= _SHORT:
                    _add_cell(acc, run_m2[i], x)
                else:
                    xx = x * x
                    add(run, 0, x)
                    add(run, 1, xx)
                    add(run, 1, residue(x, x, xx))
            count += m
            if line.size > _SHORT and m > 0:
                add_product(acc, 0, run_m2[i], np.float64(m))
                add_scaled(acc, 1, run_m2[i], run, 0)
                add_scaled(acc, 2, run_m2[i], run, 1)
        for i in range(edge_ptr[k], edge_ptr[k + 1]):
            x = np.float64(values[edge_offset[i]])
            if x != x or x == fill:  # noqa: PLR0124 - NaN
                continue
            if abs(x) < TINY:
                x = 0.0
            if abs(x) > BIG:
                return _NOT_FINITE
            _add_cell(acc, edge_m2[i], x)
            count += 1
            smallest = min(smallest, x)
            largest = max(largest, x)
        n[k] = count
        if count > 0:
            low[k] = smallest
            high[k] = largest
        for m in range(3):
            settle(acc, m)
    return _FINE


@compiled
def _sum_errors(
    values: Floats, fill: float, errors: Floats, run_ptr: Longs, run_offset: Integers,
    run_length: Integers, run_m2: Floats, edge_ptr: Longs, edge_offset: Integers,
    edge_m2: Floats, sums: Longs,
) -> int:  # fmt: skip
    """Weight, and weight times standard error, of the cells that have both."""
    for k in range(run_ptr.size - 1):
        acc = sums[k]
        for i in range(run_ptr[k], run_ptr[k + 1] + edge_ptr[k + 1] - edge_ptr[k]):
            if i < run_ptr[k + 1]:
                first, length, w = run_offset[i], run_length[i], run_m2[i]
            else:
                e = edge_ptr[k] + i - run_ptr[k + 1]
                first, length, w = edge_offset[e], np.int32(1), edge_m2[e]
            for j in range(first, first + length):
                x: Any = np.float64(values[j])
                s = np.float64(errors[j])
                if x != x or x == fill or s != s:  # noqa: PLR0124 - NaN
                    continue
                if s < 0.0 or s > BIG:
                    return _NOT_FINITE
                add(acc, 3, w)
                if s >= TINY:
                    add_product(acc, 4, w, s)
        settle(acc, 3)
        settle(acc, 4)
    return _FINE


def sum_block(
    values: Cells, operator: BlockOperator, *, fill: float | None = None, std: Cells | None = None
) -> Partial:
    """Sums over one block, for the areas that it touches.

    Args:
        values: values of the cells (y, x) [any], floats or integers of any width.
        operator: the weights of this block.
        fill: value that means missing, as stored; NaN always does.
        std: standard errors of the values (y, x) [as the values]; NaN: not known.

    Returns:
        The partial sums; cells without a value weigh nothing.

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
        >>> w, wx, _ = partial.moments[0]
        >>> (wx / w).round(9)  # (10 + 40 / 2) / 1.5
        np.float64(20.0)
    """
    flat = _flat(values)
    k = len(operator.areas)
    n, low, high = np.zeros(k, np.int64), np.full(k, np.inf), np.full(k, -np.inf)
    sums = np.zeros((k, 3 if std is None else 5, DIGITS), np.int64)
    weights = (
        operator.run_ptr, operator.run_offset, operator.run_length, operator.run_m2,
        operator.edge_ptr, operator.edge_offset, operator.edge_m2,
    )  # fmt: skip
    # A fill such as -3.4e38 is told in decimal, but stored in the type of the values.
    missing = float("nan") if fill is None else _as_stored(fill, flat.dtype)
    if flat.dtype.kind in "iu" and flat.dtype.itemsize <= np.int16().itemsize:
        code = _NO_FILL if np.isnan(missing) else int(missing)
        status = _sum_small(flat, code, *weights, n, low, high, sums)  # type: ignore[arg-type]
    else:
        status = _sum_real(flat, missing, *weights, n, low, high, sums)  # type: ignore[arg-type]
    if status == _FINE and std is not None:
        status = _sum_errors(flat, missing, _flat(std), *weights, sums)  # type: ignore[arg-type]
    if status != _FINE:
        msg = "a value is infinite or beyond 1e27, or a standard error is below 0"
        raise BadValue(msg)
    return Partial(areas=operator.areas, n=n, low=low, high=high, sums=sums)


def _flat(cells: Cells) -> Cells:
    """The cells row by row, without a copy where the block allows; numba's types only."""
    if cells.dtype.kind not in "iuf" or cells.dtype.itemsize not in {1, 2, 4, 8}:
        msg = f"cells of type {cells.dtype} cannot be summed"
        raise BadValue(msg)
    if cells.dtype == np.float16:
        cells = cells.astype(np.float32)
    native = cells.astype(cells.dtype.newbyteorder("="), copy=False)
    return np.ascontiguousarray(native).reshape(-1)


def _as_stored(fill: float, dtype: np.dtype[np.generic]) -> float:
    """The fill as the type of the values has it; NaN where that type cannot hold it."""
    if dtype.kind == "f":
        return float(np.asarray(fill).astype(dtype))
    bounds = np.iinfo(dtype)  # type: ignore[type-var]
    whole = np.isfinite(fill) and float(fill).is_integer() and bounds.min <= fill <= bounds.max
    return float(fill) if whole else float("nan")
