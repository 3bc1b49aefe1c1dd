"""Every indicator: a new file is tested on arrival."""

import doctest
import importlib
import pkgutil
import re
from typing import Any

import dask
import dask.array as da
import numpy as np
import pytest
import xarray as xr

from soc_monitor import indicators
from soc_monitor.api.units import converts
from soc_monitor.errors import BadValue, UnknownIndicator
from soc_monitor.indicators import find_indicator, load_indicators
from soc_monitor.model import LANGUAGES, Indicator
from soc_monitor.model.units import factor

from_array: Any = da.from_array  # it ships no types

ALL = load_indicators()
PAGE_UNITS = {
    "t-ha": ("t ha-1", "t ha-1 yr-1"),
    "kg-m2": ("kg m-2", "kg m-2 yr-1"),
    "Mt": ("Mt",),
    "Pg": ("Pg",),
    "permille": ("‰ yr-1",),
    "pct": ("%", "% yr-1"),
}


CELLS = sorted(one.id for one in ALL.values() if one.compute is not None)


@pytest.fixture(params=CELLS)
def of_cells(request: pytest.FixtureRequest) -> Indicator:
    """Each indicator that is computed cell by cell, in turn."""
    return ALL[request.param]


@pytest.fixture(params=sorted(ALL))
def indicator(request: pytest.FixtureRequest) -> Indicator:
    """Each indicator in turn."""
    return ALL[request.param]


def test_every_file_is_an_indicator_under_its_own_name() -> None:
    files = {module.name for module in pkgutil.iter_modules(indicators.__path__)}
    assert files == set(ALL)
    assert len(files) >= 6


def test_an_id_is_in_snake_case_and_carries_its_depth(indicator: Indicator) -> None:
    if indicator.alias[1] == "":
        assert re.fullmatch(r"[a-z]+(_[a-z]+)*", indicator.id), "above ground there is no depth"
        return
    assert re.fullmatch(r"[a-z]+(_[a-z]+)*_\d+_\d+cm", indicator.id)
    top, bottom = re.findall(r"\d+", indicator.id)
    assert int(top) < int(bottom)
    assert indicator.alias[1] == f"{top}-{bottom}"


def test_no_two_indicators_have_the_same_alias() -> None:
    aliases = [one.alias for one in ALL.values()]
    assert len(set(aliases)) == len(aliases)
    assert not {alias for alias, _ in aliases} & set(ALL), "an alias is another's id"


def test_an_indicator_is_found_by_its_id_and_by_its_alias(indicator: Indicator) -> None:
    assert find_indicator(indicator.id) is indicator
    assert find_indicator(indicator.id, indicator.alias[1]) is indicator
    assert find_indicator(*indicator.alias) is indicator
    if not indicator.alias[1]:
        assert find_indicator(indicator.alias[0]) is indicator
    with pytest.raises(BadValue, match="contradicts") as caught:
        find_indicator(indicator.id, "5-15")
    assert caught.value.allowed == (indicator.alias[1],)
    with pytest.raises(BadValue, match="no depth"):
        find_indicator(indicator.alias[0], "5-15")


def test_an_unknown_indicator_is_told_what_there_is() -> None:
    with pytest.raises(UnknownIndicator) as caught:
        find_indicator("weather")
    assert set(ALL) < set(caught.value.allowed)


def test_titles_and_help_are_in_three_languages_and_differ(indicator: Indicator) -> None:
    for words in (indicator.title, indicator.help):
        assert set(words) == set(LANGUAGES)
        assert len(set(words.values())) == 3
        assert all(text.strip() == text and text for text in words.values())
    depth = indicator.alias[1].replace("-", "–")  # empty above ground: in every title
    assert all(depth in title for title in indicator.title.values())


def test_units_parse_and_convert(indicator: Indicator) -> None:
    cell = indicator.cell_unit or indicator.unit
    if indicator.over_area == "total":
        # Cells are per area; the sum over an area is not.
        assert factor(f"{cell} m2", indicator.unit) > 0
    else:
        assert indicator.over_area in {"mean", "ratio"}
        assert (indicator.over_area == "ratio") == (indicator.of_means is not None)
        assert factor(cell, indicator.unit) > 0
    own = indicator.seasonal or indicator.looks_back or indicator.of_backing
    assert indicator.units or own, "what is no stock may be shown in its own unit alone"
    for key in indicator.units:
        assert any(converts(indicator.unit, unit) for unit in PAGE_UNITS[key])
    # The first is the one by default.
    assert not indicator.units or indicator.unit in PAGE_UNITS[indicator.units[0]]


