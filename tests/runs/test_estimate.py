"""From slices to the numbers of every area, as on paper."""

import pytest

from soc_monitor.model import (
    Freq,
    RunState,
)
from soc_monitor.store.store import Store

from .paper import A0, A1, EARLY, HA_PER_PG, LATE, NATIVE, STOCK, World, band_ha, field, near


def test_the_ruler_of_this_file_is_the_published_one() -> None:
    # wgs84_cell_area_reference.csv: one degree at 45-46 N, and the whole ellipsoid [km2].
    assert band_ha(45, 46, 1) / 100 == pytest.approx(8686.494957, rel=1e-8)
    assert band_ha(-90, 90, 360) / 100 == pytest.approx(510065621.724089, rel=1e-8)


def test_means_are_weighted_by_area_as_on_paper(world: World) -> None:
    world.put(EARLY, field(STOCK))
    assert world.estimate().state is RunState.DONE
    assert world.values("soc_stock_0_30cm") == {
        "AAA-1": near(10.0),
        "AAA-2": near(20.0),
        "AAA": near(15.0),
        "BBB-1": near(45.0),
        "BBB-2": near(60.0),
        "BBB": near((40 + 50 + 60 / 2) / 2.5),
        "M49-001": near((30 * A0 + 120 * A1) / (2 * A0 + 2.5 * A1)),
        "WLD": near((130 * A0 + 150 * A1) / (3 * A0 + 3 * A1)),
        "unassigned": near((100 * A0 + 30 * A1) / (A0 + A1 / 2)),
    }


def test_totals_are_sums_over_the_mapped_area(world: World) -> None:
    world.put(EARLY, field(STOCK))
    world.estimate()
    expected = {
        "AAA-1": 10 * A0,
        "AAA-2": 20 * A0,
        "AAA": 30 * A0,
        "BBB-1": 90 * A1,
        "BBB-2": 30 * A1,
        "BBB": 120 * A1,
        "M49-001": 30 * A0 + 120 * A1,
        "WLD": 130 * A0 + 150 * A1,
        "unassigned": 100 * A0 + 30 * A1,
    }
    found = world.values("soc_total_0_30cm")
    assert found == {area: near(tonnes * HA_PER_PG) for area, tonnes in expected.items()}
    parts = found["AAA"] + found["BBB"] + found["unassigned"]  # type: ignore[operator]
    assert found["WLD"] == near(parts)


def test_the_mapped_share_of_each_area_is_told(world: World) -> None:
    world.put(EARLY, field(STOCK))
    world.estimate()
    found = world.read("soc_stock_0_30cm")
    shares = {area: e.mapped_fraction for area, e in found.items()}
    assert shares == {
        "AAA-1": near(1.0),
        "AAA-2": near(1 / 2),
        "AAA": near(2 / 3),
        "BBB-1": near(1.0),
        "BBB-2": near(1.0),
        "BBB": near(1.0),
        "M49-001": near((2 * A0 + 2.5 * A1) / (3 * A0 + 2.5 * A1)),
        # Land of the world: the polygons, and the mapped cells outside of them.
        "WLD": near((3 * A0 + 3 * A1) / (4 * A0 + 3 * A1)),
        "unassigned": near(1.0),
    }
    assert found["AAA-2"].mapped_ha == near(A0)
    assert found["AAA-2"].land_ha == near(2 * A0)


def test_a_plain_mean_of_pixels_cannot_come_out(store: Store) -> None:
    world = World(store)
    # One area from the equator to 70 N; a cell there is half as large as one here.
    world.areas({"AAA-1": (0, 0, 10, 70), "BBB-1": (50, 0, 60, 10)})
    world.put(EARLY, field({(5, 5): 10.0, (5, 65): 90.0}))
    world.estimate()
    found = world.values("soc_stock_0_30cm")["AAA"]
    north = band_ha(60, 70, 10)
    assert found == near((10 * A0 + 90 * north) / (A0 + north))
    assert found != pytest.approx(50.0, rel=0.2)


def test_an_area_without_data_has_no_number_and_not_zero(world: World) -> None:
    world.put(EARLY, field({(105, 5): 100.0}))
    world.estimate()
    for indicator in ("soc_stock_0_30cm", "soc_total_0_30cm"):
        found = world.read(indicator)
        assert found["AAA"].value is None
        assert (found["AAA"].mapped_ha, found["AAA"].mapped_fraction) == (0.0, 0.0)
        assert found["WLD"].value == found["unassigned"].value


def test_where_every_cell_is_in_a_country_nothing_is_unassigned(world: World) -> None:
    world.put(EARLY, field({(5, 5): 10.0}))
    world.estimate()
    rest = world.read("soc_total_0_30cm")["unassigned"]
    assert (rest.value, rest.mapped_ha, rest.land_ha) == (None, 0.0, 0.0)


def test_standard_errors_of_cells_become_those_of_areas(world: World) -> None:
    world.put(EARLY, field(STOCK))
    world.put(
        EARLY, field({cell: value / 10 for cell, value in STOCK.items()}), "soc_stock_0_30cm_sd"
    )
    world.estimate()
    means, totals = world.read("soc_stock_0_30cm"), world.read("soc_total_0_30cm")
    # Of scattered cells the errors are one error: the mean of the cells'.
    assert means["unassigned"].std_error == near((10 * A0 + 3 * A1) / (A0 + A1 / 2))
    for area, mean in means.items():
        total = totals[area]
        assert mean.value is not None
        assert mean.std_error is not None
        assert total.std_error is not None
        # Never above the case of one common error, and never nothing.
        assert 0 < mean.std_error <= mean.value / 10 * (1 + 1e-12)
        assert total.std_error == near(mean.std_error * mean.mapped_ha * HA_PER_PG)
    value, error = means["WLD"].value, means["WLD"].std_error
    assert value is not None
    assert error is not None
    assert error < 0.75 * value / 10, "errors far apart must cancel in part"


def test_a_product_without_errors_has_no_interval(world: World) -> None:
    world.put(EARLY, field(STOCK))
    world.estimate()
    assert {e.std_error for e in world.read("soc_stock_0_30cm").values()} == {None}


def test_the_debt_is_taken_where_both_maps_have_a_value(world: World) -> None:
    world.put(EARLY, field(STOCK))
    world.put(LATE, field(NATIVE), "soc_stock_no_land_use_0_30cm", Freq.STATIC)
    world.estimate()
    # AAA-2 has a stock in one cell and a native stock in the other: nothing to compare.
    assert world.values("soc_debt_0_30cm") == {
        "AAA-1": near(3.0),
        "AAA-2": None,
        "AAA": near(3.0),
        "BBB-1": near((1 - 5) / 2),
        "BBB-2": None,
        "BBB": near(-2.0),
        "M49-001": near((3 * A0 - 4 * A1) / (A0 + 2 * A1)),
        "WLD": near((3 * A0 - 4 * A1) / (A0 + 2 * A1)),
        "unassigned": None,
    }
    assert world.values("soc_debt_total_0_30cm")["BBB"] == near(-4 * A1 * HA_PER_PG)


def test_a_static_cube_holds_for_every_period(world: World) -> None:
    world.put(EARLY, field({(5, 5): 10.0}))
    world.put(LATE, field({(5, 5): 11.0}))
    world.put(LATE, field({(5, 5): 14.0}), "soc_stock_no_land_use_0_30cm", Freq.STATIC)
    world.estimate()
    assert world.values("soc_debt_0_30cm", EARLY)["AAA-1"] == near(4.0)
    assert world.values("soc_debt_0_30cm", LATE)["AAA-1"] == near(3.0)
