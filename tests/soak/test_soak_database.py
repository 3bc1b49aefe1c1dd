"""Twenty kills of the database under a set-up."""

import numpy as np
import pytest

from ..journeys.conftest import (  # noqa: TID252  # folders of tests are no packages
    Driven,
    Undisturbed,
    check_nothing_left,
    check_whole_or_nothing,
)
from .conftest import Note, dose

pytestmark = [pytest.mark.soak, pytest.mark.timeout(7200)]


def test_twenty_kills_of_the_database(
    driven_alone: Driven, undisturbed: Undisturbed, note: Note, seed: int
) -> None:
    chance, kills = np.random.default_rng(seed), dose(20, least=2)
    for number in range(kills):
        driven_alone.start()
        driven_alone.kill_database(chance.uniform(0, undisturbed.seconds))
        driven_alone.end()
        store = driven_alone.open()
        check_whole_or_nothing(store)
        store.close()
        note(kills=number + 1)
    driven_alone.start()
    assert driven_alone.end() == []
    assert driven_alone.state() == undisturbed.state
    check_nothing_left(driven_alone)
