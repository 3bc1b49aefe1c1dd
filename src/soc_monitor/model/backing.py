"""Backing: what stands behind the numbers of an area: inputs of the very month, and samples."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Backing:
    """What stands behind the numbers of an area in one month of a nowcast."""

    weather: float
    """Share of the modelled land whose weather is that of the very month [1]."""
    vegetation: float
    """The same of the vegetation [1]."""
    input_age: int | None
    """Days from the end of the newest observation of the input that is behind most, of those that
    cannot be done without, to the end of the month; None: nothing was observed of the area."""
    samples: int
    """Places and days of field samples in the ten years up to the end of the month."""
    places: int
    """Places alone: one that was sampled again and again is one."""
    land_km2: float


OfBacking = Callable[[Backing], float | None]
"""What stands behind the numbers of an area -> one number; None: there is none."""


def land_covered(by: Literal["weather", "vegetation"]) -> OfBacking:
    """The share of the modelled land that has an input of the very month.

    Where temperature and rain are not those of the month they are a mean year's; where the
    vegetation was not seen, growth follows from the weather.

    Args:
        by: which input. It takes what stands behind the stock of an area, ``soc_stock_0_30cm``, in
            one month.

    Returns:
        It gives [%], 0 to 100; there is none where nothing is modelled.

    Source:
        Area with an accepted input inside of its allowed age over the area of soil; the age that is
        allowed is the month itself.

    Example:
        >>> behind = Backing(
        ...     weather=0.5, vegetation=0.25, input_age=0, samples=0, places=0, land_km2=1.0
        ... )
        >>> land_covered("weather")(behind), land_covered("vegetation")(behind)
        (50.0, 25.0)
    """

    def covered(behind: Backing) -> float:
        return 100.0 * (behind.weather if by == "weather" else behind.vegetation)

    covered.__doc__ = land_covered.__doc__
    return covered
