"""RothC against the outputs of its own makers: read in place, never copied."""

import csv
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from soc_monitor.nowcast import rothc
from soc_monitor.nowcast.equilibrium import equilibrium, invert, year_map
from soc_monitor.nowcast.rothc import Month, Soil, State, bare_state, run, step

Floats = npt.NDArray[np.float64]
CLAY, DEPTH, IOM = 13.0, 25.0, 3.0041
"""Of the official example (Rothamsted Research, RothC_Py 1.0.0)."""


def rows(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / "science" / "tables" / f"rothc_{name}.csv").open() as file:
        return list(csv.DictReader(file))


def one(value: float) -> Floats:
    return np.full(1, float(value))


def soil(clay: float, depth: float) -> Soil:
    return Soil(clay=one(clay), depth=depth)


def month(
    temperature: float,
    rain: float,
    pan: float,
    *,
    covered: bool,
    plant: float = 0,
    manure: float = 0,
    share: float = rothc.CROP_SHARE,
) -> Month:
    return Month(
        temperature=one(temperature),
        rain=one(rain),
        evaporation=one(rothc.PAN * pan),
        cover=rothc.cover_modifier(one(float(covered))),
        plant=one(plant),
        share=one(share),
        manure=one(manure),
    )


@pytest.fixture(scope="session")
def example(shared: Path) -> list[Month]:
    """The 840 months of the official example; the first twelve are the climate of the spin-up."""
    return [
        month(
            float(row["tmp_c"]),
            float(row["rain_mm"]),
            float(row["pan_evap_mm"]),
            covered=row["plant_cover"] == "1",
            plant=float(row["c_input_t_ha"]),
            manure=float(row["fym_t_ha"]),
        )
        for row in rows(shared, "v1_example_input")
    ]


def spin_up(year: Sequence[Month], here: Soil) -> tuple[State, int]:
    """From nothing, until a year changes the active carbon by less than 1e-6: as the makers do."""
    state, months, before = bare_state((1,)), 0, -1.0
    while abs(state.active[0] - before) >= 1e-6:
        before = state.active[0]
        state, months = run(state, year, here), months + 12
    return state, months


def trace(state: State, months: Sequence[Month], here: Soil) -> Iterator[tuple[State, float]]:
    for forcing in months:
        state, co2 = step(state, forcing, here)
        yield state, co2[0]


def pools(state: State) -> Floats:
    return np.array([getattr(state, name)[0] for name in rothc.POOLS])


def test_all_828_months_of_the_first_official_example_are_exact(
    shared: Path, example: list[Month]
) -> None:
    here = soil(CLAY, DEPTH)
    state, months = spin_up(example[:12], here)
    assert months == 19872
    assert state.active[0] + IOM == pytest.approx(37.211050264543026, abs=1e-9)
    wanted = np.array(
        [[float(row[name]) for name in rothc.POOLS] for row in rows(shared, "v1_example_monthly")]
    )
    found = np.array([pools(after) for after, _ in trace(state, example[12:], here)])
    assert wanted.shape == found.shape == (828, 4)
    np.testing.assert_allclose(found, wanted, rtol=1e-9, atol=1e-12)
    assert found[-1].sum() + IOM == pytest.approx(38.19152, abs=5e-6)


def test_float32_cells_follow_the_official_example_within_a_thousandth(
    shared: Path, example: list[Month]
) -> None:
    state = equilibrium(example[:12], soil(CLAY, DEPTH))
    light = State(**{f.name: getattr(state, f.name).astype(np.float32) for f in fields(State)})
    wanted = [float(row["soc"]) for row in rows(shared, "v1_example_monthly")]
    found = [after.active[0] + IOM for after, _ in trace(light, example[12:], soil(CLAY, DEPTH))]
    np.testing.assert_allclose(found, wanted, atol=1e-3)


