"""IPCC Tier 1: the stock that default tables give for a climate and a land use."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import dask.array as da
import numpy as np
import numpy.typing as npt
import xarray as xr

from soc_monitor.model.grid import Grid
from soc_monitor.nowcast import ipcc2006
from soc_monitor.nowcast.drivers import Floats, thornthwaite
from soc_monitor.nowcast.ipcc import (
    LAND_USE,
    LONG_TERM_CULTIVATED,
    NATIVE_USES,
    PADDY,
    PERENNIAL_TEMPERATE,
    PERENNIAL_TROPICAL,
    SOC_REF,
    Value,
)

CLIMATES = tuple(SOC_REF)


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """The tables of one edition of the Guidelines: its stocks and factors belong together."""

    stocks: Mapping[str, Mapping[str, Value]]
    """Climate -> soil class -> reference stock."""
    cultivated: Mapping[str, Value]
    """Climate -> factor of annual crops."""
    perennial_temperate: Value
    perennial_tropical: Value
    paddy: Value


REFINED = Edition(
    stocks=SOC_REF,
    cultivated=LONG_TERM_CULTIVATED,
    perennial_temperate=PERENNIAL_TEMPERATE,
    perennial_tropical=PERENNIAL_TROPICAL,
    paddy=PADDY,
)
"""2019 Refinement."""

GUIDELINES = Edition(
    stocks=ipcc2006.SOC_REF,
    cultivated=ipcc2006.LONG_TERM_CULTIVATED,
    perennial_temperate=ipcc2006.PERENNIAL,
    perennial_tropical=ipcc2006.PERENNIAL,
    paddy=ipcc2006.PADDY,
)
"""2006 Guidelines: without a row for polar land."""

HALF_95 = 196.0
"""Half of a 95 % interval in per cent of the value, over this, is the relative error."""


def assumed_soil(climate: str) -> str:
    """The soil class that stands for a climate where no soil map is at hand.

    Strongly weathered soils of low-activity clay in the wet tropics, high-activity clay elsewhere.
    """
    return "LAC" if climate == "tropical_wet" else "HAC"


def native_stock(climate: str, edition: Edition = REFINED) -> Value:
    """Reference stock of a climate without a soil map, with a doubt that says so.

    The table's own error, and the spread of all soil classes of the climate around the one that
    is assumed: either could be the soil of a cell.

    Returns:
        (stock [t ha-1], one relative standard deviation).

    Example:
        >>> stock, relative = native_stock("cool_temperate_moist")
        >>> stock, round(relative, 3)
        (81.0, 0.462)
    """
    classes = edition.stocks[climate]
    stock, percent = classes[assumed_soil(climate)]
    spread = math.sqrt(sum((value - stock) ** 2 for value, _ in classes.values()) / len(classes))
    return float(stock), math.hypot(percent / HALF_95, spread / stock)


def land_use_factor(climate: str, use: str, edition: Edition = REFINED) -> Value | None:
    """Product of the land-use, management and input factors; None: no estimate is made.

    Returns:
        (factor, one relative standard deviation).

    Source:
        IPCC 2019 Refinement, or 2006 Guidelines, Vol. 4, Ch. 5, Table 5.5; full tillage, medium
        input.

    Example:
        >>> land_use_factor("tropical_dry", "forest"), land_use_factor("boreal", "water")
        ((1.0, 0.0), None)
    """
    if use in NATIVE_USES:
        return 1.0, 0.0
    if use == "cropland":
        factor, percent = edition.cultivated[climate]
    elif use == "cropland_perennial":
        tropical = climate.startswith("tropical")
        factor, percent = edition.perennial_tropical if tropical else edition.perennial_temperate
    elif use == "paddy":
        factor, percent = edition.paddy
    else:
        return None
    return factor, percent / HALF_95


def _tables(edition: Edition) -> tuple[Floats, Floats]:
    """Stock and its standard deviation by (climate, land-cover class); NaN: no estimate."""
    stock, sd = (np.full((len(CLIMATES), 256), np.nan, np.float32) for _ in range(2))
    for row, climate in enumerate(CLIMATES):
        if climate not in edition.stocks:
            continue
        native, doubt = native_stock(climate, edition)
        for use, codes in LAND_USE.items():
            found = land_use_factor(climate, use, edition)
            if found is not None:
                value = native * found[0]
                stock[row, list(codes)] = value
                sd[row, list(codes)] = value * math.hypot(doubt, found[1])
    return stock, sd


def climate_zone(temperature: Floats, rain: Floats, lat: Floats) -> npt.NDArray[np.int8]:
    """IPCC climate of cells, by the Guidelines' own decision tree.

    Elevation and frost are not known here: tropical montane land comes out as another tropical or
    temperate climate.

    Args:
        temperature: monthly means (12, y, x) [deg C]; NaN: not known.
        rain: monthly sums (12, y, x) [mm month-1]; NaN: not known.
        lat: latitude of the rows (y) [degrees north].

    Returns:
        (y, x) index into ``CLIMATES``; -1 where a month is not known.

    Source:
        IPCC 2019 Refinement, Vol. 4, Ch. 3, Annex 3A.5; evaporation by Thornthwaite.

    Example:
        >>> warm, dry = np.full((12, 1, 1), 25.0, "f4"), np.full((12, 1, 1), 20.0, "f4")
        >>> CLIMATES[climate_zone(warm, dry, np.zeros(1, "f4"))[0, 0]]
        'tropical_dry'
    """
    mean, warmest = temperature.mean(axis=0), temperature.max(axis=0)
    wet = rain.sum(axis=0)
    moist = wet > thornthwaite(temperature, lat).sum(axis=0)
    zones = (
        (mean > 18) & (wet > 2000), (mean > 18) & (wet >= 1000), mean > 18,
        (mean > 10) & moist, mean > 10, (mean > 0) & moist, mean > 0, warmest >= 10,
    )  # fmt: skip
    names = (
        "tropical_wet", "tropical_moist", "tropical_dry",
        "warm_temperate_moist", "warm_temperate_dry",
        "cool_temperate_moist", "cool_temperate_dry", "boreal",
    )  # fmt: skip
    found = np.select(zones, [CLIMATES.index(name) for name in names], CLIMATES.index("polar"))
    known = ~(np.isnan(mean) | np.isnan(wet))
    return np.where(known, found, -1).astype(np.int8)


def _estimate(
    cover: npt.NDArray[np.uint8],
    temperature: Floats,
    rain: Floats,
    lat: Floats,
    tables: tuple[Floats, Floats],
) -> Floats:
    zone = climate_zone(temperature, rain, lat[0, :, 0])
    known = zone >= 0
    pair = np.stack([np.where(known, table[zone, cover[0]], np.nan) for table in tables])
    return pair.astype(np.float32)


def tier1_stock(
    cover: xr.DataArray,
    temperature: xr.DataArray,
    rain: xr.DataArray,
    grid: Grid,
    edition: Edition = REFINED,
) -> tuple[xr.DataArray, xr.DataArray]:
    """Default stock of every cell, with its standard deviation, lazily.

    Args:
        cover: ESA CCI land-cover class (y, x) [1], as stored; 0: not known.
        temperature: monthly means (time, y, x) [deg C], twelve; NaN: not known.
        rain: monthly sums (time, y, x) [mm month-1], twelve; NaN: not known.
        grid: the grid of all three.
        edition: of the tables.

    Returns:
        Stock (y, x) [t ha-1] and its standard deviation (y, x) [t ha-1], 0-30 cm, float32;
        NaN for bare, water, ice, artificial and unknown land.

    Source:
        IPCC 2019 Refinement, Vol. 4, Ch. 2, Eq. 2.25: SOC = SOCref x FLU x FMG x FI.

    Example:
        >>> def field(value, kind, *shape):
        ...     return xr.DataArray(da.full(shape, value, dtype=kind), dims=("time", "y", "x"))
        >>> cover = field(10, "u1", 1, 1, 1)[0]
        >>> mild, wet = field(8.0, "f4", 12, 1, 1), field(90.0, "f4", 12, 1, 1)
        >>> place = Grid(nx=1, ny=1, west=0, south=45, east=1, north=46)
        >>> stock, sd = tier1_stock(cover, mild, wet, place)
        >>> round(float(stock[0, 0]), 2)  # 81 t/ha of the cool temperate moist zone, cropped
        56.7
    """
    rows, columns = cover.data.chunks
    lat = (grid.north - (np.arange(grid.ny) + 0.5) * grid.dy).astype(np.float32)
    months = ((12,), rows, columns)
    pair = da.map_blocks(
        _estimate,
        cover.data[None],
        temperature.data.rechunk(months),
        rain.data.rechunk(months),
        da.from_array(lat[None, :, None], chunks=((1,), rows, (1,))),
        tables=_tables(edition),
        dtype=np.float32,
        chunks=((2,), rows, columns),
    )
    stock, sd = (xr.DataArray(pair[k], dims=("y", "x")) for k in (0, 1))
    return stock, sd


def sample(field: xr.DataArray, source: Grid, target: Grid) -> xr.DataArray:
    """Each cell of ``target`` takes the value of the cell of ``source`` that holds its centre.

    Args:
        field: (y, x) [any] on ``source``.
        source: its grid.
        target: the grid wanted.

    Returns:
        (y, x) [as given], lazily; NaN outside of ``source``.

    Example:
        >>> coarse = xr.DataArray(da.from_array(np.array([[1, 2]])), dims=("y", "x"))
        >>> sample(coarse, Grid(nx=2, ny=1), Grid(nx=4, ny=2)).values
        array([[1, 1, 2, 2],
               [1, 1, 2, 2]])
    """
    lat = target.north - (np.arange(target.ny) + 0.5) * target.dy
    lon = target.west + (np.arange(target.nx) + 0.5) * target.dx
    rows = np.floor((source.north - lat) / source.dy).astype(int)
    columns = np.floor((lon - source.west) / source.dx).astype(int)
    if source.east - source.west > 360 - source.dx / 2:
        columns %= source.nx  # A globe may begin half a cell off the date line.
    in_y, in_x = (rows >= 0) & (rows < source.ny), (columns >= 0) & (columns < source.nx)
    placed = field.isel(y=rows.clip(0, source.ny - 1), x=columns.clip(0, source.nx - 1))
    if in_y.all() and in_x.all():
        return placed
    inside = xr.DataArray(in_y[:, None] & in_x, dims=("y", "x"))
    return placed.where(inside)
