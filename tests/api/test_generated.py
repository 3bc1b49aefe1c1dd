"""Requests that nobody would think of, made from the document: never a fault of ours."""

import pytest

from .conftest import World
from .generated import run

SEEDS = (1,)
CASES = 2
"""Of each operation, seed and mode."""


@pytest.mark.parametrize("seed", SEEDS)
def test_generated_requests_find_no_fault(world: World, seed: int) -> None:
    made = run(world, seed, CASES)

    assert made["positive"] > 100
    assert made["negative"] > 100
