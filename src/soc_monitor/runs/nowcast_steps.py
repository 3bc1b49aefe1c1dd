"""The steps of a nowcast: one month after another, each with the hash of all it follows from."""

import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from soc_monitor.model import Slice
from soc_monitor.runs.nowcast_inputs import VEGETATION, WEATHER, Inputs, next_month

FILL_MONTHS = 12
"""So long after the last real month the nowcast goes on, filled from the mean year."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One month of the nowcast."""

    month: date
    lineage: str
    """Hash of everything that its numbers follow from: all slices up to this month."""
    reads: tuple[Slice, ...]
    """What it reads beside the ensemble of the month before; at the origin, everything."""
    weather: bool
    """Whether its weather is real."""
    vegetation: bool
    provisional: bool
    """Whether a driver is filled from the mean year, or may still be revised, in this month or in
    one before it: what goes on from a month that will be made anew will be so too."""


def chain(inputs: Inputs, version: str, last: date, least: date | None = None) -> list[Step]:
    """Every month from the origin on.

    A month with a revised driver, and all that follow it, have another lineage.

    Args:
        inputs: what is read.
        version: of the arithmetic and of the ensemble.
        last: last month wanted; a year after the last real one the nowcast ends anyhow.
        least: but not before this month: readers have seen it.
    """
    root = _digest(version, [piece.id for piece in inputs.fixed])
    steps = [_step(inputs, inputs.origin, root, inputs.fixed)]
    end = min(last, next_month(_last_real(inputs), FILL_MONTHS))
    end = max(end, least or end)
    month = next_month(inputs.origin)
    while month <= end:
        drivers = inputs.drivers.values()
        real = tuple(driver.months[month] for driver in drivers if month in driver.months)
        reads = (*real, *inputs.turn(month))
        before = steps[-1]
        found = _step(inputs, month, before.lineage, reads)
        steps.append(replace(found, provisional=found.provisional or before.provisional))
        month = next_month(month)
    return steps


def held(inputs: Inputs, version: str, month: date) -> Step:
    """The one month of a nowcast that has nothing to follow: the baseline, held."""
    root = _digest(f"{version}|held", [piece.id for piece in inputs.fixed])
    return Step(
        month=month,
        lineage=root,
        reads=inputs.fixed,
        weather=False,
        vegetation=False,
        provisional=True,
    )


def _last_real(inputs: Inputs) -> date:
    return max(month for name in inputs.leads for month in inputs.drivers[name].months)


def _step(inputs: Inputs, month: date, before: str, reads: tuple[Slice, ...]) -> Step:
    origin = month == inputs.origin
    have = {
        name
        for name, driver in inputs.drivers.items()
        if not origin and driver.months.get(month) in reads
    }
    grows = bool(have & set(VEGETATION))
    # One of the two drivers of growth is enough; of all others, those that are followed.
    wanted = {*WEATHER, *inputs.drivers} - set(VEGETATION)
    missing = not have.issuperset(wanted) or (
        not grows and bool(inputs.drivers.keys() & set(VEGETATION))
    )
    return Step(
        month=month,
        lineage=_digest(f"{before}|{month}", [piece.id for piece in reads]),
        reads=reads,
        weather=have.issuperset(WEATHER),
        vegetation=grows,
        provisional=any(piece.provisional for piece in reads) or (missing and not origin),
    )


def _digest(text: str, ids: Sequence[uuid.UUID]) -> str:
    return hashlib.sha256("|".join([text, *sorted(map(str, ids))]).encode()).hexdigest()
