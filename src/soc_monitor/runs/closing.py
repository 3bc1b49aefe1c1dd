"""Closing years: the months of a year that is over are stored side by side."""

import logging
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from soc_monitor.model import Freq, Slice
from soc_monitor.store.closing import close
from soc_monitor.store.runs import OpenRun
from soc_monitor.store.store import Store

log = logging.getLogger(__name__)

MONTHS = 12


def full_years(pieces: Iterable[Slice], today: date) -> Iterator[tuple[Slice, ...]]:
    """The twelve months of each year that is over and not closed yet, cube by cube.

    A year of which a month is missing or may still change, or was revised after it was closed,
    stays as it is.

    Args:
        pieces: newest versions of slices, in order of period.
        today: the year that it is in is open.

    Yields:
        Twelve slices of one cube.
    """
    years: dict[tuple[str, int], list[Slice]] = defaultdict(list)
    for piece in pieces:
        if piece.cube.freq is Freq.MONTH and piece.period.year < today.year:
            years[piece.cube.id, piece.period.year].append(piece)
    for year in years.values():
        settled = all(piece.step is None and not piece.provisional for piece in year)
        if len(year) == MONTHS and settled:
            yield tuple(year)


def close_years(store: Store, run: OpenRun, pieces: Sequence[Slice], today: date) -> int:
    """Close every year that can be closed.

    Returns:
        How many years were closed.

    Raises:
        ArrayDamaged: a month cannot be read; the years before it are closed.
        LeaseLost: a later run has taken over.
    """
    closed = 0
    for year in full_years(pieces, today):
        path = close(store, run, year)
        closed += 1
        log.info("year closed", extra={"path": path, "cube": year[0].cube.id})
    return closed
