"""Roll-up: from the finest areas to countries, regions and the world, by summation."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

import numpy as np
import numpy.typing as npt

from soc_monitor.aggregate.moments import Moments
from soc_monitor.errors import BadValue

NOISE: Final = 1e-9
"""A remainder below this share of the whole is rounding of the shares, and none [1]."""


def roll_up(
    moments: Moments, parents: Mapping[int, int] | Sequence[int] | npt.NDArray[np.integer]
) -> Moments:
    """Moments of the finest areas and of all their ancestors.

    Args:
        moments: of the finest areas: 0 to n - 1.
        parents: for each area, its parent (area) [1], n or more; -1 or absent: it has none.
            Areas from n on are ancestors, and their parents are in here as well.

    Returns:
        Rows 0 to n - 1 as given, then the ancestors: exact sums over all that is below them.
        NaN extremes where nothing is mapped.

    Raises:
        BadValue: a parent is a finest area, which would count twice, or parents go in a circle.

    Example:
        >>> from soc_monitor.aggregate.exact import DIGITS
        >>> two = Moments(
        ...     n=np.array([1, 2]),
        ...     low=np.array([1.0, 3.0]),
        ...     high=np.array([1.0, 5.0]),
        ...     sums=np.zeros((2, 3, DIGITS), np.int64),
        ... )
        >>> roll_up(two, [2, 2, 3, -1]).n.tolist()  # 2: a country, 3: the world
        [1, 2, 3, 3]
    """
    up = _up(parents, moments.n_areas)
    size = len(up)
    n = np.zeros(size, np.int64)
    low, high = np.full(size, np.nan), np.full(size, np.nan)
    sums = np.zeros((size, *moments.sums.shape[1:]), np.int64)
    at, leaf = np.arange(moments.n_areas), np.arange(moments.n_areas)
    for _ in range(size + 1):
        if not len(at):
            return replace(moments, n=n, low=low, high=high, sums=sums)
        np.add.at(n, at, moments.n[leaf])
        np.fmin.at(low, at, moments.low[leaf])
        np.fmax.at(high, at, moments.high[leaf])
        np.add.at(sums, at, moments.sums[leaf])
        at = up[at]
        at, leaf = at[at >= 0], leaf[at >= 0]
    msg = "parents go in a circle"
    raise BadValue(msg)


def _up(
    parents: Mapping[int, int] | Sequence[int] | npt.NDArray[np.integer], n: int
) -> npt.NDArray[np.int64]:
    """The parents as an array; -1 where there is none."""
    if isinstance(parents, Mapping):
        size = max([n - 1, *parents.keys(), *parents.values()]) + 1
        up = np.full(size, -1, np.int64)
        for child, parent in parents.items():
            up[child] = parent
    else:
        up = np.asarray(parents, np.int64)
        size = max(n, len(up), int(up.max(initial=-1)) + 1)
        up = np.append(up, np.full(size - len(up), -1))
    if ((up >= 0) & (up < n)).any():
        msg = "a finest area cannot be a parent: it would count twice"
        raise BadValue(msg)
    return up


def unassigned(moments: Moments, whole: int, parts: Sequence[int]) -> Moments:
    """What the parts of an area leave over: the area minus their sum.

    Linear sums only (w, wx, wxx and the errors), exact and with their sign: parts that reach
    beyond the whole, or overlap, leave a negative remainder.

    Args:
        moments: of all areas.
        whole: row of the area that is parted.
        parts: rows of its parts, which should not overlap.

    Returns:
        One row; its n is 0 and its extremes NaN, for they cannot be told by subtraction. All 0
        where the weight left over is below 1e-9 of the whole.

    Example:
        >>> from soc_monitor.aggregate.exact import DIGITS, add
        >>> sums = np.zeros((2, 3, DIGITS), np.int64)
        >>> add(sums[0], 0, 100.0)
        >>> add(sums[1], 0, 70.0)
        >>> nothing = np.full(2, np.nan)
        >>> both = Moments(n=np.array([3, 2]), low=nothing, high=nothing, sums=sums)
        >>> unassigned(both, 0, [1]).w
        array([30.])
    """
    sums = moments.sums[[whole]] - moments.sums[list(parts)].sum(axis=0, keepdims=True)
    nothing = np.full(1, np.nan)
    left = replace(moments, n=np.zeros(1, np.int64), low=nothing, high=nothing, sums=sums)
    if abs(left.w[0]) >= NOISE * moments.w[whole]:
        return left
    return replace(left, sums=np.zeros_like(sums))
