"""What two surveys of the same places can show, against surveys that are simulated."""

import numpy as np
import pytest

from soc_monitor.model.detect import least_change, threshold

SPREAD, PLACES, VISITS, RUNS = 12.0, 50, 6, 20_000
NOISE = 2.0
"""Of one visit: far less than what sets the change of one place apart from that of another."""


def differences(change: float) -> np.ndarray:
    """Mean of the visits of every place after, less that before (run, place)."""
    rng = np.random.default_rng(7)
    own = rng.normal(change, SPREAD, (RUNS, PLACES))
    # What a place is to the area is the same at each of its visits: they average the noise alone.
    noise = rng.normal(0, NOISE * np.sqrt(2 / VISITS), (RUNS, PLACES))
    return own + noise


def seen(change: float, n: int) -> float:
    """How often a test with that many independent places finds a change."""
    limit = (threshold() - 0.841621) * SPREAD / np.sqrt(n)  # z(0.975) standard errors
    return float((np.abs(differences(change).mean(axis=1)) > limit).mean())


def test_the_least_change_is_seen_in_four_surveys_of_five() -> None:
    least = least_change(SPREAD, PLACES)
    assert seen(least, PLACES) == pytest.approx(0.8, abs=0.02)
    assert seen(0.0, PLACES) == pytest.approx(0.05, abs=0.01)


def test_visits_that_are_counted_as_places_promise_what_is_not_seen() -> None:
    promised = least_change(SPREAD, PLACES * VISITS)
    assert seen(promised, PLACES) < 0.25, "a change that should be seen four times in five"
    assert seen(0.0, PLACES * VISITS) > 0.3, "changes where there are none, not one in twenty"
