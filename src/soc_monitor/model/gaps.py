"""Gaps: periods of a series of months or years that are not there."""

from collections.abc import Iterable, Iterator
from datetime import date
from itertools import pairwise

from soc_monitor.model.cube import Freq


def gaps(periods: Iterable[date], freq: Freq) -> list[tuple[date, date]]:
    """What is missing between the first and the last of some periods.

    Args:
        periods: first days of months or of years, in any order.
        freq: how they follow each other; others than months and years have no gaps.

    Returns:
        First days of the first and of the last period of each gap, oldest first.

    Example:
        >>> gaps([date(2020, 11, 1), date(2020, 12, 1), date(2021, 3, 1)], Freq.MONTH)
        [(datetime.date(2021, 1, 1), datetime.date(2021, 2, 1))]
    """
    if freq not in (Freq.MONTH, Freq.YEAR):
        return []
    return list(_gaps(sorted({_number(one, freq) for one in periods}), freq))


def _gaps(numbers: list[int], freq: Freq) -> Iterator[tuple[date, date]]:
    for before, after in pairwise(numbers):
        if after > before + 1:
            yield _first_day(before + 1, freq), _first_day(after - 1, freq)


def _number(day: date, freq: Freq) -> int:
    return day.year * 12 + day.month - 1 if freq is Freq.MONTH else day.year


def _first_day(number: int, freq: Freq) -> date:
    if freq is Freq.YEAR:
        return date(number, 1, 1)
    return date(number // 12, number % 12 + 1, 1)
