"""Exact sums."""

from fractions import Fraction

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from soc_monitor.aggregate.exact import (
    DIGITS,
    add,
    add_product,
    add_scaled,
    settle,
    to_floats,
    to_integers,
)

QUANTUM = 2**384
numbers = st.floats(-1e27, 1e27).map(lambda x: x if abs(x) > 1e-27 else 0.0)


@settings(deadline=None)
@given(st.lists(numbers, max_size=20))
def test_a_sum_is_the_true_sum_rounded_once(terms: list[float]) -> None:
    sums = np.zeros((1, DIGITS), np.int64)
    for term in terms:
        add(sums, 0, term)
    truth = sum(map(Fraction, terms), Fraction(0))
    assert Fraction(to_integers(sums)[0], QUANTUM) == truth
    assert to_floats(sums)[0] == float(truth)


@settings(deadline=None)
@given(st.floats(1e-6, 1e15), numbers)
def test_a_product_is_not_rounded(a: float, b: float) -> None:
    sums = np.zeros((1, DIGITS), np.int64)
    add_product(sums, 0, a, b)
    assert Fraction(to_integers(sums)[0], QUANTUM) == Fraction(a) * Fraction(b)


@settings(deadline=None)
@given(st.floats(1e-6, 1e15), st.lists(numbers, max_size=9))
def test_a_factor_may_come_before_or_after_the_sum(factor: float, terms: list[float]) -> None:
    sums, run = np.zeros((1, DIGITS), np.int64), np.zeros((1, DIGITS), np.int64)
    for term in terms:
        add(run, 0, term)
    add_scaled(sums, 0, factor, run, 0)
    truth = Fraction(factor) * sum(map(Fraction, terms), Fraction(0))
    assert Fraction(to_integers(sums)[0], QUANTUM) == truth
    assert not run.any()


def test_handing_on_carries_changes_no_sum() -> None:
    sums = np.zeros((1, DIGITS), np.int64)
    for _ in range(1000):
        add(sums, 0, -0.1)
    before = to_integers(sums)
    settle(sums, 0)
    assert to_integers(sums) == before
    assert (np.abs(sums) <= 2**31).all()


def test_ties_round_to_even_as_everywhere() -> None:
    sums = np.zeros((2, DIGITS), np.int64)
    for k, last in enumerate((1.0, 3.0)):
        add(sums, k, 2.0**53)
        add(sums, k, last)
    assert to_floats(sums).tolist() == [2.0**53, 2.0**53 + 4]
