"""Releases: what answers about what was published, and where it came from, look like."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field

from soc_monitor.api.bodies.base import Body, ListMeta


class ReleaseBody(Body):
    """A named state of everything published."""

    name: str
    seq: int
    published_at: datetime
    boundaries_id: str
    note: str


class ReleasesBody(Body):
    """Releases, the newest first."""

    meta: ListMeta
    data: list[ReleaseBody]


class BroughtBody(Body):
    """One indicator of one product for one period, as a release brought it."""

    calculation_id: str
    indicator: str
    product_id: str
    period: str
    unit: str
    numbers: Annotated[int, Field(description="Areas with a new row")]
    replaced: Annotated[int, Field(description="Areas that had a number of that period before")]
    moved: Annotated[int, Field(description="Those whose number is another now")]
    largest_move: Annotated[float | None, Field(description="In the unit; null: none moved")]
    largest_move_area: str | None


class BroughtMeta(Body):
    """The release, and whether it corrects numbers that had been published."""

    release: str
    published_at: datetime
    note: str
    numbers: int
    moved: int


class BroughtsBody(Body):
    """What a release brought."""

    meta: BroughtMeta
    data: list[BroughtBody]


class Counts(Body):
    """How much there is."""

    areas: dict[str, int]
    indicators: int
    products: int
    periods: int


class HeldBody(Body):
    """Why ``latest`` is held at a release, while newer ones wait."""

    since: datetime
    reason: str
    newest: Annotated[str, Field(description="The newest release there is")]


class StatusBody(Body):
    """How the service stands."""

    status: Literal["ok", "empty"]
    version: str
    schema_version: str | None
    uptime_s: float
    release: ReleaseBody | None
    held: Annotated[HeldBody | None, Field(description="Null: latest is the newest release")]
    counts: Counts | None


class RunBody(Body):
    """One execution of a job."""

    id: str
    job_id: str
    state: str
    due_at: datetime
    started_at: datetime
    ended_at: datetime | None
    job_version: str
    code_version: str


class CalculationBody(Body):
    """One indicator of one product for one period, over every area at once."""

    id: str
    indicator: str
    product_id: str
    period: str
    period_start: date
    period_end: date
    unit: str
    data_class: str
    boundaries_id: str
    algorithm: str


class OriginBody(Body):
    """One slice of a cube, and a file that it was read from, if any."""

    slice_id: str
    cube_id: str
    period: date
    version: int
    slice_checksum: str
    slice_run: str
    retracted: Annotated[
        str | None, Field(description="Why an operator has withdrawn it; null: nobody has.")
    ]
    in_place_of: Annotated[
        str | None,
        Field(description="Why the version before was withdrawn, whose place it has taken."),
    ]
    job_version: str
    code_version: str
    feed_id: str | None
    item: str | None
    sha256: str | None
    verified: Annotated[
        bool | None,
        Field(description="Whether its source declared this checksum; null: there is no file."),
    ]
    address: str | None
    item_run: str | None


class ProvenanceBody(Body):
    """What a number rests on, down to the files."""

    calculation: CalculationBody
    run: RunBody
    data: list[OriginBody]
