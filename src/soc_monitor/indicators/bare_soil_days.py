"""Bare soil: days of the last twelve months on which less than 30 % of the ground was green."""

import xarray as xr

from soc_monitor.model import Indicator
from soc_monitor.model.scale import SOIL, Scale
from soc_monitor.model.vegetation import (
    BARE,
    LEAST_BRIDGED,
    SNOW_NDVI,
    days_below,
    vegetated,
)


def bare_days(cubes: xr.Dataset) -> xr.DataArray:
    """Days below 30 % of green cover, between monthly looks that are a month apart at most.

    Between two looks the cover goes on a straight line. A missing month leaves a gap that is not
    bridged: the number is the least it can be, and the upper end of its range has all days that are
    not bridged. An index below 0.05 is snow or water, and no bare ground; thin snow over
    stubble still looks bare, as does dry residue. Vegetation, not soil carbon.

    Args:
        cubes: ``ndvi`` (y, x) and ``ndvi_record`` (time, y, x), the twelve months up to it and the
            one before them, each in its place in time [1].

    Returns:
        (y, x) [d]; NaN where the month itself is NaN, or less than 60 % of the days are bridged.

    Source:
        f = clip((NDVI - 0.15) / (0.80 - 0.15), 0, 1), bare below 0.30; end points and limits are
        the monitor's own choice.

    Example:
        >>> first = ("time", [f"2020-{k:02}-01" for k in range(1, 13)] + ["2021-01-01"])
        >>> green = [0.1] * 4 + [0.8] * 9
        >>> past = xr.DataArray(green, dims="time").expand_dims(y=1, x=1, axis=(1, 2))
        >>> past = past.assign_coords(time=xr.DataArray(first[1], dims="time").astype("M8[ns]"))
        >>> found = bare_days(xr.Dataset({"ndvi_record": past, "ndvi": past[-1].drop_vars("time")}))
        >>> found.round(1).values.tolist()
        [[100.0]]
    """
    bare, _ = _days(cubes)
    return bare


def most_bare_days(cubes: xr.Dataset) -> xr.DataArray:
    """The most that ``bare_days`` can be: with all days that are not bridged (y, x) [d]."""
    bare, missed = _days(cubes)
    return bare + missed


def _days(cubes: xr.Dataset) -> tuple[xr.DataArray, xr.DataArray]:
    """Days that are bare, and days that no looks bridge (y, x) [d]."""
    index = cubes["ndvi_record"]
    low, bridged, whole = days_below(vegetated(index), BARE)
    snow, _, _ = days_below(index, SNOW_NDVI)
    told = (bridged >= LEAST_BRIDGED * whole) & cubes["ndvi"].notnull()
    return (low - snow).clip(min=0.0).where(told), (whole - bridged).where(told)


indicator = Indicator(
    id="bare_soil_days",
    title={
        "en": "Days of bare soil in twelve months",
        "fr": "Jours de sol nu sur douze mois",
        "es": "Días de suelo desnudo en doce meses",
    },
    help={
        "en": "Days on which less than 30% of the ground was green, without snow; residues count "
        "as bare. The range ends with all days that nothing was seen of.",
        "fr": "Jours où moins de 30 % du sol était vert, sans neige ; les résidus comptent comme "
        "sol nu. La fourchette va jusqu’à compter tous les jours dont rien n’a été vu.",
        "es": "Días con menos del 30 % del suelo verde, sin nieve; los residuos cuentan como suelo "
        "desnudo. El rango llega hasta contar todos los días de los que nada se vio.",
    },
    unit="d",
    cell_unit="d",
    inputs=("ndvi",),
    over_area="mean",
    source=(
        "Green cover from NDVI (0.15 bare, 0.80 full), days below 30 % by straight lines, without "
        "those of an index below 0.05 (snow)"
    ),
    compute=bare_days,
    most=most_bare_days,
    looks_back=13,
    alias=("bare", ""),
    units=(),
    group="health",
    scale=Scale(breaks=(15.0, 30.0, 60.0, 90.0, 150.0, 240.0), colours=SOIL[::-1]),
)
