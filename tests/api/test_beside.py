"""What a row tells beside its number: how a change was worked out, how fresh and on what it is."""

import csv
import io
import uuid
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import xarray as xr
from starlette.testclient import TestClient

from soc_monitor.api.app import create_api
from soc_monitor.settings import Settings
from soc_monitor.store import publish, runs
from soc_monitor.store.store import Store

from .conftest import DEBT, MAPPED_HA, SET, YEARS, add_areas, ingest, now, publish_all, result


def tell(
    slices: list[uuid.UUID], name: str, unit: str, value: float, **more: Any
) -> publish.Result:
    """One number of an indicator, for AAA in 2010; it has an error of a normal kind or none."""
    found = result(name, DEBT, YEARS[1], slices, 50.0)
    made = replace(found.calculation, id=uuid.uuid4(), unit=unit, base=more.get("base"))
    (one,) = (number for number in found.estimates if number.area == "AAA")
    return publish.Result(made, [replace(one, value=value, calculation_id=made.id, **more)])


@pytest.fixture
def rated(store: Store, tmp_path: Path) -> TestClient:
    """A product with a rate, the gap, and what stands behind them."""
    add_areas(store)
    made = ingest(store)
    publish_all(store, made)
    of = made[DEBT, 2010]
    told = [
        tell(of, "soc_rate_0_30cm", "‰ yr-1", 1.5, base=YEARS[0], lower_95=0.5, upper_95=2.5),
        tell(of, "soc_aspiration_gap_0_30cm", "t ha-1 yr-1", 0.2, base=YEARS[0]),
        tell(of, "input_age", "d", 31.0),
        tell(of, "sample_support_0_30cm", "1e-3 km-2", 400.0),
    ]
    with runs.open_run(store, "estimate", now(), job_version="1", code_version="1") as run:
        assert publish.publish(store, run, SET, told)
    return TestClient(create_api(store, Settings(data=tmp_path)))


@pytest.mark.parametrize("path", ["series.json?area=AAA&t=2010", "map.json?parent=M49-100&t=2010"])
def test_a_rate_tells_its_window_method_and_how_far_from_the_aspiration_it_is(
    rated: TestClient, path: str
) -> None:
    answer = rated.get(f"/api/v1/{path}&v=rate&src={DEBT}").json()
    (row,) = (row for row in answer["data"] if row["area_id"] == "AAA")
    assert (row["window_start"], row["window_end"]) == ("2000-01-01", "2010-12-31")
    assert (row["method"], row["distance_to_4"]) == ("linear", -2.5)
    # 2.8016 standard errors, of which the interval is 3.92 wide.
    assert row["min_detectable_change"] == pytest.approx(2.8016 * 2 / 3.919928, rel=1e-4)
    mapped = MAPPED_HA["AAA-1"] + MAPPED_HA["AAA-2"]
    assert row["gap_t_per_year"] == pytest.approx(0.2 * mapped)
    gap = rated.get(f"/api/v1/{path}&v=aspiration-gap&src={DEBT}").json()["data"]
    assert {row["unit"] for row in gap} == {"t C ha-1 yr-1"}, "carbon, as stocks say it"
    assert (row["freshness_days"], row["sample_support"]) == (31.0, 400.0)
    assert row["n_samples"] == 16, "on 40 square kilometres"
    assert row["newest_input_days"] == 0, "the map of the very period"


def test_a_stock_tells_how_fresh_it_is_and_nothing_of_a_change(rated: TestClient) -> None:
    text = rated.get(f"/api/v1/series.csv?area=AAA&v=stock&src={DEBT}").text
    before, after = csv.DictReader(io.StringIO(text))
    assert (before["period"], before["freshness_days"], before["sample_support"]) == (
        "2000",
        "",
        "",
    )
    assert (after["period"], after["freshness_days"]) == ("2010", "31.0")
    assert after["window_start"] == after["method"] == after["gap_t_per_year"] == ""


@pytest.mark.parametrize("asked", ["stock~rate", "rate"])
def test_a_netcdf_has_a_variable_that_no_area_has_a_number_of(
    rated: TestClient, tmp_path: Path, asked: str
) -> None:
    answer = rated.get(f"/api/v1/series.nc?area=BBB&v={asked}&src={DEBT}")
    assert answer.status_code == 200, answer.text
    path = tmp_path / "a.nc"
    path.write_bytes(answer.content)
    with xr.open_dataset(path, engine="h5netcdf") as found:
        rate = found["soc_rate_0_30cm"]
        assert rate.dims == ("area", "time")
        assert rate.isnull().all()
        assert rate.attrs["units"] == "1e-3 yr-1"
        assert found["depth"].item() == 0.15
        assert set(rate.attrs["ancillary_variables"].split()) <= set(found.variables)


def test_dates_of_a_window_are_dates_in_every_form(rated: TestClient, tmp_path: Path) -> None:
    from pyarrow import parquet  # noqa: PLC0415  # of this form alone

    path = tmp_path / "a.parquet"
    path.write_bytes(rated.get(f"/api/v1/series.parquet?area=AAA&v=rate&src={DEBT}").content)
    (found,) = parquet.read_table(path).to_pylist()
    assert found["window_start"] == date(2000, 1, 1)
    for form in ("xlsx", "gpkg", "zip"):
        assert rated.get(f"/api/v1/series.{form}?area=AAA&v=rate&src={DEBT}").status_code == 200
