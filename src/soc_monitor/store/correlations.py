"""Correlations: how the errors of the cells of areas go together, drawn once for each map."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert as upsert

from soc_monitor.store.engine import transaction
from soc_monitor.store.store import Store
from soc_monitor.store.tables import correlations


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """What correlations hold for."""

    slice_id: uuid.UUID
    """Of the map of errors: a slice never changes, and so do they."""
    boundaries_id: str
    model: str
    """The parameters of the correlation, and how many pairs are drawn."""


def read_correlations(store: Store, of: Drawn) -> dict[str, float]:
    """Mean correlation of every area [1]; empty: none has been drawn yet."""
    query = select(correlations.c.area, correlations.c.value).where(
        correlations.c.slice_id == of.slice_id,
        correlations.c.boundaries_id == of.boundaries_id,
        correlations.c.model == of.model,
    )
    with transaction(store.engine) as connection:
        return {row.area: row.value for row in connection.execute(query)}


def keep_correlations(store: Store, of: Drawn, values: Mapping[str, float]) -> None:
    """Keep what was drawn, for all areas in one transaction; another run may have been quicker."""
    with transaction(store.engine) as connection:
        connection.execute(
            upsert(correlations)
            .values(
                slice_id=of.slice_id,
                boundaries_id=of.boundaries_id,
                model=of.model,
                created_at=func.now(),
            )
            .on_conflict_do_nothing(),
            [{"area": area, "value": value} for area, value in values.items()],
        )
