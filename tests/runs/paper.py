"""A world small enough for paper: cells of 10 by 10 degrees, two countries of two areas each.

20 N  | BBB-1 40 | BBB-1 50 | BBB-2 half of 60 |
10 N  | AAA-1 10 | AAA-2 20 | AAA-2 no data    |          | nobody's 100 |
 0    0          10         20                 30        100            110 E
"""

import math
import uuid
from calendar import monthrange
from collections.abc import Mapping
from datetime import UTC, date, datetime

import numpy as np
import pytest
import shapely
from sqlalchemy import text

from soc_monitor.model import (
    Computation,
    Cube,
    DataClass,
    Estimate,
    Freq,
    Grid,
    Item,
    Run,
)
from soc_monitor.runs.boundaries import read_boundaries
from soc_monitor.runs.estimate import estimate
from soc_monitor.store import arrays, intake, read, runs
from soc_monitor.store.store import Store

GRID = Grid(nx=36, ny=18)
EARLY, LATE = date(1990, 1, 1), date(2010, 1, 1)
NAN = float("nan")
HA_PER_PG = 1e-9


def band_ha(south: float, north: float, width: float) -> float:
    """Area between two parallels on WGS 84 [ha], by the closed formula."""
    a, f = 6378137.0, 1 / 298.257223563
    e = math.sqrt(f * (2 - f))
    b2 = (a * (1 - f)) ** 2

    def q(lat: float) -> float:
        s = math.sin(math.radians(lat))
        return s / (2 * (1 - (e * s) ** 2)) + math.atanh(e * s) / (2 * e)

    return math.radians(width) * b2 * (q(north) - q(south)) / 1e4


A0, A1 = band_ha(0, 10, 10), band_ha(10, 20, 10)


def place(lon: float, lat: float) -> tuple[int, int]:
    return int((90 - lat) // 10), int((lon + 180) // 10)


def field(cells: Mapping[tuple[int, int], float]) -> np.ndarray:
    """A field without data but in some cells, given by a point in each."""
    values = np.full(GRID.shape, NAN, np.float32)
    for (lon, lat), value in cells.items():
        values[place(lon, lat)] = value
    return values


STOCK = {
    (5, 5): 10.0, (15, 5): 20.0, (5, 15): 40.0, (15, 15): 50.0, (25, 15): 60.0, (105, 5): 100.0,
}  # fmt: skip
BOXES = {"AAA-1": (0, 0, 10, 10), "AAA-2": (10, 0, 30, 10), "BBB-1": (0, 10, 20, 20)}
BOXES["BBB-2"] = (20, 10, 25, 20)


def last_day(period: date, freq: Freq) -> date:
    month = period.month if freq is Freq.MONTH else 12
    return period.replace(month=month, day=monthrange(period.year, month)[1])


class World:
    """A store that is filled step by step."""

    def __init__(self, store: Store) -> None:
        self.store = store
        for job in ("made_up", "areas"):
            runs.register_feed(
                store,
                Computation(
                    id=job,
                    title={"en": job, "fr": job, "es": job},
                    licence="CC0-1.0",
                    citation="-",
                    link="-",
                    notes={},
                ),
            )

    def areas(self, boxes: Mapping[str, tuple[int, int, int, int]] = BOXES) -> None:
        names = {"name_en": "n", "name_fr": "n", "name_es": "n"}
        finest = [
            {"code": c, "country": c[:3], "wkb": shapely.to_wkb(shapely.box(*b), hex=True), **names}
            for c, b in boxes.items()
        ]
        countries = [{"code": c, "parent": "M49-001", **names} for c in ("AAA", "BBB")]
        regions = [
            {"code": "WLD", "parent": "", **names},
            {"code": "M49-001", "parent": "WLD", **names},
        ]
        with self.run("areas") as run:
            run.taken = read_boundaries(self.store, run, (finest, countries, regions), [item()])

    def run(self, job: str = "made_up"):  # type: ignore[no-untyped-def]  # a context
        return runs.open_run(self.store, job, datetime.now(UTC), job_version="1", code_version="1")

    def put(
        self,
        period: date,
        values: np.ndarray,
        variable: str = "soc_stock_0_30cm",
        freq: Freq = Freq.EPOCH,
        unit: str = "t ha-1",
    ) -> None:
        cube = Cube(
            product="made_up",
            variable=variable,
            unit=unit,
            freq=freq,
            grid=GRID,
            data_class=DataClass.MODELLED,
        )
        path, array = arrays.create(self.store, cube, period)
        array[:] = values
        piece = intake.NewSlice(
            cube=cube,
            period=period,
            period_end=last_day(period, freq),
            path=path,
            checksum=arrays.seal(self.store, path),
            valid_cells=int(np.isfinite(values).sum()),
            median=None,
        )
        with self.run() as run:
            intake.add_slices(self.store, run, [piece], item())
            run.taken = 1

    def estimate(self) -> Run:
        return estimate(self.store, datetime.now(UTC))

    def read(self, indicator: str, period: date = EARLY) -> dict[str, Estimate]:
        return read.read_map(
            self.store, read.find_release(self.store), indicator, "made_up", period
        )

    def values(self, indicator: str, period: date = EARLY) -> dict[str, float | None]:
        return {area: found.value for area, found in self.read(indicator, period).items()}

    def calculations(self) -> dict[tuple[str, int], int]:
        """How often each indicator was computed for each year."""
        query = text(
            "SELECT indicator, extract(year FROM period)::int, count(*) FROM app.calculations "
            "GROUP BY 1, 2"
        )
        with self.store.engine.connect() as connection:
            return {(name, year): n for name, year, n in connection.execute(query)}


def item() -> intake.NewItem:
    return intake.NewItem(
        item=Item(key="file", address="file"), sha256=uuid.uuid4().hex * 2, size=1
    )


def near(expected: float) -> object:
    return pytest.approx(expected, rel=1e-12)


NATIVE = {(5, 5): 13.0, (15, 5): NAN, (25, 5): 70.0, (5, 15): 41.0, (15, 15): 45.0}
