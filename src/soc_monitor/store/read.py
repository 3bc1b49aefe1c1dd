"""Read: what readers see, always as of one release."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import RowMapping, Select, Table, and_, exists, or_, select, text
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.sql.elements import ColumnElement

from soc_monitor.errors import (
    NothingPublished,
    UnknownArea,
    UnknownPeriod,
    UnknownRelease,
)
from soc_monitor.model import (
    Area,
    Calculation,
    Cube,
    DataClass,
    Estimate,
    Freq,
    Grid,
    Level,
    Reason,
    Release,
    RunState,
    Series,
    Slice,
    State,
)
from soc_monitor.model.freshness import Freshness, age_days, judge
from soc_monitor.store.engine import one_look, transaction
from soc_monitor.store.store import Store
from soc_monitor.store.tables import (
    areas,
    calculation_slices,
    calculations,
    cubes,
    estimates,
    pointers,
    releases,
    slices,
)
from soc_monitor.store.tables import slice_parents as parents
from soc_monitor.store.wording import REWORDED

LATEST = "latest"
MEASURED = 0.5
"""From this measured share on a modelled or inferred number is observed and modelled."""


def part_of(table: Table, release: Release) -> ColumnElement[bool]:
    """Rows of ``table`` that are part of a release."""
    return and_(
        table.c.from_release <= release.seq,
        or_(table.c.until_release.is_(None), table.c.until_release > release.seq),
    )


# --- releases ----------------------------------------------------------------------------------


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
        raise UnknownRelease(f"no release {name!r}", hint="GET /api/v1/releases lists them")
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


# --- areas -------------------------------------------------------------------------------------

_AREA = (
    areas.c.code,
    areas.c.level,
    areas.c.parent,
    areas.c.name_en,
    areas.c.name_fr,
    areas.c.name_es,
    areas.c.area_km2,
    areas.c.bbox,
)


def list_areas(
    store: Store,
    boundaries_id: str,
    *,
    level: Level | None = None,
    parent: str | None = None,
    codes: Sequence[str] | None = None,
) -> list[Area]:
    """Areas of a boundary set, in order of code."""
    query = select(*_AREA).where(areas.c.boundaries_id == boundaries_id).order_by(areas.c.code)
    if level is not None:
        query = query.where(areas.c.level == level)
    if parent is not None:
        query = query.where(areas.c.parent == parent)
    if codes is not None:
        query = query.where(areas.c.code.in_(codes))
    with transaction(store.engine) as connection:
        return [_area(row) for row in connection.execute(query).mappings()]


def get_areas(store: Store, boundaries_id: str, codes: Sequence[str]) -> list[Area]:
    """Areas by their codes, in the order asked.

    Raises:
        UnknownArea: one of them does not exist.
    """
    found = {area.code: area for area in list_areas(store, boundaries_id, codes=codes)}
    missing = [code for code in codes if code not in found]
    if missing:
        raise UnknownArea(
            f"no area {missing[0]!r}", hint="GET /api/v1/areas?q=… finds areas by name"
        )
    return [found[code] for code in codes]


def ancestors(store: Store, boundaries_id: str, code: str) -> list[Area]:
    """The areas that an area is a part of, the world first; without itself."""
    query = text(
        "WITH RECURSIVE up AS ("
        " SELECT code, parent, 0 AS depth FROM app.areas"
        "  WHERE boundaries_id = :set AND code = :code"
        " UNION ALL SELECT a.code, a.parent, up.depth + 1 FROM app.areas a"
        "  JOIN up ON a.code = up.parent WHERE a.boundaries_id = :set)"
        " SELECT code FROM up WHERE depth > 0 ORDER BY depth DESC"
    )
    with transaction(store.engine) as connection:
        codes = list(connection.execute(query, {"set": boundaries_id, "code": code}).scalars())
    return get_areas(store, boundaries_id, codes)


def _area(row: RowMapping) -> Area:
    return Area(
        code=row["code"],
        level=Level(row["level"]),
        parent=row["parent"],
        name_en=row["name_en"],
        name_fr=row["name_fr"],
        name_es=row["name_es"],
        area_km2=row["area_km2"],
        bbox=None if row["bbox"] is None else tuple(row["bbox"]),
    )


def geometries(store: Store, boundaries_id: str, level: Level) -> list[tuple[str, bytes]]:
    """(code, WKB) of the areas of a level, in order of code; exact shapes, for weights."""
    query = text(
        "SELECT code, ST_AsBinary(geom) FROM app.areas"
        " WHERE boundaries_id = :set AND level = :level AND geom IS NOT NULL ORDER BY code"
    )
    with transaction(store.engine) as connection:
        rows = connection.execute(query, {"set": boundaries_id, "level": level.value})
        return [(code, bytes(shape)) for code, shape in rows]


def outlines(
    store: Store, boundaries_id: str, codes: Sequence[str], *, full: bool = False
) -> dict[str, str]:
    """Code to GeoJSON geometry, as text; simplified for display, or exact."""
    column = "geom" if full else "outline"
    query = text(
        f"SELECT code, ST_AsGeoJSON({column}, 5) FROM app.areas"  # noqa: S608  # one of two words
        " WHERE boundaries_id = :set AND code = ANY(:codes) AND geom IS NOT NULL"
    )
    with transaction(store.engine) as connection:
        rows = connection.execute(query, {"set": boundaries_id, "codes": list(codes)})
        return {code: shape for code, shape in rows if shape is not None}


# --- estimates ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Available:
    """What a release has of one indicator and product."""

    indicator: str
    product: str
    unit: str
    data_class: DataClass
    periods: tuple[tuple[date, date], ...]
    """(first day, last day), oldest first."""


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
        )
        .join(estimates, estimates.c.calculation_id == calculations.c.id)
        .where(part_of(estimates, release))
        .distinct()
        .order_by(calculations.c.indicator, calculations.c.product, calculations.c.period)
    )
    found: dict[tuple[str, str, str, str], list[tuple[date, date]]] = {}
    with transaction(store.engine) as connection:
        for row in connection.execute(query):
            key = (row.indicator, row.product, row.unit, row.data_class)
            found.setdefault(key, []).append((row.period, row.period_end))
    return [
        Available(
            indicator=indicator,
            product=product,
            unit=unit,
            data_class=DataClass(data_class),
            periods=tuple(dict.fromkeys(periods)),
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


# --- slices ------------------------------------------------------------------------------------


def newest_slices(store: Store, *, product: str | None = None) -> list[Slice]:
    """The newest version of every slice, published or not: what runs work from."""
    query = _slices().ext(distinct_on(slices.c.cube_id, slices.c.period))
    query = query.order_by(slices.c.cube_id, slices.c.period, slices.c.version.desc())
    if product is not None:
        query = query.where(cubes.c.product == product)
    with transaction(store.engine) as connection:
        return [_slice(row) for row in connection.execute(query).mappings()]


def released_slices(store: Store, release: Release, *, cube_id: str | None = None) -> list[Slice]:
    """The slices that are part of a release, by cube and period."""
    query = _slices().where(part_of(slices, release)).order_by(slices.c.cube_id, slices.c.period)
    if cube_id is not None:
        query = query.where(slices.c.cube_id == cube_id)
    with transaction(store.engine) as connection:
        return [_slice(row) for row in connection.execute(query).mappings()]


def slice_parents(store: Store, slice_id: uuid.UUID) -> set[uuid.UUID]:
    """The slices that a slice was computed from; none for one that was read from a file."""
    query = select(parents.c.parent_id).where(parents.c.slice_id == slice_id)
    with transaction(store.engine) as connection:
        return set(connection.execute(query).scalars())


def _slices() -> Select[Any]:
    names = [column.label(f"cube_{column.name}") for column in cubes.c]
    return select(slices, *names).join(cubes, cubes.c.id == slices.c.cube_id)


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
    )


# --- boundaries --------------------------------------------------------------------------------


def newest_boundaries(store: Store) -> str | None:
    """Id of the newest boundary set, published or not; None: there is none."""
    query = text("SELECT id FROM app.boundaries ORDER BY created_at DESC LIMIT 1")
    with transaction(store.engine) as connection:
        found: str | None = connection.execute(query).scalar_one_or_none()
    return found


def boundary_sets(store: Store) -> list[str]:
    """Ids of all boundary sets, published or not, newest first."""
    query = text("SELECT id FROM app.boundaries ORDER BY created_at DESC")
    with transaction(store.engine) as connection:
        return list(connection.execute(query).scalars())


_UNPUBLISHED = f"""
SELECT EXISTS (
    SELECT FROM app.slices s WHERE s.from_release IS NULL AND NOT EXISTS (
        SELECT FROM app.slices n
        WHERE n.cube_id = s.cube_id AND n.period = s.period AND n.version > s.version)
) OR EXISTS (
    SELECT FROM app.boundaries b WHERE b.created_at > coalesce(
        (SELECT k.created_at FROM app.pointers p
         JOIN app.releases r ON r.seq = p.release
         JOIN app.boundaries k ON k.id = r.boundaries_id WHERE p.name = 'latest'), '-infinity')
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


# --- freshness and origin ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class InputStatus:
    """How a feed stands."""

    feed_id: str
    title: dict[str, str]
    licence: str
    citation: str
    link: str
    notes: dict[str, str]
    max_age_days: int | None
    schedule: str
    time_zone: str
    retired: bool
    paused: bool
    paused_until: datetime | None
    observed_until: date | None
    """End of the newest accepted observation."""
    last_attempt: datetime | None
    last_success: datetime | None
    last_state: str | None
    last_detail: str
    items: int
    rejections: int

    def age(self, today: date) -> int | None:
        """Days since the end of the newest accepted observation; None: there is none."""
        return age_days(self.observed_until, today)

    def state(self, today: date) -> Freshness:
        """How its age and its last run stand to what is allowed."""
        return judge(
            age=self.age(today),
            allowed=self.max_age_days,
            last_state=None if self.last_state is None else RunState(self.last_state),
            paused=self.paused,
            retired=self.retired,
        )


_INPUTS = """
SELECT f.id AS feed_id, f.title, f.licence, f.citation, f.link, f.notes, f.max_age_days,
       f.schedule, f.time_zone, f.retired, f.paused_until,
       f.paused AND (f.paused_until IS NULL OR f.paused_until > now()) AS paused,
       greatest(
           (SELECT max(s.period_end) FROM app.slices s
            JOIN app.slice_items l ON l.slice_id = s.id
            JOIN app.items i ON i.id = l.item_id WHERE i.feed_id = f.id),
           (SELECT max(o.time)::date FROM app.observations o WHERE o.feed_id = f.id),
           (SELECT max(p.sampled_on) FROM app.samples p WHERE p.feed_id = f.id)
       ) AS observed_until,
       (SELECT max(r.started_at) FROM app.runs r WHERE r.job_id = f.id) AS last_attempt,
       (SELECT max(r.ended_at) FROM app.runs r
        WHERE r.job_id = f.id AND r.state IN ('done', 'nothing_new', 'partly')) AS last_success,
       (SELECT r.state FROM app.runs r WHERE r.job_id = f.id
        ORDER BY r.started_at DESC LIMIT 1) AS last_state,
       coalesce((SELECT r.detail FROM app.runs r WHERE r.job_id = f.id
        ORDER BY r.started_at DESC LIMIT 1), '') AS last_detail,
       (SELECT count(*) FROM app.items i WHERE i.feed_id = f.id) AS items,
       (SELECT count(*) FROM app.rejections j WHERE j.feed_id = f.id) AS rejections
FROM app.feeds f ORDER BY f.id
"""


def inputs_status(store: Store) -> list[InputStatus]:
    """Every feed that has ever run, by id."""
    with transaction(store.engine) as connection:
        return [InputStatus(**row) for row in connection.execute(text(_INPUTS)).mappings()]


_ORIGIN = """
WITH RECURSIVE used AS (
    SELECT slice_id FROM app.calculation_slices WHERE calculation_id = :id
    UNION
    SELECT p.parent_id FROM app.slice_parents p JOIN used u ON u.slice_id = p.slice_id
)
SELECT s.id AS slice_id, s.cube_id, s.period, s.version, s.checksum AS slice_checksum,
       s.run_id AS slice_run, i.feed_id, i.key AS item, i.sha256, i.address, i.run_id AS item_run,
       r.job_version, r.code_version
FROM used u
JOIN app.slices s ON s.id = u.slice_id
JOIN app.runs r ON r.id = s.run_id
LEFT JOIN app.slice_items l ON l.slice_id = s.id
LEFT JOIN app.items i ON i.id = l.item_id
ORDER BY s.cube_id, s.period, i.key
"""


def origin(store: Store, calculation_id: uuid.UUID) -> list[dict[str, object]]:
    """What a calculation rests on: every slice, down to the files that the first ones came from.

    Returns:
        One row a slice and file: slice, checksum, run, feed, item, SHA-256 of the file.
    """
    with transaction(store.engine) as connection:
        rows = connection.execute(text(_ORIGIN), {"id": calculation_id}).mappings()
        return [dict(row) for row in rows]


def read_records(store: Store, register: str) -> list[tuple[str, dict[str, object]]]:
    """The live records of a register, in their order: (key, record)."""
    query = text(
        "SELECT key, body FROM app.records WHERE register = :register AND live ORDER BY position"
    )
    with transaction(store.engine) as connection:
        return [(key, body) for key, body in connection.execute(query, {"register": register})]
