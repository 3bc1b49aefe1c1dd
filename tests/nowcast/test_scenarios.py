"""Scenarios of more carbon input, against runs that were made elsewhere."""

import csv
from pathlib import Path

import numpy as np
import pytest

from soc_monitor.nowcast.drivers import miami
from soc_monitor.nowcast.rothc import CROP_SHARE, PAN, Month, Soil, inert
from soc_monitor.nowcast.scenarios import INCREASES, gap, project

ONE = np.ones(1)
SOIL = Soil(clay=13.0 * ONE, depth=25.0)
STOCK = 50.0 * ONE


def months(shared: Path) -> list[Month]:
    """The mean year of the official example, its plant input as shares of the year."""
    with (shared / "science/tables/rothc_v1_example_input.csv").open() as file:
        rows = list(csv.DictReader(file))[:12]
    inputs = np.array([float(row["c_input_t_ha"]) for row in rows])
    return [
        Month(
            temperature=float(row["tmp_c"]) * ONE,
            rain=float(row["rain_mm"]) * ONE,
            evaporation=PAN * float(row["pan_evap_mm"]) * ONE,
            cover=(0.6 if float(row["plant_cover"]) else 1.0) * ONE,
            plant=share * ONE,
            share=CROP_SHARE * ONE,
            manure=0 * ONE,
        )
        for row, share in zip(rows, inputs / inputs.sum(), strict=True)
    ]


def test_every_pool_of_every_year_is_that_of_the_reference(shared: Path) -> None:
    names = {"BAU": 0.0, "SSM1": 0.05, "SSM2": 0.10, "SSM3": 0.20}
    made = {
        name: project(STOCK, inert(STOCK), months(shared), SOIL, increase)
        for name, increase in names.items()
    }
    with (shared / "science/tables/gsocseq_style_reference.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if row["scenario"] in names]
    assert len(rows) == 16
    for row in rows:
        found, year = made[row["scenario"]], int(row["year"])
        assert found.plant[0] == pytest.approx(float(row["annual_c_input_t_ha"]), rel=1e-7)
        assert found.stock[year, 0] == pytest.approx(float(row["soc"]), rel=1e-7), row
        for k, pool in enumerate(("dpm", "rpm", "bio", "hum")):
            assert found.pools[year, 0, k] == pytest.approx(float(row[pool]), rel=1e-6), row


def test_the_gain_is_linear_in_the_input(shared: Path) -> None:
    usual = project(STOCK, inert(STOCK), months(shared), SOIL, 0.0)
    gains = [
        gap(project(STOCK, inert(STOCK), months(shared), SOIL, more), usual)[0]
        for more in INCREASES
    ]
    assert gains[2] == pytest.approx(4 * gains[0], rel=1e-9)
    assert gains[1] == pytest.approx(2 * gains[0], rel=1e-9)


def test_the_gain_fades_and_falls_short_of_the_aspiration(shared: Path) -> None:
    rates = project(STOCK, inert(STOCK), months(shared), SOIL, 0.20).rates[:, 0]
    assert rates[0] == pytest.approx(5.33, abs=0.01)
    assert rates.mean() == pytest.approx(2.4516, abs=1e-4)
    assert (np.diff(rates) < 0).all()


def test_a_stock_that_cannot_be_modelled_has_no_scenario(shared: Path) -> None:
    made = project(np.array([2.0]), np.array([3.0]), months(shared), SOIL, 0.20)
    assert np.isnan(made.stock[1:]).all()


def test_production_is_limited_by_heat_or_water() -> None:
    found = miami(np.array([25.0, 25.0, -5.0]), np.array([3000.0, 100.0, 3000.0]))
    assert found[0] == pytest.approx(3000 / (1 + np.exp(1.315 - 0.119 * 25)))
    assert found[1] == pytest.approx(3000 * (1 - np.exp(-0.0664)))
    assert found[2] < 500
