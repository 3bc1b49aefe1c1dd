"""Areas on the ellipsoid."""

import csv
import math
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry.base import BaseGeometry

from soc_monitor.aggregate import polygon_area, row_area
from soc_monitor.errors import BadValue
from soc_monitor.model.grid import Grid

ELLIPSOID_KM2 = 510_065_621.724089


def q(lat: float) -> float:
    """Area from the equator, in closed form [m2 per radian]."""
    a, f = 6378137.0, 1 / 298.257223563
    e = math.sqrt(f * (2 - f))
    s = math.sin(math.radians(lat))
    return (a * (1 - f)) ** 2 / 2 * (math.atanh(e * s) / e + s / (1 - (e * s) ** 2))


def test_cells_have_the_areas_of_the_reference_table(shared: Path) -> None:
    with (shared / "science/tables/wgs84_cell_area_reference.csv").open() as file:
        rows = [[float(x) for x in row] for row in list(csv.reader(file))[1:]]
    assert len(rows) > 5
    for south, north, width, km2 in rows:
        grid = Grid(nx=1, ny=1, west=-180, east=width - 180, south=south, north=north)
        assert row_area(grid)[0] / 1e6 == pytest.approx(km2, rel=1e-8)


@pytest.mark.parametrize("ny", [1, 7, 720, 2160, 21600])
def test_all_cells_together_are_the_ellipsoid(ny: int) -> None:
    total = row_area(Grid(nx=2 * ny, ny=ny)).sum() * 2 * ny / 1e6
    assert total == pytest.approx(ELLIPSOID_KM2, rel=1e-12)


def test_the_series_is_the_closed_form() -> None:
    rows = row_area(Grid(nx=360, ny=18))
    edges = range(90, -100, -10)
    closed = [math.radians(1) * (q(n) - q(s)) for n, s in pairwise(edges)]
    assert rows == pytest.approx(closed, rel=1e-13)


def test_north_and_south_are_alike() -> None:
    rows = row_area(Grid(nx=8, ny=10))
    assert rows == pytest.approx(rows[::-1], rel=1e-14)


def test_narrow_rows_do_not_cancel() -> None:
    # Rows of a ten-thousandth of a degree add up to the row of one degree that they fill.
    fine = row_area(Grid(nx=1, ny=10_000, west=0, east=1, south=45, north=46))
    assert fine.sum() == pytest.approx(row_area(Grid(nx=360, ny=180))[44], rel=1e-12)
    assert np.abs(np.diff(fine, 2)).max() < 1e-9 * fine[0]


def test_a_box_is_bounded_by_parallels() -> None:
    area = polygon_area([shapely.box(7, 45, 8, 46)])[0] / 1e6
    assert area == pytest.approx(8686.494957, rel=1e-8)  # not 8686.379302, the geodesic polygon


def test_the_globe_as_a_polygon_is_the_ellipsoid() -> None:
    assert polygon_area([shapely.box(-180, -90, 180, 90)])[0] / 1e6 == pytest.approx(
        ELLIPSOID_KM2, rel=1e-12
    )


def test_a_hole_counts_out_and_parts_count_together() -> None:
    ring = shapely.box(0, 0, 4, 4).difference(shapely.box(1, 1, 2, 2))
    apart = shapely.MultiPolygon([shapely.box(0, 0, 1, 1), shapely.box(5, 5, 6, 6)])
    areas = polygon_area([
        ring, apart, shapely.box(0, 0, 4, 4), shapely.box(1, 1, 2, 2),
        shapely.box(0, 0, 1, 1), shapely.box(5, 5, 6, 6),
    ])  # fmt: skip
    assert areas[0] == pytest.approx(areas[2] - areas[3], rel=1e-13)
    assert areas[1] == pytest.approx(areas[4] + areas[5], rel=1e-13)


def test_direction_and_start_of_a_ring_do_not_matter() -> None:
    corners = [(0, 0), (3, 1), (2, 5)]
    one, other = shapely.Polygon(corners), shapely.Polygon([corners[2], corners[1], corners[0]])
    assert polygon_area([one])[0] == pytest.approx(polygon_area([other])[0], rel=1e-14)


@settings(deadline=None)
@given(
    lon=st.floats(-170, 160), lat=st.floats(-85, 75),
    width=st.floats(1e-3, 10), height=st.floats(1e-3, 10), cut=st.floats(0.1, 0.9),
)  # fmt: skip
def test_two_parts_have_the_area_of_the_whole(
    lon: float, lat: float, width: float, height: float, cut: float
) -> None:
    triangle = shapely.Polygon([(lon, lat), (lon + width, lat), (lon, lat + height)])
    # A line from the right angle to the far side parts it in two triangles.
    far = (lon + width * cut, lat + height * (1 - cut))
    first = shapely.Polygon([(lon, lat), (lon + width, lat), far])
    second = shapely.Polygon([(lon, lat), far, (lon, lat + height)])
    whole, a, b = polygon_area([triangle, first, second])
    assert a + b == pytest.approx(whole, rel=1e-8)


@pytest.mark.parametrize(
    ("geometry", "why"),
    [
        (shapely.Point(0, 0), "is not a polygon"),
        (shapely.Polygon(), "is empty"),
        (shapely.box(170, 0, 190, 1), "leaves longitude"),
        (shapely.box(0, 80, 1, 91), "leaves longitude"),
    ],
)
def test_what_has_no_area_is_refused(geometry: BaseGeometry, why: str) -> None:
    with pytest.raises(BadValue, match=why):
        polygon_area([shapely.box(0, 0, 1, 1), geometry])
