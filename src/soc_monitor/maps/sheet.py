"""Sheet: one indicator of one product for one period, ready to be looked at cell by cell."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import xarray as xr

from soc_monitor.errors import UnknownPeriod, UnknownProduct
from soc_monitor.indicators import load_indicators
from soc_monitor.maps.compare import read_change
from soc_monitor.maps.decode import decode
from soc_monitor.maps.held import Array, Held
from soc_monitor.maps.levels import pick_level, read_means, read_share
from soc_monitor.maps.many import read_many
from soc_monitor.model import Freq, Grid, Indicator, Slice
from soc_monitor.model.change import months_back, same_season
from soc_monitor.model.period import period_label
from soc_monitor.model.scale import Scale
from soc_monitor.model.trend import Course, course
from soc_monitor.store import arrays
from soc_monitor.store.store import Store


@dataclass(frozen=True, slots=True)
class Sheet:
    """An indicator with the slices that it is computed from."""

    indicator: Indicator
    inputs: tuple[Slice, ...]
    """In the order of the indicator's inputs."""
    errors: Slice | None
    """Standard errors that those of areas are made of, where the product has them."""
    course: Course | None = None
    """Of an indicator of change: how the period is compared; None: there is nothing to compare."""
    record: tuple[Slice, ...] = ()
    """Of an indicator of change: its input at every step of the course; of an anomaly: its first
    input in the same month of the other years; of what looks back: in the months up to it, and
    the month itself."""
    carried_years: float = 0.0
    """Of a nowcast: years from its start, over which the error of the model itself has grown."""

    @property
    def cell_errors(self) -> Slice | None:
        """The errors that cells are told with: a chance says itself how certain it is."""
        return None if self.indicator.chance else self.errors

    @property
    def provisional(self) -> bool:
        """Whether its numbers are replaced when a period is closed, as published areas tell it."""
        steps = () if self.course is None else self.record
        return any(piece.provisional for piece in (*self.inputs, *steps))

    @property
    def base_period(self) -> str | None:
        """Of a change: the period that it is counted from, as it is written; None: of none."""
        return None if self.course is None else period_label(*self.course.base)


def ends_of(sheet: Sheet) -> tuple[Sheet, ...]:
    """The sheets of the ends of a range, as published areas have them: lower and upper.

    Without a lower end of its own the number itself is the least. Empty: the indicator has none.
    """
    indicator = sheet.indicator
    if indicator.most is None:
        return ()
    ends = {"least": indicator.least or indicator.compute, "most": indicator.most}
    return tuple(
        # By another name: what an indicator hands on, and what is held of it, is known by its id.
        replace(sheet, indicator=replace(indicator, id=f"{indicator.id}.{name}", compute=compute))
        for name, compute in ends.items()
    )


def find_sheet(
    pieces: Sequence[Slice],
    indicator: Indicator,
    product: str,
    period: date,
    *,
    base_year: int | None = None,
) -> Sheet:
    """The sheet of a period; a static cube holds for every period.

    Args:
        pieces: every slice of a release.
        indicator: what is looked at.
        product: of which.
        period: its first day.
        base_year: year that a change is counted from; None: that of the monitor.

    Raises:
        UnknownProduct: the product lacks a cube that the indicator needs, or the indicator is told
            of areas alone.
        UnknownPeriod: it has the cubes, and not this period.
    """
    if indicator.compute is None:
        raise UnknownProduct(f"{indicator.id} is told of areas alone: it has no cells")
    own = [piece for piece in pieces if piece.cube.product == product]
    inputs = tuple(_at(own, name, product, period) for name in indicator.inputs)
    inputs += _beside(own, indicator, inputs[0])
    errors = [p for p in own if p.cube.variable == indicator.std_input]
    sheet = Sheet(indicator, inputs, _hold(errors, period))
    if indicator.seasonal:
        return _with_record(sheet, own)
    if indicator.looks_back:
        return _with_months(sheet, own)
    return sheet if indicator.of_means is None else _with_course(sheet, own, base_year)


def _beside(own: Sequence[Slice], indicator: Indicator, like: Slice) -> tuple[Slice, ...]:
    """What the indicator takes as well, where it is there on the grid of its first input."""
    return tuple(
        piece
        for name in indicator.beside
        for piece in own
        if (piece.cube.variable, piece.period) == (name, like.period)
        and piece.cube.grid == like.cube.grid
    )


