"""From a chunked field to the histogram of every area, as a graph that somebody else computes."""

from collections.abc import Sequence

import dask.array as da
import numpy as np
import numpy.typing as npt
import xarray as xr
from dask.base import tokenize
from dask.delayed import Delayed, delayed

from soc_monitor.aggregate.blocks import BlockOperator
from soc_monitor.aggregate.histogram import Bins, Histogram, count_block, join_bins
from soc_monitor.aggregate.reduce import (
    BUNDLE,
    Parted,
    bundles,
    chunked,
    in_graph,
    joined,
    operators_of,
)
from soc_monitor.aggregate.weights import Weights

Block = npt.NDArray[np.generic]


def area_histograms(
    values: da.Array | xr.DataArray,
    weights: Weights,
    *,
    fill: float | None = None,
    scale: float = 1.0,
    labels: da.Array | xr.DataArray | None = None,
    n_labels: int = 1,
    bundle: int = BUNDLE,
) -> Delayed:
    """Weight of every stored value in every area, lazily: for quantiles and areas of classes.

    Computed in one call with ``area_moments`` of the same field, a chunk is read once for both.

    Args:
        values: the field (y, x) [any] on the grid of the weights: whole numbers between -65535
            and 65535, as scaled fields and classes are stored.
        weights: what the areas cover.
        fill: value that means missing, as stored; NaN always does.
        scale: value = scale * stored.
        labels: a second layer (y, x) of classes, such as land cover, that parts every area.
        n_labels: classes 0 to n_labels - 1 count; row a * n_labels + l is class l of area a.
        bundle: cells that one task takes.

    Returns:
        A delayed ``Histogram``.

    Raises:
        BadValue: the field is not on the grid of the weights. When computed: a value is no small
            whole number.

    Example:
        >>> import shapely
        >>> from soc_monitor.aggregate.weights import build_weights
        >>> from soc_monitor.model.grid import Grid
        >>> grid = Grid(nx=4, ny=1, west=0, south=0, east=4, north=1)
        >>> weights = build_weights([shapely.box(0, 0, 4, 1)], grid)
        >>> field = da.from_array(np.array([[1, 2, 3, 40]], np.int16))
        >>> area_histograms(field, weights, scale=0.5).compute().quantiles([0.5, 0.9])
        array([[ 1., 20.]])
    """
    field = chunked(values, weights)
    parted = Parted.of(labels, n_labels, weights, field.chunks)
    name = tokenize(field.name, weights, fill, parted.name, n_labels, bundle)
    shared = in_graph(weights)
    blocks = field.to_delayed()
    level = [
        delayed(_count_bundle)(
            [blocks[at] for at, _ in chunks],
            operators_of(chunks, weights, shared, parted),
            fill,
            dask_key_name=f"area-bins-{name}-{number}",
        )
        for number, chunks in enumerate(bundles(field.chunks, weights, bundle))
    ]
    none = np.empty(0, np.int64)
    nothing = Bins(areas=none, stored=none, halves=none.reshape(0, 2), quantum=weights.quantum)
    found: Delayed = delayed(Histogram.of_bins)(
        joined(level, join_bins, f"area-bins-join-{name}") or [nothing],
        weights.n_areas * n_labels,
        scale=scale,
        dask_key_name=f"area-histograms-{tokenize(name, scale)}",
    )
    return found


def _count_bundle(
    blocks: Sequence[Block], operators: Sequence[BlockOperator], fill: float | None
) -> Bins:
    """One task: the bins of a bundle of blocks."""
    return join_bins(
        [
            count_block(block, operator, fill=fill)
            for block, operator in zip(blocks, operators, strict=True)
        ]
    )
