"""What is said of a change: five states, in three languages, and why none can be told."""

from typing import Any

import pytest

from soc_monitor.model import LANGUAGES
from soc_monitor.web import change_view
from soc_monitor.web.change_words import reasons
from soc_monitor.web.estimate import show
from soc_monitor.web.i18n import language

SAID = {
    "above_4": ("above the aspiration", "au-dessus de l’aspiration", "por encima de la aspiración"),
    "gaining": ("gaining", "en hausse", "en aumento"),
    "no_detectable_change": (
        "no detectable change",
        "pas de changement détectable",
        "sin cambio detectable",
    ),
    "losing": ("losing", "en baisse", "en descenso"),
}


def row(state: str, **more: Any) -> dict[str, Any]:
    return {
        "area_id": "FRA",
        "value": 0.9,
        "unit": "permille yr-1",
        "lower_95": -3.2,
        "upper_95": 5.0,
        "state": state,
        "prob_ge_4": 0.071,
        "base_period": "2020",
        **more,
    }


def test_a_gain_has_its_plus_as_a_loss_has_its_minus_and_a_stock_has_neither() -> None:
    told = show(row("gaining", variable="soc_rate_0_30cm"), language("en"))
    assert (told.value, told.interval.replace("\u00a0", " ")) == ("+0.9", "\u22123.2 to +5.0")
    assert show(row("", variable="soc_stock_0_30cm"), language("en")).value == "0.9"


@pytest.mark.parametrize("state", SAID)
@pytest.mark.parametrize("place", range(3))
def test_each_state_has_its_sentence_with_number_doubt_and_chance(state: str, place: int) -> None:
    code = LANGUAGES[place]
    told = change_view.of_row(row(state), "France", language(code))
    assert SAID[state][place] in told.sentence
    assert "2020" in told.sentence
    assert told.shown is not None
    assert told.shown.full in told.sentence
    assert told.shown.interval in told.sentence
    assert "14" in told.sentence, "about 1 in 14"
    assert "stable" not in told.sentence
    assert told.mark
    assert told.reasons == []


@pytest.mark.parametrize("code", LANGUAGES)
def test_what_cannot_be_assessed_says_why_and_claims_nothing(code: str) -> None:
    words = language(code)
    for found in (None, row("not_assessable", state_reasons="no_real_drivers;no_samples")):
        told = change_view.of_row(found, "France", words)
        assert told.sentence == ""
        assert told.reasons
        assert told.mark == "–"
    known = reasons(words)
    assert change_view.of_row(None, "F", words).reasons == [known["one_date"]]
    assert change_view.of_row(None, "F", words, dates=7).reasons == [known["no_interval"]]
    told = change_view.of_row(row("not_assessable", state_reasons="stale_input"), "F", words)
    assert told.reasons == [known["stale_input"]]
