"""The test of one point in twelve, at every one: a quarter of them in each store of its own."""

from pathlib import Path

import pytest

from soc_monitor.store.store import Store

from ..journeys import test_killpoints as points  # noqa: TID252  # folders of tests are no packages
from .conftest import Note, dose

pytestmark = [pytest.mark.soak, pytest.mark.timeout(7200)]

shelf = points.shelf
QUARTERS = 4
"""What is looked at grows with what was killed before: four short walks cost less than one."""


@pytest.mark.parametrize("first", range(QUARTERS))
def test_a_run_killed_at_every_point_is_ended_by_the_next_whole_and_once(
    store: Store, shelf: Path, note: Note, first: int
) -> None:
    stride = QUARTERS * round(1 / max(dose(100), 1) * 100)
    found = points.kill_at_points(store, shelf, stride, first)
    seen = sum(bool(one["seen"]) for one in found)
    note(points=len(found) - 1, seen_before_the_next=seen)
    assert len(found) > 20 / stride
    assert {one["left"] for one in found} == {0}
