"""Weights: built once for a grid and a boundary set, kept in the store, loaded from there."""

import logging
from collections.abc import Callable
from functools import lru_cache, partial
from pathlib import Path

import shapely

from soc_monitor.aggregate import Weights, build_weights, rebuild_weights, weights_key
from soc_monitor.errors import ArrayDamaged
from soc_monitor.model import Grid, Level
from soc_monitor.store import arrays, read_areas
from soc_monitor.store.store import Store

log = logging.getLogger(__name__)


def load_weights(store: Store, boundaries_id: str, grid: Grid) -> Weights:
    """The weights of the finest areas, and of the whole grid, kept once they are built."""
    path = _weights_path(boundaries_id, grid)
    try:
        return kept_weights(store.arrays, path, grid)
    except ArrayDamaged:
        log.warning("weights are damaged: built anew", extra={"path": path})
        arrays.discard(store, path)
    except FileNotFoundError:
        log.info("no weights are kept", extra={"path": path})
    built = _build(store, boundaries_id, grid)
    arrays.save_group(store, path, built.to_arrays())
    return built.with_whole_grid()


def _build(store: Store, boundaries_id: str, grid: Grid) -> Weights:
    """Weights of a boundary set; areas that another set has with the same geometry are taken."""
    shapes = _shapes(store, boundaries_id)
    geometries = [shapely.from_wkb(wkb) for wkb in shapes]
    for other in read_areas.boundary_sets(store):
        path = _weights_path(other, grid)
        if other == boundaries_id or not (store.arrays / path).exists():
            continue
        try:
            known = kept_weights(store.arrays, path, grid)
        except ArrayDamaged:
            continue
        rows = {wkb: row for row, wkb in enumerate(_shapes(store, other))}
        same = [rows.get(wkb, -1) for wkb in shapes]
        log.info("weights are rebuilt", extra={"path": path, "areas": same.count(-1)})
        return rebuild_weights(geometries, known, same)
    log.info("weights are built", extra={"areas": len(shapes)})
    return build_weights(geometries, grid)


def _shapes(store: Store, boundaries_id: str) -> list[bytes]:
    """Geometries of the finest areas (WKB), in the order of the weights."""
    return [wkb for _, wkb in sorted(read_areas.geometries(store, boundaries_id, Level.ADM1))]


def held_weights(store: Store, boundaries_id: str, grid: Grid) -> Callable[[], Weights]:
    """What loads the same weights in a worker elsewhere, once for each process."""
    return partial(weights_there, store.arrays, _weights_path(boundaries_id, grid), grid)


@lru_cache(maxsize=2)
def weights_there(folder: Path, path: str, grid: Grid) -> Weights:
    """``kept_weights``, and what is cut from them, held from one graph to the next.

    Their path names their content, so they are never stale.
    """
    return kept_weights(folder, path, grid)


def _weights_path(boundaries_id: str, grid: Grid) -> str:
    return f"weights/{weights_key(grid, boundaries_id)}"


def kept_weights(folder: Path, path: str, grid: Grid) -> Weights:
    """Weights that are kept.

    Raises:
        FileNotFoundError: they are not.
        ArrayDamaged: they cannot be read.
    """
    kept = arrays.load_group(folder, path)
    if kept is None:
        raise FileNotFoundError(path)
    return Weights.from_arrays(kept, grid).with_whole_grid()
