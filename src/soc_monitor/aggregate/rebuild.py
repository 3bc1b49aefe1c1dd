"""Rebuilding weights after a revision of boundaries: only the areas whose geometry changed."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from shapely.geometry.base import BaseGeometry

from soc_monitor.aggregate.weights import Weights, build_weights
from soc_monitor.errors import BadValue

Longs = npt.NDArray[np.int64]


def rebuild_weights(
    geometries: Sequence[BaseGeometry], known: Weights, same: Sequence[int]
) -> Weights:
    """Weights of areas, most of which are known already; the same numbers as built anew.

    Args:
        geometries: polygons in longitude and latitude (area) [degrees].
        known: weights of other areas on the same grid.
        same: for each area, the row of the known area with the same geometry (area) [1]; -1: it
            is built.

    Returns:
        The weights, areas in the order of the geometries.

    Raises:
        BadValue: a geometry cannot be weighed, as for ``build_weights``.

    Example:
        >>> import shapely
        >>> from soc_monitor.model.grid import Grid
        >>> grid = Grid(nx=2, ny=2, west=0, south=-1, east=2, north=1)
        >>> west, east = shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)
        >>> known = build_weights([west], grid)
        >>> rebuild_weights([east, west], known, [-1, 0]).run_area.tolist()
        [1, 0]
    """
    if len(geometries) != len(same):
        raise BadValue(f"{len(geometries)} geometries and {len(same)} rows of known ones")
    rows = np.asarray(same, np.int64)
    changed = np.flatnonzero(rows < 0)
    fresh = build_weights(
        [geometries[i] for i in changed.tolist()], known.grid, true_area=known.true_area
    )
    # Where the areas of each of the two come to stand; a known one may be there several times.
    reused = np.flatnonzero(rows >= 0)
    sources = ((fresh, np.arange(len(changed)), changed), (known, rows[reused], reused))
    runs = [_taken(w.run_ptr, w.run_area, old, new) for w, old, new in sources]
    edges = [_taken(w.edge_ptr, w.edge_area, old, new) for w, old, new in sources]
    run_row, run_area = _joined(runs)
    edge_row, edge_area = _joined(edges)
    c0, c1 = (
        np.concatenate(
            [getattr(w, name)[at] for (w, *_), (at, *_) in zip(sources, runs, strict=True)]
        )
        for name in ("run_c0", "run_c1")
    )
    col, share = (
        np.concatenate(
            [getattr(w, name)[at] for (w, *_), (at, *_) in zip(sources, edges, strict=True)]
        )
        for name in ("edge_col", "edge_share")
    )
    by_run = np.lexsort((run_area, c0, run_row))
    by_edge = np.lexsort((edge_area, col, edge_row))
    ends = np.arange(known.grid.ny + 1)
    return Weights(
        grid=known.grid,
        n_areas=len(geometries),
        true_area=known.true_area,
        run_ptr=np.searchsorted(run_row[by_run], ends).astype(np.int64),
        run_c0=c0[by_run],
        run_c1=c1[by_run],
        run_area=run_area[by_run].astype(np.int32),
        edge_ptr=np.searchsorted(edge_row[by_edge], ends).astype(np.int64),
        edge_col=col[by_edge],
        edge_area=edge_area[by_edge].astype(np.int32),
        edge_share=share[by_edge],
    )


def _taken(
    ptr: Longs, area: npt.NDArray[np.int32], old: Longs, new: Longs
) -> tuple[Longs, Longs, Longs]:
    """Entries of the areas ``old``, their rows, and the areas that they are now."""
    row = np.repeat(np.arange(len(ptr) - 1), np.diff(ptr))
    order = np.argsort(area, kind="stable")
    first = np.searchsorted(area[order], old)
    count = np.searchsorted(area[order], old, side="right") - first
    start = np.repeat(first - np.cumsum(count) + count, count)
    at = order[start + np.arange(count.sum())]
    return at, row[at], np.repeat(new, count)


def _joined(taken: Sequence[tuple[Longs, Longs, Longs]]) -> tuple[Longs, Longs]:
    return (
        np.concatenate([row for _, row, _ in taken]),
        np.concatenate([area for _, _, area in taken]),
    )
