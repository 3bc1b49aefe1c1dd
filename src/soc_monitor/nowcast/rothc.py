"""RothC-26.3: the turnover of organic carbon in the topsoil, month by month.

Valid for mineral topsoil that is not waterlogged. The rate constants are the model's own and are
never tuned to a place. All pools are in t C/ha of the modelled layer.

Source:
    Coleman and Jenkinson 1996, RothC-26.3, in: Evaluation of Soil Organic Matter Models, 237-246;
    Coleman and Jenkinson, RothC model description, version 1.0.0 of Rothamsted Research (2024).
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, fields, replace

import numpy as np
import numpy.typing as npt

from soc_monitor.nowcast import rothc_kernel

Floats = npt.NDArray[np.floating]

POOLS = ("dpm", "rpm", "bio", "hum")
"""The active pools, in the order of every matrix of this room."""

CROP_SHARE, GRASS_SHARE, WOOD_SHARE = (q / (1 + q) for q in (1.44, 0.67, 0.25))
"""Decomposable share of plant input: crops and improved grass; unimproved grass and scrub; wood."""


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What a month leaves for the next: any dims, (y, x) or (member, y, x)."""

    dpm: Floats
    """Decomposable plant material [t ha-1]."""
    rpm: Floats
    """Resistant plant material [t ha-1]."""
    bio: Floats
    """Microbial biomass [t ha-1]."""
    hum: Floats
    """Humified matter [t ha-1]."""
    deficit: Floats
    """Soil moisture deficit [mm], 0 or negative."""

    @property
    def active(self) -> Floats:
        """Sum of the four active pools [t ha-1]; with the inert pool it is the stock."""
        total: Floats = self.dpm + self.rpm + self.bio + self.hum
        return total


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """Forcing of a month; arrays that broadcast against the state."""

    temperature: Floats
    """Mean of the air [deg C]."""
    rain: Floats
    """Rain and irrigation [mm]."""
    evaporation: Floats
    """Potential evapotranspiration [mm]; open-pan evaporation times ``PAN``."""
    cover: Floats
    """Cover modifier c [1], as ``cover_modifier`` gives it; above 0.8 the month is bare."""
    plant: Floats
    """Carbon of plant residues, added at the end of the month [t ha-1]."""
    share: Floats
    """Decomposable share of the plant carbon [1]."""
    manure: Floats
    """Carbon of farmyard manure [t ha-1]."""
    moist: Floats = field(default_factory=lambda: np.full((), -1.0))
    """Modifier b as soil moisture was observed, 0.2 to 1 [1]; negative: it was not. A quarter of b
    is then the observed one and the rest that of the water balance."""
    pace: Floats = field(default_factory=lambda: np.ones(()))
    """Factor on every rate constant [1]: 1 but for members of an ensemble."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Soil:
    """What does not change: clay (broadcasts against the state) and depth of the layer."""

    clay: Floats
    """[%], 0 to 100; the water balance takes at most 65, where its parabola tops out."""
    depth: float
    """[cm]"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Texture:
    """What the clay of some cells does in every month, worked out once."""

    kept: Floats
    """Share of the carbon lost that stays, as biomass and humus (cell) [1]."""
    limit: Floats
    """Greatest deficit (cell) [mm]."""


PAN = 0.75
"""Potential evapotranspiration of a crop over open-pan evaporation."""


def cover_modifier(cover: Floats, *, fractional: bool = True) -> Floats:
    """Rate modifier c of a vegetated fraction.

    Args:
        cover: share of the ground, or of the time, under growing plants [1].
        fractional: the FAO rule c = 1 - 0.4 p; False: the model's own rule, 0.6 where half of the
            ground or more is covered and 1 elsewhere. They agree at 0 and 1, and under both the
            water balance takes a month above 0.8 for bare.

    Source:
        FAO 2022, GSOCseq technical specifications, section 3 (the fractional rule).

    Example:
        >>> cover_modifier(np.array([0.0, 0.75, 1.0])).round(3).tolist()
        [1.0, 0.7, 0.6]
        >>> cover_modifier(np.array([0.0, 0.75, 1.0]), fractional=False).tolist()
        [1.0, 0.6, 0.6]
    """
    covered = cover if fractional else np.where(np.isnan(cover), cover, cover >= 0.5)
    modifier: Floats = 1 - 0.4 * covered
    return modifier


