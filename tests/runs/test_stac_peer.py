"""A STAC API server that others wrote, over a PostGIS of ours: what it has comes in, page by page.

``stac-fastapi`` with ``pgstac``, in a process of its own and a database of its own.
"""

import json
import math
import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import pytest
import rasterio
from rasterio.transform import Affine
from sqlalchemy import text

from soc_monitor.errors import FeedUnreachable
from soc_monitor.feeds import StacFeed
from soc_monitor.feeds.client import Limits
from soc_monitor.feeds.sentinel2 import reflectance
from soc_monitor.model import (
    Access,
    Cube,
    DataClass,
    Freq,
    Grid,
    IngestJob,
    Item,
    Layer,
    Run,
    RunState,
)
from soc_monitor.runs.ingest import ingest
from soc_monitor.runs.jobs import ShelvedJob, check_job, load_job
from soc_monitor.shelves import shelf
from soc_monitor.store import arrays, read_slices
from soc_monitor.store.store import Store

from ..feeds.conftest import Server, send, server  # noqa: F401, TID252  # a fixture of that folder
from .peers import BIN, free_port, own_database, uvicorn

CUBE = Cube(product="red", variable="reflectance", unit="1", freq=Freq.MONTH,
            grid=Grid(nx=36, ny=18), data_class=DataClass.OBSERVED, dtype="int16", scale=0.0001,
            fill=-3000)  # fmt: skip
