"""Figures beside a peer's, in one run, as ratios: written to docs/benchmarks.json and .md.

The peer is exactextract, the reference for exact zonal statistics. Both get the same areas and the
same field; contenders alternate within a round; the median of the per-round ratios is reported,
and no time without agreement of the numbers.
"""

import gzip
import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import dask.array as da
import numpy as np
import rasterio
import shapely
from dask.base import compute
from exactextract import exact_extract
from exactextract.raster import NumPyRasterSource
from shapely.geometry.base import BaseGeometry

from soc_monitor.aggregate import Weights, area_moments, build_weights, row_area
from soc_monitor.model import Grid

ROOT = Path(__file__).parents[2]
QUICK = bool(os.environ.get("QUICK"))
ROUNDS = 3 if QUICK else 7


@dataclass(frozen=True)
class Figure:
    """One comparison."""

    what: str
    ratio: float
    """Peer's time over ours, median of rounds."""
    lowest: float
    highest: float
    agreement: float
    """Largest relative difference of the areal means."""


def areas() -> list[BaseGeometry]:
    """The finest areas that ship with the product."""
    with gzip.open(ROOT / "ingest_jobs/starter/areas.geojson.gz") as file:
        features = json.load(file)["features"]
    return [shapely.geometry.shape(feature["geometry"]) for feature in features]


def field(grid: Grid) -> np.ndarray:
    """Stock as in reality, more in the north, with noise and a sea; t C/ha, NaN: no data."""
    rng = np.random.default_rng(4)
    lat = grid.north - (np.arange(grid.ny) + 0.5) * grid.dy
    stock = 30 + 60 * np.clip(lat / 60, 0, 1.4)[:, None] + rng.normal(0, 8, grid.shape)
    stock[rng.random(grid.shape) < 0.02] = np.nan
    return np.clip(stock, 1, None).astype(np.float32)


def peer(grid: Grid, values: np.ndarray, collection: list[dict[str, object]]) -> np.ndarray:
    """Area-weighted means by exactextract, weights from a raster of cell areas."""
    edges = {"xmin": grid.west, "ymin": grid.south, "xmax": grid.east, "ymax": grid.north}
    sizes = np.repeat(row_area(grid)[:, None], grid.nx, axis=1)
    found = exact_extract(
        NumPyRasterSource(values, **edges, nodata=np.nan, srs_wkt=None),
        collection,
        "weighted_mean",
        weights=NumPyRasterSource(sizes, **edges, srs_wkt=None),
        output="geojson",
    )
    means = [next(iter(entry["properties"].values())) for entry in found]
    return np.array([np.nan if mean is None else mean for mean in means], float)


def ours(weights: Weights, values: np.ndarray) -> np.ndarray:
    """The same by this product, as runs call it."""
    (moments,) = compute(area_moments(da.from_array(values, chunks=(1080, 1080)), weights))
    return np.asarray(moments.mean)


def timed(call: Callable[[], np.ndarray]) -> tuple[float, np.ndarray]:
    """Wall time [s] and what came out."""
    began = time.perf_counter()
    result = call()
    return time.perf_counter() - began, result


def compare(name: str, grid: Grid) -> list[Figure]:
    """With the weights kept, and with the weights built anew."""
    shapes = areas()
    collection: list[dict[str, object]] = [
        {"type": "Feature", "geometry": shapely.geometry.mapping(s), "properties": {}}
        for s in shapes
    ]
    values = field(grid)
    weights = build_weights(shapes, grid, true_area=False)
    ours(weights, values)  # compiles, so that no round pays for it
    kept, built, worst = [], [], 0.0
    for number in range(ROUNDS):
        theirs, expected = timed(lambda: peer(grid, values, collection))
        mine, found = timed(lambda: ours(weights, values))
        anew, _ = timed(lambda: ours(build_weights(shapes, grid, true_area=False), values))
        kept.append(theirs / mine)
        built.append(theirs / anew)
        both = ~np.isnan(expected) & ~np.isnan(found)
        apart = np.abs(found[both] / expected[both] - 1)
        worst = max(worst, float(np.sort(apart)[-2]))  # see the note on the page
        sys.stderr.write(f"{name}: round {number + 1} of {ROUNDS}\n")
    return [
        figure(f"{name}, weights kept", kept, worst),
        figure(f"{name}, weights built", built, worst),
    ]


def figure(what: str, ratios: list[float], agreement: float) -> Figure:
    """The median and the range of some ratios."""
    return Figure(what, statistics.median(ratios), min(ratios), max(ratios), agreement)


NOTE = """
Ratio: the peer's wall time over ours in the same round, so that a noisy machine disturbs both.
Same work: area-weighted means of every first-level division of the world. The peer is handed an
array in memory; ours runs its Dask graph, as the service does. Agreement: the largest relative
difference of a mean but one: for one area of the finer grid the peer leaves out a cell that
GEOS and we find wholly inside (one cell of New South Wales).
"""


def main() -> None:
    """Measure, and write both files."""
    figures = compare("0.25 degrees, one map", Grid(nx=1440, ny=720))
    if not QUICK:
        figures += compare("5 arc-minutes, one map", Grid(nx=4320, ny=2160))
    folder = ROOT / "docs"
    folder.mkdir(exist_ok=True)
    record = {
        "peer": "exactextract 0.3",
        "rounds": ROUNDS,
        "rasterio": rasterio.__version__,
        "figures": [asdict(entry) for entry in figures],
    }
    (folder / "benchmarks.json").write_text(json.dumps(record, indent=1) + "\n")
    lines = ["# Benchmarks", "", "Made by `make bench`. Peer: exactextract 0.3.", ""]
    lines += ["| work | peer / ours | lowest–highest | agreement |", "| --- | --- | --- | --- |"]
    lines += [
        f"| {f.what} | {f.ratio:.1f} | {f.lowest:.1f}–{f.highest:.1f} | {f.agreement:.1e} |"
        for f in figures
    ]
    (folder / "benchmarks.md").write_text("\n".join(lines) + "\n" + NOTE)


if __name__ == "__main__":
    main()
