"""Ages and states of inputs."""

from datetime import date

import pytest

from soc_monitor.model import RunState
from soc_monitor.model.freshness import Freshness, age_days, judge


@pytest.mark.parametrize(
    ("age", "state"),
    [
        (0, Freshness.FRESH),
        (8, Freshness.FRESH),
        (9, Freshness.DUE),
        (10, Freshness.DUE),
        (11, Freshness.LATE),
        (None, Freshness.LATE),
    ],
)
def test_the_state_follows_from_the_age_alone(age: int | None, state: Freshness) -> None:
    assert judge(age=age, allowed=10, last_state=RunState.DONE) is state


def test_data_that_do_not_age_stay_fresh() -> None:
    assert judge(age=None, allowed=None) is Freshness.FRESH
    assert judge(age=100_000, allowed=None) is Freshness.FRESH


@pytest.mark.parametrize("state", [RunState.FAILED, RunState.ABANDONED])
def test_an_input_whose_last_run_failed_is_broken_however_young(state: RunState) -> None:
    assert judge(age=0, allowed=10, last_state=state) is Freshness.BROKEN
    assert judge(age=0, allowed=None, last_state=state) is Freshness.BROKEN


def test_what_is_refused_leaves_the_state_to_the_age_of_what_was_taken_before() -> None:
    refused = RunState.REFUSED
    assert judge(age=1, allowed=10, last_state=refused) is Freshness.FRESH
    assert judge(age=11, allowed=10, last_state=refused) is Freshness.LATE
    assert judge(age=None, allowed=None, last_state=refused) is Freshness.FRESH
    assert judge(age=None, allowed=None, last_state=refused, taken=False) is Freshness.BROKEN


def test_what_an_operator_said_comes_before_what_was_found() -> None:
    paused = judge(age=99, allowed=10, last_state=RunState.FAILED, paused=True)
    retired = judge(age=99, allowed=10, paused=True, retired=True)

    assert (paused, retired) == (Freshness.PAUSED, Freshness.RETIRED)


def test_a_period_that_is_still_open_is_not_younger_than_today() -> None:
    assert age_days(date(2026, 12, 31), date(2026, 11, 22)) == 0
    assert age_days(None, date(2026, 11, 22)) is None
