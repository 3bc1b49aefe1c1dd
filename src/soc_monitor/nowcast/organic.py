"""Organic soils: which they are. One place says so, for all that holds for mineral soils alone."""

from typing import Final

import numpy as np
import numpy.typing as npt

from soc_monitor.model.soil_classes import ORGANIC
from soc_monitor.nowcast.rothc import Floats

STOCK: Final = 200.0
"""Above this stock of 0-30 cm a soil is organic: shown, never modelled [t ha-1]. FAO's limit."""
PEAT: Final = 600.0
"""More than this in 0-30 cm is a mistake, and no peat [t ha-1]. Our choice: 0.2 g of carbon in a
cm3, a peat as dense as 0.4 g cm-3 of which half is carbon."""
CARBON: Final = 12.0
"""From this content on a soil is organic: its stock of 0-30 cm says little [%]."""


def organic(
    stock: Floats | None, group: Floats | None = None, carbon: Floats | None = None
) -> npt.NDArray[np.bool_]:
    """Whether a soil is organic: by any of what is known of it.

    Args:
        stock: 0-30 cm (...) [t ha-1]; NaN: not known; None: there is no map.
        group: most probable group of the WRB, as ``WRB_GROUPS`` (...); NaN, None: as above.
        carbon: content of organic carbon (...) [%]; NaN, None: as above.

    Returns:
        (...) False where nothing is known.

    Source:
        FAO 2022, GSOCseq technical specifications: more than 200 t C/ha, or a Histosol. IPCC 2006
        Guidelines, Vol. 4, Ch. 3, Annex 3A.5: 12 % of carbon.

    Example:
        >>> stock, group = np.array([60.0, 250.0, np.nan, 60.0]), np.array([18.0, 18.0, 14.0, 14.0])
        >>> organic(stock).tolist(), organic(stock, group).tolist()
        ([False, True, False, False], [False, True, True, True])
        >>> organic(None, None, np.array([11.9, 12.0])).tolist()
        [False, True]
    """
    found = np.zeros(np.shape(next(one for one in (stock, group, carbon) if one is not None)), bool)
    with np.errstate(invalid="ignore"):
        if stock is not None:
            found |= stock > STOCK
        if group is not None:
            found |= group == ORGANIC
        if carbon is not None:
            found |= carbon >= CARBON
    return found
