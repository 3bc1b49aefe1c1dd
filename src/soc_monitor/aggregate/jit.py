"""compiled(): numba without its missing types, the only place that knows of it."""

from collections.abc import Callable
from typing import ParamSpec, TypeVar, cast

import numba  # type: ignore[import-untyped]

P = ParamSpec("P")
R = TypeVar("R")


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """Compile a function of numbers and arrays to machine code that holds no GIL.

    Strict floating point: no reassociation and no fused multiply-add, because the exact sums
    of ``exact.py`` read the rounding errors back.
    """
    try:
        fast = numba.njit(nogil=True, cache=True)(function)
    except RuntimeError:
        # Neither the package's folder nor the user's cache can be written: compile each time.
        fast = numba.njit(nogil=True)(function)
    return cast("Callable[P, R]", fast)
