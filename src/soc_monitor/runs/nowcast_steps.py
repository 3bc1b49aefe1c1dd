"""The steps of a nowcast: one month after another, each with the hash of all it follows from."""

import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from soc_monitor.model import Slice
from soc_monitor.runs.nowcast_inputs import (
    VEGETATION,
    WEATHER,
    Driver,
    Inputs,
    next_month,
    number_of,
)

FILL_MONTHS = 12
"""So long after the last real month the nowcast goes on, filled from the mean year."""
AWAITED_MONTHS = 12
"""So long a missing month of a driver is waited for.

Sources deliver late months, and those that they process again, within a year. After it what was
filled in is final, so that the years can be closed. Should the month come all the same, it and all
that follow it are made anew, as after any revision.
"""


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
    """Whether a driver is missing and waited for, or may still be revised, in this month or in one
    before it: what goes on from a month that may be made anew may be so too."""


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
    steps = [_step(inputs, inputs.origin, root, inputs.fixed, awaited=False)]
    newest = _last_real(inputs)
    end = min(last, next_month(newest, FILL_MONTHS))
    end = max(end, least or end)
    month = next_month(inputs.origin)
    while month <= end:
        drivers = inputs.drivers.values()
        real = tuple(driver.months[month] for driver in drivers if month in driver.months)
        reads = (*real, *inputs.turn(month))
        before = steps[-1]
        awaited = _awaited(inputs, month, newest)
        found = _step(inputs, month, before.lineage, reads, awaited=awaited)
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


def _awaited(inputs: Inputs, month: date, newest: date) -> bool:
    """Whether a driver that is missing in a month may still come and change it."""
    drivers = inputs.drivers
    others = [drivers[name] for name in drivers.keys() - set(VEGETATION)]
    plants = [drivers[name] for name in VEGETATION if name in drivers]
    # One of the two drivers of growth is enough; of all others, those that are followed.
    grows = any(month in driver.months for driver in plants)
    return any(_may_come(driver, month, newest) for driver in others) or (
        not grows and any(_may_come(driver, month, newest) for driver in plants)
    )


def _may_come(driver: Driver, month: date, newest: date) -> bool:
    """Whether a month of a driver is missing, and waited for.

    Args:
        driver: whose record may have begun late, have holes, or have ended.
        month: not waited for before the record, nor so long before its end.
        newest: real month of the nowcast; a record that ended so long before it is given up.
    """
    first, last = min(driver.months), max(driver.months)
    behind = max(number_of(last) - number_of(month), number_of(newest) - number_of(last))
    return month not in driver.months and month > first and behind <= AWAITED_MONTHS


def _step(
    inputs: Inputs, month: date, before: str, reads: tuple[Slice, ...], *, awaited: bool
) -> Step:
    have = {
        name
        for name, driver in inputs.drivers.items()
        if month != inputs.origin and month in driver.months
    }
    return Step(
        month=month,
        lineage=_digest(f"{before}|{month}", [piece.id for piece in reads]),
        reads=reads,
        weather=have.issuperset(WEATHER),
        vegetation=bool(have & set(VEGETATION)),
        provisional=awaited or any(piece.provisional for piece in reads),
    )


def _digest(text: str, ids: Sequence[uuid.UUID]) -> str:
    return hashlib.sha256("|".join([text, *sorted(map(str, ids))]).encode()).hexdigest()
