"""Equilibrium of RothC under a year that repeats, without simulating thousands of years.

With the weather of a year fixed, a year is an affine map of the four active pools, C' = M C + f:
M and f are read off five runs of the model's own year (one from each pool alone without input, and
one from nothing with it), so that equilibrium and simulation cannot differ. The equilibrium at the
end of December is (I - M)^-1 f.

Source:
    Parshotam 1996, Ecol. Modelling 86, 283-289 (RothC as a linear system); the exact monthly cycle
    is used, not the yearly mean of the rates, whose decomposable pool is off by 68 per cent.
"""

from collections.abc import Sequence
from dataclasses import fields, replace

import numpy as np
import numpy.typing as npt

from soc_monitor.nowcast.rothc import POOLS, Floats, Month, Soil, State, bare_state, run, with_input

YEARS = 500
"""Years that the water balance is given to repeat itself; it needs two or three but in deserts."""


def _shape(months: Sequence[Month], soil: Soil) -> tuple[int, ...]:
    arrays = [getattr(month, f.name) for month in months for f in fields(Month)]
    return np.broadcast_shapes(soil.clay.shape, *(np.shape(values) for values in arrays))


def _spread(month: Month, shape: tuple[int, ...]) -> Month:
    flat = {
        f.name: np.broadcast_to(np.asarray(getattr(month, f.name), np.float64), shape).reshape(-1)
        for f in fields(Month)
    }
    return Month(**flat)


def _where(month: Month, cells: npt.NDArray[np.integer]) -> Month:
    return Month(**{f.name: getattr(month, f.name)[cells] for f in fields(Month)})


def periodic_deficit(months: Sequence[Month], soil: Soil) -> Floats:
    """Moisture deficit at the end of December that the year gives back.

    Args:
        months: twelve, January first, cells (n).
        soil: clay (n) and depth.

    Returns:
        (n) [mm]; where the balance still drifts after 500 years, the value it has reached.
    """
    dry = [with_input(month, 0 * month.plant, 0 * month.manure) for month in months]
    deficit = np.zeros(soil.clay.shape)
    moving = np.arange(deficit.size)
    for _ in range(YEARS):
        start = replace(bare_state(moving.shape), deficit=deficit[moving])
        here = Soil(clay=soil.clay[moving], depth=soil.depth)
        end = run(start, (_where(month, moving) for month in dry), here).deficit
        changed = np.abs(end - deficit[moving]) > 1e-9
        deficit[moving] = end
        moving = moving[changed]
        if not moving.size:
            break
    return deficit


def year_map(months: Sequence[Month], soil: Soil) -> tuple[Floats, Floats, Floats]:
    """A year as an affine map of the active pools.

    Args:
        months: twelve, January first; arrays that broadcast together.
        soil: clay and depth.

    Returns:
        M (..., 4, 4) [1], f (..., 4) [t ha-1] in the order of ``POOLS``, and the periodic deficit
        of December (...) [mm].
    """
    shape = _shape(months, soil)
    flat = [_spread(month, shape) for month in months]
    here = Soil(clay=np.broadcast_to(np.asarray(soil.clay, np.float64), shape).reshape(-1),
                depth=soil.depth)  # fmt: skip
    deficit = periodic_deficit(flat, here)
    zero = replace(bare_state(deficit.shape), deficit=deficit)
    dry = [with_input(month, 0 * month.plant, 0 * month.manure) for month in flat]
    columns = [
        _pools(run(replace(zero, **{pool: np.ones_like(deficit)}), dry, here)) for pool in POOLS
    ]
    matrix = np.stack(columns, axis=-1).reshape(*shape, 4, 4)
    constant = _pools(run(zero, flat, here)).reshape(*shape, 4)
    return matrix, constant, deficit.reshape(shape)


def _pools(state: State) -> Floats:
    return np.stack([getattr(state, pool) for pool in POOLS], axis=-1)


