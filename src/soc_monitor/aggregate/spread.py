"""Spread: sqrt(wxx / w - (wx / w)^2) of exact sums, the difference taken before it is rounded.

In floats the difference cancels where a field hardly varies. Here it is w wxx - wx^2, whole
numbers of any length, digit by digit.
"""

import math
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from soc_monitor.aggregate.exact import settle
from soc_monitor.aggregate.jit import compiled

Longs = npt.NDArray[np.int64]
Digits = npt.NDArray[np.uint64]

_BITS: Final = np.uint64(32)
_LOW: Final = np.uint64((1 << 32) - 1)


def spreads(w: Longs, wx: Longs, wxx: Longs) -> npt.NDArray[np.float64]:
    """The spread that exact sums come to.

    Args:
        w, wx, wxx: exact sums of weight, weight times value and times its square (n, digits).

    Returns:
        (n,) [of the values], right to some 1e-15; NaN where w is 0.

    Example:
        >>> w, wx, wxx = (np.array([[x, 0, 0]]) for x in (4, 8, 20))  # 1 and 3, twice
        >>> spreads(w, wx, wxx)
        array([1.])
    """
    out = np.empty(len(w))
    a, b, c = (np.ascontiguousarray(sums) for sums in (w, wx, wxx))
    _fill(a, b, c, out)
    return out


@compiled
def _fill(w: Longs, wx: Longs, wxx: Longs, out: npt.NDArray[np.float64]) -> None:
    n = w.shape[1] + 1
    a, b, c = np.empty(n, np.uint64), np.empty(n, np.uint64), np.empty(n, np.uint64)
    difference, square = np.empty(2 * n, np.uint64), np.empty(2 * n, np.uint64)
    for i in range(w.shape[0]):
        _magnitude(w[i], a)
        _magnitude(wx[i], b)
        _magnitude(wxx[i], c)
        _product(a, c, difference)
        _product(b, b, square)
        whole = _subtract(difference, square)
        above, high = _leading(difference)
        _product(a, a, square)
        below, low = _leading(square)
        if below == 0.0:
            out[i] = np.nan
        elif above == 0.0 or not whole:
            out[i] = 0.0
        else:
            out[i] = math.sqrt(math.ldexp(above / below, 32 * (high - low)))


@compiled
def _magnitude(sums: Longs, digits: Digits) -> None:
    """A sum without its sign, in digits of 0 to 2**32 - 1, lowest first."""
    copy = np.empty((1, sums.size), np.int64)
    copy[0] = sums
    settle(copy, 0)
    sign = 1
    for j in range(sums.size):
        if copy[0, j] != 0:
            sign = 1 if copy[0, j] > 0 else -1
    carry = 0
    for j in range(sums.size):
        digit = sign * copy[0, j] + carry
        digits[j] = np.uint64(digit & 0xFFFFFFFF)
        carry = digit >> 32
    digits[sums.size] = np.uint64(carry)


@compiled
def _product(a: Digits, b: Digits, out: Digits) -> None:
    """A times b."""
    out[:] = np.uint64(0)
    for i in range(a.size):
        if a[i] == np.uint64(0):
            continue
        carry: Any = np.uint64(0)
        for j in range(b.size):
            term: Any = out[i + j] + a[i] * b[j] + carry
            out[i + j] = term & _LOW
            carry = term >> _BITS
        out[i + b.size] = carry


@compiled
def _subtract(a: Digits, b: Digits) -> bool:
    """Take b from a; False: b was larger."""
    borrow = 0
    for j in range(a.size):
        digit = np.int64(a[j]) - np.int64(b[j]) - borrow
        borrow = 1 if digit < 0 else 0
        a[j] = np.uint64(digit + (borrow << 32))
    return borrow == 0


@compiled
def _leading(digits: Digits) -> tuple[float, int]:
    """A number as a float times 2**(32 * exponent), from its three leading digits."""
    top = digits.size - 1
    while top > 2 and digits[top] == np.uint64(0):
        top -= 1
    high, middle, low = (
        np.float64(digits[top]),
        np.float64(digits[top - 1]),
        np.float64(digits[top - 2]),
    )
    return (high * 4294967296.0 + middle) * 4294967296.0 + low, top - 2
