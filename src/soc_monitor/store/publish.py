"""Publish: one transaction shows slices, estimates, their origin and the run's end, or nothing."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, func, insert, select, text

from soc_monitor.model import Calculation, Estimate, RunState
from soc_monitor.store import latest, remaking, wording
from soc_monitor.store.engine import transaction
from soc_monitor.store.remaking import Remade
from soc_monitor.store.runs import OpenRun, end_run, hold_lease
from soc_monitor.store.store import Store
from soc_monitor.store.tables import calculation_slices, calculations, releases

Key = tuple[str, str, date]
"""Indicator, product and period of numbers."""

_LOCK = 0x534F4352  # "SOCR": one release at a time


@dataclass(frozen=True, slots=True)
class Result:
    """A calculation with the estimates it gave."""

    calculation: Calculation
    estimates: Sequence[Estimate]


NUMBERS = {
    "value": "float8",
    "std_error": "float8",
    "mapped_ha": "float8",
    "land_ha": "float8",
    "provisional": "boolean",
    "lower_95": "float8",
    "upper_95": "float8",
    "lower_50": "float8",
    "upper_50": "float8",
    "state": "text",
    "reasons": "text",
    "prob_gt_0": "float8",
    "prob_ge_4": "float8",
    "observation_weight": "float8",
}
"""Columns of an estimate that readers see, with their types: a change in one makes a new row."""


def _columns(alias: str = "") -> str:
    return ", ".join(f"{alias}{name}" for name in NUMBERS)


# What was computed and what readers see now, side by side under their common key. Both are tables
# with statistics: planned without them, the comparison of a million rows would not end.
_NEW = """
CREATE TEMPORARY TABLE new ON COMMIT DROP AS
SELECT c.indicator, c.product, c.period, s.*
FROM staged s JOIN app.calculations c ON c.id = s.calculation_id
"""
_OLD = """
CREATE TEMPORARY TABLE old ON COMMIT DROP AS
SELECT k.indicator, k.product, k.period, e.*
FROM app.estimates e
JOIN app.calculations k ON k.id = e.calculation_id
JOIN (SELECT indicator, product, period FROM new
      UNION SELECT indicator, product, period FROM withdrawn) w USING (indicator, product, period)
WHERE e.until_release IS NULL
"""
# Only what changed is written: a row that equals the one readers see now stays that older row.
_CHANGED = f"""
CREATE TEMPORARY TABLE changed ON COMMIT DROP AS
SELECT n.*, o.calculation_id AS old_calculation
FROM new n LEFT JOIN old o USING (indicator, product, period, area)
WHERE o.calculation_id IS NULL OR ({_columns("n.")}) IS DISTINCT FROM ({_columns("o.")})
"""  # noqa: S608  # names of our own columns
_GONE = """
CREATE TEMPORARY TABLE gone ON COMMIT DROP AS
SELECT o.calculation_id, o.area
FROM old o LEFT JOIN new n USING (indicator, product, period, area)
WHERE n.calculation_id IS NULL
"""
_CLOSE = """
UPDATE app.estimates e SET until_release = :seq
FROM (SELECT old_calculation AS calculation_id, area FROM changed WHERE old_calculation IS NOT NULL
      UNION ALL SELECT calculation_id, area FROM gone) o
WHERE (e.calculation_id, e.area) = (o.calculation_id, o.area)
"""
_OPEN = f"""
INSERT INTO app.estimates (calculation_id, area, {_columns()}, from_release)
SELECT calculation_id, area, {_columns()}, :seq FROM changed
"""  # noqa: S608  # names of our own columns
# The slices behind what is published, down to the ones that they were computed from.
_FRESH_SLICES = """
WITH RECURSIVE used AS (
    SELECT slice_id FROM app.calculation_slices
    WHERE calculation_id IN (SELECT DISTINCT calculation_id FROM staged)
    UNION
    SELECT p.parent_id FROM app.slice_parents p JOIN used u ON u.slice_id = p.slice_id
)
SELECT s.id FROM used u JOIN app.slices s ON s.id = u.slice_id
WHERE s.from_release IS NULL AND s.until_release IS NULL
UNION SELECT id FROM app.slices WHERE id = ANY(:shown) AND from_release IS NULL
"""
_CLOSE_SLICES = """
UPDATE app.slices o SET until_release = :seq
FROM app.slices n
WHERE n.id = ANY(:fresh) AND o.cube_id = n.cube_id AND o.period = n.period
  AND o.version < n.version AND o.from_release IS NOT NULL AND o.until_release IS NULL