MONTHS = [(2021 + n // 12, n % 12 + 1) for n in range(24)]
CLOUDY = (2022, 6)
BASELINE = date(2022, 1, 25)
"""From then on stored numbers are larger by 1000."""
PAGE = 5
SPAN = (date(2021, 1, 1), date(2022, 12, 31))


@dataclass
class Peer:
    """The server, while it runs."""

    dsn: str
    address: str
    process: subprocess.Popen[bytes]
    log: Path

    def load(self, what: str, bodies: list[dict[str, Any]], folder: Path) -> None:
        """Put collections or items into it, by the command that comes with it."""
        file = folder / f"{what}.json"
        file.write_text("\n".join(map(json.dumps, bodies)))
        _command(self.dsn, "load", what, str(file), "--method", "upsert")

    def searches(self) -> int:
        """How many searches it has answered."""
        return len(re.findall(r'"(?:POST|GET) /search[^"]*" 200', self.log.read_text()))


def _command(dsn: str, *words: str) -> None:
    """Run the command that comes with the server."""
    done = subprocess.run([BIN / "pypgstac", *words, "--dsn", dsn], capture_output=True,
                          text=True, check=False, timeout=120)  # fmt: skip
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def peer(postgis: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Peer]:
    """The server over an empty database."""
    log, port = tmp_path_factory.mktemp("peer") / "server.log", free_port()
    with own_database(postgis, "stac_peer") as own:
        dsn = f"postgresql://{own.user}@/{own.name}?host={own.folder}"
        _command(dsn, "migrate")
        settings = {
            **os.environ, "PGUSER": own.user, "PGPASSWORD": "-", "PGPORT": "5432",
            "PGHOST": quote(own.folder, safe=""), "PGDATABASE": own.name,
        }  # fmt: skip
        words = ["--factory", "stac_fastapi.pgstac.app:create_app"]
        with uvicorn(words, port, "/conformance", settings, log) as process:
            yield Peer(dsn, f"http://127.0.0.1:{port}", process, log)


def stored(year: int, month: int, version: int = 1) -> np.ndarray[Any, Any]:
    """What a scene holds: reflectance in ten thousandths, and 1000 more after the baseline."""
    chance = np.random.default_rng(year * 100 + month)
    values = chance.integers(500, 4000, (18, 36)).astype(np.int16) + version - 1
    values += 1000 if date(year, month, 28) > BASELINE else 0
    values[:2] = -3000
    return values


def scene(folder: Path, year: int, month: int, version: int) -> bytes:
    """A GeoTIFF of it; nothing in the file tells scale or offset."""
    file = folder / "scene.tif"
    with rasterio.open(file, "w", driver="GTiff", width=36, height=18, count=1, dtype="int16",
                       crs="EPSG:4326", nodata=-3000, compress="deflate",
                       transform=Affine(10, 0, -180, 0, -10, 90)) as out:  # fmt: skip
        out.write(stored(year, month, version), 1)
    return file.read_bytes()


def collection(name: str) -> dict[str, Any]:
    return {
        "type": "Collection", "stac_version": "1.0.0", "id": name, "description": "-",
        "license": "CC0-1.0", "links": [],
        "extent": {"spatial": {"bbox": [[-180, -90, 180, 90]]},
                   "temporal": {"interval": [["2015-01-01T00:00:00Z", None]]}},
    }  # fmt: skip


def entry(files: Server, year: int, month: int, version: int = 1) -> dict[str, Any]:
    """An item of the catalogue, with an asset that is wanted among others that are not."""
    name = f"s{year}{month:02d}"
    shifted = date(year, month, 28) > BASELINE
    band = {"scale": 0.0001, "offset": -0.1 if shifted else 0.0, "nodata": -3000}
    box = [-180.0, -90.0, 180.0, 90.0]
    corners = [[-180, -90], [180, -90], [180, 90], [-180, 90], [-180, -90]]
    return {
        "type": "Feature", "stac_version": "1.0.0", "id": name, "collection": "scenes",
        "bbox": box, "geometry": {"type": "Polygon", "coordinates": [corners]},
        "stac_extensions": ["https://stac-extensions.github.io/raster/v1.1.0/schema.json"],
        "properties": {"datetime": f"{year}-{month:02d}-28T10:00:00Z",
                       "updated": f"2023-01-0{version}T00:00:00Z",
                       "eo:cloud_cover": 93.0 if (year, month) == CLOUDY else 12.0},
        "assets": {
            "thumbnail": {"href": f"{files.address}/{name}.png", "type": "image/png"},
            "red": {"href": f"{files.address}/{name}.{version}.tif", "type": "image/tiff",
                    "raster:bands": [band]},
            "scl": {"href": f"{files.address}/{name}.scl.tif", "type": "image/tiff"},
        },
        "links": [],
    }  # fmt: skip


def layers_of(item: Item) -> tuple[Layer, ...]:
    """Scale and offset as the item declares them: they changed on the way."""
    assert item.period is not None
    assert item.period_end is not None
    return (Layer(cube=CUBE, item=item.key, period=item.period, period_end=item.period_end,
                  unit="1", valid=(0.0, 1.0), nodata=-3000,
                  correction=reflectance(item.about)),)  # fmt: skip


def job(peer: Peer, files: Server) -> IngestJob:
    return IngestJob(
        id="red", title={"en": "R", "fr": "R", "es": "R"}, licence="CC0-1.0", citation="-",
        link="-", schedule="0 6 * * *", layers_of=layers_of, late_days=800,
        feed=StacFeed(root=peer.address, collections=("scenes",), assets=("red",), page=PAGE,
                      hosts=(files.host,), query={"eo:cloud_cover": {"lt": 60}},
                      limits=Limits(pause_s=0.01, tries=2)),
        example=Item(key="s202101/red", address="-", period=date(2021, 1, 1),
                     period_end=date(2021, 1, 31)),
    )  # fmt: skip


def run(made: IngestJob, store: Store) -> Run:
    return ingest(ShelvedJob(made, Path(), "v1"), store, datetime.now(UTC), plain_http=True,
                  window=SPAN)  # fmt: skip


def offer(peer: Peer, files: Server, folder: Path, *scenes: tuple[int, int, int]) -> None:
    """Put scenes into the catalogue and their files beside it."""
    for year, month, version in scenes:
        body = scene(folder, year, month, version)
        files.on(f"/s{year}{month:02d}.{version}.tif", send(body))
    peer.load("items", [entry(files, *one) for one in scenes], folder)


def test_two_years_of_a_foreign_catalogue_come_in_page_by_page_and_again_what_is_revised(
    store: Store,
    peer: Peer,
    server: Server,  # noqa: F811  # the fixture
    tmp_path: Path,
) -> None:
    made = job(peer, server)
    assert list(check_job(made, Path("red.py"))) == []
    peer.load("collections", [collection("scenes"), collection("others")], tmp_path)
    beyond = [(2019, 7, 1), (2023, 1, 1)]
    offer(peer, server, tmp_path, *((y, m, 1) for y, m in MONTHS), *beyond)
    foreign = {**entry(server, 2021, 5), "id": "x", "collection": "others"}
    peer.load("items", [foreign], tmp_path)

    ended = run(made, store)
    clear = [month for month in MONTHS if month != CLOUDY]
    assert (ended.state, ended.taken, ended.rejected) == (RunState.DONE, len(clear), 0)
    assert peer.searches() == -(-len(clear) // PAGE), "every page once"
    assert sorted(server.paths()) == sorted(f"/s{y}{m:02d}.1.tif" for y, m in clear)
    pieces = {(one.period.year, one.period.month): one for one in read_slices.newest_slices(store)}
    assert list(pieces) == clear
    for (year, month), piece in pieces.items():
        raw = stored(year, month).astype(float)
        shift = 1000 if date(year, month, 28) > BASELINE else 0
        expected = np.where(raw == -3000, np.nan, (raw - shift) * 0.0001)
        found = arrays.open_slice(store, piece).values
        np.testing.assert_allclose(found, expected, atol=1e-6, equal_nan=True)

    again = run(made, store)
    assert (again.state, again.taken) == (RunState.NOTHING_NEW, 0)
    assert len(server.paths()) == len(clear), "what is known is not fetched again"

    offer(peer, server, tmp_path, (2021, 3, 2))
    assert run(made, store).taken == 1
    newest = {one.period: one.version for one in read_slices.newest_slices(store)}
    assert newest.pop(date(2021, 3, 1)) == 2
    assert set(newest.values()) == {1}

    # A query that the server refuses is told in its words, and what was taken stays.
    with store.engine.connect() as connection:
        count = text("SELECT count(*) FROM app.slices")
        before = connection.execute(count).scalar_one()
        wrong = StacFeed(root=peer.address, collections=("scenes",), assets=("red",), page=PAGE,
                         hosts=(server.host,), bbox=(0.0, 10.0, 1.0, 5.0),
                         limits=Limits(pause_s=0.01, tries=2))  # fmt: skip
        with pytest.raises(FeedUnreachable, match="answered 4"):
            list(wrong.find(Access(window=SPAN, plain_http=True)))
        assert connection.execute(count).scalar_one() == before


# --- tiles of MODIS: the job that ships, over a small grid and small tiles ----------------------

RADIUS = 6371007.181
SIDE, CELLS = math.pi * RADIUS / 18, 60
NORTH_SEA = Grid(nx=40, ny=10, west=0, east=40, south=50, north=60)
SINUSOIDAL = f"+proj=sinu +lon_0=0 +x_0=0 +y_0=0 +R={RADIUS} +units=m +no_defs"


def modis(peer: Peer, files: Server) -> IngestJob:
    """The job of the shelf, of two tiles."""
    shipped = load_job(shelf("ingest_jobs") / "modis_ndvi.py").job
    assert isinstance(shipped.feed, StacFeed)
    assert shipped.tiles is not None
    feed = replace(shipped.feed, root=peer.address, hosts=(files.host,),
                   token=f"{peer.address}/collections/modis-13A1-061",
                   limits=Limits(pause_s=0.01, tries=2))  # fmt: skip

    def layers_of(item: Item) -> tuple[Layer, ...]:
        (layer,) = shipped.layers_for(item)
        return (replace(layer, cube=replace(layer.cube, grid=NORTH_SEA)),)

    two = replace(shipped.tiles, names=("h18v03", "h19v03"), also=())
    return replace(shipped, feed=feed, tiles=two, layers_of=layers_of)


def composite(
    files: Server, folder: Path, name: str, values: Any, flags: Any = 0, scale: float = 10000.0
) -> dict[str, Any]:
    """A composite as the catalogue has it, with its two files beside it."""
    _, begins, place, _, made = name.split(".")
    first = datetime.strptime(begins, "A%Y%j").replace(tzinfo=UTC)
    cell = SIDE / CELLS
    column, row = int(place[1:3]), int(place[4:6])
    assets = {}
    for asset, what, kind, nodata in (
        ("500m_16_days_NDVI", values, "int16", -3000),
        ("500m_16_days_pixel_reliability", flags, "uint8", 255),
    ):
        file = folder / "tile.tif"
        with rasterio.open(
            file, "w", driver="GTiff", width=CELLS, height=CELLS, count=1, dtype=kind,
            crs=SINUSOIDAL, nodata=nodata, compress="deflate",
            transform=Affine(cell, 0, SIDE * (column - 18), 0, -cell, SIDE * (9 - row)),
        ) as out:  # fmt: skip
            out.write(np.broadcast_to(np.asarray(what, kind), (CELLS, CELLS)), 1)
            if nodata == -3000:
                out.scales, out.units = (scale,), ("NDVI",)
        files.on(f"/{name}_{asset}.tif", send(file.read_bytes()))
        assets[asset] = {"href": f"{files.address}/{name}_{asset}.tif"}
    box = [0.0, 50.0, 40.0, 60.0]
    corners = [[0, 50], [40, 50], [40, 60], [0, 60], [0, 50]]
    last = first + timedelta(days=16, seconds=-1)
    told = {"datetime": None, "start_datetime": first.isoformat(),
            "end_datetime": last.isoformat(), "created": made}  # fmt: skip
    return {"type": "Feature", "stac_version": "1.0.0", "id": name, "bbox": box,
            "collection": "modis-13A1-061", "assets": assets, "links": [], "properties": told,
            "geometry": {"type": "Polygon", "coordinates": [corners]}}  # fmt: skip


def test_a_month_of_modis_is_the_mean_of_what_holds_in_all_tiles_and_looks(
    store: Store,
    peer: Peer,
    server: Server,  # noqa: F811  # the fixture
    tmp_path: Path,
) -> None:
    made = modis(peer, server)
    # What gives a token is asked for one before each tile.
    token = {**collection("modis-13A1-061"), "token": "sig=x"}
    peer.load("collections", [token], tmp_path)
    cloudy = np.where(np.arange(CELLS) < CELLS // 2, 3, 0)[:, None]  # the north of a tile
    west, east = "h18v03.061.2024050000000", "h19v03.061.2024050000000"

    def offer_tiles(*told: tuple[Any, ...]) -> None:
        entries = [composite(server, tmp_path, *one) for one in told]
        peer.load("items", entries, tmp_path)

    def take() -> Run:
        at = datetime(2024, 3, 10, tzinfo=UTC) + timedelta(seconds=len(server.asked))
        window = (date(2024, 1, 20), date(2024, 1, 31))
        return ingest(ShelvedJob(made, Path(), "v1"), store, at, plain_http=True, window=window)

    offer_tiles(
        (f"MOD13A1.A2024001.{west}", 2000, cloudy),
        (f"MOD13A1.A2024017.{west}", 4000, 0, 1.0),
        (f"MOD13A1.A2024001.{east}", 6000, 0, 0.0001),
        (f"MOD13A1.A2023353.{west}", 9000),
        (f"MYD13A1.A2024009.{west}", 9000),
    )
    held = take()
    assert "3 of 4 tiles; missing: h19v03/017" in held.detail
    offer_tiles((f"MOD13A1.A2024017.{east}", 6000, 1))
    ended = take()
    assert (ended.state, ended.taken) == (RunState.DONE, 1), ended.detail
    asked = {path for path in server.paths() if "?sig=x" in path}
    assert len(asked) == 8, "two files of four tiles, each with the token"
    assert not any("MYD" in path or "A2023353" in path for path in server.paths())

    def january() -> Any:
        (piece,) = read_slices.newest_slices(store)
        return arrays.open_slice(store, piece).values

    found = january()
    np.testing.assert_allclose(found[5:, :14], 0.3, atol=1e-4)  # both looks
    np.testing.assert_allclose(found[:5, :14], 0.4, atol=1e-4)  # the clear one alone
    np.testing.assert_allclose(found[:, 21:30], 0.6, atol=1e-4)
    seam = found[7, 16:19]
    assert (np.diff(found[7, 14:21]) >= 0).all()
    assert ((seam > 0.3) & (seam < 0.6)).any(), "where two tiles meet there is no hole"
    assert np.isfinite(found[:, :30]).all()
    assert np.isnan(found[-1, 32:]).all(), "beyond the last tile there is no data"

    # Made anew by its provider, under another name: the month is made anew.
    again = west.replace("050000000", "099000000")
    offer_tiles((f"MOD13A1.A2024017.{again}", 6000))
    assert take().taken == 1
    np.testing.assert_allclose(january()[5:, :14], 0.4, atol=1e-4)


def test_a_server_that_dies_fails_the_run_in_words(
    store: Store,
    peer: Peer,
    server: Server,  # noqa: F811  # the fixture
) -> None:
    # The last test of this file: the server does not come back.
    peer.process.kill()
    peer.process.wait()
    with pytest.raises(FeedUnreachable, match="Connect"):
        run(job(peer, server), store)
