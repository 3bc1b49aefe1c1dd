"""Jumps: readings that lie too far from the one before to be believed without a word."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from soc_monitor.model import Channel, Observation
from soc_monitor.store.held_readings import Jumped, Parted, Past, SensorKey, Steps

WITHIN = timedelta(days=1)
"""After a longer silence a sensor may be anywhere, as long as nothing of it is held."""


def steps_of(readings: Sequence[Observation], channels: Mapping[str, Channel]) -> Steps:
    """How the readings of a batch that jump are told from the others."""
    return Steps(sensors_of(readings, channels), lambda past: part(readings, channels, past))


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
    Back it is, too, where it stood before a step of the last day that no single step undoes.

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

        A rise that may be rain, and what follows it once it has drained, or was none:

        >>> parted = part([at(0, 0.2), at(1, 0.58), at(2, 0.3), at(3, 0.3)], channels, {})
        >>> len(parted.taken), len(parted.held)
        (4, 0)
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


@dataclass(slots=True)
class _Sensor:
    """Where a sensor stands, on its way through time.

    A rise may be greater than any fall: rain wets a soil at once. After such a step the sensor is
    believed for a day where it stood before it too: else one spike would hold all that follows.
    """

    limit: tuple[float, float]
    last: tuple[datetime, float] | None = None
    """The last reading that was taken."""
    before: tuple[datetime, float] | None = None
    """When it took a step that has no way back, and where it stood before."""
    blocked: datetime | None = None
    """The last reading that was held."""

    def jumps(self, time: datetime, value: float) -> bool:
        """Whether a reading lies too far from where the sensor stands."""
        if self.last is None:
            return False
        near = time - self.last[0] <= WITHIN
        waits = self.blocked is not None and self.blocked > self.last[0]
        return (near or waits) and not (
            self._reaches(self.last[1], value) or self._is_back(time, value)
        )

    def go(self, time: datetime, value: float) -> None:
        """On to a reading that is taken."""
        if self.last is not None:
            if self._is_back(time, value):
                self.before = None
            elif not self._reaches(value, self.last[1]):
                self.before = (time, self.last[1])
        self.last = (time, value)

    def _reaches(self, start: float, end: float) -> bool:
        fall, rise = self.limit
        return -fall <= end - start <= rise

    def _is_back(self, time: datetime, value: float) -> bool:
        if self.before is None or self.last is None or time - self.before[0] > WITHIN:
            return False
        return not self._reaches(self.last[1], value) and self._reaches(self.before[1], value)


def _walk(
    own: Sequence[Observation], limit: tuple[float, float], past: Past, found: Parted
) -> None:
    # Time by time: a reading is never measured by another version of itself, and of those that
    # are taken the newest counts for what follows.
    taken: dict[datetime, dict[datetime, float]] = defaultdict(dict)
    for (time, result_time), value in past.taken.items():
        taken[time][result_time] = value
    waits = dict(past.held)
    held = {time for time, _ in waits}
    new: dict[datetime, list[Observation]] = defaultdict(list)
    for one in sorted(own, key=lambda one: one.result_time):
        new[one.time].append(one)
    sensor = _Sensor(limit)
    for time in sorted(taken.keys() | held | new.keys()):
        if time in held:
            sensor.blocked = time
        for one in new[time]:
            identity = (time, one.result_time)
            kept = waits.get(identity)
            if one.result_time in taken[time]:
                found.taken.append(one)
            elif kept is not None and kept != one.value:
                found.conflicts.append((one, kept))
            elif kept is None and not sensor.jumps(time, one.value):
                found.taken.append(one)
                taken[time][one.result_time] = one.value
            else:
                waits[identity] = one.value
                at, before = sensor.last or (time, one.value)
                found.held.append(Jumped(one, before, at))
                sensor.blocked = time
        if taken[time]:
            sensor.go(time, taken[time][max(taken[time])])


def _key(one: Observation) -> SensorKey:
    return (one.station, one.variable, one.datastream)
