"""Based: numbers as they are published, or counted from a year of the reader's choice."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from fastapi import Request

from soc_monitor.api.ask import Choice
from soc_monitor.api.catalogue import Catalogue
from soc_monitor.api.limits import charge
from soc_monitor.api.map_since import MapQuestion
from soc_monitor.api.once import Once
from soc_monitor.api.periods import Period
from soc_monitor.api.places import Places
from soc_monitor.errors import BadValue, TooLarge
from soc_monitor.model import UNASSIGNED, WORLD, Area, Estimate, Indicator, Series
from soc_monitor.model.trend import base_years
from soc_monitor.store import read
from soc_monitor.store.read import Available

MOST_AREAS = 300
"""Whose changes are counted anew at a time: every one takes all months since the base."""
FEW_AREAS = 12
"""Up to so many an answer is small, and kept beside those of whole maps."""


def counted_from(
    catalogue: Catalogue, choices: Sequence[Choice], base_year: int | None
) -> list[Choice]:
    """The choices, those of change counted from a year; their periods are those that follow it.

    Raises:
        BadValue: none is of change, or the product does not have the year as a whole, or nothing
            a year or more after it.
    """
    if base_year is None:
        return list(choices)
    if all(one.indicator.of_means is None for one in choices):
        raise BadValue("b: only a change is counted from a year", hint="Ask for v=rate.")
    return [_based(catalogue, one, base_year) for one in choices]


def _based(catalogue: Catalogue, choice: Choice, base_year: int) -> Choice:
    if choice.indicator.of_means is None:
        return choice
    years = years_of(catalogue.available(choice.release), choice.indicator, choice.product)
    later = tuple(one for one in choice.found.periods if one[0].year > base_year)
    if base_year not in years or not later:
        raise BadValue(
            f"b: {choice.product} cannot be counted from {base_year}",
            hint="A year that the product has as a whole, with a period a year or more after it.",
            allowed=tuple(map(str, years)),
        )
    return replace(choice, base_year=base_year, found=replace(choice.found, periods=later))


def years_of(available: Iterable[Available], indicator: Indicator, product: str) -> list[int]:
    """Years that an indicator of change of a product can be counted from; of others none."""
    if indicator.of_means is None:
        return []
    (stock,) = indicator.inputs
    return next(
        (base_years(o.periods) for o in available if (o.indicator, o.product) == (stock, product)),
        [],
    )


def read_based(
    catalogue: Catalogue,
    choice: Choice,
    indicator: Indicator,
    codes: Sequence[str],
    periods: Sequence[Period],
    *,
    members: bool = True,
) -> list[Series]:
    """The series of some areas, of the product that was chosen and from the year that was.

    Args:
        catalogue: to read from.
        choice: what an answer is about.
        indicator: the one that was chosen, or another one of the same product.
        codes: ids of areas.
        periods: that are wanted.
        members: whether intervals are wanted where they are counted anew.

    Raises:
        TooLarge: more areas than are counted anew at a time.
    """
    store, release = catalogue.store, choice.release
    base_year = None if indicator.of_means is None else choice.base_year
    if base_year is not None and len(codes) > MOST_AREAS:
        raise TooLarge(
            f"b: {len(codes)} areas, {MOST_AREAS} are counted from another year in one answer",
            hint="Ask for series.csv or series.parquet, which are made for that.",
        )
    wanted = set(periods)
    found = [
        replace(
            series,
            estimates=tuple(e for e in series.estimates if (e.period, e.period_end) in wanted),
        )
        for series in read.read_series(store, release, indicator.id, choice.product, codes)
    ]
    if base_year is None or not found:
        return found
    from soc_monitor.runs.rebase import rebase, stock_slices  # noqa: PLC0415  # the engine

    pieces = stock_slices(catalogue.pieces(release), indicator, choice.product)
    return rebase(store, found, release, pieces, indicator, base_year, members=members)


def question_of(
    choice: Choice,
    indicator: Indicator,
    period: Period,
    codes: tuple[str, ...],
    *,
    members: bool = True,
) -> MapQuestion:
    """What is asked of the areas of a map.

    Args:
        choice: what an answer is about.
        indicator: the one that was chosen, or another one of the same product.
        period: that is shown.
        codes: ids of areas; the same ones in the same order where the answer is to be shared.
        members: whether intervals are wanted where they are counted anew.
    """
    based = choice.base_year if indicator.of_means is not None else None
    return MapQuestion(
        release=choice.release,
        indicator_id=indicator.id,
        product=choice.product,
        period=period[0],
        base_year=based,
        codes=codes if based is not None else (),
        members=members,
    )


def map_numbers(catalogue: Catalogue, question: MapQuestion) -> Mapping[str, Estimate]:
    """The numbers of a map, by area: as they are published, or counted anew, once for all.

    Raises:
        UnknownPeriod: there are none for that period.
    """
    if question.base_year is None:
        what = (question.release, question.indicator_id, question.product, question.period)
        return catalogue.numbers(*what)
    return _counting(catalogue, question)(question)


def pay_for(request: Request, catalogue: Catalogue, question: MapQuestion) -> None:
    """Count a request as a heavy one, where it is the first to want numbers that are counted anew.

    Raises:
        TooOften: the reader has had too many counted.
    """
    if question.base_year is not None and not _counting(catalogue, question).begun(question):
        charge(request)


def _counting(catalogue: Catalogue, question: MapQuestion) -> Once[dict[str, Estimate]]:
    few = len(question.codes) <= FEW_AREAS
    return catalogue.counted_few if few else catalogue.counted


def whole_map(known: Places, areas: Iterable[Area]) -> tuple[str, ...]:
    """Ids of all that stands in a map of some areas: with what is unassigned, and the world."""
    codes = (*(area.code for area in areas), UNASSIGNED, WORLD)
    return tuple(dict.fromkeys(code for code in codes if code in known.by_code))
