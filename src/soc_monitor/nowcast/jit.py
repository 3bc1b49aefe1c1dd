"""compiled(): numba, which ships no types, behind one typed door of this room."""

from collections.abc import Callable
from functools import partial
from typing import ParamSpec, TypeVar, cast

import numba

P = ParamSpec("P")
R = TypeVar("R")

# No check for a division by zero at every cell: it would keep a loop from being vectorised.
_fast = partial(numba.njit, nogil=True, fastmath={"contract"}, error_model="numpy")


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """Compile a function of numbers and arrays to machine code that holds no GIL.

    A product and a sum may be fused into one instruction, which rounds once: nothing is
    reassociated, and NaN and infinity keep their meaning. The compiled code is kept on disk until
    the file of the function changes: what one calls stands in the same file.
    """
    try:
        fast = _fast(cache=True)(function)
    except RuntimeError:
        # Neither the package's folder nor the user's cache can be written: compile each time.
        fast = _fast()(function)
    return cast("Callable[P, R]", fast)
