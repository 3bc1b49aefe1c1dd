"""Assimilation: what field samples say of a map, and how far from each of them.

Optimal interpolation: cells near a sample move towards it, the more the surer it is and the closer
they are. It corrects the level of the map. A corrected level is no change of the soil: the whole
history of a cell moves with it, in one ratio, so that its rates stay what they were.
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
T = TypeVar("T")

OUTLIER = 9.0
"""Squared innovation over its variance from which a sample is set aside: three deviations."""

REPRESENTATIVENESS = {"core": 0.275, "composite": 0.135}
"""How far one sample stands from the mean of its cell, as a share of it: a core in a cell of
1 km, a composite of twenty cores over 1 ha."""

ACROSS_STRATA = 0.5
"""Share of the correlation that is left between other land covers or textures."""

Correlation = Callable[[Floats], Floats]
"""Distances [km] -> correlation of the errors of the map."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Observations:
    """Samples as the map sees them."""

    cell: npt.NDArray[np.int64]
    """Index of the cell of each (m) [1]."""
    value: Floats
    """(m) [t ha-1]."""
    variance: Floats
    """Error of laboratory, sampling, depth and what one place says of its cell (m) [t2 ha-2]."""
    common: Floats | float = 0.0
    """The part of it, as a standard error, that samples have in common the nearer they lie to each
    other: of laboratory and conversion, and of the years to the map (m) [t ha-1]."""

    def only(self, some: npt.NDArray[np.bool_]) -> "Observations":
        """Some of them, told by a mask (m)."""
        common = np.broadcast_to(self.common, self.value.shape)
        return Observations(
            cell=self.cell[some],
            value=self.value[some],
            variance=self.variance[some],
            common=common[some],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """A map after its samples."""

    mean: Floats
    """(n) [t ha-1], never negative."""
    sd: Floats
    """(n) [t ha-1], never more than before."""
    weight: Floats
    """Measured share of the information (n) [1]: 1 - variance after / variance before."""
    innovation: Floats
    """Squared distance of each sample from the map over its variance (m) [1]; near 1 on average."""


def observation_variance(
    value: float, *, sd: float, kind: str = "core", depth_sd: float = 0.0, date_sd: float = 0.0
) -> float:
    """Variance of a sample as an observation of its cell.

    Args:
        value: stock [t ha-1].
        sd: error of the laboratory and of the sampling [t ha-1].
        kind: ``core`` or ``composite``.
        depth_sd: error of the step to 30 cm [t ha-1].
        date_sd: for the years between the sample and the map [t ha-1].

    Example:
        >>> round(observation_variance(60.0, sd=3.0), 2)
        281.25
    """
    place = REPRESENTATIVENESS[kind] * value
    return sd**2 + place**2 + depth_sd**2 + date_sd**2


def once(samples: Sequence[T], key: Callable[[T], Hashable]) -> list[T]:
    """Each sample once: the first of those with the same id, date and layer.

    Example:
        >>> once([("a", 1), ("b", 2), ("a", 1)], key=lambda one: one[0])
        [('a', 1), ('b', 2)]
    """
    found: dict[Hashable, T] = {}
    for sample in samples:
        found.setdefault(key(sample), sample)
    return list(found.values())


def together(seen: Observations) -> Observations:
    """The samples of a cell as one, whatever their order.

    Example:
        >>> both = Observations(
        ...     cell=np.array([7, 7]), value=np.array([50.0, 60.0]), variance=np.array([8.0, 8.0])
        ... )
        >>> one = together(both)
        >>> one.cell.tolist(), one.value.tolist(), one.variance.tolist()
        ([7], [55.0], [4.0])
    """
    cells, at = np.unique(seen.cell, return_inverse=True)
    weight = np.bincount(at, 1 / seen.variance)
    value = np.bincount(at, seen.value / seen.variance) / weight
    return Observations(cell=cells, value=value, variance=1 / weight)


def outliers(mean: Floats, sd: Floats, seen: Observations) -> npt.NDArray[np.bool_]:
    """Samples that are too far from the map to be believed (m): set aside, and named.

    Example:
        >>> seen = Observations(
        ...     cell=np.array([0, 0]), value=np.array([60.0, 95.0]), variance=np.full(2, 25.0)
        ... )
        >>> outliers(np.array([50.0]), np.array([10.0]), seen).tolist()
        [False, True]
    """
    return innovation(mean, sd, seen) > OUTLIER


def innovation(mean: Floats, sd: Floats, seen: Observations) -> Floats:
    """Squared distance of samples from the map over its variance (m) [1]."""
    expected = sd[seen.cell] ** 2 + seen.variance
    return np.asarray((seen.value - mean[seen.cell]) ** 2 / expected)


def analyse(
    mean: Floats,
    sd: Floats,
    seen: Observations,
    between: Callable[[npt.NDArray[np.int64], npt.NDArray[np.int64]], Floats],
    *,
    block: int = 65_536,
) -> Analysis:
    """Cells of a map corrected by samples, all at once; their order does not matter.

    Args:
        mean: stock of cells (n) [t ha-1]; no NaN.
        sd: its standard error (n) [t ha-1].
        seen: samples in these cells, not two in one cell: see ``together``.
        between: two lists of cells -> correlation of their errors (k, m) [1].
        block: cells that are corrected at a time, which bounds the memory.

    Returns:
        The corrected cells.

    Source:
        xa = xb + B H'(H B H' + R)^-1 (y - H xb), R with what samples have in common outside of its
        diagonal; Daley 1991, Atmospheric Data Analysis, Ch. 4.

    Example:
        >>> seen = Observations(
        ...     cell=np.array([0]), value=np.array([60.0]), variance=np.array([25.0])
        ... )
        >>> alone = lambda one, other: np.ones((len(one), len(other)))
        >>> after = analyse(np.array([50.0]), np.array([10.0]), seen, alone)
        >>> round(float(after.mean[0]), 9), round(float(after.sd[0]), 6), after.weight.round(6)
        (58.0, 4.472136, array([0.8]))
    """
    at = seen.cell
    alike = between(at, at)
    own = alike * np.outer(sd[at], sd[at])
    lower = np.linalg.cholesky(own + _errors(seen, alike))
    pull = np.linalg.solve(lower, seen.value - mean[at])
    after, left = np.empty_like(mean), np.empty_like(sd)
    for first in range(0, len(mean), block):
        some = np.arange(first, min(first + block, len(mean)))
        towards = between(some, at) * np.outer(sd[some], sd[at])
        half = np.linalg.solve(lower, towards.T)
        after[some] = mean[some] + half.T @ pull
        left[some] = sd[some] ** 2 - (half**2).sum(axis=0)
    left = np.clip(left, 0, sd**2)
    known = sd > 0
    weight = np.where(known, 1 - left / np.where(known, sd**2, 1), 0.0)
    return Analysis(
        mean=np.maximum(after, 0.0),
        sd=np.sqrt(left),
        weight=weight,
        innovation=innovation(mean, sd, seen),
    )


def _errors(seen: Observations, alike: Floats) -> Floats:
    """R of samples (m, m) [t2 ha-2]: what they have in common falls off as errors of maps do."""
    common = np.broadcast_to(seen.common, seen.value.shape)
    found = np.outer(common, common) * alike
    np.fill_diagonal(found, seen.variance)
    return found


def by_distance(
    lon: Floats, lat: Floats, stratum: npt.NDArray[np.integer], correlation: Correlation
) -> Callable[[npt.NDArray[np.int64], npt.NDArray[np.int64]], Floats]:
    """Correlation of cells by the distance of their centres, halved across strata.

    Args:
        lon, lat: centres (n) [degrees].
        stratum: land cover and texture of cells (n) [1].
        correlation: by distance [km]; 1 at a distance of 0.

    Example:
        >>> near = by_distance(
        ...     np.zeros(2), np.array([0.0, 1.0]), np.zeros(2, int), lambda km: np.exp(-km / 100)
        ... )
        >>> near(np.array([0]), np.array([0, 1])).round(3)
        array([[1.   , 0.329]])
    """
    p, q = np.radians(lat), np.radians(lon)
    place = np.stack([np.cos(p) * np.cos(q), np.cos(p) * np.sin(q), np.sin(p)], axis=1)

    def between(one: npt.NDArray[np.int64], other: npt.NDArray[np.int64]) -> Floats:
        chord = np.linalg.norm(place[one][:, None] - place[other][None], axis=2)
        km = 2 * EARTH_KM * np.arcsin(np.minimum(chord / 2, 1.0))
        same = stratum[one][:, None] == stratum[other][None]
        found = np.where(same, 1.0, ACROSS_STRATA) * correlation(km)
        return np.where(one[:, None] == other[None], 1.0, found)

    return between


EARTH_KM = 6371.0088


def rebase(history: Floats, before: Floats, after: Floats) -> Floats:
    """A history whose level was corrected: past and present move in one ratio.

    Args:
        history: stock of every period (time, ...) [t ha-1].
        before: level before the correction (...) [t ha-1].
        after: level after it (...) [t ha-1].

    Returns:
        (time, ...) [t ha-1]; its rates are those of ``history``. As it was where ``before`` is 0.

    Example:
        >>> rebase(np.array([50.0, 51.0]), np.array(50.0), np.array(60.0))
        array([60. , 61.2])
    """
    some = np.where(before > 0, before, 1.0)
    return np.asarray(history * np.where(before > 0, after / some, 1.0))
