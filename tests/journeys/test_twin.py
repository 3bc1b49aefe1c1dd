"""Twin experiment: a made-up truth, seen through errors, must lie in the intervals that we print.

Twenty by twenty cells of one degree, a boundary set and a database of their own. What is observed
of the truth is written as GeoTIFFs into a mirror, ingested by job files, carried forward by the
nowcast, estimated, released, and read from the API: the ordinary path and no other.
"""

from datetime import UTC, date, datetime
from pathlib import Path
from textwrap import dedent

import numpy as np
import numpy.typing as npt
import pytest
import rasterio
import shapely
from rasterio.transform import Affine
from starlette.testclient import TestClient

from soc_monitor.api.app import create_api
from soc_monitor.model import Computation, Item
from soc_monitor.nowcast.assimilation import by_distance
from soc_monitor.nowcast.drivers import evaporation
from soc_monitor.nowcast.equilibrium import invert
from soc_monitor.nowcast.forecast import DEPTH, PACE_SD, Seed
from soc_monitor.nowcast.land import NAMES, UNKNOWN, USES, seasons, usual_cover
from soc_monitor.nowcast.rothc import Month, Soil, cover_modifier, inert, step
from soc_monitor.runs.assimilate import ERRORS, decay
from soc_monitor.runs.boundaries import read_boundaries
from soc_monitor.runs.estimate import estimate
from soc_monitor.runs.ingest import ingest
from soc_monitor.runs.jobs import load_jobs
from soc_monitor.runs.nowcast import nowcast
from soc_monitor.runs.nowcast_inputs import ERROR, STOCK, next_month
from soc_monitor.settings import Settings
from soc_monitor.store import arrays, members, read_slices, runs
from soc_monitor.store.intake import NewItem
from soc_monitor.store.store import Store

Field = npt.NDArray[np.float64]
SIDE, WEST, SOUTH = 20, 0, 30
FIRST, START, LAST = date(2006, 1, 1), date(2010, 12, 1), date(2020, 12, 1)
DOUBT = 0.25
"""Relative error of the baseline."""
MEMBERS = 25
T95, T90 = 2.064, 1.711
"""Student's t of 24 degrees of freedom, for 95 and 90 %."""

JOB = """
from datetime import date
from soc_monitor.feeds import UrlFeed
from soc_monitor.model import Cube, DataClass, Freq, Grid, IngestJob, Layer
from soc_monitor.runs.nowcast_inputs import last_day, next_month

GRID = Grid(nx=20, ny=20, west=0, south=30, east=20, north=50)
def cube(variable):
    return Cube(product="{job}", variable=variable, unit="{unit}", freq=Freq.{freq}, grid=GRID,
                data_class=DataClass.MODELLED)
months = [date({year}, 1, 1)]
while len(months) < {count}:
    months.append(next_month(months[-1]))
bands = [("{variable}", month, last_day(month)) for month in months]
if "{freq}" == "YEAR":
    end = date({year}, 12, 31)
    bands = [("{variable}", months[0], end), ("{variable}_sd", months[0], end)]
job = IngestJob(
    id="{job}", title=dict.fromkeys(("en", "fr", "es"), "{job}"),
    feed=UrlFeed(base="https://twin.invalid", folder="twin", keys=("{job}.tif",)),
    layers=tuple(
        Layer(cube=cube(variable), item="{job}.tif", band=k, period=first, period_end=end,
              unit="{unit}", valid=(-100.0, 1000.0))
        for k, (variable, first, end) in enumerate(bands, 1)
    ),
    licence="CC0-1.0", citation="made up", link="https://twin.invalid",
)
"""


def calendar() -> list[date]:
    months = [FIRST]
    while months[-1] < LAST:
        months.append(next_month(months[-1]))
    return months


