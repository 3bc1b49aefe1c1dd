"""Read: what readers see, always as of one release."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import RowMapping, Select, Table, and_, exists, func, or_, select, text
from sqlalchemy.sql.elements import ColumnElement

from soc_monitor.errors import NothingPublished, UnknownPeriod, UnknownRelease
from soc_monitor.model import DataClass, Estimate, Reason, Release, Series, State
from soc_monitor.store.engine import one_look, transaction
from soc_monitor.store.store import Store
from soc_monitor.store.tables import areas, calculations, estimates, pointers, releases

LATEST = "latest"

MEASURED = 0.5
"""From this measured share on a modelled or inferred number is observed and modelled."""


def part_of(table: Table, release: Release) -> ColumnElement[bool]:
    """Rows of ``table`` that are part of a release."""
    return and_(
        table.c.from_release <= release.seq,
        or_(table.c.until_release.is_(None), table.c.until_release > release.seq),
    )


def find_release(store: Store, name: str = LATEST, as_of: datetime | None = None) -> Release:
    """A release by its name, or the newest one at an instant.

    Raises:
        NothingPublished: there is none yet (or was none at that instant).
        UnknownRelease: there is none with this name.
    """
    query = select(releases)
    if name != LATEST:
        query = query.where(releases.c.name == name)
    elif as_of is not None:
        query = query.where(releases.c.published_at <= as_of)
        query = query.order_by(releases.c.seq.desc()).limit(1)
    else:
        query = query.join(pointers, pointers.c.release == releases.c.seq).where(
            pointers.c.name == LATEST
        )
    with one_look(store.engine) as connection:
        row = connection.execute(query).mappings().first()
    if row is not None:
        return _release(row)
    if name != LATEST:
        raise UnknownRelease(f"no release {name!r}", hint="/api/v1/releases lists them")
    raise NothingPublished("there is no release yet")


def list_releases(store: Store, *, limit: int = 100) -> list[Release]:
    """Releases, newest first."""
    query = select(releases).order_by(releases.c.seq.desc()).limit(limit)
    with transaction(store.engine) as connection:
        return [_release(row) for row in connection.execute(query).mappings()]


def _release(row: RowMapping) -> Release:
    return Release(
        seq=row["seq"],
        name=row["name"],
        published_at=row["published_at"],
        boundaries_id=row["boundaries_id"],
        note=row["note"],
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Available:
    """What a release has of one indicator and product."""

    indicator: str
    product: str
    unit: str
    data_class: DataClass
    periods: tuple[tuple[date, date], ...]
    """(first day, last day), oldest first."""
    provisional: frozenset[tuple[date, date]] = frozenset()
    """Of them, those in which the number of some area may still move."""


def served_levels(store: Store, release: Release) -> frozenset[str]:
    """The levels of areas that a release has numbers for, by its boundary set."""
    numbers = exists().where(part_of(estimates, release))
    query = (
        select(areas.c.level)
        .distinct()
        .where(areas.c.boundaries_id == release.boundaries_id, numbers)
    )
    with transaction(store.engine) as connection:
        return frozenset(connection.execute(query).scalars())


def available(store: Store, release: Release) -> list[Available]:
    """Every indicator and product of a release, with its periods."""
    query = (
        select(
            calculations.c.indicator,
            calculations.c.product,
            calculations.c.unit,
            calculations.c.data_class,
            calculations.c.period,
            calculations.c.period_end,
            func.bool_or(estimates.c.provisional).label("provisional"),
        )
        .join(estimates, estimates.c.calculation_id == calculations.c.id)
        .where(part_of(estimates, release))
        .group_by(
            calculations.c.indicator,
            calculations.c.product,
            calculations.c.unit,
            calculations.c.data_class,
            calculations.c.period,
            calculations.c.period_end,
        )
        .order_by(calculations.c.indicator, calculations.c.product, calculations.c.period)
    )
    found: dict[tuple[str, str, str, str], dict[tuple[date, date], bool]] = {}
    with transaction(store.engine) as connection:
        for row in connection.execute(query):
            key = (row.indicator, row.product, row.unit, row.data_class)
            found.setdefault(key, {})[row.period, row.period_end] = row.provisional
    return [
        Available(
            indicator=indicator,
            product=product,
            unit=unit,
            data_class=DataClass(data_class),
            periods=tuple(periods),
            provisional=frozenset(one for one, moves in periods.items() if moves),
        )
        for (indicator, product, unit, data_class), periods in found.items()
    ]


def _estimates(release: Release, indicator: str, product: str) -> Select[Any]:
    return (
        select(
            estimates,
            calculations.c.period,
            calculations.c.period_end,
            calculations.c.unit,
            calculations.c.data_class,
            calculations.c.base,
            calculations.c.base_end,
        )
        .join(calculations, estimates.c.calculation_id == calculations.c.id)
        .where(
            calculations.c.indicator == indicator,
            calculations.c.product == product,
            part_of(estimates, release),
        )
    )


# The most frequent question of all: written out, it is not put together anew for each reader.
_SERIES = text(
    "SELECT e.*, c.period, c.period_end, c.unit, c.data_class, c.base, c.base_end"
    " FROM app.calculations c JOIN app.estimates e ON e.calculation_id = c.id"
    " WHERE c.indicator = :indicator AND c.product = :product AND e.area = ANY(:codes)"
    " AND e.from_release <= :seq AND (e.until_release IS NULL OR e.until_release > :seq)"
    " ORDER BY c.period"
)


def read_series(
    store: Store, release: Release, indicator: str, product: str, codes: Sequence[str]
) -> list[Series]:
    """The series of some areas, in the order asked; an area without estimates has an empty one."""
    asked = {"indicator": indicator, "product": product, "seq": release.seq, "codes": list(codes)}
    found: dict[str, list[Estimate]] = {code: [] for code in codes}
    unit = ""
    with one_look(store.engine) as connection:
        for row in connection.execute(_SERIES, asked).mappings():
            unit = row["unit"]
            found[row["area"]].append(_estimate(row))
    return [
        Series(indicator=indicator, product=product, area=code, unit=unit, estimates=tuple(numbers))
        for code, numbers in found.items()
    ]


_ANY = (
    "EXISTS (SELECT FROM app.calculations c JOIN app.estimates e ON e.calculation_id = c.id"
    " WHERE c.indicator = :indicator AND c.product = :product AND e.area = ANY(:codes)"
    " AND e.from_release <= :seq AND (e.until_release IS NULL OR e.until_release > :seq)"
    " AND (c.period, c.period_end) IN"
    " (SELECT * FROM unnest(CAST(:first AS date[]), CAST(:last AS date[])))"
)
# Each ends with the first number that it finds: most often there is one soon.
_TRAITS = text(
    f"SELECT {_ANY} AND e.provisional), {_ANY} AND e.std_error IS NOT NULL),"
    f" {_ANY} AND (e.std_error IS NOT NULL OR e.lower_95 IS NOT NULL))"
)


class Traits(NamedTuple):
    """What holds of any of some numbers."""

    provisional: bool
    """One is replaced when its period is closed."""
    with_error: bool
    """One has a standard error."""
    with_ends: bool
    """One has an interval, of its own or of its standard error."""


def traits(
    store: Store,
    release: Release,
    indicator: str,
    product: str,
    codes: Sequence[str],
    periods: Sequence[tuple[date, date]],
) -> Traits:
    """What holds of any number of some areas in some periods (first, last day)."""
    asked = {
        "indicator": indicator,
        "product": product,
        "seq": release.seq,
        "codes": list(codes),
        "first": [first for first, _ in periods],
        "last": [last for _, last in periods],
    }
    with one_look(store.engine) as connection:
        return Traits(*connection.execute(_TRAITS, asked).one())


_VALUES = text(
    "SELECT e.area, c.period, c.indicator, e.value, e.mapped_ha"
    " FROM app.calculations c JOIN app.estimates e ON e.calculation_id = c.id"
    " WHERE c.indicator = ANY(:indicators) AND c.product = :product AND e.area = ANY(:codes)"
    " AND e.from_release <= :seq AND (e.until_release IS NULL OR e.until_release > :seq)"
)


class Told(NamedTuple):
    """A number alone, and the land it is of."""

    value: float | None
    mapped_ha: float


def read_values(
    store: Store, release: Release, indicators: Sequence[str], product: str, codes: Sequence[str]
) -> dict[tuple[str, date], dict[str, Told]]:
    """The values of several indicators, by area and first day of the period, then by indicator."""
    asked = {
        "indicators": list(indicators),
        "product": product,
        "seq": release.seq,
        "codes": list(codes),
    }
    found: dict[tuple[str, date], dict[str, Told]] = {}
    with one_look(store.engine) as connection:
        for area, period, indicator, value, mapped in connection.execute(_VALUES, asked):
            found.setdefault((area, period), {})[indicator] = Told(value, mapped)
    return found


def read_map(
    store: Store, release: Release, indicator: str, product: str, period: date
) -> dict[str, Estimate]:
    """The estimates of every area for one period, by code.

    Raises:
        UnknownPeriod: there are none for that period.
    """
    query = _estimates(release, indicator, product).where(calculations.c.period == period)
    with transaction(store.engine) as connection:
        found = {row["area"]: _estimate(row) for row in connection.execute(query).mappings()}
    if not found:
        raise UnknownPeriod(f"{product} has no {indicator} for {period.isoformat()}")
    return found


def _estimate(row: RowMapping) -> Estimate:
    return Estimate(
        area=row["area"],
        period=row["period"],
        period_end=row["period_end"],
        value=row["value"],
        std_error=row["std_error"],
        mapped_ha=row["mapped_ha"],
        land_ha=row["land_ha"],
        calculation_id=row["calculation_id"],
        data_class=DataClass(row["data_class"])
        if (row["observation_weight"] or 0.0) < MEASURED
        else DataClass.OBSERVED_MODELLED,
        provisional=row["provisional"],
        lower_95=row["lower_95"],
        upper_95=row["upper_95"],
        lower_50=row["lower_50"],
        upper_50=row["upper_50"],
        state=None if row["state"] is None else State(row["state"]),
        reasons=tuple(Reason(word) for word in (row["reasons"] or "").split(";") if word),
        prob_gt_0=row["prob_gt_0"],
        prob_ge_4=row["prob_ge_4"],
        observation_weight=row["observation_weight"],
        base=None if row["base"] is None else (row["base"], row["base_end"]),
    )


def read_records(store: Store, register: str) -> list[tuple[str, dict[str, object]]]:
    """The live records of a register, in their order: (key, record)."""
    query = text(
        "SELECT key, body FROM app.records WHERE register = :register AND live ORDER BY position"
    )
    with transaction(store.engine) as connection:
        return [(key, body) for key, body in connection.execute(query, {"register": register})]
