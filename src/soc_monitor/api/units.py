"""Units of measure as readers choose them (``u``) and as tables write them."""

from dataclasses import dataclass
from functools import lru_cache

from soc_monitor.errors import BadValue, UnitMismatch
from soc_monitor.model import Indicator
from soc_monitor.model.units import factor

KEYS: dict[str, tuple[str, ...]] = {
    "t-ha": ("t ha-1", "t ha-1 yr-1"),
    "kg-m2": ("kg m-2", "kg m-2 yr-1"),
    "Mt": ("Mt", "Mt yr-1"),
    "Pg": ("Pg", "Pg yr-1"),
    "permille": ("‰", "‰ yr-1"),
    "pct": ("%", "% yr-1"),
}
"""Key to the units (UDUNITS) it stands for: the first one that fits the indicator."""


@dataclass(frozen=True, slots=True)
class Shown:
    """The unit that numbers are shown in."""

    key: str
    """Empty: the indicator's own, for which there is no key."""
    unit: str
    """UDUNITS."""
    text: str
    """In tables, plain ASCII: ``t C ha-1``."""


def choose_unit(indicator: Indicator, key: str | None) -> Shown:
    """The unit that an indicator is shown in.

    Raises:
        BadValue: the indicator is not shown in that unit.

    Example:
        >>> from soc_monitor.indicators import load_indicators
        >>> choose_unit(load_indicators()["soc_stock_0_30cm"], "kg-m2").text
        'kg C m-2'
    """
    if not key:
        own = next((k for k in indicator.units if _fit(k, indicator.unit) == indicator.unit), "")
        return Shown(own, indicator.unit, ascii_unit(indicator, indicator.unit))
    if key not in indicator.units:
        raise BadValue(f"u: {indicator.id} is not shown in {key!r}", allowed=indicator.units)
    unit = _fit(key, indicator.unit)
    assert unit is not None, "an indicator names units that fit its own"
    return Shown(key, unit, ascii_unit(indicator, unit))


def _fit(key: str, own: str) -> str | None:
    for unit in KEYS.get(key, ()):
        if converts(own, unit):
            return unit
    return None


@lru_cache(maxsize=256)
def converts(source: str, target: str) -> bool:
    """Whether one unit converts to another.

    Example:
        >>> converts("Pg", "Mt"), converts("Pg", "t ha-1")
        (True, False)
    """
    try:
        factor(source, target)
    except UnitMismatch:
        return False
    return True


def ascii_unit(indicator: Indicator, unit: str) -> str:
    """A unit as tables write it: plain ASCII, saying C where carbon is weighed.

    Example:
        >>> from soc_monitor.indicators import load_indicators
        >>> ascii_unit(load_indicators()["soc_total_0_30cm"], "Pg")
        'Pg C'
        >>> ascii_unit(load_indicators()["soc_change_0_30cm"], "t ha-1 yr-1")
        't C ha-1 yr-1'
    """
    first, *rest = unit.replace("‰", "permille").replace("%", "percent").split()
    weighs = indicator.group in {"carbon", "change"} and first in {"t", "kg", "g", "Mt", "Pg"}
    return " ".join([first, *(["C"] if weighs else []), *rest])
