"""Stations: what answers about sensors and what they measured look like."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field

from soc_monitor.api.bodies.base import Body


class SensorBody(Body):
    """One sensor, and how much there is of it."""

    variable: str
    datastream: Annotated[
        str, Field(description="Which sensor of this variable, by the source's own name")
    ]
    unit: str
    first_reading: datetime
    last_reading: datetime
    readings: int
    share_of_hours: Annotated[
        float, Field(description="Hours with a reading, of those from its first to its last")
    ]
    share_of_days: float
    gap_months: Annotated[int, Field(description="Months in which some day has a gap")]
    flat_months: Annotated[
        int,
        Field(description="Months with a day of a dozen readings or more that are all the same"),
    ]
    links: Annotated[
        dict[str, str], Field(description="Its days; none where readings may not be passed on")
    ]


class StationBody(Body):
    """A place with sensors."""

    feed_id: str
    id: str
    name: str
    lon: Annotated[float, Field(description="As the source publishes it, degrees east")]
    lat: float
    network: Annotated[str, Field(description="Title of the feed")]
    licence: str
    citation: str
    link: str
    passes_on: Annotated[
        Literal["readings", "places"],
        Field(description="What the licence lets readers have; `places`: no values"),
    ]
    max_age_days: Annotated[
        int | None,
        Field(description="How old its newest reading may be; null: the source does not go on"),
    ]
    sensors: list[SensorBody]


class HolderBody(Body):
    """An area that a station stands in."""

    id: str
    name: str
    level: str


class NewestReadingBody(Body):
    """The newest reading of a sensor."""

    variable: str
    datastream: str
    time: datetime
    value: float
    unit: str


class NotTakenBody(Body):
    """Readings of a day that are in no mean, and why."""

    variable: str
    datastream: Annotated[
        str | None, Field(description="null: which sensor of the variable was not written down")
    ]
    day: Annotated[date | None, Field(description="In UTC; null: no time that could be read")]
    why: Annotated[
        str,
        Field(
            description="`held` (jumped, an operator has not decided), `rejected` (by an operator),"
            " or the rule that they break: `range`, `future`, `conflict`, …"
        ),
    ]
    readings: int


class NotTakenSumBody(Body):
    """Readings of a sensor that are in no mean for one reason, through all of time."""

    variable: str
    datastream: str | None
    why: str
    readings: int
    days: Annotated[int, Field(description="Of which they are: so many entries, were all listed")]
    first: Annotated[date | None, Field(description="First day; null: no readable time")]
    last: date | None


class OneStationBody(StationBody):
    """A station with its newest readings, and what of it was not taken."""

    areas: Annotated[list[HolderBody], Field(description="That it stands in, the smallest last")]
    newest: Annotated[
        list[NewestReadingBody], Field(description="None where readings may not be passed on")
    ]
    not_taken: Annotated[
        list[NotTakenBody],
        Field(description="By day and reason, the newest day first; 10,000 entries at most"),
    ]
    not_taken_sums: Annotated[
        list[NotTakenSumBody],
        Field(description="All of it, by sensor and reason, also where `not_taken` is cut"),
    ]


class StationsMeta(Body):
    """How many there are."""

    total: int
    withheld: Annotated[
        int,
        Field(description="Stations that are not listed: nobody has said that they may be shown"),
    ]
    links: dict[str, str]


class StationsBody(Body):
    """Stations of an area, in order of feed and id."""

    meta: StationsMeta
    data: list[StationBody]


class ObservationRow(Body):
    """A day or a month of one sensor; its fields are the columns of the CSV, in this order."""

    feed_id: str
    station_id: str
    station_name: str
    lon: float
    lat: float
    variable: str
    datastream: str
    period: Annotated[str, Field(description="`2026-03-01`, `2026-03`")]
    period_start: date
    period_end: Annotated[date, Field(description="Last day, inside")]
    mean: Annotated[float, Field(description="Of a month: the mean of the means of its days")]
    low: float
    high: float
    unit: str
    readings: int
    share_of_hours: float
    share_of_days: float
    gap: Annotated[
        bool,
        Field(description="Some step is three times the usual one; of a month: on one of its days"),
    ]
    flat: Annotated[bool, Field(description="A dozen readings or more, all the same")]
    licence: str


class ObservationsMeta(Body):
    """Of which sensor."""

    feed_id: str
    network: str
    station: str
    variable: str
    datastream: str
    step: Literal["day", "month"]
    unit: str
    licence: str
    citation: str
    link: str
    links: dict[str, str]


class ObservationsBody(Body):
    """Days or months of one sensor, oldest first."""

    meta: ObservationsMeta
    data: list[ObservationRow]
