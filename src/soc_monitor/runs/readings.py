"""Readings: judged one by one, written batch by batch."""

import hashlib
import json
import math
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from soc_monitor.errors import UnitMismatch
from soc_monitor.model import Channel, Item, Observation, Readings, Refused, Station
from soc_monitor.model.units import convert
from soc_monitor.runs import jumps
from soc_monitor.store import intake
from soc_monitor.store.intake import NewItem
from soc_monitor.store.plain import unwritable
from soc_monitor.store.readings import Aside, Counts, add_readings
from soc_monitor.store.runs import OpenRun
from soc_monitor.store.store import Store

BATCH = 5_000
AHEAD = timedelta(minutes=10)
"""A clock may be this much ahead of ours."""
WRONG_ROW = (ValueError, LookupError, TypeError, AttributeError, OverflowError, RecursionError)
"""What a reader raises at a row that is not of its form."""


@dataclass(slots=True)
class Batch:
    """Rows that were read and judged."""

    places: dict[str, Station] = field(default_factory=dict)
    readings: list[Observation] = field(default_factory=list)
    aside: list[Aside] = field(default_factory=list)
    unknown: Counter[Aside] = field(default_factory=Counter)
    """How many readings there are of each thing that the job does not know."""


def judge(reading: Observation, channel: Channel, now: datetime) -> str | Observation:
    """The reading in the unit of its channel; or the rule that it breaks, with what was found.

    Example:
        >>> channel = Channel(unit="m3 m-3", valid=(0, 1))
        >>> at = datetime(2026, 1, 1, tzinfo=UTC)
        >>> reading = Observation(
        ...     station="s", variable="soil_moisture", time=at, result_time=at, value=23.1, unit="%"
        ... )
        >>> judge(reading, channel, at).value
        0.231
        >>> judge(replace(reading, value=231.0), channel, at)
        'range: 2.31 m3 m-3, 0..1 is valid'
    """
    if told := _wrong_identity(reading, channel, now):
        return told
    try:
        value = float(f"{convert(reading.value, reading.unit, channel.unit):.12g}")
    except UnitMismatch as error:
        return f"unit: {error}"
    low, high = channel.valid
    if not math.isfinite(value):
        return f"value: {reading.value}"
    if not low <= value <= high:
        return f"range: {value:g} {channel.unit}, {low:g}..{high:g} is valid"
    return replace(
        reading,
        time=reading.time.astimezone(UTC),
        result_time=reading.result_time.astimezone(UTC),
        value=value,
        unit=channel.unit,
    )


def _wrong_identity(reading: Observation, channel: Channel, now: datetime) -> str:
    if told := unwritable(reading.station):
        return f"text: {told}"
    if reading.time.utcoffset() is None or reading.result_time.utcoffset() is None:
        return f"time zone: none in {reading.time.isoformat()}"
    for time in (reading.time, reading.result_time):
        if time > now + AHEAD:
            return f"future: {time.isoformat()} at {now.isoformat()}"
        if time < channel.since:
            return f"ancient: {time.isoformat()}"
    return ""


def _wrong_place(place: Station) -> str:
    if told := unwritable(place.id, place.name):
        return f"text: {told}"
    # What is no number is in no range.
    if not (-180 <= place.lon <= 180 and -90 <= place.lat <= 90):
        return f"place: longitude {place.lon:g}, latitude {place.lat:g}"
    return ""


def read_rows(into: Readings, read: Any, rows: Iterable[Any], now: datetime) -> Batch:
    """Rows through the reader of a job: what can be taken, and what is kept aside."""
    batch = Batch()
    for row in rows:
        try:
            found = list(read(row))
        except WRONG_ROW as error:
            told = f"{type(error).__name__}: {error}"
            batch.aside.append(Aside(rule="row", found=told, raw=_raw(row)))
            continue
        for one in found:
            if isinstance(one, Station):
                _place(batch, one)
            elif isinstance(one, Refused):
                _refused(batch, one)
            elif one.variable not in into.channels:
                _refused(batch, _unknown(one))
            else:
                _reading(batch, one, judge(one, into.channels[one.variable], now))
    batch.aside += [replace(one, count=n) for one, n in batch.unknown.items()]
    return batch