def _with_record(sheet: Sheet, own: Sequence[Slice]) -> Sheet:
    now = sheet.inputs[0]
    same = {(p.period, p.period_end): p for p in own if p.cube.id == now.cube.id}
    record = same_season(same, (now.period, now.period_end), sheet.indicator.climatology)
    return replace(sheet, record=tuple(same[span] for span in record))


def _with_months(sheet: Sheet, own: Sequence[Slice]) -> Sheet:
    now = sheet.inputs[0]
    same = {p.period: p for p in own if p.cube.id == now.cube.id}
    back = months_back(list(same), now.period, sheet.indicator.looks_back)
    return replace(sheet, record=tuple(same[month] for month in back))


def _with_course(sheet: Sheet, own: Sequence[Slice], base_year: int | None) -> Sheet:
    now = sheet.inputs[0]
    same = {p.period: p for p in own if p.cube.id == now.cube.id}
    spans = [(p.period, p.period_end) for p in same.values()]
    span = (now.period, now.period_end)
    how = course(spans, span, epochs=now.cube.freq is Freq.EPOCH, base_year=base_year)
    if how is None:
        return sheet
    return replace(sheet, course=how, record=tuple(same[first] for first in how.steps))


def _at(pieces: Sequence[Slice], variable: str, product: str, period: date) -> Slice:
    same = [piece for piece in pieces if piece.cube.variable == variable]
    if not same:
        raise UnknownProduct(f"{product} has no map of {variable}")
    found = _hold(same, period)
    if found is None:
        known = tuple(sorted(piece.period.isoformat() for piece in same))
        raise UnknownPeriod(f"{product} has no map of {variable} for {period}", allowed=known)
    return found


def _hold(pieces: Sequence[Slice], period: date) -> Slice | None:
    for piece in pieces:
        if piece.period == period or piece.cube.freq is Freq.STATIC:
            return piece
    return None


def cell_scale(indicator: Indicator) -> Scale:
    """The classes for single cells: a total has those of the mean that it is the sum of."""
    for other in load_indicators().values():
        same = other.compute is indicator.compute and other.compute is not None
        if same and (other.over_area, other.inputs) == ("mean", indicator.inputs):
            return other.scale
    return indicator.scale


def sample(
    store: Store, held: Held, sheet: Sheet, lons: Array, lats: Array, pixel: float = 0.0
) -> Array:
    """The values of a sheet at every pair of a latitude and a longitude: those of their cells.

    Args:
        lons, lats: [degrees].
        pixel: how wide what is drawn of them is [degrees]; 0: the cells themselves are asked for.
            Many cells in a pixel are drawn as the mean of what is computed of each, as an area's
            is; a change as that of their means, as an area's is.

    Returns:
        (latitude, longitude) [the indicator's ``cell_unit``]; NaN where there is no data, and
        outside of the grid.

    Raises:
        ArrayDamaged: a stored array cannot be read.
    """
    if pixel and any(piece.cube.classes for piece in sheet.inputs):
        return _sample_classes(store, held, sheet, lons, lats, pixel)
    if sheet.course is not None:
        return evaluate_change(sheet, *_sample_change(store, held, sheet, lons, lats, pixel))
    if _is_computed(sheet) and (factor := _shared_level(store, sheet, pixel)) > 1:
        return _sample_many(store, held, sheet, lons, lats, factor)
    now = {p.cube.variable: sample_slice(store, held, p, lons, lats, pixel) for p in sheet.inputs}
    record = [sample_slice(store, held, piece, lons, lats, pixel) for piece in sheet.record]
    return evaluate(sheet, now, record)


def _is_computed(sheet: Sheet) -> bool:
    """Whether cells are computed of what is stored, and there is all that they are computed of."""
    needs_record = sheet.indicator.seasonal or sheet.indicator.looks_back > 0
    known = bool(sheet.record) or not needs_record
    return known and sheet.indicator.of_means is None and handed_on(sheet.indicator) is None


def _shared_level(store: Store, sheet: Sheet, pixel: float) -> int:
    """The level that all slices of a sheet have for a pixel; 1: none, or of two grids."""
    pieces = (*sheet.inputs, *sheet.record)
    if len({piece.cube.grid for piece in pieces}) > 1:
        return 1
    return min(_level(store, piece, pixel) for piece in pieces)


