"""One block of a nowcast: its ensemble through some months. Tasks, without a store."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from soc_monitor.aggregate import BlockOperator, sum_block
from soc_monitor.model import Grid
from soc_monitor.nowcast import rothc
from soc_monitor.nowcast.erring import ERRORS
from soc_monitor.nowcast.forecast import (
    GROWTH,
    LEVEL,
    Members,
    Seed,
    Weather,
    advance,
    factors,
    start,
    under_use,
)
from soc_monitor.nowcast.land import Followed, follow_use
from soc_monitor.nowcast.masks import code
from soc_monitor.nowcast.rothc import State
from soc_monitor.nowcast.weather import HISTORY, Real, possible, weather
from soc_monitor.runs.nowcast_ground import Base, Box, Floats, Found, Tables, base_of, prepare, uses

SHARES = 3
"""Of real weather, of real vegetation, of observed soil moisture."""


def member_tables(members: Members) -> Tables:
    """An ensemble as the store keeps it."""
    names = (*rothc.POOLS, "deficit")
    kept: Tables = {name: getattr(members.state, name).reshape(-1) for name in names}
    kept |= {n: getattr(members, n).reshape(-1) for n in ("level", "iom", "errors")}
    return kept | {"use": members.land.use, "seen": members.land.seen}


def members_of(tables: Tables, cells: int, seed: Seed) -> Members:
    """What ``member_tables`` gave, again."""
    fields_of = {
        name: np.asarray(tables[name], np.float32).reshape(1 + seed.members, cells)
        for name in (*rothc.POOLS, "deficit", "level", "iom")
    }
    errors = np.asarray(tables["errors"], np.float64)
    level, iom = fields_of.pop("level"), fields_of.pop("iom")
    return Members(
        state=State(**fields_of),
        level=level,
        iom=iom,
        errors=errors.reshape(len(ERRORS), seed.members, -1),
        land=Followed(
            use=np.asarray(tables["use"], np.int8), seen=np.asarray(tables["seen"], np.int8)
        ),
    )


def begin(
    layers: Mapping[str, Floats],
    usual: Mapping[str, Floats],
    box: Box,
    grid: Grid,
    seed: Seed,
    when: tuple[int, int],
) -> tuple[Tables, Tables, Found]:
    """The ground of a block, and its ensemble in equilibrium at the origin.

    Args:
        layers: see ``prepare``.
        usual: see ``prepare``.
        box: where the block lies.
        grid: of the whole map.
        seed: of the ensemble.
        when: calendar month and number of the origin.

    Returns:
        Tables of the ground and of the members, and what was left out.
    """
    base, found = prepare(layers, usual, box, grid)
    members = start(base.ground, seed, *when)
    balanced = np.isfinite(members.stock).all(axis=0) & np.isfinite(members.level).all(axis=0)
    if not balanced.all():
        left = base.cells[~balanced]
        base, _ = prepare(_without(layers, left), usual, box, grid)
        members, found = start(base.ground, seed, *when), _unbalanced(found, left)
    level = members.level[0]
    odd = int(((level < LEVEL[0]) | (level > LEVEL[1])).sum())
    found = replace(found, counts={**found.counts, "odd_input": odd})
    return base.tables(), member_tables(members), found


def _unbalanced(found: Found, cells: npt.NDArray[np.int32]) -> Found:
    """What was found, with the cells that have no equilibrium."""
    masked = found.masked.copy()
    masked[cells] = code("no_equilibrium")
    return Found(masked=masked, counts={**found.counts, "no_equilibrium": len(cells)})


def _without(layers: Mapping[str, Floats], cells: npt.NDArray[np.int32]) -> dict[str, Floats]:
    stock = np.array(layers["stock"])
    stock.reshape(-1)[cells] = np.nan
    return {**layers, "stock": stock}


@dataclass(frozen=True, slots=True, kw_only=True)
class Summed:
    """Sums of fields of a block over areas, rounded once.

    Exact they are sixty times as large, and each month and member has its own: with a
    thousand areas they would be most of what a worker sends back.
    """

    areas: npt.NDArray[np.int32]
    """Index of each area (area) [1]."""
    covered: npt.NDArray[np.float64]
    """Where the first field has a value (area) [m2]."""
    integrals: npt.NDArray[np.float64]
    """(field, area) [unit m2]."""

    def add_to(self, sums: npt.NDArray[np.float64]) -> None:
        """Add to sums over all areas (field, area): what is covered first, then the integrals."""
        sums[0, self.areas] += self.covered
        sums[1 : 1 + len(self.integrals), self.areas] += self.integrals


def summed(values: npt.NDArray[np.float32], operator: BlockOperator) -> Summed:
    """Sum fields of a block (field, y, x) over areas."""
    partial = sum_block(values, operator)
    moments = partial.moments
    return Summed(
        areas=partial.areas,
        covered=moments[:, 0, 0].copy(),
        integrals=np.ascontiguousarray(moments[:, :, 1].T),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """Some months of a block."""

    members: Tables
    """At the end of the last month."""
    mean: npt.NDArray[np.float32]
    """(month, y, x) [t ha-1]; NaN: not modelled."""
    error: npt.NDArray[np.float32]
    """Spread of the members (month, y, x) [t ha-1]."""
    sums: tuple[Summed, ...]
    """Month -> sums over areas; a step for each member, then one for each of ``SHARES``."""
    impossible: int
    """Values of drivers that cannot be, and were filled."""
    clipped: int
    """Cells and months whose growth was held at its bounds."""
    turned: int = 0
    """Cells whose land use changed with the year."""
    left: int = 0
    """Cells that maps running call water, bare or built, and that go on as they were."""


def carry(
    ground: Tables,
    members: Tables,
    values: Mapping[str, Floats],
    months: Sequence[tuple[int, int]],
    where: tuple[Box, Grid],
    operator: BlockOperator,
    seed: Seed,
    covers: tuple[Floats, Floats] | None = None,
) -> Carried:
    """Carry the ensemble of a block through some months.

    Args:
        ground: as ``begin`` gave it.
        members: at the end of the month before the first.
        values: driver -> what was observed (month, y, x), with ``HISTORY`` months before the
            first; NaN: missing.
        months: calendar month and number of each, without the history.
        where: the block, and the grid of the whole map.
        operator: weights of areas in the block.
        seed: of the ensemble.
        covers: land cover of the year before and of the year (y, x), where the first month is a
            January and both are known.
    """
    base = base_of(ground, *where)
    ensemble = members_of(members, len(base.cells), seed)
    turned = left = 0
    if covers is not None:
        ensemble, turned, left = _turn(base, ensemble, covers)
    base = replace(base, ground=under_use(base.ground, ensemble.land.use, _green(base)))
    real, impossible = _real(base, values, months)
    kept = factors(base.ground, seed)
    lat, _ = where[0].places(where[1], base.cells)
    means, errors, sums, clipped = [], [], [], 0
    for weather_now, (_, when) in zip(weather(real, base.ground, lat), months, strict=True):
        ensemble = advance(ensemble, weather_now, base.ground, kept, seed, when)
        clipped += int(np.isin(weather_now.growth, GROWTH).sum())
        grids = _Grids(base.cells, where[0].shape)
        means.append(grids.of(ensemble.control))
        errors.append(grids.of(ensemble.stock.std(axis=0, ddof=1)))
        sums.append(_sums(ensemble, weather_now, grids, operator))
    return Carried(
        members=member_tables(ensemble),
        mean=np.stack(means),
        error=np.stack(errors),
        sums=tuple(sums),
        impossible=impossible,
        clipped=clipped,
        turned=turned,
        left=left,
    )


def _turn(base: Base, before: Members, covers: tuple[Floats, Floats]) -> tuple[Members, int, int]:
    """The ensemble at the start of a year; how many cells are used otherwise, or have gone."""
    classes = [one.reshape(-1)[base.cells] for one in covers]
    maps = [uses(one) for one in classes]
    known = np.nan_to_num(classes).min(axis=0) > 0
    gone = known & (np.max(maps, axis=0) < 0) & (before.land.seen >= 0)
    land = follow_use(before.land, *maps)
    turned = int((land.use != before.land.use).sum())
    return replace(before, land=land), turned, int(gone.sum())


def _green(base: Base) -> npt.NDArray[np.bool_]:
    """Cells whose plants are seen: the growth that follows is that of the land as it is."""
    seen = [np.isfinite(base.usual[n]).all(axis=0) for n in ("npp", "ndvi") if n in base.usual]
    return np.any(seen, axis=0) if seen else np.zeros(len(base.cells), bool)


@dataclass(frozen=True, slots=True)
class _Grids:
    cells: npt.NDArray[np.int32]
    shape: tuple[int, int]

    def of(self, values: Floats) -> npt.NDArray[np.float32]:
        """Cells put back into their block; NaN elsewhere."""
        field = np.full(self.shape, np.nan, np.float32)
        field.reshape(-1)[self.cells] = values
        return field


def opening(
    ground: Tables, members: Tables, where: tuple[Box, Grid], operator: BlockOperator, seed: Seed
) -> Carried:
    """The month of the origin itself, as ``carry`` gives the ones after it."""
    base = base_of(ground, *where)
    ensemble = members_of(members, len(base.cells), seed)
    grids = _Grids(base.cells, where[0].shape)
    seen = np.zeros((SHARES, len(base.cells)), np.float32)
    sums = _summed((*ensemble.stock, *seen), grids, operator)
    return Carried(
        members=members,
        mean=grids.of(ensemble.control)[None],
        error=grids.of(ensemble.stock.std(axis=0, ddof=1))[None],
        sums=(sums,),
        impossible=0,
        clipped=0,
    )


def _sums(ensemble: Members, now: Weather, grids: _Grids, operator: BlockOperator) -> Summed:
    seen = np.stack([~now.filled, now.grown, now.moistened]).astype(np.float32)
    return _summed((*ensemble.stock, *seen), grids, operator)


def _summed(values: Sequence[Floats], grids: _Grids, operator: BlockOperator) -> Summed:
    return summed(np.stack([grids.of(one) for one in values]), operator)


def _real(
    base: Base, values: Mapping[str, Floats], months: Sequence[tuple[int, int]]
) -> tuple[Real, int]:
    first = months[0][0]
    history = [(first - HISTORY + k - 1) % 12 + 1 for k in range(HISTORY)]
    seen, impossible = {}, 0
    for name, block in values.items():
        seen[name], _ = possible(block.reshape(len(block), -1)[:, base.cells], name)
        impossible += possible(block[HISTORY:].reshape(len(months), -1)[:, base.cells], name)[1]
    calendar = [*history, *(month for month, _ in months)]
    return Real(months=calendar, values=seen, usual=base.usual), impossible
