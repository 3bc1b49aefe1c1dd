"""Closing: months of a year that is over, and years of a decade, are stored side by side."""

import logging
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Final

from soc_monitor.model import Freq, Slice
from soc_monitor.store import arrays
from soc_monitor.store.closing import close
from soc_monitor.store.runs import OpenRun
from soc_monitor.store.store import Store

log = logging.getLogger(__name__)

YEARS: Final = {Freq.MONTH: 1, Freq.YEAR: 10}
"""Years of a block: as many periods as one look-up of a cell serves."""
PERIODS: Final = {Freq.MONTH: 12, Freq.YEAR: 10}
"""Periods of a block."""


def full_blocks(pieces: Iterable[Slice], today: date) -> Iterator[tuple[Slice, ...]]:
    """The periods of each year or decade that is over and not closed yet, cube by cube.

    One of which a period is missing or may still change stays as it is. One of which a period was
    revised after it was closed is closed once more.

    Args:
        pieces: newest versions of slices, in order of period.
        today: the year and the decade that it is in are open.

    Yields:
        Twelve months or ten years of one cube.
    """
    blocks: dict[tuple[str, str, int], list[Slice]] = defaultdict(list)
    for piece in pieces:
        years = YEARS.get(piece.cube.freq)
        if years and piece.period.year // years < today.year // years:
            # Of two forms are the months of an earlier baseline: they stay as they are.
            form = piece.cube.form
            blocks[piece.cube.id, form, piece.period.year // years].append(piece)
    for block in blocks.values():
        alone = any(piece.step is None for piece in block)
        settled = not any(piece.provisional for piece in block)
        if len(block) == PERIODS[block[0].cube.freq] and alone and settled:
            yield tuple(block)


def close_blocks(store: Store, run: OpenRun, pieces: Sequence[Slice], today: date) -> int:
    """Close every year and every decade that can be closed.

    Returns:
        How many were closed.

    Raises:
        ArrayDamaged: a period cannot be read; the blocks before it are closed.
        LeaseLost: a later run has taken over.
    """
    closed = 0
    for block in full_blocks(pieces, today):
        if len({arrays.open_raw(store, piece).shape[-2:] for piece in block}) > 1:
            continue  # Of two maps, from before a slice kept the form that it was written in.
        path = close(store, run, block)
        closed += 1
        log.info("periods closed", extra={"path": path, "cube": block[0].cube.id})
    return closed
