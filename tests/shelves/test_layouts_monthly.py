"""Months of the live feeds, laid out as their providers lay them out, on their true grids."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import rasterio
from rasterio.transform import Affine

from soc_monitor.errors import ItemRejected
from soc_monitor.feeds.decode import decode_raster
from soc_monitor.model import Layer
from soc_monitor.runs.check import Tally, blocks, check_header, check_whole, take_block
from soc_monitor.runs.jobs import load_job
from soc_monitor.shelves import shelf

Values = np.ndarray[Any, Any]


def layers_of(job_id: str) -> dict[str, Layer]:
    """What a job that ships makes of its example, by variable."""
    job = load_job(shelf("ingest_jobs") / f"{job_id}.py").job
    assert job.example is not None
    return {layer.cube.variable: layer for layer in job.layers_for(job.example)}


def take(file: Path, layer: Layer) -> Values:
    """What would be stored of a layer."""
    kind = "netcdf" if layer.variable else "geotiff"
    scratch = file.parent / f"scratch-{layer.cube.variable}"
    raster = decode_raster(file, scratch, [layer.pick], kind)
    placed, settled = check_header(raster, layer)
    tally = Tally(*settled.valid)
    found = [take_block(placed.rows(r), settled, tally) for r in blocks(layer.cube.grid, 450)]
    check_whole(settled, tally)
    return np.concatenate(found)


def pattern(rows: int, columns: int, low: float, high: float) -> Values:
    """Values between two ends, another for each neighbour in either direction."""
    row, column = np.ogrid[:rows, :columns]
    share: Values = ((row * 7 + column * 3) % 101) / 100
    values: Values = (low + (high - low) * share).astype(np.float32)
    return values


def netcdf(
    file: Path,
    dims: Mapping[str, tuple[Values, str]],
    variables: Mapping[str, tuple[Values, dict[str, Any]]],
) -> None:
    """A NetCDF-4 file: dimensions with their units, variables with their attributes."""
    with h5py.File(file, "w") as made:
        for name, (values, unit) in dims.items():
            made[name] = values
            made[name].attrs["units"] = unit
            made[name].make_scale(name)
        for name, (values, told) in variables.items():
            data = made.create_dataset(name, data=values[np.newaxis], compression="gzip",
                                       compression_opts=1, shuffle=True)  # fmt: skip
            for k, dim in enumerate(dims):
                data.dims[k].attach_scale(made[dim])
            for key, value in told.items():
                data.attrs[key] = value


# --- ERA5-Land: points from pole to pole and from 0 to 360, no cell beyond --------------------


def era5(file: Path, **changed: dict[str, Any]) -> dict[str, Values]:
    """January 2024 as the Climate Data Store gives it: sea is NaN, rain is metres a day."""
    sea = np.zeros((1801, 3600), bool)
    sea[:, 900:2700] = True
    values = {
        "t2m": pattern(1801, 3600, 250.0, 305.0),
        "tp": pattern(1801, 3600, 0.0, 0.008),
        "swvl1": pattern(1801, 3600, 0.05, 0.5),
    }
    units = {"t2m": "K", "tp": "m", "swvl1": "m**3 m**-3"}
    for one in values.values():
        one[sea] = np.nan
    netcdf(
        file,
        {
            "valid_time": (np.array([1704067200], np.int64), "seconds since 1970-01-01"),
            "latitude": (90 - np.arange(1801) * 0.1, "degrees_north"),
            "longitude": (np.arange(3600) * 0.1, "degrees_east"),
        },
        {
            name: (one, {"units": units[name], "_FillValue": np.float32(np.nan),
                         "GRIB_paramId": np.int64(1), **changed.get(name, {})})
            for name, one in values.items()
        },
    )  # fmt: skip
    # The poles' rows are left, and the middle of the columns is where the file begins.
    return {name: np.roll(one[1:-1], 1800, axis=1) for name, one in values.items()}


def test_a_month_of_era5_land_is_three_layers(tmp_path: Path) -> None:
    file, layers = tmp_path / "a.nc", layers_of("era5_land")
    whole = era5(file)
    found = {name: take(file, layer) for name, layer in layers.items()}
    np.testing.assert_allclose(found["air_temperature"], whole["t2m"] - 273.15, atol=1e-3)
    # Metres a day are millimetres a month: January has 31 days.
    np.testing.assert_allclose(found["rain"], whole["tp"] * 31_000, rtol=1e-5)
    np.testing.assert_allclose(found["soil_moisture_0_7cm"], whole["swvl1"], rtol=1e-6)
    assert np.isnan(found["rain"]).mean() == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("name", "told", "rule"),
    [("t2m", {"units": "degC"}, "unit"), ("tp", {"units": "mm"}, "unit")],
)
def test_a_month_of_era5_land_in_other_units_is_refused(
    tmp_path: Path, name: str, told: dict[str, Any], rule: str
) -> None:
    file = tmp_path / "a.nc"
    era5(file, **{name: told})
    layer = next(one for one in layers_of("era5_land").values() if one.variable == name)
    with pytest.raises(ItemRejected, match=f"^{rule}"):
        take(file, layer)


# --- CHIRPS: a GeoTIFF between 60 degrees south and north -------------------------------------


def chirps(file: Path, values: Values, nodata: float | None = -9999.0) -> None:
    """January 2024 as the Climate Hazards Center gives it."""
    with rasterio.open(
        file, "w", driver="GTiff", width=7200, height=2400, count=1, dtype="float32",
        crs="EPSG:4326", transform=Affine(0.05, 0, -180, 0, -0.05, 60), nodata=nodata,
        compress="deflate", tiled=True,
    ) as made:  # fmt: skip
        made.write(values, 1)


def test_a_month_of_chirps_has_no_value_at_sea(tmp_path: Path) -> None:
    values = pattern(2400, 7200, 0.0, 180.0)
    values[:, 2400:4800] = -9999.0
    chirps(tmp_path / "a", values)
    found = take(tmp_path / "a", layers_of("chirps_rain")["rain"])
    assert np.isnan(found[:, 2400:4800]).all()
    np.testing.assert_array_equal(found[:, :2400], values[:, :2400])


def test_a_month_of_chirps_whose_sea_is_not_told_is_refused(tmp_path: Path) -> None:
    values = pattern(2400, 7200, 0.0, 180.0)
    values[:, 2400:4800] = -9999.0
    chirps(tmp_path / "a", values, nodata=None)
    with pytest.raises(ItemRejected, match=r"^nodata"):
        take(tmp_path / "a", layers_of("chirps_rain")["rain"])


# --- VIIRS: HDF-EOS, whose scale is to be divided by, and which tells no grid ------------------


def viirs(file: Path, stored: Values, **changed: Any) -> None:
    """A month of VNP13C2 as LP DAAC gives it."""
    field = "HDFEOS/GRIDS/VIIRS_Grid_monthly_VI_CMG/Data Fields/CMG 0.05 Deg Monthly NDVI"
    told = {"scale_factor": np.float64(10000.0), "add_offset": np.float64(0.0),
            "_FillValue": np.int16(-15000), "units": "NDVI", **changed}  # fmt: skip
    with h5py.File(file, "w") as made:
        data = made.create_dataset(field, data=stored, compression="gzip", compression_opts=1)
        for key, value in told.items():
            data.attrs[key] = value


def viirs_cells() -> Values:
    stored = (pattern(3600, 7200, 0.0, 0.9) * 10000).astype(np.int16)
    stored[:, 3600:] = -15000
    return stored


def test_a_month_of_viirs_is_divided_by_its_scale(tmp_path: Path) -> None:
    stored = viirs_cells()
    viirs(tmp_path / "a", stored)
    np.testing.assert_array_equal(take(tmp_path / "a", layers_of("viirs_ndvi")["ndvi"]), stored)


def test_a_month_of_viirs_with_the_scale_of_modis_is_refused(tmp_path: Path) -> None:
    viirs(tmp_path / "a", viirs_cells(), scale_factor=np.float64(0.0001))
    with pytest.raises(ItemRejected, match=r"^(scale|range|median)"):
        take(tmp_path / "a", layers_of("viirs_ndvi")["ndvi"])


# --- C3S soil moisture: cells from the north-west, nothing where the ground is frozen ----------


def c3s(file: Path, values: Values, **changed: Any) -> None:
    """A month of the combined record, with its uncertainty and its count beside."""
    told = {"units": "m3 m-3", "_FillValue": np.float32(-9999.0), **changed}
    other = {"units": "m3 m-3", "_FillValue": np.float32(-9999.0)}
    netcdf(
        file,
        {
            "time": (np.array([19723.0]), "days since 1970-01-01 00:00:00 UTC"),
            "lat": (89.875 - np.arange(720) * 0.25, "degrees_north"),
            "lon": (-179.875 + np.arange(1440) * 0.25, "degrees_east"),
        },
        {"sm": (values, told), "sm_uncertainty": (values / 10, other)},
    )


def test_a_month_of_c3s_soil_moisture_is_read_as_it_stands(tmp_path: Path) -> None:
    values = pattern(720, 1440, 0.05, 0.45)
    values[:300] = -9999.0
    c3s(tmp_path / "a", values)
    found = take(tmp_path / "a", layers_of("c3s_soil_moisture")["soil_moisture_0_5cm"])
    assert np.isnan(found[:300]).all()
    np.testing.assert_array_equal(found[300:], values[300:])


def test_saturation_in_percent_is_no_soil_moisture(tmp_path: Path) -> None:
    values = pattern(720, 1440, 5.0, 45.0)
    c3s(tmp_path / "a", values, units="percent")
    with pytest.raises(ItemRejected, match=r"^unit"):
        take(tmp_path / "a", layers_of("c3s_soil_moisture")["soil_moisture_0_5cm"])
