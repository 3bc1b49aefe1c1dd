"""A small world made by hand, published through the store's own functions, in two releases."""

import asyncio
import shutil
import tempfile
import uuid
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
import yaml
from fastapi import FastAPI
from sqlalchemy import create_engine, text
from starlette.testclient import TestClient

from soc_monitor.api.app import create_api
from soc_monitor.model import (
    Area,
    Calculation,
    Computation,
    Cube,
    DataClass,
    Estimate,
    Freq,
    Grid,
    Item,
    Level,
    Release,
)
from soc_monitor.settings import Settings
from soc_monitor.shelves import shelf
from soc_monitor.store import arrays, intake, publish, read, runs, tabular
from soc_monitor.store.store import Store, open_store

collect_ignore = ["exported.py", "generated.py"]

GRID = Grid(nx=36, ny=18)
SET = "handmade"
YEARS = ((date(2000, 1, 1), date(2000, 12, 31)), (date(2010, 1, 1), date(2010, 12, 31)))
TIER1, DEBT = "ipcc_tier1", "soil_carbon_debt"

# Code, level, parent, names in three languages, and boxes from west, south to east, north.
PLACES: tuple[
    tuple[str, str, str | None, tuple[str, str, str], tuple[tuple[int, int, int, int], ...]], ...
] = (
    ("M49-100", "m49", "WLD", ("North", "Nord", "Norte"), ()),
    ("M49-200", "m49", "WLD", ("South", "Sud", "Sur"), ()),
    ("AAA", "adm0", "M49-100", ("Azure Coast", "Côte d’Azur", "Costa Azul"), ()),
    ("BBB", "adm0", "M49-100", ("=HYPERLINK(1)", "Détroit", "Estrecho"), ()),
    ("CCC", "adm0", "M49-200", ("Sandland", "Pays de sable", "Arenal"), ()),
    ("AAA-1", "adm1", "AAA", ("West Azure", "Azur ouest", "Azul oeste"), ((0, 40, 20, 70),)),
    ("AAA-2", "adm1", "AAA", ('+East, "Azure"', "Azur est", "Azul este"), ((20, 40, 40, 70),)),
    ("BBB-1", "adm1", "BBB", ("Strait East", "Détroit est", "Este"), ((170, 50, 180, 70),)),
    ("BBB-2", "adm1", "BBB", ("Strait Far", "Détroit loin", "Lejos"), ((-180, 50, -160, 70),)),
    ("CCC-1", "adm1", "CCC", ("Dune", "Dune", "Duna"), ((10, -30, 30, -10),)),
)
CHILDREN = {
    code: [c for c, _, parent, _, _ in PLACES if parent == code]
    for code in ("WLD", *(place[0] for place in PLACES))
}
LAND_HA = {"AAA-1": 1000.0, "AAA-2": 3000.0, "BBB-1": 500.0, "BBB-2": 1500.0, "CCC-1": 2000.0}
MAPPED_HA = {"AAA-1": 1000.0, "AAA-2": 1200.0, "BBB-1": 500.0, "BBB-2": 1500.0, "unassigned": 10.0}
"""CCC-1 has no data; AAA-2 is mapped by 40 %."""


