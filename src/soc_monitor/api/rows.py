"""Rows: estimates as lines of the tidy table."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from soc_monitor.api.ask import Choice
from soc_monitor.api.late import Late
from soc_monitor.api.units import Shown
from soc_monitor.model import UNASSIGNED, Area, Estimate, Indicator
from soc_monitor.model.change import compound_rate, distance, linear_rate, window, years_between
from soc_monitor.model.detect import threshold
from soc_monitor.model.period import period_label
from soc_monitor.model.series import NO_CALCULATION, NORMAL_50, NORMAL_95, interval
from soc_monitor.model.units import factor

Row = dict[str, Any]

STATUS = ("final", "provisional")
"""Of a number, by whether it is provisional."""
CHANGE = ("window_start", "window_end", "method", "distance_to_4", "min_detectable_change")
"""Columns of a change alone."""
_DEPTH = re.compile(r"(.+)_(\d+)_(\d+)cm")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """What all rows of an answer share."""

    choice: Choice
    shown: Shown
    language: str
    source_ids: str
    licence: str = ""
    """Address of the text of the data's licence; empty: not known."""
    late: tuple[Late, ...] = ()
    """Inputs that the numbers wait for."""

    @property
    def waits_for(self) -> tuple[str, ...]:
        """The same in words, which tell an answer from that of another day."""
        return tuple(one.sentence for one in self.late)


def split_depth(indicator_id: str) -> tuple[str, int | None, int | None]:
    """An indicator's id as variable, top and bottom [cm].

    Example:
        >>> split_depth("soc_stock_0_30cm"), split_depth("ndvi")
        (('soc_stock', 0, 30), ('ndvi', None, None))
    """
    match = _DEPTH.fullmatch(indicator_id)
    if match is None:
        return indicator_id, None, None
    return match[1], int(match[2]), int(match[3])


def least(indicator: Indicator) -> float | None:
    """The least possible value: 0, unless the classes of the indicator reach below it."""
    return 0.0 if min(indicator.scale.breaks) >= 0 else None


def ends(
    indicator: Indicator, value: float | None, error: float | None, half_width: float
) -> tuple[float | None, float | None]:
    """The interval that is told of a value: of numbers, pages and maps the same."""
    if indicator.chance and _is_all_or_none(value, error):
        return 0.0, 100.0
    ceiling = 100.0 if indicator.chance else None
    return interval(value, error, half_width, floor=least(indicator), ceiling=ceiling)


ALL_OR_NONE = 2 / 3
"""How far the places of an area go together, above which its share is mostly none or all of it: a
normal interval of few cells would then hold fewer truths than it says."""


def _is_all_or_none(value: float | None, error: float | None) -> bool:
    """Whether the places of an area are of a class nearly all at once.

    Args:
        value: share that is expected to be of it [%].
        error: its standard error [%]; that of a single place is sqrt(value (100 - value)).

    Example:
        >>> _is_all_or_none(20.0, 40.0), _is_all_or_none(20.0, 30.0), _is_all_or_none(0.0, 0.0)
        (True, False, False)
    """
    if value is None or error is None:
        return False
    return error**2 > ALL_OR_NONE * value * (100 - value)


def bands(
    indicator: Indicator, value: float | None, error: float | None
) -> dict[str, float | None]:
    """The interval columns around a value."""
    lower_95, upper_95 = ends(indicator, value, error, NORMAL_95)
    lower_50, upper_50 = ends(indicator, value, error, NORMAL_50)
    return {
        "lower_95": lower_95,
        "upper_95": upper_95,
        "lower_50": lower_50,
        "upper_50": upper_50,
        "std_error": error,
    }


Beside = Mapping[tuple[str, date], Mapping[str, float | None]]
"""Columns that come from other indicators, by area and first day of the period."""


def make_row(sheet: Sheet, area: Area, number: Estimate, beside: Beside | None = None) -> Row:
    """One line; the order of its keys is that of the columns."""
    told = (beside or {}).get((area.code, number.period), {})
    choice, indicator = sheet.choice, sheet.choice.indicator
    ratio = factor(choice.found.unit, sheet.shown.unit)
    value = None if number.value is None else number.value * ratio
    _, top, bottom = split_depth(indicator.id)
    return {
        "area_id": area.code,
        "area_name": area.name(sheet.language),
        "area_level": area.level.value,
        "period": period_label(number.period, number.period_end),
        "period_start": number.period.isoformat(),
        "period_end": number.period_end.isoformat(),
        "variable": indicator.id,
        "depth_top_cm": top,
        "depth_bottom_cm": bottom,
        "land_cover": "all",
        "statistic": indicator.over_area,
        "value": value,
        "unit": sheet.shown.text,
        **_intervals(indicator, number, ratio),
        "data_class": number.data_class.value,
        "status": STATUS[number.provisional],
        "mapped_fraction": number.mapped_fraction,
        "mapped_area_ha": number.mapped_ha,
        "land_area_ha": number.land_ha,
        "product_id": choice.product,
        "release": choice.release.name,
        "source_ids": sheet.source_ids,
        "calculation_id": _calculation(number),
        "flags": ";".join(_flags(area, number)),
        **_standing(number),
        **_change(indicator, number, ratio),
        "gap_t_per_year": told.get("gap_t_per_year"),
        "freshness_days": told.get("freshness_days"),
        "sample_support": told.get("sample_support"),
        "n_samples": _samples(told.get("sample_support"), number.land_ha),
        "newest_input_days": told.get("newest_input_days"),
    }


