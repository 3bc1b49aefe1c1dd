"""Forecast: a stock carried from month to month by an ensemble, over a flat run of cells.

Each member starts in equilibrium with the mean climate at its own draw of the baseline stock, and
takes the same errors of drivers at every date: differences between dates are differences of
paired members. At a given stock in equilibrium an error of the level of input is an error of the
turnover rate: the 25 % of the one and the 10 % of the other make one factor on all rates (27 %).
That the soil was in equilibrium is an assumption, whose error no member carries: it is part of
the structural term.

Beside the members runs a control, without any error. RothC is not linear in its drivers: members
whose weather errs about that of the mean year drift from the equilibrium which that year keeps, by
up to 8 permille a year where rain just meets demand, and the drift is of the errors, not of the
soil. The control says where the soil is, the members how far off it may be.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from soc_monitor.nowcast import rothc
from soc_monitor.nowcast.ensemble import Net, draw, follow, spread, spread_all
from soc_monitor.nowcast.equilibrium import invert
from soc_monitor.nowcast.erring import ERRORS, Told, erring, told_month
from soc_monitor.nowcast.land import NAMES, USES, Followed, production_ratio, seasons, usual_cover
from soc_monitor.nowcast.rothc import (
    Floats,
    Month,
    Soil,
    State,
    Texture,
    cover_modifier,
    inert,
)
from soc_monitor.nowcast.water import NONE

DEPTH = 30.0
"""Of the modelled layer [cm]."""
CLAY, CLAY_SD = 25.0, 0.10
"""Clay where no layer is at hand [%], and the relative error of clay."""
UNTOLD = 0.30
"""Relative error of a cell of a map that gives none: 20 to 40 % in published comparisons."""
PACE_SD = float(np.hypot(0.10, 0.25))
"""Relative error of the turnover rate, with that of the level of input."""
GROWTH = (0.5, 1.5)
"""Least and greatest ratio of the growth of twelve months to that of the mean year."""
LEVEL = (0.2, 12.0)
"""Plausible yearly input of carbon [t ha-1 yr-1]; outside of it a cell is counted, and kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seed:
    """An ensemble: how many members, and what they are drawn from."""

    members: int = 25
    number: int = 20_260_101


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """Cells of a block, and their mean year: what does not change from month to month."""

    stock: Floats
    """Baseline (cell) [t ha-1]."""
    error: Floats
    """Standard error of the baseline (cell) [t ha-1]."""
    clay: Floats
    """(cell) [%]."""
    use: npt.NDArray[np.int8]
    """Land use that the mean year is of (cell): index into ``land.NAMES``."""
    seen: npt.NDArray[np.int8]
    """What the yearly maps of land cover say of that time (cell); -1: nothing."""
    share: Floats
    """Decomposable share of plant input (cell) [1]."""
    temperature: Floats
    """(12, cell) [deg C]."""
    rain: Floats
    """(12, cell) [mm]."""
    evaporation: Floats
    """(12, cell) [mm]."""
    cover: Floats
    """Covered share of the ground (12, cell) [1]."""
    season: Floats
    """Share of the yearly input of the mean year (12, cell) [1]; adds up to 1 until the use of the
    land changes."""
    around: Net
    moist: Floats = field(default_factory=lambda: np.full((12, 1), NONE))
    """Modifier of moisture as observed (12, cell) [1]; ``NONE``: it was not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Weather:
    """Drivers of one month (cell), gaps filled from the mean year."""

    month: int
    """1 to 12."""
    temperature: Floats
    rain: Floats
    evaporation: Floats
    cover: Floats
    """Covered share of the ground [1]."""
    growth: Floats
    """Growth of the last twelve months over that of the mean year [1], clipped."""
    filled: npt.NDArray[np.bool_]
    """Cells whose weather is that of the mean year."""
    grown: npt.NDArray[np.bool_]
    """Cells whose vegetation was seen in the month."""
    moist: Floats = field(default_factory=lambda: np.full((), NONE))
    """Modifier of moisture as observed, gaps filled [1]; ``NONE``: the cell has no such record."""
    moistened: npt.NDArray[np.bool_] = field(default_factory=lambda: np.zeros((), bool))
    """Cells whose soil moisture was seen in the month."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Members:
    """An ensemble at the end of a month."""

    state: State
    """(1 + member, cell), float32; the control first, here and below."""
    level: Floats
    """Yearly input in the mean year (1 + member, cell) [t ha-1 yr-1]."""
    iom: Floats
    """Inert part of the stock (1 + member, cell) [t ha-1]."""
    errors: Floats
    """Of drivers, at knots (source, member, knot + 1) [1]; the control has none."""
    land: Followed
    """Land use of the cells, the same for all members."""

    @property
    def control(self) -> Floats:
        """The stock without any error (cell) [t ha-1]: the number that is told."""
        total: Floats = self.state.active[0] + self.iom[0]
        return total

    @property
    def stock(self) -> Floats:
        """The stock of the members, their mean the control (member, cell) [t ha-1].

        One factor for all members of a cell takes the drift out, which is a share of the stock.
        Their spread, as a share of it, stays what it is, and no stock falls below 0.
        """
        total = self.state.active[1:] + self.iom[1:]
        about: Floats = total * (self.control / total.mean(axis=0))
        return about


