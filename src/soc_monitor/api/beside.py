"""Beside: what other indicators of the same product say of a number: how fresh it is, on what."""

from collections.abc import Mapping, Sequence
from datetime import date

from soc_monitor.api.based import map_numbers, question_of, read_based
from soc_monitor.api.catalogue import Catalogue
from soc_monitor.api.periods import Period
from soc_monitor.api.rows import Beside, Sheet
from soc_monitor.indicators import load_indicators
from soc_monitor.store import read
from soc_monitor.store.read import Told

COLUMNS = {"freshness_days": "input_age", "sample_support": "sample_support_0_30cm"}
"""Column to the indicator that it repeats."""
GAP = "soc_aspiration_gap_0_30cm"


def through_time(
    catalogue: Catalogue, sheet: Sheet, codes: Sequence[str], periods: Sequence[Period]
) -> Beside:
    """Of some areas, through time."""
    choice = sheet.choice
    wanted = _wanted(catalogue, sheet)
    if not wanted:
        return {}
    found = read.read_values(catalogue.store, choice.release, wanted, choice.product, codes)
    if choice.base_year is not None and GAP in wanted:
        gap = load_indicators()[GAP]
        for series in read_based(catalogue, choice, gap, codes, periods, members=False):
            for one in series.estimates:
                told = Told(one.value, one.mapped_ha)
                found.setdefault((series.area, one.period), {})[GAP] = told
    return _told(catalogue, sheet, found)


def of_period(catalogue: Catalogue, sheet: Sheet, period: Period, codes: tuple[str, ...]) -> Beside:
    """Of the areas of a map, one period; of all areas, where nothing is counted anew."""
    choice = sheet.choice
    found: dict[tuple[str, date], dict[str, Told]] = {}
    for name in _wanted(catalogue, sheet, period[0]):
        wanted = question_of(choice, load_indicators()[name], period, codes, members=False)
        for code, one in map_numbers(catalogue, wanted).items():
            found.setdefault((code, period[0]), {})[name] = Told(one.value, one.mapped_ha)
    return _told(catalogue, sheet, found)


def _wanted(catalogue: Catalogue, sheet: Sheet, period: date | None = None) -> list[str]:
    """The indicators that the product has in a period, or in any, and that are worth a look."""
    choice = sheet.choice
    names = {*COLUMNS.values()} | ({GAP} if choice.indicator.id == "soc_rate_0_30cm" else set())
    return sorted(
        one.indicator
        for one in catalogue.available(choice.release)
        if one.product == choice.product
        and one.indicator in names
        and (period is None or any(first == period for first, _ in one.periods))
    )


def _told(
    catalogue: Catalogue, sheet: Sheet, found: Mapping[tuple[str, date], Mapping[str, Told]]
) -> Beside:
    """The columns, from what the indicators say."""
    choice = sheet.choice
    aged = any(COLUMNS["freshness_days"] in told for told in found.values())
    ages = catalogue.input_ages(choice.release, choice.product) if aged else {}
    return {where: _columns(told, ages.get(where[1])) for where, told in found.items()}


def _columns(told: Mapping[str, Told], newest: int | None) -> dict[str, float | None]:
    made = {column: told[name].value for column, name in COLUMNS.items() if name in told}
    # Where nothing that is needed was ever observed, what else came in is not of the area.
    if made.get("freshness_days") is not None:
        made["newest_input_days"] = newest
    if GAP in told and (gap := told[GAP]).value is not None:
        made["gap_t_per_year"] = gap.value * gap.mapped_ha
    return made
