"""The months of a nowcast, block by block: read, carried, written. Nothing is committed here."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
from dask.delayed import delayed

from soc_monitor.aggregate import Weights, cut, sum_block
from soc_monitor.model import Cube, Grid, Slice
from soc_monitor.model.spread import structural_share
from soc_monitor.nowcast.forecast import UNTOLD, Seed
from soc_monitor.nowcast.weather import HISTORY
from soc_monitor.runs.nowcast_block import SHARES, Carried, begin, carry, opening, summed
from soc_monitor.runs.nowcast_ground import Box, Floats, Tables, prepare
from soc_monitor.runs.nowcast_inputs import (
    Driver,
    Inputs,
    next_month,
    number_of,
    years_carried,
)
from soc_monitor.runs.nowcast_steps import Step
from soc_monitor.runs.workers import Workers
from soc_monitor.store import arrays
from soc_monitor.store.chunks import CHUNK
from soc_monitor.store.store import Store

WAVE = 2
"""Blocks that are held at once."""


@dataclass(slots=True)
class Written:
    """A month whose arrays are being filled."""

    step: Step
    stock: tuple[str, Any]
    """Path, and array to fill."""
    error: tuple[str, Any]
    sums: npt.NDArray[np.float64]
    """(field, finest area): area [m2] first, then integrals of the members and of ``SHARES``."""
    valid: int = 0
    """Cells with a value."""


@dataclass(slots=True)
class Tally:
    """What is told of a run, over all its blocks."""

    counts: dict[str, int] = field(default_factory=dict)
    covered: dict[str, bool] = field(default_factory=dict)
    """Cube of a driver -> whether its map reaches any cell of the baseline's."""

    def add(self, **found: int) -> None:
        """Add up."""
        for name, count in found.items():
            self.counts[name] = self.counts.get(name, 0) + count

    def __str__(self) -> str:
        """One line; what did not occur is not in it."""
        counts = [f"{n.replace('_', ' ')}: {c}" for n, c in self.counts.items() if c]
        away = [
            f"{name} reaches no cell of the baseline" for name, c in self.covered.items() if not c
        ]
        return ", ".join([*counts, *away])


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What the months of one run have in common."""

    store: Store
    inputs: Inputs
    weights: Weights
    seed: Seed
    cubes: tuple[Cube, Cube]
    """Of the stock and of its error."""
    root: str
    """Lineage of the origin."""
    workers: Workers
    masked_m2: npt.NDArray[np.float64]
    """Area by reason why it is not modelled (reason, finest area), as ``REASONS`` has them."""
    tally: Tally = field(default_factory=Tally)

    @property
    def grid(self) -> Grid:
        """The grid of the baseline, and of all that comes out."""
        return self.inputs.baseline.cube.grid

    def boxes(self) -> list[Box]:
        """The blocks: chunks of the arrays."""
        return boxes(self.grid)


def boxes(grid: Grid) -> list[Box]:
    """The blocks of a grid: chunks of its arrays."""
    rows = [*range(0, grid.ny, CHUNK), grid.ny]
    columns = [*range(0, grid.nx, CHUNK), grid.nx]
    return [
        Box(y0=y0, y1=y1, x0=x0, x1=x1) for y0, y1 in pairwise(rows) for x0, x1 in pairwise(columns)
    ]


def _place(lineage: str, box: Box, what: str) -> str:
    return f"ensembles/{lineage}/{what}-{box.y0}-{box.x0}"


def is_kept(work: Work, lineage: str) -> bool:
    """Whether the ensemble at the end of a month, and its ground, are there whole."""
    return all(
        (work.store.arrays / _place(at, box, what)).is_dir()
        for box in work.boxes()
        for at, what in ((lineage, "members"), (work.root, "ground"), (work.root, "masks"))
    )


def window(store: Store, piece: Slice, grid: Grid, box: Box) -> Floats:
    """The values of a slice on a block of another grid: of the cell that holds the centre.

    Returns:
        (y, x) [the cube's unit]; NaN where there is no data, and outside of the slice's grid.
    """
    cube, own = piece.cube, piece.cube.grid
    rows = (own.north - (grid.north - (np.arange(box.y0, box.y1) + 0.5) * grid.dy)) / own.dy
    columns = (grid.west + (np.arange(box.x0, box.x1) + 0.5) * grid.dx - own.west) / own.dx
    y, x = np.floor(rows).astype(int), np.floor(columns).astype(int)
    if own.east - own.west > 360 - own.dx / 2:
        x %= own.nx  # A globe may begin half a cell off the date line.
    in_y, in_x = (y >= 0) & (y < own.ny), (x >= 0) & (x < own.nx)
    found = np.full(box.shape, np.nan, np.float32)
    if in_y.any() and in_x.any():
        y, x = y[in_y], x[in_x]
        span = slice(y.min(), y.max() + 1), slice(x.min(), x.max() + 1)
        raw = arrays.read_window(store, piece, *span)[np.ix_(y - y.min(), x - x.min())]
        some = raw * np.float32(cube.scale)
        if not np.isnan(cube.fill):
            some = np.where(raw == cube.fill, np.float32("nan"), some)
        found[np.ix_(in_y, in_x)] = some
    return found


def layers(store: Store, inputs: Inputs, box: Box) -> dict[str, Floats]:
    """Baseline, normals and maps on a block."""

    def read(piece: Slice) -> Floats:
        return window(store, piece, inputs.baseline.cube.grid, box)

    stock = read(inputs.baseline)
    errors = UNTOLD * stock if inputs.errors is None else read(inputs.errors)
    found: dict[str, Floats] = {"stock": stock, "error": errors}
    for name, variable in (("temperature", "air_temperature"), ("rain", "rain")):
        found[name] = np.stack([read(piece) for piece in inputs.normals[variable]])
    if inputs.cover is not None:
        found["cover"] = np.nan_to_num(read(inputs.cover))
    if inputs.seen is not None:
        found["seen"] = read(inputs.seen)
    if inputs.groups is not None:
        found["group"] = read(inputs.groups)
    if inputs.clay:
        found["clay"] = over_layers(store, inputs.clay, inputs.baseline.cube.grid, box)
    return found


def over_layers(
    store: Store, layered: Sequence[tuple[Slice, float]], grid: Grid, box: Box
) -> Floats:
    """The mean of layers by their thickness on a block (y, x) [the cubes' unit].

    A cell that any layer does not know is not known: no half of a profile stands for it.
    """
    thick = sum(one for _, one in layered)
    parts = [window(store, piece, grid, box) * np.float32(one / thick) for piece, one in layered]
    total: Floats = np.sum(parts, axis=0)
    return total


def _usual(work: Work, driver: Driver, box: Box) -> Floats:
    """A driver's own mean year on a block (12, y, x)."""
    total, count = np.zeros((2, 12, *box.shape))
    for piece in driver.reference:
        values = window(work.store, piece, work.grid, box) * driver.scale
        seen, month = np.isfinite(values), piece.period.month - 1
        total[month] += np.where(seen, values, 0)
        count[month] += seen
    with np.errstate(invalid="ignore", divide="ignore"):
        mean: Floats = (total / count).astype(np.float32)
    return mean


def plant(work: Work, origin: date) -> None:
    """Make the ground of every block and its ensemble at the origin, and keep them."""
    for wave in _waves(work.boxes()):
        tasks = []
        for box in wave:
            drivers = work.inputs.drivers.items()
            usual = {name: _usual(work, driver, box) for name, driver in drivers}
            for name, driver in drivers:
                cube_id = driver.reference[0].cube.id
                known = work.tally.covered.get(cube_id, False)
                work.tally.covered[cube_id] = known or bool(np.isfinite(usual[name]).any())
            when = (origin.month, number_of(origin))
            tasks.append(
                delayed(begin)(
                    layers(work.store, work.inputs, box), usual, box, work.grid, work.seed, when
                )
            )
        for box, (ground, members, found) in zip(wave, work.workers.compute(tasks), strict=True):
            work.tally.add(**found.counts)
            arrays.save_group(work.store, _place(work.root, box, "masks"), {"masked": found.masked})
            arrays.save_group(work.store, _place(work.root, box, "ground"), ground)
            arrays.save_group(work.store, _place(work.root, box, "members"), members)


def count_masks(work: Work) -> None:
    """Fill ``masked_m2`` from what ``plant`` kept."""
    for box in work.boxes():
        kept = arrays.load_group(work.store.arrays, _place(work.root, box, "masks"))
        assert kept is not None
        _leave_out(work, box, kept["masked"].astype(np.int8))


def _leave_out(work: Work, box: Box, masked: npt.NDArray[np.int8]) -> None:
    some = np.unique(masked)
    layer = np.stack([masked.reshape(box.shape) == reason for reason in some]).astype(np.int8)
    partial = sum_block(layer, cut(work.weights, box.y0, box.y1, box.x0, box.x1))
    for row, reason in enumerate(some):
        work.masked_m2[reason, partial.areas] += partial.moments[:, row, 1]


def _waves(boxes: Sequence[Box]) -> Iterator[Sequence[Box]]:
    for first in range(0, len(boxes), WAVE):
        yield boxes[first : first + WAVE]


def follow(work: Work, before: Step, steps: Sequence[Step]) -> list[Written]:
    """Carry every block through some months, and keep the ensemble at the end of the last.

    Args:
        before: the month that the first of ``steps`` follows; the first itself for the origin.
        steps: one after another.

    Returns:
        The months, their arrays filled and not yet sealed.
    """
    months = [_open(work, step) for step in steps]
    for wave in _waves(work.boxes()):
        tasks = [delayed(_task)(*_given(work, before, steps, box)) for box in wave]
        for box, done in zip(wave, work.workers.compute(tasks), strict=True):
            _take(box, done, months, work.inputs.origin)
            work.tally.add(
                impossible_values=done.impossible,
                growth_clipped=done.clipped,
                land_use_changed=done.turned,
                no_longer_modelled_land=done.left,
            )
            lineage = steps[-1].lineage
            arrays.save_group(work.store, _place(lineage, box, "members"), done.members)
    return months


Given = tuple[Tables, Tables, dict[str, Floats], list[tuple[int, int]], Any, Any, Seed, Any]


def _given(work: Work, before: Step, steps: Sequence[Step], box: Box) -> Given:
    ground = arrays.load_group(work.store.arrays, _place(work.root, box, "ground"))
    members = arrays.load_group(work.store.arrays, _place(before.lineage, box, "members"))
    assert ground is not None
    assert members is not None
    months = [(step.month.month, number_of(step.month)) for step in steps]
    if before is steps[0]:
        months = []
    history = [next_month(steps[0].month, -k) for k in range(HISTORY, 0, -1)]
    wanted = [*(m for m in history), *(step.month for step in steps)]
    values = {
        name: np.stack([_month(work, driver, month, box) for month in wanted])
        for name, driver in (work.inputs.drivers.items() if months else ())
    }
    operator = cut(work.weights, box.y0, box.y1, box.x0, box.x1)
    covers = tuple(
        window(work.store, piece, work.grid, box)
        for piece in (work.inputs.turn(steps[0].month) if months else ())
    )
    return ground, members, values, months, (box, work.grid), operator, work.seed, covers or None


def _month(work: Work, driver: Driver, month: date, box: Box) -> Floats:
    # Up to the origin the soil is in equilibrium: nothing before it is followed.
    if month <= work.inputs.origin or month not in driver.months:
        return np.full(box.shape, np.nan, np.float32)
    return window(work.store, driver.months[month], work.grid, box) * np.float32(driver.scale)


def _task(
    ground: Tables,
    members: Tables,
    values: Mapping[str, Floats],
    months: Sequence[tuple[int, int]],
    where: tuple[Box, Grid],
    operator: Any,
    seed: Seed,
    covers: tuple[Floats, Floats] | None,
) -> Carried:
    if not months:
        return opening(ground, members, where, operator, seed)
    return carry(ground, members, values, months, where, operator, seed, covers)


def _open(work: Work, step: Step) -> Written:
    stock, error = (arrays.create(work.store, cube, step.month) for cube in work.cubes)
    fields = 1 + work.seed.members + SHARES
    return Written(step, stock, error, np.zeros((fields, work.weights.n_areas)))


def _take(box: Box, done: Carried, months: Sequence[Written], origin: date) -> None:
    for k, month in enumerate(months):
        share = structural_share(years_carried(origin, month.step.month))
        _fill(month, box, done.mean[k], np.hypot(done.error[k], share * done.mean[k]))
        done.sums[k].add_to(month.sums)


def _fill(month: Written, box: Box, stock: Floats, error: Floats) -> None:
    for (_, into), values in ((month.stock, stock), (month.error, error)):
        into[box.y0 : box.y1, box.x0 : box.x1] = values
    month.valid += int(np.isfinite(stock).sum())


def hold(work: Work, step: Step) -> Written:
    """The baseline of every block, where it can be modelled, as it is: no member differs."""
    month = _open(work, step)
    for box in work.boxes():
        read = layers(work.store, work.inputs, box)
        base, found = prepare(read, {}, box, work.grid)
        work.tally.add(**found.counts)
        _leave_out(work, box, found.masked)
        stock, error = (base.field(read[name].reshape(-1), box) for name in ("stock", "error"))
        _fill(month, box, stock, error)
        summed(stock, cut(work.weights, box.y0, box.y1, box.x0, box.x1)).add_to(month.sums)
    return month