def _unknown(reading: Observation) -> Refused:
    told = f"{reading.variable!r} is not one of this job"
    return Refused(
        rule="variable",
        found=told,
        station=reading.station,
        variable=reading.variable,
        each=False,
    )


def _refused(batch: Batch, one: Refused) -> None:
    aside = Aside(
        rule=one.rule,
        found=one.found,
        raw=one.raw if one.each else f"{one.station}|{one.variable}",
        station=one.station,
        variable=one.variable,
        datastream=one.datastream if one.each else None,
        time=one.time if one.each else None,
    )
    if one.each:
        batch.aside.append(aside)
    else:
        batch.unknown[aside] += 1


def _place(batch: Batch, place: Station) -> None:
    told = _wrong_place(place)
    if not told:
        batch.places[place.id] = place
        return
    rule, _, what = told.partition(": ")
    raw = f"{place.id}|{place.name}|{place.lon}|{place.lat}"
    batch.aside.append(Aside(rule=rule, found=what, raw=raw, station=place.id))


def _reading(batch: Batch, reading: Observation, verdict: str | Observation) -> None:
    if isinstance(verdict, Observation):
        batch.readings.append(verdict)
        return
    rule, _, what = verdict.partition(": ")
    batch.aside.append(
        Aside(
            rule=rule,
            found=what,
            raw=f"{reading.station}|{reading.variable}|{reading.datastream}|"
            f"{reading.time.isoformat()}|{reading.value}",
            station=reading.station,
            variable=reading.variable,
            datastream=reading.datastream,
            time=reading.time,
        )
    )


def _raw(row: Any) -> str:
    if isinstance(row, bytes):
        return row.decode("utf-8", "replace")
    return row if isinstance(row, str) else json.dumps(row, default=str)


def item_id_of(feed_id: str, new: NewItem) -> uuid.UUID:
    """The id of a file's row, the same whenever the same file is read."""
    return uuid.uuid5(uuid.NAMESPACE_URL, f"{feed_id}/{new.item.key}/{new.sha256}")


def take_rows(
    into: Readings, store: Store, run: OpenRun, new: NewItem, rows: Iterator[Any]
) -> Counts:
    """Every row of a file, batch by batch: killed in between, the next run goes on from there."""
    read, total, now = into.reader(new.item), Counts(), datetime.now(UTC)
    item_id = item_id_of(run.job_id, new)
    while part := list(islice(rows, BATCH)):
        batch = read_rows(into, read, part, now)
        total += _write(into, store, run, item_id, batch)
    # The row says that the file was read to its end: killed before, it is read again.
    intake.add_item(store, run, new, item_id)
    return total


def _write(into: Readings, store: Store, run: OpenRun, item_id: uuid.UUID, batch: Batch) -> Counts:
    """A batch, without the readings that jump: they wait for an operator."""
    steps = jumps.steps_of(batch.readings, into.channels)
    places = list(batch.places.values())
    return add_readings(store, run, item_id, places, batch.readings, batch.aside, steps)


def take_messages(into: Readings, store: Store, run: OpenRun, payloads: list[bytes]) -> Counts:
    """A batch of messages, as one item by the checksum of its bytes."""
    whole = hashlib.sha256(b"\n".join(payloads))
    item = Item(key=f"messages {datetime.now(UTC):%Y-%m-%dT%H}", address="broker")
    new = NewItem(item=item, sha256=whole.hexdigest(), size=sum(map(len, payloads)))
    item_id = item_id_of(run.job_id, new)
    batch = read_rows(into, into.reader(item), payloads, datetime.now(UTC))
    counts = _write(into, store, run, item_id, batch)
    intake.add_item(store, run, new, item_id)
    return counts
