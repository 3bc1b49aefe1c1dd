"""What always holds of the judging rule, whatever the numbers."""

from datetime import date, timedelta
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from soc_monitor.progress.judging import judge_kpi, judge_objective
from soc_monitor.progress.plan import Kpi, parse_kpi
from soc_monitor.progress.value import Value
from soc_monitor.progress.verdict import STATUSES

HORIZON = st.sampled_from((2030, 2050))
AMOUNT = st.floats(0, 1000).map(lambda x: round(x, 3))
DAY = st.dates(date(2020, 7, 2), date(2049, 12, 31))


def _kpi(start: dict[str, Any], low: Any, high: Any, direction: str = "increase") -> Kpi:
    def level(found: Any) -> dict[str, Any]:
        return found if isinstance(found, dict) else {"op": "at_least", "value": found}

    return parse_kpi(
        {
            "id": "k",
            "label": {},
            "role": "plan",
            "primary": True,
            "kind": "count",
            "unit": "things",
            "direction": direction,
            "baseline": {"status": "stated", "as_of": "2020", **start},
            "target_2030": level(low),
            "target_2050": level(high),
        }
    )


def _status(kpi: Kpi, number: float, day: date, horizon: int) -> str:
    verdict = judge_kpi(
        kpi,
        [Value(period=day.isoformat(), number=number)],
        horizon=horizon,
        today=day + timedelta(days=30),
    )
    assert verdict is not None
    return verdict.status


def _rank(status: str) -> int:
    return -[str(one) for one in STATUSES].index(status)


@given(start=AMOUNT, low=AMOUNT, high=AMOUNT, pair=st.tuples(AMOUNT, AMOUNT), day=DAY, h=HORIZON)
def test_a_better_value_never_has_a_worse_status(
    start: float, low: float, high: float, pair: tuple[float, float], day: date, h: int
) -> None:
    kpi = _kpi({"value": start}, low, high)
    worse, better = sorted(pair)
    assert _rank(_status(kpi, better, day, h)) >= _rank(_status(kpi, worse, day, h))
    falling = _kpi({"value": start}, low, high, "decrease")
    assert _rank(_status(falling, worse, day, h)) >= _rank(_status(falling, better, day, h))


@given(start=AMOUNT, low=AMOUNT, high=AMOUNT, day=DAY, h=HORIZON)
def test_a_value_at_the_baseline_is_limited_wherever_the_levels_are(
    start: float, low: float, high: float, day: date, h: int
) -> None:
    assume(start < min(low, high))
    assert _status(_kpi({"value": start}, low, high), start, day, h) == "limited"


@given(start=AMOUNT, low=AMOUNT, high=AMOUNT, number=AMOUNT, day=DAY, h=HORIZON)
def test_falling_is_rising_with_the_signs_turned(
    start: float, low: float, high: float, number: float, day: date, h: int
) -> None:
    # Half a thousandth apart, rounding cannot decide.
    assume(min(abs(start - low), abs(start - high), abs(low - high)) > 0.01)
    rising = judge_kpi(
        _kpi({"value": start}, low, high),
        [Value(period=day.isoformat(), number=number)],
        horizon=h,
        today=day,
    )
    mirrored = judge_kpi(
        _kpi({"value": -start}, -low, -high, "decrease"),
        [Value(period=day.isoformat(), number=-number)],
        horizon=h,
        today=day,
    )
    assert rising is not None
    assert mirrored is not None
    assert (rising.status, rising.ratio) == (mirrored.status, mirrored.ratio)


@given(low=AMOUNT, width=AMOUNT, start=AMOUNT, number=AMOUNT, day=DAY, h=HORIZON)
def test_a_range_is_judged_as_its_lower_end(
    low: float, width: float, start: float, number: float, day: date, h: int
) -> None:
    ranged = {"op": "range", "min": low, "max": low + width}
    with_range = _kpi({"min": start, "max": start + width}, ranged, ranged)
    assert _status(with_range, number, day, h) == _status(
        _kpi({"value": start}, low, low), number, day, h
    )


@given(level=AMOUNT, start=AMOUNT, number=AMOUNT, day=DAY, h=HORIZON)
def test_what_has_met_its_level_is_kept_or_lost(
    level: float, start: float, number: float, day: date, h: int
) -> None:
    expected = "achieved" if number >= level else "reverse"
    assert _status(_kpi({"value": level + start}, level, level), number, day, h) == expected
    kept = _kpi({"value": start}, level, level, "maintain")
    assert _status(kept, number, day, h) == expected


@given(statuses=st.lists(st.tuples(AMOUNT, AMOUNT), min_size=1, max_size=5), day=DAY, h=HORIZON)
def test_an_objective_is_never_better_than_any_of_its_kpis(
    statuses: list[tuple[float, float]], day: date, h: int
) -> None:
    verdicts = [
        judge_kpi(
            _kpi({"value": 0}, level + 1, level + 2),
            [Value(period=day.isoformat(), number=number)],
            horizon=h,
            today=day,
        )
        for level, number in statuses
    ]
    whole = judge_objective(verdicts, h)
    assert all(_rank(whole.status) <= _rank(one.status) for one in verdicts if one is not None)
    assert whole in verdicts


def test_a_kpi_without_a_value_does_not_hide_one_that_can_be_judged() -> None:
    empty = judge_kpi(_kpi({"value": 0}, 10, 20), [], horizon=2030, today=date(2026, 1, 1))
    good = judge_kpi(
        _kpi({"value": 0}, 10, 20),
        [Value(period="2025-10-01", number=9)],
        horizon=2030,
        today=date(2026, 1, 1),
    )
    assert judge_objective([empty, good], 2030) == good
    assert judge_objective([empty, None], 2030).status == "no_data"
    assert judge_objective([], 2030).status == "not_due"
