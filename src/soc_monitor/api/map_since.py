"""Counted: the numbers of a map whose change is counted from a year of the reader's choice."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from soc_monitor.indicators import load_indicators
from soc_monitor.model import Estimate, Release, Series, Slice
from soc_monitor.store.store import Store

AT_A_TIME = 300
"""Areas whose members are held at once: every one takes all months since the base."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MapQuestion:
    """What is asked of the areas of a map: equal questions have one answer."""

    release: Release
    indicator_id: str
    product: str
    period: date
    """Its first day."""
    base_year: int | None
    """Year that a change is counted from; None: as it is published."""
    codes: tuple[str, ...]
    """The areas."""
    members: bool = True
    """Whether intervals are wanted where numbers are counted anew."""


def count_map(
    store: Store,
    numbers: Callable[[Release, str, str, date], dict[str, Estimate]],
    pieces: Callable[[Release], Sequence[Slice]],
    question: MapQuestion,
) -> dict[str, Estimate]:
    """A number for each area that has one, counted from the year that is asked for.

    Args:
        store: what the release is read from.
        numbers: what is published of a period.
        pieces: every slice of a release.
        question: of a change, with a base year.
    """
    from soc_monitor.runs.rebase import rebase, stock_slices  # noqa: PLC0415  # the engine

    release, product, base_year = question.release, question.product, question.base_year
    assert base_year is not None  # what is published is only looked up
    published = numbers(release, question.indicator_id, product, question.period)
    indicator = load_indicators()[question.indicator_id]
    steps = stock_slices(pieces(release), indicator, product)
    codes = [code for code in question.codes if code in published]
    found: dict[str, Estimate] = {}
    for start in range(0, len(codes), AT_A_TIME):
        some = [
            Series(
                indicator=indicator.id,
                product=product,
                area=code,
                unit=indicator.unit,
                estimates=(published[code],),
            )
            for code in codes[start : start + AT_A_TIME]
        ]
        again = rebase(store, some, release, steps, indicator, base_year, members=question.members)
        found |= {series.area: one for series in again for one in series.estimates}
    return found
