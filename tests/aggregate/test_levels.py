"""Levels: each coarser cell is what the cells that it holds come to, counted one by one."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from soc_monitor.aggregate import class_shares, coarser_means, row_area
from soc_monitor.model import Grid

FACTORS = (2, 6)
GRID = Grid(nx=23, ny=15)


def by_hand(
    block: np.ndarray, areas: np.ndarray, factor: int, missing: float
) -> tuple[np.ndarray, np.ndarray]:
    """Mean and valid share of each square, cell by cell."""
    shape = tuple(math.ceil(n / factor) for n in block.shape)
    mean, share = np.full(shape, np.nan), np.zeros(shape)
    for i, j in np.ndindex(shape):
        cells = [
            (float(block[y, x]), areas[y])
            for y in range(i * factor, min((i + 1) * factor, block.shape[0]))
            for x in range(j * factor, min((j + 1) * factor, block.shape[1]))
        ]
        valid = [(v, a) for v, a in cells if v != missing and not math.isnan(v)]
        held = math.fsum(a for _, a in valid)
        share[i, j] = held / math.fsum(a for _, a in cells)
        if valid:
            mean[i, j] = math.fsum(v * a for v, a in valid) / held
    return mean, share


@pytest.mark.parametrize("dtype", ["int16", "uint8", "float32", "float64"])
def test_every_square_is_the_weighted_mean_of_its_valid_cells(dtype: str) -> None:
    drawn = np.random.default_rng(5)
    block = drawn.integers(0, 200, GRID.shape).astype(dtype)
    block[drawn.random(GRID.shape) < 0.3] = 7  # no data
    block[:6, 6:12] = 7
    if block.dtype.kind == "f":
        block[12, 3] = np.nan
    areas = row_area(GRID)
    for factor, (mean, share) in zip(FACTORS, coarser_means(block, areas, FACTORS, 7), strict=True):
        expected, covered = by_hand(block, areas, factor, 7)
        np.testing.assert_allclose(mean, expected, rtol=1e-13)
        np.testing.assert_allclose(share, covered, rtol=1e-13)
    assert np.isnan(mean[0, 1]), "a square without data has no mean"


def test_the_row_nearer_to_the_pole_weighs_less() -> None:
    grid = Grid(nx=2, ny=2)
    ((mean, _),) = coarser_means(
        np.array([[10.0, 10.0], [20.0, 20.0]]), np.array([1.0, 3.0]), (2,), math.nan
    )
    assert mean.tolist() == [[17.5]]
    assert row_area(grid)[0] == pytest.approx(row_area(grid)[1])


@given(cut=st.integers(0, 3), factors=st.sampled_from([(2,), (2, 4), (3, 6, 12)]))
def test_bands_of_whole_squares_give_the_bits_of_the_whole(
    cut: int, factors: tuple[int, ...]
) -> None:
    drawn = np.random.default_rng(cut)
    block = drawn.normal(60, 20, (40, 17)).astype(np.float32)
    areas = drawn.random(40) + 1
    at = cut * factors[-1]
    whole = list(coarser_means(block, areas, factors, math.nan))
    parts = [
        list(coarser_means(block[rows], areas[rows], factors, math.nan))
        for rows in (slice(0, at), slice(at, 40))
        if len(areas[rows])
    ]
    for number, (mean, share) in enumerate(whole):
        assert np.array_equal(mean, np.concatenate([part[number][0] for part in parts]))
        assert np.array_equal(share, np.concatenate([part[number][1] for part in parts]))


def test_the_shares_of_classes_are_those_of_their_cells() -> None:
    drawn = np.random.default_rng(6)
    codes = np.array([-1, 0, 1])
    block = drawn.choice([*codes, 9], GRID.shape).astype(np.float32)
    areas = row_area(GRID)
    for code in codes:
        found = class_shares(block, areas, FACTORS, int(code))
        for factor, share in zip(FACTORS, found, strict=True):
            _, covered = by_hand(np.where(block == code, 1.0, np.nan), areas, factor, math.nan)
            np.testing.assert_allclose(share, covered, rtol=1e-13)
