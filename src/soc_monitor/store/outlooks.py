"""Outlooks: what more carbon input would bring to each area, beside the map it belongs to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import insert, select

from soc_monitor.model import Release
from soc_monitor.store.engine import transaction
from soc_monitor.store.intake import NewSlice, write_slice
from soc_monitor.store.read import part_of
from soc_monitor.store.runs import OpenRun, hold_lease
from soc_monitor.store.store import Store
from soc_monitor.store.tables import outlooks, slices


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """The curve of an area."""

    area: str
    mapped_ha: float
    """Area that is modelled [ha]."""
    start: float
    """Carbon at the start, and ever after under business as usual [t]."""
    gains: tuple[float, ...]
    """Carbon gained by the end of each year if the plant input were doubled [t]: the gain of any
    increase is that share of it."""


def add(store: Store, run: OpenRun, made: NewSlice, rows: Sequence[Outlook]) -> None:
    """Write the map and the curves that belong to it, in one transaction."""
    with transaction(store.engine) as connection:
        hold_lease(connection, run)
        slice_id = write_slice(connection, run, made)
        if rows:
            values = [
                {"slice_id": slice_id, "area": one.area, "mapped_ha": one.mapped_ha,
                 "start": one.start, "gains": list(one.gains)}
                for one in rows
            ]  # fmt: skip
            connection.execute(insert(outlooks), values)


def find(store: Store, release: Release, area: str) -> tuple[date, Outlook] | None:
    """The last year of the curve of an area and the curve; None: the release has none."""
    query = (
        select(outlooks, slices.c.period)
        .join(slices, slices.c.id == outlooks.c.slice_id)
        .where(outlooks.c.area == area, part_of(slices, release))
        # A curve from an earlier baseline may go further: the one that came last is the one.
        .order_by(slices.c.from_release.desc(), slices.c.period.desc())
        .limit(1)
    )
    with transaction(store.engine) as connection:
        row = connection.execute(query).mappings().first()
    if row is None:
        return None
    told = Outlook(
        area=row["area"],
        mapped_ha=row["mapped_ha"],
        start=row["start"],
        gains=tuple(row["gains"]),
    )
    return row["period"], told