class Truth:
    """What nobody sees: drivers, turnover and stock of every cell.

    The errors of its baseline are those of each cell alone, or go together as the monitor takes the
    errors of maps to do; ``bias`` is how much too much the baseline has everywhere.
    """

    def __init__(self, seed: int, *, together: bool = False, bias: float = 0.0) -> None:
        self.random, self.together = np.random.default_rng(seed), together
        self.bias = bias
        self.months = calendar()
        shape = (SIDE, SIDE)
        lat = np.linspace(SOUTH + SIDE - 0.5, SOUTH + 0.5, SIDE)
        self.lat = np.repeat(lat, SIDE)
        self.lon = np.tile(WEST + np.arange(SIDE) + 0.5, SIDE)
        order = np.array([month.month - 1 for month in self.months])
        season = -np.cos(2 * np.pi * order / 12)
        self.warmth = self._red(1.2) + (24 - 0.35 * self.lat)[None] + 9 * season[:, None]
        self.rain = (65 + 10 * np.sin(2 * np.pi * order / 12))[:, None] * np.exp(self._red(0.25))
        years = np.array([(m.year - START.year) + m.month / 12 - 1 for m in self.months])
        trend = 1 + 0.15 * np.clip(years / 10, 0, 1)
        self.npp = 0.05 * (1.1 + season)[:, None] * trend[:, None] * np.exp(self._red(0.05))
        self.stock0 = self.random.uniform(35, 110, SIDE * SIDE)
        self.pace = np.exp(PACE_SD * self.random.normal(size=SIDE * SIDE))
        self.clay = 25 * np.exp(0.1 * self.random.normal(size=SIDE * SIDE))
        self.stock = self._simulate()
        assert shape == (SIDE, SIDE)

    def _red(self, sd: float) -> Field:
        """Errors that go on from month to month, each cell its own."""
        found = np.empty((len(self.months), SIDE * SIDE))
        found[0] = self.random.normal(size=SIDE * SIDE)
        for k in range(1, len(found)):
            found[k] = 0.5 * found[k - 1] + np.sqrt(0.75) * self.random.normal(size=SIDE * SIDE)
        return sd * found

    def _correlation(self) -> Field:
        cells = np.arange(SIDE * SIDE)
        alike = np.zeros(SIDE * SIDE, int)
        near = by_distance(self.lon, self.lat, alike, decay)(cells, cells)
        found: Field = np.where(np.eye(SIDE * SIDE, dtype=bool), 1.0, ERRORS.common + near)
        return found

    def _mean_year(self, values: Field) -> Field:
        order = np.array([month.month for month in self.months])
        before = np.array([month <= START for month in self.months])
        return np.stack([values[(order == k) & before].mean(axis=0) for k in range(1, 13)])

    def _simulate(self) -> dict[date, Field]:
        """The stock at the end of every month from the start on: the model, with true drivers."""
        warmth, rain, npp = map(self._mean_year, (self.warmth, self.rain, self.npp))
        use = np.full(SIDE * SIDE, UNKNOWN, np.int8)
        season, cover = seasons(use, warmth), usual_cover(use, warmth)
        soil = Soil(clay=self.clay, depth=DEPTH)

        def month(k: int, t: Field, p: Field, plant: Field) -> Month:
            demand = evaporation(t.astype("f4"), warmth.astype("f4"), self.lat.astype("f4"), k + 1)
            return Month(
                temperature=t, rain=p, evaporation=demand, cover=cover_modifier(cover[k]),
                plant=plant, share=np.full(SIDE * SIDE, USES[NAMES[UNKNOWN]].share),
                manure=np.zeros(()), pace=self.pace,
            )  # fmt: skip

        year = [month(k, warmth[k], rain[k], season[k]) for k in range(12)]
        iom = inert(self.stock0)
        level, state = invert(self.stock0, iom, year, soil)
        found = {START: state.active + iom}
        for k, when in enumerate(self.months):
            if when <= START:
                continue
            # Growth of the last twelve months; before the start the soil was in equilibrium.
            window = [
                self.npp[j] if self.months[j] > START else npp[self.months[j].month - 1]
                for j in range(k - 11, k + 1)
            ]
            grown = np.clip(np.sum(window, axis=0) / npp.sum(axis=0), 0.5, 1.5)
            plant = level * season[when.month - 1] * grown
            forcing = month(when.month - 1, self.warmth[k], self.rain[k], plant)
            state, _ = step(state, forcing, soil)
            found[when] = state.active + iom
        return found

    def seen(self) -> dict[str, tuple[Field, str, str, str]]:
        """What is observed of it, each with an error: job -> (values, variable, unit, freq)."""
        z = self.random.normal(size=SIDE * SIDE)
        if self.together:
            z = np.linalg.cholesky(self._correlation()) @ z
        log = np.log1p(DOUBT**2)
        baseline = (1 + self.bias) * self.stock0 * np.exp(np.sqrt(log) * z)
        weather = (self.warmth + self._red(0.5), self.rain * np.exp(self._red(0.1)))
        npp = self.npp * np.exp(0.1 * self._red(1.0))
        return {
            "twin_map": (np.stack([baseline, DOUBT * baseline]), STOCK, "t ha-1", "YEAR"),
            "twin_warmth": (weather[0], "air_temperature", "degC", "MONTH"),
            "twin_rain": (weather[1], "rain", "mm month-1", "MONTH"),
            "twin_npp": (npp, "npp", "kg m-2 month-1", "MONTH"),
            "twin_warm_year": (self._mean_year(weather[0]), "air_temperature", "degC", "NORMAL"),
            "twin_wet_year": (self._mean_year(weather[1]), "rain", "mm month-1", "NORMAL"),
        }


