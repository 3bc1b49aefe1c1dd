"""Moments: sums over the cells of areas, and what follows from them: mean, total, spread.

All sums are exact (``exact.py``): of one set of weights and values there is one answer, whatever
the chunks, the threads, the order of merging and the type that the values are stored in.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Self

import numpy as np
import numpy.typing as npt

from soc_monitor.aggregate.exact import SHORT, to_floats, widened
from soc_monitor.aggregate.jit import compiled
from soc_monitor.aggregate.spread import spreads

W: Final = 0
"""Column of the sums: weight."""
WX: Final = 1
"""Column of the sums: weight times value."""
WXX: Final = 2
"""Column of the sums: weight times value squared."""
WE: Final = 3
"""Column of the sums: weight of the cells that have a standard error."""
WSE: Final = 4
"""Column of the sums: weight times standard error."""

Floats = npt.NDArray[np.float64]
Longs = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Partial:
    """Sums over one block, for the areas that it touches."""

    areas: npt.NDArray[np.int32]
    """Index of each area (k) [1], ascending."""
    n: Longs
    """Cells with a value (k, step) [1]."""
    low: Floats
    """Smallest value (k, step) [of the values]; +inf where there is none."""
    high: Floats
    """Largest value (k, step) [of the values]; -inf where there is none."""
    sums: Longs
    """Exact sums (k, step, 3 or 5, digits): w, wx, wxx; with standard errors we, wse [quanta]."""
    quantum: float
    """What the weights are counted in [m2]."""

    @property
    def moments(self) -> Floats:
        """The sums as floats (k, step, 3 or 5) [m2, unit m2, ...], each rounded once."""
        rounded = to_floats(self.sums.reshape(-1, self.sums.shape[-1]))
        return rounded.reshape(self.sums.shape[:-1]) * self.quantum

    @classmethod
    def none(cls, steps: int, quantum: float, *, errors: bool = False) -> Self:
        """The partial of no block at all.

        Args:
            steps: how many.
            quantum: of the weights [m2].
            errors: whether there are standard errors.
        """
        ends = np.empty((0, steps))
        return cls(
            areas=np.empty(0, np.int32),
            n=np.empty((0, steps), np.int64),
            low=ends,
            high=ends,
            sums=np.empty((0, steps, 5 if errors else 3, SHORT), np.int64),
            quantum=quantum,
        )

    @classmethod
    def of_steps(cls, partials: Sequence[Self]) -> Self:
        """Partials of one block and one step each, as one.

        Args:
            partials: one or more, in the order of their steps.

        Returns:
            Their steps side by side.
        """
        if len(partials) == 1:
            return partials[0]
        wide = any(p.sums.shape[-1] != partials[0].sums.shape[-1] for p in partials)
        return cls(
            areas=partials[0].areas,
            n=np.concatenate([p.n for p in partials], axis=1),
            low=np.concatenate([p.low for p in partials], axis=1),
            high=np.concatenate([p.high for p in partials], axis=1),
            sums=np.concatenate([widened(p.sums) if wide else p.sums for p in partials], axis=1),
            quantum=partials[0].quantum,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Moments:
    """Sums over whole areas; the index of an area is its row.

    Weights are in m2, values in whatever unit they came in. A cell without a value weighs
    nothing.
    """

    n: Longs
    """Cells with a value, whole or in part (area) [1]."""
    low: Floats
    """Smallest value (area) [of the values]; NaN where there is none."""
    high: Floats
    """Largest value (area) [of the values]; NaN where there is none."""
    sums: Longs
    """Exact sums (area, 3 or 5, digits): w, wx, wxx; with standard errors we, wse [quanta]."""
    quantum: float = 1.0
    """What the weights are counted in [m2]."""
    scale: float = 1.0
    """What the sums are in: value = scale * what was summed."""

    @property
    def n_areas(self) -> int:
        """How many areas there are."""
        return len(self.n)

    @property
    def w(self) -> Floats:
        """Area with a value (area) [m2]; 0 where there is none."""
        return to_floats(self.sums[:, W]) * self.quantum

    @property
    def wx(self) -> Floats:
        """Sum of weight times value (area) [unit m2]."""
        return to_floats(self.sums[:, WX]) * self.quantum * self.scale

    @property
    def wxx(self) -> Floats:
        """Sum of weight times value squared (area) [unit2 m2]."""
        return to_floats(self.sums[:, WXX]) * self.quantum * self.scale**2

    @property
    def mapped_m2(self) -> Floats:
        """Area with a value (area) [m2]: ``w`` by the name it is published under."""
        return self.w

    @property
    def total(self) -> Floats:
        """Integral of the values over the area (area) [unit m2]; NaN where nothing is mapped."""
        return np.where(self.w == 0, np.nan, self.wx)

    @property
    def mean(self) -> Floats:
        """Mean by area (area) [of the values]; NaN where nothing is mapped."""
        mean = _ratio(self.wx, self.w)
        # The true mean lies between the extremes; its rounding must, too.
        return np.fmax(np.fmin(mean, self.high), self.low) + 0 * mean

    @property
    def std(self) -> Floats:
        """Spread over the area (area) [of the values]; NaN where nothing is mapped.

        Square root of wxx / w - (wx / w)^2. The difference is taken before rounding, so that it
        does not cancel: a constant field has a spread of 0.
        """
        w, wx, wxx = (self.sums[:, k] for k in (W, WX, WXX))
        return spreads(w, wx, wxx) * abs(self.scale)

    @property
    def mean_error(self) -> Floats:
        """Standard error of the mean if the errors of all cells go together (area).

        NaN where no cell has a standard error. [of the values]
        """
        if self.sums.shape[1] <= WSE:
            return np.full(self.n_areas, np.nan)
        return _ratio(to_floats(self.sums[:, WSE]), to_floats(self.sums[:, WE]))

    @classmethod
    def merge(
        cls,
        partials: Sequence[Partial],
        n_areas: int,
        *,
        scale: float = 1.0,
    ) -> tuple[Self, ...]:
        """Add up partials.

        Args:
            partials: one or more, of blocks that do not overlap, in any order.
            n_areas: areas of the weights.
            scale: value = scale * what was summed.

        Returns:
            One row per area, for each step.
        """
        first = partials[0]
        steps = first.n.shape[1]
        n, low, high, sums = _added(partials, np.arange(n_areas))
        ends = low * scale, high * scale
        low = np.where(n > 0, np.minimum(*ends), np.nan)
        high = np.where(n > 0, np.maximum(*ends), np.nan)
        return tuple(
            cls(
                n=n[:, step],
                low=low[:, step],
                high=high[:, step],
                sums=sums[:, step],
                quantum=first.quantum,
                scale=scale,
            )
            for step in range(steps)
        )


def join(partials: Sequence[Partial]) -> Partial:
    """Several partials as one, of the areas that any of them has.

    Args:
        partials: one or more, of blocks that do not overlap.

    Returns:
        Their sum.
    """
    if len(partials) == 1:
        return partials[0]
    areas = np.unique(np.concatenate([p.areas for p in partials]))
    n, low, high, sums = _added(partials, areas)
    return replace(partials[0], areas=areas.astype(np.int32), n=n, low=low, high=high, sums=sums)


def _added(
    partials: Sequence[Partial], areas: npt.NDArray[np.integer]
) -> tuple[Longs, Floats, Floats, Longs]:
    """n, low, high and sums of some areas, which hold all those of the partials, ascending."""
    some = [p for p in partials if len(p.areas)]
    if len(some) == 1 and len(some[0].areas) == len(areas):
        return some[0].n, some[0].low, some[0].high, some[0].sums
    shape = (len(areas), *partials[0].n.shape[1:])
    digits = max(p.sums.shape[-1] for p in partials)
    n = np.zeros(shape, np.int64)
    low, high = np.full(shape, np.inf), np.full(shape, -np.inf)
    sums = np.zeros((*shape, partials[0].sums.shape[2], digits), np.int64)
    flat = sums.reshape(len(areas), math.prod(sums.shape[1:]))
    for p in some:
        at = np.searchsorted(areas, p.areas)
        those = p.sums if p.sums.shape[-1] == digits else widened(p.sums)
        _add_rows(at, p.n, n)
        _add_rows(at, those.reshape(len(at), flat.shape[1]), flat)
        _widen_ends(at, p.low, p.high, low, high)
    return n, low, high, sums


@compiled
def _add_rows(rows: Longs, some: Longs, total: Longs) -> None:
    """Add each row of ``some`` to its row of ``total``."""
    for i in range(rows.size):
        one, whole = some[i], total[rows[i]]
        for j in range(one.size):
            whole[j] += one[j]


@compiled
def _widen_ends(rows: Longs, low: Floats, high: Floats, lowest: Floats, highest: Floats) -> None:
    """Take the extremes of each row into its row of the whole."""
    for i in range(rows.size):
        for j in range(low.shape[1]):
            lowest[rows[i], j] = min(lowest[rows[i], j], low[i, j])
            highest[rows[i], j] = max(highest[rows[i], j], high[i, j])


def _ratio(above: Floats, below: Floats) -> Floats:
    """``above / below``; NaN where ``below`` is 0."""
    out = np.full(len(below), np.nan)
    np.divide(above, below, out=out, where=below != 0)
    return out
