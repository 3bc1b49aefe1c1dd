"""Where the pixels of tiles lie, against formulas of their own."""

import math

import numpy as np
import pytest

from soc_monitor.errors import UnknownTile
from soc_monitor.maps.mercator import DEEPEST, check_tile, pixel_centres, project


@pytest.mark.parametrize(("z", "x", "y"), [(0, 0, 0), (3, 7, 0), (5, 0, 31), (10, 1023, 0)])
def test_pixel_centres_invert_the_textbook_projection(z: int, x: int, y: int) -> None:
    lons, lats = pixel_centres(z, x, y)

    size = 256 * 2**z
    for place in (0, 100, 255):
        column = (lons[place] + 180) / 360 * size
        merc = math.log(math.tan(math.pi / 4 + math.radians(lats[place]) / 2))
        row = (1 - merc / math.pi) / 2 * size
        assert column == pytest.approx(x * 256 + place + 0.5, abs=1e-6)
        assert row == pytest.approx(y * 256 + place + 0.5, abs=1e-6)


def test_projecting_a_pixel_centre_gives_its_place_on_the_square() -> None:
    lons, lats = pixel_centres(2, 1, 3)

    placed = project(np.column_stack((lons, lats)))
    assert placed[:, 0] == pytest.approx((256 + np.arange(256) + 0.5) / 1024)
    assert placed[:, 1] == pytest.approx((768 + np.arange(256) + 0.5) / 1024)


def test_the_poles_stay_finite_and_outside() -> None:
    top, bottom = project(np.array([[0.0, 90.0], [0.0, -90.0]]))[:, 1]

    assert top < 0
    assert bottom > 1


@pytest.mark.parametrize(
    ("z", "x", "y"),
    [(-1, 0, 0), (DEEPEST + 1, 0, 0), (0, 1, 0), (2, 0, 4), (2, -1, 0), (10**6, 0, 0)],
)
def test_what_is_no_tile_is_refused(z: int, x: int, y: int) -> None:
    with pytest.raises(UnknownTile):
        check_tile(z, x, y)
