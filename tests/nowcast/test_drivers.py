"""Drivers: which of several says how much grows, and where formulas meet."""

from dataclasses import replace

import numpy as np
import pytest

from soc_monitor.model import soil_classes
from soc_monitor.model.vegetation import SOIL_NDVI
from soc_monitor.nowcast import organic
from soc_monitor.nowcast.drivers import DAYS, thornthwaite
from soc_monitor.nowcast.forecast import GROWTH
from soc_monitor.nowcast.masks import REASONS, reasons
from soc_monitor.nowcast.weather import Real, weather

from .test_unmoved import ground, usual


def growth(real: Real) -> float:
    """Of the last month, in a temperate place [1]."""
    made, lat = ground("temperate")
    return float(list(weather(real, made, lat))[-1].growth[0])


def times(real: Real, **factors: float) -> Real:
    """The same months with some drivers larger than in their mean year."""
    values = {name: one * factors.get(name, 1.0) for name, one in real.values.items()}
    return replace(real, values=values)


def test_production_is_believed_before_the_index_and_the_index_before_the_weather() -> None:
    made, _ = ground("temperate")
    ones = np.ones_like(made.temperature)
    both = usual(made, 2, ndvi=0.5 * ones, npp=0.05 * ones)
    greener = (0.5 * 1.1 - SOIL_NDVI) / (0.5 - SOIL_NDVI)
    assert growth(times(both, npp=1.2, ndvi=1.1, rain=1.3)) == pytest.approx(1.2)
    index = usual(made, 2, ndvi=0.5 * ones)
    assert growth(times(index, ndvi=1.1, rain=1.3)) == pytest.approx(greener)
    # Without plants the Miami model: here rain limits, 755 mm a year.
    wetter = np.expm1(-0.000664 * 755 * 1.1) / np.expm1(-0.000664 * 755)
    assert growth(times(usual(made, 2), rain=1.1)) == pytest.approx(wetter)
    # Where production does not reach, the index goes on to speak.
    nowhere = replace(both, values={**both.values, "npp": np.nan * both.values["npp"]},
                      usual={**both.usual, "npp": np.nan * ones})  # fmt: skip
    assert growth(times(nowhere, ndvi=1.1)) == pytest.approx(greener)


@pytest.mark.parametrize(("factor", "held"), [(3.0, GROWTH[1]), (0.1, GROWTH[0])])
def test_growth_is_held_within_its_bounds(factor: float, held: float) -> None:
    made, _ = ground("temperate")
    real = usual(made, 2, npp=0.05 * np.ones_like(made.temperature))
    assert growth(times(real, npp=factor)) == held


def test_hot_months_evaporate_by_the_parabola_of_willmott() -> None:
    equator = np.zeros(1, np.float32)
    found = thornthwaite(np.full((12, 1, 1), 30.0, np.float32), equator)[:, 0, 0]
    # -415.85 + 32.24 x 30 - 0.43 x 900 for 30 days of 12 hours.
    assert found == pytest.approx(164.35 * DAYS / 30, rel=1e-4)
    # Above it more heat no longer makes the exponent, and the parabola bends.
    hotter = thornthwaite(np.full((12, 1, 1), 37.5, np.float32), equator)[0, 0, 0]
    assert hotter / found[0] == pytest.approx(188.4625 / 164.35, rel=1e-4)


def test_a_soil_is_organic_above_the_limit_and_not_at_it() -> None:
    stock = np.array([organic.STOCK, np.nextafter(organic.STOCK, 300), 1e-9, 0.0])
    ones = np.ones(4)
    assert [REASONS[k] for k in reasons(stock, ones, 20 * ones, ones, None)] == [
        "modelled",
        "organic",
        "modelled",
        "no_carbon",
    ]
    groups = np.array([soil_classes.ORGANIC, np.nan, soil_classes.VOLCANIC, soil_classes.ORGANIC])
    assert [REASONS[k] for k in reasons(stock, ones, 20 * ones, ones, None, groups)] == [
        "organic",
        "organic",
        "modelled",
        "organic",
    ]
