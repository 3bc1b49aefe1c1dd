"""Own areas as files: exact, or refused with the reason; nothing kept unless it is asked for."""

import io
import json
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from fastapi import FastAPI
from sqlalchemy import text
from starlette.testclient import TestClient

from soc_monitor.api.app import create_api
from soc_monitor.api.routes import aoi
from soc_monitor.making import make_next
from soc_monitor.maps.shapes import Bounds
from soc_monitor.model import Level
from soc_monitor.settings import Settings
from soc_monitor.store import read, read_areas
from soc_monitor.store.store import Store

from .conftest import World

PATH = "/api/v1/aoi/statistics"
BOX = shapely.box(0, 40, 40, 70)
RING = shapely.Polygon(BOX.exterior, [shapely.box(10, 50, 30, 60).exterior])
FAR = shapely.MultiPolygon([shapely.box(170, 50, 180, 70), shapely.box(-180, 50, -160, 70)])


def frame(*shapes: Any) -> gpd.GeoDataFrame:
    names = [f"plot {number}" for number in range(len(shapes))]
    return gpd.GeoDataFrame({"Name": names}, geometry=list(shapes), crs="EPSG:4326")


def geopackage(made: gpd.GeoDataFrame, folder: Path) -> bytes:
    made.to_file(folder / "shapes.gpkg", driver="GPKG")
    return (folder / "shapes.gpkg").read_bytes()


def shapefile(made: gpd.GeoDataFrame, folder: Path, *, without: str = "") -> bytes:
    made.to_file(folder / "shapes.shp")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as out:
        for path in sorted(folder.glob("shapes.*")):
            if path.suffix != without:
                out.write(path, f"some folder/{path.name}")
    return packed.getvalue()


def post(client: TestClient, body: bytes, status: int = 200, **query: str) -> Any:
    answer = client.post(PATH, params={"t": "2000", **query}, content=body)
    assert answer.status_code == status, answer.text
    return answer.json()


def as_json(*shapes: Any) -> bytes:
    features = [
        {"type": "Feature", "properties": {}, "geometry": json.loads(shapely.to_geojson(shape))}
        for shape in shapes
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


@pytest.mark.parametrize("pack", [geopackage, shapefile])
@pytest.mark.parametrize("shape", [RING, FAR], ids=["hole", "antimeridian"])
def test_a_file_gives_the_numbers_of_the_same_shape_as_geojson(
    world: World, tmp_path: Path, pack: Any, shape: Any
) -> None:
    (found,) = post(world.client, pack(frame(shape), tmp_path))["data"]
    (expected,) = post(world.client, as_json(shape))["data"]
    assert found["name"] == "plot 0"
    assert found["area_ha"] == pytest.approx(expected["area_ha"], rel=1e-12)
    for key, value in expected["data"][0].items():
        assert found["data"][0][key] == (
            pytest.approx(value, rel=1e-12) if isinstance(value, float) else value
        )


def test_a_file_in_metres_is_brought_to_degrees(world: World, tmp_path: Path) -> None:
    made = frame(shapely.box(1, 41, 9, 49)).to_crs(3857)
    (found,) = post(world.client, geopackage(made, tmp_path))["data"]
    (expected,) = post(world.client, as_json(shapely.box(1, 41, 9, 49)))["data"]
    assert found["area_ha"] == pytest.approx(expected["area_ha"], rel=1e-9)


def test_many_features_are_one_shape_where_that_is_asked_for(world: World, tmp_path: Path) -> None:
    cells = [shapely.box(x, y, x + 1, y + 1) for x in range(8) for y in range(41, 48)]
    body = geopackage(frame(*cells), tmp_path)
    told = post(world.client, body, 202)
    assert told["state"] == "waiting", "too many to be told apart at once"
    (found,) = post(world.client, body, together="1")["data"]
    (expected,) = post(world.client, as_json(shapely.box(0, 41, 8, 48)))["data"]
    assert found["area_ha"] == pytest.approx(expected["area_ha"], rel=1e-12)
    with world.store.engine.begin() as connection:
        connection.execute(text("DELETE FROM app.exports"))


def bomb() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as out:
        for ending in ("shp", "shx", "dbf", "prj"):
            out.writestr(f"a.{ending}", b"\0" * (200 << 20 if ending == "shp" else 100))
    return packed.getvalue()


def packed_text(name: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as out:
        out.writestr(name, "text")
    return packed.getvalue()


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "not JSON"),
        (b"PK\x03\x04" + b"\0" * 200, "the zip cannot be read"),
        (b"SQLite format 3\0" + b"\0" * 2000, "format"),
        (packed_text("readme.txt"), "0 Shapefiles"),
        (packed_text("../../escape.shp"), "format"),
        (as_json(shapely.Polygon([(0, 40), (10, 50), (10, 40), (0, 50)])), "Self-intersection"),
        (as_json(shapely.Polygon([(0, 80), (120, 80), (240, 80)])), "one line"),
        (as_json(shapely.box(0, 80, 10, 95)), "latitudes"),
    ],
    ids=["empty", "broken zip", "broken gpkg", "no shp", "path", "crossing", "pole", "off"],
)
def test_what_is_no_shape_is_refused_with_its_reason(
    world: World, body: bytes, reason: str
) -> None:
    problem = post(world.client, body, 422)
    assert reason in problem["detail"], problem


