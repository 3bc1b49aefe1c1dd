"""IPCC default tables, cell by cell, and the examples of Tier 1."""

import csv
import math
from pathlib import Path

import pytest

from soc_monitor.nowcast import ipcc, ipcc2006
from soc_monitor.nowcast.ipcc_factors import FACTORS, GROUPS, find_factor
from soc_monitor.shelves import shelf


def rows(path: Path) -> list[dict[str, str]]:
    with path.open() as file:
        return list(csv.DictReader(file))


@pytest.fixture(params=["copy", "shared"])
def folder(request: pytest.FixtureRequest) -> Path:
    """The tables that come with the product, and those that they were copied from."""
    if request.param == "copy":
        return shelf("ingest_jobs") / "starter" / "ipcc"
    shared: Path = request.getfixturevalue("shared")
    return shared / "science/tables"


@pytest.mark.parametrize("edition", [2006, 2019])
def test_reference_stocks_are_those_of_the_table_cell_by_cell(folder: Path, edition: int) -> None:
    table = {2006: ipcc2006.SOC_REF, 2019: ipcc.SOC_REF}[edition]
    found = rows(folder / f"ipcc{edition}_socref.csv")
    for row in found:
        cell = table.get(row["climate"], {}).get(row["soil_class"])
        if not row["socref_tC_ha_0_30cm"]:
            assert cell is None, row
            continue
        expected = float(row["socref_tC_ha_0_30cm"]), float(row["uncertainty_pct_half_95ci"])
        assert cell == expected, row
    filled = sum(bool(row["socref_tC_ha_0_30cm"]) for row in found)
    assert filled == sum(map(len, table.values()))


def test_factors_are_those_of_the_table_cell_by_cell(folder: Path) -> None:
    found = rows(folder / "ipcc_stock_change_factors.csv")
    assert [tuple(one) for one in FACTORS] == [
        (
            int(row["edition"]),
            row["land_use"],
            row["factor"],
            row["level"],
            row["climate_group"],
            float(row["value"]),
            float(row["uncertainty_pct_half_95ci"]) if row["uncertainty_pct_half_95ci"] else None,
        )
        for row in found
    ]


def factor(kind: str, level: str, edition: int = 2019, climate: str = "cool_temperate_moist"):  # type: ignore[no-untyped-def]  # a row
    return find_factor(edition, "cropland", kind, level, climate)


def test_a_cropped_soil_of_the_cool_moist_zone_is_that_of_the_worked_example() -> None:
    native, _ = ipcc.SOC_REF["cool_temperate_moist"]["HAC"]
    tilled = native * factor("FLU", "long_term_cultivated").value
    assert tilled == pytest.approx(56.7, abs=1e-9)
    better = tilled * factor("FMG", "no_till").value * factor("FI", "high_without_manure").value
    assert better == pytest.approx(68.60133, abs=1e-6)
    assert (better - tilled) / 20 == pytest.approx(0.5950665, abs=1e-7)
    assert tilled + (better - tilled) * 10 / 20 == pytest.approx(62.650665, abs=1e-6)


def test_relative_errors_add_in_squares() -> None:
    _, soil = ipcc.SOC_REF["cool_temperate_moist"]["HAC"]
    use = factor("FLU", "long_term_cultivated").percent
    assert math.hypot(soil / 1.96, use / 1.96) == pytest.approx(6.633, abs=5e-4)


def test_every_climate_has_its_factor_of_cropland_in_both_editions() -> None:
    for climate in GROUPS:
        assert (
            factor("FLU", "long_term_cultivated", 2019, climate).value
            == (ipcc.LONG_TERM_CULTIVATED[climate][0])
        )
        if climate != "polar":
            assert (
                factor("FLU", "long_term_cultivated", 2006, climate)[5:]
                == (ipcc2006.LONG_TERM_CULTIVATED[climate])
            )
        assert factor("FLU", "paddy_rice", 2019, climate)[5:] == ipcc.PADDY
        assert factor("FLU", "paddy_rice", 2006, climate)[5:] == ipcc2006.PADDY
        for level in ("no_till", "reduced_tillage", "full_tillage"):
            assert factor("FMG", level, 2019, climate).value > 0.9
        for level in ("low", "medium", "high_without_manure", "high_with_manure"):
            assert factor("FI", level, 2019, climate).value > 0.9


def test_a_factor_that_the_tables_lack_is_an_error() -> None:
    with pytest.raises(KeyError, match="no FMG ploughing"):
        factor("FMG", "ploughing")
