"""Real series of sensors through the live path: every row is taken once or kept aside by name.

What is wrong in them was counted in the files themselves, apart from our reader.
"""

import csv
import gzip
import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from rasterio.warp import transform
from sqlalchemy import text

from soc_monitor.feeds import FolderFeed
from soc_monitor.model import (
    Channel,
    Cube,
    DataClass,
    Freq,
    Grid,
    IngestJob,
    Item,
    Layer,
    Observation,
    Readings,
    Run,
    RunState,
    Station,
)
from soc_monitor.runs.ingest import ingest
from soc_monitor.runs.jobs import ShelvedJob
from soc_monitor.store import arrays, read_slices
from soc_monitor.store.store import Store

Row = dict[str, str]
COSORE_FIELDS = {
    "CSR_FLUX_CO2": ("co2_flux", "umol m-2 s-1"),
    "CSR_T5": ("soil_temperature", "degC"),
    "CSR_SM5": ("soil_moisture", "1"),
}
CHANNELS = {
    "co2_flux": Channel(unit="umol m-2 s-1", valid=(-10.0, 100.0)),
    "soil_temperature": Channel(unit="degC", valid=(-50.0, 70.0)),
    "soil_moisture": Channel(unit="1", valid=(0.0, 1.0)),
}


def instant(told: str) -> datetime:
    return datetime.fromisoformat(told).replace(tzinfo=UTC)


def described(shared: Path, site: str) -> tuple[float, float]:
    """Longitude and latitude of a site, as its description has them."""
    told = (shared / "data" / "cosore" / f"{site}.DESCRIPTION.txt").read_text("latin-1")
    lon, lat = (
        re.search(rf"^CSR_{name}:\s*(-?[\d.]+)", told, re.MULTILINE)
        for name in ("LONGITUDE", "LATITUDE")
    )
    assert lon is not None
    assert lat is not None
    return float(lon[1]), float(lat[1])


def cosore(shared: Path) -> Any:
    def start(item: Item) -> Callable[[Row], Iterable[Station | Observation]]:
        site = item.key.partition(".")[0]
        lon, lat = described(shared, site)
        known: set[str] = set()

        def read(row: Row) -> Iterable[Station | Observation]:
            station, time = f"{site}/{row['CSR_PORT']}", instant(row["CSR_TIMESTAMP_END"])
            if station not in known:
                known.add(station)
                yield Station(id=station, name=station, lon=lon, lat=lat)
            for name, (variable, unit) in COSORE_FIELDS.items():
                if row.get(name):
                    yield Observation(station=station, variable=variable, time=time,
                                      result_time=time, value=float(row[name]),
                                      unit=unit)  # fmt: skip

        return read

    return start


def cook(shared: Path) -> Any:
    profiles = (shared / "data" / "cookfarm-sensors" / "profiles.csv").read_text().splitlines()
    places = {row["SOURCEID"]: row for row in csv.DictReader(profiles)}

    def start(_: Item) -> Callable[[Row], Iterable[Station | Observation]]:
        known: set[str] = set()

        def read(row: Row) -> Iterable[Station | Observation]:
            here = ZoneInfo("America/Los_Angeles")
            day = datetime.fromisoformat(row["Date"]).replace(tzinfo=here)
            for port, depth in enumerate((30, 60, 90, 120, 150), 1):
                station = f"{row['SOURCEID']}/{depth}cm"
                if station not in known:
                    known.add(station)
                    place = places[row["SOURCEID"]]
                    (lon,), (lat,) = transform(
                        "EPSG:26911", "EPSG:4326", [float(place["Easting"])],
                        [float(place["Northing"])],
                    )  # fmt: skip
                    yield Station(id=station, name=station, lon=lon, lat=lat)
                for column, variable, unit in (("VW", "soil_moisture", "1"),
                                               ("C", "soil_temperature", "degC")):  # fmt: skip
                    if told := row[f"Port{port}{column}"]:
                        yield Observation(station=station, variable=variable, time=day,
                                          result_time=day, value=float(told),
                                          unit=unit)  # fmt: skip

        return read

    return start


def job(name: str, folder: str, pattern: str, reader: Any) -> ShelvedJob:
    made = IngestJob(
        id=name, title={"en": name, "fr": name, "es": name}, licence="-", citation="-", link="-",
        feed=FolderFeed(folder=folder, pattern=pattern),
        into=Readings(reader=reader, channels=CHANNELS),
    )  # fmt: skip
    return ShelvedJob(made, Path(), "1")


def rows_of(file: Path) -> list[Row]:
    with gzip.open(file, "rt", newline="") as lines:
        return list(csv.DictReader(lines))


def counted(shared: Path) -> tuple[int, Counter[tuple[str, str, str]]]:
    """What the files of COSORE hold: instants of a variable with a reading that is fit, and what
    is wrong by rule, site and variable, each wrong reading once."""
    fit: dict[tuple[str, ...], set[float]] = {}
    unfit: dict[tuple[str, ...], set[float]] = {}
    for file in sorted((shared / "data" / "cosore").glob("*.csv.gz")):
        site = file.name.split("_", 1)[1].split(".")[0]
        for row in rows_of(file):
            for name, (variable, _) in COSORE_FIELDS.items():
                if not row.get(name):
                    continue
                value, (low, high) = float(row[name]), CHANNELS[variable].valid
                key = (site, variable, row["CSR_PORT"], row["CSR_TIMESTAMP_END"])
                (fit if low <= value <= high else unfit).setdefault(key, set()).add(value)
    wrong: Counter[tuple[str, str, str]] = Counter()
    for (site, variable, *_), values in unfit.items():
        wrong["range", site, variable] += len(values)
    for (site, variable, *_), values in fit.items():
        if len(values) > 1:
            wrong["conflict", site, variable] += len(values) - 1
    return len(fit), wrong


