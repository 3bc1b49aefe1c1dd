"""The spread of exact sums, against whole numbers of any length."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from soc_monitor.aggregate.exact import DIGITS, SHORT
from soc_monitor.aggregate.spread import spreads


def digits(value: int, n: int) -> list[int]:
    """A whole number in digits of 32 bits, the last with the sign."""
    return [(value >> (32 * j)) & 0xFFFFFFFF for j in range(n - 1)] + [value >> (32 * (n - 1))]


@settings(deadline=None)
@given(
    cells=st.lists(st.tuples(st.integers(1, 2**42), st.integers(-65535, 65535)), min_size=1),
    n=st.sampled_from([SHORT, DIGITS]),
)
def test_the_spread_is_the_root_of_the_true_difference(
    cells: list[tuple[int, int]], n: int
) -> None:
    w = sum(a for a, _ in cells)
    wx = sum(a * x for a, x in cells)
    wxx = sum(a * x * x for a, x in cells)
    a, b, c = (np.array([digits(one, n)]) for one in (w, wx, wxx))
    (found,) = spreads(a, b, c)
    exact = Fraction(w * wxx - wx * wx, w * w)
    assert found == pytest.approx(math.sqrt(exact), rel=1e-14, abs=0)


def test_nothing_has_no_spread_and_a_constant_one_of_zero() -> None:
    w, wx, wxx = (np.array([digits(0, 3), digits(k, 3)]) for k in (2**80, 2**90, 2**100))
    found = spreads(w, wx, wxx)
    assert np.isnan(found[0])
    assert found[1] == 0.0
