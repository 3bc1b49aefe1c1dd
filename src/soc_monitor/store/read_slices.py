"""Slices and calculations: what there is, what a release shows, what waits for one."""

import uuid
from collections.abc import Collection
from datetime import date
from typing import Any

from sqlalchemy import RowMapping, Select, func, select, text
from sqlalchemy.dialects.postgresql import distinct_on

from soc_monitor.model import Calculation, Cube, DataClass, Freq, Grid, Release, RunState, Slice
from soc_monitor.store.engine import transaction
from soc_monitor.store.read import part_of
from soc_monitor.store.store import Store
from soc_monitor.store.tables import (
    calculation_slices,
    calculations,
    cube_forms,
    cubes,
    runs,
    slices,
)
from soc_monitor.store.tables import slice_parents as parents
from soc_monitor.store.wording import REWORDED


def newest_calculations(store: Store) -> list[Calculation]:
    """The newest calculation of every indicator, product and period, published or not."""
    query = (
        select(calculations)
        .ext(distinct_on(calculations.c.indicator, calculations.c.product, calculations.c.period))
        .order_by(
            calculations.c.indicator,
            calculations.c.product,
            calculations.c.period,
            calculations.c.created_at.desc(),
        )
    )
    with transaction(store.engine) as connection:
        rows = list(connection.execute(query).mappings())
        links = connection.execute(
            select(calculation_slices).where(
                calculation_slices.c.calculation_id.in_([row["id"] for row in rows])
            )
        ).all()
    inputs: dict[uuid.UUID, list[uuid.UUID]] = {}
    for calculation_id, slice_id in links:
        inputs.setdefault(calculation_id, []).append(slice_id)
    return [
        Calculation(
            id=row["id"],
            indicator=row["indicator"],
            product=row["product"],
            period=row["period"],
            period_end=row["period_end"],
            unit=row["unit"],
            data_class=DataClass(row["data_class"]),
            boundaries_id=row["boundaries_id"],
            algorithm=row["algorithm"],
            slices=tuple(sorted(inputs.get(row["id"], []))),
            base=None if row["base"] is None else (row["base"], row["base_end"]),
        )
        for row in rows
    ]


def newest_slices(store: Store, *, product: str | None = None) -> list[Slice]:
    """The newest version of every slice, published or not: what runs work from.

    What an operator has withdrawn is none of them, nor is what a release has left behind with
    nothing in its place: it is made anew, should it be wanted again.
    """
    query = _slices().ext(distinct_on(slices.c.cube_id, slices.c.period))
    query = query.where(slices.c.retracted.is_(None))
    query = query.order_by(slices.c.cube_id, slices.c.period, slices.c.version.desc())
    if product is not None:
        query = query.where(cubes.c.product == product)
    with transaction(store.engine) as connection:
        rows = connection.execute(query).mappings()
        return [_slice(row) for row in rows if row["until_release"] is None]


def released_slices(store: Store, release: Release, *, cube_id: str | None = None) -> list[Slice]:
    """The slices that are part of a release, by cube and period."""
    query = _slices().where(part_of(slices, release)).order_by(slices.c.cube_id, slices.c.period)
    if cube_id is not None:
        query = query.where(slices.c.cube_id == cube_id)
    with transaction(store.engine) as connection:
        return [_slice(row) for row in connection.execute(query).mappings()]


def shown_slices(store: Store, products: Collection[str]) -> list[Slice]:
    """The slices of some products that the newest release shows, by cube and period."""
    query = _slices().where(cubes.c.product.in_(products), slices.c.until_release.is_(None))
    query = query.where(slices.c.from_release.isnot(None))
    with transaction(store.engine) as connection:
        rows = connection.execute(query.order_by(slices.c.cube_id, slices.c.period)).mappings()
        return [_slice(row) for row in rows]


def standing_slices(store: Store, cube_id: str, period: date) -> list[Slice]:
    """The versions of one period that nobody has withdrawn, the newest first."""
    query = _slices().where(slices.c.cube_id == cube_id, slices.c.period == period)
    query = query.where(slices.c.retracted.is_(None)).order_by(slices.c.version.desc())
    with transaction(store.engine) as connection:
        return [_slice(row) for row in connection.execute(query).mappings()]


def empty_places(store: Store) -> set[tuple[str, date]]:
    """(product, period) of what was withdrawn from some cube, with nothing in its place there."""
    query = (
        select(cubes.c.product, slices.c.period)
        .join(cubes, cubes.c.id == slices.c.cube_id)
        .group_by(cubes.c.product, slices.c.cube_id, slices.c.period)
        .having(func.bool_and(slices.c.retracted.isnot(None)))
    )
    with transaction(store.engine) as connection:
        return {(product, period) for product, period in connection.execute(query)}


def parents_of(
    store: Store, slice_ids: Collection[uuid.UUID], variables: Collection[str] | None = None
) -> dict[uuid.UUID, set[uuid.UUID]]:
    """The slices that each of some was computed from; those read from files are not in it.

    Args:
        store: where.
        slice_ids: of the slices.
        variables: those of cubes of these alone, withdrawn ones too; None: all.
    """
    query = select(parents).where(parents.c.slice_id.in_(slice_ids))
    if variables is not None:
        query = query.join(slices, slices.c.id == parents.c.parent_id)
        query = query.join(cubes, cubes.c.id == slices.c.cube_id)
        query = query.where(cubes.c.variable.in_(variables))
    found: dict[uuid.UUID, set[uuid.UUID]] = {}
    with transaction(store.engine) as connection:
        for row in connection.execute(query):
            found.setdefault(row.slice_id, set()).add(row.parent_id)
    return found


