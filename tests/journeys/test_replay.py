"""Replay: real weather and real vegetation, month by month, by the ordinary path and no other.

ERA5 at five Canadian cities (1990–1993) and MODIS vegetation of North Brabant (2000–2009) are
written as monthly GeoTIFFs, put into a mirror one month after another, ingested by job files,
carried forward, estimated, released, and read from the API and the page. The baseline are the
cells of a published map at the same places. Nothing of it is ever shown beside real areas.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from textwrap import dedent
from typing import Any

import h5py
import numpy as np
import numpy.typing as npt
import rasterio
import shapely
from rasterio.transform import Affine
from rasterio.warp import Resampling, reproject
from starlette.testclient import TestClient

from soc_monitor.api.app import create_api
from soc_monitor.model import Computation, Grid, Item, RunState
from soc_monitor.nowcast.forecast import Seed
from soc_monitor.runs.boundaries import read_boundaries
from soc_monitor.runs.estimate import estimate
from soc_monitor.runs.ingest import ingest
from soc_monitor.runs.jobs import load_jobs
from soc_monitor.runs.nowcast import nowcast
from soc_monitor.runs.nowcast_inputs import STOCK, next_month
from soc_monitor.settings import Settings
from soc_monitor.store import arrays, read_slices, runs
from soc_monitor.store.intake import NewItem
from soc_monitor.store.store import Store

Field = npt.NDArray[np.float64]
CITIES = {"Halifax": "CAN-NS", "Montréal": "CAN-QC", "Iqaluit": "CAN-NU",
          "Saskatoon": "CAN-SK", "Victoria": "CAN-BC"}  # fmt: skip
CANADA = Grid(nx=72, ny=24, west=-132, south=43, east=-60, north=67)
BRABANT = Grid(nx=18, ny=8, west=4.95, south=51.57, east=5.49, north=51.81)
UNITS = {"air_temperature": "degC", "rain": "mm month-1"}

JOB = """
from datetime import date
from soc_monitor.feeds import FolderFeed
from soc_monitor.model import Cube, DataClass, Freq, Grid, IngestJob, Item, Layer
from soc_monitor.runs.nowcast_inputs import last_day, next_month

GRID = Grid(nx={grid.nx}, ny={grid.ny}, west={grid.west}, south={grid.south}, east={grid.east},
            north={grid.north})
VARIABLES = {variables}

def layers_of(item):
    # 1990.tif holds the twelve months of a year, 1990_02.tif one of them.
    months = range(1 if "_" in item.key else 12)
    spans = [next_month(item.period, k) for k in months]
    return tuple(
        Layer(
            cube=Cube(product="{job}", variable=name, unit=unit, freq=Freq.{freq}, grid=GRID,
                      data_class=DataClass.OBSERVED_MODELLED),
            item=item.key, band=1 + k * len(VARIABLES) + band, period=month,
            period_end=last_day(month) if "{freq}" != "YEAR" else item.period_end,
            unit=unit, valid=(-80.0, 1000.0), nodata=-9999.0)
        for k, month in enumerate(spans)
        for band, (name, unit) in enumerate(VARIABLES)
    )

