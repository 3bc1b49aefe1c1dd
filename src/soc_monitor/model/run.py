"""Run: one execution of a job."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class RunState(StrEnum):
    """States of a run."""

    RUNNING = "running"
    DONE = "done"
    NOTHING_NEW = "nothing_new"
    PARTLY = "partly"
    """Some items were rejected, the others taken."""
    REFUSED = "refused"
    """Nothing was taken: what is new was rejected, or waits for an operator's word."""
    FAILED = "failed"
    CANCELLED = "cancelled"
    """An operator stopped it."""
    ABANDONED = "abandoned"
    """Its process died; its lease was taken over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One execution of a job."""

    id: uuid.UUID
    job_id: str
    due_at: datetime
    state: RunState
    lease: int
    """Number that the publishing transaction checks; a later run has a higher one."""
    started_at: datetime
    ended_at: datetime | None
    job_version: str
    """Hash of the job's declaration."""
    code_version: str
    taken: int
    """Items taken."""
    rejected: int
    detail: str
    """What went wrong, or what was done, in one line."""
