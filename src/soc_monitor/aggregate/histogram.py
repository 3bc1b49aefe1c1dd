"""Histograms with one bin per stored value: exact quantiles, and the areas of classes.

A bin holds the weight of the cells that have its value. Bins add up exactly, so that a country
has the bins of its parts, and nothing depends on chunks, threads or workers.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final, Self

import numpy as np
import numpy.typing as npt

from soc_monitor.aggregate.blocks import BlockOperator
from soc_monitor.aggregate.integers import LARGEST
from soc_monitor.aggregate.jit import compiled
from soc_monitor.aggregate.kernel import as_small, as_stored
from soc_monitor.aggregate.lanes import HALF
from soc_monitor.errors import BadValue

Cells = npt.NDArray[np.generic]
Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]

STEP: Final = 0.05
"""Values that are stored as real numbers are counted in steps of it [their unit]."""

_LOW_HALF: Final = (1 << HALF) - 1


def is_exact(dtype: str) -> bool:
    """Whether values of a type are counted as they are stored, and not in steps."""
    return np.dtype(dtype).kind in "iu" and np.dtype(dtype).itemsize <= 2


def step_of(dtype: str, scale: float) -> float:
    """What one bin of values of a type comes to [their unit]."""
    return scale if is_exact(dtype) else STEP


def countable(stored: Cells, fill: float, scale: float) -> tuple[Cells, float | None]:
    """Stored values as they are counted, and the one that means missing.

    Example:
        >>> countable(np.array([1.02, np.nan], "f4"), float("nan"), 1.0)
        (array([20., nan]), None)
    """
    if is_exact(stored.dtype.str):
        return stored, fill
    values = np.where(stored == fill, np.nan, stored.astype(np.float64))
    return np.rint(values * scale / STEP), None


@dataclass(frozen=True, slots=True, kw_only=True)
class Histogram:
    """Weight of every stored value in every area; only the bins that hold something."""

    n_areas: int
    ptr: Longs
    """Area a has the bins ``ptr[a]:ptr[a + 1]``."""
    stored: Longs
    """Stored value of a bin (bin) [1], ascending within an area."""
    halves: Longs
    """High and low half of its weight (bin, 2) [quanta]: weight = high * 2**21 + low."""
    quantum: float
    """What the weights are counted in [m2]."""
    scale: float = 1.0
    """value = scale * stored."""

    def quantiles(self, shares: Sequence[float]) -> Floats:
        """Weighted quantiles: the smallest stored value up to which a share of the area lies.

        This is the inverse of the cumulative distribution, without interpolation: always a value
        that was stored, exact, ties and all. A share is read as the decimal that it prints as.

        Args:
            shares: between 0 and 1 [1]; 0 is the minimum, 1 the maximum.

        Returns:
            (area, share) [of the values]; NaN where nothing is mapped.

        Raises:
            BadValue: a share is not between 0 and 1.

        Source:
            definition 1 of R. J. Hyndman and Y. Fan (1996), The American Statistician 50, 361-365.
        """
        wanted = [Fraction(str(share)) for share in shares]
        if not all(0 <= share <= 1 for share in wanted):
            raise BadValue(f"shares {list(shares)} are not between 0 and 1")
        wanted = wanted if self.scale > 0 else [1 - share for share in wanted]
        high, low = np.concatenate([np.zeros((1, 2), np.int64), self.halves.cumsum(axis=0)]).T
        out = np.full((self.n_areas, len(wanted)), np.nan)
        for area in np.flatnonzero(np.diff(self.ptr)):
            first, end = int(self.ptr[area]), int(self.ptr[area + 1])
            before = _whole(high[first], low[first])
            total = _whole(high[end], low[end]) - before
            for k, share in enumerate(wanted):
                target: Any = before + max(share * total, Fraction(1))
                bins = range(first, end)
                at = bisect_left(bins, target, key=lambda i: _whole(high[i + 1], low[i + 1]))
                out[area, k] = self.stored[bins[at]] * self.scale
        return out

    def class_m2(self, codes: Sequence[int]) -> Floats:
        """Area of each class.

        Args:
            codes: stored values.

        Returns:
            (area, code) [m2]; 0 where an area has none of it.
        """
        out = np.zeros((self.n_areas, len(codes)))
        area = np.repeat(np.arange(self.n_areas), np.diff(self.ptr))
        for k, code in enumerate(codes):
            some = self.stored == code
            out[area[some], k] = _m2(self.halves[some], self.quantum)
        return out

    @property
    def mapped_m2(self) -> Floats:
        """Area with a value (area) [m2]."""
        halves = np.concatenate([np.zeros((1, 2), np.int64), self.halves.cumsum(axis=0)])
        return _m2(halves[self.ptr[1:]] - halves[self.ptr[:-1]], self.quantum)

    @classmethod
    def of_bins(cls, parts: Sequence["Bins"], n_areas: int, *, scale: float = 1.0) -> Self:
        """Add up the bins of blocks.

        Args:
            parts: one or more, of blocks that do not overlap, in any order.
            n_areas: areas of the weights.
            scale: value = scale * stored.
        """
        every = join_bins(parts)
        return cls(
            n_areas=n_areas,
            ptr=np.searchsorted(every.areas, np.arange(n_areas + 1)).astype(np.int64),
            stored=every.stored,
            halves=every.halves,
            quantum=every.quantum,
            scale=scale,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Bins:
    """The bins of one block, by area and stored value."""

    areas: Longs
    stored: Longs
    halves: Longs
    quantum: float


def count_block(values: Cells, operator: BlockOperator, *, fill: float | None = None) -> Bins:
    """Bins of one block, for the areas that it touches.

    Args:
        values: values of the cells (y, x) [any], whole numbers between -65535 and 65535.
        operator: the weights of this block.
        fill: value that means missing, as stored; NaN always does.

    Returns:
        The bins that hold something.

    Raises:
        BadValue: the values are not small whole numbers.
    """
    small = as_small(values, np.nan if fill is None else as_stored(fill, values.dtype))
    if small is None:
        raise BadValue("a bin for every stored value needs whole numbers up to 65535")
    room = int(operator.length.sum())
    area, stored = np.empty(room, np.int64), np.empty(room, np.int64)
    halves = np.empty((room, 2), np.int64)
    n = _count(
        np.ascontiguousarray(small[0]).reshape(-1), small[1], operator.areas, operator.ptr,
        operator.offset, operator.length, operator.weight, area, stored, halves,
    )  # fmt: skip
    return Bins(areas=area[:n], stored=stored[:n], halves=halves[:n], quantum=operator.quantum)


@compiled
def _count(
    values: Cells, fill: int, areas: Integers, ptr: Longs, offset: Integers, length: Integers,
    weight: Longs, out_area: Longs, out_stored: Longs, out_halves: Longs,
) -> int:  # fmt: skip
    """Fill the bins of one area after the other; how many there are."""
    dense = np.zeros((2 * LARGEST + 1, 2), np.int64)
    n = 0
    for k in range(ptr.size - 1):
        low, high = LARGEST, -LARGEST
        for i in range(ptr[k], ptr[k + 1]):
            for j in range(offset[i], offset[i] + length[i]):
                v: Any = np.int64(values[j])
                if v != fill:
                    dense[v + LARGEST, 0] += weight[i] >> HALF
                    dense[v + LARGEST, 1] += weight[i] & _LOW_HALF
                    low = min(low, v)
                    high = max(high, v)
        for v in range(low, high + 1):
            at = v + LARGEST
            if dense[at, 0] != 0 or dense[at, 1] != 0:
                out_area[n] = areas[k]
                out_stored[n] = v
                out_halves[n, 0] = dense[at, 0]
                out_halves[n, 1] = dense[at, 1]
                dense[at, 0] = 0
                dense[at, 1] = 0
                n += 1
    return n


def join_bins(parts: Sequence[Bins]) -> Bins:
    """Bins of several blocks as one; bins of the same area and value are one."""
    area = np.concatenate([p.areas for p in parts])
    stored = np.concatenate([p.stored for p in parts])
    key = area * (4 * LARGEST) + stored + LARGEST
    keys, at = np.unique(key, return_inverse=True)
    halves = np.zeros((len(keys), 2), np.int64)
    np.add.at(halves, at, np.concatenate([p.halves for p in parts]))
    areas, values = np.divmod(keys, 4 * LARGEST)
    return Bins(areas=areas, stored=values - LARGEST, halves=halves, quantum=parts[0].quantum)


def _whole(high: Any, low: Any) -> int:
    """A weight as one number; Python's, for the world has more quanta than 64 bits hold."""
    return (int(high) << HALF) + int(low)


def _m2(halves: Longs, quantum: float) -> Floats:
    return np.asarray((np.ldexp(halves[:, 0].astype(float), HALF) + halves[:, 1]) * quantum)