def ask(store: Store, query: str) -> list[tuple[Any, ...]]:
    with store.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


@pytest.fixture
def data(shared: Path) -> str:
    """The mirror that the feeds look into."""
    return str(shared / "data")


def test_respiration_chambers_of_five_sites_come_in_with_their_faults_named(
    store: Store, shared: Path, data: str
) -> None:
    fit, wrong = counted(shared)
    # Moisture in percent where others have fractions; soil hotter than the sun makes it; and a
    # site where two chambers go by one number, so that each instant has two fluxes.
    assert wrong.keys() == {
        ("range", "GORRES", "soil_moisture"),
        ("range", "SCOTT_SRM", "soil_temperature"),
        ("conflict", "SIHI_H2wetland", "co2_flux"),
    }
    made = job("cosore", "cosore", r"d.*\.csv\.gz", cosore(shared))
    ended = ingest(made, store, datetime.now(UTC), mirror=data)
    assert ended.state is RunState.DONE
    assert ask(store, "SELECT count(*) FROM app.observations") == [(fit,)]
    query = (
        "SELECT rule, split_part(split_part(station, '/', 1), '_', 2) || coalesce('_' || "
        "nullif(split_part(split_part(station, '/', 1), '_', 3), ''), ''), variable, count(*) "
        "FROM app.quarantine GROUP BY 1, 2, 3"
    )
    assert {(rule, site, variable): n for rule, site, variable, n in ask(store, query)} == wrong
    again = ingest(made, store, datetime.now(UTC), mirror=data)
    assert (again.taken, again.state) == (0, RunState.NOTHING_NEW)


def test_a_field_of_probes_in_five_depths_comes_in_whole(
    store: Store, shared: Path, data: str
) -> None:
    rows = rows_of(shared / "data" / "cookfarm-sensors" / "readings.csv.gz")
    names = [f"Port{port}{kind}" for port in range(1, 6) for kind in ("VW", "C")]
    there = sum(bool(row[name]) for row in rows for name in names)
    unfit = sum(
        not low <= float(row[name]) <= high
        for row in rows
        for name in names
        if row[name]
        for low, high in [(0.0, 1.0) if name.endswith("VW") else (-50.0, 70.0)]
    )
    made = job("cook", "cookfarm-sensors", r"readings\.csv\.gz", cook(shared))
    ended = ingest(made, store, datetime.now(UTC), mirror=data)
    taken = ask(store, "SELECT count(*), count(DISTINCT station) FROM app.observations")
    aside = ask(store, "SELECT count(*) FROM app.quarantine")
    assert ended.state is RunState.DONE
    assert taken[0][0] + aside[0][0] == there
    assert aside == [(unfit,)]
    # A day is the station's own: the first begins at eight in the morning of UTC.
    assert ask(store, "SELECT min(time) FROM app.observations") == [
        (datetime(2011, 1, 2, 8, tzinfo=UTC),)
    ]
    # Days that are missing from within a month of a probe are told.
    (short,) = ask(
        store,
        "SELECT count(*) FROM app.station_periods WHERE step = 'month' AND days < "
        "(period + interval '1 month')::date - period",
    )
    assert short[0] > 0


def test_a_real_vegetation_map_on_another_grid_comes_in_or_is_refused_by_name(
    store: Store, data: str
) -> None:
    cube = Cube(product="ndvi", variable="ndvi", unit="1", freq=Freq.NORMAL,
                grid=Grid(nx=720, ny=360), data_class=DataClass.OBSERVED, dtype="int16",
                scale=0.0001, fill=-3000)  # fmt: skip
    layer = Layer(cube=cube, item="copNDVI.tif", period=date(1999, 6, 1),
                  period_end=date(1999, 6, 30), unit="1", valid=(-0.08, 0.92), nodata=255,
                  correction=(0.004, -0.08), median=(0.2, 0.8), min_valid_share=0.15,
                  resample="average")  # fmt: skip

    def take(declared: Layer) -> Run:
        made = IngestJob(
            id="ndvi", title={"en": "N", "fr": "N", "es": "N"}, licence="-", citation="-",
            link="-", layers=(declared,),
            feed=FolderFeed(folder="ndvi-copernicus-global", pattern=r"copNDVI\.tif"),
        )  # fmt: skip
        return ingest(ShelvedJob(made, Path(), "1"), store, datetime.now(UTC), mirror=data)

    # What an operator might declare wrongly: no nodata, a scale that is another source's, a grid.
    assert "nodata: 255.0, None is declared" in take(replace(layer, nodata=None)).detail
    assert "range" in take(replace(layer, correction=(0.0001, 0.0), valid=(0.5, 1.0))).detail
    assert "grid: 2520 x 980 cells, 720 x 360" in take(replace(layer, resample="")).detail
    assert take(layer).taken == 1
    (piece,) = read_slices.newest_slices(store)
    values = arrays.open_slice(store, piece).values
    assert np.isnan(values[:10]).all(), "nothing beyond 80 degrees north"
    assert 0.3 < np.nanmedian(values) < 0.6