def _samples(support: float | None, land_ha: float) -> int | None:
    """How many samples a density of them is, per 1,000 square kilometres.

    Example:
        >>> _samples(4.0, 50_000.0), _samples(None, 1.0)
        (2, None)
    """
    return None if support is None else round(support * land_ha / 100_000)


def _standing(number: Estimate) -> Row:
    """What may be said of a change, and from where it is counted."""
    period = (number.period, number.period_end)
    return {
        "observation_weight": number.observation_weight,
        "state": number.state,
        "state_reasons": ";".join(number.reasons),
        "prob_gt_0": number.prob_gt_0,
        "prob_ge_4": number.prob_ge_4,
        "base_period": number.base and period_label(*number.base),
        "window_years": number.base and years_between(number.base, period),
        "window_label": number.base and window(number.base, period),
    }


def _change(indicator: Indicator, number: Estimate, ratio: float) -> Row:
    """From when to when a change is, how it was worked out, and how large it must be to be seen."""
    if number.base is None:
        return dict.fromkeys(CHANGE)
    rate = number.value if indicator.of_means is linear_rate else None
    low, high, error = number.lower_95, number.upper_95, number.std_error
    if error is None and low is not None and high is not None:
        error = (high - low) / (2 * NORMAL_95)
    return {
        "window_start": number.base[0].isoformat(),
        "window_end": number.period_end.isoformat(),
        "method": "compound" if indicator.of_means is compound_rate else "linear",
        "distance_to_4": None if rate is None else distance(rate),
        "min_detectable_change": None if error is None else threshold() * error * ratio,
    }


def _intervals(indicator: Indicator, number: Estimate, ratio: float) -> Row:
    """Interval columns: those that came with the number, else those of a normal error."""
    ends = {
        name: getattr(number, name) for name in ("lower_95", "upper_95", "lower_50", "upper_50")
    }
    error = None if number.std_error is None else number.std_error * ratio
    if number.lower_95 is None or number.upper_95 is None:
        value = None if number.value is None else number.value * ratio
        return dict(bands(indicator, value, error))
    told = {name: None if end is None else end * ratio for name, end in ends.items()}
    return told | {"std_error": error}


def empty_row(sheet: Sheet, area: Area, period: tuple[date, date]) -> Row:
    """The line of an area for which nothing was computed: there, and without a number."""
    missing = Estimate(
        area=area.code,
        period=period[0],
        period_end=period[1],
        value=None,
        std_error=None,
        mapped_ha=0.0,
        land_ha=area.area_km2 * 100,
        calculation_id=NO_CALCULATION,
        data_class=sheet.choice.found.data_class,
    )
    return make_row(sheet, area, missing)


def _calculation(number: Estimate) -> str:
    return "" if number.calculation_id == NO_CALCULATION else str(number.calculation_id)


def _flags(area: Area, number: Estimate) -> Iterable[str]:
    if number.value is None:
        yield "no_estimate"
    elif not number.stands_for_area:
        yield "low_coverage"
    if area.code == UNASSIGNED:
        yield "remainder"


def file_name(sheets: Sequence[Sheet], places: Iterable[str], span: str) -> str:
    """Name of a file, made from identifiers alone, without its ending."""
    release = sheets[0].choice.release.name
    variable, top, bottom = split_depth(sheets[0].choice.indicator.id)
    depth = "" if top is None else f"_{top}-{bottom}cm"
    based = next((one.choice.base_year for one in sheets if one.choice.base_year), None)
    since = "" if based is None else f"_since-{based}"
    if len(sheets) > 1:
        variable, depth = f"{variable}-and-{len(sheets) - 1}-more", ""
    where = "-".join(places)
    if len(where) > 60:
        where = f"{where[:60].rpartition('-')[0]}-etc"
    return f"{variable.replace('_', '-')}_{where}{depth}{since}_{span}_r{release}"
