"""Backing: what stands behind the numbers of an area: inputs of the very month, and samples."""

from collections.abc import Callable
from dataclasses import dataclass


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
    land_km2: float


OfBacking = Callable[[Backing], float | None]
"""What stands behind the numbers of an area -> one number; None: there is none."""