def _sample_many(
    store: Store, held: Held, sheet: Sheet, lons: Array, lats: Array, factor: int
) -> Array:
    """Means of the cells of a pixel, each computed on its own."""
    pieces, n = (*sheet.inputs, *sheet.record), len(sheet.inputs)

    def made(values: Sequence[Array]) -> Array:
        names = (piece.cube.variable for piece in sheet.inputs)
        return evaluate(sheet, dict(zip(names, values[:n], strict=True)), values[n:])

    def read(rows: Array, cols: Array) -> Array:
        return read_many(store, held, pieces, sheet.indicator.id, made, factor, rows, cols)

    return _placed(pieces[0].cube.grid, lons, lats, factor, read)


def _sample_change(
    store: Store, held: Held, sheet: Sheet, lons: Array, lats: Array, pixel: float
) -> Array:
    """Base and gain of a change at some places (2, latitude, longitude)."""
    how, record = sheet.course, sheet.record
    assert how is not None  # asked before
    factor = min(_level(store, piece, pixel) for piece in record)

    def read(rows: Array, cols: Array) -> Array:
        return read_change(store, held, record, how, factor, rows, cols)

    return _placed(record[0].cube.grid, lons, lats, factor, read, planes=(2,))


def _sample_classes(
    store: Store, held: Held, sheet: Sheet, lons: Array, lats: Array, pixel: float
) -> Array:
    """An indicator of classes: its values of the classes, by their shares of a coarser cell."""
    piece = sheet.inputs[0]
    factor = pick_level(store, piece, pixel)
    if factor == 1 or len(sheet.inputs) + len(sheet.record) > 1:
        return sample(store, held, sheet, lons, lats)
    total, known = np.zeros((2, len(lats), len(lons)))
    for code in piece.cube.classes:
        of_class = evaluate(sheet, {piece.cube.variable: np.full((1, 1), float(code))})[0, 0]

        def read(rows: Array, cols: Array, code: int = code) -> Array:
            return read_share(store, held, piece, factor, code, rows, cols)

        share = np.nan_to_num(_placed(piece.cube.grid, lons, lats, factor, read))
        if not np.isnan(of_class):
            total += share * of_class
            known += share
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(known >= 0.5, total / known, np.nan)


def evaluate(sheet: Sheet, now: Mapping[str, Array], record: Sequence[Array] = ()) -> Array:
    """The indicator of cells, from the values of its inputs.

    Args:
        sheet: what is evaluated.
        now: variable to values (y, x) [the cube's unit].
        record: of the slices of the sheet's record; of a change: see ``evaluate_change``.

    Returns:
        (y, x) [the indicator's ``cell_unit``]; NaN everywhere for a change without a base, and for
        what needs a record without one.
    """
    if (handed := handed_on(sheet.indicator)) is not None:
        return now[sheet.indicator.inputs[handed]]
    compute = sheet.indicator.compute
    assert compute is not None  # find_sheet makes none without
    fields = {name: (("y", "x"), values) for name, values in now.items()}
    name = sheet.indicator.inputs[0]
    if sheet.indicator.of_means is not None:
        assert sheet.course is None  # it has steps, which are not looked at here
        return np.full(next(iter(now.values())).shape, np.nan)
    if sheet.indicator.seasonal or sheet.indicator.looks_back:
        if not record:
            return np.full(next(iter(now.values())).shape, np.nan)
        past = {f"{name}_record": (("time", "y", "x"), np.stack(record))}
        times = np.array([piece.period for piece in sheet.record], "datetime64[ns]")
        return np.asarray(compute(xr.Dataset(fields | past, coords={"time": times})))
    return np.asarray(compute(xr.Dataset(fields)))


def evaluate_change(sheet: Sheet, base: Array, gained: Array) -> Array:
    """A change of cells that has a course, from what ``compared`` makes of its steps.

    Args:
        sheet: what is evaluated.
        base: stock of the base (y, x) [the cube's unit].
        gained: since then, over all the years [likewise].

    Returns:
        (y, x) [the indicator's ``cell_unit``]; NaN where either is NaN.
    """
    compute, how, name = sheet.indicator.compute, sheet.course, sheet.indicator.inputs[0]
    assert compute is not None  # find_sheet makes none without
    assert how is not None  # or there is nothing to compare
    both = {name: (("y", "x"), base + gained), f"{name}_base": (("y", "x"), base)}
    return np.asarray(compute(xr.Dataset(both | {"years": how.years})))


