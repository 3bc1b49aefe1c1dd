"""Sums of small integers, as scaled fields are stored: exact in the machine's own integers.

A weight has two halves of 21 bits, a square up to 32 bits, so that the products of 512 cells fit
63 bits; then they are handed on to digits.
"""

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from soc_monitor.aggregate.blocks import PIECE
from soc_monitor.aggregate.exact import add_integer, settle
from soc_monitor.aggregate.jit import compiled
from soc_monitor.aggregate.lanes import HALF, HIGHEST, LANES, LOWEST, ROWS, sum_lanes

LARGEST: Final = 65535
"""Largest magnitude of a small integer."""
NO_FILL: Final = 1 << 20
"""A fill that no small integer has."""

Cells = npt.NDArray[np.generic]
Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]

_ROOM: Final = 2 * PIECE
_LOW_HALF: Final = (1 << HALF) - 1


@compiled
def sum_steps(
    values: Cells, fill: int, ptr: Longs, offset: Integers, length: Integers, weight: Longs,
    n: Longs, low: Floats, high: Floats, sums: Longs,
) -> None:  # fmt: skip
    """Sums of several steps whose values lie side by side.

    Args:
        values: (cell, step), four steps or more.
        fill: value that means missing.
        ptr, offset, length, weight: of the block operator.
        n, low, high: filled, area by area (k * step).
        sums: filled, w, wx and wxx of each (k * step * 3, 3).
    """
    steps = values.shape[1]
    some = np.zeros((ROWS, LANES), np.int64)
    ends = np.zeros((2, LANES), np.int32)
    for k in range(ptr.size - 1):
        for group in range(0, steps, LANES):
            # The last four may have steps that are done already: those start anew.
            step = min(group, steps - LANES)
            row = k * steps + step
            for r in range(row, row + LANES):
                n[r] = 0
                sums[3 * r : 3 * r + 3] = 0
            first = ptr[k]
            while first < ptr[k + 1]:
                last = _full(length, first, ptr[k + 1])
                sum_lanes(
                    some, ends, values, steps, step, offset, length, weight, first, last, fill
                )
                for lane in range(LANES):
                    n[row + lane] += some[0, lane]
                    _hand_on(
                        sums, row + lane, some[1, lane], some[2, lane], some[3, lane],
                        some[4, lane], some[5, lane],
                    )  # fmt: skip
                    if some[0, lane] > 0:
                        low[row + lane] = min(low[row + lane], np.float64(ends[0, lane]))
                        high[row + lane] = max(high[row + lane], np.float64(ends[1, lane]))
                first = last
    for m in range(sums.shape[0]):
        settle(sums, m)


@compiled
def _full(length: Integers, first: int, end: int) -> int:
    """The run after the last one that 512 cells have room for."""
    last, cells = first, np.int64(0)
    while last < end and cells + length[last] <= _ROOM:
        cells += length[last]
        last += 1
    return last


@compiled
def sum_map(
    values: Cells, fill: int, ptr: Longs, offset: Integers, length: Integers, weight: Longs,
    n: Longs, low: Floats, high: Floats, sums: Longs,
) -> None:  # fmt: skip
    """Sums of one step.

    Args:
        values: (cell).
        fill: value that means missing.
        ptr, offset, length, weight: of the block operator.
        n, low, high: filled (k).
        sums: filled, w, wx and wxx of each (k * 3, 3).
    """
    for k in range(ptr.size - 1):
        count, room = 0, _ROOM
        w, high_x, low_x, high_xx, low_xx = 0, 0, 0, 0, 0
        smallest: Any = np.int32(HIGHEST)
        largest: Any = np.int32(LOWEST)
        for i in range(ptr[k], ptr[k + 1]):
            if length[i] > room:
                _hand_on(sums, k, w, high_x, low_x, high_xx, low_xx)
                w, high_x, low_x, high_xx, low_xx = 0, 0, 0, 0, 0
                room = _ROOM
            room -= length[i]
            m, s, q, least, most = _line(values, offset[i], length[i], fill)
            smallest = min(smallest, least)
            largest = max(largest, most)
            count += m
            w += weight[i] * m
            high_x += (weight[i] >> HALF) * s
            low_x += (weight[i] & _LOW_HALF) * s
            high_xx += (weight[i] >> HALF) * q
            low_xx += (weight[i] & _LOW_HALF) * q
        _hand_on(sums, k, w, high_x, low_x, high_xx, low_xx)
        n[k] = count
        if count > 0:
            low[k] = smallest
            high[k] = largest
    for m in range(sums.shape[0]):
        settle(sums, m)


@compiled
def _line(values: Cells, first: int, cells: int, fill: int) -> tuple[int, Any, Any, Any, Any]:
    """Cells with a value, their sum, their sum of squares, the smallest and the largest."""
    least: Any = np.int32(HIGHEST)
    most: Any = np.int32(LOWEST)
    if cells == 1:  # most cells of small areas: no loop
        v: Any = np.int32(values[first])
        if v == fill:
            return 0, 0, 0, least, most
        return 1, np.int64(v), np.int64(v) * np.int64(v), v, v
    m, s, q = 0, 0, 0
    line = values[first : first + cells]
    for j in range(line.size):
        v = np.int32(line[j])
        there = v != fill
        x: Any = np.int64(v) if there else np.int64(0)
        m += there
        s += x
        q += x * x
        least = min(least, v if there else np.int32(HIGHEST))
        most = max(most, v if there else np.int32(LOWEST))
    return m, s, q, least, most


@compiled
def _hand_on(
    sums: Longs, k: int, w: int, high_x: int, low_x: int, high_xx: int, low_xx: int
) -> None:
    """Add what up to 512 cells gave to w, w x and w x x of row k."""
    add_integer(sums, 3 * k, w, 0)
    add_integer(sums, 3 * k + 1, high_x, HALF)
    add_integer(sums, 3 * k + 1, low_x, 0)
    add_integer(sums, 3 * k + 2, high_xx, HALF)
    add_integer(sums, 3 * k + 2, low_xx, 0)
