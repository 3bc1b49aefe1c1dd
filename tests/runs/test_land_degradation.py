"""Soil carbon of SDG 15.3.1: the whole run, from yearly land cover to shares of land."""

from datetime import UTC, date, datetime

import numpy as np
import pytest

from soc_monitor.model import Cube, DataClass, Freq, Grid, Run, RunState
from soc_monitor.model.soil_classes import ORGANIC
from soc_monitor.nowcast.land_degradation import Judged
from soc_monitor.runs.estimate import estimate
from soc_monitor.runs.land_degradation import CLASS, KINDS, land_degradation
from soc_monitor.runs.retract import retract
from soc_monitor.runs.untried import untried
from soc_monitor.store import arrays, intake, read, read_slices
from soc_monitor.store.store import Store

from .test_nowcast import GRID, World, warmth, wet

FOREST, GRASS, CROP, CITY, WATER = 50, 130, 10, 190, 210
CROPPED, BACK, SEALED, LAKE, LATE, TURNED = (0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (2, 0)


def cover(year: int) -> np.ndarray:
    """A wood that is cropped in 2003, crops that turn to grass, a city that grows, a lake."""
    found = np.full(GRID.shape, FOREST, np.uint8)
    found[CROPPED] = CROP if year >= 2003 else FOREST
    found[BACK] = GRASS if year >= 2003 else CROP
    found[SEALED] = CITY if year >= 2010 else GRASS
    found[LAKE] = WATER
    found[LATE] = CROP if year >= 2019 else FOREST
    found[TURNED] = CROP if 2008 <= year < 2016 else FOREST
    return found


class Land(World):
    """The world of the nowcast, with what this run reads."""

    def yearly(self, first: int, last: int) -> None:
        cube = Cube(product="yearly", variable="land_cover", unit="1", freq=Freq.YEAR, grid=GRID,
                    data_class=DataClass.MODELLED, dtype="uint8", fill=0)  # fmt: skip
        for year in range(first, last + 1):
            path, array = arrays.create(self.store, cube, date(year, 1, 1))
            array[:] = cover(year)
            self.waiting.append(
                intake.NewSlice(
                    cube=cube, period=date(year, 1, 1), period_end=date(year, 12, 31), path=path,
                    checksum=arrays.checksum(self.store, path), valid_cells=16, median=None,
                )
            )  # fmt: skip

    def judge(self) -> Run | None:
        if self.waiting:
            self.commit()
        return land_degradation(self.store, datetime.now(UTC))

    def classes(self, variable: str = CLASS) -> dict[int, np.ndarray]:
        found = read_slices.newest_slices(self.store, product="sdg_15_3_1")
        return {
            piece.period_end.year: np.asarray(arrays.open_slice(self.store, piece).data.compute())
            for piece in found
            if piece.cube.variable == variable
        }


@pytest.fixture
def land(store: Store) -> Land:
    made = Land(store)
    made.put("ipcc_tier1", "soc_stock_0_30cm", date(2010, 1, 1), 60.0, Freq.YEAR, "t ha-1")
    for k in range(1, 13):
        month = date(1980, k, 1)
        made.put("temperature_normals", "air_temperature", month, warmth(month), Freq.NORMAL,
                 "degC")  # fmt: skip
        made.put("rain_normals", "rain", month, wet(month), Freq.NORMAL, "mm month-1")
    return made


def test_a_record_that_ends_within_a_period_is_not_judged(land: Land) -> None:
    land.yearly(2000, 2018)
    assert land.judge() is None
    land.yearly(2019, 2019)
    run = land.judge()
    assert run is not None
    assert (run.state, run.taken) == (RunState.DONE, len(KINDS))


def test_the_variables_are_those_of_the_classes_in_their_order() -> None:
    assert KINDS == (CLASS, "sdg_soc_class_inclusive_0_30cm", "sdg_soc_status_0_30cm")
    assert Judged._fields == ("strict", "inclusive", "status")


def test_every_period_has_its_classes_and_areas_their_shares(land: Land) -> None:
    land.yearly(2000, 2023)
    run = land.judge()
    assert run is not None
    assert run.taken == 2 * len(KINDS)
    found = land.classes()
    expected = np.zeros(GRID.shape)
    # Cropped for 13 years before the period and 3 more within; what turned back gained as much.
    expected[CROPPED], expected[BACK], expected[SEALED] = -1, 1, -1
    expected[LAKE] = np.nan
    np.testing.assert_array_equal(found[2019], expected)
    # A wood that is cropped in 2019 has lost 31 % / 20 a year: 5 % by the mean of 2020-2023.
    np.testing.assert_array_equal(found[2023], expected)
    np.testing.assert_array_equal(land.classes(KINDS[1])[2019], expected)
    # Cropped from 2008 it had lost 8 x 1.55 % by 2015; a wood again, it is within 10 % of the mean.
    expected[TURNED] = -1
    for stood in land.classes(KINDS[2]).values():
        np.testing.assert_array_equal(stood, expected)
    again = land.judge()
    assert again is not None
    assert again.state is RunState.NOTHING_NEW

    estimate(land.store, datetime.now(UTC))
    release = read.find_release(land.store)
    shares = {
        name: read.read_map(
            land.store, release, f"sdg_soc_{name}_0_30cm", "sdg_15_3_1", date(2016, 1, 1)
        )["AAA-1"]
        for name in ("degraded", "stable", "improved", "degraded_inclusive", "status")
    }
    # Eight cells, one of them water: one cropped, one turned back, one cropped for a while; cells
    # of a row are alike.
    values = {name: one.value for name, one in shares.items()}
    assert values.pop("status") == pytest.approx(200 / 7, abs=0.5)
    assert values.pop("degraded_inclusive") == values["degraded"]
    assert values["degraded"] == pytest.approx(100 / 7, abs=0.5)
    assert values["improved"] == pytest.approx(100 / 7, abs=0.5)
    assert sum(v for v in values.values() if v is not None) == pytest.approx(100)
    assert shares["stable"].data_class is DataClass.INFERRED


def test_organic_soils_of_a_map_of_the_soil_are_not_judged(land: Land) -> None:
    land.yearly(2000, 2019)
    stock = np.full(GRID.shape, 60.0)
    stock[CROPPED] = 250.0
    land.put("gsocmap", "soc_stock_0_30cm", date(2010, 1, 1), stock, Freq.YEAR, "t ha-1")
    land.judge()
    found = land.classes()[2019]
    assert np.isnan(found[CROPPED]), "the factors are of mineral soils"
    assert (found[SEALED], found[BACK]) == (-1, 1)
    groups = np.full(GRID.shape, np.nan)
    groups[BACK] = ORGANIC
    land.put("soil_classes", "soil_class", date(1905, 1, 1), groups, Freq.STATIC, "1")
    land.judge()
    found = land.classes()[2019]
    assert np.isnan([found[CROPPED], found[BACK]]).all(), "nor of Histosols"
    assert found[SEALED] == -1


def test_a_map_of_soil_classes_says_nothing_of_the_land_beside_it(land: Land) -> None:
    land.yearly(2000, 2019)
    part = Grid(nx=1, ny=GRID.ny - 2, west=GRID.west, south=GRID.south, east=GRID.west + GRID.dx,
                north=GRID.north - 2 * GRID.dy)  # fmt: skip
    groups = np.full(part.shape, float(ORGANIC))
    land.put("national", "soil_class", date(1905, 1, 1), groups, Freq.STATIC, "1", part)
    land.judge()
    unjudged = np.zeros(GRID.shape, bool)
    unjudged[2:, 0] = unjudged[LAKE] = True
    np.testing.assert_array_equal(np.isnan(land.classes()[2019]), unjudged)


def test_classes_of_a_map_that_is_withdrawn_are_not_shown(land: Land) -> None:
    store, first = land.store, date(2010, 1, 1)

    def told() -> int:
        """How many maps readers are shown."""
        estimate(store, datetime.now(UTC))
        pieces = read_slices.released_slices(store, read.find_release(store))
        return sum(piece.cube.product == "sdg_15_3_1" for piece in pieces)

    def withdraw(cube: str, period: date) -> None:
        retract(store, cube, period, reason="wrong", by="Ada", now=datetime.now(UTC))

    land.yearly(2000, 2019)
    land.put("gsocmap", "soc_stock_0_30cm", first, 250.0, Freq.YEAR, "t ha-1")
    land.judge()
    assert told() == len(KINDS)
    older = read.find_release(store)
    withdraw("gsocmap.soc_stock_0_30cm", first)
    assert told() == 0, "they rest on a map that is there no longer"
    assert untried(store, read_slices.newest_slices(store)), "nor are they forgotten"
    land.judge()
    assert told() == len(KINDS)
    assert land.classes()[2019][SEALED] == -1
    withdraw("rain_normals.rain", date(1980, 1, 1))
    assert told() == 0
    assert land.judge() is None, "there is nothing to make them of"
    kept = read_slices.released_slices(store, older, cube_id=f"sdg_15_3_1.{CLASS}")
    assert kept, "what was published stays in its release"