def test_the_scale_has_colours_that_differ_and_limits_in_order(indicator: Indicator) -> None:
    scale = indicator.scale
    assert len(set(scale.colours)) == len(scale.colours) == len(scale.breaks) + 1
    assert all(re.fullmatch(r"#[0-9a-f]{6}", colour) for colour in scale.colours)
    for k, limit in enumerate(scale.breaks):
        assert scale.classify(limit) == k + 1
        assert scale.classify(np.nextafter(limit, -np.inf)) == k
    if scale.breaks[0] < 0:
        # Gains and losses: as far on either side, and nothing around zero.
        assert scale.breaks == tuple(-limit for limit in scale.breaks[::-1])
        assert scale.classify(0.0) == len(scale.colours) // 2


def test_its_source_and_inputs_are_named(indicator: Indicator) -> None:
    assert len(indicator.source) > 10
    assert indicator.inputs
    if indicator.alias[1]:
        top, bottom = map(int, re.findall(r"_(\d+)_(\d+)cm$", indicator.id)[0])
        for name in indicator.inputs:
            first, last = map(int, re.findall(r"_(\d+)_(\d+)cm$", name)[0])
            assert top <= first < last <= bottom, name
    assert indicator.std_input in {"", *(f"{name}_sd" for name in indicator.inputs)}
    assert indicator.precision > 0


def cubes(indicator: Indicator, values: np.ndarray) -> xr.Dataset:
    lazy: Any = from_array(values, chunks=2)
    made = xr.Dataset({name: (("y", "x"), lazy + k) for k, name in enumerate(indicator.inputs)})
    if indicator.id == "soc_clay_degraded_0_30cm":
        made = made + 1  # Class 0 is of land that is not judged.
    if indicator.seasonal:
        past = from_array(np.arange(10.0)[:, None, None] * np.ones((1, 4, 6)), chunks=(1, 2, 2))
        record = {f"{name}_record": (("time", "y", "x"), past) for name in indicator.inputs}
        return made.assign(record)
    if indicator.looks_back:
        times = np.array([f"2020-{k:02}-01" for k in range(1, 13)] + ["2021-01-01"], "M8[ns]")
        past = made[indicator.inputs[0]].expand_dims(time=times)
        return made.assign({f"{indicator.inputs[0]}_record": past})
    if indicator.of_means is None:
        return made
    base = {f"{name}_base": made[name] * 0 + 50.0 for name in indicator.inputs}
    return made.assign(base | {"years": xr.DataArray(10)})


def test_an_indicator_is_of_cells_or_of_what_stands_behind_them(indicator: Indicator) -> None:
    assert (indicator.compute is None) == (indicator.of_backing is not None)


def test_lazy_stays_lazy(of_cells: Indicator) -> None:
    def never(*_: object, **__: object) -> None:
        pytest.fail("it computed")

    with dask.config.set(scheduler=never):
        found = computed(of_cells, np.ones((4, 6)))
    assert isinstance(found.data, da.Array)
    assert found.dims == ("y", "x")
    assert found.shape == (4, 6)


def computed(of_cells: Indicator, values: np.ndarray) -> xr.DataArray:
    assert of_cells.compute is not None
    return of_cells.compute(cubes(of_cells, values))


def test_a_cell_without_an_input_has_no_value(of_cells: Indicator) -> None:
    values = np.arange(24, dtype=np.float64).reshape(4, 6)
    values[1, 2] = np.nan
    found = computed(of_cells, values).to_numpy()
    assert np.isnan(found).sum() == 1
    assert np.isnan(found[1, 2])


def test_its_computation_has_an_example_that_runs(indicator: Indicator) -> None:
    formula: Any = indicator.compute or indicator.of_backing
    home = importlib.import_module(formula.__module__)
    # Its own function, or the one that made it: several files share that one.
    maker, _, made = formula.__qualname__.partition(".")
    (test,) = [
        found for found in doctest.DocTestFinder().find(home) if found.name.endswith(f".{maker}")
    ]
    assert test.examples
    assert doctest.DocTestRunner().run(test).failed == 0
    told = indicator.method
    for section in ("Args:", "Returns:", "Source:", "Example:"):
        assert section in told
    assert ("NaN" in told) == (indicator.compute is not None)
    for name in indicator.inputs:
        assert made or f"``{name}``" in told
