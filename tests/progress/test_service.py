"""E2 from what the service kept of itself: 90 days, availability, live inputs."""

from collections.abc import Sequence
from datetime import date, timedelta

import pytest

from soc_monitor.api.counted import note_of
from soc_monitor.model import ServiceDay
from soc_monitor.progress.service import CHECKS_A_DAY, Service, stage

WIDE = ("world", "m49", "adm0", "adm1")
LAST = date(2026, 11, 25)


def days(
    count: int, *, answered: int = CHECKS_A_DAY, inputs: int = 10, fresh: int = 10
) -> Sequence[ServiceDay]:
    return [
        ServiceDay(
            day=LAST - timedelta(days=count - 1 - n),
            checks=CHECKS_A_DAY,
            answered=answered,
            inputs=inputs * CHECKS_A_DAY,
            fresh=fresh * CHECKS_A_DAY,
        )
        for n in range(count)
    ]


@pytest.mark.parametrize(
    ("levels", "kept", "adoptions", "expected"),
    [
        ((), days(90), 1, "none"),
        (("world", "m49"), days(90), 0, "none"),
        (WIDE, (), 0, "set_up"),
        (WIDE, days(89), 0, "set_up"),
        (WIDE, days(90), 0, "operational"),
        (WIDE, days(90), 2, "adopted"),
        (WIDE, (), 2, "set_up"),
        # 99.5 % of 288 are 286.56.
        (WIDE, days(90, answered=287), 0, "operational"),
        (WIDE, days(90, answered=286), 0, "set_up"),
        (WIDE, days(90, fresh=9), 0, "operational"),
        (WIDE, days(90, inputs=100, fresh=89), 0, "set_up"),
        (WIDE, days(90, inputs=0, fresh=0), 0, "set_up"),
    ],
)
def test_the_step_follows_from_what_was_kept(
    levels: Sequence[str], kept: Sequence[ServiceDay], adoptions: int, expected: str
) -> None:
    assert stage(Service(levels=levels, days=kept), adoptions) == expected


def test_a_check_that_was_not_made_counts_as_one_without_an_answer() -> None:
    half = Service(levels=WIDE, days=days(45))
    assert half.availability == 50.0
    assert Service(levels=WIDE).availability is None


def test_the_newest_share_of_fresh_inputs_has_its_day_and_its_denominator() -> None:
    assert Service(days=days(3, inputs=8, fresh=6)).newest == (LAST, 75.0, 8)
    assert Service(days=days(3, inputs=0, fresh=0)).newest is None


@pytest.mark.parametrize("lang", ["en", "fr", "es"])
def test_the_numbers_behind_the_step_are_said(lang: str) -> None:
    said = note_of("e2_stage", Service(levels=WIDE, days=days(2, answered=280)), (), lang)
    assert said is not None
    for number in ("90", "99.5", "560", "25920", "100.0"):
        assert number in said
    nothing = note_of("e2_stage", Service(levels=WIDE, days=days(1, inputs=0, fresh=0)), (), lang)
    assert nothing is not None
    assert "100.0" not in nothing
    assert note_of("a3_reviews", Service(), (), lang) is None


def test_e1_counts_by_the_required_facts_and_says_how_many_have_all() -> None:
    def tool(owner: str, *missing: str) -> dict[str, object]:
        names = "name owner kind scale gives access validation method depth resolution time_step"
        names += " accuracy cost licence"
        fields = {n: {"value": owner, "source": "x"} for n in names.split() if n not in missing}
        return {"fields": fields}

    tools = [tool("A"), tool("A", "licence"), tool("B", "cost", "accuracy"), tool("C", "method")]
    said = note_of("e1_actors", Service(), tools, "en")
    assert said is not None
    assert "all of the 10 required facts, each with its source: 2 of 3 actors" in said
    assert said.endswith("With all 14 facts: 1.")
