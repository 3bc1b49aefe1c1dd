"""Depth: from layers as they were sampled to a stock of 0-30 cm, and to the same mass of soil."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from soc_monitor.errors import BadValue

REFERENCE_CM = 30.0
LAYERS_TOGETHER = 0.7
"""Correlation of the errors of the layers of one profile: one laboratory, one core."""
CUT_CM = 15.0
"""Layers up to this thickness are cut in proportion; thicker ones by the curve of the profile."""
DECAY, DECAY_SD = 0.035, 0.010
"""How fast carbon falls with depth where it was not sampled: exp(-k z) [cm-1]."""
ORGANIC_PER_CARBON = 1.724
BULK_DENSITY_SD = 0.15
"""Error of a bulk density that is read off the carbon content [g cm-3]."""

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """A layer of soil as it was sampled."""

    top_cm: float
    bottom_cm: float
    stock: float
    """[t ha-1]."""
    sd: float
    """Its standard error [t ha-1]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stock:
    """A stock of 0-30 cm."""

    value: float
    """[t ha-1]."""
    sd: float
    """[t ha-1]."""
    inferred: bool
    """Whether a part of it lies deeper than was sampled."""


def layer_stock(content: float, density: float, thickness: float, coarse: float = 0.0) -> float:
    """Carbon of a layer.

    Args:
        content: organic carbon of the fine earth, by mass [%].
        density: of the fine earth by its own volume [g cm-3].
        thickness: [cm].
        coarse: share of coarse fragments by volume [1]; 0 where ``density`` is fine earth per
            total volume, or they would be taken off twice.

    Returns:
        [t ha-1]; the factors of the units cancel to 1.

    Source:
        IPCC 2019 Refinement, Vol. 4, Ch. 2, Eq. 2.25, Box 2.2a.

    Example:
        >>> layers = [(2.4, 1.10, 5, 0.05), (1.8, 1.25, 10, 0.08), (1.2, 1.40, 15, 0.12)]
        >>> round(sum(layer_stock(*layer) for layer in layers), 3)
        55.416
    """
    return content * density * thickness * (1 - coarse)


def layer_error(content_cv: float, density_cv: float, coarse: float, coarse_sd: float) -> float:
    """Relative standard error of a layer, its terms independent.

    Example:
        >>> round(layer_error(0.10, 0.05, 0.05, 0.03), 4)
        0.1162
    """
    return math.sqrt(content_cv**2 + density_cv**2 + (coarse_sd / (1 - coarse)) ** 2)


def profile_error(errors: Sequence[float], correlation: float = LAYERS_TOGETHER) -> float:
    """Standard error of a sum of layers whose errors go together.

    Example:
        >>> errors = (1.457, 2.423, 2.664)
        >>> round(profile_error(errors, 0.0), 3), round(profile_error(errors, 1.0), 3)
        (3.885, 6.544)
    """
    alone = sum(error**2 for error in errors)
    return math.sqrt(alone + correlation * (sum(errors) ** 2 - alone))


def density_of(content: float) -> float:
    """Bulk density of a soil whose carbon content alone is known [g cm-3].

    Source:
        Manrique and Jones 1991, Soil Science Society of America Journal 55, 476-481:
        1.660 - 0.318 sqrt(OC).

    Example:
        >>> round(density_of(1.0), 3)
        1.342
    """
    return 1.660 - 0.318 * math.sqrt(content)


def to_reference(layers: Sequence[Layer], bottom: float = REFERENCE_CM) -> Stock:
    """The stock down to 30 cm, whatever the layers.

    The last layer is cut in proportion where it is thin, else by a curve through the cumulated
    stock that keeps the mass of every layer. Where the samples end above 30 cm the rest is
    extrapolated by a decay with depth, with its own error, and the result is inferred; a single
    thick layer that goes deeper is cut by the same decay, for it says nothing of its own curve.

    Args:
        layers: from the surface down, without gaps.
        bottom: depth wanted [cm].

    Raises:
        BadValue: no layer, a gap between layers, or a layer without thickness.

    Example:
        >>> found = to_reference([Layer(top_cm=0, bottom_cm=20, stock=40.0, sd=4.0)])
        >>> round(found.value, 1), found.inferred
        (51.7, True)
        >>> found = to_reference([Layer(top_cm=0, bottom_cm=100, stock=100.0, sd=10.0)])
        >>> round(found.value, 1), found.inferred
        (67.0, True)
    """
    ordered = sorted(layers, key=lambda one: one.top_cm)
    check_layers(ordered)
    sd = profile_error([one.sd for one in ordered])
    edges = np.array([0.0, *(one.bottom_cm for one in ordered)])
    total = np.concatenate([[0.0], np.cumsum([one.stock for one in ordered])])
    deepest = float(edges[-1])
    if deepest == bottom or (deepest > bottom and (len(ordered) > 1 or deepest <= CUT_CM)):
        value = cumulated_at(edges, total, bottom)
        return Stock(value=value, sd=sd * value / max(float(total[-1]), 1e-9), inferred=False)
    ratio, spread = depth_ratio(deepest, bottom)
    value = float(total[-1]) * ratio
    return Stock(value=value, sd=math.hypot(sd * ratio, total[-1] * spread), inferred=True)


