"""Correction: a whole map and its field samples."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from soc_monitor.model import Grid, Sample
from soc_monitor.nowcast.assimilation import (
    EARTH_KM,
    Correlation,
    analyse,
    by_distance,
    outliers,
)
from soc_monitor.nowcast.organic import PEAT, organic
from soc_monitor.nowcast.sampling import Profile, each, observe, profiles

Floats = npt.NDArray[np.float64]
Field = npt.NDArray[np.floating]


@dataclass(frozen=True, slots=True, kw_only=True)
class Map:
    """A map with its errors."""

    stock: Field
    """(y, x) [t ha-1]; NaN: no soil, or no estimate."""
    sd: Field
    """Its standard error (y, x) [t ha-1]."""
    stratum: Field
    """Class of land cover (y, x) [1]."""
    grid: Grid
    year: int
    """That it stands for."""
    group: Field | None = None
    """Of the WRB (y, x) [1]; None: there is no map of soil classes."""


@dataclass(frozen=True, slots=True)
class Corrected:
    """A map after its samples."""

    stock: Field
    """(y, x) [t ha-1]; NaN where the map is."""
    sd: Field
    """(y, x) [t ha-1], never more than before."""
    set_aside: tuple[str, ...] = ()
    """Feed and key of samples that are too far from the map to be believed."""
    used: frozenset[str] = frozenset()
    """Feed and key of those that the map rests on."""


def correct(
    prior: Map,
    taken: Sequence[tuple[str, Sample]],
    correlation: Correlation,
    reach_km: float,
    left_out: Counter[str],
) -> Corrected:
    """The map after its samples; Histosols, and cells out of reach of every sample, stay.

    A stock that is high as that of peat is what a sample may correct: it is judged after it. A
    sample whose own stock is that high is one of an organic soil, as one of 12 % of carbon is.

    Args:
        prior: the map.
        taken: feeds and samples.
        correlation: of the errors of cells by distance [km]; a cell with itself has 1.
        reach_km: how far a sample is felt [km].
        left_out: is told how many samples were not taken, by reason.

    Source:
        Optimal interpolation, see ``assimilation.analyse``.
    """
    grid = prior.grid
    known = np.isfinite(prior.stock) & np.isfinite(prior.sd)
    no = np.zeros_like(known)
    peat = no if prior.group is None else known & organic(None, prior.group)
    cells = np.flatnonzero(known & ~peat)
    mean, sd = (one.ravel()[cells].astype(np.float64) for one in (prior.stock, prior.sd))
    every = profiles(taken, left_out)
    # Samples of mineral soils tell nothing of peat, nor does it of them.
    bog = set(np.flatnonzero(peat).tolist())
    found = [one for one in every if one.cell(grid) not in bog]
    left_out["where the soil is organic"] += len(every) - len(found)
    valid = _places(cells, [one.cell(grid) for one in found])
    here = [one for one in found if one.cell(grid) in valid]
    left_out["where the map has no value"] += len(found) - len(here)
    # Peat lies far from a map of mineral soils, and is no mistake for it.
    mineral = [one for one in here if not _is_peat(one)]
    left_out["organic soil"] += len(here) - len(mineral)
    # One wild value sets aside itself, and not its neighbours in the cell.
    alone = each(mineral, grid, valid, mean, prior.year)
    odd = outliers(mean, sd, alone) | (alone.value > PEAT)
    far = [one for one, wild in zip(mineral, odd, strict=True) if wild]
    left_out["too far from the map to be believed"] += len(far)
    kept = [one for one, wild in zip(mineral, odd, strict=True) if not wild]
    stock, error = prior.stock.copy(), prior.sd.copy()
    if kept:
        seen = observe(kept, grid, valid, mean, prior.year)
        row, column = np.divmod(cells, grid.nx)
        lon = grid.west + (column + 0.5) * grid.dx
        lat = grid.north - (row + 0.5) * grid.dy
        near = np.flatnonzero(within(lon, lat, seen.cell, reach_km))
        placed = replace(seen, cell=np.searchsorted(near, seen.cell))
        kinds = prior.stratum.ravel()[cells[near]].astype(np.int64)
        after = analyse(
            mean[near], sd[near], placed, by_distance(lon[near], lat[near], kinds, correlation)
        )
        stock.ravel()[cells[near]], error.ravel()[cells[near]] = after.mean, after.sd
    aside, used = ([name for one in some for name in one.ids] for some in (far, kept))
    return Corrected(stock, error, tuple(aside), frozenset(used))


def _is_peat(one: Profile) -> bool:
    """Whether its own stock is that of an organic soil, and not higher than any soil's."""
    return one.stock.value <= PEAT and bool(organic(np.array([one.stock.value])).any())


def _places(cells: npt.NDArray[np.int64], asked: Sequence[int]) -> dict[int, int]:
    """Where some cells stand in a sorted list of them; those that are not in it are left out."""
    wanted = np.unique(np.array(asked, np.int64))
    at = np.searchsorted(cells, wanted)
    there = np.isin(wanted, cells)
    return dict(zip(wanted[there].tolist(), at[there].tolist(), strict=True))


def within(
    lon: Floats, lat: Floats, at: npt.NDArray[np.int64], reach_km: float
) -> npt.NDArray[np.bool_]:
    """Places that are within reach of any of some of them.

    Args:
        lon, lat: places (n) [degrees].
        at: indices of those that reach out (m) [1].
        reach_km: [km].

    Example:
        >>> within(np.zeros(3), np.array([0.0, 1.0, 9.0]), np.array([0]), 300.0).tolist()
        [True, True, False]
    """
    p, q = np.radians(lat), np.radians(lon)
    place = np.stack([np.cos(p) * np.cos(q), np.cos(p) * np.sin(q), np.sin(p)], axis=1)
    chord = 2 * np.sin(reach_km / (2 * EARTH_KM))
    reached = np.zeros(len(lon), bool)
    for one in at:
        reached |= np.linalg.norm(place - place[one], axis=1) <= chord
    return reached
