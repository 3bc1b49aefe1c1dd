"""Sums of small integers, as scaled fields are stored: exact in the machine's own integers.

A weight has two halves of 21 bits, a square up to 32 bits, so that the products of 512 cells fit
63 bits; then they are handed on to digits.
"""

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from soc_monitor.aggregate.blocks import PIECE
from soc_monitor.aggregate.exact import settle
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
_LOW: Final = (1 << 32) - 1


@compiled
def sum_steps(
    values: Cells, fill: int, ptr: Longs, offset: Integers, length: Integers, weight: Longs,
    rows: Longs, n: Longs, low: Floats, high: Floats, sums: Longs,
) -> None:  # fmt: skip
    """Add the sums of several steps whose values lie side by side.

    Args:
        values: (cell, step).
        fill: value that means missing.
        ptr, offset, length, weight: of the block operator.
        rows: row of each of its areas in the table (k).
        n, low, high: of the table, added to (row * step).
        sums: likewise, w, wx and wxx of each (row * step * 3, 3); to be settled in the end.
    """
    cells, steps = values.shape
    some = np.zeros((ROWS, LANES), np.int64)
    ends = np.zeros((2, LANES), np.int32)
    # Sixteen steps are read at the last cells, too: those are read from a copy with room behind.
    safe = cells - LANES
    behind = max(0, safe - PIECE)
    tail = np.zeros((cells - behind + LANES, steps), values.dtype)
    tail[: cells - behind] = values[behind:]
    for k in range(ptr.size - 1):
        for group in range(0, steps, LANES):
            # The last sixteen may have steps that are done already: those are passed over.
            step = max(0, min(group, steps - LANES))
            done, lanes = group - step, min(LANES, steps)
            row = rows[k] * steps + step
            first = ptr[k]
            while first < ptr[k + 1]:
                last, near = _full(offset, length, first, ptr[k + 1], safe)
                if near:
                    sum_lanes(
                        some, ends, tail, behind, steps, step,
                        offset, length, weight, first, last, fill,
                    )  # fmt: skip
                else:
                    sum_lanes(
                        some, ends, values, 0, steps, step,
                        offset, length, weight, first, last, fill,
                    )  # fmt: skip
                for lane in range(done, lanes):
                    n[row + lane] += some[0, lane]
                    _hand_on(
                        sums, row + lane, some[1, lane], some[2, lane], some[3, lane],
                        some[4, lane], some[5, lane],
                    )  # fmt: skip
                    if some[0, lane] > 0:
                        low[row + lane] = min(low[row + lane], np.float64(ends[0, lane]))
                        high[row + lane] = max(high[row + lane], np.float64(ends[1, lane]))
                first = last


@compiled
def settle_all(sums: Longs) -> None:
    """Hand on the carries of all sums (n, digits)."""
    for m in range(sums.shape[0]):
        settle(sums, m)


@compiled
def _full(offset: Integers, length: Integers, first: int, end: int, safe: int) -> tuple[int, bool]:
    """The run after the last one that 512 cells have room for; whether all of them end late.

    Runs that end at or before ``safe`` and those that end later are not mixed.
    """
    near = offset[first] + length[first] > safe
    last, cells = first, np.int64(0)
    while last < end and cells + length[last] <= _ROOM:
        if (offset[last] + length[last] > safe) != near:
            break
        cells += length[last]
        last += 1
    return last, near


