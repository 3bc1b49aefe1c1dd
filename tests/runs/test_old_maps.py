"""A map that comes in another grid and on another scale: what was published stays as it was."""

from dataclasses import replace
from datetime import date

import numpy as np
from starlette.testclient import TestClient

from soc_monitor.api.app import create_api
from soc_monitor.model import Cube, DataClass, Freq, Grid
from soc_monitor.runs.estimate import estimate
from soc_monitor.runs.nowcast_inputs import STOCK
from soc_monitor.settings import Settings
from soc_monitor.store import arrays, intake, read, read_slices
from soc_monitor.store.store import Store

from .paper import GRID
from .test_benchmark import now
from .test_nowcast import World, item

YEAR = date(2010, 1, 1)
CUBE = Cube(
    product="map", variable=STOCK, unit="t ha-1", freq=Freq.YEAR, grid=GRID,
    data_class=DataClass.MODELLED,
)  # fmt: skip
FINER = replace(CUBE, grid=Grid(nx=72, ny=36), dtype="int16", scale=0.1, fill=-1)
ASKED = "v=stock&src=map&t=2010"
PATHS = (
    f"/api/v1/point?lon=65&lat=-45&{ASKED}&rel={{rel}}",
    f"/api/v1/map.json?{ASKED}&rel={{rel}}",
    f"/api/v1/grid.tif?bbox=0,30,40,70&{ASKED}&rel={{rel}}",
    f"/stac/{{rel}}/map.{STOCK}/2010.json",
    f"/tiles/{{rel}}/grid/map/{STOCK}/2010/0/0/0.png",
    f"/tiles/{{rel}}/grid/map/{STOCK}/2010/4/9/10.png",
)


def put(world: World, cube: Cube, stored: np.ndarray) -> None:
    path, array = arrays.create(world.store, cube, YEAR)
    array[:] = stored
    made = intake.NewSlice(
        cube=cube, period=YEAR, period_end=date(2010, 12, 31), path=path,
        checksum=arrays.seal(world.store, path), valid_cells=stored.size, median=None,
    )  # fmt: skip
    with world.run("map") as run:
        intake.add_slices(world.store, run, [made], item())
        run.taken = 1


def test_a_release_is_read_on_the_grid_that_it_was_published_on(store: Store) -> None:
    world = World(store)
    coarse = np.arange(GRID.nx * GRID.ny, dtype=np.float32).reshape(GRID.shape) % 97 + 20
    put(world, CUBE, coarse)
    estimate(store, now())
    old = read.find_release(store)
    answers = [answer(store, path, old.name) for path in PATHS]
    assert b'"value":' in answers[0]

    put(world, FINER, np.arange(72 * 36).reshape(36, 72).astype(np.int16) % 500 + 300)
    estimate(store, now())
    new = read.find_release(store)
    for path, before in zip(PATHS, answers, strict=True):
        assert answer(store, path, old.name) == before, path
        assert answer(store, path, new.name) != before, path
    forms = [
        (piece.cube.grid, piece.cube.dtype, piece.cube.scale)
        for release in (old, new)
        for piece in read_slices.released_slices(store, release, cube_id=CUBE.id)
    ]
    assert forms == [(GRID, "float32", 1.0), (FINER.grid, "int16", 0.1)]


def answer(store: Store, path: str, release: str) -> bytes:
    """What a site answers that has just been started: nothing is remembered."""
    settings = Settings(data=store.arrays.parent, mirror="", jobs=())
    api = TestClient(create_api(store, settings), raise_server_exceptions=False)
    found = api.get(path.format(rel=release))
    assert found.status_code == 200, (path, found.text)
    return found.content
