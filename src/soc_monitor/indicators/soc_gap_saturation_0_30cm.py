"""Gap to saturation, 0-30 cm: how much carbon the fine particles of a soil could still hold."""

import xarray as xr

from soc_monitor.model import Indicator
from soc_monitor.model.scale import SOIL, Scale


def gap(cubes: xr.Dataset) -> xr.DataArray:
    """What the fine particles could hold, less what they do; 0 where they are full.

    A kilogram of soil can hold 4.09 g of carbon, and 0.37 g more for each per cent of particles
    below 20 µm: eight tenths of the clay and silt below 50 µm are taken as such. In fine particles
    lie 0.85 of the carbon of cropland, 0.66 of forest and 0.69 of grassland (shrubs and sparse
    vegetation like it). The range goes from 0.7 to 0.9 of the clay and silt, and ten
    percentage points of all carbon more or less in fine particles; the error of the line and of the
    maps is not in it. It needs clay, silt and
    bulk density to 30 cm, stones where they are known, a stock of the same product, and land cover:
    connect SoilGrids.

    Args:
        cubes: ``soc_gap_saturation_0_30cm``, and the ends of its range,
            ``soc_gap_saturation_least_0_30cm`` and ``soc_gap_saturation_most_0_30cm`` (y, x)
            [t ha-1].

    Returns:
        (y, x) [t ha-1]; NaN for organic soils (above 200 t C/ha, Histosols), wet, bare and built
        land, and for soils of volcanic ash, where a map of soil classes is connected.

    Source:
        Hassink 1997, Plant and Soil 191, 77-87.

    Example:
        >>> found = xr.DataArray([[43.8, 0.0, float("nan")]], dims=("y", "x"))
        >>> gap(xr.Dataset({"soc_gap_saturation_0_30cm": found})).values
        array([[43.8,  0. ,  nan]])
    """
    return cubes["soc_gap_saturation_0_30cm"]


def least(cubes: xr.Dataset) -> xr.DataArray:
    """The lower end of the range of ``gap`` (y, x) [t ha-1]."""
    return cubes["soc_gap_saturation_least_0_30cm"]


def most(cubes: xr.Dataset) -> xr.DataArray:
    """The upper end of the range of ``gap`` (y, x) [t ha-1]."""
    return cubes["soc_gap_saturation_most_0_30cm"]


indicator = Indicator(
    id="soc_gap_saturation_0_30cm",
    title={
        "en": "Gap to the saturation of fine particles, 0–30 cm",
        "fr": "Écart à la saturation des particules fines, 0–30 cm",
        "es": "Brecha con la saturación de las partículas finas, 0–30 cm",
    },
    help={
        "en": "What clay and fine silt could hold more than they do, told with a range; a stock "
        "with an end, no rate.",
        "fr": "Ce que l’argile et le limon fin pourraient retenir de plus, avec une fourchette ; "
        "un stock qui a une fin, pas un rythme.",
        "es": "Lo que la arcilla y el limo fino podrían retener de más, con un rango; una reserva "
        "con final, no un ritmo.",
    },
    unit="t ha-1",
    cell_unit="t ha-1",
    inputs=(
        "soc_gap_saturation_0_30cm",
        "soc_gap_saturation_least_0_30cm",
        "soc_gap_saturation_most_0_30cm",
    ),
    over_area="mean",
    source="Hassink 1997 (Plant and Soil 191, 77-87): 4.09 + 0.37 × particles below 20 µm",
    compute=gap,
    least=least,
    most=most,
    alias=("gap-saturation", "0-30"),
    units=("t-ha", "kg-m2"),
    group="carbon",
    scale=Scale(breaks=(5.0, 10.0, 20.0, 30.0, 45.0, 60.0), colours=SOIL),
)