job = IngestJob(
    id="{job}", title=dict.fromkeys(("en", "fr", "es"), "{job}"),
    feed=FolderFeed(folder="{job}",
                    pattern=r"(?P<year>\\d{{4}})(_(?P<month>\\d\\d))?\\.tif"),
    layers_of=layers_of,
    example=Item(key="2000_01.tif", address="-", period=date(2000, 1, 1),
                 period_end=date(2000, 1, 31)),
    licence="as the source", citation="as the source", link="https://example.org",
)
"""


def placed(grid: Grid) -> Affine:
    return Affine(grid.dx, 0, grid.west, 0, -grid.dy, grid.north)


Months = Mapping[date, Mapping[str, Field]]
"""Month -> variable -> (y, x)."""


def weather(shared: Path) -> tuple[Months, dict[str, tuple[int, int]]]:
    """Monthly weather in the cells of the cities, and which cells those are."""
    found: dict[date, dict[str, Field]] = defaultdict(dict)
    with h5py.File(shared / "data/era5-daily-cities/daily_surface_cancities_1990-1993.nc") as file:
        days = np.datetime64("1990-01-01") + file["time"][:].astype("timedelta64[D]")
        months = days.astype("datetime64[M]")
        names = [name.decode() for name in file["location"][:]]
        rows = np.floor(CANADA.north - file["lat"][:]).astype(int)
        columns = np.floor(file["lon"][:] - CANADA.west).astype(int)
        told = {"air_temperature": file["tas"][:] - 273.15, "rain": file["pr"][:] * 86_400}
    for month in np.unique(months):
        when = month.astype(object)
        for name, values in told.items():
            inside = values[:, months == month].astype(float)
            monthly = inside.mean(axis=1) if name == "air_temperature" else inside.sum(axis=1)
            grid = np.full(CANADA.shape, np.nan)
            grid[rows, columns] = monthly
            found[date(when.year, when.month, 1)][name] = grid
    places = zip(names, zip(rows.tolist(), columns.tolist(), strict=True), strict=True)
    return found, dict(places)


def vegetation(shared: Path) -> Months:
    """Monthly vegetation index of the province; months that the record lacks are not there."""
    onto = placed(BRABANT)
    found = {}
    with rasterio.open(shared / "data/ndvi-mod13a3-netherlands/ndvi.grd") as file:
        for band, name in enumerate(file.descriptions, 1):
            year, month = map(int, str(name).split("_")[1:3])
            values = np.full(BRABANT.shape, np.nan)
            reproject(
                file.read(band).astype(float), values, src_transform=file.transform,
                src_crs="EPSG:32631", src_nodata=file.nodata, dst_transform=onto,
                dst_crs="EPSG:4326", dst_nodata=np.nan, resampling=Resampling.average,
            )  # fmt: skip
            found[date(year, month, 1)] = {"ndvi": values}
    return found


def mapped(shared: Path, grid: Grid) -> Field:
    """The published stock of 1990 in the middle of each cell of a grid [t ha-1]."""
    name = "data/soil-carbon-debt/SOCS_0_30cm_year_1990AD_10km.tif"
    with rasterio.open(shared / name) as file:
        lat = grid.north - (np.arange(grid.ny) + 0.5) * grid.dy
        lon = grid.west + (np.arange(grid.nx) + 0.5) * grid.dx
        rows = np.floor((90 - lat) * 12).astype(int)
        columns = np.floor((lon + 180) * 12).astype(int)
        values: Field = file.read(1)[np.ix_(rows, columns)].astype(float)
    return np.where(values > 0, values, np.nan)


@dataclass
class Replay:
    """A store that is fed one month after another."""

    store: Store
    folder: Path
    grid: Grid
    jobs: dict[str, tuple[list[tuple[str, str]], str]] = field(default_factory=dict)

    def job(self, name: str, freq: str, **units: str) -> None:
        """A job file for a folder of the mirror."""
        shelf = self.folder / "jobs"
        shelf.mkdir(exist_ok=True)
        variables = list(units.items())
        text = JOB.format(job=name, freq=freq, grid=self.grid, variables=variables)
        (shelf / f"{name}.py").write_text(dedent(text))
        self.jobs[name] = (variables, freq)

    def put(self, name: str, month: date, *months: Mapping[str, Field]) -> None:
        """A file of a month, or of a year, into the mirror: what a provider does."""
        place = self.folder / "mirror" / name
        place.mkdir(parents=True, exist_ok=True)
        names = [variable for variable, _ in self.jobs[name][0]]
        bands = [np.nan_to_num(values[v], nan=-9999.0) for values in months for v in names]
        profile: dict[str, Any] = {
            "driver": "GTiff", "width": self.grid.nx, "height": self.grid.ny, "count": len(bands),
            "dtype": "float32", "crs": "EPSG:4326", "nodata": -9999.0,
            "transform": placed(self.grid),
        }  # fmt: skip
        name = f"{month:%Y}.tif" if len(months) == 12 else f"{month:%Y_%m}.tif"
        with rasterio.open(place / name, "w", **profile) as file:
            file.write(np.stack(bands).astype("f4"))

    def take(self, name: str) -> int:
        """One run of a job; how many files it took."""
        job = load_jobs([self.folder / "jobs"])[name]
        run = ingest(job, self.store, datetime.now(UTC), mirror=str(self.folder / "mirror"))
        assert run.state in {RunState.DONE, RunState.NOTHING_NEW}, run.detail
        return run.taken

    def carry(self, to: date) -> tuple[int, str]:
        """One run of the nowcast, and a release; how many months were made, and the record."""
        run = nowcast(self.store, datetime.now(UTC), to=to, seed=Seed(members=5))
        assert run.state is RunState.DONE, run.detail
        estimate(self.store, datetime.now(UTC))
        return run.taken, run.detail

    def areas(self, country: str, boxes: Mapping[str, tuple[float, float, float, float]]) -> None:
        told = Computation(
            id="areas", title=dict.fromkeys(("en", "fr", "es"), "areas"), licence="CC0-1.0",
            citation="-", link="-", notes={},
        )  # fmt: skip
        runs.register_feed(self.store, told)
        names = {"name_en": "place", "name_fr": "lieu", "name_es": "lugar"}
        finest = [
            {"code": code, "country": country,
             "wkb": shapely.to_wkb(shapely.box(*box), hex=True), **names}
            for code, box in boxes.items()
        ]  # fmt: skip
        countries = [{"code": country, "parent": "M49-001", **names}]
        regions = [{"code": "WLD", "parent": "", **names},
                   {"code": "M49-001", "parent": "WLD", **names}]  # fmt: skip
        new = NewItem(item=Item(key="areas", address="areas"), sha256="0" * 64, size=1)
        with runs.open_run(
            self.store, "areas", datetime.now(UTC), job_version="1", code_version="1"
        ) as run:
            run.taken = read_boundaries(self.store, run, (finest, countries, regions), [new])

    def baseline(self, stock: Field, year: int) -> None:
        """The map that is carried forward; its error is the usual one of such maps."""
        self.job("map", "YEAR", **{STOCK: "t ha-1", f"{STOCK}_sd": "t ha-1"})
        self.put("map", date(year, 12, 1), {STOCK: stock, f"{STOCK}_sd": 0.3 * stock})
        self.take("map")

    def normals(self, year: Mapping[int, Mapping[str, Field]]) -> None:
        """The mean year of the place."""
        self.job("normals", "NORMAL", air_temperature="degC", rain="mm month-1")
        for month, values in year.items():
            self.put("normals", date(1980, month, 1), values)
        self.take("normals")

    def stock(self) -> dict[date, Field]:
        return {
            piece.period: np.asarray(arrays.open_slice(self.store, piece).data.compute(), float)
            for piece in read_slices.newest_slices(self.store, product="nowcast")
            if piece.cube.variable == STOCK
        }

    def ask(self, path: str, **keys: str) -> Any:
        settings = Settings(data=self.folder, mirror="", jobs=())
        answer = TestClient(create_api(self.store, settings)).get(f"/api/v1{path}", params=keys)
        assert answer.status_code == 200, answer.text
        return answer.json()


def mean_year(months: Months, until: date) -> dict[int, dict[str, Field]]:
    found = {}
    for number in range(1, 13):
        some = [v for m, v in months.items() if m.month == number and m <= until]
        found[number] = {k: np.mean([one[k] for one in some], axis=0) for k in some[0]}
    return found


def through(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first = next_month(first)


def test_real_weather_is_followed_month_by_month_and_counted(
    store: Store, shared: Path, tmp_path: Path
) -> None:
    months, places = weather(shared)
    assert {f"{m:%Y}" for m in months} == {"1990", "1991", "1992", "1993"}
    replay = Replay(store, tmp_path, CANADA)
    lines = {name: (CANADA.west + x, CANADA.north - y - 1, CANADA.west + x + 1, CANADA.north - y)
             for name, (y, x) in places.items()}  # fmt: skip
    replay.areas("CAN", {code: lines[city] for city, code in CITIES.items()})
    replay.baseline(mapped(shared, CANADA), 1990)
    replay.normals(mean_year(months, date(1992, 12, 1)))
    replay.job("era5", "MONTH", **UNITS)
    for year in (1990, 1991, 1992):
        replay.put("era5", date(year, 1, 1), *(months[date(year, k + 1, 1)] for k in range(12)))
    replay.put("era5", date(1993, 1, 1), months[date(1993, 1, 1)])
    assert replay.take("era5") == 2 * 37

    # The first three years are what the weather is compared with; then each month is one step.
    assert replay.carry(date(1993, 1, 1))[0] == 2
    late, newest = date(1993, 3, 1), date(1993, 4, 1)
    for month in through(date(1993, 2, 1), newest):
        if month != late:
            replay.put("era5", month, months[month])
            assert replay.take("era5") == 2
        made, detail = replay.carry(month)
        assert made == 1, detail
        seen = replay.ask("/areas/CAN-QC/months")["meta"]
        behind = month >= late
        assert (seen["months"], seen["real_weather"]) == (month.month + 1, month.month - behind)
        # What goes on from a month that is late will be made anew with it.
        assert seen["provisional"] == (month.month - 2 if behind else 0)
        assert seen["provisional_since"] == (str(late) if behind else None)
        assert seen["last_real_weather"] == str(next_month(month, -1) if month == late else month)

    # The month that was late comes, and is made anew with what follows it.
    before = replay.stock()
    replay.put("era5", late, months[late])
    assert replay.take("era5") == 2
    assert replay.carry(newest)[0] == 2
    after = replay.stock()
    changed = [m for m in before if not np.array_equal(before[m], after[m], equal_nan=True)]
    assert changed == list(through(late, newest))
    assert replay.ask("/areas/CAN-QC/months")["meta"]["provisional"] == 0

    # The rest of the year at once: then the same month of two years may be compared.
    for month in through(next_month(newest), date(1993, 12, 1)):
        replay.put("era5", month, months[month])
    replay.take("era5")
    made, detail = replay.carry(date(1993, 12, 1))
    assert made == 8
    assert "12 of 13 with real weather" in detail
    answer = replay.ask(
        "/series.json", area="~".join(CITIES.values()), v="soc_rate_0_30cm", src="nowcast"
    )
    rates = {row["area_id"]: row for row in answer["data"]}
    assert {row["period"] for row in rates.values()} == {"1993-12"}
    for code, row in rates.items():
        if row["value"] is None:
            continue
        assert row["lower_95"] < row["value"] < row["upper_95"], code
        assert abs(row["value"]) < 25, code
        assert "no_real_drivers" not in row["state_reasons"], code
    assert sum(row["value"] is not None for row in rates.values()) >= 3
    # A warm spring in one place is not one in another: the places do not move as one.
    moved = [(after[late] - after[date(1992, 12, 1)])[yx] for yx in places.values()]
    moved = [one for one in moved if np.isfinite(one)]
    assert np.ptp(moved) > 0.01


def test_real_vegetation_alone_is_followed_and_claims_no_more_than_it_is(
    store: Store, shared: Path, tmp_path: Path
) -> None:
    months = vegetation(shared)
    assert len(months) == 113
    replay = Replay(store, tmp_path, BRABANT)
    replay.areas("NLD", {"NLD-NB": (BRABANT.west, BRABANT.south, BRABANT.east, BRABANT.north)})
    replay.baseline(mapped(shared, BRABANT), 1990)
    even = np.ones(BRABANT.shape)
    # De Bilt, mean of 1991–2020, KNMI: monthly temperature and rain.
    warmth = (3.6, 3.9, 6.5, 9.9, 13.4, 16.2, 18.3, 17.9, 14.7, 10.9, 7.0, 4.2)
    wet = (70, 63, 57, 41, 59, 70, 85, 84, 78, 81, 80, 83)
    replay.normals({k + 1: {"air_temperature": warmth[k] * even, "rain": wet[k] * even}
                    for k in range(12)})  # fmt: skip
    replay.job("modis", "MONTH", ndvi="1")
    for year in (2001, 2002, 2003):
        replay.put("modis", date(year, 1, 1), *(months[date(year, k + 1, 1)] for k in range(12)))
    assert replay.take("modis") == 36
    for month in through(date(2004, 1, 1), date(2004, 3, 1)):
        if month in months:
            replay.put("modis", month, months[month])
            assert replay.take("modis") == 1
        _, detail = replay.carry(month)
        assert "with real vegetation" in detail, detail
        meta = replay.ask("/areas/NLD-NB/months")["meta"]
        assert meta["real_weather"] == 0
        followed = list(through(date(2004, 1, 1), month))
        assert meta["real_vegetation"] == sum(one in months for one in followed)
        assert meta["provisional"] == sum(
            any(before not in months for before in through(date(2004, 1, 1), one))
            for one in followed
        ), "from a month without vegetation on; weather is not waited for"
    stock = replay.stock()
    moved = stock[date(2004, 3, 1)] - stock[date(2003, 12, 1)]
    assert np.nanstd(moved) > 0, "each cell has its own vegetation"
    offered = {row["id"]: row["products"] for row in replay.ask("/indicators")["data"]}
    assert "nowcast" in {one["product_id"] for one in offered["soc_stock_0_30cm"]}
    assert "nowcast" not in {one["product_id"] for one in offered["soc_rate_0_30cm"]}, (
        "three months are no rate"
    )
