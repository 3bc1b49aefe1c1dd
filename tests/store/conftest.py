"""What the tests of the store share: feeds, items, slices and boundaries, made by hand."""

import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime

import numpy as np
import pytest
import shapely

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
)
from soc_monitor.store import arrays, intake, publish, runs, tabular
from soc_monitor.store.store import Store, open_store

JOB = "made_up"
GRID = Grid(nx=8, ny=4)
PERIODS = (date(2000, 1, 1), date(2010, 1, 1))


class Hand:
    """Writes into a store by hand, through the store's own functions."""

    def __init__(self, store: Store) -> None:
        self.store = store
        title = {"en": "Made up", "fr": "Inventé", "es": "Inventado"}
        for job in (JOB, "estimate"):
            runs.register_feed(
                store,
                Computation(
                    id=job, title=title, licence="CC0-1.0", citation="-", link="-", notes={}
                ),
            )

    def run(
        self, job: str = JOB, due: datetime | None = None, tries: int = 1
    ) -> AbstractContextManager[runs.OpenRun]:
        """A run that is due now, or then."""
        return runs.open_run(
            self.store,
            job,
            due or datetime.now(UTC),
            job_version="1",
            code_version="1",
            tries=tries,
        )

    def item(self, key: str = "file.tif", sha256: str = "") -> intake.NewItem:
        """A file of other bytes than any before, or of these."""
        item = Item(key=key, address=f"https://example.org/{key}")
        return intake.NewItem(item=item, sha256=sha256 or uuid.uuid4().hex * 2, size=1)

    def cube(self, variable: str = "soc_stock_0_30cm", dtype: str = "float32") -> Cube:
        """A cube of 4 x 8 cells."""
        return Cube(
            product=JOB,
            variable=variable,
            unit="t ha-1",
            freq=Freq.EPOCH,
            grid=GRID,
            data_class=DataClass.MODELLED,
            dtype=dtype,
            fill=float("nan") if dtype == "float32" else -1,
        )

    def piece(self, cube: Cube, period: date, value: float = 1.0) -> intake.NewSlice:
        """An array of one value, sealed and without a row."""
        path, array = arrays.create(self.store, cube, period)
        array[:] = np.full(cube.grid.shape, value, cube.dtype)
        return intake.NewSlice(
            cube=cube,
            period=period,
            period_end=period.replace(month=12, day=31),
            path=path,
            checksum=arrays.seal(self.store, path),
            valid_cells=32,
            median=value,
        )

    def slice(self, period: date = PERIODS[0], value: float = 1.0) -> uuid.UUID:
        """A slice with its row, from a file of its own."""
        with self.run() as run:
            made = intake.add_slices(
                self.store, run, [self.piece(self.cube(), period, value)], self.item()
            )
            run.taken = 1
        return made[0]

    def boundaries(self, name: str = "hand", codes: tuple[str, ...] = ("AAA", "BBB")) -> str:
        """A boundary set: the world, and countries of ten by ten degrees."""
        shapes = [
            tabular.AreaShape(
                area=Area(
                    code=code,
                    level=Level.WORLD if code == "WLD" else Level.ADM0,
                    parent=None if code == "WLD" else "WLD",
                    name_en=code,
                    name_fr=code,
                    name_es=code,
                    area_km2=1.0,
                    bbox=None,
                ),
                geom=None if code == "WLD" else self.box(number),
                outline=None if code == "WLD" else self.box(number),
            )
            for number, code in enumerate(("WLD", *codes))
        ]
        with self.run() as run:
            tabular.add_boundaries(self.store, run, name, shapes, [self.item("areas.geojson")])
            run.taken = 1
        return name

    def box(self, number: int) -> shapely.MultiPolygon:
        """Ten by ten degrees, beside the others."""
        return shapely.MultiPolygon([shapely.box(10 * number, 0, 10 * number + 10, 10)])

    def result(
        self,
        values: dict[str, float | None],
        slices: tuple[uuid.UUID, ...],
        period: date = PERIODS[0],
        boundaries: str = "hand",
    ) -> publish.Result:
        """A calculation with one estimate an area."""
        end = period.replace(month=12, day=31)
        made = Calculation(
            id=uuid.uuid4(),
            indicator="soc_stock_0_30cm",
            product=JOB,
            period=period,
            period_end=end,
            unit="t ha-1",
            data_class=DataClass.MODELLED,
            boundaries_id=boundaries,
            algorithm="by hand",
            slices=slices,
        )
        numbers = [
            Estimate(
                area=area,
                period=period,
                period_end=end,
                value=value,
                std_error=None,
                mapped_ha=1.0,
                land_ha=2.0,
                calculation_id=made.id,
                data_class=DataClass.MODELLED,
            )
            for area, value in values.items()
        ]
        return publish.Result(made, numbers)

    def publish(self, *results: publish.Result, boundaries: str = "hand") -> str | None:
        """One release of some results; None: nothing was new."""
        with self.run("estimate") as run:
            return publish.publish(self.store, run, boundaries, results)


@pytest.fixture
def hand(store: Store) -> Hand:
    """An empty store, to be written by hand."""
    return Hand(store)


@pytest.fixture
def another(store: Store) -> Iterator[Callable[[], Hand]]:
    """The same store as another process has it: with connections of its own."""
    made: list[Store] = []

    def new() -> Hand:
        made.append(open_store(store.engine.url.render_as_string(), store.arrays, statement_s=60))
        return Hand(made[-1])

    yield new
    for opened in made:
        opened.close()
