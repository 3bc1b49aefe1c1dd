"""Scenarios: what more carbon input would bring, and how the gain fades.

As the FAO's GSOCseq has it: from the equilibrium that keeps the stock of today, twenty years of
mean weather with business as usual and with 5, 10 and 20 % more plant input. A stock that gains
has an end: the yearly gain is largest in the first year and fades; it is neither a rate for ever
nor safe from being lost again.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from soc_monitor.nowcast.equilibrium import invert, year_map
from soc_monitor.nowcast.rothc import POOLS, Month, Soil, with_input

Floats = npt.NDArray[np.floating]

YEARS = 20
INCREASES = (0.05, 0.10, 0.20)
"""Additional plant input of the three scenarios of sustainable management [1]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A stock through the years under one input."""

    plant: Floats
    """Plant input (...) [t ha-1 yr-1]."""
    pools: Floats
    """Active pools at the end of each year, from the start (year + 1, ..., 4) [t ha-1]."""
    stock: Floats
    """Stock at the end of each year, from the start (year + 1, ...) [t ha-1]."""

    @property
    def rates(self) -> Floats:
        """Gain of each year in thousandths of the stock at the start (year, ...) [permille yr-1].

        The curve that fades.
        """
        return np.asarray(1000 * np.diff(self.stock, axis=0) / self.stock[0])


def project(
    stock: Floats,
    iom: Floats,
    months: Sequence[Month],
    soil: Soil,
    increase: float,
    years: int = YEARS,
) -> Scenario:
    """The stock under more or less plant input, from the equilibrium that keeps it today.

    Args:
        stock: organic carbon of the layer (...) [t ha-1].
        iom: its inert part (...) [t ha-1].
        months: twelve of mean weather; ``plant`` holds the month's share of the yearly input [1].
        soil: clay and depth.
        increase: of the plant input [1]; 0: business as usual.
        years: how long.

    Returns:
        The scenario; NaN where the stock cannot be modelled.

    Source:
        FAO 2022, GSOCseq technical specifications, sections 3 and 4; a year of RothC is affine in
        its pools, so that a year is one step.

    Example:
        >>> one = np.ones(1)
        >>> mild = [
        ...     Month(
        ...         temperature=9.25 * one,
        ...         rain=60 * one,
        ...         evaporation=20 * one,
        ...         cover=0.6 * one,
        ...         plant=one / 12,
        ...         share=0.59 * one,
        ...         manure=0 * one,
        ...     )
        ... ] * 12
        >>> soil = Soil(clay=23.4 * one, depth=23)
        >>> same = project(50 * one, 4.2 * one, mild, soil, 0.0)
        >>> same.stock[-1].round(9).tolist(), bool((abs(same.rates) < 1e-9).all())
        ([50.0], True)
    """
    plant, start = invert(stock, iom, months, soil)
    given = [with_input(month, month.plant * plant, month.manure) for month in months]
    matrix, usual, _ = year_map(given, soil)
    more = [with_input(month, month.plant * plant * increase, 0 * month.manure) for month in months]
    _, extra, _ = year_map(more, soil)
    pools = np.stack([getattr(start, pool) for pool in POOLS], axis=-1)
    through = [pools]
    for _ in range(years):
        pools = np.einsum("...ij,...j->...i", matrix, pools) + usual + extra
        through.append(pools)
    every = np.stack(through)
    return Scenario(plant=plant * (1 + increase), pools=every, stock=every.sum(axis=-1) + iom)


def gap(scenario: Scenario, usual: Scenario) -> Floats:
    """Carbon that the scenario holds more than business as usual at its end (...) [t ha-1].

    Not to be added to the carbon debt, which answers another question.
    """
    return np.asarray(scenario.stock[-1] - usual.stock[-1])