def test_the_second_official_example_agrees_in_every_printed_digit(
    shared: Path, example: list[Month]
) -> None:
    here = soil(23.4, 23)
    table = rows(shared, "v2_example_monthly")
    state, months = spin_up(example[:12], here)
    assert months == int(table[1]["month"])
    assert pools(state) == pytest.approx([float(table[1][p]) for p in rothc.POOLS], abs=6e-5)
    total = 0.0
    for (after, co2), row in zip(trace(state, example[12:], here), table[2:], strict=True):
        total += co2
        assert pools(after) == pytest.approx([float(row[p]) for p in rothc.POOLS], abs=6e-5)
        assert total == pytest.approx(float(row["co2_cumulative"]), abs=6e-5)
        assert after.deficit[0] == pytest.approx(float(row["smd_mm"]), abs=6e-3)


def slowed(deficit: rothc.Floats, now: Month, here: Soil) -> float:
    """What temperature, moisture and cover make of a rate in a month: abc, read off a pool of 1."""
    probe = replace(bare_state((1,)), dpm=one(1), deficit=deficit)
    bare_of_input = replace(now, plant=one(0), manure=one(0))
    after, _ = step(probe, bare_of_input, here)
    return float(-np.log(after.dpm[0]) * 12 / 10)


def test_the_rate_modifiers_of_the_second_example_are_its_columns(
    shared: Path, example: list[Month]
) -> None:
    here = soil(23.4, 23)
    deficit = spin_up(example[:12], here)[0].deficit
    dry = 0
    for now, row in zip(example[12:], rows(shared, "v2_example_monthly")[2:], strict=True):
        cover = float(row["rm_cover"])
        # In a month of much rain moisture slows nothing: what is left is a and c.
        wet = replace(now, rain=one(1000))
        a = slowed(one(0), wet, here) / cover
        assert a == pytest.approx(float(row["rm_tmp"]), abs=6e-5)
        moisture = float(row["rm_moist"])
        if a > 0.05:  # of a month of frost the printed digits say nothing
            assert slowed(deficit, now, here) / (a * cover) == pytest.approx(moisture, abs=6e-5)
        dry += moisture < 1
        deficit = step(replace(bare_state((1,)), deficit=deficit), now, here)[0].deficit
    assert dry > 100, "the table has months that are slowed by drought"


def hoosfield(shared: Path) -> list[Month]:
    return [
        month(
            float(row["tmp_c"]),
            float(row["rain_mm"]),
            float(row["pan_evap_mm"]),
            covered=row["plant_cover"] == "1",
            plant=float(row["c_input_t_ha"]),
        )
        for row in rows(shared, "hoosfield_equilibrium_input")
    ]


def test_the_published_equilibrium_of_hoosfield_is_met_in_every_digit(shared: Path) -> None:
    state = equilibrium(hoosfield(shared), soil(23.4, 23))
    assert pools(state) == pytest.approx([0.1533, 4.4852, 0.6671, 25.8576], abs=5e-5)
    assert state.active[0] + 2.7 == pytest.approx(33.8632, abs=5e-5)


def test_the_published_january_of_1852_is_met_from_its_rounded_start() -> None:
    start = State(
        dpm=one(0.1533), rpm=one(4.4852), bio=one(0.6671), hum=one(25.8576), deficit=one(0)
    )
    # January at 3.4 deg C, bare and wet: abc = 0.3561.
    after, _ = step(start, month(3.4, 74, 8, covered=False), soil(23.4, 23))
    assert pools(after) == pytest.approx([0.1140, 4.4455, 0.6651, 25.8551], abs=1e-4)


def test_the_deficit_of_rothamsted_is_met_in_every_month(shared: Path) -> None:
    covered = [replace(m, cover=one(0.6)) for m in hoosfield(shared)]
    found = [after.deficit[0] for after, _ in trace(bare_state((1,)), covered, soil(23.4, 23))]
    wanted = [0, 0, 0, 0, -10.25, -27.50, -44.94, -44.94, -38.69, -8.19, 0, 0]
    assert found == pytest.approx(wanted, abs=5e-3)


FALLOW = {1912, 1933, 1943, 1967}


def hoosfield_year(
    weather: Sequence[Month], year: int, inputs: Sequence[float], *, fym: bool
) -> list[Month]:
    months = []
    for number, forcing in enumerate(weather, start=1):
        growing = year not in FALLOW and 4 <= number <= 7
        spread = {2} if year <= 1930 and year != 1912 else set()
        spread = {2, 11} if year == 1931 else {11} if year > 1931 else spread
        months.append(
            replace(
                forcing,
                cover=one(0.6 if growing else 1.0),
                plant=one(inputs[number - 4] if growing else 0.0),
                manure=one(3.0 if fym and number in spread else 0.0),
            )
        )
    return months


