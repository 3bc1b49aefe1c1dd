"""Stations: where sensors are, what they measured and how much of the time, for readers."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import text

from soc_monitor.errors import UnknownStation
from soc_monitor.model import PassOn
from soc_monitor.store.engine import transaction
from soc_monitor.store.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Sensor:
    """One sensor of a station, and how much there is of it."""

    variable: str
    datastream: str
    unit: str
    first: datetime
    """Its oldest reading, UTC."""
    last: datetime
    n: int
    """Readings, the newest version of each."""
    hours: int
    """Hours with a reading or more."""
    days: int
    gap_months: int
    """Months in which some day has a gap."""
    flat_months: int
    """Months in which some day is flat."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StationSeen:
    """A station as readers are told of it."""

    feed_id: str
    id: str
    name: str
    lon: float
    lat: float
    pass_on: PassOn
    title: dict[str, str]
    """Of its feed, as are the next three."""
    licence: str
    citation: str
    link: str
    max_age_days: int | None
    """How old its newest reading may be; None: the source does not go on."""
    sensors: list[Sensor] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class SensorPeriod:
    """A day or a month of a sensor."""

    period: date
    """First day."""
    n: int
    mean: float
    low: float
    high: float
    unit: str
    hours: int
    days: int
    gap: bool
    flat: bool


_WHERE = """
FROM app.stations s JOIN app.feeds f ON f.id = s.feed_id
WHERE (CAST(:feed AS text) = '' OR s.feed_id = :feed)
  AND (CAST(:area AS text) = '' OR ST_Intersects(s.geom, (
      SELECT geom FROM app.areas WHERE boundaries_id = :boundaries AND code = :area)))
  AND (CAST(:variable AS text) = '' OR EXISTS (
      SELECT FROM app.station_periods p WHERE p.feed_id = s.feed_id AND p.station = s.id
      AND p.step = 'month' AND p.variable = :variable))
"""
_PLACE = """
SELECT s.feed_id, s.id, s.name, ST_X(s.geom) AS lon, ST_Y(s.geom) AS lat, f.pass_on, f.title,
       f.licence, f.citation, f.link, CASE WHEN f.retired THEN NULL ELSE f.max_age_days END
       AS max_age_days
"""
_PLACES = f"""
{_PLACE} {_WHERE}
  AND f.pass_on <> 'nothing'
ORDER BY s.feed_id, s.id LIMIT :limit OFFSET :cursor
"""  # words of this file
_COUNTS = f"""
SELECT count(*) FILTER (WHERE f.pass_on <> 'nothing') AS shown,
       count(*) FILTER (WHERE f.pass_on = 'nothing') AS withheld {_WHERE}
"""  # the same
_SENSORS = """
SELECT p.feed_id, p.station, p.variable, p.datastream,
       (array_agg(p.unit ORDER BY p.period DESC))[1] AS unit, min(p.first) AS first,
       max(p.last) AS last, sum(p.n)::bigint AS n, sum(p.hours)::bigint AS hours,
       sum(p.days)::bigint AS days, count(*) FILTER (WHERE p.gap) AS gap_months,
       count(*) FILTER (WHERE p.flat) AS flat_months
FROM app.station_periods p
JOIN unnest(CAST(:feeds AS text[]), CAST(:stations AS text[])) AS w (feed_id, station)
  ON p.feed_id = w.feed_id AND p.station = w.station
WHERE p.step = 'month'
GROUP BY p.feed_id, p.station, p.variable, p.datastream
ORDER BY p.feed_id, p.station, p.variable, p.datastream
"""
_PERIODS = """
SELECT period, n, mean, low, high, unit, hours, days, gap, flat FROM app.station_periods
WHERE (feed_id, station, variable, datastream, step) = (:feed, :station, :variable, :datastream,
                                                        :step)
  AND period BETWEEN :first AND :last
ORDER BY period LIMIT :limit OFFSET :cursor
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which stations."""

    boundaries_id: str = ""
    area: str = ""
    """Code of an area of the boundary set; empty: anywhere."""
    feed: str = ""
    variable: str = ""


def count_stations(store: Store, wanted: Wanted) -> tuple[int, int]:
    """How many may be shown, and how many there are that may not."""
    with transaction(store.engine) as connection:
        row = connection.execute(text(_COUNTS), _names(wanted)).one()
    return row.shown, row.withheld


def feeds_shown(store: Store) -> list[str]:
    """Feeds whose stations may be shown."""
    with transaction(store.engine) as connection:
        query = text("SELECT id FROM app.feeds WHERE pass_on <> 'nothing' ORDER BY id")
        return list(connection.execute(query).scalars())


def list_stations(
    store: Store, wanted: Wanted, *, limit: int, cursor: int = 0
) -> list[StationSeen]:
    """Stations that may be shown, in order of feed and id, with their sensors."""
    names = {**_names(wanted), "limit": limit, "cursor": cursor}
    with transaction(store.engine) as connection:
        rows = connection.execute(text(_PLACES), names).mappings().all()
        found = {
            (row["feed_id"], row["id"]): StationSeen(**{**row, "pass_on": PassOn(row["pass_on"])})
            for row in rows
        }
        keys = {
            "feeds": [feed for feed, _ in found],
            "stations": [station for _, station in found],
        }
        for row in connection.execute(text(_SENSORS), keys).mappings():
            fields = dict(row)
            key = (fields.pop("feed_id"), fields.pop("station"))
            found[key].sensors.append(Sensor(**fields))
    return list(found.values())


def find_station(store: Store, feed_id: str, station: str) -> StationSeen:
    """One station with its sensors.

    Raises:
        UnknownStation: there is none, or none that may be shown.
    """
    query = text(
        f"{_PLACE} FROM app.stations s JOIN app.feeds f ON f.id = s.feed_id "  # ours
        "WHERE s.feed_id = :feed AND s.id = :station AND f.pass_on <> 'nothing'"
    )
    with transaction(store.engine) as connection:
        row = connection.execute(query, {"feed": feed_id, "station": station}).mappings().first()
        if row is None:
            raise UnknownStation(
                f"{feed_id} has no station {station!r}", hint="See /api/v1/stations"
            )
        sensors = connection.execute(
            text(_SENSORS), {"feeds": [feed_id], "stations": [station]}
        ).mappings()
        return StationSeen(
            **{**row, "pass_on": PassOn(row["pass_on"])},
            sensors=[
                Sensor(**{k: v for k, v in one.items() if k not in {"feed_id", "station"}})
                for one in sensors
            ],
        )


def read_periods(
    store: Store,
    place: StationSeen,
    sensor: Sensor,
    *,
    step: str,
    first: date,
    last: date,
    limit: int,
    cursor: int = 0,
) -> Sequence[SensorPeriod]:
    """Days or months of a sensor, oldest first.

    Args:
        step: ``day`` or ``month``.
        first: a period that begins before is left out.
        last: one that begins after is, too.
    """
    names = {
        "feed": place.feed_id,
        "station": place.id,
        "variable": sensor.variable,
        "datastream": sensor.datastream,
        "step": step,
        "first": first,
        "last": last,
        "limit": limit,
        "cursor": cursor,
    }
    with transaction(store.engine) as connection:
        rows = connection.execute(text(_PERIODS), names).mappings()
        return [SensorPeriod(**row) for row in rows]


def _names(wanted: Wanted) -> dict[str, str]:
    return {
        "boundaries": wanted.boundaries_id,
        "area": wanted.area,
        "feed": wanted.feed,
        "variable": wanted.variable,
    }