def under_use(
    ground: Ground, use: npt.NDArray[np.int8], greenness: npt.NDArray[np.bool_]
) -> Ground:
    """The ground where the use of the land has changed since the baseline.

    Quality and season of the input, and the cover of the ground, are those of the new use. Its
    amount goes with the coefficients of production where growth follows from weather alone; where
    the plants themselves are seen they say how much grows, and it is not said twice.

    Args:
        ground: of the baseline.
        use: land use now (cell), index into ``land.NAMES``.
        greenness: cells whose plants are seen (cell).

    Returns:
        The ground; the same object where nothing has changed.
    """
    changed = use != ground.use
    if not changed.any():
        return ground
    amount = np.where(greenness, 1.0, production_ratio(use, ground.use))
    share = np.array([USES[name].share for name in NAMES])[use]
    cover = usual_cover(use, ground.temperature)
    return replace(
        ground,
        share=np.where(changed, share, ground.share),
        cover=np.where(changed & ~greenness, cover, ground.cover),
        season=np.where(changed, amount * seasons(use, ground.temperature), ground.season),
    )


def drawn(ground: Ground, seed: Seed) -> Floats:
    """The baseline of control and members (1 + member, cell) [t ha-1].

    Of the members lognormal, their mean the baseline.
    """
    z = draw(seed.number, "baseline", seed.members, ground.around.knots, 0)
    spread_log = np.log1p((ground.error / ground.stock) ** 2)
    stocks = np.stack(
        [np.exp(np.sqrt(spread_log) * spread(one, ground.around) - spread_log / 2) for one in z]
    )
    return _with_control(ground.stock, ground.stock * stocks / stocks.mean(axis=0))


def _with_control(control: Floats, members: Floats) -> Floats:
    return np.concatenate([control[None], members])


def _constant(ground: Ground, seed: Seed, source: str, sd: float) -> Floats:
    """A factor that does not change in time (1 + member, cell) [1]: of the members lognormal."""
    z = draw(seed.number, source, seed.members, ground.around.knots, 0)
    factor = np.stack([np.exp(sd * spread(one, ground.around)) for one in z])
    return _with_control(np.ones(factor.shape[1]), factor)


@dataclass(frozen=True, slots=True, kw_only=True)
class Factors:
    """What control and members keep at every date (1 + member, cell)."""

    clay: Floats
    """[%]"""
    pace: Floats
    """[1]"""

    def texture(self, row: int) -> Texture:
        """What the clay of a member does; row 0 is the control."""
        return rothc.texture(Soil(clay=self.clay[row], depth=DEPTH))