class Twin:
    """A store that has seen the truth through its errors, by the ordinary path."""

    def __init__(self, store: Store, folder: Path, truth: Truth) -> None:
        self.store, self.truth, self.folder = store, truth, folder
        self.mirror = folder / "mirror" / "twin"
        self.mirror.mkdir(parents=True)
        self._areas()
        for job, (values, variable, unit, freq) in truth.seen().items():
            write(self.mirror / f"{job}.tif", values)
            year = {"YEAR": START.year, "NORMAL": 1980, "MONTH": FIRST.year}[freq]
            text = JOB.format(
                job=job, variable=variable, unit=unit, freq=freq, year=year,
                count=len(values),
            )  # fmt: skip
            self.take(job, text)

    def take(self, job: str, text: str) -> None:
        """Ingest what a job file says of a file in the mirror."""
        shelf = self.folder / "jobs" / job
        shelf.mkdir(parents=True)
        (shelf / f"{job}.py").write_text(dedent(text))
        (shelved,) = load_jobs([shelf]).values()
        mirror = str(self.folder / "mirror")
        run = ingest(shelved, self.store, datetime.now(UTC), mirror=mirror)
        assert run.state == "done", run.detail

    def _areas(self) -> None:
        names = {"name_en": "Twin", "name_fr": "Jumeau", "name_es": "Gemelo"}
        told = Computation(
            id="areas", title=dict.fromkeys(("en", "fr", "es"), "areas"), licence="CC0-1.0",
            citation="-", link="-", notes={},
        )  # fmt: skip
        runs.register_feed(self.store, told)
        boxes = {
            f"TWN-{k}": (5 * (k % 4), 30 + 5 * (k // 4), 5 * (k % 4) + 5, 35 + 5 * (k // 4))
            for k in range(16)
        }
        finest = [
            {"code": c, "country": "TWN", "wkb": shapely.to_wkb(shapely.box(*b), hex=True), **names}
            for c, b in boxes.items()
        ]
        regions = [{"code": "WLD", "parent": "", **names},
                   {"code": "M49-001", "parent": "WLD", **names}]  # fmt: skip
        new = NewItem(item=Item(key="areas", address="areas"), sha256="0" * 64, size=1)
        with runs.open_run(
            self.store, "areas", datetime.now(UTC), job_version="1", code_version="1"
        ) as run:
            countries = [{"code": "TWN", "parent": "M49-001", **names}]
            run.taken = read_boundaries(self.store, run, (finest, countries, regions), [new])

    def publish(self) -> None:
        run = nowcast(self.store, datetime.now(UTC), to=LAST, seed=Seed(members=MEMBERS))
        assert "120 of 121 with real weather" in run.detail, run.detail
        estimate(self.store, datetime.now(UTC))

    def field(self, variable: str, month: date) -> Field:
        (piece,) = (
            p for p in read_slices.newest_slices(self.store, product="nowcast")
            if p.cube.variable == variable and p.period == month
        )  # fmt: skip
        return np.asarray(arrays.open_slice(self.store, piece).data.compute(), float).reshape(-1)

    def totals(self, area: str, year: int) -> Field:
        """Mean total of each member over the twelve months to December (member)."""
        end = date(year, 12, 1)
        found = [
            one.totals
            for one in members.read_members(self.store, None, area)
            if next_month(end, -11) <= one.period <= end
        ]
        mean: Field = np.array(found).mean(axis=0)
        return mean


def write(path: Path, values: Field) -> None:
    bands = values.reshape(len(values), SIDE, SIDE).astype("f4")
    profile = {"driver": "GTiff", "width": SIDE, "height": SIDE, "count": len(bands),
               "dtype": "float32", "crs": "EPSG:4326",
               "transform": Affine(1, 0, WEST, 0, -1, SOUTH + SIDE)}  # fmt: skip
    with rasterio.open(path, "w", **profile) as file:
        file.write(bands)


@pytest.fixture
def twin(store: Store, tmp_path: Path) -> Twin:
    made = Twin(store, tmp_path, Truth(20_260_101))
    made.publish()
    return made


def test_the_truth_lies_in_the_intervals_as_often_as_they_say(twin: Twin) -> None:
    truth = twin.truth.stock
    mean, sd = twin.field(STOCK, LAST), twin.field(ERROR, LAST)
    inside = np.abs(truth[LAST] - mean) <= T95 * sd
    assert 0.90 <= inside.mean() <= 0.98
    assert 0.80 <= (np.abs(truth[LAST] - mean) <= T90 * sd).mean() <= 0.98
    # Between observations an interval does not shrink.
    assert np.median(sd) >= 0.97 * np.median(twin.field(ERROR, START))

    # The rate of areas, from paired members and the structural 2 permille.
    year = [next_month(LAST, -k) for k in range(12)]
    base = [next_month(START, k) for k in range(1, 13)]
    errors, covered = [], []
    lat = twin.truth.lat.reshape(SIDE, SIDE)
    weight = np.cos(np.radians(lat))
    for k in range(16):
        column, row = 5 * (k % 4), SIDE - 5 - 5 * (k // 4)
        box = np.s_[row : row + 5, column : column + 5]

        def total(months: list[date], where: tuple[slice, slice] = box) -> float:
            fields = [(truth[m].reshape(SIDE, SIDE) * weight)[where].sum() for m in months]
            return float(np.mean(fields))

        true = 1000 * (total(year) / total(base) - 1) / 9
        first, last = twin.totals(f"TWN-{k}", 2011), twin.totals(f"TWN-{k}", 2020)
        rates = 1000 * (last / first - 1) / 9
        errors.append(rates.mean() - true)
        covered.append(abs(errors[-1]) <= T95 * np.hypot(rates.std(ddof=1), 2.0))
    assert np.mean(covered) >= 0.9
    assert np.mean(np.abs(errors)) < 1.0

    # As readers get it: the class, the months, the mean.
    settings = Settings(data=twin.store.arrays.parent, mirror="", jobs=())
    api = TestClient(create_api(twin.store, settings))
    answer = api.get("/api/v1/series.json", params={"area": "TWN", "v": STOCK, "src": "nowcast"})
    assert answer.status_code == 200, answer.text
    assert '"modelled"' in answer.text
    assert '"2020-12' in answer.text


def test_the_truth_itself_is_what_the_published_model_gives() -> None:
    truth = Truth(1)
    # In equilibrium with its own mean year at the start, and with more growth richer at the end.
    assert np.allclose(truth.stock[START], truth.stock0)
    assert truth.stock[LAST].mean() > truth.stock0.mean()
