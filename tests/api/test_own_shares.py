"""What a page of own areas asks beside the numbers: limits, shapes read back, shares and tables."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
import shapely
from starlette.testclient import TestClient

from soc_monitor.api.bodies.own import ShapeLimitsBody
from soc_monitor.api.uploads import LARGEST_BODY
from soc_monitor.making import make_next
from soc_monitor.maps.shapes import LARGE, MOST_SHAPES, MOST_VERTICES
from soc_monitor.settings import Settings

from .conftest import World

BOX = shapely.box(0, 40, 40, 70)
STATISTICS, SHARES = "/api/v1/aoi/statistics", "/api/v1/aoi/shares"


def as_json(*shapes: Any, name: str = "") -> bytes:
    features = [
        {
            "type": "Feature",
            "properties": {"name": name} if name else {},
            "geometry": shapely.geometry.mapping(shape),
        }
        for shape in shapes
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_the_limits_that_are_told_are_those_that_hold(client: TestClient) -> None:
    told = ShapeLimitsBody.model_validate(client.get("/api/v1/aoi/limits").json())
    assert (told.bytes, told.vertices, told.features) == (LARGEST_BODY, MOST_VERTICES, MOST_SHAPES)
    assert (told.worker_vertices, told.worker_features) == (LARGE.vertices, LARGE.shapes)
    many = as_json(*(shapely.box(x, 40, x + 0.5, 41) for x in range(told.features + 1)))
    refused = client.post("/api/v1/aoi/shapes", content=many)
    assert refused.json()["type"] == "/api/problems/too-many-shapes"
    assert client.post("/api/v1/aoi/shapes?together=1", content=many).status_code == 200
    assert client.post(f"{SHARES}?days={told.share_days + 1}", content=b"{}").status_code == 422


def test_shapes_are_read_back_in_degrees_whatever_their_form(
    client: TestClient, tmp_path: Path
) -> None:
    made = gpd.GeoDataFrame({"name": ["plot"]}, geometry=[BOX], crs=4326).to_crs(3857)
    made.to_file(tmp_path / "a.gpkg", driver="GPKG")
    answer = client.post("/api/v1/aoi/shapes", content=(tmp_path / "a.gpkg").read_bytes())
    assert answer.headers["content-type"].startswith("application/geo+json")
    assert answer.headers["cache-control"] == "no-store"
    (found,) = answer.json()["features"]
    assert found["properties"]["name"] == "plot"
    own = shapely.geometry.shape(found["geometry"])
    assert own.symmetric_difference(BOX).area < 1e-6


def test_a_total_has_the_interval_of_its_mean(world: World) -> None:
    asked = {"t": "2010", "rel": world.first.name}
    answer = world.client.post(STATISTICS, params=asked, content=as_json(BOX)).json()
    row = answer["data"][0]["data"][0]
    for side in ("lower", "upper"):
        ratio = row[f"total_{side}_95"] / row["total"]
        assert ratio == pytest.approx(row[f"{side}_95"] / row["mean"], rel=1e-12)
    without = world.client.post(STATISTICS, params={"t": "2000"}, content=as_json(BOX)).json()
    assert without["data"][0]["data"][0]["total_upper_95"] is None


def test_the_table_has_the_same_numbers_and_no_formula(client: TestClient) -> None:
    body = as_json(BOX, shapely.box(0, 45, 10, 50), name="=1+1")
    answer = client.post(f"{STATISTICS}.csv", content=body)
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.headers["cache-control"] == "no-store"
    rows = rows_of(answer.text)
    known = client.post(STATISTICS, content=body).json()["data"]
    assert [row["shape"] for row in rows] == ["1", "1", "2", "2"]
    assert {row["name"] for row in rows} == {"'=1+1"}
    assert [float(row["mean"]) for row in rows] == [
        one["mean"] for shape in known for one in shape["data"]
    ]


def test_the_numbers_of_a_share_are_had_by_its_address_until_it_is_deleted(
    world: World,
) -> None:
    client = world.client
    where = client.post(SHARES, content=as_json(BOX)).headers["location"]
    known = client.post(STATISTICS, params={"t": "2000"}, content=as_json(BOX)).json()["data"]
    found = client.get(f"{where}/statistics.json", params={"t": "2000"})
    assert found.json()["data"] == known
    assert found.headers["cache-control"] == "no-store"
    table = rows_of(client.get(f"{where}/statistics.csv", params={"t": "2000"}).text)
    assert float(table[0]["mean"]) == known[0]["data"][0]["mean"]

    assert client.delete(where).status_code == 204
    for path in (where, f"{where}/statistics.json?t=2000", f"{where}/statistics.csv?t=2000"):
        assert client.get(path).status_code == 404, "nothing on its way has held it"
    assert client.delete(where).status_code == 404


def test_names_that_no_file_can_hold_are_mended_and_no_number_is_infinite(
    world: World, tmp_path: Path
) -> None:
    place = json.dumps(shapely.geometry.mapping(BOX))
    one = (
        '{"type": "Feature", "id": 1e999, "properties": {"name": "a\\ud800"}, "geometry": '
        + place
        + "}"
    )
    body = f'{{"type": "FeatureCollection", "features": [{one}]}}'.encode()
    for path in ("/api/v1/aoi/shapes", SHARES, STATISTICS, f"{STATISTICS}.csv"):
        answer = world.client.post(path, content=body)
        assert answer.status_code in {200, 201}, path
    shown = world.client.post(STATISTICS, content=body).json()["data"][0]
    assert (shown["id"], shown["name"]) == (None, "a?")
    # A number that others would read as another one, or cannot read at all.
    for path in (STATISTICS, f"{STATISTICS}.csv"):
        for number, told in ((2**53, 2**53), (10**400, str(10**400)), (-(2**70), str(-(2**70)))):
            answer = world.client.post(path, content=body.replace(b"1e999", b"%d" % number))
            assert answer.status_code == 200, path
            if path == STATISTICS:
                assert answer.json()["data"][0]["id"] == told

    many = f'{{"type": "FeatureCollection", "features": [{",".join([one] * 21)}]}}'.encode()
    asked = world.client.post(f"{STATISTICS}?t=2010", content=many)
    assert asked.status_code == 202
    make_next(world.store, Settings(data=tmp_path))
    assert world.client.get(asked.headers["location"]).json()["state"] == "done"
