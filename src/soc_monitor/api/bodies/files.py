"""Files: what answers about exports, grids and limits look like."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from soc_monitor.api.bodies.base import Body


class ColumnBody(Body):
    """One column of a file."""

    name: str
    type: Literal["text", "integer", "number", "date"]
    title: Annotated[str, Field(description="In the language of `labels`")]
    about: str


class SizeBody(Body):
    """What a file would hold, and how long it would be."""

    form: str
    name: Annotated[str, Field(description="That the file would have")]
    title: str
    rows: int
    columns: list[ColumnBody]
    bytes: Annotated[int | None, Field(description="Null: not known before it is made")]
    exact: Annotated[bool, Field(description="`bytes` is the length, and no estimate of it")]
    at_once: Annotated[bool, Field(description="False: it is made by a job, see `/exports`")]
    address: Annotated[str, Field(description="Of the file, pinned to its release")]
    release: str
    licence: str
    citation: str


class GridsMeta(Body):
    """Of which release."""

    release: str
    total: int
    links: dict[str, str]


class GridBody(Body):
    """A map that can be had cell by cell."""

    indicator: str
    product_id: str
    periods: Annotated[list[str], Field(description="As `t` takes them, oldest first")]
    nx: int
    ny: int
    resolution_deg: float
    box: Annotated[list[float], Field(description="West, south, east, north [degrees]")]
    cells: int
    bytes: Annotated[int, Field(description="Of one period of the world, before it is packed")]
    at_once: Annotated[bool, Field(description="False: all of it is made by a job")]
    links: Annotated[dict[str, str], Field(description="The newest period of the world")]


class GridsBody(Body):
    """Every map of a release."""

    meta: GridsMeta
    data: list[GridBody]


class LimitsBody(Body):
    """How much one reader may ask for."""

    window_s: int
    requests: Annotated[
        dict[str, int],
        Field(description="By kind, in a window, of one address; empty: there is no limit"),
    ]
    requests_with_key: Annotated[
        dict[str, int],
        Field(description="The same of one key (`Authorization: Bearer …`), whatever its address"),
    ]
    longest_address_bytes: int
    most_areas: Annotated[int, Field(description="In `area`")]
    page_rows: Annotated[int, Field(description="In one page of JSON, at most")]
    rows_at_once: Annotated[int, Field(description="A longer table is made by a job")]
    cells_at_once: Annotated[int, Field(description="A larger cut-out is made by a job")]
    most_rows: Annotated[int, Field(description="Of one file")]
    exports_kept_days: int


class ExportBody(Body):
    """A long export, and how far it is."""

    id: str
    state: Literal["waiting", "running", "done", "failed"]
    done: Annotated[int, Field(description="Rows or cells")]
    total: int
    eta_seconds: int | None
    detail: Annotated[str, Field(description="Why it failed")]
    address: Annotated[str, Field(description="What was asked for; asked again, it is the file")]
    name: str
    file: str | None
    bytes: int | None
    sha256: str | None
    created_at: datetime
    expires_at: datetime
    self: str
