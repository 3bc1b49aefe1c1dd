"""Rebase: changes counted from a year of a reader's choice, from what a release holds.

Nothing is read from arrays: the stocks of areas and the members of a nowcast are kept for every
period, and all that a change is made of follows from them.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import lru_cache
from typing import Any

from soc_monitor.model import Estimate, Freq, Indicator, Reason, Release, Series, Slice
from soc_monitor.model.change import Period
from soc_monitor.model.freshness import Freshness
from soc_monitor.model.series import NO_CALCULATION
from soc_monitor.model.trend import Course, compared, course
from soc_monitor.runs.change import Standing, Stock, told
from soc_monitor.runs.paired import pair_up
from soc_monitor.store import read
from soc_monitor.store.members import NO_MEMBERS, member_tables
from soc_monitor.store.read import Told
from soc_monitor.store.store import Store

Stocks = Mapping[tuple[str, date], Mapping[str, Told]]

_NO_INTERVAL: dict[str, Any] = dict.fromkeys(("lower_95", "upper_95", "lower_50", "upper_50"))


def stock_slices(pieces: Iterable[Slice], indicator: Indicator, product: str) -> list[Slice]:
    """The slices that a change of a product is made of, oldest first."""
    (variable,) = indicator.inputs
    found = (p for p in pieces if (p.cube.product, p.cube.variable) == (product, variable))
    return sorted(found, key=lambda piece: piece.period)


def rebase(
    store: Store,
    published: Sequence[Series],
    release: Release,
    pieces: Sequence[Slice],
    indicator: Indicator,
    base_year: int,
    *,
    members: bool = True,
) -> list[Series]:
    """The same series, counted from another year: as they would be, had it been the base.

    Every member of a nowcast goes through the same months with the same weights, so that the
    intervals are those of pairs. What does not hang on the base is as published: whether an input
    was late, and whether anything was sampled in ten years. No number is made where the land of an
    area is not the same at all dates: for that its cells would have to be read. Its reason is
    ``land_changed``.

    Args:
        store: what the release is read from.
        published: of one indicator of change and one product.
        release: that they are of.
        pieces: as of ``stock_slices``.
        indicator: of change.
        base_year: to count from; periods that do not follow it are left out.
        members: whether they are looked at. They are what costs; without them the numbers are the
            same, and nothing is said of how sure they are.
    """
    clock = {piece.period: piece for piece in pieces}
    spans = tuple((piece.period, piece.period_end) for piece in pieces)
    epochs = bool(pieces) and pieces[0].cube.freq is Freq.EPOCH
    codes = [series.area for series in published]
    asked = {one.period: (one.period, one.period_end) for s in published for one in s.estimates}
    later = [span for span in asked.values() if span[0].year > base_year]
    ways = {
        span[0]: how for span in later if (how := _way(spans, span, epochs, base_year)) is not None
    }
    steps = {first for how in ways.values() for first in how.steps}
    tables = member_tables(store, [clock[first].id for first in steps], codes) if members else {}
    stocks = read.read_values(store, release, indicator.inputs, published[0].product, codes)
    paired = {
        period: pair_up([tables.get(clock[one].id, NO_MEMBERS) for one in how.steps], how)
        for period, how in ways.items()
    }

    def again(one: Estimate) -> Estimate:
        how, span = ways[one.period], (one.period, one.period_end)
        stock = _stock(stocks, indicator.inputs[0], one, how)
        pairs, stands = paired[one.period], _standing(one)
        return replace(
            one,
            calculation_id=NO_CALCULATION,
            mapped_ha=stock.mapped_ha,
            provisional=any(clock[first].provisional for first in how.steps),
            **_NO_INTERVAL | told(indicator, span, how, one.area, stock, pairs, stands),
        )

    return [
        replace(s, estimates=tuple(again(one) for one in s.estimates if one.period in ways))
        for s in published
    ]


@lru_cache(maxsize=1024)
def _way(spans: tuple[Period, ...], span: Period, epochs: bool, base_year: int) -> Course | None:  # noqa: FBT001  # lru_cache tells keywords apart by their order
    # A year of months costs milliseconds, and is the same for all areas and indicators.
    return course(spans, span, epochs=epochs, base_year=base_year)


def _stock(stocks: Stocks, variable: str, one: Estimate, how: Course) -> Stock:
    """The stocks of an area at both ends; NaN where they are not those of one and the same land."""
    steps = [stocks.get((one.area, first), {}).get(variable) for first in how.steps]
    values = [step.value for step in steps if step is not None and step.value is not None]
    land = {step.mapped_ha for step in steps if step is not None}
    least = min(land, default=0.0)
    if one.value is None or len(values) < len(steps):
        return Stock(math.nan, math.nan, least, one.land_ha)
    if len(land) > 1:
        return Stock(math.nan, math.nan, least, one.land_ha, same_land=False)
    base, gained = compared(values, how)
    return Stock(base, base + gained, least, one.land_ha)


def _standing(one: Estimate) -> Standing:
    """How the nowcast stood when a number was published."""
    unsampled = Reason.NO_SAMPLES in one.reasons
    return Standing(
        freshness=(Freshness.LATE,) if Reason.STALE_INPUT in one.reasons else (),
        years_since_sample=math.inf if unsampled else None,
    )
