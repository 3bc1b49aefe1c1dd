"""Spread: intervals from the members of an ensemble, and of a change between two dates."""

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from soc_monitor.errors import BadValue

STRUCTURAL = 2.0
"""Error of the rate that no member carries: the shape of the model and its start in equilibrium.

Common to all cells, so that averaging over an area does not reduce it [permille yr-1].
"""

Floats = npt.NDArray[np.float64]
Array = TypeVar("Array", bound=Any)


def structural_share(years: float) -> float:
    """Error of a stock that a model has carried forward: of the model's shape and of its start.

    Args:
        years: since the start in equilibrium.

    Returns:
        Standard error as a share of the stock [1]: 2 permille for every year, common to all cells.

    Example:
        >>> [round(60.0 * structural_share(years), 9) for years in (1, 10)]
        [0.12, 1.2]
    """
    return STRUCTURAL / 1000 * years


def without_structure(errors: Array, stock: Array, years: float) -> Array:
    """What neighbours may average away of the errors of a carried stock.

    What the model itself errs is common to all cells: it is taken out of theirs here, and added
    for an area as a whole (``structural_share`` of its number).

    Args:
        errors: standard errors of cells (...) [any].
        stock: of the cells (...) [as the errors].
        years: since the start in equilibrium.

    Returns:
        Standard errors of the rest (...) [as the errors]; lazy stays lazy.

    Example:
        >>> without_structure(np.array([13.0]), np.array([60.0]), 100.0 / 2.4).round(9)
        array([12.])
    """
    common = structural_share(years) * stock
    rest: Array = (errors**2 - common**2).clip(min=0) ** 0.5
    return rest


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """A mean with its error and its intervals, all in one unit."""

    mean: Floats
    sd: Floats
    lower_95: Floats
    upper_95: Floats
    lower_50: Floats
    upper_50: Floats


@lru_cache(maxsize=256)
def student_t(share: float, freedom: int) -> float:
    """Half-width of the central interval of Student's t distribution.

    Args:
        share: probability inside, such as 0.95.
        freedom: degrees of freedom, 1 or more.

    Source:
        Abramowitz and Stegun 1964, Eq. 26.7.3 and 26.7.4, solved by bisection.

    Example:
        >>> round(student_t(0.95, 24), 4), round(student_t(0.5, 1), 4)
        (2.0639, 1.0)
    """
    low, high = 0.0, math.pi / 2
    while high - low > 1e-15:
        middle = (low + high) / 2
        low, high = (middle, high) if _inside(middle, freedom) < share else (low, middle)
    return math.tan(low) * math.sqrt(freedom)


def _inside(angle: float, freedom: int) -> float:
    """P(|t| <= tan(angle) sqrt(freedom))."""
    cosine, sine = math.cos(angle), math.sin(angle)
    odd = freedom % 2
    term = cosine if odd else 1.0
    total = term if freedom > 1 or not odd else 0.0
    for k in range(2 + odd, freedom, 2):
        term *= cosine * cosine * (k - 1) / k
        total += term
    return 2 / math.pi * (angle + sine * total) if odd else sine * total


def band_of_members(members: npt.ArrayLike, *, common_sd: npt.ArrayLike = 0.0) -> Band:
    """Interval of what the members of an ensemble say, by Student's t.

    Args:
        members: one row a member (member, ...) [any]. Of a change: the change of each member, the
            same one at both dates.
        common_sd: error that no member carries, added in quadrature (...) [as the members].

    Returns:
        Band of (...) [as the members]; NaN where a member has no value.

    Raises:
        BadValue: fewer than two members.

    Source:
        mean ± t(n - 1) x sd: an interval for the quantity, not for the mean of the members.

    Example:
        >>> band = band_of_members([1.0, 2.0, 3.0])
        >>> float(band.mean), float(band.sd), round(float(band.upper_95), 3)
        (2.0, 1.0, 6.303)
        >>> rate = band_of_members([1.0, 2.0, 3.0], common_sd=STRUCTURAL)
        >>> round(float(rate.sd), 4)
        2.2361
    """
    values = np.asarray(members, np.float64)
    n = len(values) if values.ndim else 0
    if n < 2:  # a spread needs two
        raise BadValue(f"{n} members: a spread needs two or more")
    mean = values.mean(axis=0)
    sd = np.hypot(values.std(axis=0, ddof=1), common_sd)
    wide, narrow = (student_t(share, n - 1) for share in (0.95, 0.5))
    return Band(
        mean=mean,
        sd=sd,
        lower_95=mean - wide * sd,
        upper_95=mean + wide * sd,
        lower_50=mean - narrow * sd,
        upper_50=mean + narrow * sd,
    )


def change_sd(base_sd: float, now_sd: float, correlation: float) -> float:
    """Standard error of the difference of two stocks whose errors go together.

    Args:
        base_sd: of the first [any].
        now_sd: of the second [as ``base_sd``].
        correlation: of the two errors: near 1 within one model on one map, 0 between two maps
            that were made apart.

    Example:
        >>> round(change_sd(10.0, 10.0, 0.98), 9)
        2.0
        >>> round(change_sd(3.0, 4.0, 0.0), 9)
        5.0
    """
    both = base_sd**2 + now_sd**2 - 2 * correlation * base_sd * now_sd
    return math.sqrt(max(both, 0.0))
