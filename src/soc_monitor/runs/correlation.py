"""Correlation: how the errors of the cells of an area go together, drawn once for each map.

It follows from the places of the cells and from the sizes of their errors beside each other. In a
nowcast both are those of its first month: its cells stay the same, and their errors grow together.
So a new month, or a revised one, draws nothing; another baseline draws anew.
"""

import logging

import numpy as np
import numpy.typing as npt

from soc_monitor.aggregate import PAIRS, ErrorModel, Weights, error_cells, mean_correlation
from soc_monitor.model import Slice
from soc_monitor.model.error_model import MAPS, TABLES, error_model
from soc_monitor.runs.frame import Frame
from soc_monitor.store import arrays
from soc_monitor.store.correlations import Drawn, keep_correlations, read_correlations
from soc_monitor.store.read_slices import products_behind
from soc_monitor.store.store import Store

log = logging.getLogger(__name__)

MODEL = f"{MAPS} (of tables: {TABLES}), {PAIRS} pairs"
"""How the errors of cells go together; printed with every number that has an interval."""

Floats = npt.NDArray[np.float64]


def correlations(
    store: Store, boundaries_id: str, pattern: Slice | None, weights: Weights, frame: Frame
) -> Floats:
    """Mean correlation of the errors inside each area of the frame (area) [1].

    Args:
        store: where it is kept.
        boundaries_id: the areas.
        pattern: the map of errors that tells how large those of cells are beside each other; None:
            there is none, and all errors go together.
        weights: of the areas on the map's grid.
        frame: the areas.

    Returns:
        Between 0 and 1; 1 where no cell of an area has an error.
    """
    if pattern is None:
        return np.ones(len(frame.areas))
    model = error_model(products_behind(store, pattern.id))
    drawn_of = f"{model}, {PAIRS} pairs"
    of = Drawn(slice_id=pattern.id, boundaries_id=boundaries_id, model=drawn_of)
    known = read_correlations(store, of)
    if not known:
        drawn = _draw(store, pattern, weights, frame, model)
        known = {area.code: float(x) for area, x in zip(frame.areas, drawn, strict=True)}
        keep_correlations(store, of, known)
        told = {"cube": pattern.cube.id, "period": pattern.period, "areas": len(known)}
        log.info("pairs drawn", extra=told)
    return np.array([known[area.code] for area in frame.areas])


def _draw(
    store: Store, pattern: Slice, weights: Weights, frame: Frame, model: ErrorModel
) -> Floats:
    std = np.asarray(arrays.open_slice(store, pattern).data.compute())
    cells = error_cells(weights, std, frame.order)
    together = mean_correlation(cells, frame.ranges, weights, model)
    whole = error_cells(weights, std, np.array([frame.world]))
    together[frame.world] = mean_correlation(whole, np.array([[0, 1]]), weights, model)[0]
    return np.nan_to_num(together, nan=1.0)
