import csv
from pathlib import Path

import numpy as np
import pytest
import shapely

from soc_monitor.aggregate import ErrorModel, Weights, build_weights, error_cells, mean_correlation
from soc_monitor.model import Grid

KM_A_DEGREE = 111.19508
ONLY_DISTANCE = {"common": 0.0, "own": 0.0}


def square(side_km: float, cells: int) -> tuple[Weights, np.ndarray]:
    """Weights of a square of equal cells on the equator, and its range of areas."""
    side = side_km / KM_A_DEGREE
    grid = Grid(nx=cells, ny=cells, west=0, south=-side / 2, east=side, north=side / 2)
    weights = build_weights([shapely.box(0, -side / 2, side, side / 2)], grid)
    return weights, np.array([[0, 1]])


def correlation(side_km: float, cells: int, model: ErrorModel) -> float:
    weights, ranges = square(side_km, cells)
    found = error_cells(weights, np.ones((cells, cells)), np.array([0]))
    return float(mean_correlation(found, ranges, weights, model)[0])


def test_a_square_has_the_mean_correlation_of_the_reference(shared: Path) -> None:
    with (shared / "science/tables/aggregation_square_reference.csv").open() as file:
        rows = [r for r in csv.DictReader(file) if r["correlation_model"] == "exponential"]
    assert len(rows) >= 10
    for row in rows:
        side, scale = float(row["square_side_km"]), float(row["scale_a_or_range_km"])
        if side > 2000:
            continue  # the reference is planar: on a sphere so large a square is none
        found = correlation(side, 100, ErrorModel(**ONLY_DISTANCE, scale_km=scale))
        assert found == pytest.approx(float(row["mean_correlation"]), abs=0.01), row


def test_few_cells_are_paired_exactly_and_many_are_drawn_to_the_same_value() -> None:
    model = ErrorModel(**ONLY_DISTANCE, scale_km=100)
    exact = correlation(400, 11, model)  # 121 cells: every pair
    drawn = correlation(400, 33, model)  # 1 089 cells: drawn
    assert drawn == pytest.approx(exact, abs=0.015)


def test_without_any_correlation_errors_cancel_as_one_over_n() -> None:
    assert correlation(400, 10, ErrorModel(common=0.0, own=1.0)) == pytest.approx(0.01)


def test_errors_that_all_go_together_never_cancel() -> None:
    assert correlation(400, 10, ErrorModel(common=1.0, own=0.0)) == pytest.approx(1.0)
    far = ErrorModel(**ONLY_DISTANCE, scale_km=1e9)
    assert correlation(400, 10, far) == pytest.approx(1.0, abs=1e-5)


def test_the_error_never_falls_below_the_common_share() -> None:
    assert correlation(2000, 60, ErrorModel()) > 0.05


def test_two_equal_halves_have_between_two_and_four_times_the_variance_of_one() -> None:
    side = 3.0
    grid = Grid(nx=30, ny=30, west=0, south=0, east=side, north=side)
    halves = [shapely.box(0, 0, side / 2, side), shapely.box(side / 2, 0, side, side)]
    weights = build_weights(halves, grid)
    cells = error_cells(weights, np.ones((30, 30)), np.array([0, 1]))
    one, other, both = mean_correlation(
        cells, np.array([[0, 1], [1, 2], [0, 2]]), weights, ErrorModel()
    )
    assert one == pytest.approx(other, abs=0.02)
    assert 2 < 4 * both / one < 4


def test_the_same_draw_gives_the_same_bits() -> None:
    assert correlation(900, 40, ErrorModel()) == correlation(900, 40, ErrorModel())


def test_an_area_without_errors_has_no_correlation() -> None:
    weights, ranges = square(100, 4)
    cells = error_cells(weights, np.full((4, 4), np.nan), np.array([0]))
    assert np.isnan(mean_correlation(cells, ranges, weights, ErrorModel())[0])


def test_a_cell_shared_by_two_areas_is_one_cell_for_their_parent() -> None:
    grid = Grid(nx=1, ny=1, west=0, south=0, east=1, north=1)
    halves = [shapely.box(0, 0, 0.5, 1), shapely.box(0.5, 0, 1, 1)]
    weights = build_weights(halves, grid)
    cells = error_cells(weights, np.ones((1, 1)), np.array([0, 1]))
    alone = ErrorModel(common=0.0, own=1.0)
    assert mean_correlation(cells, np.array([[0, 2]]), weights, alone)[0] == pytest.approx(1.0)


def test_the_methods_page_prints_what_the_correlation_length_does() -> None:
    page = (Path(__file__).parents[2] / "docs" / "methods" / "nowcast.md").read_text()
    head, *lines = page[page.index("| side of the area [km] |") :].partition("\n\n")[0].splitlines()
    lengths = [float(word.removesuffix(" km")) for word in head.strip("| ").split(" | ")[1:]]
    assert lengths == [50.0, 100.0, 300.0]
    for line in lines[1:]:
        side, *told = (float(word) for word in line.strip("| ").split(" | "))
        for length, share in zip(lengths, told, strict=True):
            found = correlation(side, 100, ErrorModel(scale_km=length)) ** 0.5
            assert found == pytest.approx(share, abs=0.015), (side, length)
