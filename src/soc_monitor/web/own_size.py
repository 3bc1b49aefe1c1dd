"""Own size: how large a reader's shapes and a map's cells are, and what that does to a number."""

import math
from collections.abc import Iterable, Mapping
from typing import Any

from soc_monitor.web.i18n import Language
from soc_monitor.web.numbers import NBSP, number
from soc_monitor.web.own_answers import OwnAnswers

FEW_CELLS = 4
HA_PER_KM2 = 100
KM_PER_DEGREE = 111.195


def size(hectares: float | None, words: Language) -> str:
    r"""How large a shape is: hectares to a square kilometre, square kilometres from there on.

    Example:
        >>> size(12.34, Language("en")), size(123456.0, Language("en"))
        ('12.3\xa0ha', '1,230\xa0km²')
    """
    if hectares is None:
        return "–"
    if hectares < HA_PER_KM2:
        return f"{number(hectares, words.code)}{NBSP}ha"
    return f"{number(hectares / HA_PER_KM2, words.code)}{NBSP}km²"


def cell_km(grids: Iterable[Mapping[str, Any]], indicator: str, product: str) -> int | None:
    """How wide a cell of a map is on the equator, rounded [km]; None: it has no cells.

    Args:
        grids: as ``/grids`` has them.
        indicator: its id.
        product: its id.

    Example:
        >>> grid = {"indicator": "a", "product_id": "b", "resolution_deg": 0.25}
        >>> cell_km([grid], "a", "b"), cell_km([grid], "a", "c")
        (28, None)
    """
    for one in grids:
        if (one["indicator"], one["product_id"]) == (indicator, product):
            return max(1, round(float(one["resolution_deg"]) * KM_PER_DEGREE))
    return None


def cautions(read: OwnAnswers, whole: dict[str, Any] | None, words: Language) -> list[str]:
    """How far the number can be trusted, from the size of the shape and of the map's cells."""
    found = []
    cell = (read.around or {}).get("cell")
    if cell and whole:
        west, south, east, north = cell["bounds"]
        middle = math.cos(math.radians((south + north) / 2))
        side = KM_PER_DEGREE * (north - south)
        cells = whole["data"][0]["area_ha"] / HA_PER_KM2
        cells /= side * KM_PER_DEGREE * (east - west) * max(middle, 1e-6)
        if cells < FEW_CELLS:
            found.append(
                words.say(
                    "It is small for this map, whose cells are about {side} km across: the number "
                    "is that of the land around it, no measurement of a field.",
                    side=number(side, words.code),
                )
            )
    codes = {one["code"] for one in read.numbers["meta"]["warnings"]}
    if "wide" in codes:
        found.append(
            words.say(
                "A shape is more than 180 degrees wide. If it was meant to cross the "
                "antimeridian, cut it there."
            )
        )
    if "no_rows" in codes:
        found.append(words.say("Nothing of one of the shapes is mapped by this product."))
    return found
