"""Exact sums: the same bits whatever the order of the terms and however they were grouped.

A sum is an integer multiple of 2**-384, kept as 20 digits of 32 bits, lowest first, in int64 [1].
A sum of integers has three digits, the first of which counts ones. Adding is adding integers, so
it is associative: chunks, threads and workers change nothing. A digit takes 2**31 terms before it
must hand its carry on (``settle``).

Source:
    R. M. Neal (2015), Fast exact summation using small and large superaccumulators,
    arXiv:1505.05571; products without error after T. J. Dekker (1971), Numer. Math. 18, 224-242.
"""

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from soc_monitor.aggregate.jit import compiled

DIGITS: Final = 20
"""Digits of a sum: the window is 2**-384 to 2**256."""
LOWEST: Final = -384
"""Exponent of the quantum of a sum."""
SHORT: Final = 3
"""Digits of a sum of integers: up to 2**127."""
ONES: Final = -LOWEST // 32
"""The digit that counts ones, in a sum of 20 digits."""
BIG: Final = 2.0**90
"""Largest magnitude of a value that may be summed (1.2e27)."""
TINY: Final = 2.0**-90
"""Values nearer to zero than this (8e-28) count as zero."""

_BASE: Final = 1 << 32
_HALF: Final = 1 << 31
_LOW: Final = _BASE - 1
_IMPLIED: Final = 1 << 52
_MANTISSA: Final = _IMPLIED - 1
_SPLIT: Final = 134217729.0
_PLACE: Final = 2.0 ** (32.0 * np.arange(DIGITS) + LOWEST)


@compiled
def add(sums: npt.NDArray[np.int64], k: int, term: float) -> None:
    """Add a term to ``sums[k]``; zero below 2**-1022 and digits below the window are dropped."""
    bits: Any = np.float64(term).view(np.int64)
    exponent = (bits >> 52) & 0x7FF
    if exponent == 0:
        return
    mantissa = (bits & _MANTISSA) | _IMPLIED
    place = exponent - 1075 - LOWEST
    if place < 0:
        if place < -52:
            return
        mantissa >>= -place
        place = 0
    j = place >> 5
    shift = place & 31
    above = mantissa >> (32 - shift)
    if bits < 0:
        sums[k, j] -= (mantissa << shift) & _LOW
        sums[k, j + 1] -= above & _LOW
        sums[k, j + 2] -= above >> 32
    else:
        sums[k, j] += (mantissa << shift) & _LOW
        sums[k, j + 1] += above & _LOW
        sums[k, j + 2] += above >> 32


@compiled
def residue(a: float, b: float, product: float) -> float:
    """What ``product = a * b`` lost to rounding: ``a * b - product``, exactly (Dekker)."""
    t = _SPLIT * a
    a1 = t - (t - a)
    a2 = a - a1
    t = _SPLIT * b
    b1 = t - (t - b)
    b2 = b - b1
    return ((a1 * b1 - product) + a1 * b2 + a2 * b1) + a2 * b2


@compiled
def add_product(sums: npt.NDArray[np.int64], k: int, a: float, b: float) -> None:
    """Add ``a * b`` to ``sums[k]``, without rounding the product."""
    product = a * b
    add(sums, k, product)
    add(sums, k, residue(a, b, product))


@compiled
def settle(sums: npt.NDArray[np.int64], k: int) -> None:
    """Hand on the carries of ``sums[k]``: the digits get between -2**31 and 2**31."""
    for j in range(sums.shape[1] - 1):
        carry = (sums[k, j] + _HALF) >> 32
        sums[k, j] -= carry << 32
        sums[k, j + 1] += carry


@compiled
def add_scaled(
    sums: npt.NDArray[np.int64], k: int, factor: float, other: npt.NDArray[np.int64], i: int
) -> None:
    """Add ``factor * other[i]`` to ``sums[k]``, exactly, and set ``other[i]`` to zero."""
    settle(other, i)
    for j in range(DIGITS):
        if other[i, j] != 0:
            add_product(sums, k, factor, np.float64(other[i, j]) * _PLACE[j])
            other[i, j] = 0


@compiled
def _nearest(digits: npt.NDArray[np.int64]) -> float:  # noqa: C901 - digits, then bits
    """The float nearest to a sum of settled digits, ties to even; the digits are used up."""
    top = digits.size - 1
    while top >= 0 and digits[top] == 0:
        top -= 1
    if top < 0:
        return 0.0
    sign = 1
    if digits[top] < 0:
        sign = -1
    for j in range(top + 1):
        digits[j] *= sign
    for j in range(top):
        if digits[j] < 0:
            digits[j] += _BASE
            digits[j + 1] -= 1
    while digits[top] == 0:
        top -= 1
    width = 0
    while digits[top] >> width:
        width += 1
    # The 62 leading bits; the last one also tells whether anything lies below them.
    second = digits[top - 1] if top > 0 else 0
    third = digits[top - 2] if top > 1 else 0
    lead = digits[top] << (62 - width)
    below = 0
    if width >= 30:  # then two digits fill 62 bits
        lead |= second >> (width - 30)
        below = second & ((1 << (width - 30)) - 1)
        below |= third
    else:
        lead |= (second << (30 - width)) | (third >> (width + 2))
        below = third & ((1 << (width + 2)) - 1)
    for j in range(top - 2):
        below |= digits[j]
    if below != 0:
        lead |= 1
    nearest: float = sign * np.float64(lead) * 2.0 ** (width - 62) * _PLACE[top]
    return nearest


@compiled
def _floats(sums: npt.NDArray[np.int64], out: npt.NDArray[np.float64]) -> None:
    """Fill ``out`` with the nearest floats."""
    copy = np.empty((1, sums.shape[1]), np.int64)
    for i in range(sums.shape[0]):
        copy[0] = sums[i]
        settle(copy, 0)
        out[i] = _nearest(copy[0])


def to_floats(sums: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """The sums as floats, each rounded once.

    Args:
        sums: exact sums (n, 20), or (n, 3) of integers [any].

    Returns:
        (n,) [as given]; never NaN.

    Example:
        >>> sums = np.zeros((1, DIGITS), np.int64)
        >>> for term in (1e16, 1.0, -1e16):
        ...     add(sums, 0, term)
        >>> to_floats(sums)
        array([1.])
    """
    out = np.empty(len(sums), np.float64)
    _floats(np.ascontiguousarray(sums), out)
    return np.ldexp(out, -LOWEST) if sums.shape[1] == SHORT else out


def widened(sums: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """The sums with all 20 digits; those that have them are given back as they are.

    Args:
        sums: exact sums (..., 20), or (..., 3) of integers [any].

    Returns:
        (..., 20).
    """
    if sums.shape[-1] == DIGITS:
        return sums
    wide = np.zeros((*sums.shape[:-1], DIGITS), np.int64)
    wide[..., ONES : ONES + SHORT] = sums
    return wide


def to_integers(sums: npt.NDArray[np.int64]) -> list[int]:
    """The sums as Python integers, in multiples of 2**-384; sums of integers in ones.

    Args:
        sums: exact sums (n, 20), or (n, 3) of integers [any].

    Returns:
        n integers.

    Example:
        >>> sums = np.zeros((1, DIGITS), np.int64)
        >>> add(sums, 0, 0.75)
        >>> to_integers(sums)[0] / 2**384
        0.75
    """
    return [sum(digit << (32 * j) for j, digit in enumerate(row) if digit) for row in sums.tolist()]
