"""Maps drawn by the server."""

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import shapely

from soc_monitor.web import worldmap
from soc_monitor.web.documents import shapes


def feature(code: str, geometry: shapely.Geometry, **more: Any) -> dict[str, Any]:
    return {
        "id": code,
        "properties": {"id": code, "name": code, "parent": "", **more},
        "geometry": json.loads(shapely.to_geojson(geometry)),
    }


WEST = shapely.box(0, 0, 10, 10)
EAST = shapely.box(10, 0, 20, 10)
ISLET = shapely.box(30, 0, 30.05, 0.05)
OUTLINES = {"features": [feature("W", WEST), feature("E", EAST), feature("I", ISLET)]}


def test_equal_earth_keeps_areas() -> None:
    boxes = [shapely.box(0, 0, 10, 10), shapely.box(100, 50, 110, 60)]
    drawn = [
        float(shapely.area(shapely.transform(shapely.segmentize(b, 0.1), worldmap.equal_earth)))
        for b in boxes
    ]
    sphere = [np.sin(np.radians(10)), np.sin(np.radians(60)) - np.sin(np.radians(50))]
    assert drawn[0] / drawn[1] == pytest.approx(sphere[0] / sphere[1], rel=1e-3)


def test_lambert_keeps_areas() -> None:
    projection = worldmap.lambert(10, 50)
    near, far = np.array([shapely.box(9, 49, 11, 51)]), np.array([shapely.box(29, 49, 31, 51)])
    areas = [float(shapely.area(projection(shapely.segmentize(b, 0.05)))[0]) for b in (near, far)]
    assert areas[0] == pytest.approx(areas[1], rel=1e-3)


def test_neighbours_share_their_border_and_islets_become_dots() -> None:
    drawn = worldmap.draw(OUTLINES, width=400)
    assert set(drawn.paths) == {"W", "E"}
    assert set(drawn.dots) == {"I"}


def test_each_area_is_a_link_with_a_title_and_names_cannot_bring_markup() -> None:
    drawn = worldmap.draw(OUTLINES, width=400)
    marks = [worldmap.Mark("W", "#fff", 'a"<b>', "/x"), worldmap.Mark("nowhere", "#fff", "n")]
    svg = worldmap.svg(drawn, marks, name="<i>", summary_id="s")
    assert svg.count("<title>") == 1
    assert '<a href="/x">' in svg
    assert "<b>" not in svg
    assert "<i>" not in svg


def test_far_parts_do_not_make_a_map_an_empty_ocean() -> None:
    home, colony = shapely.box(0, 40, 10, 50), shapely.box(-55, 0, -50, 5)
    inside = [feature("A", shapely.box(0, 40, 5, 50)), feature("B", shapely.box(5, 40, 10, 50))]
    (lon, _), body = worldmap.near({"features": [*inside, feature("C", colony)]})
    assert float(shapely.area(body)) == pytest.approx(float(shapely.area(home)))
    assert 0 < lon < 10


def test_a_second_island_belongs_to_a_country_and_a_rock_far_off_does_not() -> None:
    main, second, rock = (shapely.box(x, 0, x + d, d) for x, d in ((0, 10), (13, 6), (22, 1)))
    outlines = [feature(str(n), one) for n, one in enumerate((main, second, rock))]
    _, body = worldmap.near({"features": outlines})
    assert worldmap.bounds(body) == (0, 0, 19, 10)


def test_what_lies_around_an_area_is_land_cut_to_the_frame() -> None:
    projection = worldmap.lambert(15, 5)
    frame = worldmap.frame_of(EAST, projection)
    box = (5.0, -5.0, 25.0, 15.0)
    land = worldmap.ground(OUTLINES, projection, width=400, frame=frame, around=box)
    assert land.count("M") == 2, "the area and its neighbour, and no islet far away"
    starts = [float(text.split()[0]) for text in land.split("M")[1:]]
    assert all(-10 <= x <= 410 for x in starts)
    drawn = worldmap.draw(OUTLINES, projection, width=400, frame=frame)
    marks = [worldmap.Mark("E", "#fff", "E", "/e")]
    svg = worldmap.svg(replace(drawn, ground=land), marks, name="m", summary_id="s")
    assert svg.index('class="around"') < svg.index('href="/e"'), "the area lies upon it"


def test_regions_that_hold_others_are_not_drawn_over_them() -> None:
    nested = {"features": [feature("ALL", WEST), feature("W", WEST, parent="ALL")]}
    assert set(worldmap.draw(nested, width=400).paths) == {"W"}


@pytest.mark.parametrize("grade", ["coarse", "fine"])
def test_light_outlines_keep_every_area(grade: str) -> None:
    light = json.loads(shapes.lighten(OUTLINES, grade))
    assert [f["id"] for f in light["features"]] == ["W", "E", "I"]
    assert all(f["geometry"]["coordinates"][0][0] for f in light["features"])