@pytest.mark.parametrize(
    ("name", "inputs", "fym"),
    [
        ("hoosfield_unmanured_yearly", (0.16, 0.32, 0.48, 0.64), False),
        ("hoosfield_fym_yearly", (0.28, 0.56, 0.84, 1.12), True),
    ],
)
def test_the_long_treatments_of_hoosfield_are_followed_year_by_year(
    shared: Path, name: str, inputs: tuple[float, ...], *, fym: bool
) -> None:
    weather, here = hoosfield(shared), soil(23.4, 23)
    state = replace(equilibrium(weather, here), deficit=one(0))
    for row in rows(shared, name):
        state = run(state, hoosfield_year(weather, int(row["year"]), inputs, fym=fym), here)
        assert pools(state) == pytest.approx([float(row[p]) for p in rothc.POOLS], abs=2e-6)


def test_the_modifiers_are_those_of_the_reference_table(shared: Path) -> None:
    table, told = rows(shared, "modifier_reference"), Counter[str]()
    for row in table:
        argument, wanted = float(row["argument"]), float(row["value"])
        name = row["quantity"]
        told[name] += 1
        if name == "rm_tmp":
            # Only DPM, bare and wet: what is left of it after a month tells a.
            start = replace(bare_state((1,)), dpm=one(1))
            after, _ = step(start, month(argument, 50, 0, covered=False), soil(20, 23))
            found = -np.log(after.dpm[0]) * 12 / 10
        elif name in {"retained_fraction_1_over_1px", "x_co2_over_bio_hum"}:
            start = replace(bare_state((1,)), dpm=one(1))
            after, co2 = step(start, month(20, 50, 0, covered=False), soil(argument, 23))
            kept = after.bio[0] + after.hum[0]
            found = kept / (kept + co2[0]) if name.startswith("retained") else co2[0] / kept
        elif name.startswith("max_tsmd"):
            depth = 23 if "23cm" in name else 30
            if argument > 65:
                continue  # the parabola is held at its top, 65 %
            dry = month(20, 0, 400, covered=True)
            found = run(bare_state((1,)), [dry], soil(argument, depth)).deficit[0]
        elif name == "falloon_iom_t_ha":
            found = rothc.inert(one(argument))[0]
        else:
            pytest.fail(f"the table has a quantity that is not tested: {name}")
        assert found == pytest.approx(wanted, rel=1e-7, abs=1e-8), (name, argument)
    assert set(told) == {
        *("rm_tmp", "x_co2_over_bio_hum", "retained_fraction_1_over_1px", "max_tsmd_23cm_mm"),
        *("max_tsmd_30cm_mm", "falloon_iom_t_ha"),
    }
    assert min(told.values()) >= 8


def test_the_exact_cycle_is_the_fixed_point_of_the_official_climate(example: list[Month]) -> None:
    here = soil(CLAY, DEPTH)
    state = equilibrium(example[:12], here)
    assert state.active[0] + IOM == pytest.approx(37.2111843, abs=1e-6)
    again = run(state, example[:12], here)
    assert pools(again) == pytest.approx(pools(state), abs=1e-10)
    assert again.deficit[0] == pytest.approx(state.deficit[0], abs=1e-9)


def test_the_input_that_keeps_a_stock_keeps_it_for_a_century(example: list[Month]) -> None:
    here = soil(CLAY, DEPTH)
    total = sum(m.plant[0] for m in example[:12])
    year = [replace(m, plant=m.plant / total) for m in example[:12]]
    target = one(50.0)
    iom = rothc.inert(target)
    level, state = invert(target, iom, year, here)
    assert level[0] == pytest.approx(2.32867036, rel=1e-8)
    real = [replace(m, plant=m.plant * level) for m in year]
    later = run(state, real * 100, here)
    assert later.active[0] + iom[0] == pytest.approx(50.0, abs=1e-8)


