"""Slices by hand, in a real store of arrays; no database is needed."""

import uuid
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import cast

import numpy as np
import pytest

from soc_monitor.maps.held import Array
from soc_monitor.model import Cube, DataClass, Freq, Grid, Slice
from soc_monitor.store import arrays
from soc_monitor.store.engine import make_engine
from soc_monitor.store.store import Store

GRID = Grid(nx=8, ny=4)
Write = Callable[..., Slice]


@pytest.fixture
def shelf(tmp_path: Path) -> Store:
    """A store whose database is never asked."""
    return Store(make_engine("postgresql://nowhere/none"), tmp_path)


@pytest.fixture
def write(shelf: Store) -> Write:
    """Write an array as a slice of a cube."""

    def make(
        values: Array,
        *,
        variable: str = "soc_stock_0_30cm",
        grid: Grid = GRID,
        period: date = date(2010, 1, 1),
        freq: Freq = Freq.EPOCH,
        dtype: str = "float32",
        scale: float = 1.0,
        fill: float = float("nan"),
    ) -> Slice:
        cube = Cube(
            product="p",
            variable=variable,
            unit="t ha-1",
            freq=freq,
            grid=grid,
            data_class=DataClass.MODELLED,
            dtype=dtype,
            scale=scale,
            fill=fill,
        )
        path, array = arrays.create(shelf, cube, period)
        array[:] = np.asarray(values).astype(dtype)
        return Slice(
            id=uuid.uuid4(),
            cube=cube,
            period=period,
            period_end=date(period.year, 12, 31),
            version=1,
            path=path,
            checksum=arrays.seal(shelf, path),
            run_id=uuid.uuid4(),
            valid_cells=1,
        )

    return cast("Write", make)
