"""How the stock lies within an area, through the API: shares of land that add up on paper."""

import numpy as np
import pytest
from starlette.testclient import TestClient

from soc_monitor.aggregate.histogram import STEP
from soc_monitor.api.app import create_api
from soc_monitor.model import Freq
from soc_monitor.settings import Settings

from .paper import A0, A1, EARLY, GRID, STOCK, World, field, near, place

CROP, WOOD = 10, 50


@pytest.fixture
def api(world: World) -> TestClient:
    """Crops in the south-west cell of each country, woods elsewhere."""
    cover = np.full(GRID.shape, WOOD, np.float32)
    cover[place(5, 5)] = cover[place(5, 15)] = CROP
    world.put(EARLY, field(STOCK))
    world.put(EARLY, cover, variable="land_cover", freq=Freq.YEAR)
    world.estimate()
    settings = Settings(data=world.store.arrays.parent, mirror="", jobs=())
    return TestClient(create_api(world.store, settings))


def test_each_cell_counts_by_the_area_that_it_has_of_an_area(api: TestClient) -> None:
    body = api.get("/api/v1/areas/BBB/distribution").json()
    told = {one["land_cover"]: one for one in body["data"]}
    assert {name: one["mapped_ha"] for name, one in told.items()} == {
        "all": near(2.5 * A1), "cropland": near(A1), "forest": near(1.5 * A1)}  # fmt: skip
    # Two fifths of the land hold 40, two fifths 50, one fifth 60.
    names = ("q05_t_ha", "q25_t_ha", "median_t_ha", "q75_t_ha", "q95_t_ha")
    assert [told["all"][name] for name in names] == pytest.approx([40, 40, 50, 50, 60])
    assert told["all"]["mean_t_ha"] == near(48.0)
    assert told["forest"]["mean_t_ha"] == near((50 + 30) / 1.5)
    assert told["forest"]["total_t"] == near(80 * A1)
    assert told["cropland"]["share"] == near(0.4)
    assert body["meta"]["land_cover_period"] == "1990"
    assert body["meta"]["quantile_bound_t_ha"] == STEP / 2


def test_the_whole_of_it_is_the_number_of_the_area(api: TestClient) -> None:
    for code in ("WLD", "AAA", "AAA-1"):
        asked = {"area": code, "v": "stock", "t": "latest"}
        (row,) = api.get("/api/v1/series.json", params=asked).json()["data"]
        whole, *parts = api.get(f"/api/v1/areas/{code}/distribution").json()["data"]
        assert whole["mapped_ha"] == pytest.approx(row["mapped_area_ha"], rel=1e-9)
        assert whole["mean_t_ha"] == pytest.approx(row["value"], rel=1e-6)
        assert sum(one["total_t"] for one in parts) == pytest.approx(whole["total_t"], rel=1e-12)
    assert whole["mapped_ha"] == near(A0)


def test_what_cannot_be_told_is_a_problem(api: TestClient) -> None:
    for path in ("XXX/distribution", "AAA/distribution?src=xxx", "AAA/distribution?t=1700"):
        assert api.get(f"/api/v1/areas/{path}").status_code == 404
    etag = api.get("/api/v1/areas/AAA/distribution").headers["etag"]
    again = api.get("/api/v1/areas/AAA/distribution", headers={"if-none-match": etag})
    assert again.status_code == 304
