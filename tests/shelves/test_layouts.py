"""Files in the layout of their providers, read as the job files that ship declare them."""

import shutil
from datetime import date
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from soc_monitor.errors import ItemRejected
from soc_monitor.feeds.decode import decode_raster
from soc_monitor.model import Item, Layer
from soc_monitor.runs.check import Tally, blocks, check_header, check_whole, take_block
from soc_monitor.runs.jobs import load_job
from soc_monitor.shelves import shelf

YEAR = Item(
    key="2021-01-01/TerraClimate_pet_2021.nc",
    address="-",
    period=date(2021, 1, 1),
    period_end=date(2021, 12, 31),
)
MONTHS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, np.ndarray[Any, Any]]:
    """A year on the true grid, as NetCDF-4, of which only January and December hold anything;
    and January as it is stored, in tenths of a millimetre."""
    january = np.full((4320, 8640), -32768, np.int16)
    january[400:3400] = 200 + np.arange(8640) // 6
    january[400:500] = np.random.default_rng(3).integers(200, 1800, (100, 8640))
    file = tmp_path_factory.mktemp("terraclimate") / "a.nc"
    with h5py.File(file, "w") as made:
        data = made.create_dataset("pet", (12, 4320, 8640), "i2", chunks=(1, 720, 1440),
                                   compression="gzip", compression_opts=1,
                                   fillvalue=-32768)  # fmt: skip
        data[0], data[11] = january, np.where(january < 0, january, january // 2)
        days = 44196 + np.cumsum([0, *MONTHS[:-1]])
        for k, (name, values, unit) in enumerate((
            ("time", days, "days since 1900-01-01 00:00:00"),
            ("lat", 90 - (np.arange(4320) + 0.5) / 24, "degrees_north"),
            ("lon", -180 + (np.arange(8640) + 0.5) / 24, "degrees_east"),
        )):  # fmt: skip
            made[name] = np.asarray(values, np.float64)
            made[name].attrs["units"] = unit
            made[name].make_scale(name)
            data.dims[k].attach_scale(made[name])
        told = {"units": "mm", "scale_factor": 0.1, "add_offset": 0.0,
                "_FillValue": np.int16(-32768)}  # fmt: skip
        for key, value in told.items():
            data.attrs[key] = value
    return file, january


def take(file: Path, folder: Path, layer: Layer) -> np.ndarray[Any, Any]:
    """What would be stored of a layer."""
    scratch = folder / f"scratch-{layer.band}"
    raster = decode_raster(file, scratch, [layer.pick], "netcdf")
    placed, settled = check_header(raster, layer)
    tally = Tally(*settled.valid)
    found = [take_block(placed.rows(r), settled, tally) for r in blocks(layer.cube.grid, 1080)]
    check_whole(settled, tally)
    return np.concatenate(found)


@pytest.fixture(scope="module")
def layers() -> tuple[Layer, ...]:
    """What the job makes of a year."""
    job = load_job(shelf("ingest_jobs") / "terraclimate_evaporation.py").job
    return job.layers_for(YEAR)


def test_a_year_of_reference_evaporation_is_twelve_months(
    layers: tuple[Layer, ...], year: tuple[Path, np.ndarray[Any, Any]], tmp_path: Path
) -> None:
    file, january = year
    assert [(one.period.month, one.band) for one in layers] == [(m, m) for m in range(1, 13)]
    np.testing.assert_array_equal(take(file, tmp_path, layers[0]), january)
    december = take(file, tmp_path, layers[11])
    assert december[1000, 1000] == january[1000, 1000] // 2
    with pytest.raises(ItemRejected, match="all nodata"):
        take(file, tmp_path, layers[5])


@pytest.mark.parametrize(
    ("said", "rule"),
    [
        ({"scale_factor": 1.0}, "range"),
        ({"scale_factor": 0.001}, "median"),
        ({"units": "kPa"}, "unit"),
        ({"_FillValue": np.int16(-9999)}, "nodata"),
    ],
)
def test_a_year_that_says_otherwise_is_refused(
    layers: tuple[Layer, ...],
    year: tuple[Path, np.ndarray[Any, Any]],
    tmp_path: Path,
    said: dict[str, Any],
    rule: str,
) -> None:
    place = tmp_path / "own"
    place.mkdir()
    file = Path(shutil.copy(year[0], place))
    with h5py.File(file, "r+") as changed:
        changed["pet"].attrs.update(said)
    with pytest.raises(ItemRejected, match=f"^{rule}"):
        take(file, tmp_path, layers[0])
