"""Jumps: readings that lie too far from the one before to be believed without a word."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from soc_monitor.model import Channel, Observation
from soc_monitor.store.held_readings import Past, SensorKey
from soc_monitor.store.readings import Jumped

WITHIN = timedelta(days=1)
"""After a longer silence a sensor may be anywhere, as long as nothing of it is held."""


@dataclass(slots=True)
class Parted:
    """Readings that can be taken, and those that are held."""

    taken: list[Observation] = field(default_factory=list)
    held: list[Jumped] = field(default_factory=list)


def sensors_of(
    readings: Iterable[Observation], channels: Mapping[str, Channel]
) -> dict[SensorKey, tuple[datetime, datetime]]:
    """From when to when each sensor is in a batch: those alone whose steps are looked at."""
    spans: dict[SensorKey, tuple[datetime, datetime]] = {}
    for one in readings:
        if channels[one.variable].max_step is not None:
            low, high = spans.get(_key(one), (one.time, one.time))
            spans[_key(one)] = min(low, one.time), max(high, one.time)
    return spans


def part(
    readings: Sequence[Observation],
    channels: Mapping[str, Channel],
    past: Mapping[SensorKey, Past],
) -> Parted:
    """Tell the readings of a batch apart, sensor by sensor, in the order of their times.

    A reading is compared with the last one that was taken, never with one that is held: a sensor
    whose unit has changed is held until an operator says that it is right, or until it is back.

    Args:
        readings: judged good by themselves.
        channels: variable -> what a reading of it must be.
        past: of each sensor, what is known already.

    Example:
        >>> from datetime import UTC
        >>> def at(hour: int, value: float) -> Observation:
        ...     time = datetime(2026, 3, 1, hour, tzinfo=UTC)
        ...     return Observation(
        ...         station="s",
        ...         variable="soil_moisture",
        ...         time=time,
        ...         result_time=time,
        ...         value=value,
        ...         unit="m3 m-3",
        ...     )
        >>> channels = {"soil_moisture": Channel(unit="m3 m-3", valid=(0, 1), max_step=(0.2, 0.4))}
        >>> batch = [at(0, 0.3), at(1, 0.003), at(2, 0.003), at(3, 0.31)]
        >>> parted = part(batch, channels, {})
        >>> [one.value for one in parted.taken], [one.reading.value for one in parted.held]
        ([0.3, 0.31], [0.003, 0.003])
    """
    found = Parted()
    sensors: dict[SensorKey, list[Observation]] = defaultdict(list)
    for one in readings:
        if channels[one.variable].max_step is None:
            found.taken.append(one)
        else:
            sensors[_key(one)].append(one)
    for key, own in sensors.items():
        limit = channels[key[1]].max_step
        assert limit is not None
        _walk(own, limit, past.get(key, Past()), found)
    return found


def _walk(
    own: Sequence[Observation], limit: tuple[float, float], past: Past, found: Parted
) -> None:
    # In the order of their versions: of a revised reading the newest one counts.
    stored = [(time, value) for (time, _), value in sorted(past.taken.items())]
    held = sorted(time for time, _ in past.held)
    new = sorted(own, key=lambda one: (one.time, one.result_time))
    last: tuple[datetime, float] | None = None
    blocked: datetime | None = None
    next_stored = next_held = 0
    for one in new:
        while next_stored < len(stored) and stored[next_stored][0] <= one.time:
            last = stored[next_stored]
            next_stored += 1
        while next_held < len(held) and held[next_held] <= one.time:
            blocked = held[next_held]
            next_held += 1
        identity = (one.time, one.result_time)
        if identity in past.taken:
            found.taken.append(one)
        elif identity in past.held:
            found.held.append(Jumped(one, *_before(last, one)))
        elif last is None or not _jumps(one, last, limit, blocked):
            found.taken.append(one)
            last = (one.time, one.value)
        else:
            found.held.append(Jumped(one, last[1], last[0]))
            blocked = one.time


def _before(last: tuple[datetime, float] | None, one: Observation) -> tuple[float, datetime]:
    return (one.value, one.time) if last is None else (last[1], last[0])


def _jumps(
    one: Observation,
    last: tuple[datetime, float],
    limit: tuple[float, float],
    blocked: datetime | None,
) -> bool:
    near = one.time - last[0] <= WITHIN
    waits = blocked is not None and blocked > last[0]
    fall, rise = limit
    return (near or waits) and not -fall <= one.value - last[1] <= rise


def _key(one: Observation) -> SensorKey:
    return (one.station, one.variable, one.datastream)