def apart(work: Coroutine[Any, Any, Any]) -> Any:
    """What a coroutine gives in a loop of its own thread: a browser of other tests has one here."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()


def stock(row: int, column: int, year: int) -> float:
    """The stock of a cell of the hand-made map [t ha-1]; the far south and CCC have none."""
    if row >= 15 or (10 <= row <= 11 and 19 <= column <= 20):
        return float("nan")
    return 10.0 + 10.0 * ((row * 36 + column + (year == 2000)) % 13)


@dataclass(frozen=True)
class World:
    """The store, the application, a client, and the two releases."""

    store: Store
    app: FastAPI
    client: TestClient
    first: Release
    second: Release
    known: dict[str, uuid.UUID]


def leaves(code: str) -> list[str]:
    below = CHILDREN.get(code, [])
    return [leaf for child in below for leaf in leaves(child)] if below else [code]


def multi(code: str) -> shapely.MultiPolygon:
    boxes = {place[0]: place[4] for place in PLACES}
    parts = [shapely.box(*box) for leaf in leaves(code) for box in boxes[leaf]]
    union = shapely.union_all(parts)
    if isinstance(union, shapely.MultiPolygon):
        return union
    assert isinstance(union, shapely.Polygon)
    return shapely.MultiPolygon([union])


def area(
    code: str, level: str, parent: str | None, names: tuple[str, str, str]
) -> tabular.AreaShape:
    shape = None if code in {"WLD", "unassigned"} else multi(code)
    bbox = None if shape is None else shape.bounds
    if code.startswith("BBB") and shape is not None and len(shape.geoms) > 1:
        bbox = (170.0, 50.0, -160.0, 70.0)
    made = Area(
        code=code,
        level=Level(level),
        parent=parent,
        name_en=names[0],
        name_fr=names[1],
        name_es=names[2],
        area_km2=sum(LAND_HA.get(leaf, 0.0) for leaf in leaves(code)) / 100,
        bbox=bbox,
    )
    return tabular.AreaShape(area=made, geom=shape, outline=shape)


def add_areas(store: Store) -> None:
    shapes = [
        area("WLD", "world", None, ("World", "Monde", "Mundo")),
        area("unassigned", "adm0", "WLD", ("Unassigned", "Non attribué", "Sin asignar")),
        *(area(code, level, parent, names) for code, level, parent, names, _ in PLACES),
    ]
    describe(store, "areas", "Areas")
    with runs.open_run(store, "areas", now(), job_version="1", code_version="1") as run:
        tabular.add_boundaries(store, run, SET, shapes, [new_item("areas.geojson")])
        run.taken = 1


def now() -> datetime:
    return datetime.now(UTC)


def new_item(key: str) -> intake.NewItem:
    item = Item(key=key, address=f"https://example.org/{key}")
    return intake.NewItem(item=item, sha256=uuid.uuid4().hex * 2, size=1)


def describe(store: Store, job: str, title: str, max_age_days: int | None = None) -> None:
    runs.register_feed(
        store,
        Computation(
            id=job,
            title={"en": title, "fr": f"{title} (fr)", "es": f"{title} (es)"},
            licence="CC-BY-4.0",
            citation=f"Somebody 2020, {title}",
            link="https://example.org",
            notes={"en": "Made by hand.", "fr": "Fait main.", "es": "Hecho a mano."},
            max_age_days=max_age_days,
        ),
    )


def cube(product: str, variable: str, freq: Freq = Freq.EPOCH) -> Cube:
    small = product == DEBT
    return Cube(
        product=product,
        variable=variable,
        unit="t ha-1",
        freq=freq,
        grid=GRID,
        data_class=DataClass.INFERRED if product == TIER1 else DataClass.MODELLED,
        dtype="uint16" if small else "float32",
        scale=0.1 if small else 1.0,
        fill=65535.0 if small else float("nan"),
    )


def add_slice(
    store: Store,
    run: runs.OpenRun,
    made: Cube,
    period: tuple[date, date],
    values: np.ndarray,
    *,
    provisional: bool = False,
) -> uuid.UUID:
    path, array = arrays.create(store, made, period[0])
    stored = np.where(np.isnan(values), made.fill, np.round(values / made.scale, 6))
    array[:] = stored.astype(made.dtype)
    piece = intake.NewSlice(
        cube=made,
        period=period[0],
        period_end=period[1],
        path=path,
        checksum=arrays.seal(store, path),
        valid_cells=int(np.isfinite(values).sum()),
        median=None,
        provisional=provisional,
    )
    (slice_id,) = intake.add_slices(store, run, [piece], new_item(f"{made.id}-{uuid.uuid4()}"))
    run.taken += 1
    return slice_id


def field(year: int, shift: float = 0.0) -> np.ndarray:
    return np.array([[stock(row, col, year) + shift for col in range(36)] for row in range(18)])


def mean_of(leaf: str, base: float) -> float | None:
    """The mean stock of a leaf [t ha-1]: another one for each."""
    if leaf not in MAPPED_HA:
        return None
    return base + 10.0 * list(MAPPED_HA).index(leaf)


def estimates(
    calculation: uuid.UUID, period: tuple[date, date], base: float, *, total: bool, error: bool
) -> list[Estimate]:
    """The numbers of every area: a parent's is the sum of its leaves, the world has the rest."""
    found = []
    for code in ("WLD", "unassigned", *(place[0] for place in PLACES)):
        parts = leaves(code) + (["unassigned"] if code == "WLD" else [])
        valid = {p: m for p in parts if (m := mean_of(p, base)) is not None}
        mapped = sum(MAPPED_HA[part] for part in valid)
        tonnes = sum(mean * MAPPED_HA[part] for part, mean in valid.items())
        land = sum(LAND_HA.get(part, MAPPED_HA.get(part, 0.0)) for part in parts)
        value = None if not valid else tonnes / 1e9 if total else tonnes / mapped
        found.append(
            Estimate(
                area=code,
                period=period[0],
                period_end=period[1],
                value=value,
                std_error=None if value is None or not error else value / 2,
                mapped_ha=mapped,
                land_ha=land,
                calculation_id=calculation,
                data_class=DataClass.INFERRED if error else DataClass.MODELLED,
                provisional=period[0].year == 2010 and code.startswith("BBB"),
            )
        )
    return found


def result(
    indicator: str,
    product: str,
    period: tuple[date, date],
    slices: list[uuid.UUID],
    base: float,
) -> publish.Result:
    total = "total" in indicator
    made = Calculation(
        id=uuid.uuid4(),
        indicator=indicator,
        product=product,
        period=period[0],
        period_end=period[1],
        unit="Pg" if total else "t ha-1",
        data_class=DataClass.INFERRED if product == TIER1 else DataClass.MODELLED,
        boundaries_id=SET,
        algorithm="by hand",
        slices=tuple(sorted(slices)),
    )
    numbers = estimates(made.id, period, base, total=total, error=product == TIER1)
    return publish.Result(made, numbers)


