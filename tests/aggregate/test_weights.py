"""Weights: which cells an area covers, and how much of each."""

import math
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pytest
import shapely
from exactextract import exact_extract
from exactextract.raster import NumPyRasterSource
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from shapely.geometry.base import BaseGeometry

from soc_monitor.aggregate import Weights, build_weights, polygon_area, row_area, weights_key
from soc_monitor.errors import ArrayDamaged, BadValue
from soc_monitor.model.grid import Grid

SQUARE = Grid(nx=2, ny=2, west=0, south=0, east=2, north=2)
WORLD = Grid(nx=36, ny=18)


def shares(weights: Weights, area: int = 0) -> npt.NDArray[np.float64]:
    """The covered share of every cell (y, x)."""
    out = np.zeros(weights.grid.shape)
    rows = np.repeat(np.arange(weights.grid.ny), np.diff(weights.run_ptr))
    for row, c0, c1, a in zip(rows, weights.run_c0, weights.run_c1, weights.run_area, strict=True):
        if a == area:
            assert (out[row, c0:c1] == 0).all()
            out[row, c0:c1] = 1
    rows = np.repeat(np.arange(weights.grid.ny), np.diff(weights.edge_ptr))
    for row, col, share, a in zip(
        rows, weights.edge_col, weights.edge_share, weights.edge_area, strict=True
    ):
        if a == area:
            assert out[row, col] == 0
            out[row, col] = share
    return out


def planar(geometry: BaseGeometry, grid: Grid = SQUARE) -> list[list[float]]:
    """Shares of width times height, as nested lists."""
    found: list[list[float]] = shares(build_weights([geometry], grid, true_area=False)).tolist()
    return found


@st.composite
def stars(draw: st.DrawFn, extent: float = 40) -> shapely.Polygon:
    """A polygon without crossings: corners around a centre, in order of their bearing."""
    n = draw(st.integers(3, 9))
    lon, lat = draw(st.floats(-180, 180)), draw(st.floats(-90, 90))
    radii = draw(st.lists(st.floats(0.2, extent), min_size=n, max_size=n))
    corners = [
        (
            min(max(lon + r * math.cos(2 * math.pi * i / n), -180), 180),
            min(max(lat + r * math.sin(2 * math.pi * i / n), -90), 90),
        )
        for i, r in enumerate(radii)
    ]
    star = shapely.Polygon(corners)
    return star if star.is_valid and star.area > 1e-6 else shapely.box(1, 2, 3, 4)


# --- on paper ----------------------------------------------------------------------------------


def test_a_triangle_in_four_cells() -> None:
    # x + y <= 2: whole south-west cell, half of its two neighbours, nothing of the fourth.
    assert planar(shapely.Polygon([(0, 0), (2, 0), (0, 2)])) == [[0.5, 0.0], [1.0, 0.5]]


def test_a_small_triangle_within_one_cell() -> None:
    assert planar(shapely.Polygon([(0.2, 0.2), (0.6, 0.2), (0.2, 0.6)])) == [
        [0, 0],
        [pytest.approx(0.08, rel=1e-14), 0],
    ]


def test_a_slanted_edge_through_several_columns() -> None:
    grid = Grid(nx=3, ny=1, west=0, south=0, east=3, north=1)
    # Below the line from (0, 0) to (3, 1): a sixth, a half, five sixths.
    assert planar(shapely.Polygon([(0, 0), (3, 0), (3, 1)]), grid) == [
        pytest.approx([1 / 6, 1 / 2, 5 / 6], rel=1e-14)
    ]


def test_a_hole_is_left_out() -> None:
    ring = shapely.box(0, 0, 2, 2).difference(shapely.box(0.5, 0.5, 1, 1))
    assert planar(ring) == [[1, 1], [0.75, 1]]


def test_parts_of_a_multipolygon_add_up_within_a_cell() -> None:
    parts = shapely.MultiPolygon([shapely.box(0, 0, 0.25, 1), shapely.box(0.5, 0, 0.75, 1)])
    assert planar(parts) == [[0, 0], [0.5, 0]]


def test_direction_of_rings_does_not_matter() -> None:
    ring = shapely.box(0, 0, 2, 2).difference(shapely.box(0.5, 0.5, 1, 1))
    turned = shapely.reverse(ring)
    assert planar(ring) == planar(turned)


def test_overlapping_areas_keep_their_own_shares() -> None:
    weights = build_weights(
        [shapely.box(0, 0, 2, 2), shapely.box(0, 0, 1.5, 1)], SQUARE, true_area=False
    )
    assert shares(weights, 0).tolist() == [[1, 1], [1, 1]]
    assert shares(weights, 1).tolist() == [[0, 0], [1, 0.5]]