"""
# What an operator has withdrawn is shown no longer, though nothing takes its place.
_RETRACTED = """
SELECT count(*) FROM app.slices
WHERE retracted IS NOT NULL AND from_release IS NOT NULL AND until_release IS NULL
"""
_CLOSE_RETRACTED = """
UPDATE app.slices SET until_release = :seq
WHERE retracted IS NOT NULL AND from_release IS NOT NULL AND until_release IS NULL
"""
# What is of other maps than those of now ends with the older release, and so does what readers see
# of the same period in its place; what no reader has seen is none that waits for one.
_IS_LEFT = """
EXISTS (SELECT FROM app.slices n WHERE n.id = ANY(:left) AND o.cube_id = n.cube_id
        AND o.period = n.period AND o.version <= n.version) AND o.until_release IS NULL
    AND o.id <> ALL(:shown)
"""
_LEFT = f"""
SELECT count(*) FROM app.slices o WHERE {_IS_LEFT} AND o.from_release IS NOT NULL
"""  # noqa: S608  # words of our own
_CLOSE_LEFT = f"""
UPDATE app.slices o SET until_release = (SELECT max(seq) FROM app.releases) WHERE {_IS_LEFT}
"""  # noqa: S608  # words of our own
_OPEN_SLICES = "UPDATE app.slices SET from_release = :seq WHERE id = ANY(:fresh)"

# Registers: what is accepted and current is shown; what it takes the place of, or is gone, is not.
_RECORDS = """
SELECT count(*) FROM app.records
WHERE (live AND from_release IS NULL)
   OR (NOT live AND from_release IS NOT NULL AND until_release IS NULL)
