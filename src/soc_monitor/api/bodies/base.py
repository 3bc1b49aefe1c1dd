"""Base: what every answer, and every list of them, has."""

from pydantic import BaseModel, ConfigDict


class Body(BaseModel):
    """An answer: what is not declared is not there."""

    model_config = ConfigDict(extra="forbid")


class ListMeta(Body):
    """Where a list comes from, and how it goes on."""

    release: str | None = None
    boundaries_id: str | None = None
    total: int
    links: dict[str, str] = {}
