"""An ensemble in the weather of its mean year stays where it is, in every climate."""

from dataclasses import replace

import numpy as np
import pytest

from soc_monitor.nowcast.drivers import evaporation
from soc_monitor.nowcast.ensemble import net
from soc_monitor.nowcast.forecast import Ground, Seed, advance, factors, start
from soc_monitor.nowcast.land import NAMES, USES, seasons, usual_cover
from soc_monitor.nowcast.rothc import Floats
from soc_monitor.nowcast.water import bounds, modifier
from soc_monitor.nowcast.weather import HISTORY, Real, weather

CLIMATES = {
    # Latitude, monthly temperature [deg C] and rain [mm] of a mean year.
    "temperate": (52, [2, 3, 5, 8, 12, 15, 17, 17, 14, 10, 6, 3],
                  [70, 50, 55, 45, 50, 60, 65, 70, 65, 75, 75, 75]),
    "boreal": (62, [-12, -10, -5, 2, 8, 14, 17, 15, 9, 2, -4, -9],
               [40, 30, 30, 30, 40, 60, 75, 75, 60, 55, 50, 45]),
    "moist tropics": (2, [25] * 12, [150] * 12),
    "Mediterranean": (38, [8, 9, 11, 14, 18, 23, 26, 26, 22, 17, 12, 9],
                      [60, 55, 50, 45, 25, 10, 3, 8, 35, 70, 80, 75]),
}  # fmt: skip
USED = ("forest", "grassland", "cropland")
PLACES = 20
"""Far from each other, each with its own errors."""
YEARS = 5


def ground(climate: str, pet: float = 1.0) -> tuple[Ground, Floats]:
    """Places around the Earth in one climate, all uses in turn, and their latitudes."""
    lat_of, warmth, wet = CLIMATES[climate]
    cells = PLACES * len(USED)
    temperature = np.tile(np.array(warmth, float)[:, None], cells)
    rain = np.tile(np.array(wet, float)[:, None], cells)
    lat = np.full(cells, float(lat_of))
    use = np.array([NAMES.index(name) for name in USED] * PLACES, np.int8)
    demand = np.stack([evaporation(temperature[k], temperature, lat, k + 1) for k in range(12)])
    made = Ground(
        stock=np.full(cells, 60.0),
        error=np.full(cells, 18.0),
        clay=np.full(cells, 25.0),
        use=use,
        seen=np.full(cells, -1, np.int8),
        share=np.array([USES[name].share for name in NAMES])[use],
        temperature=temperature,
        rain=rain,
        evaporation=pet * demand,
        cover=usual_cover(use, temperature),
        season=seasons(use, temperature),
        around=net(lat, np.repeat(np.linspace(-179, 179, PLACES), len(USED))),
    )
    return made, lat


def drift(made: Ground, lat: Floats, real: Real, years: int) -> tuple[Floats, Floats]:
    """Greatest change of a cell [permille yr-1], and the spread of the members by month."""
    seed = Seed()
    members = start(made, seed, 12, 24_000)
    first, kept, spreads = members.control, factors(made, seed), []
    for number, month in enumerate(weather(real, made, lat)):
        spreads.append(members.stock.std(axis=0, ddof=1).mean())
        members = advance(members, month, made, kept, seed, 24_001 + number)
    np.testing.assert_allclose(members.stock.mean(axis=0), members.control, rtol=1e-5)
    return 1000 * (members.control / first - 1) / years, np.array(spreads)


def usual(made: Ground, years: int, **drivers: Floats) -> Real:
    """Some years whose weather is the mean year; ``drivers``: others, by their mean year."""
    months = [k % 12 + 1 for k in range(1, 1 + HISTORY + 12 * years)]
    mean = {"air_temperature": made.temperature, "rain": made.rain, **drivers}
    order = np.array(months) - 1
    return Real(months=months, values={n: v[order] for n, v in mean.items()}, usual=mean)


def unseen(real: Real) -> Real:
    """The same months, on land that no driver reaches."""
    return replace(real, values={name: np.nan * one for name, one in real.values.items()})


@pytest.mark.parametrize("climate", CLIMATES)
@pytest.mark.parametrize("drivers", ["observed", "none"])
def test_the_weather_of_the_mean_year_is_no_change(climate: str, drivers: str) -> None:
    made, lat = ground(climate)
    real = usual(made, YEARS)
    moved, spreads = drift(made, lat, real if drivers == "observed" else unseen(real), YEARS)
    # What is left is the rounding of float32.
    assert np.abs(moved).max() < 0.01
    # Nor does a forecast get surer by itself.
    assert spreads[-1] > 0.999 * spreads[0]


@pytest.mark.parametrize("pet", [0.8, 1.2])
@pytest.mark.parametrize("climate", ["temperate", "Mediterranean"])
def test_evaporation_that_is_late_is_no_change(climate: str, pet: float) -> None:
    made, lat = ground(climate, pet)
    there = usual(made, 1, potential_evaporation=made.evaporation)
    gone = {**there.values, "potential_evaporation": np.nan * there.values["rain"]}
    seen, _ = drift(made, lat, there, 1)
    late, _ = drift(made, lat, Real(months=there.months, values=gone, usual=there.usual), 1)
    assert np.abs(late - seen).max() < 0.1


def test_late_evaporation_follows_the_warmth_of_its_month() -> None:
    made, lat = ground("temperate", 1.2)
    there = usual(made, 1, potential_evaporation=made.evaporation)
    warm = {
        **there.values,
        "air_temperature": there.values["air_temperature"] + 3,
        "potential_evaporation": np.nan * there.values["rain"],
    }
    july = list(weather(Real(months=there.months, values=warm, usual=there.usual), made, lat))[6]
    assert july.month == 7
    ratio = july.evaporation / made.evaporation[6]
    assert 1.1 < ratio.min() <= ratio.max() < 1.4


def moistened(made: Ground, water: Floats) -> Ground:
    """The ground with a mean year of observed soil moisture (12, cell) [m3 m-3]."""
    return replace(made, moist=modifier(water, bounds(made.clay, made.stock)))


@pytest.mark.parametrize("drivers", ["observed", "none"])
def test_observed_soil_moisture_as_in_the_mean_year_is_no_change(drivers: str) -> None:
    made, lat = ground("Mediterranean")
    water = np.tile(0.22 + 0.1 * np.cos(np.arange(12) * np.pi / 6)[:, None], len(made.stock))
    # Half of the land alone has a record of soil moisture.
    water[:, ::2] = np.nan
    real = usual(made, YEARS, soil_moisture=water)
    wet = moistened(made, water)
    moved, _ = drift(wet, lat, real if drivers == "observed" else unseen(real), YEARS)
    assert np.abs(moved).max() < 0.01


def test_where_soil_is_seen_to_be_drier_than_usual_it_loses_less() -> None:
    made, lat = ground("Mediterranean")
    water = np.full(made.temperature.shape, 0.24)
    water[:, ::2] = np.nan
    real = usual(made, 1, soil_moisture=water)
    dry = {**real.values, "soil_moisture": real.values["soil_moisture"] - 0.06}
    moved, _ = drift(moistened(made, water), lat, replace(real, values=dry), 1)
    assert np.abs(moved[::2]).max() < 0.01
    assert moved[1::2].min() > 1
