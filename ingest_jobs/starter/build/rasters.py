"""GeoTIFFs on regular global grids, north up."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import rasterio
import tables
from rasterio.transform import Affine, from_origin


def global_transform(rows: int, columns: int) -> Affine:
    """Cells of a grid that covers the globe exactly once."""
    return from_origin(-180, 90, 360 / columns, 180 / rows)


def write(
    path: Path,
    bands: npt.NDArray[np.uint8] | npt.NDArray[np.int16],
    nodata: int,
    names: Sequence[str],
    *,
    scale: float = 1.0,
    tags: Mapping[str, str],
) -> None:
    """Write bands (band, y, x) as deflated GeoTIFF; a value is stored times `scale`."""
    count, rows, columns = bands.shape
    profile = {
        "driver": "GTiff",
        "dtype": bands.dtype.name,
        "nodata": nodata,
        "count": count,
        "height": rows,
        "width": columns,
        "crs": "EPSG:4326",
        "transform": global_transform(rows, columns),
        "compress": "deflate",
        "zlevel": 9,
        "predictor": 2 if bands.dtype == np.int16 else 1,
        "tiled": True,
        "blockxsize": 256,
        "blockysize": 256,
        "interleave": "band",
    }
    with rasterio.open(path, "w", **profile) as file:
        file.write(bands)
        file.update_tags(AREA_OR_POINT="Area", **tags)
        file.descriptions = tuple(names)
        if scale != 1:
            file.scales = (scale,) * count
            file.units = (tags["unit"],) * count
    tables.say(f"{path.relative_to(tables.STARTER)}: {path.stat().st_size:,} bytes")


def pack(values: npt.NDArray[np.float64], scale: float, nodata: int) -> npt.NDArray[np.int16]:
    """Values as multiples of `scale`, NaN as nodata."""
    packed = np.where(np.isnan(values), nodata, np.rint(values / scale))
    return packed.astype(np.int16)