def test_a_hundred_thousand_random_places_meet_their_stock() -> None:
    random = np.random.default_rng(20260101)
    cells = 100_000
    here = Soil(clay=random.uniform(1, 60, cells), depth=30)
    mean = random.uniform(-10, 30, cells)
    year = [
        Month(
            temperature=np.clip(mean + 8 * np.sin(2 * np.pi * (k - 3) / 12), -10, 30),
            rain=random.uniform(0, 300, cells),
            evaporation=random.uniform(0, 150, cells),
            cover=random.choice([0.6, 1.0], cells),
            plant=np.full(cells, 1 / 12),
            share=np.full(cells, rothc.GRASS_SHARE),
            manure=np.zeros(cells),
        )
        for k in range(12)
    ]
    target = random.uniform(10, 150, cells)
    level, state = invert(target, rothc.inert(target), year, here)
    modelled = np.isfinite(level)
    assert modelled.mean() > 0.95
    again = run(state, [replace(m, plant=m.plant * level) for m in year], here)
    assert np.abs(again.active + rothc.inert(target) - target)[modelled].max() < 1e-8


def test_a_stock_below_its_inert_part_cannot_be_modelled(example: list[Month]) -> None:
    level, state = invert(one(3.0), one(3.5), example[:12], soil(CLAY, DEPTH))
    assert np.isnan(level[0])
    assert np.isnan(state.active[0])


def test_manure_is_counted_before_the_plant_input_is_found(example: list[Month]) -> None:
    here = soil(CLAY, DEPTH)
    year = [replace(m, plant=one(1 / 12), manure=one(0.1)) for m in example[:12]]
    level, state = invert(one(60.0), one(5.0), year, here)
    after = run(state, [replace(m, plant=m.plant * level) for m in year], here)
    assert after.active[0] + 5.0 == pytest.approx(60.0, abs=1e-9)


# --- what always holds ---------------------------------------------------------------------------

SIDE = 7


@st.composite
def fields_of_months(draw: st.DrawFn) -> tuple[State, list[Month], Soil]:
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    shape = (2, SIDE, SIDE)
    state = State(
        **{name: random.uniform(0, 40, shape) for name in rothc.POOLS},
        deficit=random.uniform(-20, 0, shape),
    )
    months = [
        Month(
            temperature=random.uniform(-12, 35, shape[1:]),
            rain=random.uniform(0, 250, shape[1:]),
            evaporation=random.uniform(0, 200, shape[1:]),
            cover=random.uniform(0.6, 1.0, shape[1:]),
            plant=random.uniform(0, 1, shape[1:]),
            share=random.uniform(0.2, 0.6, shape[1:]),
            manure=random.uniform(0, 0.5, shape[1:]),
        )
        for _ in range(draw(st.integers(1, 30)))
    ]
    return state, months, Soil(clay=random.uniform(0, 100, shape[1:]), depth=30)


@settings(max_examples=25, deadline=None)
@given(case=fields_of_months())
def test_mass_is_kept_each_month_and_no_pool_is_ever_negative(
    case: tuple[State, list[Month], Soil],
) -> None:
    state, months, here = case
    for forcing in months:
        after, co2 = step(state, forcing, here)
        gain = after.active - state.active
        np.testing.assert_allclose(gain, forcing.plant + forcing.manure - co2, atol=1e-9)
        assert all((getattr(after, name) >= 0).all() for name in rothc.POOLS)
        assert (co2 >= 0).all()
        assert (after.deficit <= 0).all()
        state = after


@settings(max_examples=15, deadline=None)
@given(case=fields_of_months(), factor=st.floats(0, 4))
def test_the_stock_is_linear_in_the_input(
    case: tuple[State, list[Month], Soil], factor: float
) -> None:
    state, months, here = case
    none = run(state, [replace(m, plant=0 * m.plant, manure=0 * m.manure) for m in months], here)
    full = run(state, months, here)
    part = run(
        state,
        [replace(m, plant=factor * m.plant, manure=factor * m.manure) for m in months],
        here,
    )
    np.testing.assert_allclose(
        part.active - none.active, factor * (full.active - none.active), atol=1e-9
    )
    assert (full.active >= none.active).all()


