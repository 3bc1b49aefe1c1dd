"""Uplinks of LoRaWAN devices, as The Things Stack version 3 tells them.

Traps: fields that are 0, false or empty are left out; instants have nanoseconds; the location of
a gateway is not that of the device; simulated messages look like real ones.

Source:
    The Things Stack v3, data formats: ``ApplicationUp``.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from soc_monitor.feeds.values import valued
from soc_monitor.model import Item, Observation, Refused, Station


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A field of the decoded payload."""

    variable: str
    unit: str


def reader(
    fields: Mapping[str, Field],
) -> Callable[[Item], Callable[[Any], Iterable[Station | Observation | Refused]]]:
    """Reads uplinks, as text or as parsed JSON."""

    def start(_: Item) -> Callable[[Any], Iterable[Station | Observation | Refused]]:
        def read(row: Any) -> Iterable[Station | Observation | Refused]:
            told = json.loads(row) if isinstance(row, str | bytes) else row
            return uplink(told.get("result", told), fields)

        return read

    return start


def uplink(told: Any, fields: Mapping[str, Field]) -> Iterable[Station | Observation | Refused]:
    """The station and the readings of one message; each field is a datastream of the device.

    Raises:
        ValueError: simulated.
        KeyError: not an uplink.

    Example:
        >>> message = {
        ...     "end_device_ids": {"device_id": "d1"},
        ...     "uplink_message": {
        ...         "decoded_payload": {"t": 3.5},
        ...         "received_at": "2026-11-01T10:00:00.123456789Z",
        ...     },
        ... }
        >>> [r.value for r in uplink(message, {"t": Field(variable="temperature", unit="degC")})]
        [3.5]
    """
    if told.get("simulated"):
        raise ValueError("a simulated message")
    message = told["uplink_message"]
    device = str(told["end_device_ids"]["device_id"])
    time = datetime.fromisoformat(message["received_at"])
    made: list[Station | Observation | Refused] = []
    place = (message.get("locations") or {}).get("user") or {}
    if "latitude" in place and "longitude" in place:
        lon, lat = float(place["longitude"]), float(place["latitude"])
        made.append(Station(id=device, name=device, lon=lon, lat=lat))
    for name, value in (message.get("decoded_payload") or {}).items():
        if name not in fields:
            told_of = f"{name!r} is not one of this job"
            made.append(Refused(rule="variable", found=told_of, station=device, variable=name,
                                each=False))  # fmt: skip
            continue
        reading = Observation(
            station=device,
            variable=fields[name].variable,
            datastream=name,
            time=time,
            result_time=time,
            value=0.0,
            unit=fields[name].unit,
        )
        made.append(valued(reading, value))
    return made


def counter(payload: bytes) -> tuple[str, int]:
    """(device and session, frame number): gaps in it are messages that were lost.

    Example:
        >>> counter(b'{"end_device_ids": {"device_id": "d"}, "uplink_message": {}}')
        ('d/', 0)
    """
    told = json.loads(payload)
    ids, message = told["end_device_ids"], told["uplink_message"]
    session = f"{ids.get('dev_eui') or ids['device_id']}/{message.get('session_key_id', '')}"
    return session, int(message.get("f_cnt", 0))
