"""Indicators: one file each, found by being there."""

import importlib
import pkgutil
from functools import lru_cache
from types import MappingProxyType

from soc_monitor.errors import BadValue, UnknownIndicator
from soc_monitor.model import Indicator


@lru_cache(maxsize=1)
def load_indicators() -> MappingProxyType[str, Indicator]:
    """Every indicator, by id.

    Example:
        >>> load_indicators()["soc_stock_0_30cm"].unit
        't ha-1'
    """
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    found = [importlib.import_module(f"{__name__}.{name}").indicator for name in names]
    return MappingProxyType({indicator.id: indicator for indicator in found})


def find_indicator(variable: str, depth: str | None = None) -> Indicator:
    """An indicator by its id, or by its page keys ``v`` and ``d`` (``0-30`` when not said).

    Raises:
        UnknownIndicator: there is none.
        BadValue: ``d`` contradicts ``v``.

    Example:
        >>> find_indicator("stock", "0-100").id
        'soc_stock_0_100cm'
    """
    known = load_indicators()
    if variable in known:
        found = known[variable]
        if depth is not None and depth != found.alias[1]:
            msg = f"d={depth!r} contradicts v={variable!r}, which is for {found.alias[1]} cm"
            raise BadValue(msg, allowed=(found.alias[1],))
        return found
    for found in known.values():
        if found.alias in {(variable, depth or "0-30"), (variable, depth or "")}:
            return found
    names = tuple(sorted({i.alias[0] for i in known.values()} | set(known)))
    if variable in names:
        depths = tuple(i.alias[1] for i in known.values() if i.alias[0] == variable)
        raise BadValue(f"{variable!r} has no depth {depth!r}", allowed=depths)
    raise UnknownIndicator(f"no indicator {variable!r}", allowed=names)