_HANDED_ON: dict[str, int | None] = {}


def handed_on(indicator: Indicator) -> int | None:
    """Which of its inputs an indicator hands on untouched; None: it computes."""
    if indicator.id not in _HANDED_ON:
        _HANDED_ON[indicator.id] = _look_for_handed_on(indicator)
    return _HANDED_ON[indicator.id]


def _look_for_handed_on(indicator: Indicator) -> int | None:
    needs_more = indicator.of_means is not None or indicator.seasonal or indicator.looks_back > 0
    if needs_more or indicator.compute is None:
        return None
    fields = {name: (("y", "x"), np.zeros((1, 1))) for name in indicator.inputs}
    values = indicator.compute(xr.Dataset(fields)).data
    return next(
        (i for i, (_, field) in enumerate(fields.values()) if np.shares_memory(field, values)), None
    )


def sample_slice(
    store: Store, held: Held, piece: Slice, lons: Array, lats: Array, pixel: float = 0.0
) -> Array:
    """The values of a slice, in the same way [the cube's unit]; of standard errors the mean too.

    The mean of errors is that of cells which err together: the doubt of a pixel is the doubt that
    its cells have, not the smaller one of their mean.
    """
    factor = _level(store, piece, pixel)

    def read(rows: Array, cols: Array) -> Array:
        if factor == 1:
            return decode(_read(store, held, piece, rows, cols), piece.cube)
        return decode(read_means(store, held, piece, factor, rows, cols), piece.cube)

    return _placed(piece.cube.grid, lons, lats, factor, read)


def _level(store: Store, piece: Slice, pixel: float) -> int:
    return 1 if piece.cube.classes else pick_level(store, piece, pixel)


def _placed(
    grid: Grid,
    lons: Array,
    lats: Array,
    factor: int,
    read: Callable[[Array, Array], Array],
    *,
    planes: tuple[int, ...] = (),
) -> Array:
    """What is read of the cells of a level that lie at some places; NaN outside of the grid."""
    rows, cols = row_of(grid, lats), column_of(grid, lons)
    inside_y, inside_x = rows >= 0, cols >= 0
    values = np.full((*planes, len(lats), len(lons)), np.nan)
    if inside_y.any() and inside_x.any():
        found = read(rows[inside_y] // factor, cols[inside_x] // factor)
        values[..., inside_y[:, None] & inside_x] = found.reshape(*planes, -1)
    return values


def _read(store: Store, held: Held, piece: Slice, rows: Array, cols: Array) -> Array:
    whole = piece.cube.grid.nx * piece.cube.grid.ny * np.dtype(piece.cube.dtype).itemsize
    if whole > held.limit // 4:
        return arrays.read_window(store, piece, rows, cols)
    kept = held.get(piece.id, lambda: arrays.read_window(store, piece))
    return np.asarray(kept[np.ix_(rows, cols)])


def row_of(grid: Grid, lats: Array) -> Array:
    """The row of each latitude, counted from the north; -1 outside of the grid.

    Example:
        >>> row_of(Grid(nx=36, ny=18), np.array([90.0, 84.9, 79.9, -90.0])).tolist()
        [0, 0, 1, 17]
    """
    rows = np.floor((grid.north - lats) * grid.ny / (grid.north - grid.south)).astype(np.intp)
    # The southern edge is part of the last row, or the south pole would be nowhere.
    rows = np.where(lats == grid.south, grid.ny - 1, rows)
    return np.where((rows >= 0) & (rows < grid.ny), rows, -1)


def column_of(grid: Grid, lons: Array) -> Array:
    """The column of each longitude, counted from the west; -1 outside of the grid.

    Example:
        >>> column_of(Grid(nx=36, ny=18), np.array([-180.0, 0.0, 179.9, 180.0])).tolist()
        [0, 18, 35, 0]
    """
    east = (lons - grid.west) % 360.0
    cols = np.floor(east * grid.nx / (grid.east - grid.west)).astype(np.intp)
    return np.where(cols < grid.nx, cols, -1)
