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
def affine(source: str, target: str) -> tuple[float, float]:
    """(factor, addend) with target = source * factor + addend.

    Raises:
        UnitMismatch: a unit is not known, or the two do not convert.

    Example:
        >>> affine("K", "degC"), affine("t ha-1", "kg m-2")
        ((1.0, -273.15), (0.1, 0.0))
    """
    if source == target:
        return 1.0, 0.0
    try:
        one, zero = (
            _registry().Quantity(value, _expression(source)).to(_expression(target)).magnitude
            for value in (1.0, 0.0)
        )
    # What pint raises are subclasses of these.
    except (ValueError, AttributeError, AssertionError, TypeError) as error:
        msg = f"{source!r} does not convert to {target!r}: {error}"
        raise UnitMismatch(msg) from error
    # Powers of ten come back with a rounding error of the last bit; 12 digits carry all we know.
    return float(f"{one - zero:.12g}"), float(f"{zero:.12g}")


def factor(source: str, target: str) -> float:
    """How many ``target`` one ``source`` is.

    Raises:
        UnitMismatch: a unit is not known, or the two do not convert by a factor.

    Example:
        >>> factor("t ha-1", "kg m-2"), factor("Pg", "Mt")
        (0.1, 1000.0)
    """
    ratio, addend = affine(source, target)
    if addend != 0:
        msg = f"{source!r} and {target!r} have different zeros: a factor does not convert them"
        raise UnitMismatch(msg)
    return ratio


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
    ratio, addend = affine(source, target)
    if (ratio, addend) == (1.0, 0.0):
        return values
    return cast("T", cast("Any", values) * ratio + addend)
