"""Observed: stations and their days as lines of an answer."""

import calendar
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from soc_monitor.api.periods import parse_span
from soc_monitor.errors import BadValue, UnknownStation
from soc_monitor.model import PassOn
from soc_monitor.model.typeset import in_language
from soc_monitor.store.stations import Sensor, SensorPeriod, StationSeen

HOUR = timedelta(hours=1)


def station_body(place: StationSeen, lang: str) -> dict[str, Any]:
    """A station as it is told to readers."""
    return {
        "feed_id": place.feed_id,
        "id": place.id,
        "name": place.name,
        "lon": place.lon,
        "lat": place.lat,
        "network": in_language(place.title, lang),
        "licence": place.licence,
        "citation": place.citation,
        "link": place.link,
        "passes_on": place.pass_on.value,
        "max_age_days": place.max_age_days,
        "sensors": [_sensor(place, one) for one in place.sensors],
    }


def _sensor(place: StationSeen, sensor: Sensor) -> dict[str, Any]:
    keys = {"feed": place.feed_id, "station": place.id, "v": sensor.variable}
    if sum(one.variable == sensor.variable for one in place.sensors) > 1:
        keys["datastream"] = sensor.datastream
    links = {
        form: f"/api/v1/observations{ending}?{urlencode(keys)}"
        for form, ending in (("json", ""), ("csv", ".csv"))
    }
    return {
        "variable": sensor.variable,
        "datastream": sensor.datastream,
        "unit": sensor.unit,
        "first_reading": sensor.first.astimezone(UTC),
        "last_reading": sensor.last.astimezone(UTC),
        "readings": sensor.n,
        "share_of_hours": sensor.hours / hours_between(sensor.first, sensor.last),
        "share_of_days": sensor.days / days_between(sensor.first, sensor.last),
        "gap_months": sensor.gap_months,
        "flat_months": sensor.flat_months,
        "links": links if place.pass_on is PassOn.READINGS else {},
    }


def hours_between(first: datetime, last: datetime) -> int:
    """Hours of the clock from one instant to another, both inside.

    Example:
        >>> day = datetime(2026, 3, 1, tzinfo=UTC)
        >>> hours_between(day.replace(minute=50), day.replace(hour=1, minute=10))
        2
    """
    low, high = (at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
                 for at in (first, last))  # fmt: skip
    return (high - low) // HOUR + 1


def days_between(first: datetime, last: datetime) -> int:
    """Days in UTC from one instant to another, both inside.

    Example:
        >>> days_between(datetime(2026, 3, 1, 23, tzinfo=UTC), datetime(2026, 3, 2, tzinfo=UTC))
        2
    """
    return (last.astimezone(UTC).date() - first.astimezone(UTC).date()).days + 1


def pick_sensor(place: StationSeen, variable: str, datastream: str | None) -> Sensor:
    """The sensor that is asked for.

    Raises:
        UnknownStation: the station has none of it.
        BadValue: it has several, and which one is not said.
    """
    known = [one for one in place.sensors if one.variable == variable]
    if not known:
        raise UnknownStation(
            f"{place.id} does not measure {variable!r}",
            allowed=tuple(dict.fromkeys(one.variable for one in place.sensors)),
        )
    if datastream is not None:
        known = [one for one in known if one.datastream == datastream]
        if not known:
            raise UnknownStation(f"{place.id} has no sensor {datastream!r} of {variable}")
    if len(known) > 1:
        raise BadValue(
            f"datastream: {place.id} has {len(known)} sensors of {variable}",
            allowed=tuple(one.datastream for one in known),
        )
    return known[0]


def span_of(asked: str, step: str, sensor: Sensor) -> tuple[date, date]:
    """First and last period that ``t`` asks for, each told by its first day.

    Raises:
        BadValue: the text is no period and no range.
    """
    span = parse_span(asked)
    if span.newest:
        newest = sensor.last.astimezone(UTC).date()
        newest = newest.replace(day=1) if step == "month" else newest
        return newest, newest
    # A month is told by its first day: one in which the span begins is a part of it.
    return (span.first.replace(day=1) if step == "month" else span.first), span.last


def observation_row(
    place: StationSeen, sensor: Sensor, step: str, one: SensorPeriod
) -> dict[str, Any]:
    """A day or a month; the order of the keys is that of the columns."""
    days = calendar.monthrange(one.period.year, one.period.month)[1] if step == "month" else 1
    return {
        "feed_id": place.feed_id,
        "station_id": place.id,
        "station_name": place.name,
        "lon": place.lon,
        "lat": place.lat,
        "variable": sensor.variable,
        "datastream": sensor.datastream,
        "period": f"{one.period:%Y-%m}" if step == "month" else one.period.isoformat(),
        "period_start": one.period.isoformat(),
        "period_end": (one.period + timedelta(days=days - 1)).isoformat(),
        "mean": one.mean,
        "low": one.low,
        "high": one.high,
        "unit": one.unit,
        "readings": one.n,
        "share_of_hours": one.hours / (24 * days),
        "share_of_days": one.days / days,
        "gap": one.gap,
        "flat": one.flat,
        "licence": place.licence,
    }