@settings(max_examples=15, deadline=None)
@given(case=fields_of_months(), cut=st.integers(1, SIDE - 1), pause=st.integers(0, 30))
def test_blocks_and_restarts_change_nothing(
    case: tuple[State, list[Month], Soil], cut: int, pause: int
) -> None:
    state, months, here = case
    whole = run(state, months, here)
    for part in (slice(0, cut), slice(cut, None)):
        block = State(**{f.name: getattr(state, f.name)[:, part] for f in fields(State)})
        cells = [
            Month(
                **{
                    f.name: one_of[part] if np.ndim(one_of := getattr(m, f.name)) else one_of
                    for f in fields(Month)
                }
            )
            for m in months
        ]
        ground = Soil(clay=here.clay[part], depth=here.depth)
        again = run(run(block, cells[:pause], ground), cells[pause:], ground)
        for name in (*rothc.POOLS, "deficit"):
            np.testing.assert_allclose(
                getattr(again, name), getattr(whole, name)[:, part], rtol=1e-12
            )


def test_a_quarter_of_the_moisture_modifier_is_what_was_observed() -> None:
    start = replace(bare_state((2,)), hum=np.full(2, 50.0))
    # A saturated soil by the water balance, b = 1; by what was seen of the second, b = 0.2.
    warm = month(9.25, 100, 0, covered=False)
    seen = replace(warm, moist=np.array([-1.0, 0.2]))
    after, _ = step(start, seen, Soil(clay=np.full(2, 23.4), depth=23))
    lost = 50 - after.hum - after.bio
    a = 47.91 / (1 + np.exp(106.06 / (9.25 + 18.27)))
    stays = 1 / (1 + 1.67 * (1.85 + 1.60 * np.exp(-0.0786 * 23.4)))
    rates = np.array([1.0, 1 - 0.25 + 0.25 * 0.2])
    assert lost == pytest.approx(50 * (1 - np.exp(-0.02 * a * rates / 12)) * (1 - stays), rel=1e-9)


def test_frozen_ground_keeps_what_it_has() -> None:
    cold = month(-5.01, 30, 5, covered=False, plant=0.1)
    start = State(dpm=one(1), rpm=one(5), bio=one(1), hum=one(30), deficit=one(0))
    after = run(start, [cold] * 12, soil(20, 30))
    assert after.active[0] == pytest.approx(37 + 1.2, abs=1e-12)
    level, _ = invert(one(50), one(4), [cold] * 12, soil(20, 30))
    assert np.isnan(level[0])


def test_the_order_of_months_matters_for_water_and_so_for_carbon() -> None:
    dry, wet = month(20, 0, 150, covered=True), month(20, 150, 0, covered=True)
    start = replace(bare_state((1,)), hum=one(40.0))
    first_dry = run(start, [dry, wet], soil(20, 30))
    first_wet = run(start, [wet, dry], soil(20, 30))
    assert first_dry.deficit[0] != first_wet.deficit[0]
    twice = run(start, [dry, dry, wet], soil(20, 30)), run(start, [dry, wet, dry], soil(20, 30))
    assert twice[0].hum[0] != twice[1].hum[0]


def test_a_missing_month_of_weather_makes_the_cell_unknown_and_no_other() -> None:
    known = month(10, 50, 50, covered=True, plant=0.1)
    start = State(**{name: np.ones(2) for name in (*rothc.POOLS, "deficit")})
    for gap in ("temperature", "rain", "evaporation", "plant"):
        forcing = replace(known, **{gap: np.array([np.nan, 1.0])})
        after, _ = step(start, forcing, Soil(clay=np.full(2, 20.0), depth=30))
        assert np.isnan(after.active[0]), gap
        assert np.isfinite(after.active[1]), gap


def test_the_year_as_a_map_is_the_year_as_a_run(example: list[Month]) -> None:
    here = soil(CLAY, DEPTH)
    matrix, constant, deficit = year_map(example[:12], here)
    start = State(dpm=one(2), rpm=one(9), bio=one(1), hum=one(33), deficit=deficit)
    mapped = matrix[0] @ pools(start) + constant[0]
    assert pools(run(start, example[:12], here)) == pytest.approx(mapped, rel=1e-12)
