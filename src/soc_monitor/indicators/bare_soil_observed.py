"""Bare soil, observed: share of the days of twelve months that looks of plants bridge."""

import xarray as xr

from soc_monitor.model import Indicator
from soc_monitor.model.scale import SOIL, Scale
from soc_monitor.model.vegetation import BARE, days_below, vegetated


def observed_share(cubes: xr.Dataset) -> xr.DataArray:
    """Share of the days that lie between two looks a month apart at most.

    Of it the interval of the days of bare soil is made; below 60 % they are not told.

    Args:
        cubes: ``ndvi`` (y, x) and ``ndvi_record`` (time, y, x), the twelve months up to it and the
            one before them, each in its place in time [1].

    Returns:
        (y, x) [%]; NaN where no two looks are joined: there is no land, or nothing to see of it.

    Source:
        The monitor's own choice: 32 days apart at most, straight lines between.

    Example:
        >>> first = ("time", ["2020-01-01", "2020-02-01", "2020-03-01", "2020-05-01"])
        >>> past = xr.DataArray([0.5, 0.5, 0.5, 0.5], dims="time").expand_dims(
        ...     y=1, x=1, axis=(1, 2)
        ... )
        >>> past = past.assign_coords(time=xr.DataArray(first[1], dims="time").astype("M8[ns]"))
        >>> given = xr.Dataset({"ndvi_record": past, "ndvi": past[-1].drop_vars("time")})
        >>> observed_share(given).round(1).values.tolist()  # 60 of 121 days
        [[49.6]]
    """
    _, bridged, whole = days_below(vegetated(cubes["ndvi_record"]), BARE)
    return (100.0 * bridged / whole).where(bridged > 0)


indicator = Indicator(
    id="bare_soil_observed",
    title={
        "en": "Days seen, of the twelve months of bare soil",
        "fr": "Jours vus, des douze mois du sol nu",
        "es": "Días vistos, de los doce meses del suelo desnudo",
    },
    help={
        "en": "Share of the days that lie between two looks from space a month apart at most.",
        "fr": "Part des jours compris entre deux vues de l’espace à un mois d’écart au plus.",
        "es": "Parte de los días entre dos vistas desde el espacio a un mes como máximo.",
    },
    unit="%",
    cell_unit="%",
    inputs=("ndvi",),
    over_area="mean",
    source="Days between looks at most 32 days apart over all days of twelve months",
    compute=observed_share,
    looks_back=13,
    alias=("bare-observed", ""),
    units=("pct",),
    group="support",
    scale=Scale(breaks=(10.0, 25.0, 50.0, 75.0, 90.0, 99.0), colours=SOIL),
)
