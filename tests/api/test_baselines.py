"""Baselines: the parts of an area add up to the area, and to what is published of it."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from soc_monitor.api.app import create_api
from soc_monitor.api.routes import baselines
from soc_monitor.nowcast.ipcc import SOC_REF
from soc_monitor.settings import Settings
from soc_monitor.store.store import Store


@pytest.fixture(scope="module")
def starter(starter_store: Store, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    folder: Path = tmp_path_factory.mktemp("baselines")
    app = create_api(starter_store, Settings(data=folder))
    with TestClient(app, follow_redirects=False) as client:
        yield client


def rows_of(client: TestClient, area: str) -> list[dict[str, Any]]:
    answer = client.get(f"/api/v1/baselines.json?area={area}")
    assert answer.status_code == 200, answer.text
    body = baselines.BaselineBody.model_validate(answer.json())
    return [row.model_dump() for row in body.data]


@pytest.mark.parametrize("area", ["FRA", "KEN", "M49-150", "FRA-29"])
def test_the_parts_add_up_to_the_published_total(starter: TestClient, area: str) -> None:
    rows = rows_of(starter, area)
    assert sum(row["share"] for row in rows) == pytest.approx(1, abs=1e-4)
    query = f"area={area}&v=total&d=0-30&src=ipcc_tier1"
    total = starter.get(f"/api/v1/series.json?{query}").json()["data"][-1]
    assert total["unit"] == "Pg C"
    tonnes = sum(row["soc_total_t"] or 0 for row in rows)
    assert tonnes / 1e9 == pytest.approx(total["value"], rel=2e-4)
    mapped = sum(row["estimated_ha"] for row in rows)
    assert mapped == pytest.approx(total["mapped_area_ha"], rel=1e-4)


def test_classes_are_those_of_the_ipcc_and_the_soil_is_said_to_be_assumed(
    starter: TestClient,
) -> None:
    rows = rows_of(starter, "KEN")
    for row in rows:
        assert row["ipcc_climate"] in {*SOC_REF, "unknown"}
        assert row["soil_basis"] == "assumed"
        assert row["data_class"] == "inferred"
        assert row["soil"] in {"HAC Soils", "LAC Soils", "Unknown"}
        native = row["land_use"] in {"Forest", "Grassland", "Shrubland"}
        if native and row["soc_t_ha"] is not None and row["ipcc_climate"] != "unknown":
            soil = row["soil"].split()[0]
            assert row["soc_t_ha"] == pytest.approx(SOC_REF[row["ipcc_climate"]][soil][0])
            assert row["soc_std_error_t_ha"] > 0
    assert {"Cropland", "Forest land", "Grassland"} <= {row["land_use_category"] for row in rows}
    assert len({(r["ipcc_climate"], r["land_use"]) for r in rows}) == len(rows)
    water = [row for row in rows if row["land_use"] == "Water"]
    assert water
    assert all(row["soc_t_ha"] is None and row["estimated_ha"] == 0 for row in water)


def test_the_table_is_the_same_and_a_pinned_one_never_changes(starter: TestClient) -> None:
    answer = starter.get("/api/v1/baselines.csv?area=KEN")
    table = list(csv.DictReader(io.StringIO(answer.text)))
    assert tuple(table[0]) == baselines.COLUMNS
    assert [one["land_use"] for one in table] == [
        one["land_use"] for one in rows_of(starter, "KEN")
    ]
    pinned = starter.get(answer.headers["content-location"])
    assert pinned.headers["cache-control"].endswith("immutable")
    assert pinned.text == answer.text
    tag = {"If-None-Match": answer.headers["etag"]}
    assert starter.get("/api/v1/baselines.csv?area=KEN", headers=tag).status_code == 304


@pytest.mark.parametrize(("area", "status"), [("XXX", 404), ("WLD", 422), ("", 404)])
def test_an_area_without_a_shape_is_refused_in_words(
    starter: TestClient, area: str, status: int
) -> None:
    answer = starter.get(f"/api/v1/baselines.json?area={area}")
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_number_after_field_samples_is_walked_back_to_their_file(starter: TestClient) -> None:
    asked = {"area": "FRA", "v": "stock", "src": "sampled_baseline", "t": "latest"}
    answer = starter.get("/api/v1/series.json", params=asked).json()
    assert "field_samples" in answer["meta"]["product"]["source_ids"]
    (row,) = answer["data"]
    behind = starter.get(f"/api/v1/provenance/{row['calculation_id']}").json()["data"]
    files = {one["feed_id"]: one for one in behind}
    assert len(files["field_samples"]["sha256"]) == 64
    assert "land_cover" in files


def test_what_goes_on_from_a_map_has_its_licence(starter: TestClient) -> None:
    told = {one["id"]: one["licence"] for one in starter.get("/api/v1/products").json()["data"]}
    assert told["sampled_baseline"] == "CC-BY-SA-4.0"
    assert told["nowcast"] == told["scenarios"] == told["sampled_baseline"]