@pytest.mark.parametrize(
    ("geometry", "expected"),
    [
        (shapely.box(-5, -5, 7, 9), [[1, 1], [1, 1]]),
        (shapely.box(-5, 0.5, 0.5, 1), [[0, 0], [0.25, 0]]),
        (shapely.box(1.5, 1, 9, 9), [[0, 0.5], [0, 0]]),
        (shapely.box(5, 0, 6, 2), [[0, 0], [0, 0]]),
        (shapely.box(-6, 0, -5, 2), [[0, 0], [0, 0]]),
        (shapely.box(0, 4, 2, 5), [[0, 0], [0, 0]]),
        # Slanted across the western, then the eastern side of the grid: x + y <= 1; x - y >= 1.
        (shapely.Polygon([(-3, 4), (-3, -3), (4, -3)]), [[0, 0], [0.5, 0]]),
        (shapely.Polygon([(-1, -2), (4, -2), (4, 3)]), [[0, 0], [0, 0.5]]),
    ],
)
def test_what_lies_outside_of_the_grid_is_cut_off(
    geometry: BaseGeometry, expected: list[list[float]]
) -> None:
    assert planar(geometry) == expected


def test_a_straight_border_along_cells_makes_runs_alone() -> None:
    weights = build_weights([shapely.box(-180, -90, 0, 90)], WORLD)
    assert len(weights.edge_col) == 0
    assert weights.run_c1.tolist() == [18] * 18


def test_parts_on_both_sides_of_the_antimeridian_stay_there() -> None:
    parts = shapely.MultiPolygon([shapely.box(170, 0, 180, 10), shapely.box(-180, 0, -175, 10)])
    found = shares(build_weights([parts], WORLD))
    assert np.argwhere(found).tolist() == [[8, 0], [8, 35]]
    assert found[8, [0, 35]] == pytest.approx([0.5, 1])


def test_a_grid_from_0_to_360_sees_the_western_hemisphere() -> None:
    grid = Grid(nx=36, ny=18, west=0, east=360)
    found = shares(build_weights([shapely.box(-10, 0, 20, 10)], grid))
    assert np.argwhere(found == 1).tolist() == [[8, 0], [8, 1], [8, 35]]
    whole = build_weights([shapely.box(-180, -90, 180, 90)], grid)
    assert (shares(whole) == 1).all()


def test_caps_reach_the_poles() -> None:
    caps = [shapely.box(-180, 85, 180, 90), shapely.box(-180, -90, 180, -85)]
    weights = build_weights(caps, WORLD)
    assert weights.area_m2() == pytest.approx(polygon_area(caps), rel=2e-4)
    assert (weights.edge_share < 0.3).all()  # the half towards the pole is the smaller


def test_a_share_is_of_the_true_area() -> None:
    # From 60 to 80 N, the southern half in degrees is more than half of the area.
    grid = Grid(nx=1, ny=1, west=0, south=60, east=20, north=80)
    lower = shapely.box(0, 60, 20, 70)
    true = polygon_area([lower])[0] / row_area(grid)[0]
    assert true > 0.6
    assert build_weights([lower], grid).edge_share[0] == pytest.approx(true, rel=2e-4)
    assert build_weights([lower], grid, true_area=False).edge_share[0] == 0.5


def test_an_islet_is_not_lost() -> None:
    islet = shapely.box(10.001, 10.001, 10.002, 10.002)
    weights = build_weights([islet], Grid(nx=1440, ny=720))
    assert weights.area_m2() == pytest.approx(polygon_area([islet]), rel=1e-3)


@pytest.mark.parametrize(
    ("geometry", "why"),
    [
        (shapely.Polygon([(0, 0), (2, 2), (2, 0), (0, 2)]), "crosses or overlaps itself"),
        (shapely.box(179, 0, 181, 2), "leaves longitude"),
        (shapely.LineString([(0, 0), (1, 1)]), "is not a polygon"),
    ],
)
def test_a_bad_outline_is_refused(geometry: BaseGeometry, why: str) -> None:
    with pytest.raises(BadValue, match=f"geometry 1 {why}"):
        build_weights([shapely.box(0, 0, 1, 1), geometry], SQUARE)


# --- always ------------------------------------------------------------------------------------


@settings(deadline=None)
@given(stars())
def test_shares_lie_between_nothing_and_all(star: shapely.Polygon) -> None:
    weights = build_weights([star], Grid(nx=50, ny=31, west=-100, south=-50, east=70, north=88))
    assert ((weights.edge_share > 0) & (weights.edge_share < 1)).all()
    assert (shares(weights) <= 1).all()


@settings(deadline=None)
@given(stars())
def test_weights_add_up_to_the_area_of_the_outline(star: shapely.Polygon) -> None:
    weights = build_weights([star], Grid(nx=720, ny=360))
    assert weights.area_m2()[0] == pytest.approx(polygon_area([star])[0], rel=1e-6, abs=10)


