"""Tables of stations: a generic column map, and the forms of FLUXNET and ISMN.

Source:
    FLUXNET2015 data variables (half-hourly and daily, quality flags); ISMN data format, header
    and values, and its quality flags.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from soc_monitor.feeds.values import valued_text
from soc_monitor.model import Item, Observation, Refused, Station

Read = Callable[[Any], Iterable[Station | Observation | Refused]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column that holds readings."""

    variable: str
    unit: str
    quality: str = ""
    """Column of the quality flag; empty: there is none."""
    good: Callable[[str], bool] = bool
    """Whether a flag lets a reading through."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """How a table is laid out: one row a station and time."""

    station: str
    time: str
    """Column of the time, ISO 8601."""
    readings: Mapping[str, Column]
    lon: str = ""
    """Columns of the station's place, in degrees; empty: the stations are known."""
    lat: str = ""
    utc_offset: timedelta | None = None
    """Of times without a zone; None: such times are refused."""
    missing: frozenset[str] = frozenset({"", "NA", "NaN", "nan", "-9999", "-9999.0"})


def table(columns: Columns) -> Callable[[Item], Read]:
    """Reads rows of a table by its column map."""

    def start(_: Item) -> Read:
        return lambda row: list(_row(row, columns))

    return start


def _row(row: Mapping[str, str], columns: Columns) -> Iterable[Station | Observation | Refused]:
    station = row[columns.station]
    if columns.lon:
        place = float(row[columns.lon]), float(row[columns.lat])
        yield Station(id=station, name=station, lon=place[0], lat=place[1])
    time = datetime.fromisoformat(row[columns.time])
    if time.utcoffset() is None and columns.utc_offset is not None:
        time = time.replace(tzinfo=timezone(columns.utc_offset))
    yield from _readings(row, columns.readings, columns.missing, station, time)


def _readings(
    row: Mapping[str, str],
    columns: Mapping[str, Column],
    missing: frozenset[str],
    station: str,
    time: datetime,
) -> Iterable[Observation | Refused]:
    for name, column in columns.items():
        value = row.get(name, "").strip()
        if value in missing:
            continue
        reading = Observation(
            station=station,
            variable=column.variable,
            datastream=name,
            time=time,
            result_time=time,
            value=0.0,
            unit=column.unit,
        )
        try:
            good = not column.quality or column.good(row.get(column.quality, ""))
        except ValueError as error:
            raw = f"{station}|{name}|{time.isoformat()}|{error}"
            yield Refused(rule="quality", found=str(error), station=station,
                          variable=column.variable, datastream=name, raw=raw,
                          time=time)  # fmt: skip
            continue
        if good:
            yield valued_text(reading, value)


# --- FLUXNET -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A tower: its place, and the offset of its local standard time."""

    name: str
    lon: float
    lat: float
    utc_offset_h: float


def _measured(flag: str) -> bool:
    """Half-hourly flag: 0 measured, 1 filled well. Daily: the share of such half-hours.

    Example:
        >>> [_measured(flag) for flag in ("0", "1", "2", "3", "0.75", "-9999", "")]
        [True, True, False, False, True, False, False]
    """
    return bool(flag) and 0 <= float(flag) <= 1


def _mostly(flag: str) -> bool:
    return bool(flag) and float(flag) >= 0.5


_FLUXNET = {"TA_F": ("air_temperature", "degC"), "P_F": ("rain", "mm"),
            "TS_F_MDS_1": ("soil_temperature", "degC"),
            "SWC_F_MDS_1": ("soil_moisture", "%")}  # fmt: skip


def fluxnet(sites: Mapping[str, Site]) -> Callable[[Item], Read]:
    """Reads FLUXNET files, half-hourly or daily, whose names begin with ``FLX_<site>_``.

    Times are local standard time, without summer time; a reading holds from its beginning on.
    """

    def start(item: Item) -> Read:
        match = re.match(r"(?:\w+?_)?([A-Z]{2}-\w{3})_", item.key.rpartition("/")[2])
        if match is None or match[1] not in sites:
            raise ValueError(f"{item.key}: not the name of a known site")
        code, site = match[1], sites[match[1]]
        zone = timezone(timedelta(hours=site.utc_offset_h))
        place = Station(id=code, name=site.name, lon=site.lon, lat=site.lat)

        def read(row: Mapping[str, str]) -> Iterable[Station | Observation | Refused]:
            halves = "TIMESTAMP_START" in row
            told = row["TIMESTAMP_START"] if halves else row["TIMESTAMP"]
            time = datetime.strptime(told, "%Y%m%d%H%M" if halves else "%Y%m%d").replace(
                tzinfo=zone
            )
            columns = {
                name: Column(
                    variable=variable,
                    unit=unit,
                    quality=f"{name}_QC",
                    good=_measured if halves else _mostly,
                )
                for name, (variable, unit) in _FLUXNET.items()
            }
            missing = frozenset({"", "-9999", "-9999.0", "-9999.00"})
            return [place, *_readings(row, columns, missing, code, time)]

        return read

    return start


# --- ISMN --------------------------------------------------------------------------------------

_ISMN = {"sm": ("soil_moisture", "m3 m-3"), "ts": ("soil_temperature", "degC"),
         "ta": ("air_temperature", "degC"), "p": ("rain", "mm")}  # fmt: skip


def ismn(item: Item) -> Read:
    """Reads an ISMN file: a header and values, or lines that each carry everything.

    Only what is flagged good is taken. The variable carries the depth: ``soil_moisture_0_5cm``;
    a station may have several sensors at one depth, each a datastream.
    """
    name = item.key.rpartition("/")[2]
    kind = re.search(r"_(sm|ts|ta|p)_(-?\d+\.\d+)_(-?\d+\.\d+)_", name)
    if kind is None:
        raise ValueError(f"{name}: not the name of an ISMN file of a known variable")
    variable, unit = _ISMN[kind[1]]
    if kind[1] in {"sm", "ts"}:
        top, bottom = (round(abs(float(depth)) * 100) for depth in kind.group(2, 3))
        variable = f"{variable}_{top}_{bottom}cm"
    # What follows is the sensor, and the days that the file is of: others in its next copy.
    sensor = re.sub(r"(_?\d{8}){0,2}\.\w+$", "", name[kind.end() :])
    place: list[Station] = []

    def read(line: str) -> Iterable[Station | Observation | Refused]:
        parts = line.split()
        if not parts:
            return ()
        if not re.fullmatch(r"\d{4}/\d{2}/\d{2}", parts[0]):
            network, _, station, lat, lon = parts[:5]
            key = f"{network}/{station}"
            place.append(Station(id=key, name=station, lon=float(lon), lat=float(lat)))
            return tuple(place)
        if len(parts) > 12:  # every line carries its station
            day, clock, _, _, _, network, station, lat, lon = parts[:9]
            value, flag = parts[12:14]
            one = Station(id=f"{network}/{station}", name=station, lon=float(lon), lat=float(lat))
        else:
            (day, clock, value, flag), one = parts[:4], place[-1]
        if flag != "G":
            return ()
        time = datetime.strptime(f"{day} {clock}", "%Y/%m/%d %H:%M").replace(tzinfo=UTC)
        reading = Observation(
            station=one.id, variable=variable, datastream=sensor, time=time, result_time=time,
            value=float(value), unit=unit,
        )  # fmt: skip
        return (one, reading)

    return read
