"""Water: how dry an observed soil moisture is for decay, by the texture of the soil."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.floating]

FIELD, ONE_BAR, WILTING = 50.0, 1000.0, 15000.0
"""Suctions [cm]: of field capacity, of 1 bar, below which decay slows, and of the wilting point."""
DENSITY = 1.3
"""Of the fine earth [g cm-3], where none is mapped."""
MATTER = 1.72
"""Organic matter over organic carbon [1]."""
DRIEST = 0.2
"""Modifier b of a soil at the wilting point [1]."""
NONE = -1.0
"""Marks a cell and month without an observed modifier."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """Water between which decay slows down (cell) [m3 m-3]."""

    wilting: Floats
    one_bar: Floats


def retention(clay: Floats, silt: Floats, carbon: Floats, density: Floats, head: float) -> Floats:
    """Water that a topsoil holds at a suction.

    Args:
        clay, silt: (cell) [%].
        carbon: organic carbon (cell) [%], above 0.
        density: (cell) [g cm-3].
        head: suction [cm].

    Returns:
        (cell) [m3 m-3].

    Source:
        van Genuchten 1980, with the parameters of Wösten et al. 1999, Geoderma 90, 169-185, as
        version 2.0.0 of RothC takes them.

    Example:
        >>> soil = [np.array([v]) for v in (23.4, 58.6, 0.94, 1.27)]
        >>> lost = [retention(*soil, h) - retention(*soil, FIELD) for h in (ONE_BAR, WILTING)]
        >>> [round(float(10 * 23 * one[0]), 3) for one in lost]  # deficits [mm] of 23 cm
        [-37.642, -61.337]
    """
    c, s, m, r = clay, silt, MATTER * carbon, density
    log_alpha = (
        -14.96 + 0.03135 * c + 0.0351 * s + 0.646 * m + 15.29 * r - 0.192 - 4.671 * r**2
        - 0.000781 * c**2 - 0.00687 * m**2 + 0.0449 / m + 0.0663 * np.log(s) + 0.1482 * np.log(m)
        - 0.04546 * r * s - 0.4852 * r * m + 0.00673 * c
    )  # fmt: skip
    saturated = (
        0.7919 + 0.001691 * c - 0.29619 * r - 1.491e-6 * s**2 + 8.21e-5 * m**2 + 0.02427 / c
        + 0.01113 / s + 0.01472 * np.log(s) - 7.33e-5 * m * c - 6.19e-4 * r * c
        - 0.001183 * r * m - 1.664e-4 * s
    )  # fmt: skip
    log_n = (
        -25.23 - 0.02195 * c + 0.0074 * s - 0.194 * m + 45.5 * r - 7.24 * r**2 + 3.658e-4 * c**2
        + 0.002885 * m**2 - 12.81 / r - 0.1524 / s - 0.01958 / m - 0.2876 * np.log(s)
        - 0.0709 * np.log(m) - 44.6 * np.log(r) - 0.02264 * r * c + 0.0896 * r * m + 0.00718 * c
    )  # fmt: skip
    n = 1 + np.exp(log_n)
    dried = (1 + (np.exp(log_alpha) * head) ** n) ** (1 - 1 / n)
    held: Floats = 0.01 + (saturated - 0.01) / dried
    return held


def bounds(clay: Floats, stock: Floats) -> Bounds:
    """The water of the wilting point and of 1 bar, where texture and stock are all that is known.

    Args:
        clay: (cell) [%]; what is not clay is taken to be silt and sand in equal parts.
        stock: organic carbon of 0-30 cm (cell) [t ha-1].

    Example:
        >>> found = bounds(np.array([10.0, 40.0]), np.array([60.0, 60.0]))
        >>> found.wilting.round(2).tolist(), found.one_bar.round(2).tolist()
        ([0.1, 0.22], [0.19, 0.3])
    """
    density = np.full(np.shape(clay), DENSITY)
    soil = (clay, (100 - clay) / 2, stock / (30 * DENSITY), density)
    return Bounds(wilting=retention(*soil, WILTING), one_bar=retention(*soil, ONE_BAR))


def modifier(water: Floats, between: Bounds) -> Floats:
    """Rate modifier b of an observed soil moisture.

    Args:
        water: (..., cell) [m3 m-3]; NaN: not observed.
        between: of the cells.

    Returns:
        Same dims [1], 0.2 to 1; ``NONE`` where nothing was observed.

    Source:
        b = 0.2 + 0.8 clip((w - w_wilting) / (w_1bar - w_wilting), 0, 1).

    Example:
        >>> soil = Bounds(np.array([0.1]), np.array([0.3]))
        >>> modifier(np.array([[0.05], [0.2], [0.4], [np.nan]]), soil).ravel().round(3).tolist()
        [0.2, 0.6, 1.0, -1.0]
    """
    wet = (water - between.wilting) / (between.one_bar - between.wilting)
    found: Floats = DRIEST + (1 - DRIEST) * np.clip(wet, 0, 1)
    return np.where(np.isfinite(water), found, NONE)
