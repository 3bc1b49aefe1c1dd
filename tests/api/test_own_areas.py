"""Own areas: a shape that the reader sends gets the numbers that a published area has."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from shapely.geometry.base import BaseGeometry
from starlette.testclient import TestClient

from soc_monitor.aggregate import row_area
from soc_monitor.api.app import create_api
from soc_monitor.api.bodies.own import OwnAreasBody
from soc_monitor.api.routes import aoi
from soc_monitor.api.uploads import LARGEST_BODY
from soc_monitor.maps.shapes import MOST_VERTICES, Bounds
from soc_monitor.model import Level
from soc_monitor.settings import Settings
from soc_monitor.store import read, read_areas
from soc_monitor.store.store import Store

from .conftest import GRID, TIER1, World, field, fill, revise

PATH = "/api/v1/aoi/statistics"


def send(client: TestClient, shape: object, status: int = 200, /, **query: str) -> Any:
    if isinstance(shape, BaseGeometry):
        shape = shapely.geometry.mapping(shape)
    content = shape if isinstance(shape, bytes) else json.dumps(shape).encode()
    answer = client.post(PATH, params=query, content=content)
    assert answer.status_code == status, answer.text
    if status == 200:
        OwnAreasBody.model_validate(answer.json())
    else:
        assert answer.headers["content-type"] == "application/problem+json"
    return answer.json()


def refused(client: TestClient, shape: object, kind: str, status: int = 422) -> Any:
    body = send(client, shape, status)
    assert body["type"] == f"/api/problems/{kind}", body
    return body


def numbers(client: TestClient, shape: object, **query: str) -> dict[str, Any]:
    """The only row of the only shape."""
    (shown,) = send(client, shape, 200, **{"t": "2000", **query})["data"]
    (row,) = shown["data"]
    return {**row, "area_ha": shown["area_ha"]}


def by_hand(rows: slice, columns: slice, year: int = 2000) -> tuple[float, float]:
    """Mean of whole cells of the hand-made map [t ha-1], and their mapped area [ha]."""
    values = field(year)[rows, columns]
    weight = np.repeat(row_area(GRID)[rows, None], values.shape[1], 1) * np.isfinite(values)
    return float(np.nansum(values * weight) / weight.sum()), float(weight.sum() / 1e4)


def test_every_period_of_a_shape_has_its_mean_total_and_mapped_fraction(
    client: TestClient,
) -> None:
    body = send(client, shapely.box(0, 40, 40, 70))

    assert body["meta"]["unit"] == "t C ha-1"
    assert body["meta"]["total_unit"] == "t C"
    assert body["meta"]["indicator"] == "soc_stock_0_30cm"
    (shown,) = body["data"]
    assert [row["period"] for row in shown["data"]] == ["2000", "2010"]
    mean, mapped = by_hand(slice(2, 5), slice(18, 22))
    row = shown["data"][0]
    assert row["mean"] == pytest.approx(mean, rel=1e-12)
    assert row["total"] == pytest.approx(mean * mapped, rel=1e-12)
    assert row["mapped_fraction"] == pytest.approx(1)
    assert row["mapped_area_ha"] == pytest.approx(mapped, rel=1e-12)
    assert shown["area_ha"] == pytest.approx(mapped, rel=1e-12)
    assert row["minimum"] <= row["mean"] <= row["maximum"]


def test_a_total_is_shown_in_its_own_unit_and_a_mean_beside_it(client: TestClient) -> None:
    box = shapely.box(0, 40, 40, 70)
    mean = numbers(client, box)
    body = send(client, box, v="total", u="Mt", t="2000")
    assert (body["meta"]["unit"], body["meta"]["total_unit"]) == ("t C ha-1", "Mt C")
    assert body["data"][0]["data"][0]["total"] == pytest.approx(mean["total"] / 1e6)
    assert body["data"][0]["data"][0]["mean"] == mean["mean"]
    assert numbers(client, box, u="kg-m2")["mean"] == pytest.approx(mean["mean"] / 10)


def test_a_product_with_scaled_integers_and_a_static_input_is_read_like_any_other(
    client: TestClient,
) -> None:
    box = shapely.box(0, 40, 40, 70)
    mean, _ = by_hand(slice(2, 5), slice(18, 22))
    assert numbers(client, box, src="soil_carbon_debt")["mean"] == pytest.approx(mean, rel=1e-6)
    before, _ = by_hand(slice(2, 5), slice(18, 22), 2010)
    debt = numbers(client, box, v="debt")["mean"]
    assert abs(debt) == pytest.approx(abs(before + 3 - mean), rel=1e-5)


def test_errors_that_go_together_make_the_interval(world: World) -> None:
    known = numbers(world.client, shapely.box(0, 40, 40, 70), t="2010", rel=world.first.name)
    # A tenth of the value in each cell: all together a tenth of the mean, never more.
    assert 0.03 * known["mean"] < known["std_error"] < 0.1 * known["mean"]
    assert known["lower_95"] == pytest.approx(known["mean"] - 1.959964 * known["std_error"])
    assert known["upper_50"] == pytest.approx(known["mean"] + 0.674490 * known["std_error"])
    one_cell = numbers(world.client, shapely.box(1, 41, 2, 42), t="2010", rel=world.first.name)
    assert one_cell["std_error"] == pytest.approx(0.1 * one_cell["mean"], rel=1e-6)


def test_without_errors_of_the_cells_there_is_no_interval(client: TestClient) -> None:
    row = numbers(client, shapely.box(0, 40, 40, 70), t="2000")
    assert (row["std_error"], row["lower_95"], row["upper_95"]) == (None, None, None)


def test_what_a_ring_inside_cuts_out_does_not_count(client: TestClient) -> None:
    whole, hole = shapely.box(0, 40, 40, 70), shapely.box(10, 50, 30, 60)
    ring = shapely.Polygon(whole.exterior, [hole.exterior])
    rows = [numbers(client, shape) for shape in (whole, hole, ring)]
    for column in ("total", "mapped_area_ha", "area_ha"):
        a, b, c = (row[column] for row in rows)
        assert c == pytest.approx(a - b, rel=1e-12)


def test_a_shape_on_both_sides_of_the_antimeridian_is_one_however_it_is_written(
    client: TestClient,
) -> None:
    cut = shapely.MultiPolygon([shapely.box(170, 50, 180, 70), shapely.box(-180, 50, -160, 70)])
    body = send(client, cut, t="2000")
    assert body["meta"]["warnings"] == []
    found = body["data"][0]["data"][0]
    for on in (shapely.box(170, 50, 200, 70), shapely.box(-190, 50, -160, 70)):
        assert numbers(client, on)["mean"] == pytest.approx(found["mean"], rel=1e-12)
        assert numbers(client, on)["total"] == pytest.approx(found["total"], rel=1e-12)
    mean_west, area_west = by_hand(slice(2, 4), slice(35, 36))
    mean_east, area_east = by_hand(slice(2, 4), slice(0, 2))
    assert found["mapped_area_ha"] == pytest.approx(area_west + area_east, rel=1e-12)
    assert found["total"] == pytest.approx(mean_west * area_west + mean_east * area_east, rel=1e-12)


def test_a_shape_over_a_pole_reaches_it(client: TestClient) -> None:
    body = send(client, shapely.box(-180, 60, 180, 90), t="2000")
    mean, mapped = by_hand(slice(0, 3), slice(0, 36))
    assert body["data"][0]["data"][0]["mean"] == pytest.approx(mean, rel=1e-12)
    assert body["data"][0]["area_ha"] == pytest.approx(mapped, rel=1e-12)
    assert [warning["code"] for warning in body["meta"]["warnings"]] == ["wide"]


def test_a_shape_without_data_has_no_number_and_says_so(client: TestClient) -> None:
    body = send(client, shapely.box(10, -88, 30, -62))
    assert {row["mean"] for row in body["data"][0]["data"]} == {None}
    assert {row["total"] for row in body["data"][0]["data"]} == {None}
    assert {row["mapped_fraction"] for row in body["data"][0]["data"]} == {0.0}
    assert [warning["code"] for warning in body["meta"]["warnings"]] == ["no_rows"]


def test_features_keep_their_order_and_their_names(client: TestClient) -> None:
    features = [
        {
            "type": "Feature",
            "id": f"f{number}",
            "properties": {"name": name, "other": [1]},
            "geometry": shapely.geometry.mapping(
                shapely.box(10 * number, 40, 10 * number + 10, 50)
            ),
        }
        for number, name in enumerate(("Été", "B"))
    ]
    body = send(client, {"type": "FeatureCollection", "features": features}, t="2000")
    assert [(shape["id"], shape["name"]) for shape in body["data"]] == [("f0", "Été"), ("f1", "B")]
    (single,) = send(client, features[1], t="2000")["data"]
    assert single == body["data"][1]


def ring(*places: tuple[float, float]) -> dict[str, object]:
    return {"type": "Polygon", "coordinates": [[list(place) for place in places]]}


@pytest.mark.parametrize(
    ("shape", "kind"),
    [
        (ring((0, 0), (10, 10), (10, 0), (0, 10), (0, 0)), "self-crossing"),
        (ring((0, 0), (30, 0), (30, 20), (10, -10), (0, 20), (0, 0)), "self-crossing"),
        (ring((0, 0), (10, 10), (20, 20), (0, 0)), "zero-width"),
        (ring((-180, 70), (0, 70), (180, 70), (-180, 70)), "zero-width"),
        (ring((1, 1), (1, 1), (1, 1), (1, 1)), "zero-width"),
        (ring((1, 44), (1.00001, 44), (1.00001, 44.00001), (1, 44)), "too-small"),
        (ring(), "empty-shape"),
        ({"type": "Polygon", "coordinates": []}, "empty-shape"),
        ({"type": "MultiPolygon", "coordinates": []}, "empty-shape"),
        ({"type": "FeatureCollection", "features": []}, "empty-shape"),
        ({"type": "Feature", "geometry": None}, "empty-shape"),
        (ring((0, 80), (10, 80), (10, 95), (0, 80)), "bad-shape"),
        (ring((0, 0), (400, 0), (400, 10), (0, 0)), "bad-shape"),
        (ring((900, 0), (910, 0), (910, 10), (900, 0)), "bad-shape"),
        ({"type": "Point", "coordinates": [1, 2]}, "bad-shape"),
        ({"type": "Polygon", "coordinates": [[["a", 1], [2, 2], [3, 3], [1, 1]]]}, "bad-shape"),
        ({"type": "Polygon", "coordinates": [[1, 2, 3]]}, "bad-shape"),
        ({"type": "Polygon", "coordinates": [7]}, "bad-shape"),
        ({"type": "Polygon", "coordinates": {"a": 1}}, "empty-shape"),
        ({"type": "FeatureCollection", "features": [3]}, "bad-shape"),
        ([1, 2], "bad-shape"),
        (b"", "bad-shape"),
        (b"\xff\xfe", "bad-shape"),
        (b'{"type": "Polygon", "coordinates": [[[NaN, 1]]]}', "bad-shape"),
        (b'{"type": "Polygon", "coordinates": [[[1e999, 1], [2, 2], [3, 1]]]}', "bad-shape"),
        (b"[" * 100_000, "bad-shape"),
    ],
)
def test_a_shape_that_cannot_be_measured_is_refused_by_name(
    client: TestClient, shape: object, kind: str
) -> None:
    body = refused(client, shape, kind)
    assert len(body["detail"]) < 300


def test_parts_that_overlap_are_refused_for_they_would_count_twice(client: TestClient) -> None:
    two = shapely.MultiPolygon([shapely.box(0, 0, 20, 20), shapely.box(10, 10, 30, 30)])
    refused(client, two, "self-crossing")


def test_too_many_vertices_and_too_long_bodies_are_refused(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(aoi, "LARGE", Bounds())  # the worker takes no more than that either
    turns = np.linspace(0, 2 * np.pi, MOST_VERTICES + 1)
    circle = np.column_stack([10 * np.cos(turns), 10 * np.sin(turns)]).round(6).tolist()
    refused(client, {"type": "Polygon", "coordinates": [circle]}, "too-many-vertices")
    refused(client, b" " * (LARGEST_BODY + 1), "body-too-large", 413)
    # Half as many are taken.
    assert numbers(client, {"type": "Polygon", "coordinates": [circle[::2]]})["mean"] is not None


def test_other_methods_are_told_which_one_works(client: TestClient) -> None:
    answer = client.get(PATH)
    assert answer.status_code == 405
    assert answer.headers["allow"] == "OPTIONS, POST"
    preflight = client.options(PATH, headers={"Origin": "https://elsewhere.example"})
    assert preflight.status_code == 204
    assert "POST" in preflight.headers["access-control-allow-methods"]


def test_the_answer_names_its_release_and_is_kept_by_no_cache(client: TestClient) -> None:
    content = json.dumps(shapely.geometry.mapping(shapely.box(0, 40, 40, 70)))
    answer = client.post(PATH, content=content)
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-release"] == answer.json()["meta"]["release"]
    assert "etag" not in answer.headers


def test_unknown_keys_of_the_question_are_told_as_elsewhere(client: TestClient) -> None:
    box = shapely.box(0, 40, 40, 70)
    send(client, box, 404, v="nothing")
    send(client, box, 404, src="nothing")
    send(client, box, 404, t="1700")
    send(client, box, 422, u="furlong")


def test_provisional_periods_of_a_shape_say_so_in_every_form(store: Store, tmp_path: Path) -> None:
    fill(store)
    revise(store, provisional=True)
    with TestClient(create_api(store, Settings(data=tmp_path))) as client:
        body = send(client, shapely.box(0, 40, 40, 70), src=TIER1)
        shape = json.dumps(shapely.geometry.mapping(shapely.box(0, 40, 40, 70)))
        answer = client.post(f"{PATH}.csv?src={TIER1}", content=shape)
    rows = {row["period"]: row["status"] for row in body["data"][0]["data"]}
    assert rows == {"2000": "final", "2010": "provisional"}
    assert [one["code"] for one in body["meta"]["warnings"]] == ["provisional"]
    table = list(csv.DictReader(io.StringIO(answer.text)))
    assert {row["period"]: row["status"] for row in table} == rows


@pytest.mark.parametrize("code", ["FRA", "FJI", "RUS"])
def test_the_outline_of_a_country_gives_the_numbers_of_the_country(
    starter_store: Store, code: str
) -> None:
    release = read.find_release(starter_store)
    shapes = dict(read_areas.geometries(starter_store, release.boundaries_id, Level.ADM0))
    client = TestClient(create_api(starter_store, Settings()))
    published = client.get("/api/v1/series.json", params={"area": code}).json()["data"]
    total = client.get("/api/v1/series.json", params={"area": code, "v": "total"}).json()["data"]

    (own,) = send(client, shapely.from_wkb(shapes[code]))["data"]

    assert [row["period"] for row in own["data"]] == [row["period"] for row in published]
    for row, known, whole in zip(own["data"], published, total, strict=True):
        assert row["mean"] == pytest.approx(known["value"], rel=1e-9)
        assert row["total"] == pytest.approx(whole["value"] * 1e9, rel=1e-9)
        assert row["mapped_area_ha"] == pytest.approx(known["mapped_area_ha"], rel=1e-9)
        assert row["mapped_fraction"] == pytest.approx(known["mapped_fraction"], rel=1e-9)
        # Pairs of cells are drawn in another order: half a percent of correlation.
        assert row["std_error"] == pytest.approx(known["std_error"], rel=0.05)
