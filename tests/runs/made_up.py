"""Made up: rasters of 36 x 18 cells, the job that takes them, and what a run has left."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from rasterio.transform import Affine
from sqlalchemy import text

from soc_monitor.feeds import ShelfFeed
from soc_monitor.model import Cube, DataClass, Feed, Freq, Grid, IngestJob, Layer, Run, Target
from soc_monitor.runs.ingest import ingest
from soc_monitor.runs.jobs import ShelvedJob
from soc_monitor.runs.verify import verify
from soc_monitor.store.store import Store

GRID = Grid(nx=36, ny=18)
NORTH_UP = Affine(10, 0, -180, 0, -10, 90)
NODATA = -32767
# Values 21 to 99 t/ha, and a corner without data: the median is 60.
GOOD = (21 + np.arange(36 * 18).reshape(18, 36) % 79).astype(np.int16)
GOOD[:2, :4] = NODATA


def cube(grid: Grid = GRID) -> Cube:
    return Cube(
        product="made_up",
        variable="soc_stock_0_30cm",
        unit="t ha-1",
        freq=Freq.YEAR,
        grid=grid,
        data_class=DataClass.MODELLED,
        dtype="int16",
        fill=NODATA,
    )


def layer(item: str, year: int, **other: Any) -> Layer:
    values: dict[str, Any] = {
        "cube": cube(),
        "item": item,
        "period": date(year, 1, 1),
        "period_end": date(year, 12, 31),
        "unit": "t ha-1",
        "valid": (0.0, 1000.0),
        "nodata": NODATA,
        "median": (30.0, 120.0),
        "min_valid_share": 0.2,
    }
    return Layer(**{**values, **other})


def job(feed: Feed, *layers: Layer, into: Target | None = None) -> IngestJob:
    return IngestJob(
        id="made_up",
        title={"en": "Made up", "fr": "Inventé", "es": "Inventado"},
        feed=feed,
        layers=layers,
        into=into,
        licence="CC0-1.0",
        citation="-",
        link="-",
    )


def run(made: IngestJob, store: Store, folder: Path, mirror: str = "") -> Run:
    return ingest(ShelvedJob(made, folder, "v1"), store, datetime.now(UTC), mirror=mirror)


def raster(
    file: Path,
    values: np.ndarray[Any, Any] = GOOD,
    *,
    crs: str | None = "EPSG:4326",
    transform: Affine = NORTH_UP,
    nodata: float | None = NODATA,
    scale: float = 1.0,
    offset: float = 0.0,
    unit: str = "",
    **profile: Any,
) -> None:
    """A GeoTIFF as rasterio writes it."""
    rows, columns = values.shape
    with rasterio.open(
        file, "w", driver="GTiff", width=columns, height=rows, count=1, dtype=values.dtype,
        crs=crs, transform=transform, nodata=nodata, **profile,
    ) as out:  # fmt: skip
        out.write(values, 1)
        out.scales, out.offsets = (scale,), (offset,)
        if unit:
            out.units = (unit,)


def ask(store: Store, query: str) -> list[tuple[Any, ...]]:
    with store.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


def rejections(store: Store) -> dict[str, tuple[str, str]]:
    return {k: (r, f) for k, r, f in ask(store, "SELECT item_key, rule, found FROM app.rejections")}


def arrays_on_disk(store: Store) -> set[str]:
    found = store.arrays.glob("made_up.*/*/*")
    return {path.relative_to(store.arrays).as_posix() for path in found}


def nothing_left(store: Store) -> bool:
    """No array without a row, no row without its array, no file of the run."""
    rows = {path for (path,) in ask(store, "SELECT path FROM app.slices")}
    return (
        arrays_on_disk(store) == rows
        and list(verify(store)) == []
        and not any((store.arrays / ".scratch").rglob("*.npy"))
    )


def files(*keys: str) -> ShelfFeed:
    return ShelfFeed(folder="files", keys=keys, version="1")


GOOD_JOB = job(files("good.tif"), layer("good.tif", 2000))