_BEHIND = """
WITH RECURSIVE behind AS (
    SELECT p.slice_id, p.parent_id FROM app.slice_parents p WHERE p.slice_id = ANY(:ids)
    UNION
    SELECT p.slice_id, p.parent_id
    FROM app.slice_parents p JOIN behind b ON b.parent_id = p.slice_id
)
SELECT b.slice_id, b.parent_id, s.retracted FROM behind b JOIN app.slices s ON s.id = b.parent_id
"""


def withdrawn_behind(store: Store, slice_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, str]:
    """Those of some slices that rest, at any remove, on one that was withdrawn, and why it was."""
    made_of: dict[uuid.UUID, list[uuid.UUID]] = {}
    why: dict[uuid.UUID, str] = {}
    with transaction(store.engine) as connection:
        for one, parent, reason in connection.execute(text(_BEHIND), {"ids": list(slice_ids)}):
            made_of.setdefault(parent, []).append(one)
            if reason is not None:
                why[parent] = reason
    waiting = list(why)
    while waiting:
        parent = waiting.pop()
        for one in made_of.get(parent, ()):
            if one not in why:
                why[one] = why[parent]
                waiting.append(one)
    return {one: why[one] for one in slice_ids if one in why}


def gave_nothing(store: Store, job_id: str, version: str) -> bool:
    """Whether runs of a job in a version have ended well, and none of them has made a slice."""
    own = (runs.c.job_id == job_id) & (runs.c.job_version == version)
    ended = select(runs.c.id).where(own, runs.c.state.in_([RunState.DONE, RunState.NOTHING_NEW]))
    made = select(slices.c.id).join(runs, runs.c.id == slices.c.run_id).where(own)
    with transaction(store.engine) as connection:
        query = select(ended.exists() & ~made.exists())
        return bool(connection.execute(query).scalar_one())


def slice_parents(store: Store, slice_id: uuid.UUID) -> set[uuid.UUID]:
    """The slices that a slice was computed from; none for one that was read from a file."""
    query = select(parents.c.parent_id).where(parents.c.slice_id == slice_id)
    with transaction(store.engine) as connection:
        return set(connection.execute(query).scalars())


_PRODUCTS_BEHIND = """
WITH RECURSIVE used AS (
    SELECT CAST(:id AS uuid) AS slice_id
    UNION
    SELECT p.parent_id FROM app.slice_parents p JOIN used u ON u.slice_id = p.slice_id
)
SELECT DISTINCT c.product
FROM used u JOIN app.slices s ON s.id = u.slice_id JOIN app.cubes c ON c.id = s.cube_id
"""


def products_behind(store: Store, slice_id: uuid.UUID) -> frozenset[str]:
    """The product of a slice, and those of all that it was computed from."""
    with transaction(store.engine) as connection:
        return frozenset(connection.execute(text(_PRODUCTS_BEHIND), {"id": slice_id}).scalars())


def _slices() -> Select[Any]:
    told = [*cubes.c, *(column for column in cube_forms.c if column.name != "id")]
    names = [column.label(f"cube_{column.name}") for column in told]
    named = slices.join(cubes, cubes.c.id == slices.c.cube_id)
    return select(slices, *names).select_from(
        named.join(cube_forms, cube_forms.c.id == slices.c.form_id)
    )


def _slice(row: RowMapping) -> Slice:
    fill = row["cube_fill"]
    cube = Cube(
        product=row["cube_product"],
        variable=row["cube_variable"],
        unit=row["cube_unit"],
        freq=Freq(row["cube_freq"]),
        grid=Grid(**row["cube_grid"]),
        data_class=DataClass(row["cube_data_class"]),
        dtype=row["cube_dtype"],
        scale=row["cube_scale"],
        fill=float("nan") if fill is None else fill,
        classes={int(code): name for code, name in row["cube_classes"].items()},
    )
    return Slice(
        id=row["id"],
        cube=cube,
        period=row["period"],
        period_end=row["period_end"],
        version=row["version"],
        path=row["path"],
        checksum=row["checksum"],
        run_id=row["run_id"],
        valid_cells=row["valid_cells"],
        provisional=row["provisional"],
        step=row["step"],
        sealed=row["sealed"] or "",
    )


_UNPUBLISHED = f"""
SELECT EXISTS (
    SELECT FROM app.slices s
    WHERE s.from_release IS NULL AND s.until_release IS NULL AND s.retracted IS NULL
      AND NOT EXISTS (
        SELECT FROM app.slices n
        WHERE n.cube_id = s.cube_id AND n.period = s.period AND n.version > s.version)
) OR EXISTS (
    SELECT FROM app.slices
    WHERE retracted IS NOT NULL AND from_release IS NOT NULL AND until_release IS NULL
) OR EXISTS (
    SELECT FROM app.boundaries b WHERE b.created_at > coalesce(
        (SELECT k.created_at FROM app.releases r
         JOIN app.boundaries k ON k.id = r.boundaries_id ORDER BY r.seq DESC LIMIT 1), '-infinity')
) OR EXISTS (
    -- Entries follow a release; before there are areas, none can be made.
    SELECT FROM app.records WHERE EXISTS (SELECT FROM app.boundaries) AND (
        (live AND from_release IS NULL)
        OR (NOT live AND from_release IS NOT NULL AND until_release IS NULL))
) OR EXISTS ({REWORDED})
"""  # noqa: S608  # words of our own


def unpublished(store: Store) -> bool:
    """Whether a slice, a boundary set, an entry or a source's words are newer than what is read."""
    with transaction(store.engine) as connection:
        return bool(connection.execute(text(_UNPUBLISHED)).scalar_one())
