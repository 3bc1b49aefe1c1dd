"""Parts of another grid grow into means: by their numbers of cells, each piece of ground once."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from soc_monitor.errors import ItemRejected
from soc_monitor.feeds.decode import Band, Raster
from soc_monitor.model import Cube, DataClass, Freq, Grid, Layer
from soc_monitor.runs.check import check_header
from soc_monitor.runs.mosaic import Means

GRID = Grid(nx=4, ny=2, west=0, east=4, south=0, north=2)
LAYER = Layer(
    cube=Cube(product="p", variable="v", unit="1", freq=Freq.MONTH, grid=GRID,
              data_class=DataClass.MODELLED),
    item="a", period=date(2024, 1, 1), period_end=date(2024, 1, 31), unit="1", valid=(0.0, 9.0),
    scale=0.1, also_told=(1.0,), resample="centres",
)  # fmt: skip


def part(folder: Path, values: list[float], cells: list[int], west: int, **told: Any) -> Raster:
    """A row of our cells from a column on, as the decoder writes it."""
    folder.mkdir()
    np.save(folder / "0.npy", np.array([values]))
    np.save(folder / "0.cells.npy", np.array([cells], np.uint32))
    band = Band(nodata=None, scale=0.1, offset=0.0, unit="", time="")
    return Raster(folder=folder, crs="EPSG:4326", transform=(1, 0, west, 0, -1, 2),
                  width=len(values), height=1, axes="yx",
                  bands={LAYER.pick: replace(band, **told)},
                  extent=(west * 14.0, 0.0, (west + 1) * 14.0, 14.0))  # fmt: skip


def test_parts_are_joined_by_their_numbers_and_none_lies_over_another(tmp_path: Path) -> None:
    array = np.full(GRID.shape, -1.0)
    growing = Means(LAYER, "-", array, tmp_path / "growing")

    def take(name: str, raster: Raster, declared: Layer = LAYER) -> None:
        placed, layer = check_header(raster, declared, part=True)
        growing.fits(name, raster, placed, layer)
        growing.add(name, raster, placed, layer)

    take("west/1", part(tmp_path / "a", [10, 20], [3, 1], 0))
    # Its first cell is shared with the one before: the ground that it covers is not.
    take("east/1", part(tmp_path / "b", [40, np.nan], [3, 0], 1, scale=1.0))
    with pytest.raises(ItemRejected, match="tiles: other/1 lies over west/1"):
        take("other/1", part(tmp_path / "c", [90, 90], [9, 9], 0))
    half = replace(LAYER, scale=None)
    with pytest.raises(ItemRejected, match=r"^scale: \(0.5, 0.0\), the tiles before have \(0.1"):
        take("west/2", part(tmp_path / "d", [90, 90], [9, 9], 0, scale=0.5), half)
    take("west/2", part(tmp_path / "e", [30, np.nan], [1, 0], 0))

    tally = growing.end()
    np.testing.assert_allclose(array[0], [1.5, 3.5, np.nan, np.nan])
    assert np.isnan(array[1]).all()
    assert tally.valid == 2
    assert not (tmp_path / "growing").exists()
