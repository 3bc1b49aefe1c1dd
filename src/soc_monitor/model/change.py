"""Change: from two stocks to a rate, and how it stands to the aspiration of 4 per 1000 a year.

Plus means that the soil has gained carbon. The rate of an area comes from its totals on the land
that all dates cover; it is not the mean of the rates of its cells, in which the poorest soils
would weigh most.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from enum import StrEnum
from statistics import NormalDist

ASPIRATION = 4.0
"""What the '4 per 1000' Initiative hopes for, of all soils together [permille yr-1]."""

BASE_YEAR = 2020
"""First year of the Initiative's strategic plan: changes are counted from it by default."""

LEAST_STOCK = 5.0
"""Below this stock a cell has no rate: it would be a ratio to almost nothing [t ha-1]."""

HEADLINE_YEARS = 5
"""Fewest years that a headline rate stands on."""

STANDARD = NormalDist()


class Window(StrEnum):
    """What the time between two periods is good for."""

    PROVISIONAL = "provisional"
    """The same month of two years: no state follows from it."""
    ANNUAL = "annual"
    """Means over twelve months, less than five years apart: a rate, and no headline."""
    MULTI_YEAR = "multi_year"
    """Means over twelve months, five years apart or more: good for a headline."""


Period = tuple[date, date]
"""First and last day, both inside."""


def window(base: Period, period: Period) -> Window | None:
    """What the change between two periods may be called; None: it must not be annualised.

    The stock moves with the seasons by more in a month than by its trend in years: only the same
    month of different years, or means over whole years, are compared. A month that is counted
    from twelve stands for the mean of the twelve that end with it.

    Example:
        >>> july, august = ((date(1939, m, 1), date(1939, m, 31)) for m in (7, 8))
        >>> window(july, august) is None
        True
        >>> window(july, (date(1940, 7, 1), date(1940, 7, 31))).value
        'provisional'
        >>> year = lambda y: (date(y, 1, 1), date(y, 12, 31))
        >>> window(year(2020), year(2024)).value, window(year(2020), year(2025)).value
        ('annual', 'multi_year')
        >>> window(year(2020), (date(2024, 6, 1), date(2024, 6, 30))).value
        'annual'
    """
    spans = _months(base), _months(period)
    years = years_between(base, period)
    if spans not in {(1, 1), (12, 12), (12, 1)} or years is None:
        return None
    if spans == (1, 1):
        return Window.PROVISIONAL
    return Window.MULTI_YEAR if years >= HEADLINE_YEARS else Window.ANNUAL


def years_between(base: Period, period: Period) -> float | None:
    """Years from the end of one period to that of a later one; None: it is no year, or no season.

    Periods of one length are whole years apart; of months that are counted from a whole year
    every one has means of its own, and it is at least one year.

    Example:
        >>> base = date(1990, 1, 1), date(1990, 12, 31)
        >>> years_between(base, (date(2010, 1, 1), date(2010, 12, 31)))
        20.0
        >>> years_between(base, (date(2010, 6, 1), date(2010, 6, 30)))
        19.5
    """
    months = (period[1].year - base[1].year) * 12 + period[1].month - base[1].month
    whole = (base[0].month, base[0].day) == (period[0].month, period[0].day) and months % 12 == 0
    mean = _months(base) == 12 and _months(period) == 1
    return months / 12 if months >= 12 and (whole or mean) else None


def choose_base(
    known: Iterable[Period],
    period: Period,
    *,
    epochs: bool = False,
    base_year: int | None = None,
) -> Period | None:
    """The period of the same length that a change is counted from; None: there is none.

    The base year, where it is known and earlier; else the first one known. Epochs, which stand
    centuries or decades apart, are each compared with the one before.

    Args:
        known: periods that there are, in any order.
        period: the later one of the two.
        epochs: whether they have no fixed step.
        base_year: the year to count from, and no other; None: that of the monitor, as above.

    Example:
        >>> year = lambda y: (date(y, 1, 1), date(y, 12, 31))
        >>> known = [year(y) for y in (2018, 2020, 2024)]
        >>> choose_base(known, year(2024))[0].year, choose_base(known, year(2020))[0].year
        (2020, 2018)
        >>> choose_base([year(900), year(1990)], year(2010), epochs=True)[0].year
        1990
    """
    fit = sorted(
        one for one in known if _months(one) == _months(period) and window(one, period) is not None
    )
    if base_year is not None:
        return next((one for one in fit if one[0].year == base_year), None)
    if epochs:
        return fit[-1] if fit else None
    wanted = [one for one in fit if one[0].year == BASE_YEAR]
    return next(iter(wanted or fit), None)


