"""Masks: the land that the model is not run on, each cell for one reason.

RothC holds for mineral topsoil that is not waterlogged: peat, wetlands and paddies have another
turnover, and land without soil has none. What is left out is told apart by its reason and its
area, never by a gap alone.
"""

import numpy as np
import numpy.typing as npt

from soc_monitor.nowcast.ipcc import LAND_USE
from soc_monitor.nowcast.land import NAMES
from soc_monitor.nowcast.organic import organic
from soc_monitor.nowcast.rothc import Floats

LEFT_OUT = tuple(use for use in LAND_USE if use not in NAMES)
"""Land uses that are not modelled: wetlands, paddies, and land without soil."""
REASONS = (
    "modelled",
    "no_stock",
    "organic",
    "no_carbon",
    *LEFT_OUT,
    "no_use",
    "no_texture",
    "no_error",
    "no_weather",
    "no_equilibrium",
)
"""Why a cell has no number, by code; the first that holds counts.

``no_stock``: the map has none, and its land cover does not say why; ``no_carbon``: a stock of 0;
``no_use``: of an unknown land cover; ``no_weather``: outside of the mean year of temperature and
rain; ``no_equilibrium``: nothing decays in the mean year.
"""


def code(reason: str) -> int:
    """Number of a reason."""
    return REASONS.index(reason)


def reasons(
    stock: Floats,
    error: Floats,
    clay: Floats,
    weather: Floats,
    classes: Floats | None,
    group: Floats | None = None,
) -> npt.NDArray[np.int8]:
    """Why each cell is left out; 0: it is modelled.

    Args:
        stock: baseline (cell) [t ha-1]; NaN: none.
        error: its standard error (cell) [t ha-1]; NaN: not known.
        clay: (cell) [%]; NaN: not known.
        weather: any number of the mean year (cell) [any]; NaN: a month of it is not known.
        classes: land cover, ESA codes (cell), 0 or NaN: not known; None: there is no map of it,
            and all land is taken as used.
        group: of the WRB (cell), NaN: not known; None: there is no map of it, and the stock alone
            tells which soils are organic.

    Returns:
        (cell) index into ``REASONS``, but for ``no_equilibrium``, which shows in the start.

    Source:
        Coleman and Jenkinson 1996, RothC-26.3: not for permanently waterlogged soils. FAO 2022,
        GSOCseq technical specifications: organic soils, paddy and wetlands are masked.

    Example:
        >>> stock = np.array([60.0, 250.0, 60.0, 60.0, np.nan, np.nan])
        >>> classes, clay = np.array([130, 130, 20, 170, 210, 130]), np.full(6, 20.0)
        >>> found = reasons(stock, 0.2 * stock, clay, stock, classes)
        >>> [REASONS[k] for k in found]
        ['modelled', 'organic', 'paddy', 'wetland', 'water', 'no_stock']
    """
    use = np.zeros(stock.shape, np.int8) if classes is None else _of_class()[_codes(classes)]
    none, soilless = np.isnan(stock), use > code("no_carbon")
    unknown = use == code("no_use")
    with np.errstate(invalid="ignore"):
        found = np.select(
            [
                none & soilless & ~unknown,
                none,
                organic(stock, group),
                stock <= 0,
                soilless,
                ~((clay > 0) & (clay < 100)),
                np.isnan(error),
                np.isnan(weather),
            ],
            [
                use,
                code("no_stock"),
                code("organic"),
                code("no_carbon"),
                use,
                code("no_texture"),
                code("no_error"),
                code("no_weather"),
            ],
            0,
        )
    return found.astype(np.int8)


def _codes(classes: Floats) -> npt.NDArray[np.uint8]:
    return np.nan_to_num(classes).astype(np.uint8)


def _of_class() -> npt.NDArray[np.int8]:
    """ESA land-cover code (256) -> code of the reason; 0: modelled."""
    table = np.full(256, code("no_use"), np.int8)
    for use, classes in LAND_USE.items():
        table[list(classes)] = 0 if use in NAMES else code(use)
    return table


def counted(found: npt.NDArray[np.int8], stock: Floats) -> dict[str, int]:
    """Cells by reason, of those that the map has a stock of: for the record of a run.

    Example:
        >>> counted(np.array([0, 2, 1], np.int8), np.array([60.0, 250.0, np.nan]))
        {'organic': 1}
    """
    counts = np.bincount(found[~np.isnan(stock)], minlength=len(REASONS))
    return {reason: int(n) for reason, n in zip(REASONS[1:], counts[1:], strict=True) if n}