def factors(ground: Ground, seed: Seed) -> Factors:
    """The constant errors of the members; the same at every call."""
    clay = ground.clay * _constant(ground, seed, "clay", CLAY_SD)
    return Factors(
        clay=np.clip(clay, 1, 99).astype(np.float32),
        pace=_constant(ground, seed, "pace", PACE_SD).astype(np.float32),
    )


def start(ground: Ground, seed: Seed, month: int, when: int) -> Members:
    """The ensemble in equilibrium with the mean year, at the end of a month.

    Args:
        ground: cells that can be modelled, (cell).
        seed: of the ensemble.
        month: 1 to 12: at the end of which it stands.
        when: number of that month, of which the errors of drivers are drawn.

    Returns:
        The members; NaN where the mean year admits no equilibrium at some member's stock.
    """
    stocks, kept = drawn(ground, seed), factors(ground, seed)
    states, levels = [], []
    for stock, clay, pace in zip(stocks, kept.clay, kept.pace, strict=True):
        year = mean_year(ground, pace)
        soil = Soil(clay=clay, depth=DEPTH)
        level, state = invert(stock, inert(stock), year, soil)
        whole = [replace(one, plant=one.plant * level) for one in year[:month]]
        states.append(rothc.run(state, whole, soil) if month < 12 else state)
        levels.append(level)
    errors = [draw(seed.number, name, seed.members, ground.around.knots, when) for name in ERRORS]
    return Members(
        state=_stack(states),
        level=np.stack(levels).astype(np.float32),
        iom=inert(stocks).astype(np.float32),
        errors=np.stack(errors),
        land=Followed(use=ground.use, seen=ground.seen),
    )


def mean_year(ground: Ground, pace: Floats) -> list[Month]:
    """The twelve months of the mean year; ``plant`` is the month's share of the yearly input."""
    return [
        Month(
            temperature=ground.temperature[k],
            rain=ground.rain[k],
            evaporation=ground.evaporation[k],
            cover=cover_modifier(ground.cover[k]),
            plant=ground.season[k],
            share=ground.share,
            manure=np.zeros(()),
            moist=ground.moist[k],
            pace=pace,
        )
        for k in range(12)
    ]


def _stack(states: Sequence[State]) -> State:
    names = (*rothc.POOLS, "deficit")
    return State(**{n: np.stack([getattr(s, n) for s in states]).astype(np.float32) for n in names})


def advance(
    members: Members, weather: Weather, ground: Ground, kept: Factors, seed: Seed, when: int
) -> Members:
    """The ensemble a month later.

    Args:
        members: at the end of the month before.
        weather: drivers of the month.
        ground: the cells and their mean year.
        kept: ``factors`` of the same ground and seed.
        seed: of the ensemble.
        when: number of the month: with the seed it tells every error.

    Returns:
        The members at the end of the month.
    """
    knots = ground.around.knots
    fresh = [draw(seed.number, name, seed.members, knots, when) for name in ERRORS]
    errors = follow(members.errors, np.stack(fresh))
    names = (*rothc.POOLS, "deficit")
    after = State(**{n: np.array(getattr(members.state, n), np.float32) for n in names})
    told = _told(weather, ground)
    for row in range(1 + seed.members):
        here = State(**{n: getattr(after, n)[row] for n in names})
        level, pace = members.level[row], kept.pace[row]
        if row == 0:
            forcing = replace(told.month, plant=told.month.plant * level, pace=pace)
        else:
            found = spread_all(errors[: told.sources, row - 1], ground.around)
            forcing = erring(told, found, level, pace)
        rothc.step_in_place(here, forcing, kept.texture(row))
    return replace(members, state=after, errors=errors)


def _told(weather: Weather, ground: Ground) -> Told:
    month = Month(
        temperature=weather.temperature,
        rain=weather.rain,
        evaporation=weather.evaporation,
        cover=cover_modifier(weather.cover),
        plant=ground.season[weather.month - 1] * weather.growth,
        share=ground.share,
        manure=np.zeros(len(ground.share)),
        moist=np.broadcast_to(weather.moist, ground.share.shape),
        pace=np.ones(len(ground.share)),
    )
    return told_month(month, weather.filled)