@compiled
def sum_map(
    values: Cells, fill: int, ptr: Longs, offset: Integers, length: Integers, weight: Longs,
    rows: Longs, n: Longs, low: Floats, high: Floats, sums: Longs,
) -> None:  # fmt: skip
    """Add the sums of one step.

    Args:
        values: (cell).
        fill: value that means missing.
        ptr, offset, length, weight: of the block operator.
        rows: row of each of its areas in the table (k).
        n, low, high: of the table, added to (row).
        sums: likewise, w, wx and wxx of each (row * 3, 3); to be settled in the end.
    """
    for k in range(ptr.size - 1):
        count, room, row = 0, _ROOM, rows[k]
        w, high_x, low_x, high_xx, low_xx = 0, 0, 0, 0, 0
        smallest: Any = np.int32(HIGHEST)
        largest: Any = np.int32(LOWEST)
        i = ptr[k]
        while i < ptr[k + 1]:
            cells: Any = np.int64(length[i])
            end = i + 1
            if cells == 1:  # most runs of small areas: as many as there are in a row
                last = min(ptr[k + 1], i + PIECE)
                while end < last and length[end] == 1:
                    end += 1
                cells = end - i
            if cells > room:
                _hand_on(sums, row, w, high_x, low_x, high_xx, low_xx)
                w, high_x, low_x, high_xx, low_xx = 0, 0, 0, 0, 0
                room = _ROOM
            room -= cells
            if length[i] == 1:
                m, a, b, c, d, e, least, most = _singles(values, offset[i:end], weight[i:end], fill)
                w += a
                high_x += b
                low_x += c
                high_xx += d
                low_xx += e
            else:
                m, s, q, least, most = _line(values[offset[i] : offset[i] + cells], fill)
                w += weight[i] * m
                high_x += (weight[i] >> HALF) * s
                low_x += (weight[i] & _LOW_HALF) * s
                high_xx += (weight[i] >> HALF) * q
                low_xx += (weight[i] & _LOW_HALF) * q
            smallest = min(smallest, least)
            largest = max(largest, most)
            count += m
            i = end
        _hand_on(sums, row, w, high_x, low_x, high_xx, low_xx)
        n[row] += count
        if count > 0:
            low[row] = min(low[row], np.float64(smallest))
            high[row] = max(high[row], np.float64(largest))


@compiled
def _singles(
    values: Cells, offset: Integers, weight: Longs, fill: int
) -> tuple[int, int, int, int, int, int, Any, Any]:
    """Cells with a value and their weighted sums, halves apart; the smallest and the largest."""
    n, w, high_x, low_x, high_xx, low_xx = 0, 0, 0, 0, 0, 0
    least: Any = np.int32(HIGHEST)
    most: Any = np.int32(LOWEST)
    missing: Any = np.int32(fill)
    for j in range(offset.size):
        # Unsigned: a place that cannot be negative needs no test for it.
        v: Any = np.int32(values[np.uint32(offset[j])])
        there = v != missing
        x: Any = np.int64(v) if there else np.int64(0)
        xx = x * x
        n += there
        w += weight[j] if there else 0
        high_x += (weight[j] >> HALF) * x
        low_x += (weight[j] & _LOW_HALF) * x
        high_xx += (weight[j] >> HALF) * xx
        low_xx += (weight[j] & _LOW_HALF) * xx
        least = min(least, v if there else np.int32(HIGHEST))
        most = max(most, v if there else np.int32(LOWEST))
    return n, w, high_x, low_x, high_xx, low_xx, least, most


@compiled
def _line(line: Cells, fill: int) -> tuple[int, int, int, Any, Any]:
    """Cells with a value, their sum, their sum of squares, the smallest and the largest.

    All in 32 bits, the halves of the squares apart: then the loop is one over vectors.
    """
    m, s, q_low, q_high = np.int32(0), np.int32(0), np.uint32(0), np.uint32(0)
    least: Any = np.int32(HIGHEST)
    most: Any = np.int32(LOWEST)
    missing: Any = np.int32(fill)
    for j in range(line.size):
        v: Any = np.int32(line[j])
        there = v != missing
        x: Any = v if there else np.int32(0)
        m = np.int32(m + there)
        s = np.int32(s + x)
        xx: Any = np.uint32(x * x)
        q_low = np.uint32(q_low + (xx & np.uint32(0xFFFF)))
        q_high = np.uint32(q_high + (xx >> np.uint32(16)))
        least = min(least, v if there else np.int32(HIGHEST))
        most = max(most, v if there else np.int32(LOWEST))
    return int(m), int(s), (int(q_high) << 16) + int(q_low), least, most


@compiled
def _hand_on(
    sums: Longs, k: int, w: int, high_x: int, low_x: int, high_xx: int, low_xx: int
) -> None:
    """Add what up to 512 cells gave to w, w x and w x x of row k.

    Sums of w have up to 51 bits and those of halves times x 47: their last digit is left to
    ``settle``. Those of halves times x x have 62.
    """
    at = 3 * k
    sums[at, 0] += w & _LOW
    sums[at, 1] += w >> 32
    sums[at + 1, 0] += ((high_x << HALF) & _LOW) + (low_x & _LOW)
    sums[at + 1, 1] += (high_x >> (32 - HALF)) + (low_x >> 32)
    above = high_xx >> (32 - HALF)
    sums[at + 2, 0] += ((high_xx << HALF) & _LOW) + (low_xx & _LOW)
    sums[at + 2, 1] += (above & _LOW) + (low_xx >> 32)
    sums[at + 2, 2] += above >> 32
