"""Station, Observation and Sample: what was measured at a place."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from soc_monitor.model.cube import DataClass


class PassOn(StrEnum):
    """What of its sensors a source allows to be passed on to readers."""

    READINGS = "readings"
    """Everything: where its stations are, and what they measured."""
    PLACES = "places"
    """Where its stations are, what they measure and since when; no value of theirs."""
    NOTHING = "nothing"
    """Nothing is known to be allowed: operators alone see them, and what is computed is shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Station:
    """A place with sensors."""

    id: str
    name: str
    lon: float
    """Degrees east, WGS 84."""
    lat: float
    """Degrees north, WGS 84."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """One reading of one sensor.

    Its identity is station, variable, datastream, time and result time.
    """

    station: str
    variable: str
    datastream: str = ""
    """Which of the sensors of this variable at the station, by the source's own name: two probes
    at 10 and 30 cm are two. Empty: the source tells of one alone."""
    time: datetime
    """When the reading holds, UTC."""
    result_time: datetime
    """When the provider made it known, UTC; a later one revises an earlier one."""
    value: float
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """What a reader of rows finds and cannot take: it costs itself, and not its neighbours."""

    rule: str
    found: str
    station: str = ""
    variable: str = ""
    datastream: str | None = None
    """Which of the sensors of its variable; None: it is not known."""
    raw: str = ""
    """What came, as text."""
    time: datetime | None = None
    each: bool = True
    """False: of nothing that the job knows; all of one station and variable are counted together,
    and leave one record."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One layer of soil, taken and analysed, or derived from a soil map."""

    key: str
    """Identity inside its feed."""
    lon: float | None
    lat: float | None
    top_cm: float
    bottom_cm: float
    variable: str
    value: float
    unit: str
    sampled_on: date | None
    data_class: DataClass
    attributes: dict[str, str]
    """What else the source says, as text."""
