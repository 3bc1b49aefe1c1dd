"""Label tiles and filled areas, on shapes simple enough to count pixels by hand."""

import io

import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from soc_monitor.maps.doubt import Style, doubt_table, doubt_tile
from soc_monitor.maps.fill import Outlines, class_table, fill_tile, label_tile, project_outlines
from soc_monitor.maps.held import Array, Held
from soc_monitor.maps.image import classify, clear, no_data, png
from soc_monitor.model.scale import NO_DATA, SOIL, Scale

SCALE = Scale(breaks=(20.0, 30.0, 40.0, 60.0, 80.0, 120.0), colours=SOIL)


def outlines(**boxes: tuple[float, float, float, float]) -> Outlines:
    return project_outlines(
        "test", [(name, shapely.to_wkb(shapely.box(*box))) for name, box in boxes.items()]
    )


def test_each_pixel_is_in_the_area_that_holds_its_centre() -> None:
    quarters = outlines(west=(-180, -89, 0, 89), east=(0, -89, 90, 89))

    labels = label_tile(quarters, 0, 0, 0)

    assert (labels[:, :128] == 1).all()
    assert (labels[:, 128:192] == 2).all()
    assert (labels[:, 192:] == 0).all()


def test_parts_of_an_area_on_both_sides_of_the_antimeridian_are_one_area() -> None:
    both = shapely.MultiPolygon([shapely.box(170, 0, 180, 60), shapely.box(-180, 0, -170, 60)])
    made = project_outlines("both", [("FJI", shapely.to_wkb(both))])

    assert (label_tile(made, 2, 0, 1)[250, :20] == 1).all()
    assert (label_tile(made, 2, 3, 1)[250, -20:] == 1).all()


@settings(max_examples=20, deadline=None)
@given(
    west=st.integers(-170, 100),
    south=st.integers(-70, 40),
    width=st.integers(5, 70),
    height=st.integers(5, 30),
)
def test_four_label_tiles_make_the_one_above_them(
    west: int, south: int, width: int, height: int
) -> None:
    made = outlines(a=(west, south, west + width, south + height))

    whole = label_tile(made, 0, 0, 0)
    parts = [[label_tile(made, 1, x, y) for x in (0, 1)] for y in (0, 1)]
    fine: Array = np.block(parts)
    # A coarse pixel's centre is the corner of four fine ones: they agree but at an edge.
    lowest = np.minimum.reduce([fine[i::2, j::2] for i in (0, 1) for j in (0, 1)])
    highest = np.maximum.reduce([fine[i::2, j::2] for i in (0, 1) for j in (0, 1)])
    assert ((lowest <= whole) & (whole <= highest)).all()


def test_areas_have_the_colour_of_their_class_or_grey() -> None:
    made = outlines(low=(-180, -89, -90, 89), high=(-90, -89, 0, 89), none=(0, -89, 90, 89))
    held = Held(1 << 20)

    image = fill_tile(
        held, made, class_table(made, {"low": 5.0, "high": 500.0}, SCALE), SCALE, 0, 0, 0
    )

    picture = Image.open(io.BytesIO(image))
    assert (picture.size, picture.mode) == ((256, 256), "P")
    seen = [picture.convert("RGBA").getpixel((x, 100)) for x in (10, 70, 130, 200)]
    expected = [(*bytes.fromhex(colour[1:]), 255) for colour in (SOIL[0], SOIL[-1], NO_DATA)]
    assert seen == [*expected, (0, 0, 0, 0)]
    assert held.nbytes == 256 * 256 * 2, "the labels are kept for other numbers"


def test_an_outline_that_crosses_itself_is_drawn_all_the_same() -> None:
    bow = shapely.Polygon([(-90, -60), (90, 60), (90, -60), (-90, 60)])
    made = project_outlines("bow", [("X", shapely.to_wkb(bow))])

    assert label_tile(made, 1, 0, 0).any()


def test_a_tile_inside_of_an_area_is_all_of_it_but_for_what_lies_on_top() -> None:
    below = (-170.0, -80.0, 170.0, 80.0)
    alone = outlines(land=below)
    lake = outlines(land=below, lake=(10, 40, 20, 45))
    sunk = outlines(lake=(10, 40, 20, 45), land=below)

    assert (label_tile(alone, 3, 4, 2) == 1).all()
    assert set(np.unique(label_tile(lake, 3, 4, 2))) == {1, 2}
    assert (label_tile(sunk, 3, 4, 2) == 2).all()
    assert set(np.unique(label_tile(alone, 3, 0, 2))) == {0, 1}


def test_no_outlines_make_an_empty_tile() -> None:
    assert not label_tile(project_outlines("none", []), 0, 0, 0).any()


def test_a_value_on_a_limit_is_in_the_class_above_it() -> None:
    values = np.array([19.999, 20.0, 119.99, 120.0, np.nan, -5.0, np.inf])

    classes = classify(values, SCALE, clear(SCALE))

    assert classes.tolist() == [0, 1, 5, 6, clear(SCALE), 0, 6]
    assert classes[:4].tolist() == [SCALE.classify(float(value)) for value in values[:4]]


def test_the_picture_is_a_small_palette_with_one_transparent_colour() -> None:
    classes = np.full((256, 256), clear(SCALE), np.uint8)
    classes[:, :128] = no_data(SCALE)

    content = png(classes, SCALE)

    picture = Image.open(io.BytesIO(content))
    assert picture.mode == "P"
    assert len(content) < 500
    assert picture.convert("RGBA").getpixel((0, 0)) == (0x9A, 0xA0, 0xA6, 255)
    assert picture.convert("RGBA").getpixel((255, 0)) == (0, 0, 0, 0)


def test_only_what_is_doubtful_is_hatched_and_stripes_join_across_tiles() -> None:
    halves = outlines(sure=(-180, -80, 0, 80), unsure=(0, -80, 180, 80))

    def pixels(x: int) -> Array:
        table = doubt_table(halves, {"unsure"})
        png = doubt_tile(Held(1 << 20), halves, table, Style.HATCH, (1, x, 0))
        return np.asarray(Image.open(io.BytesIO(png)).convert("RGBA"))

    west, east = pixels(0), pixels(1)
    assert not west[..., 3].any()
    row = east[200, :, 3] > 0
    assert 0.3 < row.mean() < 0.5, "three pixels of eight"
    assert (row[:8] == row[-8:]).all(), "a pattern that tiles"


def test_a_mask_fades_the_whole_area() -> None:
    halves = outlines(sure=(-180, -80, 0, 80), unsure=(0, -80, 180, 80))
    table = doubt_table(halves, {"unsure"})
    png = doubt_tile(Held(1 << 20), halves, table, Style.MASK, (0, 0, 0))
    alpha = np.asarray(Image.open(io.BytesIO(png)).convert("RGBA"))[128, :, 3]
    assert not alpha[:128].any()
    assert alpha[128:].all()
