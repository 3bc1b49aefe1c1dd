"""Requests made from the API's document, those that it allows and those that it forbids."""

import pytest

from ..api import conftest as api  # noqa: TID252  # folders of tests are no packages
from ..api.generated import run  # noqa: TID252
from .conftest import Note, dose

world = api.world
SEEDS = 5
CASES = 6
"""Of each operation, seed and mode."""

pytestmark = [pytest.mark.soak, pytest.mark.timeout(7200)]


def test_five_seeds_of_generated_requests_find_no_fault(
    world: api.World, note: Note, seed: int
) -> None:
    cases = {"positive": 0, "negative": 0}
    # Until they have all held, what stands there did not.
    note(**cases, seeds=0, failures=1)
    for number in range(SEEDS):
        for mode, made in run(world, seed + number, dose(CASES)).items():
            cases[mode] += made
        note(**cases, seeds=number + 1)
    note(failures=0)

    assert sum(cases.values()) >= dose(5000)
