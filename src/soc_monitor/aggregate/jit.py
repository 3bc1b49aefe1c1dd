"""compiled(): numba, which ships no types, behind one typed door."""

from collections.abc import Callable
from typing import ParamSpec, TypeVar, cast

import numba

P = ParamSpec("P")
R = TypeVar("R")


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """Compile a function of numbers and arrays to machine code that holds no GIL.

    Strict floating point: no reassociation and no fused multiply-add, because the exact sums
    of ``exact.py`` read the rounding errors back. The compiled code is kept on disk until the
    file of the function changes; a change of what it calls in another file goes unnoticed.
    """
    try:
        fast = numba.njit(nogil=True, cache=True)(function)
    except RuntimeError:
        # Neither the package's folder nor the user's cache can be written: compile each time.
        fast = numba.njit(nogil=True)(function)
    return cast("Callable[P, R]", fast)
