"""Erring: a month of drivers as one member of an ensemble has it."""

from dataclasses import dataclass, fields, replace

import numpy as np
import numpy.typing as npt

from soc_monitor.nowcast.rothc import Floats, Month
from soc_monitor.nowcast.water import NONE

TEMPERATURE_SD = 0.5
"""[deg C]"""
RAIN_SD, EVAPORATION_SD, GROWTH_SD = 0.10, 0.10, 0.10
"""Relative errors of rain, of evaporation and of the year's growth."""
COVER_SD = 0.05
"""Of the cover modifier [1]."""
MOIST_SD = 0.10
"""Of the observed modifier of moisture [1]."""
FILLED = 2.0
"""A month filled from a mean year errs so many times more."""

ERRORS = ("temperature", "rain", "evaporation", "cover", "growth", "moist")
"""Sources of errors that change in time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """The month before any error (cell), float32."""

    month: Month
    """``plant`` for a yearly input of 1."""
    wider: Floats
    """How many times more the weather errs [1]."""
    sources: int
    """How many of ``ERRORS`` play a part: the last one only where soil moisture is observed."""


def told_month(month: Month, filled: npt.NDArray[np.bool_]) -> Told:
    """A month as it was told, ready for ``erring``.

    Args:
        month: flat arrays (cell).
        filled: cells whose weather is that of the mean year.
    """
    flat = {one.name: getattr(month, one.name) for one in fields(Month)}
    return Told(
        month=Month(**{n: np.require(v, np.float32, ["C", "W"]) for n, v in flat.items()}),
        wider=np.where(filled, FILLED, 1.0).astype(np.float32),
        sources=len(ERRORS) - (not np.any(month.moist >= 0)),
    )


def erring(told: Told, errors: Floats, level: Floats, pace: Floats) -> Month:
    """The month as one member has it: its own errors on top.

    Errors of a mean of nothing. The modifiers of cover and of observed moisture are therefore not
    held to 0.6..1 and 0.2..1, where most land sits on a bound and one half of the errors would be
    cut away; and the mean of a factor is 1, not its median.

    Args:
        told: the month.
        errors: of the first ``told.sources`` of ``ERRORS`` (source, cell) [1]; written to.
        level: yearly input of the member (cell) [t ha-1 yr-1].
        pace: its factor on all rates (cell) [1].
    """
    warmth, rain, evaporation, cover, growth, *wetness = errors
    month, wider = told.month, told.wider
    warmth *= np.float32(TEMPERATURE_SD)
    rain *= np.float32(RAIN_SD)
    evaporation *= np.float32(EVAPORATION_SD)
    for one in (warmth, rain, evaporation):
        np.multiply(one, wider, out=one)
    cover *= np.float32(COVER_SD)
    cover += month.cover
    growth *= np.float32(GROWTH_SD)
    for one, sd in ((rain, RAIN_SD), (evaporation, EVAPORATION_SD)):
        np.subtract(one, np.float32(sd**2 / 2) * wider**2, out=one)
    growth -= np.float32(GROWTH_SD**2 / 2)
    for one in (rain, evaporation, growth):
        np.exp(one, out=one)
    growth *= level
    return replace(
        month,
        temperature=np.add(warmth, month.temperature, out=warmth),
        rain=np.multiply(rain, month.rain, out=rain),
        evaporation=np.multiply(evaporation, month.evaporation, out=evaporation),
        cover=cover,
        plant=np.multiply(growth, month.plant, out=growth),
        moist=_wetter(month.moist, *wetness),
        pace=pace,
    )


def _wetter(moist: Floats, error: Floats | None = None) -> Floats:
    if error is None:
        return moist
    error *= np.float32(MOIST_SD)
    error += moist
    np.maximum(error, np.float32(0), out=error)  # What is below it would mean: not observed.
    error[moist < 0] = NONE
    return error
