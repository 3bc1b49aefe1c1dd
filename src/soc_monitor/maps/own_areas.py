"""Own areas: exact statistics of any shape, for as many periods as there are."""

import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from shapely.geometry.base import BaseGeometry

from soc_monitor.aggregate import (
    BlockOperator,
    Box,
    Cells,
    Moments,
    Partial,
    Weights,
    build_weights,
    covered_cells,
    cut,
    least_m2,
    mean_correlation,
    polygon_area,
    sum_block,
    touched_boxes,
)
from soc_monitor.errors import BadValue, OutsideGrid, SelfCrossing, TooMuchToRead, TooSmall
from soc_monitor.maps.decode import decode
from soc_monitor.maps.held import Array
from soc_monitor.maps.sheet import Sheet, ends_of, evaluate, evaluate_change, handed_on
from soc_monitor.model import Grid, Slice
from soc_monitor.model.error_model import MAPS, ErrorModel, error_model
from soc_monitor.model.spread import structural_share, without_structure
from soc_monitor.model.trend import compared
from soc_monitor.store import arrays
from soc_monitor.store.chunks import CHUNK
from soc_monitor.store.read_slices import products_behind
from soc_monitor.store.store import Store

MOST_CELLS: Final = 500_000_000
"""Cells times periods of one answer: a few seconds of work."""
MOST_OF_WORKER: Final = 20 * MOST_CELLS
"""The same, where nobody waits."""
THREADS: Final = min(4, os.cpu_count() or 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistics:
    """What a shape has of one indicator in one period; None: nothing of it is mapped."""

    mean: float | None
    """By area [``cell_unit``]."""
    total: float | None
    """Its integral over the mapped area; of a change its mean times that [``cell_unit`` m2]."""
    low: float | None
    high: float | None
    spread: float | None
    """Standard deviation over the area [``cell_unit``]."""
    std_error: float | None
    """Of the mean; None: the product gives no errors [``cell_unit``]."""
    mapped_m2: float
    ends: tuple[float, float] | None = None
    """Of a range: the least and the most that the mean can be; None: no range [``cell_unit``]."""


def area_m2(shape: BaseGeometry) -> float:
    """Area of a shape on the ellipsoid, its edges straight in longitude and latitude [m2]."""
    return float(polygon_area([shape])[0])


def statistics(
    store: Store, sheets: Sequence[Sheet], shape: BaseGeometry, *, most_cells: int = MOST_CELLS
) -> list[Statistics]:
    """The statistics of a shape, one for each sheet: from the sums that published areas have.

    Only the stored chunks that the shape touches are read, and of them only what it covers.

    Args:
        sheets: one indicator of one product, a sheet a period.
        shape: a polygon or a multipolygon, in -180..180 and -90..90 [degrees].
        most_cells: cells times periods that may be read.

    Raises:
        OutsideGrid: the shape has no cell of a map.
        TooSmall: it lies on the map, and has too little of every cell.
        SelfCrossing: it overlaps itself.
        TooMuchToRead: it covers too many cells for so many periods.
        ArrayDamaged: a stored array cannot be read.
    """
    by_grid: dict[Grid, list[int]] = {}
    for number, sheet in enumerate(sheets):
        by_grid.setdefault(sheet.inputs[0].cube.grid, []).append(number)
    looks = {grid: _look(grid, shape) for grid in by_grid}
    cells = sum(
        looks[grid].cells * max(1, len(sheets[number].record))
        for grid, numbers in by_grid.items()
        for number in numbers
    )
    if cells > most_cells:
        raise TooMuchToRead(
            f"{cells:,} cells in {len(sheets)} periods, {most_cells:,} are allowed",
            hint="Ask for fewer periods with t=, or for parts of the shape.",
        )
    found: dict[int, Statistics] = {}
    for grid, numbers in by_grid.items():
        some = [sheets[number] for number in numbers]
        found |= zip(numbers, _through_time(store, some, looks[grid]), strict=True)
    return [found[number] for number in range(len(sheets))]


@dataclass(frozen=True, slots=True)
class _Look:
    """A shape on one grid: its weights, and what has to be read."""

    weights: Weights
    boxes: tuple[Box, ...]

    @property
    def cells(self) -> int:
        """Cells of all boxes."""
        return sum((y1 - y0) * (x1 - x0) for y0, y1, x0, x1 in self.boxes)


def _look(grid: Grid, shape: BaseGeometry) -> _Look:
    try:
        weights = build_weights([shape], grid)
    except BadValue as error:
        raise SelfCrossing(error.detail) from error
    boxes = tuple(touched_boxes(weights, CHUNK, CHUNK))
    if not boxes and _reaches(grid, shape):
        least = least_m2(grid, float(shape.centroid.y))
        raise TooSmall(
            f"the shape has {area_m2(shape):.2g} m2, and of no cell of this map the {least:.2g} m2 "
            "from which on it counts",
            hint=f"Send a shape of {4 * least:.2g} m2 or more, or ask for a place: /api/v1/point",
        )
    if not boxes:
        raise OutsideGrid(
            f"the map runs from {grid.west:g} to {grid.east:g} in longitude "
            f"and from {grid.south:g} to {grid.north:g} in latitude"
        )
    return _Look(weights, boxes)


def _reaches(grid: Grid, shape: BaseGeometry) -> bool:
    """Whether the box around a shape shares more than an edge with the map.

    Example:
        >>> import shapely
        >>> whole, half = Grid(nx=720, ny=360), Grid(nx=2, ny=2, west=0, south=0, east=9, north=9)
        >>> dot = shapely.box(-1, 0, 0, 1e-6)
        >>> _reaches(whole, dot), _reaches(half, dot)
        (True, False)
    """
    west, south, east, north = shape.bounds
    beside = any(
        west + turn < grid.east and east + turn > grid.west for turn in (-360.0, 0.0, 360.0)
    )
    return beside and south < grid.north and north > grid.south


def _through_time(store: Store, sheets: Sequence[Sheet], look: _Look) -> list[Statistics]:
    """The statistics of one shape on one grid, a thread to a box and a stretch of periods."""
    parts = max(1, THREADS // len(look.boxes))
    spans = [span.tolist() for span in np.array_split(np.arange(len(sheets)), parts) if span.size]
    tasks = [(box, span) for box in look.boxes for span in spans]

    def work(task: tuple[Box, list[int]]) -> list[tuple[int, Part]]:
        box, span = task
        some = _sum_box(store, [sheets[number] for number in span], look.weights, box)
        return list(zip(span, some, strict=True))

    parts_of: list[list[Part]] = [[] for _ in sheets]
    with ThreadPoolExecutor(THREADS) as pool:
        for found in pool.map(work, tasks):
            for number, part in found:
                parts_of[number].append(part)
    cells = _covered(look.weights)
    errors = next((sheet.errors for sheet in sheets if sheet.errors is not None), None)
    # The sheets are of one product, and as one rests on tables or on a map of the soil, all do.
    model = MAPS if errors is None else error_model(products_behind(store, errors.id))
    return [
        _finish(sheet, look.weights, cells, some, model)
        for sheet, some in zip(sheets, parts_of, strict=True)
    ]


@dataclass(frozen=True, slots=True)
class Part:
    """What one box has of one period."""

    box: Box
    sums: Partial
    scale: float = 1.0
    """value = scale * what was summed."""
    errors: Array | None = None
    """Standard errors of the cells (y, x) [the cube's unit]; NaN: not known."""
    dates: tuple[Partial, Partial] | None = None
    """Of a change: sums of the base and of what was gained, on the cells that have both."""
    ends: tuple[tuple[Partial, float], ...] = ()
    """Of a range: sums of its lower and upper end, with the scale of each."""


class _Reader:
    """One box of a store through time; what lies in one array is unpacked and summed once."""

    def __init__(self, store: Store, box: Box, operator: BlockOperator) -> None:
        self._store, self._box, self._operator = store, box, operator
        self._blocks: dict[str, tuple[str, Array]] = {}
        self._sums: tuple[str, Partial] | None = None

    def stored(self, piece: Slice) -> Array:
        """All periods of a slice's array (time, y, x) [as stored]; of each cube one is kept."""
        path, block = self._blocks.get(piece.cube.id, ("", None))
        if block is None or path != piece.path:
            y0, y1, x0, x1 = self._box
            block = arrays.read_block(self._store, piece, slice(y0, y1), slice(x0, x1))
            self._blocks[piece.cube.id] = piece.path, block
        return block

    def values(self, piece: Slice) -> Array:
        """A slice (y, x) [the cube's unit]; NaN: no data."""
        return decode(self.stored(piece)[piece.step or 0], piece.cube)

    def sums(self, piece: Slice) -> Partial:
        """Sums of a slice as it is stored."""
        if self._sums is None or self._sums[0] != piece.path:
            fill = None if np.isnan(piece.cube.fill) else piece.cube.fill
            every = sum_block(self.stored(piece), self._operator, fill=fill)
            self._sums = piece.path, every
        every, at = self._sums[1], slice(piece.step or 0, (piece.step or 0) + 1)
        return replace(
            every,
            n=every.n[:, at],
            low=every.low[:, at],
            high=every.high[:, at],
            sums=every.sums[:, at],
        )

    def end(
        self, end: Sheet, now: Mapping[str, Array], record: Sequence[Array]
    ) -> tuple[Partial, float]:
        """Sums of an end of a range, and their scale, from values that were read for its middle."""
        handed = handed_on(end.indicator)
        if handed is None:
            return sum_block(evaluate(end, now, record), self._operator), 1.0
        piece = end.inputs[handed]
        return self.sums(piece), piece.cube.scale


def _sum_box(store: Store, sheets: Sequence[Sheet], weights: Weights, box: Box) -> Iterator[Part]:
    """One box through some periods, by the sums that published areas have."""
    operator = cut(weights, *box)
    reader = _Reader(store, box, operator)
    handed = handed_on(sheets[0].indicator)
    for sheet in sheets:
        if handed is not None and sheet.errors is None:
            piece = sheet.inputs[handed]
            ends = tuple(reader.end(end, {}, ()) for end in ends_of(sheet))
            yield Part(box, reader.sums(piece), piece.cube.scale, ends=ends)
            continue
        now = {piece.cube.variable: reader.values(piece) for piece in sheet.inputs}
        steps = (reader.values(piece) for piece in sheet.record)
        dates, ends = None, ()
        if sheet.course is None:
            record = list(steps)
            values = evaluate(sheet, now, record)
            ends = tuple(reader.end(end, now, record) for end in ends_of(sheet))
        else:
            both = compared((one.astype(np.float64) for one in steps), sheet.course)
            values = evaluate_change(sheet, *both)
            dates = sum_block(both[0], operator), sum_block(both[1], operator)
        errors = None if sheet.errors is None else reader.values(sheet.errors)
        if errors is not None and sheet.carried_years:
            # As published areas have it: the model's own error is added for the whole.
            stock = now[sheet.indicator.inputs[0]]
            errors = without_structure(errors, stock, sheet.carried_years)
        sums = sum_block(values, operator, std=errors)
        yield Part(box, sums, errors=errors, dates=dates, ends=ends)


def _covered(weights: Weights) -> tuple[Array, Array]:
    """The cells of the shape in order, and the area it has of each [m2]."""
    cell, weight, _ = covered_cells(weights)
    order = np.argsort(cell, kind="stable")
    return cell[order], weight[order]


def _finish(
    sheet: Sheet,
    weights: Weights,
    cells: tuple[Array, Array],
    parts: Sequence[Part],
    model: ErrorModel,
) -> Statistics:
    (moments,) = Moments.merge([part.sums for part in parts], weights.n_areas, scale=parts[0].scale)
    mean, total = _number(moments.mean[0]), _number(moments.total[0])
    mapped_m2 = float(moments.mapped_m2[0])
    dates = [part.dates for part in parts if part.dates is not None]
    if dates and sheet.indicator.of_means is not None and sheet.course is not None:
        base, gained = (
            Moments.merge(some, weights.n_areas)[0] for some in zip(*dates, strict=True)
        )
        then = float(base.mean[0])
        # As published areas have it: a ratio of totals, never a mean of the ratios of cells.
        now = then + float(gained.mean[0])
        mean = None
        if then > 0:
            found = sheet.indicator.of_means(now, then, sheet.course.years)
            mean = max(sheet.indicator.floor, found)
        # What lacks in one cell and is more than enough in another evens out in the mean of the
        # area; a sum of cells, each cut at its floor, would contradict it.
        total = None if mean is None else mean * mapped_m2
    error = float(moments.mean_error[0])
    if not np.isnan(error):
        error *= np.sqrt(_together(weights, cells, parts, model))
        error = float(np.hypot(error, structural_share(sheet.carried_years) * (mean or 0.0)))
    return Statistics(
        mean=mean,
        total=total,
        low=_number(moments.low[0]),
        high=_number(moments.high[0]),
        spread=_number(moments.std[0]),
        std_error=_number(error),
        mapped_m2=mapped_m2,
        ends=_ends(weights, parts),
    )


def _ends(weights: Weights, parts: Sequence[Part]) -> tuple[float, float] | None:
    """The means of the ends of a range; None: there is none, or nothing is mapped."""
    means = [
        float(
            Moments.merge([sums for sums, _ in some], weights.n_areas, scale=some[0][1])[0].mean[0]
        )
        for some in zip(*(part.ends for part in parts), strict=True)
    ]
    return (means[0], means[1]) if means and not np.isnan(means).any() else None


def _together(
    weights: Weights, cells: tuple[Array, Array], parts: Sequence[Part], model: ErrorModel
) -> float:
    """Mean correlation of the errors of the cells of a shape, as published areas have it [1]."""
    cell, weight = cells
    std = np.full(len(cell), np.nan)
    row, column = np.divmod(cell, weights.grid.nx)
    for part in parts:
        y0, y1, x0, x1 = part.box
        here = (row >= y0) & (row < y1) & (column >= x0) & (column < x1)
        assert part.errors is not None
        std[here] = part.errors[row[here] - y0, column[here] - x0]
    size = weight * std
    keep = size > 0
    known = Cells(np.array([0, keep.sum()]), cell[keep], size[keep])
    together = mean_correlation(known, np.array([[0, 1]]), weights, model)[0]
    return 1.0 if np.isnan(together) else float(together)


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
