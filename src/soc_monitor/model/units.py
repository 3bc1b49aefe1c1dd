"""convert(): the only place where a number changes its unit.

Units are written as UDUNITS writes them: ``t ha-1``, ``kg m-2``, ``Pg``.
"""

import re
from functools import lru_cache
from typing import Any, TypeVar, cast

from soc_monitor.errors import UnitMismatch

T = TypeVar("T")

_POWER = re.compile(r"(?<=[A-Za-z])(-?\d+)")
_NAMES = {"%": "percent", "‰": "permille", "1": "dimensionless"}


@lru_cache(maxsize=1)
def _registry() -> Any:
    import pint  # noqa: PLC0415  # half a second to load

    return pint.UnitRegistry(autoconvert_offset_to_baseunit=True)


def _expression(unit: str) -> str:
    parts = (_NAMES.get(part, _POWER.sub(r"**\1", part)) for part in unit.split())
    return "*".join(parts) or "dimensionless"


@lru_cache(maxsize=256)
def factor(source: str, target: str) -> float:
    """How many ``target`` one ``source`` is.

    Raises:
        UnitMismatch: a unit is not known, or the two do not convert.

    Example:
        >>> factor("t ha-1", "kg m-2"), factor("Pg", "Mt")
        (0.1, 1000.0)
    """
    if source == target:
        return 1.0
    try:
        one = _registry().Quantity(1.0, _expression(source))
        zero = _registry().Quantity(0.0, _expression(source)).to(_expression(target))
        ratio = one.to(_expression(target)).magnitude
    # What pint raises are subclasses of these.
    except (ValueError, AttributeError, AssertionError, TypeError) as error:
        msg = f"{source!r} does not convert to {target!r}: {error}"
        raise UnitMismatch(msg) from error
    if zero.magnitude != 0:
        msg = f"{source!r} and {target!r} have different zeros: a factor does not convert them"
        raise UnitMismatch(msg)
    # Powers of ten come back with a rounding error of the last bit; 12 digits carry all we know.
    return float(f"{ratio:.12g}")


def convert(values: T, source: str, target: str) -> T:
    """Values in another unit; the same object when the units are equal.

    Args:
        values: a number or an array (any dims) [source].
        source: unit of ``values``.
        target: unit wanted.

    Returns:
        The same kind of thing [target]; NaN stays NaN.

    Raises:
        UnitMismatch: a unit is not known, or the two do not convert.

    Example:
        >>> convert(50.0, "t ha-1", "kg m-2")
        5.0
    """
    ratio = factor(source, target)
    return values if ratio == 1.0 else cast("T", cast("Any", values) * ratio)
