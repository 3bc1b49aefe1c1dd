"""Counts: how many numbers there are of something, without reading them."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import func, select

from soc_monitor.model import Release
from soc_monitor.store.engine import one_look
from soc_monitor.store.read import part_of
from soc_monitor.store.store import Store
from soc_monitor.store.tables import calculations, estimates


def count_series(
    store: Store,
    release: Release,
    indicator: str,
    product: str,
    codes: Sequence[str],
    *,
    first: date,
    last: date,
) -> tuple[int, int]:
    """How many estimates some areas have, and how many of the areas have any.

    Args:
        store: where they are.
        release: that they are part of.
        indicator, product: ids.
        codes: of the areas.
        first, last: first days of the oldest and the newest period, both inside.
    """
    query = (
        select(func.count(), func.count(estimates.c.area.distinct()))
        .select_from(estimates)
        .join(calculations, estimates.c.calculation_id == calculations.c.id)
        .where(
            calculations.c.indicator == indicator,
            calculations.c.product == product,
            calculations.c.period.between(first, last),
            estimates.c.area == func.any(list(codes)),
            part_of(estimates, release),
        )
    )
    with one_look(store.engine) as connection:
        numbers, areas = connection.execute(query).one()
    return int(numbers), int(areas)
