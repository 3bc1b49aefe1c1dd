"""Own areas read and sum what lies side by side once, and answer the same as map by map."""

import uuid
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
import shapely

from soc_monitor.indicators import find_indicator
from soc_monitor.maps import own_areas
from soc_monitor.maps.own_areas import statistics
from soc_monitor.maps.sheet import Sheet, find_sheet
from soc_monitor.model import Cube, DataClass, Freq, Grid, Slice
from soc_monitor.store import arrays, windows
from soc_monitor.store.chunks import read_chunk
from soc_monitor.store.store import Store

CUBE = Cube(
    product="p",
    variable="soc_stock_0_30cm",
    unit="t ha-1",
    freq=Freq.MONTH,
    grid=Grid(nx=720, ny=360),
    data_class=DataClass.MODELLED,
    dtype="int16",
    scale=0.1,
    fill=-1,
)
SHAPE = shapely.Point(10.3, 45.2).buffer(7)
MONTHS = [date(2020, month, 1) for month in range(1, 13)]


def stored_at(path: str, period: date, step: int | None) -> Slice:
    return Slice(
        id=uuid.uuid4(),
        cube=CUBE,
        period=period,
        period_end=period,
        version=1,
        path=path,
        checksum="",
        run_id=uuid.uuid4(),
        valid_cells=0,
        step=step,
    )


@pytest.fixture
def both(store: Store) -> tuple[list[Sheet], list[Sheet]]:
    """A year as twelve maps, and as one block."""
    values = np.random.default_rng(2).integers(-1, 999, (12, *CUBE.grid.shape), np.int16)
    indicator = find_indicator("stock")
    path, block = arrays.create(store, CUBE, MONTHS[0], steps=12)
    block[...] = values
    alone, beside = [], []
    for number, month in enumerate(MONTHS):
        own, array = arrays.create(store, CUBE, month)
        array[...] = values[number]
        alone.append(Sheet(indicator, (stored_at(own, month, None),), None))
        beside.append(Sheet(indicator, (stored_at(path, month, number),), None))
    return alone, beside


def test_periods_side_by_side_have_the_bits_of_maps(
    store: Store, both: tuple[list[Sheet], list[Sheet]]
) -> None:
    alone, beside = both
    found = statistics(store, beside, SHAPE)
    assert found == statistics(store, alone, SHAPE)
    assert len({some.mean for some in found}) == 12
    assert statistics(store, beside[7:8], SHAPE) == found[7:8]


def test_each_chunk_is_unpacked_once_whatever_the_number_of_periods(
    store: Store, both: tuple[list[Sheet], list[Sheet]], monkeypatch: pytest.MonkeyPatch
) -> None:
    unpacked: list[object] = []

    def counted(*args: object, **keys: object) -> object:
        unpacked.append(keys["block_id"])
        return read_chunk(*args, **keys)  # type: ignore[arg-type]  # handed on as it came

    monkeypatch.setattr(windows, "read_chunk", counted)
    monkeypatch.setattr(own_areas, "THREADS", 1)
    statistics(store, both[1], SHAPE)
    # 3 to 17 E and 38 to 52 N at half a degree: rows 76 to 104, columns 366 to 395 of 720.
    assert unpacked == [(0, 0, 1)]


@pytest.mark.parametrize(("v", "mean"), [("aspiration-gap", 0.0), ("change", 0.5)])
def test_the_total_of_a_change_is_its_mean_over_the_mapped_area(
    store: Store, v: str, mean: float
) -> None:
    yearly = replace(CUBE, freq=Freq.YEAR)
    pieces = []
    for year, gained in ((2010, 0), (2020, 10)):
        # In the west the soil gains 2 t/ha a year of 60, in the east it loses 1.
        values = np.full(CUBE.grid.shape, 600, np.int16)
        values[:, : CUBE.grid.nx // 2] += 20 * gained
        values[:, CUBE.grid.nx // 2 :] -= 10 * gained
        path, array = arrays.create(store, yearly, date(year, 1, 1))
        array[...] = values
        piece = stored_at(path, date(year, 1, 1), None)
        pieces.append(replace(piece, cube=yearly, period_end=date(year, 12, 31)))
    sheet = find_sheet(pieces, find_indicator(v), "p", date(2020, 1, 1))
    (found,) = statistics(store, [sheet], shapely.box(-5, 40, 5, 45))
    assert found.mean == pytest.approx(mean, abs=1e-9)
    assert found.high == pytest.approx({"aspiration-gap": 1.24, "change": 2.0}[v])
    # Half the land lacks much, and the area as a whole nothing: one answer, not two.
    assert found.total == pytest.approx(mean * found.mapped_m2, abs=1e-3)
