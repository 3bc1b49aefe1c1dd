"""Service: what answers about inputs, health and mistakes look like."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from soc_monitor.api.bodies.base import Body
from soc_monitor.api.bodies.releases import RunBody


class MadeAnewBody(Body):
    """What is computed here, is to be made anew, and could not be yet: it is tried again."""

    since: datetime
    shown: Annotated[
        bool,
        Field(
            description="Whether numbers are shown as they were published, of the map before; "
            "else what they rest on was withdrawn, and they are not shown"
        ),
    ]
    reason: Annotated[
        str, Field(description="Why what some of them rest on was withdrawn; empty: nothing was")
    ]


class InputBody(Body):
    """How an input stands."""

    job_id: str
    title: str
    titles: dict[str, str]
    licence: str
    citation: str
    link: str
    notes: str
    state: Literal["fresh", "due", "late", "broken", "paused", "retired"]
    last_observation_end: date | None
    age_days: int | None
    allowed_days: Annotated[int | None, Field(description="Null: the data do not age")]
    schedule: Annotated[str, Field(description="Cron, UTC; empty: one run is enough")]
    next_look: Annotated[
        datetime | None,
        Field(
            description="When it is looked for next; null: not by itself, since it is paused, "
            "retired or not on, its job file cannot be read, or one run is enough"
        ),
    ]
    file_broken: Annotated[
        bool, Field(description="Its job file cannot be read: an operator has to mend it")
    ]
    last_attempt: datetime | None
    last_success: datetime | None
    last_state: str | None
    items: int
    gone: Annotated[
        int, Field(description="Files that its source offers no longer; what they held stays")
    ]
    rejections: int
    made_anew: Annotated[
        MadeAnewBody | None, Field(description="Null: it is not waited for to be made anew")
    ]


class FreshnessMeta(Body):
    """When it was looked at, and how many inputs are in each state."""

    checked_at: datetime
    total: int
    counts: dict[str, int]


class FreshnessBody(Body):
    """How every input stands."""

    meta: FreshnessMeta
    data: list[InputBody]


class DoneBody(RunBody):
    """A look at an input, or a calculation."""

    ended_at: Annotated[datetime | None, Field(description="Null: it is at work")]
    taken: Annotated[int, Field(description="Files, or messages, that were taken")]
    rejected: Annotated[int, Field(description="Those that were refused")]


class RunsMeta(Body):
    """When it was looked up, and how many there are."""

    checked_at: datetime
    total: int
    links: dict[str, str]


class RunsBody(Body):
    """Runs, the newest first."""

    meta: RunsMeta
    data: list[DoneBody]


class ArrivalBody(Body):
    """A file that was taken."""

    item: str
    arrived_at: datetime
    bytes: int
    sha256: str
    first: Annotated[
        date | None,
        Field(description="First day of what was read from it; null: no map, or withdrawn"),
    ]
    last: Annotated[date | None, Field(description="Its last day")]
    gone_since: Annotated[
        datetime | None,
        Field(description="When its source first did not offer it any more; null: it does"),
    ]


class GapBody(Body):
    """Periods of a variable that are not there, between others that are."""

    variable: str
    freq: Literal["month", "year"]
    first: Annotated[date, Field(description="First day of the first missing period")]
    last: Annotated[date, Field(description="First day of the last one")]


class RefusalsBody(Body):
    """What came and was not taken, by the rule that it broke."""

    rule: str
    files: Annotated[int, Field(description="Some may have come again since, and been taken")]
    newest: datetime


class InputRecord(InputBody):
    """How an input stands, and what it has brought."""

    arrivals: Annotated[list[ArrivalBody], Field(description="The newest 30 first")]
    gaps: Annotated[list[GapBody], Field(description="The newest 100 first")]
    refusals: list[RefusalsBody]


class InputRecordMeta(Body):
    """When it was looked at, and how many gaps there are."""

    checked_at: datetime
    total_gaps: int


class InputRecordBody(Body):
    """One input with its record."""

    meta: InputRecordMeta
    data: InputRecord


class WatchedDay(Body):
    """One day on which a part was watched."""

    day: date
    state: Annotated[str, Field(description="The gravest of the day")]
    checks: int
    due: Annotated[int, Field(description="Checks that there should have been, so far")]
    bad: Annotated[int, Field(description="Checks that found it down, late or broken")]
    began: Annotated[int, Field(description="Incidents that began on it")]


class WatchedPart(Body):
    """How a part of the service, or an input, stood."""

    kind: Literal["service", "input"]
    id: Annotated[str, Field(description="Of an input: its `job_id`")]
    state: Annotated[str, Field(description="`up`, `down`, or a state of `/freshness`")]
    seen: Annotated[datetime, Field(description="The newest check")]
    well_share: Annotated[
        float | None,
        Field(description="Of the checks that were made; null: nothing was expected"),
    ]
    watched_share: Annotated[
        float, Field(description="Checks that were made, of all since its first day")
    ]
    incidents: Annotated[
        int,
        Field(description="Those that began, and one that went on already when the first day did"),
    ]
    days: Annotated[list[WatchedDay], Field(description="A day without a check is not there")]


class WatchedMeta(Body):
    """Of which days."""

    first_day: date
    last_day: Annotated[date, Field(description="Today, UTC: it goes on")]
    every_s: Annotated[int, Field(description="Seconds between two checks")]


class WatchedBody(Body):
    """How all parts stood, day by day."""

    meta: WatchedMeta
    data: list[WatchedPart]


class HealthBody(Body):
    """The process answers."""

    status: Literal["alive"]


class ReadyBody(Body):
    """The process can serve."""

    status: Literal["ready"]
    release: str | None


class Problem(BaseModel):
    """An error, as RFC 9457 has it."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    detail: str
    instance: str
    hint: str = ""
    allowed: list[str] = []
    parameter: str = ""