def equilibrium(months: Sequence[Month], soil: Soil) -> State:
    """The state at the end of December that a repeating year keeps.

    Args:
        months: twelve, January first; arrays that broadcast together.
        soil: clay and depth.

    Returns:
        State in float64; NaN where no carbon ever decays (below -5 deg C all year), or the
        forcing is NaN.

    Example:
        >>> one = np.ones(1)
        >>> mild = [
        ...     Month(
        ...         temperature=9.25 * one,
        ...         rain=60 * one,
        ...         evaporation=20 * one,
        ...         cover=0.6 * one,
        ...         plant=0.15 * one,
        ...         share=0.59 * one,
        ...         manure=0 * one,
        ...     )
        ... ] * 12
        >>> soil = Soil(clay=23.4 * one, depth=23)
        >>> state = equilibrium(mild, soil)
        >>> abs(run(state, mild, soil).active - state.active).item() < 1e-10
        True
    """
    matrix, constant, deficit = year_map(months, soil)
    return _state(solve(matrix, constant), deficit)


def solve(matrix: Floats, constant: Floats) -> Floats:
    """Fixed point (..., 4) of an affine year; NaN where the slowest pool does not decay at all."""
    rest = np.eye(4) - matrix
    decays = np.isfinite(matrix).all(axis=(-2, -1)) & (rest[..., 3, 3] > 1e-12)
    safe = np.where(decays[..., None, None], rest, np.eye(4))
    found = np.linalg.solve(safe, constant[..., None])[..., 0]
    fixed: Floats = np.where(decays[..., None], found, np.nan)
    return fixed


def _state(pools: Floats, deficit: Floats) -> State:
    dpm, rpm, bio, hum = (pools[..., k] for k in range(4))
    return State(dpm=dpm, rpm=rpm, bio=bio, hum=hum, deficit=deficit)


def invert(stock: Floats, iom: Floats, months: Sequence[Month], soil: Soil) -> tuple[Floats, State]:
    """The yearly plant input that keeps a stock, and the state that goes with it.

    The active stock is linear in the input, so one equilibrium for an input of 1 is enough.

    Args:
        stock: organic carbon of the layer [t ha-1].
        iom: its inert part [t ha-1].
        months: twelve; ``plant`` holds the month's share of the yearly input [1], ``manure`` what
            is given beside it [t ha-1].
        soil: clay and depth.

    Returns:
        Input [t ha-1 yr-1] and state at the end of December; NaN where the stock is no more than
        its inert part and its manure, or nothing decays: such a cell cannot be modelled.

    Example:
        >>> one = np.ones(1)
        >>> mild = [
        ...     Month(
        ...         temperature=9.25 * one,
        ...         rain=60 * one,
        ...         evaporation=20 * one,
        ...         cover=0.6 * one,
        ...         plant=one / 12,
        ...         share=0.59 * one,
        ...         manure=0 * one,
        ...     )
        ... ] * 12
        >>> wanted, inert_part = 50 * one, 4.22 * one
        >>> level, state = invert(wanted, inert_part, mild, Soil(clay=23.4 * one, depth=23))
        >>> (state.active + inert_part).round(9).tolist()
        [50.0]
    """
    matrix, constant, deficit = year_map([_only_plant(month) for month in months], soil)
    unit = solve(matrix, constant)
    fixed = 0 * unit
    if any(np.any(month.manure) for month in months):
        _, manured, _ = year_map([_only_manure(month) for month in months], soil)
        fixed = solve(matrix, manured)
    gain = unit.sum(axis=-1)
    wanted = stock - iom - fixed.sum(axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        level = np.where((wanted > 0) & (gain > 0), wanted / gain, np.nan)
    return level, _state(unit * level[..., None] + fixed, deficit)


def _only_plant(month: Month) -> Month:
    return replace(month, manure=0 * month.manure)


def _only_manure(month: Month) -> Month:
    return replace(month, plant=0 * month.plant)
