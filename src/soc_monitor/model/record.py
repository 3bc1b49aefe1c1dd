"""Record: one entry of a register in one version, with who proposed and who reviewed it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One version of an entry."""

    register: str
    key: str
    version: int
    position: int
    body: dict[str, Any]
    state: str
    """``proposed``, ``accepted`` or ``rejected``."""
    gone: bool
    """This version takes the entry out of the register."""
    reason: str
    proposed_by: str
    proposed_at: datetime
    reviewed_by: str
    reviewed_at: datetime | None
    from_release: str | None
    """The first release that shows it; None: none yet."""
    until_release: str | None
    published_at: datetime | None
    """When the release that shows it first was published."""
