"""Judging: a kpi's values against the plan's levels, with the numbers that the verdict rests on.

The rule. A path runs straight from the start to the level of 2030, then to that of 2050. The ratio
is the way done over the way that the path has done by then; thresholds make a status of it. Steps
are judged by what was due. The same values give the same verdict, whoever asks.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from itertools import pairwise

from soc_monitor.progress import periods
from soc_monitor.progress.plan import HORIZONS, Kpi, Level, Objective
from soc_monitor.progress.settled import age_of, settled
from soc_monitor.progress.steps import judge_steps
from soc_monitor.progress.value import Value
from soc_monitor.progress.verdict import STATUSES, Reason, Status, Verdict

ON_TRACK, ACCELERATE, LIMITED = 0.95, 0.60, 0.0


def judge_kpi(kpi: Kpi, values: Sequence[Value], *, horizon: int, today: date) -> Verdict | None:
    """How a kpi stands against the level of a horizon.

    Args:
        kpi: what is measured, and the levels.
        values: its published values, in any order.
        horizon: 2030 or 2050.
        today: what is old, partial or overdue is so as of this day.

    Returns:
        The verdict; None for what is never judged: context and what this service adds.

    Source:
        Judging rule, version 1: ratio thresholds 0.95, 0.60 and 0; ranges at their lower end.

    Example:
        >>> from soc_monitor.progress.plan import parse_kpi
        >>> kpi = parse_kpi(
        ...     {
        ...         "id": "meetings",
        ...         "label": {},
        ...         "role": "plan",
        ...         "primary": True,
        ...         "kind": "count",
        ...         "unit": "meetings",
        ...         "direction": "increase",
        ...         "baseline": {"status": "stated", "value": 0, "as_of": "2020"},
        ...         "target_2030": {"op": "at_least", "value": 10},
        ...         "target_2050": {"op": "not_stated"},
        ...     }
        ... )
        >>> found = judge_kpi(
        ...     kpi, [Value(period="2025-10-01", number=4)], horizon=2030, today=date(2026, 1, 1)
        ... )
        >>> found.status, round(found.expected, 2), round(found.ratio, 2)
        ('accelerate', 5.0, 0.8)
    """
    if kpi.role != "plan":
        return None
    level = kpi.levels[horizon]
    if level.op == "not_stated":
        return Verdict(kpi=kpi.id, horizon=horizon, status="not_due", reason="no_level")
    known = settled(kpi, values, today)
    if level.op == "milestone":
        return judge_steps(kpi, level, known, horizon, today)
    return _judge_number(kpi, level, known, horizon, today)


def judge_objective(verdicts: Iterable[Verdict | None], horizon: int) -> Verdict:
    """The verdict that an objective takes: the least favourable of those that say something.

    Args:
        verdicts: of its primary kpis.
        horizon: for which they are.
    """
    found = [one for one in verdicts if one is not None]
    judged = [one for one in found if one.status not in {"not_due", "no_data"}]
    if judged:
        return max(judged, key=lambda one: STATUSES.index(one.status))
    missing = [one for one in found if one.status == "no_data"]
    if missing:
        # The one that has a value says more than the one that has none.
        return max(missing, key=lambda one: one.value is not None)
    return next(iter(found), Verdict(kpi="", horizon=horizon, status="not_due", reason="no_kpi"))


def judge_all(
    objective: Objective, values: dict[str, list[Value]], today: date
) -> dict[int, tuple[Verdict, dict[str, Verdict | None]]]:
    """An objective for both horizons: its verdict, and that of each kpi by id."""
    made = {}
    for horizon in HORIZONS:
        each = {
            kpi.id: judge_kpi(kpi, values.get(kpi.id, []), horizon=horizon, today=today)
            for kpi in objective.kpis
        }
        primary = [each[kpi.id] for kpi in objective.primary]
        made[horizon] = (judge_objective(primary, horizon), each)
    return made


# --- numbers -----------------------------------------------------------------------------------


def _judge_number(
    kpi: Kpi, level: Level, known: Sequence[Value], horizon: int, today: date
) -> Verdict:
    known = [one for one in known if one.number is not None]
    value = known[-1] if known else None
    if value is None or value.number is None:
        return _nothing(kpi, horizon, "no_value", None)
    age = age_of(kpi, value, today)
    if age == "gone":
        return _nothing(kpi, horizon, "too_old", value)
    wanted = value.denominator if level.op == "all" else level.value
    if wanted is None:
        return _nothing(kpi, horizon, "no_list", value)
    day = periods.middle(value.period)
    start, start_on, first = kpi.baseline.value, kpi.baseline.day, kpi.baseline.value is None
    if start is None:
        start, start_on = known[0].number or 0.0, periods.middle(known[0].period)
    met = _meets(kpi, value.number, wanted)
    status: Status
    reason: Reason
    expected, ratio = None, None
    if _kept(kpi, known[:-1], wanted):
        status, reason = ("achieved", "level_kept") if met else ("reverse", "level_lost")
    elif day <= start_on and not met:
        return _nothing(kpi, horizon, "first_value_only" if first else "no_newer_value", value)
    else:
        if day > start_on:
            expected = path(kpi, start, start_on, wanted, horizon, day)
            ratio = (value.number - start) / (expected - start)
        status, reason = _by_ratio(ratio or 0.0, met=met)
    return Verdict(
        kpi=kpi.id,
        horizon=horizon,
        status=status,
        reason=reason,
        value=value,
        level=wanted,
        start=start,
        start_on=start_on,
        first_measure=first,
        expected=expected,
        ratio=ratio,
        old=age == "old",
        due=level.due,
    )


def _nothing(kpi: Kpi, horizon: int, reason: Reason, value: Value | None) -> Verdict:
    level = kpi.levels[horizon]
    return Verdict(
        kpi=kpi.id,
        horizon=horizon,
        status="no_data",
        reason=reason,
        value=value,
        level=level.value,
        start=kpi.baseline.value,
        start_on=None if kpi.baseline.value is None else kpi.baseline.day,
        due=level.due,
    )


def _meets(kpi: Kpi, number: float, wanted: float) -> bool:
    return number <= wanted if kpi.direction == "decrease" else number >= wanted


def _kept(kpi: Kpi, earlier: Sequence[Value], wanted: float) -> bool:
    """Whether the level has been met before, so that it can only be kept or lost."""
    base = kpi.baseline.value
    if kpi.direction == "maintain" or (base is not None and _meets(kpi, base, wanted)):
        return True
    if kpi.direction != "increase_then_maintain":
        # Where the start is itself a value, one that met the level leaves no way to go.
        earlier = earlier[:1] if base is None else ()
    return any(one.number is not None and _meets(kpi, one.number, wanted) for one in earlier)


def path(kpi: Kpi, start: float, start_on: date, wanted: float, horizon: int, day: date) -> float:
    """Where a kpi should be on a day: straight from the start to each level, then on it.

    Args:
        kpi: whose levels lie on the way.
        start: where the way begins, at ``start_on``.
        wanted: the level at the end of the horizon.
        horizon: 2030 or 2050.
        day: of interest.
    """
    ends = [(start_on, start)]
    for level in sorted((*kpi.interim, *kpi.levels.values()), key=lambda one: one.due):
        on_the_way = level.value is not None and start_on < level.due and level.due.year < horizon
        if on_the_way and level.value is not None and not _meets(kpi, start, level.value):
            ends.append((level.due, level.value))
    ends.append((max(date(horizon, 12, 31), start_on), wanted))
    for (from_day, low), (to_day, high) in pairwise(ends):
        if day <= to_day and to_day > from_day:
            return low + (high - low) * ((day - from_day).days / (to_day - from_day).days)
    return wanted


def _by_ratio(ratio: float, *, met: bool) -> tuple[Status, Reason]:
    if met:
        return "achieved", "level_met"
    for status, least in _STEPS:
        if ratio >= least:
            return status, "ratio"
    return "reverse", "ratio"


_STEPS: tuple[tuple[Status, float], ...] = (
    ("on_track", ON_TRACK),
    ("accelerate", ACCELERATE),
    ("limited", LIMITED),
)
