"""The engine beside exactextract: the same areas, the same weights, the same stored rasters.

Ours reads and decodes its Zarr chunks; exactextract is handed the arrays in memory.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import exactextract
import numpy as np
import shapely
from exactextract.raster import NumPyRasterSource
from shapely.geometry.base import BaseGeometry

from soc_monitor.aggregate import Weights, build_weights, row_area
from soc_monitor.store import arrays
from tests.bench import stored
from tests.bench.bench import Bench, Disagreement, Takings, alone
from tests.bench.figure import Figure
from tests.bench.world import FILL, SCALE, Case, areas, cases, no_database, planar_weights

PEER = f"exactextract {exactextract.__version__}"
RATIO = {"a": 40, "b": 15, "c": 25}
WITH_WEIGHTS = {"a": 10, "b": 4, "c": 4}
DECODE = {"a": 2.0, "b": 1.3, "c": 1.7}
PEAK = {"a": 0.8, "b": 0.8, "c": 1.5}
ROUNDS = {"a": 5, "b": 3, "c": 1}
"""An odd number: the median is not the first round, which cuts the weights into blocks once."""
AGREE = 1e-7
"""Largest relative difference of means that still counts as agreement."""
MOST_ODD = 12
"""Areas for which the peer may be wrong, of thousands; GEOS has to say so for each."""


def figures(bench: Bench) -> Iterator[Figure]:
    """Each case in turn: ratios, decoding, memory."""
    for case in cases(quick=bench.quick):
        yield from compare(bench, case)


def compare(bench: Bench, case: Case) -> Iterator[Figure]:
    """One case: write it, let the contenders take turns, compare what they found."""
    store = no_database(stored.folder_of(bench, case))
    pieces = stored.write(bench, store, case)
    weights = planar_weights(case.grid)
    arrays.save_group(store, "weights/bench", weights.to_arrays())
    _, peak = alone(_peak, store.arrays, case, list(dict.fromkeys(piece.path for piece in pieces)))
    maps = stored.maps(store, pieces)
    takings = bench.alternate(
        f"exactextract ({case.name})",
        {
            "ours": lambda: stored.moments(store, pieces, weights),
            "with weights": lambda: stored.moments(
                store, pieces, build_weights(areas(), case.grid, true_area=False)
            ),
            "decode": lambda: stored.decode(store, pieces, weights),
            "peer": lambda: peer(case, maps),
        },
        rounds=1 if bench.quick else ROUNDS[case.name],
        cold=("peer",),
    )
    agreement = agree(case, takings, maps[0])
    yield from _figures(case, takings, agreement, peak)


def agree(case: Case, takings: Takings, first: np.ndarray[Any, Any]) -> str:
    """How well the means agree, in words; where they do not, GEOS says who is right.

    Args:
        case: what was measured.
        takings: of "ours" and of "peer".
        first: the first map.

    Raises:
        Disagreement: they do not agree, and ours is not what GEOS finds.
    """
    found, expected = stored.means(takings.answer("ours")), takings.answer("peer")
    with np.errstate(invalid="ignore"):
        close = (np.abs(found / expected - 1) <= AGREE) | (np.isnan(found) & np.isnan(expected))
    apart = np.abs(found / expected - 1)[close & ~np.isnan(found)]
    odd = np.flatnonzero(~close.all(axis=0))
    if len(odd) > MOST_ODD:
        msg = f"means of {len(odd)} areas differ from {PEER}"
        raise Disagreement(msg)
    for area in odd:
        exact = by_geos(areas()[area], case, first)
        if not abs(found[0, area] / exact - 1) <= AGREE:
            msg = f"area {area}: ours {found[0, area]!r}, {PEER} {expected[0, area]!r}, {exact!r}"
            raise Disagreement(msg)
    but = f", but for {len(odd)} areas where GEOS agrees with ours" if len(odd) else ""
    return f"Means agree to {apart.max():.1e} (median {np.median(apart):.0e}){but}."


def by_geos(shape: BaseGeometry, case: Case, values: np.ndarray[Any, Any]) -> float:
    """The mean of one area by GEOS, cell by cell [t ha-1]; NaN where nothing is mapped."""
    grid = case.grid
    west, south, east, north = shape.bounds
    y0, y1 = int((grid.north - north) / grid.dy), int(np.ceil((grid.north - south) / grid.dy))
    x0, x1 = int((west - grid.west) / grid.dx), int(np.ceil((east - grid.west) / grid.dx))
    top = grid.north - np.arange(y0, y1)[:, None] * grid.dy
    left = grid.west + np.arange(x0, x1) * grid.dx
    cells = shapely.box(left, top - grid.dy, left + grid.dx, top)
    shapely.prepare(shape)
    share = shapely.covers(shape, cells).astype(float)
    some = (share == 0) & shapely.intersects(shape, cells)
    share[some] = shapely.area(shapely.intersection(cells[some], shape)) / (grid.dx * grid.dy)
    box = values[y0:y1, x0:x1]
    weight = np.where(box == FILL, 0.0, share * row_area(grid)[y0:y1, None])
    return float((box * weight).sum() / weight.sum() * SCALE) if weight.any() else float("nan")


def _figures(case: Case, takings: Takings, agreement: str, peak: float) -> Iterator[Figure]:
    name = case.name
    what = f"{360 / case.grid.nx:.3g}° x {case.steps} steps, {len(areas())} areas. {agreement}"
    cpu = takings.ratio("peer", "ours", cpu=True)
    yield Figure(
        name=f"engine.exactextract_ratio.{name}",
        value=takings.ratio("peer", "ours"),
        target=RATIO[name],
        op=">=",
        peer=PEER,
        note=f"{what} By CPU time {cpu:.1f}. Rounds: {len(takings['peer'])}.",
    )
    cpu = takings.ratio("peer", "with weights", cpu=True)
    yield Figure(
        name=f"engine.exactextract_ratio_with_weights.{name}",
        value=takings.ratio("peer", "with weights"),
        target=WITH_WEIGHTS[name],
        op=">=",
        peer=PEER,
        note=f"As above, and ours builds the weights of all areas anew. By CPU time {cpu:.1f}.",
    )
    size = takings.answer("decode") / 1e9
    yield Figure(
        name=f"engine.decode_ratio.{name}",
        value=takings.ratio("ours", "decode", cpu=True),
        target=DECODE[name],
        op="<=",
        peer="reading and decoding alone",
        note=f"CPU time; {size:.2f} GB decoded, each byte once.",
    )
    yield Figure(
        name=f"engine.peak_gb.{name}",
        value=peak,
        unit="GB",
        target=PEAK[name],
        op="<=",
        note="Of a process of its own that loads the weights, reads, decodes and sums.",
    )


def peer(case: Case, maps: Sequence[np.ndarray[Any, Any]]) -> np.ndarray[Any, Any]:
    """Area-weighted means by exactextract (time, area) [t ha-1]."""
    grid = case.grid
    edges = {"xmin": grid.west, "ymin": grid.south, "xmax": grid.east, "ymax": grid.north}
    sizes = np.broadcast_to(row_area(grid)[:, None], grid.shape)
    found = exactextract.exact_extract(
        [
            NumPyRasterSource(values, **edges, nodata=FILL, name=f"b{i}", srs_wkt=None)
            for i, values in enumerate(maps)
        ],
        collection(),
        ["weighted_mean"],
        weights=NumPyRasterSource(sizes, **edges, name="w", srs_wkt=None),
        output="geojson",
    )
    rows = [[_mean(entry["properties"], i) for i in range(len(maps))] for entry in found]
    return np.array(rows, float).T * SCALE


def _mean(properties: dict[str, float | None], band: int) -> float | None:
    """Of one band; they come in no order, and a single one without its name."""
    if len(properties) == 1:
        return next(iter(properties.values()))
    return properties[f"b{band}_w_weighted_mean"]


def collection() -> list[dict[str, object]]:
    """The areas as exactextract takes them."""
    return [
        {"type": "Feature", "geometry": shapely.geometry.mapping(shape), "properties": {}}
        for shape in areas()
    ]


def _peak(folder: Path, case: Case, paths: Sequence[str]) -> int:
    """In a process of its own: the production call, weights from the store."""
    store = no_database(folder)
    kept = arrays.load_group(folder, "weights/bench")
    assert kept is not None
    weights = Weights.from_arrays(kept, case.grid)
    pieces = stored.slices_of(case, paths)
    return len(stored.moments(store, pieces, weights))
