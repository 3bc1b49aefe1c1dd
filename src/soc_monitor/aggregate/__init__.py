"""Arrays in, partial tables out: exact means and totals over areas.

``build_weights`` makes the weights of areas on a grid, ``area_moments`` a graph from a chunked
field to ``Moments``, ``roll_up`` adds those up to countries, regions and the world. Nothing here
reads, writes or computes a graph.

Example:
    >>> import dask.array as da
    >>> import numpy as np
    >>> import shapely
    >>> from soc_monitor.model.grid import Grid
    >>> grid = Grid(nx=4, ny=2)
    >>> halves = [shapely.box(-180, -90, 0, 90), shapely.box(0, -90, 180, 90)]
    >>> weights = build_weights(halves, grid)
    >>> field = da.from_array(np.array([[1, 1, 5, 5], [3, 3, 7, 7]], np.int16))
    >>> moments = roll_up(area_moments(field, weights).compute(), [2, 2])
    >>> moments.mean  # west, east, world
    array([2., 6., 4.])
    >>> (moments.mapped_m2[2] / 1e12).round(9)
    np.float64(510.065621724)
"""

from soc_monitor.aggregate.blocks import BlockOperator, cut
from soc_monitor.aggregate.boxes import Fields, boxed_moments
from soc_monitor.aggregate.change import Change, area_change
from soc_monitor.aggregate.distribution import area_histograms
from soc_monitor.aggregate.grid import polygon_area, row_area
from soc_monitor.aggregate.histogram import Histogram
from soc_monitor.aggregate.kernel import sum_block
from soc_monitor.aggregate.levels import class_shares, coarser_means
from soc_monitor.aggregate.moments import Moments, Partial, join
from soc_monitor.aggregate.rebuild import rebuild_weights
from soc_monitor.aggregate.reduce import area_moments
from soc_monitor.aggregate.rollup import roll_up, unassigned
from soc_monitor.aggregate.stored import Readable, stored_moments
from soc_monitor.aggregate.uncertainty import (
    PAIRS,
    Cells,
    covered_cells,
    error_cells,
    mean_correlation,
)
from soc_monitor.aggregate.weights import (
    ALGORITHM,
    Weights,
    build_weights,
    least_m2,
    weights_key,
)
from soc_monitor.aggregate.window import Box, touched_boxes
from soc_monitor.model.error_model import ErrorModel

__all__ = [
    "ALGORITHM",
    "PAIRS",
    "BlockOperator",
    "Box",
    "Cells",
    "Change",
    "ErrorModel",
    "Fields",
    "Histogram",
    "Moments",
    "Partial",
    "Readable",
    "Weights",
    "area_change",
    "area_histograms",
    "area_moments",
    "boxed_moments",
    "build_weights",
    "class_shares",
    "coarser_means",
    "covered_cells",
    "cut",
    "error_cells",
    "join",
    "least_m2",
    "mean_correlation",
    "polygon_area",
    "rebuild_weights",
    "roll_up",
    "row_area",
    "stored_moments",
    "sum_block",
    "touched_boxes",
    "unassigned",
    "weights_key",
]
