"""Cut-out: the cells of one indicator and period inside of a box or an area, as a raster file.

Cells keep their own grid and their own values: nothing is resampled.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import h5netcdf
import numpy as np
import rasterio
import rasterio.shutil
from shapely.geometry.base import BaseGeometry

from soc_monitor.aggregate import build_weights, covered_cells
from soc_monitor.errors import BadValue, OutsideGrid, SelfCrossing
from soc_monitor.maps.held import Array, Held
from soc_monitor.maps.sheet import Sheet, sample, sample_slice
from soc_monitor.model import Grid
from soc_monitor.store.store import Store

NODATA: Final = -9999.0
MOST_CELLS: Final = 50_000_000
"""Of one file."""
_STRIP: Final = 1_000_000
"""Cells read at a time."""

Box = tuple[float, float, float, float]
"""West, south, east, north [degrees]; west > east: across the antimeridian."""
Report = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Window:
    """Whole cells of a grid; columns may run on past the antimeridian."""

    grid: Grid
    row: int
    column: int
    ny: int
    nx: int
    mask: Array | None = field(default=None, compare=False)
    """(ny, nx) True where a cell has a part of the area; None: everywhere."""

    @property
    def cells(self) -> int:
        """How many there are."""
        return self.ny * self.nx

    @property
    def lons(self) -> Array:
        """Middles of the columns, eastward; past 180 across the antimeridian [degrees]."""
        found: Array = self.grid.west + (self.column + np.arange(self.nx) + 0.5) * self.grid.dx
        return found

    @property
    def lats(self) -> Array:
        """Middles of the rows, southward [degrees]."""
        found: Array = self.grid.north - (self.row + np.arange(self.ny) + 0.5) * self.grid.dy
        return found

    @property
    def west(self) -> float:
        """Western edge [degrees]."""
        return self.grid.west + self.column * self.grid.dx

    @property
    def north(self) -> float:
        """Northern edge [degrees]."""
        return self.grid.north - self.row * self.grid.dy


def find_window(grid: Grid, box: Box, shape: BaseGeometry | None = None) -> Window:
    """The cells that a box touches.

    Args:
        grid: of the map.
        box: what is looked at.
        shape: cells without a part of it are left empty; None: none are.

    Raises:
        OutsideGrid: the box has no cell of the map.
        BadValue: it has too many, or is no box.

    Example:
        >>> window = find_window(Grid(nx=36, ny=18), (170.0, 50.0, -160.0, 70.0))
        >>> (window.ny, window.nx), window.lons.tolist()
        ((2, 3), [175.0, 185.0, 195.0])
    """
    west, south, east, north = box
    if not (-90 <= south < north <= 90) or not (-180 <= west <= 180 and -180 <= east <= 180):
        raise BadValue(f"not a box: {west:g},{south:g},{east:g},{north:g}")
    width = (east - west) % 360.0 or 360.0
    top = max(0, int(np.floor(_near((grid.north - north) / grid.dy))))
    end = min(grid.ny, int(np.ceil(_near((grid.north - south) / grid.dy))))
    left = int(np.floor(_near((west - grid.west) / grid.dx)))
    right = int(np.ceil(_near((west + width - grid.west) / grid.dx)))
    around = abs(grid.east - grid.west - 360.0) < 1e-9
    if around:
        right = min(right, left + grid.nx)
    else:
        left, right = max(0, left), min(grid.nx, right)
    if end <= top or right <= left:
        raise OutsideGrid(
            f"the map runs from {grid.west:g} to {grid.east:g} in longitude "
            f"and from {grid.south:g} to {grid.north:g} in latitude"
        )
    window = Window(grid, top, left, end - top, right - left)
    if window.cells > MOST_CELLS:
        raise BadValue(f"{window.cells:,} cells, {MOST_CELLS:,} are allowed", hint="Ask for parts.")
    return window if shape is None else _masked(window, shape)


def _near(place: float) -> float:
    """A place among cells; one that is an edge but for rounding is the edge."""
    edge = round(place)
    return edge if abs(place - edge) < 1e-6 else place


def _masked(window: Window, shape: BaseGeometry) -> Window:
    try:
        weights = build_weights([shape], window.grid)
    except BadValue as error:
        raise SelfCrossing(error.detail) from error
    cell, _, _ = covered_cells(weights)
    rows, columns = np.divmod(cell, window.grid.nx)
    rows, columns = rows - window.row, (columns - window.column) % window.grid.nx
    inside = (rows >= 0) & (rows < window.ny) & (columns < window.nx)
    mask = np.zeros((window.ny, window.nx), bool)
    mask[rows[inside], columns[inside]] = True
    return Window(window.grid, window.row, window.column, window.ny, window.nx, mask)


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """One band: what it is called, and its values."""

    name: str
    title: str
    unit: str
    read: Callable[[Array, Array], Array]
    """(longitudes, latitudes) -> (latitude, longitude) [``unit``]."""


def layers_of(
    store: Store, held: Held, sheet: Sheet, *, title: str, unit: str, ratio: float
) -> list[Layer]:
    """The value of each cell, and its standard error where the product gives one.

    Args:
        store, held: where pixels are.
        sheet: the indicator of a product and period.
        title: of the indicator.
        unit: that values are written in.
        ratio: from the indicator's ``cell_unit`` to ``unit``.
    """
    name, errors = sheet.indicator.id, sheet.cell_errors
    found = [
        Layer(
            name=name,
            title=title,
            unit=unit,
            read=lambda lons, lats: sample(store, held, sheet, lons, lats) * ratio,
        )
    ]
    if errors is not None:
        found.append(
            Layer(
                name=f"{name}_std_error",
                title=f"{title}: standard error",
                unit=unit,
                read=lambda lons, lats: sample_slice(store, held, errors, lons, lats) * ratio,
            )
        )
    return found


def _strips(window: Window) -> Iterator[slice]:
    step = max(1, _STRIP // window.nx)
    for first in range(0, window.ny, step):
        yield slice(first, min(window.ny, first + step))


def _read(window: Window, layer: Layer, rows: slice) -> Array:
    lons = (window.lons + 180.0) % 360.0 - 180.0
    values = layer.read(lons, window.lats[rows]).astype(np.float32)
    if window.mask is not None:
        values[~window.mask[rows]] = np.nan
    return values


def write_geotiff(
    window: Window, layers: list[Layer], path: Path, tags: Mapping[str, str], report: Report
) -> None:
    """A cloud-optimised GeoTIFF: a band a layer, float32, nodata -9999.

    Raises:
        ArrayDamaged: a stored array cannot be read.
    """
    grid, plain = window.grid, path.with_suffix(".plain.tif")
    transform = rasterio.Affine(grid.dx, 0.0, window.west, 0.0, -grid.dy, window.north)
    total = len(layers) * window.ny
    with rasterio.open(
        plain,
        "w",
        driver="GTiff",
        width=window.nx,
        height=window.ny,
        count=len(layers),
        dtype="float32",
        crs="EPSG:4326",
        transform=transform,
        nodata=NODATA,
        tiled=True,
        bigtiff="IF_SAFER",
    ) as out:
        out.update_tags(**tags)
        for band, layer in enumerate(layers, 1):
            out.set_band_description(band, layer.name)
            out.set_band_unit(band, layer.unit)
            out.update_tags(band, title=layer.title)
            for rows in _strips(window):
                values = _read(window, layer, rows)
                values[np.isnan(values)] = NODATA
                place = rasterio.windows.Window(0, rows.start, window.nx, len(values))
                out.write(values, band, window=place)
                report((band - 1) * window.ny + rows.stop, total)
    rasterio.shutil.copy(
        plain, path, driver="COG", compress="DEFLATE", predictor="YES", blocksize=256,
        overview_resampling="NEAREST",
    )  # fmt: skip
    plain.unlink()


def write_netcdf(
    window: Window,
    layers: list[Layer],
    path: Path,
    *,
    time: tuple[float, float, str],
    about: Mapping[str, Any],
    standard_name: str,
    report: Report,
) -> None:
    """CF grids over latitude and longitude, a variable a layer.

    Args:
        window, layers: what is written.
        path: of the file.
        time: first and last instant of the period, and their unit.
        about: global attributes.
        standard_name: of the value; empty: it has none.
        report: told how far it is.

    Raises:
        ArrayDamaged: a stored array cannot be read.
    """
    total = len(layers) * window.ny
    with h5netcdf.File(path, "w") as file:
        file.dimensions = {"time": 1, "lat": window.ny, "lon": window.nx, "bnds": 2}
        _axes(file, window, time)
        file.create_variable("crs", (), "i4")[...] = 0
        file["crs"].attrs.update(
            grid_mapping_name="latitude_longitude",
            long_name="WGS 84",
            semi_major_axis=6378137.0,
            inverse_flattening=298.257223563,
            longitude_of_prime_meridian=0.0,
        )
        for number, layer in enumerate(layers):
            made = file.create_variable(
                layer.name, ("time", "lat", "lon"), "f4", fillvalue=np.float32(NODATA),
                compression="gzip", shuffle=True,
            )  # fmt: skip
            made.attrs.update(units=layer.unit, long_name=layer.title, grid_mapping="crs")
            if standard_name:
                suffix = " standard_error" if number else ""
                made.attrs["standard_name"] = standard_name + suffix
            made.attrs["coverage_content_type"] = "qualityInformation" if number else "modelResult"
            if not number:
                made.attrs["cell_methods"] = "area: mean time: mean"
                if len(layers) > 1:
                    made.attrs["ancillary_variables"] = layers[1].name
            for rows in _strips(window):
                values = _read(window, layer, rows)
                made[0, rows, :] = np.where(np.isnan(values), np.float32(NODATA), values)
                report(number * window.ny + rows.stop, total)
        file.attrs.update(about)


def _axes(file: Any, window: Window, time: tuple[float, float, str]) -> None:
    first, last, unit = time
    axes = {
        "time": (np.array([(first + last) / 2]), np.array([[first, last]])),
        "lat": (window.lats, _edges(window.lats, -window.grid.dy)),
        "lon": (window.lons, _edges(window.lons, window.grid.dx)),
    }
    told = {
        "time": {
            "standard_name": "time",
            "units": unit,
            "calendar": "standard",
            "axis": "T",
            "units_metadata": "leap_seconds: none",
        },
        "lat": {"standard_name": "latitude", "units": "degrees_north", "axis": "Y"},
        "lon": {"standard_name": "longitude", "units": "degrees_east", "axis": "X"},
    }
    for name, (values, bounds) in axes.items():
        made = file.create_variable(name, (name,), "f8")
        made[...] = values
        made.attrs.update(
            **told[name], long_name=told[name]["standard_name"], bounds=f"{name}_bnds"
        )
        file.create_variable(f"{name}_bnds", (name, "bnds"), "f8")[...] = bounds


def _edges(middles: Array, step: float) -> Array:
    return np.stack([middles - step / 2, middles + step / 2], axis=1)


def tags_of(told: Mapping[str, Any]) -> dict[str, str]:
    """Tags of a GeoTIFF: text alone."""
    return {
        key: value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        for key, value in told.items()
    }
