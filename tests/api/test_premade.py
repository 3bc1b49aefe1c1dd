"""The tiles that the explorer opens with are there before anyone asks, and of one release."""

import subprocess
import sys
import threading
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from soc_monitor.api.app import create_api
from soc_monitor.api.catalogue import open_catalogue
from soc_monitor.api.drawing import Drawing, open_drawing
from soc_monitor.api.premade import DEEPEST_MADE, OTHERS_MADE, Premade
from soc_monitor.errors import ArrayDamaged
from soc_monitor.settings import Settings
from soc_monitor.store.store import Store

from .conftest import DEBT, World, fill
from .test_ready import statements

HOLDER = """
import fcntl, sys
held = open(sys.argv[1], "w")
fcntl.flock(held, fcntl.LOCK_EX)
print(flush=True)
input()
"""
OTHERS = 4
"""Layers beside the one that the explorer opens with."""
TILES = 3 * (
    sum(4**z for z in range(DEEPEST_MADE + 1)) + OTHERS * sum(4**z for z in range(OTHERS_MADE + 1))
)
FILL = "fill/ipcc_tier1/soc_stock_0_30cm/2010/adm0"


@pytest.fixture
def drawing(world: World) -> Drawing:
    return open_drawing(open_catalogue(world.store))


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*.png")}


def test_they_are_what_would_be_drawn_and_are_drawn_once(
    world: World, drawing: Drawing, tmp_path: Path
) -> None:
    premade = Premade(tmp_path)
    assert premade.make(drawing, world.second) == TILES
    before = files(tmp_path)

    assert len(before) == TILES
    assert premade.make(drawing, world.second) == 0
    cells = FILL.replace("fill", "grid").removesuffix("/adm0")
    other = "fill/soil_carbon_debt/soc_debt_0_30cm/2010/adm0"
    for layer in (FILL, FILL.replace("fill", "doubt/hatch"), cells, other):
        found = premade.find(world.second, f"{layer}/1/1/0.png")
        asked = world.client.get(f"/tiles/{world.second.name}/{layer}/1/1/0.png")
        assert asked.headers["content-type"] == "image/png"
        assert asked.content == found
    assert files(tmp_path) == before


def test_a_reader_gets_them_without_anything_being_drawn(
    world: World, drawing: Drawing, tmp_path: Path
) -> None:
    Premade(tmp_path / "tiles").make(drawing, world.second)
    app = create_api(world.store, Settings(data=tmp_path, requests_per_minute=0))
    with statements(world.store, "ST_AsBinary") as outlines, TestClient(app) as client:
        answer = client.get(f"/tiles/{world.second.name}/{FILL}/2/1/1.png")
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert outlines == []
        client.get(f"/tiles/{world.second.name}/{FILL}/{DEEPEST_MADE + 1}/1/1.png")
        assert outlines

    assert answer.content == world.client.get(answer.url.path).content


def test_those_of_other_releases_are_dropped_once_the_new_ones_are_there(
    world: World, drawing: Drawing, tmp_path: Path
) -> None:
    premade = Premade(tmp_path)
    premade.make(drawing, world.first)
    old = files(tmp_path)
    stopped = threading.Event()
    stopped.set()
    assert premade.make(drawing, world.second, stopped) is None
    assert files(tmp_path) == old

    premade.make(drawing, world.second)
    assert len(files(tmp_path)) == TILES
    assert premade.find(world.first, f"{FILL}/0/0/0.png") is None
    assert premade.find(world.second, f"{FILL}/0/0/0.png") is not None


def test_what_a_kill_or_a_power_cut_left_is_made_again(
    world: World, drawing: Drawing, tmp_path: Path
) -> None:
    premade = Premade(tmp_path)
    premade.make(drawing, world.second)
    whole = files(tmp_path)
    cut, gone = sorted(tmp_path.rglob("*.png"))[5:7]
    cut.write_bytes(cut.read_bytes()[:40])
    gone.rename(gone.with_suffix(".part"))

    assert premade.make(drawing, world.second) == 2
    assert files(tmp_path) == whole
    assert not list(tmp_path.rglob("*.part"))


def test_a_layer_that_cannot_be_drawn_keeps_back_no_other(store: Store, tmp_path: Path) -> None:
    _, release = fill(store)
    for path in store.arrays.rglob("*"):
        if path.is_file() and path.name != "zarr.json" and DEBT in str(path):
            path.write_bytes(b"no chunk")
    premade = Premade(tmp_path / "tiles")
    with pytest.raises(ArrayDamaged):
        premade.make(open_drawing(open_catalogue(store)), release)
    made = files(tmp_path / "tiles")
    assert sum("/grid/ipcc_tier1/" in path for path in made) == 85 + 21
    assert sum("/fill/soil_carbon_debt/" in path for path in made) == 3 * 21
    assert not any("/grid/soil_carbon_debt/" in path for path in made)


def test_two_processes_do_not_make_them_twice(
    world: World, drawing: Drawing, tmp_path: Path
) -> None:
    other = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path / "lock")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert other.stdout is not None
    other.stdout.readline()
    try:
        assert Premade(tmp_path).make(drawing, world.second) is None
    finally:
        other.kill()
        other.communicate()
    assert Premade(tmp_path).make(drawing, world.second) == TILES


def test_before_anything_is_published_there_is_nothing_to_make(
    world: World, store: Store, tmp_path: Path
) -> None:
    empty = open_drawing(open_catalogue(store))
    premade = Premade(tmp_path)
    with pytest.raises(Exception, match="no release"):
        premade.make(empty, world.first)
    assert files(tmp_path) == {}