"""
_OPEN_RECORDS = "UPDATE app.records SET from_release = :seq WHERE live AND from_release IS NULL"
_CLOSE_RECORDS = """
UPDATE app.records SET until_release = :seq
WHERE NOT live AND from_release IS NOT NULL AND until_release IS NULL
"""


def publish(
    store: Store,
    run: OpenRun,
    boundaries_id: str,
    results: Iterable[Result],
    *,
    shown: Sequence[uuid.UUID] = (),
    left: Sequence[uuid.UUID] = (),
    withdrawn: Sequence[Key] = (),
    remade: Sequence[Remade] = (),
    note: str = "",
) -> str | None:
    """Show new numbers to readers.

    Args:
        run: the run that made them; ended in the same transaction.
        boundaries_id: the boundary set that they are for.
        results: calculations with their estimates.
        shown: slices that readers may see although no estimate rests on them.
        left: slices that readers shall see no longer, nor an earlier version of theirs, though
            nothing takes their place; but for those of ``shown``.
        withdrawn: numbers that are no longer said: their rows end with the older release.
        remade: products that could not be made anew yet.
        note: one line for the list of releases.

    Returns:
        The name of the new release; None: nothing has changed, and no release was made.

    Raises:
        LeaseLost: a later run has taken over; nothing is published.
    """
    with transaction(store.engine) as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        hold_lease(connection, run)
        calculated = _stage(connection, run, results)
        _withdraw(connection, withdrawn)
        # Registers come without numbers: comparing none with a million rows would take seconds.
        compared = bool(calculated or withdrawn)
        changed = _compare(connection) if compared else 0
        fresh = list(connection.execute(text(_FRESH_SLICES), {"shown": list(shown)}).scalars())
        ends = {"left": list(left), "shown": list(shown)}
        gone = connection.execute(text(_LEFT), ends).scalar_one()
        entries = connection.execute(text(_RECORDS)).scalar_one()
        retracted = connection.execute(text(_RETRACTED)).scalar_one()
        reworded = wording.are_new(connection)
        run.taken += changed + entries
        name: str | None = None
        moved = _boundaries_moved(connection, boundaries_id)
        if changed or fresh or gone or retracted or entries or reworded or moved:
            seq, name = _next(connection)
            connection.execute(
                insert(releases).values(
                    seq=seq,
                    name=name,
                    published_at=func.now(),
                    run_id=run.id,
                    boundaries_id=boundaries_id,
                    note=note,
                )
            )
            for statement in (_CLOSE, _OPEN) if compared else ():
                connection.execute(text(statement), {"seq": seq})
            connection.execute(text(_CLOSE_SLICES), {"seq": seq, "fresh": fresh})
            connection.execute(text(_OPEN_SLICES), {"seq": seq, "fresh": fresh})
            for statement in (_CLOSE_RETRACTED, _OPEN_RECORDS, _CLOSE_RECORDS):
                connection.execute(text(statement), {"seq": seq})
            wording.keep(connection, seq)
            latest.move(connection, seq)
            entered = f", {entries} entries" if entries else ""
            said = ", sources reworded" if reworded else ""
            run.detail = f"release {name}: {changed} numbers, {len(fresh)} slices{entered}{said}"
        connection.execute(text(_CLOSE_LEFT), ends)
        remaking.keep(connection, remade)
        end_run(connection, run, RunState.DONE if name else RunState.NOTHING_NEW)
    return name


def _compare(connection: Connection) -> int:
    """Set what was computed beside what readers see; returns how many numbers are others."""
    for table, statement in (("new", _NEW), ("old", _OLD)):
        connection.execute(text(statement))
        connection.execute(text(f"ANALYZE {table}"))
    connection.execute(text(_CHANGED))
    connection.execute(text(_GONE))
    found: int = connection.execute(
        text("SELECT (SELECT count(*) FROM changed) + (SELECT count(*) FROM gone)")
    ).scalar_one()
    return found


def _withdraw(connection: Connection, keys: Sequence[Key]) -> None:
    connection.execute(
        text(
            "CREATE TEMPORARY TABLE withdrawn (indicator text, product text, period date)"
            " ON COMMIT DROP"
        )
    )
    if keys:
        names = ("indicator", "product", "period")
        connection.execute(
            text("INSERT INTO withdrawn VALUES (:indicator, :product, :period)"),
            [dict(zip(names, key, strict=True)) for key in keys],
        )


def _stage(connection: Connection, run: OpenRun, results: Iterable[Result]) -> int:
    """Write down what was computed; returns how many calculations there are."""
    count = 0
    connection.execute(
        text(
            "CREATE TEMPORARY TABLE staged (calculation_id uuid, area text, "
            + ", ".join(f"{name} {kind}" for name, kind in NUMBERS.items())
            + ") ON COMMIT DROP"
        )
    )
    cursor = connection.connection.cursor()
    for result in results:
        count += 1
        made = result.calculation
        connection.execute(
            insert(calculations).values(
                id=made.id,
                indicator=made.indicator,
                product=made.product,
                period=made.period,
                period_end=made.period_end,
                unit=made.unit,
                data_class=made.data_class,
                boundaries_id=made.boundaries_id,
                algorithm=made.algorithm,
                run_id=run.id,
                created_at=func.now(),
                base=made.base[0] if made.base else None,
                base_end=made.base[1] if made.base else None,
            )
        )
        connection.execute(
            insert(calculation_slices),
            [{"calculation_id": made.id, "slice_id": piece} for piece in made.slices],
        )
        with cursor.copy("COPY staged FROM STDIN") as copy:
            for e in result.estimates:
                copy.write_row((made.id, e.area, *(_stored(e, name) for name in NUMBERS)))
    cursor.close()
    return count


def _stored(estimate: Estimate, name: str) -> object:
    found = getattr(estimate, name)
    return ";".join(found) if name == "reasons" else found


def _boundaries_moved(connection: Connection, boundaries_id: str) -> bool:
    query = select(releases.c.boundaries_id).order_by(releases.c.seq.desc()).limit(1)
    return connection.execute(query).scalar_one_or_none() != boundaries_id


def _next(connection: Connection) -> tuple[int, str]:
    seq = connection.execute(select(func.coalesce(func.max(releases.c.seq), 0) + 1)).scalar_one()
    month = connection.execute(text("SELECT to_char(now(), 'YYYY.MM')")).scalar_one()
    taken = connection.execute(
        select(func.count()).where(releases.c.name.startswith(f"{month}."))
    ).scalar_one()
    return seq, f"{month}.{taken + 1}"