def test_a_zip_bomb_is_refused_by_its_header(world: World) -> None:
    body = bomb()
    assert len(body) < 1 << 20
    problem = post(world.client, body, 422)
    assert "when unpacked" in problem["detail"]


def test_a_shapefile_that_does_not_say_where_it_is_is_refused(world: World, tmp_path: Path) -> None:
    body = shapefile(frame(BOX), tmp_path, without=".prj")
    assert "coordinate system" in post(world.client, body, 422)["detail"]


def test_a_shape_over_the_pole_is_exact_where_it_has_an_edge_along_it(world: World) -> None:
    (found,) = post(world.client, as_json(shapely.box(-180, 60, 180, 90)))["data"]
    assert found["data"][0]["mapped_fraction"] == pytest.approx(1)


def test_two_hundred_thousand_vertices_are_measured_and_one_more_is_for_the_worker(
    world: World,
) -> None:
    turn = np.linspace(0, 2 * np.pi, 199_999, endpoint=False)
    circle = shapely.Polygon(np.column_stack([20 + 9 * np.cos(turn), 55 + 9 * np.sin(turn)]))
    (found,) = post(world.client, as_json(circle))["data"]
    assert found["data"][0]["mean"] is not None
    assert found["area_ha"] > 0


@pytest.fixture
def small(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FastAPI:
    """The application, with little that it does while one waits."""
    monkeypatch.setattr(aoi, "Bounds", lambda: Bounds(vertices=4))
    return create_api(world.store, Settings(data=tmp_path))


def test_a_large_shape_is_measured_by_the_worker_and_then_forgotten(
    world: World, small: FastAPI, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with TestClient(small) as client:
        answer = client.post(PATH, params={"t": "2000"}, content=as_json(BOX))
        assert answer.status_code == 202
        where = answer.headers["location"]
        # In a thread of its own: a browser of other tests may have a loop in this one.
        with ThreadPoolExecutor(1) as worker:
            made = worker.submit(make_next, world.store, Settings(data=tmp_path)).result()
        assert made is not None
        told = client.get(where).json()
        assert told["state"] == "done", told
        found = client.get(told["file"]).json()
    with world.store.engine.begin() as connection:
        kept = connection.execute(text("SELECT body FROM app.exports")).scalars().all()
        connection.execute(text("DELETE FROM app.exports"))
    assert set(kept) == {None}
    monkeypatch.undo()
    assert found["data"] == post(world.client, as_json(BOX))["data"]


def test_nothing_is_kept_unless_asked_and_a_share_ends(world: World) -> None:
    def count() -> int:
        with world.store.engine.begin() as connection:
            query = text("SELECT (SELECT count(*) FROM app.shares) + count(*) FROM app.exports")
            return int(connection.execute(query).scalar_one())

    with world.store.engine.begin() as connection:
        connection.execute(text("DELETE FROM app.shares"))  # what other tests have kept
    before = count()
    post(world.client, as_json(RING))
    assert count() == before
    answer = world.client.post(
        "/api/v1/aoi/shares", params={"v": "total", "days": "2"}, content=as_json(RING)
    )
    assert answer.status_code == 201, answer.text
    where = answer.headers["location"]
    assert len(answer.json()["id"]) >= 20
    shared = world.client.get(where)
    document = shared.json()
    assert document["metadata"]["keys"]["v"] == "total"
    assert (
        post(world.client, shared.content)["data"][0]["data"]
        == (post(world.client, as_json(RING))["data"][0]["data"])
    )
    with world.store.engine.begin() as connection:
        connection.execute(text("UPDATE app.shares SET expires_at = now() - interval '1s'"))
    assert world.client.get(where).status_code == 404
    world.client.post("/api/v1/aoi/shares", content=as_json(RING))
    assert count() == before + 1, "what has ended is gone"
    assert world.client.post("/api/v1/aoi/shares?days=0", content=b"{}").status_code == 422


def test_the_outline_of_a_country_gives_its_numbers(starter_store: Store, tmp_path: Path) -> None:
    release = read.find_release(starter_store)
    shapes = dict(read_areas.geometries(starter_store, release.boundaries_id, Level.ADM0))
    with TestClient(create_api(starter_store, Settings(data=tmp_path))) as client:
        for code in ("FRA", "FJI"):
            made = frame(shapely.from_wkb(shapes[code]))
            (found,) = post(client, geopackage(made, tmp_path), t="latest")["data"]
            asked = {"area": code, "t": "latest"}
            (own,) = client.get("/api/v1/series.json", params=asked).json()["data"]
            assert found["data"][0]["mean"] == pytest.approx(own["value"], rel=1e-9)
            (tmp_path / "shapes.gpkg").unlink()
