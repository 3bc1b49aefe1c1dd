"""Retract: what a source has withdrawn, or an operator does not believe, is shown no longer."""

import logging
from datetime import date, datetime

import numpy as np

from soc_monitor.errors import BadValue, UnknownRecord
from soc_monitor.model import Run, Slice
from soc_monitor.runs.check import blocks
from soc_monitor.runs.jobs import code_version
from soc_monitor.runs.levels import Levels
from soc_monitor.store import arrays, read_slices, runs
from soc_monitor.store.chunks import CHUNK
from soc_monitor.store.intake import NewSlice
from soc_monitor.store.plain import unwritable
from soc_monitor.store.retract import is_read, median_of, withdraw
from soc_monitor.store.store import Store

log = logging.getLogger(__name__)

LONGEST = 500
"""Characters of a reason."""


def retract(
    store: Store, cube_id: str, period: date, *, reason: str, by: str, now: datetime
) -> Run:
    """Withdraw the newest slice of a period; the last good one takes its place.

    Estimates, and what is computed from it, are made anew by the next run, as after every new
    slice. Older releases go on showing what they showed. The same file is not taken again, nor are
    the same values in another; what its provider puts in its place is.

    Args:
        store: where.
        cube_id: ``product.variable``.
        period: first day.
        reason: told in the audit and behind the numbers.
        by: who gives the word.
        now: what the run is known by.

    Returns:
        The run as it ended; its detail tells what has taken the place.

    Raises:
        UnknownRecord: there is no such slice.
        BadValue: it was computed here, or the reason is none.
        LockedByAnotherRun: its job is under way.
    """
    if not reason.strip() or len(reason) > LONGEST or unwritable(reason):
        raise BadValue(f"a reason has 1 to {LONGEST} characters")
    product = cube_id.partition(".")[0]
    _standing(store, cube_id, period)  # A slip of the pen begins no run.
    with runs.open_run(
        store, product, now, job_version=runs.RETRACT, code_version=code_version()
    ) as run:
        standing = _standing(store, cube_id, period)
        bad = standing[0]
        alike = [one for one in standing if one is bad or _same(store, one, bad)]
        good = next((one for one in standing if one not in alike), None)
        again = None if good is None else _again(store, good)
        place = None if good is None or again is None else (good, again)
        try:
            withdraw(store, run, alike, place, reason=reason, by=by)
        except BaseException:
            if again is not None:
                arrays.discard(store, again.path)
            raise
        instead = "nothing is in its place" if good is None else f"as version {good.version} again"
        run.taken = 1
        run.detail = f"{cube_id} {period} version {bad.version} retracted: {reason}; {instead}"
        log.warning("slice retracted", extra={"cube": cube_id, "period": period.isoformat()})
    return runs.get_run(store, run.id)


def _standing(store: Store, cube_id: str, period: date) -> list[Slice]:
    """Slices of a period that are not withdrawn, the newest first; it was read from a file.

    Raises:
        UnknownRecord: there is none.
        BadValue: it was computed here.
    """
    standing = read_slices.standing_slices(store, cube_id, period)
    if not standing:
        raise UnknownRecord(f"there is no slice {cube_id} {period}")
    if not is_read(store, standing[0]):
        raise BadValue(
            f"{cube_id} is computed here",
            hint="Withdraw what it is computed from: it is then made anew",
        )
    return standing


def _same(store: Store, one: Slice, other: Slice) -> bool:
    """Whether two versions hold the same values; what was closed long ago is read to know."""
    if one.sealed and other.sealed:
        return one.sealed == other.sealed
    return one.cube.form == other.cube.form and all(
        np.array_equal(
            arrays.read_window(store, one, rows),
            arrays.read_window(store, other, rows),
            equal_nan=np.dtype(one.cube.dtype).kind == "f",
        )
        for rows in blocks(one.cube.grid, CHUNK)
    )


def _again(store: Store, good: Slice) -> NewSlice:
    """The values of a slice, written once more: each array belongs to one row alone."""
    path, array = arrays.create(store, good.cube, good.period)
    try:
        levels = Levels(store, path, good.cube)
        for rows in blocks(good.cube.grid, CHUNK):
            block = arrays.read_window(store, good, rows)
            array[rows, :] = block
            levels.add(block)
        checksum = arrays.seal(store, path)
    except BaseException:
        arrays.discard(store, path)
        raise
    return NewSlice(
        cube=good.cube,
        period=good.period,
        period_end=good.period_end,
        path=path,
        checksum=checksum,
        valid_cells=good.valid_cells,
        median=median_of(store, good),
        provisional=good.provisional,
    )
