"""State: what may be said of the change of an area. It needs a probability, never a value alone."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from soc_monitor.model.change import ASPIRATION, Window, chance_above
from soc_monitor.model.freshness import Freshness

LEAST_MAPPED = 0.5
"""Share of an area that must be mapped for its number to stand for all of it."""

SURE = 0.9
"""Probability that a state needs."""

REAL_SHARE = 0.5
"""Share of an area whose weather must be that of the very month."""

REAL_MONTHS = 0.75
"""Share of the months of a change that must be real: of all, of its base, and of its last year."""

UNSAMPLED_YEARS = 10.0
"""After so many years without a sample a nowcast says nothing of change."""


STALE = frozenset({Freshness.LATE, Freshness.BROKEN})
"""An input that stands so bears no state."""


class State(StrEnum):
    """What may be said of a change; five, no more."""

    ABOVE_4 = "above_4"
    """P(rate >= 4 permille) > 0.9."""
    GAINING = "gaining"
    """P(rate > 0) > 0.9."""
    NO_DETECTABLE_CHANGE = "no_detectable_change"
    """None of the others: not the same as no change."""
    LOSING = "losing"
    """P(rate < 0) > 0.9."""
    NOT_ASSESSABLE = "not_assessable"


class Reason(StrEnum):
    """Why a change is not assessable."""

    NO_ESTIMATE = "no_estimate"
    """No number at all."""
    LAND_CHANGED = "land_changed"
    """The land with a value is not the same at all dates, and only its means were at hand."""
    LOW_COVERAGE = "low_coverage"
    """Less than half of the land is mapped."""
    NO_INTERVAL = "no_interval"
    """The product gives no error of its change."""
    SHORT_WINDOW = "short_window"
    """Not yet five years between means of twelve months: a state is a headline."""
    MISSING_MONTHS = "missing_months"
    """The record is long enough, and months are missing from it: it has no mean of the twelve."""
    ONE_DATE = "one_date"
    """The product has one date: there is nothing to compare it with."""
    NO_REAL_DRIVERS = "no_real_drivers"
    """Weather and vegetation are those of a mean year."""
    STALE_INPUT = "stale_input"
    """An input that it needs is older than allowed."""
    NO_SAMPLES = "no_samples"
    """No field sample has checked the stock for ten years."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What the change of an area rests on."""

    rate: float | None
    """[permille yr-1]; None: no estimate."""
    sd: float | None
    """Its standard deviation [permille yr-1]; None: not known."""
    mapped_fraction: float | None
    """Share of the land with a value at all dates; None: there is no polygon."""
    window: Window | None
    """None: the two periods must not be compared."""
    real_drivers: bool
    """Whether drivers of the very months were used in most of the months of the change."""
    freshness: Iterable[Freshness] = ()
    """Of the inputs that it strictly needs."""
    years_since_sample: float | None = None
    """Age of the newest field sample; None: samples play no part in the product."""
    holed: bool = False
    """Whether means of twelve months cannot be had only because months are missing."""
    same_land: bool = True
    """Whether there is no rate because means of different land must not be compared."""
    dates: int = 2
    """How many periods of the product there are to compare."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A state with the probabilities that it rests on."""

    state: State
    reasons: tuple[Reason, ...] = ()
    """Why it is not assessable; empty for the other states."""
    above_0: float | None = None
    """P(rate > 0)."""
    above_4: float | None = None
    """P(rate >= 4 permille)."""


def judge_change(seen: Evidence) -> Verdict:
    """The state of a change.

    Source:
        Probabilities of a normal error around the estimate; limits of the monitor's own choice.

    Example:
        >>> seen = Evidence(
        ...     rate=1.5, sd=2.0, mapped_fraction=0.9, window=Window.MULTI_YEAR, real_drivers=True
        ... )
        >>> found = judge_change(seen)
        >>> found.state.value, round(found.above_0, 4), round(found.above_4, 4)
        ('no_detectable_change', 0.7734, 0.1056)
    """
    reasons = tuple(reasons_against(seen))
    if seen.rate is None or seen.sd is None:
        return Verdict(state=State.NOT_ASSESSABLE, reasons=reasons)
    above_0 = chance_above(0.0, seen.rate, seen.sd)
    above_4 = chance_above(ASPIRATION, seen.rate, seen.sd)
    if reasons:
        # The probabilities are those of the model alone: not shown where it is not trusted.
        return Verdict(state=State.NOT_ASSESSABLE, reasons=reasons)
    return Verdict(state=_state(above_0, above_4), above_0=above_0, above_4=above_4)


def _state(above_0: float, above_4: float) -> State:
    if above_4 > SURE:
        return State.ABOVE_4
    if above_0 > SURE:
        return State.GAINING
    return State.LOSING if 1 - above_0 > SURE else State.NO_DETECTABLE_CHANGE


def reasons_against(seen: Evidence) -> Iterable[Reason]:
    """Every reason why a change cannot be assessed, the most telling first."""
    if seen.rate is None:
        if not seen.same_land:
            yield Reason.LAND_CHANGED
        else:
            yield Reason.NO_ESTIMATE if seen.dates > 1 else Reason.ONE_DATE
        if not seen.real_drivers:
            yield Reason.NO_REAL_DRIVERS
        return
    if not seen.real_drivers:
        yield Reason.NO_REAL_DRIVERS
    if seen.window is not Window.MULTI_YEAR:
        yield Reason.MISSING_MONTHS if seen.holed else Reason.SHORT_WINDOW
    if seen.mapped_fraction is not None and seen.mapped_fraction < LEAST_MAPPED:
        yield Reason.LOW_COVERAGE
    if STALE & set(seen.freshness):
        yield Reason.STALE_INPUT
    if seen.years_since_sample is not None and seen.years_since_sample > UNSAMPLED_YEARS:
        yield Reason.NO_SAMPLES
    if seen.sd is None:
        yield Reason.NO_INTERVAL