def check_layers(ordered: Sequence[Layer]) -> None:
    """The layers follow each other from the surface.

    Raises:
        BadValue: they do not.
    """
    if not ordered:
        raise BadValue("a sample without a layer")
    depth = 0.0
    for one in ordered:
        numbers = (one.top_cm, one.bottom_cm, one.stock, one.sd)
        if not all(map(math.isfinite, numbers)):
            raise BadValue("a sample without depth or value")
        if one.top_cm != depth or one.bottom_cm <= one.top_cm:
            raise BadValue(f"layers from {depth:g} cm: {one.top_cm:g}-{one.bottom_cm:g} cm found")
        depth = one.bottom_cm


def cumulated_at(edges: Floats, total: Floats, depth: float) -> float:
    """Stock down to a depth inside of the profile.

    Args:
        edges: depths of the borders of layers, from 0 (n + 1) [cm].
        total: stock down to each border (n + 1) [t ha-1].
        depth: [cm].

    Source:
        Thick layers: monotone cubic through the cumulated stock (Fritsch and Carlson 1980), which
        keeps the mass of every layer, as equal-area splines do (Bishop et al. 1999).

    Example:
        >>> edges, total = np.array([0.0, 10, 40]), np.array([0.0, 30, 75])
        >>> round(cumulated_at(edges, total, 10.0), 9), 60 < cumulated_at(edges, total, 30.0) < 66
        (30.0, True)
    """
    k = min(int(np.searchsorted(edges, depth, side="right")) - 1, len(edges) - 2)
    width = edges[k + 1] - edges[k]
    share = (depth - edges[k]) / width
    if width <= CUT_CM or len(edges) < 3:  # one layer has no curve
        return float(total[k] + share * (total[k + 1] - total[k]))
    slope = _slopes(edges, total)
    h00, h10 = (1 + 2 * share) * (1 - share) ** 2, share * (1 - share) ** 2
    h01, h11 = share**2 * (3 - 2 * share), share**2 * (share - 1)
    return float(
        h00 * total[k] + h10 * width * slope[k] + h01 * total[k + 1] + h11 * width * slope[k + 1]
    )


def _slopes(edges: Floats, total: Floats) -> Floats:
    width, rate = np.diff(edges), np.diff(total) / np.diff(edges)
    inner = (width[:-1] + width[1:]) / (width[:-1] / rate[1:] + width[1:] / rate[:-1])
    ends = 1.5 * rate[[0, -1]] - 0.5 * inner[[0, -1]]
    slope = np.concatenate([ends[:1], inner, ends[1:]])
    # A cumulated stock never falls: nor does the curve, up to three times the slope of a layer.
    least = np.concatenate([rate[:1], np.minimum(rate[1:], rate[:-1]), rate[-1:]])
    return np.asarray(np.clip(slope, 0, 3 * least))


def depth_ratio(sampled: float, bottom: float = REFERENCE_CM) -> tuple[float, float]:
    """Stock to a depth over the stock to a shallower one, and its standard error.

    Source:
        (1 - exp(-k z)) / (1 - exp(-k z0)), k = 0.035 ± 0.010 per cm, the monitor's own choice.

    Example:
        >>> ratio, sd = depth_ratio(20.0)
        >>> round(ratio, 3), round(sd, 3)
        (1.291, 0.046)
    """

    def at(decay: float) -> float:
        return (1 - math.exp(-decay * bottom)) / (1 - math.exp(-decay * sampled))

    return at(DECAY), abs(at(DECAY - DECAY_SD) - at(DECAY + DECAY_SD)) / 2


def at_equal_mass(
    base_mass: Floats, base_carbon: Floats, now_mass: Floats, now_carbon: Floats
) -> tuple[float, float]:
    """Stocks of two dates at the same mass of mineral soil, not at the same depth.

    Tillage and compaction move a stock at fixed depth by several per cent, which is more than a
    year's change.

    Args:
        base_mass: mineral mass down to each border of layers, from 0 (n + 1) [t ha-1].
        base_carbon: carbon down to the same borders (n + 1) [t ha-1].
        now_mass: the same at the later date (m + 1) [t ha-1].
        now_carbon: (m + 1) [t ha-1].

    Returns:
        Carbon of the earlier and of the later date at the smaller of the two masses [t ha-1].

    Source:
        Wendt and Hauser 2013, European Journal of Soil Science 64, 58-65.

    Example:
        >>> loose, dense = np.array([0.0, 3600.0]), np.array([0.0, 4000.0])
        >>> at_equal_mass(loose, np.array([0.0, 54.0]), dense, np.array([0.0, 60.0]))
        (54.0, 54.0)
    """
    mass = min(base_mass[-1], now_mass[-1])
    return (
        float(np.interp(mass, base_mass, base_carbon)),
        float(np.interp(mass, now_mass, now_carbon)),
    )
