"""Change: what became of every area between two dates, on the cells that both have."""

from dataclasses import dataclass
from typing import Any

import dask.array as da
import numpy as np
import xarray as xr
from dask.delayed import Delayed, delayed

from soc_monitor.aggregate.moments import Moments
from soc_monitor.aggregate.reduce import area_moments, chunked
from soc_monitor.aggregate.weights import Weights


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Two dates and their difference, over the cells that have a value at both."""

    before: Moments
    """Of the first date."""
    after: Moments
    """Of the second date; its mapped area is that of the first, to the last bit."""
    difference: Moments
    """Of after minus before, cell by cell: its spread is the spread of the change."""


def area_change(
    before: da.Array | xr.DataArray,
    after: da.Array | xr.DataArray,
    weights: Weights,
    *,
    fill: float | None = None,
) -> Delayed:
    """Moments of two dates and of their difference on the intersection of their masks, lazily.

    A cell that one of the dates lacks weighs nothing in any of the three, so that a border of the
    data that moves is not taken for a change of the soil. Every chunk is read once.

    Args:
        before: the field at the first date (y, x) [any], on the grid of the weights.
        after: the field at the second date (y, x) [as before].
        weights: what the areas cover.
        fill: value that means missing, as stored; NaN always does.

    Returns:
        A delayed ``Change``, one row per area in each of its moments [as the values].

    Raises:
        BadValue: a field is not on the grid of the weights. When computed: a value is infinite.

    Source:
        mean of the change = mean of the differences over the common cells.

    Example:
        >>> import shapely
        >>> from soc_monitor.aggregate.weights import build_weights
        >>> from soc_monitor.model.grid import Grid
        >>> grid = Grid(nx=3, ny=1, west=0, south=0, east=3, north=1)
        >>> weights = build_weights([shapely.box(0, 0, 3, 1)], grid)
        >>> before = da.from_array(np.array([[10.0, 20.0, np.nan]]))
        >>> after = da.from_array(np.array([[11.0, np.nan, 99.0]]))
        >>> change = area_change(before, after, weights).compute()
        >>> change.before.mean, change.after.mean, change.difference.mean
        (array([10.]), array([11.]), array([1.]))
    """
    first = _real(chunked(before, weights), fill)
    second = _real(chunked(after, weights).rechunk(first.chunks), fill)
    gone = da.isnan(first) | da.isnan(second)
    fields = (da.where(gone, np.nan, first), da.where(gone, np.nan, second), second - first)
    change: Delayed = delayed(_change)(*(area_moments(field, weights) for field in fields))
    return change


def _real(field: Any, fill: float | None) -> Any:
    """The field as float64, NaN where it has no value; stored integers are exact in it."""
    real = field.astype(np.float64)
    return real if fill is None else da.where(field == field.dtype.type(fill), np.nan, real)


def _change(before: Moments, after: Moments, difference: Moments) -> Change:
    return Change(before=before, after=after, difference=difference)