@settings(deadline=None)
@given(stars(), st.floats(-180, 180), st.floats(-90, 90))
def test_the_parts_of_a_split_area_cover_what_the_whole_did(
    star: shapely.Polygon, lon: float, lat: float
) -> None:
    quarters = [
        piece
        for box in (
            shapely.box(-180, -90, lon, lat), shapely.box(lon, -90, 180, lat),
            shapely.box(-180, lat, lon, 90), shapely.box(lon, lat, 180, 90),
        )
        for piece in [polygonal(star.intersection(box))]
        if not piece.is_empty
    ]  # fmt: skip
    whole = shares(build_weights([star], WORLD))
    parts = build_weights(quarters, WORLD)
    together = sum(shares(parts, i) for i in range(len(quarters)))
    assert np.abs(together - whole).max() < 1e-8


def polygonal(geometry: BaseGeometry) -> BaseGeometry:
    """The polygons in a geometry."""
    polygons = [g for g in shapely.get_parts(geometry) if g.geom_type == "Polygon"]
    return shapely.MultiPolygon(polygons)


@settings(deadline=None)
@given(
    st.lists(st.floats(-179, 179), max_size=5, unique=True),
    st.lists(st.floats(-89, 89), max_size=5, unique=True),
)
def test_a_partition_of_the_globe_weighs_as_much_as_the_ellipsoid(
    meridians: list[float], parallels: list[float]
) -> None:
    lons, lats = [-180.0, *sorted(meridians), 180.0], [-90.0, *sorted(parallels), 90.0]
    boxes = [
        shapely.box(w, s, e, n)
        for w, e in pairwise(lons)
        for s, n in pairwise(lats)
        if (e - w) > 1e-6 and (n - s) > 1e-6
    ]
    total = build_weights(boxes, WORLD).area_m2().sum()
    assert total == pytest.approx(510_065_621_724_089, rel=1e-7)


@settings(deadline=None, max_examples=40)
@given(stars(), st.sampled_from([36, 97, 720]))
def test_coverage_is_that_of_exactextract(star: shapely.Polygon, nx: int) -> None:
    grid = Grid(nx=nx, ny=nx // 2)
    source = NumPyRasterSource(
        np.zeros(grid.shape), xmin=-180, ymin=-90, xmax=180, ymax=90, srs_wkt=None
    )
    feature = {"type": "Feature", "geometry": shapely.geometry.mapping(star), "properties": {}}
    found = exact_extract(source, [feature], ["cell_id", "coverage"])[0]["properties"]
    theirs = np.zeros(grid.nx * grid.ny)
    theirs[np.asarray(found["cell_id"], int)] = found["coverage"]
    # Where corners lie within a rounding of the lines between cells, it loses whole cells.
    assume(theirs.sum() == pytest.approx(star.area / (360 / nx) ** 2, rel=1e-5))
    ours = shares(build_weights([star], grid, true_area=False)).ravel()
    assert np.abs(ours - theirs).max() <= 1e-6


# --- storage -----------------------------------------------------------------------------------

SOME = [shapely.Polygon([(-170, -80), (100, 3), (-20, 77)]), shapely.box(3, 3, 40, 41)]


def test_weights_survive_storage() -> None:
    weights = build_weights(SOME, WORLD)
    again = Weights.from_arrays(weights.to_arrays(), WORLD)
    for name, array in weights.to_arrays().items():
        assert np.array_equal(array, again.to_arrays()[name])
        assert array.dtype == again.to_arrays()[name].dtype


def test_damaged_weights_are_refused() -> None:
    arrays = build_weights(SOME, WORLD).to_arrays()
    with pytest.raises(ArrayDamaged, match="not of the grid"):
        Weights.from_arrays(arrays, Grid(nx=36, ny=18, west=0, east=360))
    with pytest.raises(ArrayDamaged, match="not of the grid"):
        Weights.from_arrays({**arrays, "run_c1": arrays["run_c1"][:-1]}, WORLD)
    with pytest.raises(ArrayDamaged, match="cannot be read"):
        Weights.from_arrays({k: a for k, a in arrays.items() if k != "edge_col"}, WORLD)


def test_the_whole_grid_is_one_more_area() -> None:
    weights = build_weights(SOME, WORLD)
    more = weights.with_whole_grid()
    assert more.n_areas == 3
    assert (shares(more, 2) == 1).all()
    assert more.area_m2()[:2] == pytest.approx(weights.area_m2(), rel=1e-15)
    assert more.area_m2()[2] == pytest.approx(510_065_621_724_089, rel=1e-12)
    assert (shares(build_weights([], WORLD).with_whole_grid()) == 1).all()


def test_the_key_names_everything_that_the_numbers_hang_on() -> None:
    keys = {
        weights_key(WORLD, "a"),
        weights_key(WORLD, "b"),
        weights_key(SQUARE, "a"),
        weights_key(WORLD, "a", true_area=False),
    }
    assert len(keys) == 4
    assert weights_key(WORLD, "a") == weights_key(Grid(nx=36, ny=18), "a")
