"""Moments: sums over the cells of areas, and what follows from them: mean, total, spread.

All sums are exact (``exact.py``): of one set of weights and values there is one answer, whatever
the chunks, the threads, the order of merging and the type that the values are stored in.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
import numpy.typing as npt

from soc_monitor.aggregate.exact import DIGITS, to_floats, to_integers

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
    """Cells with a value (k) [1]."""
    low: Floats
    """Smallest value (k) [of the values]; +inf where there is none."""
    high: Floats
    """Largest value (k) [of the values]; -inf where there is none."""
    sums: Longs
    """Exact sums (k, 3 or 5, 20): w, wx, wxx; with standard errors we, wse."""

    @property
    def moments(self) -> Floats:
        """The sums as floats (k, 3 or 5), each rounded once."""
        return _rounded(self.sums)


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
    """Exact sums (area, 3 or 5, 20): w, wx, wxx; with standard errors we, wse."""

    @property
    def n_areas(self) -> int:
        """How many areas there are."""
        return len(self.n)

    @property
    def w(self) -> Floats:
        """Area with a value (area) [m2]; 0 where there is none."""
        return to_floats(self.sums[:, W])

    @property
    def wx(self) -> Floats:
        """Sum of weight times value (area) [unit m2]."""
        return to_floats(self.sums[:, WX])

    @property
    def wxx(self) -> Floats:
        """Sum of weight times value squared (area) [unit2 m2]."""
        return to_floats(self.sums[:, WXX])

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
        w, wx, wxx = (to_integers(self.sums[:, k]) for k in (W, WX, WXX))
        return np.array(
            [
                np.sqrt(max(a * c - b * b, 0) / (a * a)) if a else np.nan
                for a, b, c in zip(w, wx, wxx, strict=True)
            ]
        )

    @property
    def mean_error(self) -> Floats:
        """Standard error of the mean if the errors of all cells go together (area).

        NaN where no cell has a standard error. [of the values]
        """
        if self.sums.shape[1] <= WSE:
            return np.full(self.n_areas, np.nan)
        return _ratio(to_floats(self.sums[:, WSE]), to_floats(self.sums[:, WE]))

    @classmethod
    def merge(cls, partials: Iterable[Partial], n_areas: int, *, errors: bool = False) -> Self:
        """Add up partials.

        Args:
            partials: of blocks that do not overlap, in any order.
            n_areas: areas of the weights.
            errors: whether the partials have sums of standard errors.

        Returns:
            One row per area.
        """
        n = np.zeros(n_areas, np.int64)
        low, high = np.full(n_areas, np.inf), np.full(n_areas, -np.inf)
        sums = np.zeros((n_areas, 5 if errors else 3, DIGITS), np.int64)
        for p in partials:
            n[p.areas] += p.n
            low[p.areas] = np.minimum(low[p.areas], p.low)
            high[p.areas] = np.maximum(high[p.areas], p.high)
            sums[p.areas] += p.sums
        none = n == 0
        return cls(
            n=n,
            low=np.where(none, np.nan, low),
            high=np.where(none, np.nan, high),
            sums=sums,
        )


def join(partials: Sequence[Partial]) -> Partial:
    """Several partials as one, of the areas that any of them has.

    Args:
        partials: one or more, of blocks that do not overlap.

    Returns:
        Their sum.
    """
    areas, at = np.unique(np.concatenate([p.areas for p in partials]), return_inverse=True)
    n = np.zeros(len(areas), np.int64)
    low, high = np.full(len(areas), np.inf), np.full(len(areas), -np.inf)
    sums = np.zeros((len(areas), *partials[0].sums.shape[1:]), np.int64)
    first = 0
    for p in partials:
        here = at[first : first + len(p.areas)]
        first += len(p.areas)
        n[here] += p.n
        low[here] = np.minimum(low[here], p.low)
        high[here] = np.maximum(high[here], p.high)
        sums[here] += p.sums
    return Partial(areas=areas.astype(np.int32), n=n, low=low, high=high, sums=sums)


def _rounded(sums: Longs) -> Floats:
    """Exact sums (k, m, 20) as floats (k, m)."""
    return to_floats(sums.reshape(-1, DIGITS)).reshape(sums.shape[:2])


def _ratio(above: Floats, below: Floats) -> Floats:
    """``above / below``; NaN where ``below`` is 0."""
    out = np.full(len(below), np.nan)
    np.divide(above, below, out=out, where=below != 0)
    return out
