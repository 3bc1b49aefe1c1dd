"""Indicator: a quantity computed from cubes and reduced over areas."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from soc_monitor.model.backing import OfBacking
from soc_monitor.model.scale import Scale

if TYPE_CHECKING:  # most of a second to load, and whoever only looks has no array
    import xarray as xr

Compute = Callable[["xr.Dataset"], "xr.DataArray"]

OfMeans = Callable[[float, float, float], float]
"""(mean at the end, mean at the start, years between) -> number of an area."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Indicator:
    """A quantity computed from cubes cell by cell, then reduced over areas."""

    id: str
    """``soc_stock_0_30cm``: snake case, with the depth."""
    title: dict[str, str]
    """Language to title."""
    help: dict[str, str]
    """Language to one line that says what it is."""
    unit: str
    """Of the areal number (UDUNITS): ``t ha-1``, ``Pg``."""
    inputs: tuple[str, ...]
    """Variables it needs; every product that has all of them gets this indicator."""
    over_area: str
    """``mean``: area-weighted mean over the mapped area; ``total``: its integral; ``ratio``: made
    from the means of its dates on the land that all cover, which is a ratio of their totals."""
    source: str
    scale: Scale
    """Classes for maps."""
    compute: Compute | None = None
    """(y, x) arrays of the inputs -> (y, x) array, lazy stays lazy [``cell_unit``].

    None: it is told of areas alone, and has no cells."""
    cell_unit: str = ""
    """Unit of one cell's value; empty: ``unit``."""
    of_means: OfMeans | None = None
    """For an indicator of change: it compares a period with a base period. ``compute`` then gets
    each input a second time as ``NAME_base``, and ``years`` between the two."""
    floor: float = -math.inf
    """What the number of an area is not told below; its interval is made before it is cut there."""
    most: Compute | None = None
    """As ``compute``, the most that it can be: the upper end of a range, which is no interval: no
    share of the cases is known to lie in it, and nothing is ranked or called certain by it."""
    least: Compute | None = None
    """Of what has a most, the lower end; None: the number itself is the least."""
    chance: bool = False
    """Whether a cell has the chance of a class, and an area the share of its land that is expected
    to be of it [%]: no more than 100. The chance of a cell says itself how certain it is: only of
    areas an interval is told."""
    seasonal: bool = False
    """An anomaly: ``compute`` gets its first input a second time as ``NAME_record`` (time, y, x):
    the same month of the other years, ten or more."""
    climatology: tuple[int, int] | None = None
    """Of an anomaly: first and last year of the record, where ten of them are there."""
    beside: tuple[str, ...] = ()
    """Variables that ``compute`` is given as well where a product has them on the same grid."""
    of_backing: OfBacking | None = None
    """For what stands behind the inputs of a nowcast, in the place of ``compute``."""
    looks_back: int = 0
    """Of so many months up to the period, itself included: ``compute`` gets its first input a
    second time as ``NAME_record`` (time, y, x), with times; missing months are not there."""
    alias: tuple[str, str] = ("", "")
    """Page keys ``v`` and ``d`` that stand for it: ("stock", "0-30"); above ground no ``d``."""
    std_input: str = ""
    """Variable with the standard deviation of a cell's error, where a product has one."""
    units: tuple[str, ...] = field(default_factory=tuple)
    """Page keys ``u`` that it can be shown in, the first by default."""
    usual: tuple[float, float] | None = None
    """Lowest and highest number that is usual [``unit``], an open end infinite; None: no limit is
    known of it, and nothing is said."""
    group: str = "carbon"
    """Heading it stands under in lists: carbon, change, health, drivers, support."""
    precision: int = 3
    """Significant digits on screen."""

    @property
    def method(self) -> str:
        """What the docstring of its formula says."""
        return (self.of_backing or self.compute).__doc__ or ""
