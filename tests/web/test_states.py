"""Home tells the five states where they can be told, and the reason where they cannot."""

from typing import Any

import pytest

from soc_monitor.model import LANGUAGES
from soc_monitor.web import home_states
from soc_monitor.web.i18n import language

NAMES = {"AAA": "Éa", "BBB": "Bé", "CCC": "Cé", "DDD": "Dé"}


def answer(**states: str) -> dict[str, Any]:
    """A map of the rate, one row a country."""

    def row(code: str, state: str) -> dict[str, Any]:
        told = state != "not_assessable"
        return {
            "area_id": code,
            "area_name": NAMES.get(code, code),
            "value": -2.5 if told else None,
            "lower_95": -4.0 if told else None,
            "upper_95": -1.0 if told else None,
            "unit": "permille yr-1",
            "state": state,
            "state_reasons": "" if told else "one_date;no_real_drivers",
            "base_period": "2020",
            "prob_ge_4": 0.01 if told else None,
        }

    return {
        "meta": {"product": {"id": "nowcast", "title": "Nowcast"}, "release": "2026.11.1"},
        "data": [row(code, state) for code, state in states.items()],
        "world": row("WLD", "no_detectable_change"),
    }


@pytest.mark.parametrize("code", LANGUAGES)
def test_countries_stand_by_name_under_their_state_and_none_above_another(code: str) -> None:
    words = language(code)
    told = home_states.build(
        answer(AAA="losing", BBB="losing", CCC="gaining", DDD="not_assessable"), words
    )
    assert (told.assessed, told.total) == (3, 4)
    assert [n for _, _, n in told.counts] == [2, 0, 1, 0, 1]
    (_, losing, more), (_, gaining, _) = told.named
    assert [name for name, _ in losing] == ["Bé", "Éa"]
    assert (more, [href for _, href in gaining]) == (0, [f"/{code}/soc/CCC?src=nowcast"])
    assert len({mark.colour for mark in told.marks}) == 3
    losing_mark = next(mark for mark in told.marks if mark.area == "AAA")
    assert "2,5" in losing_mark.title.replace(".", ",")
    assert told.world.sentence


def test_where_nothing_can_be_told_the_commonest_reasons_are_said() -> None:
    told = home_states.build(answer(AAA="not_assessable", BBB="not_assessable"), language("en"))
    assert told.assessed == 0
    assert told.named == []
    assert len(told.reasons) == 2
    assert "one date" in told.reasons[0]