LEAST_RECORD = 10
"""Years of record, without the year itself, that an anomaly needs."""


def same_season(
    known: Iterable[Period], period: Period, within: tuple[int, int] | None = None
) -> list[Period]:
    """The same month of the other years, in order; empty: the record is too short.

    Args:
        known: every period that there is.
        period: the month that is compared.
        within: first and last year to compare with, where enough of them are there.

    Example:
        >>> month = lambda y: (date(y, 7, 1), date(y, 7, 31))
        >>> record = same_season(map(month, range(2000, 2012)), month(2011))
        >>> len(record), record[-1][0].year, same_season(map(month, range(2003, 2012)), month(2011))
        (11, 2010, [])
    """
    found = sorted(
        one
        for one in known
        if one[0].year != period[0].year
        and (one[0].month, one[0].day) == (period[0].month, period[0].day)
        and _months(one) == _months(period) == 1
    )
    first, last = within or (date.min.year, date.max.year)
    usual = [one for one in found if first <= one[0].year <= last]
    record = usual if len(usual) >= LEAST_RECORD else found
    return record if len(record) >= LEAST_RECORD else []


def _months(period: Period) -> int:
    first, last = period
    return (last.year - first.year) * 12 + last.month - first.month + 1


def linear_rate(now: float, base: float, years: float) -> float:
    """Change a year in thousandths of the base stock.

    Args:
        now: stock or total at the end [any].
        base: the same at the start [as ``now`` ], more than 0.
        years: time between the two, more than 0.

    Returns:
        [permille yr-1], plus for a gain.

    Example:
        >>> linear_rate(108.0, 100.0, 20)
        4.0
    """
    return 1000 * (now - base) / (base * years)


def compound_rate(now: float, base: float, years: float) -> float:
    """The yearly rate that, compounded, leads from the base stock to the stock at the end.

    A convention of its own, under its own name: 20 years of 4 permille add 8 % on a straight line
    and 8.31 % compounded.

    Returns:
        [permille yr-1], plus for a gain.

    Example:
        >>> round(compound_rate(108.3114, 100.0, 20), 3)
        4.0
    """
    return float(1000 * ((now / base) ** (1 / years) - 1))


def distance(rate: float) -> float:
    """How far a rate stands from the aspiration [permille yr-1]; negative: short of it.

    Example:
        >>> distance(1.5)
        -2.5
    """
    return rate - ASPIRATION


def months_back(known: Sequence[date], period: date, count: int) -> list[date]:
    """The months up to one, itself included, in order; empty: the first of them is not there.

    Example:
        >>> known = [date(2020, 11, 1), date(2020, 12, 1), date(2021, 2, 1)]
        >>> [one.month for one in months_back(known, date(2021, 2, 1), 4)]
        [11, 12, 2]
        >>> months_back(known, date(2021, 2, 1), 5)
        []
    """
    number = period.year * 12 + period.month - 1
    first = number - count + 1
    found = [one for one in known if first <= one.year * 12 + one.month - 1 <= number]
    begins = date(first // 12, first % 12 + 1, 1)
    return sorted(found) if begins in found else []


def chance_above(limit: float, mean: float, sd: float) -> float:
    """Probability that a normal quantity exceeds a limit.

    Args:
        limit: [any].
        mean: its mean [as ``limit``].
        sd: its standard deviation [as ``limit``]; 0: it is known.

    Example:
        >>> round(chance_above(4.0, 1.5, 2.0), 4)
        0.1056
    """
    if sd == 0:
        return 0.5 + 0.5 * ((mean > limit) - (mean < limit))
    return 1 - STANDARD.cdf((limit - mean) / sd)
