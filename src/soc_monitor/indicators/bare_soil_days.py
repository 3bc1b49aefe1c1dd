"""Bare soil: days of the last twelve months on which less than 30 % of the ground was green."""

import xarray as xr

from soc_monitor.model import Indicator
from soc_monitor.model.scale import SOIL, Scale
from soc_monitor.model.vegetation import BARE, days_below, vegetated


def bare_days(cubes: xr.Dataset) -> xr.DataArray:
    """Days below 30 % of green cover, between monthly looks that are a month apart at most.

    Between two looks the cover goes on a straight line. A missing month leaves a gap that is not
    bridged and not counted: the number is the least it can be. Dry residue looks bare to a
    vegetation index; snow is not told from bare ground. Vegetation, not soil carbon.

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
    record = vegetated(cubes["ndvi_record"])
    bare, bridged, whole = days_below(record, BARE)
    enough = bridged >= 0.6 * whole
    return bare.where(enough & cubes["ndvi"].notnull())


indicator = Indicator(
    id="bare_soil_days",
    title={
        "en": "Days of bare soil in twelve months",
        "fr": "Jours de sol nu sur douze mois",
        "es": "Días de suelo desnudo en doce meses",
    },
    help={
        "en": "Days on which less than 30% of the ground was green; residues count as bare.",
        "fr": "Jours où moins de 30 % du sol était vert ; les résidus comptent comme sol nu.",
        "es": "Días con menos del 30 % del suelo verde; los residuos cuentan como suelo desnudo.",
    },
    unit="d",
    cell_unit="d",
    inputs=("ndvi",),
    over_area="mean",
    source="Green cover from NDVI (0.15 bare, 0.80 full), days below 30 % by straight lines",
    compute=bare_days,
    looks_back=13,
    alias=("bare", ""),
    units=(),
    group="health",
    scale=Scale(breaks=(15.0, 30.0, 60.0, 90.0, 150.0, 240.0), colours=SOIL[::-1]),
)