def inert(stock: Floats) -> Floats:
    """Inert organic matter from the whole stock: set once from the baseline, then frozen.

    Args:
        stock: organic carbon of the topsoil [t ha-1].

    Source:
        Falloon, Smith, Coleman and Marshall 1998, Soil Biol. Biochem. 30, 1207-1211.

    Example:
        >>> inert(np.array([33.8])).round(4).tolist()
        [2.7017]
    """
    iom: Floats = 0.049 * stock**1.139
    return iom


def bare_state(shape: tuple[int, ...], dtype: npt.DTypeLike = np.float64) -> State:
    """No active carbon, and a soil at field capacity."""
    return State(**{part.name: np.zeros(shape, dtype) for part in fields(State)})


def _flat(values: Floats, shape: tuple[int, ...], dtype: np.dtype[np.floating]) -> Floats:
    # Copies only what is not as the state is; writeable, so that one kernel is compiled, not many.
    spread = values if np.shape(values) == shape else np.broadcast_to(values, shape)
    return np.require(spread, dtype, ["C", "W"]).reshape(-1)


def step(state: State, month: Month, soil: Soil) -> tuple[State, Floats]:
    """The state a month later, and the carbon that was breathed out.

    Decay at the rate a b c of the month, partition by clay, then the inputs: in this order.

    Args:
        state: at the start of the month; the result has its shape and dtype.
        month: forcing; NaN in the weather makes the cell NaN from here on.
        soil: clay and depth.

    Returns:
        The state, and CO2 [t C ha-1] of the month, same dims. The stock changes by the inputs
        less the CO2, exactly but for rounding.

    Example:
        >>> one = np.ones(1)
        >>> spring = Month(
        ...     temperature=9.25 * one,
        ...     rain=60 * one,
        ...     evaporation=50 * one,
        ...     cover=0.6 * one,
        ...     plant=0.2 * one,
        ...     share=0.59 * one,
        ...     manure=0 * one,
        ... )
        >>> later, co2 = step(bare_state((1,)), spring, Soil(clay=23.4 * one, depth=23))
        >>> later.dpm.round(3).tolist(), later.rpm.round(3).tolist(), co2.tolist()
        ([0.118], [0.082], [0.0])
    """
    shape, dtype = state.hum.shape, np.result_type(state.hum.dtype, np.float32)
    pools = [np.array(getattr(state, part.name), dtype).reshape(-1) for part in fields(State)]
    forcing = [_flat(getattr(month, part.name), shape, dtype) for part in fields(Month)]
    after = State(**dict(zip((part.name for part in fields(State)), pools, strict=True)))
    given = Month(**dict(zip((part.name for part in fields(Month)), forcing, strict=True)))
    flat = Soil(clay=_flat(soil.clay, shape, dtype), depth=soil.depth)
    co2 = step_in_place(after, given, texture(flat))
    shaped = {part.name: getattr(after, part.name).reshape(shape) for part in fields(State)}
    return State(**shaped), co2.reshape(shape)


def texture(soil: Soil) -> Texture:
    """What the clay of some cells does in every month."""
    kept, limit = np.empty_like(soil.clay), np.empty_like(soil.clay)
    rothc_kernel.texture(soil.clay, float(soil.depth), kept, limit)
    return Texture(kept=kept, limit=limit)


def step_in_place(state: State, month: Month, clay: Texture) -> Floats:
    """``step`` without a copy, for many members and months: the state itself goes on.

    Args:
        state: flat arrays (cell) of one dtype, written to.
        month: flat arrays of the same length and dtype.
        clay: of the same cells.

    Returns:
        CO2 [t C ha-1] (cell).
    """
    co2 = np.empty_like(state.hum)
    rothc_kernel.month(
        clay.kept, clay.limit,
        state.dpm, state.rpm, state.bio, state.hum, state.deficit, co2,
        month.temperature, month.rain, month.evaporation, month.cover,
        month.moist, month.pace, month.plant, month.manure, month.share,
    )  # fmt: skip
    return co2


def run(state: State, months: Iterable[Month], soil: Soil) -> State:
    """The state after some months, one after another."""
    for month in months:
        state, _ = step(state, month, soil)
    return state


def with_input(month: Month, plant: Floats, manure: Floats) -> Month:
    """The same weather with other inputs [t ha-1]."""
    return replace(month, plant=plant, manure=manure)
