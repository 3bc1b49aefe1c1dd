"""Release: what readers see, named and kept for ever. Calculation: where a number comes from."""

import uuid
from dataclasses import dataclass
from datetime import date, datetime

from soc_monitor.model.cube import DataClass


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """A named state of everything published."""

    seq: int
    """Order of publication, from 1."""
    name: str
    """``YYYY.MM.N``."""
    published_at: datetime
    boundaries_id: str
    """The boundary set its areas come from."""
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Calculation:
    """One indicator of one product for one period, reduced over every area at once."""

    id: uuid.UUID
    indicator: str
    product: str
    period: date
    period_end: date
    unit: str
    data_class: DataClass
    boundaries_id: str
    algorithm: str
    """Version of the arithmetic: another one makes every number anew."""
    slices: tuple[uuid.UUID, ...]
    """The slices it read."""
    base: tuple[date, date] | None = None
    """Of a change: first and last day of the period that it is counted from."""
