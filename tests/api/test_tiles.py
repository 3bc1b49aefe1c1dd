"""Tiles: known pixels have the colour that the legend gives their value."""

import io
import math

import pytest
from PIL import Image
from starlette.testclient import TestClient

from soc_monitor.indicators import load_indicators
from soc_monitor.model.scale import NO_DATA

from .conftest import World, stock

STOCK = load_indicators()["soc_stock_0_30cm"].scale
CLEAR, GREY = (0, 0, 0, 0), (0x9A, 0xA0, 0xA6, 255)


def rgba(colour: str) -> tuple[int, ...]:
    return (*bytes.fromhex(colour[1:]), 255)


def tile(client: TestClient, path: str) -> Image.Image:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "image/png"
    return Image.open(io.BytesIO(answer.content)).convert("RGBA")


def pixel(lon: float, lat: float, z: int) -> tuple[int, int, int, int]:
    """Tile and pixel of a place, by the textbook's formula."""
    size = 256 * 2**z
    x = (lon + 180) / 360 * size
    merc = math.log(math.tan(math.pi / 4 + math.radians(lat) / 2))
    y = (1 - merc / math.pi) / 2 * size
    return int(x // 256), int(y // 256), int(x % 256), int(y % 256)


def grid_path(world: World, v: str = "stock", src: str = "ipcc_tier1", t: str = "2000") -> str:
    name = load_indicators()[{"stock": "soc_stock_0_30cm"}.get(v, v)].id
    return f"/tiles/{world.first.name}/grid/{src}/{name}/{t}"


@pytest.mark.parametrize("z", [0, 1, 3, 6, 10])
@pytest.mark.parametrize(
    ("lon", "lat"), [(5, 45), (-175, 84), (175, -55), (64.9, 79.9), (64.9, 80.1), (-0.1, 0.1)]
)
def test_a_pixel_has_the_class_of_its_cell(world: World, lon: float, lat: float, z: int) -> None:
    x, y, column, row = pixel(lon, lat, z)
    image = tile(world.client, f"{grid_path(world)}/{z}/{x}/{y}.png")

    # The pixel's centre is what counts: at small zooms it may be in the cell next door.
    size = 256 * 2**z
    at_lon = (x * 256 + column + 0.5) / size * 360 - 180
    turned = math.pi * (1 - 2 * (y * 256 + row + 0.5) / size)
    at_lat = math.degrees(2 * math.atan(math.exp(turned)) - math.pi / 2)
    value = stock(int((90 - at_lat) // 10), int((at_lon + 180) // 10), 2000)
    assert image.getpixel((column, row)) == rgba(STOCK.colours[STOCK.classify(value)])


def test_where_there_is_no_data_a_grid_tile_is_transparent(world: World) -> None:
    for lon, lat in ((15, -15), (100, -70)):
        x, y, column, row = pixel(lon, lat, 4)
        image = tile(world.client, f"{grid_path(world)}/4/{x}/{y}.png")
        assert image.getpixel((column, row)) == CLEAR


def test_four_tiles_make_the_one_above_them(world: World) -> None:
    """Every other pixel of the finer zoom is a neighbour of the same cell or of the next."""
    coarse = tile(world.client, f"{grid_path(world)}/2/2/1.png")
    joined = Image.new("RGBA", (512, 512))
    for i in (0, 1):
        for j in (0, 1):
            part = tile(world.client, f"{grid_path(world)}/3/{4 + i}/{2 + j}.png")
            joined.paste(part, (256 * i, 256 * j))

    for row in range(256):
        for column in range(0, 256, 5):
            block = {joined.getpixel((2 * column + i, 2 * row + j)) for i in (0, 1) for j in (0, 1)}
            assert coarse.getpixel((column, row)) in block


def test_tiles_meet_without_a_seam_at_the_antimeridian(world: World) -> None:
    last = tile(world.client, f"{grid_path(world)}/3/7/2.png")
    first = tile(world.client, f"{grid_path(world)}/3/0/2.png")

    x, y, column, row = pixel(175, 55, 3)
    assert (x, y) == (7, 2)
    for image, edge, col in ((last, 255, 35), (first, 0, 0)):
        value = stock(3, col, 2000)
        assert image.getpixel((edge, row)) == rgba(STOCK.colours[STOCK.classify(value)])
    assert column < 255


def test_a_total_is_drawn_as_the_stock_that_it_is_the_sum_of(world: World) -> None:
    total = grid_path(world, v="soc_total_0_30cm")

    a = world.client.get(f"{grid_path(world)}/1/1/0.png").content
    b = world.client.get(f"{total}/1/1/0.png").content
    assert a == b


def test_a_debt_is_drawn_as_the_difference_of_two_cubes(world: World) -> None:
    debt = load_indicators()["soc_debt_0_30cm"].scale
    path = f"/tiles/{world.first.name}/grid/soil_carbon_debt/soc_debt_0_30cm"
    x, y, column, row = pixel(5, 45, 5)

    image = tile(world.client, f"{path}/2010/5/{x}/{y}.png")
    # Three tonnes a hectare everywhere, by hand; ten less or one up in 2000.
    assert image.getpixel((column, row)) == rgba(debt.colours[debt.classify(3.0)])
    earlier = tile(world.client, f"{path}/2000/5/{x}/{y}.png")
    change = 3.0 + stock(4, 18, 2010) - stock(4, 18, 2000)
    assert earlier.getpixel((column, row)) == rgba(debt.colours[debt.classify(change)])


def test_the_same_tile_of_two_releases_differs_and_each_holds_for_ever(world: World) -> None:
    rest = "grid/ipcc_tier1/soc_stock_0_30cm/2010/1/1/0.png"
    first = world.client.get(f"/tiles/{world.first.name}/{rest}")
    second = world.client.get(f"/tiles/{world.second.name}/{rest}")

    assert first.content != second.content
    assert first.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert first.headers["etag"] != second.headers["etag"]
    again = world.client.get(
        f"/tiles/{world.first.name}/{rest}", headers={"If-None-Match": first.headers["etag"]}
    )
    assert again.status_code == 304


@pytest.mark.parametrize("kind", ["grid", "fill"])
def test_latest_is_redirected_to_the_release_that_it_stands_for(world: World, kind: str) -> None:
    level = "/adm0" if kind == "fill" else ""
    answer = world.client.get(f"/tiles/latest/{kind}/ipcc_tier1/stock/latest{level}/0/0/0.png")

    assert answer.status_code == 307
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.headers["location"] == (
        f"/tiles/{world.second.name}/{kind}/ipcc_tier1/soc_stock_0_30cm/2010{level}/0/0/0.png"
    )
    assert world.client.get(answer.headers["location"]).status_code == 200


# --- filled areas ------------------------------------------------------------------------------


def fill_path(world: World, level: str, t: str = "2000") -> str:
    return f"/tiles/{world.first.name}/fill/ipcc_tier1/soc_stock_0_30cm/{t}/{level}"


def colour_at(world: World, path: str, lon: float, lat: float, z: int = 4) -> object:
    x, y, column, row = pixel(lon, lat, z)
    return tile(world.client, f"{path}/{z}/{x}/{y}.png").getpixel((column, row))


@pytest.mark.parametrize(
    ("level", "lon", "lat", "area"),
    [
        ("adm1", 10, 50, "AAA-1"),
        ("adm1", 30, 50, "AAA-2"),
        ("adm1", 175, 60, "BBB-1"),
        ("adm1", -170, 60, "BBB-2"),
        ("adm0", 10, 50, "AAA"),
        ("adm0", 175, 60, "BBB"),
        ("adm0", -170, 60, "BBB"),
        ("m49", 30, 50, "M49-100"),
    ],
)
def test_an_area_has_the_colour_of_its_number(
    world: World, level: str, lon: float, lat: float, area: str
) -> None:
    query = f"area={area}&t=2000&rel={world.first.name}"
    row = world.client.get(f"/api/v1/series.json?{query}").json()["data"][0]

    # A number that stands for less than half of its area colours none of it.
    thin = "low_coverage" in row["flags"]
    assert thin == (row["mapped_fraction"] < 0.5)
    colour = NO_DATA if thin else STOCK.colours[STOCK.classify(row["value"])]
    assert colour_at(world, fill_path(world, level), lon, lat) == rgba(colour)


def test_an_area_without_an_estimate_is_grey_and_the_sea_transparent(world: World) -> None:
    path = fill_path(world, "adm0")

    assert colour_at(world, path, 20, -20) == GREY
    assert colour_at(world, path, 100, 0) == CLEAR


def test_filled_tiles_of_a_level_without_outlines_are_empty(world: World) -> None:
    image = tile(world.client, f"{fill_path(world, 'world')}/0/0/0.png")

    assert image.getextrema() == ((0, 0),) * 4


def test_a_border_is_at_the_same_place_in_all_zooms(world: World) -> None:
    path = fill_path(world, "adm1")

    for z in (2, 5, 8, 10):
        west = colour_at(world, path, 20 - 360 / 256 / 2**z, 50, z)
        east = colour_at(world, path, 20 + 360 / 256 / 2**z, 50, z)
        assert west == rgba(STOCK.colours[STOCK.classify(50.0)])
        assert east == rgba(NO_DATA), "two fifths of it are mapped"