def ingest(store: Store) -> dict[tuple[str, int], list[uuid.UUID]]:
    """Both products in both years; the second one with its static cube."""
    describe(store, TIER1, "Tier 1")
    describe(store, DEBT, "Soil carbon debt", max_age_days=30)
    made: dict[tuple[str, int], list[uuid.UUID]] = {}
    for product in (TIER1, DEBT):
        with runs.open_run(store, product, now(), job_version="1", code_version="1") as run:
            stocks = cube(product, "soc_stock_0_30cm")
            for period in YEARS:
                year = period[0].year
                made[product, year] = [add_slice(store, run, stocks, period, field(year))]
            if product == TIER1:
                errors = cube(product, "soc_stock_0_30cm_sd")
                made[product, 2010].append(
                    add_slice(store, run, errors, YEARS[1], field(2010) / 10)
                )
            else:
                before = cube(product, "soc_stock_no_land_use_0_30cm", Freq.STATIC)
                static = add_slice(store, run, before, YEARS[0], field(2010, 3.0))
                made[product, 2000].append(static)
                made[product, 2010].append(static)
    return made


BASES = {(TIER1, 2000): 50.0, (TIER1, 2010): 45.0, (DEBT, 2000): 70.0, (DEBT, 2010): 69.0}
REVISED = 95.0
"""Base of the second release's ipcc_tier1 numbers for 2010."""


def publish_all(store: Store, made: dict[tuple[str, int], list[uuid.UUID]]) -> None:
    results = []
    for (product, year), base in BASES.items():
        period = YEARS[0] if year == 2000 else YEARS[1]
        names = ["soc_stock_0_30cm", "soc_total_0_30cm"]
        if product == DEBT:
            names.append("soc_debt_0_30cm")
        for name in names:
            shift = -80.0 if "debt" in name else 0.0
            results.append(result(name, product, period, made[product, year], base + shift))
    with runs.open_run(store, "estimate", now(), job_version="1", code_version="1") as run:
        assert publish.publish(store, run, SET, results, note="first")


def revise(store: Store, base: float = REVISED, *, provisional: bool = False) -> None:
    """A new version of one slice, and with it new numbers."""
    with runs.open_run(store, TIER1, now(), job_version="2", code_version="1") as run:
        stocks = cube(TIER1, "soc_stock_0_30cm")
        piece = add_slice(store, run, stocks, YEARS[1], field(2010, 100.0), provisional=provisional)
    results = [
        result(name, TIER1, YEARS[1], [piece], base)
        for name in ("soc_stock_0_30cm", "soc_total_0_30cm")
    ]
    with runs.open_run(store, "estimate", now(), job_version="1", code_version="1") as run:
        assert publish.publish(store, run, SET, results, note="second")


def add_plan(store: Store) -> None:
    """The plan as it ships: every objective, without a value."""
    document = yaml.safe_load((shelf("ingest_jobs") / "starter/objectives.yaml").read_text("utf-8"))
    version = document["plan"]["version_id"]
    found = [(one["id"], {"plan_version": version, **one}) for one in document["objectives"]]
    describe(store, "plan", "Plan")
    with runs.open_run(store, "plan", now(), job_version="1", code_version="1") as run:
        item = Item(key="objectives.yaml", address="objectives.yaml")
        new = intake.NewItem(item=item, sha256="0" * 64, size=1)
        run.taken = tabular.add_records(store, run, new, "objectives", found)


def fill(store: Store) -> tuple[Release, Release]:
    """The whole world, in two releases."""
    add_areas(store)
    add_plan(store)
    publish_all(store, ingest(store))
    first = read.find_release(store)
    revise(store)
    return first, read.find_release(store)


@pytest.fixture(scope="session")
def world(postgis: str, template: str) -> Iterator[World]:
    """The hand-made world: one for all tests that only read."""
    folder = Path(tempfile.mkdtemp(prefix="soc-api-"))
    name = f"api{uuid.uuid4().hex}"
    head, _, tail = postgis.partition("?")
    server = head.rpartition("/")[0]
    admin = create_engine(f"{server}/postgres?{tail}", isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template}"))
    store = open_store(f"{server}/{name}?{tail}", folder, statement_s=60)
    try:
        first, second = fill(store)
        app = create_api(store, Settings(data=folder))
        with TestClient(app, follow_redirects=False) as client:
            yield World(store, app, client, first, second, {})
    finally:
        store.close()
        with admin.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        admin.dispose()
        shutil.rmtree(folder)


@pytest.fixture
def client(world: World) -> TestClient:
    """A client of the hand-made world."""
    return world.client
