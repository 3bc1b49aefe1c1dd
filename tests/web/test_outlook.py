"""Scenarios fade and stand apart; what could be seen is said in numbers."""

from typing import Any

import pytest

from soc_monitor.model import LANGUAGES
from soc_monitor.web import chart_svg, outlook_view
from soc_monitor.web.i18n import language


def curve(percent: float, gains: list[float]) -> dict[str, Any]:
    before = [0.0, *gains[:-1]]
    return {
        "increase_percent": percent,
        "gap_t_ha": gains[-1],
        "gap_t": gains[-1] * 10,
        "points": [
            {
                "year": 2026 + k,
                "stock_t_ha": 50.0 + gain,
                "gain_t_ha": gain,
                "rate_permille": 1000 * (gain - last) / 50.0,
            }
            for k, (gain, last) in enumerate(zip(gains, before, strict=True))
        ],
    }


BODY = {
    "meta": {"unit": "t C ha-1", "start_year": 2026, "end_year": 2028},
    "data": [curve(0, [0.0, 0.0, 0.0]), curve(20, [0.0, 0.3, 0.4])],
}


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_scenario_fades_and_is_no_forecast(code: str) -> None:
    spec = outlook_view.scenarios(BODY, language(code))
    assert spec is not None
    for said in ("2026", "2028", "20", "6", "2"):
        assert said in spec.summary
    assert [line.points[-1].value for line in spec.lines] == [50.0, 50.4]
    assert {line.data_class for line in spec.lines} == {"inferred"}
    assert "50" in str(chart_svg.figure(spec, "x"))


def test_four_scenarios_of_twenty_years_fill_a_wide_page_too() -> None:
    gains = [0.1 * k for k in range(21)]
    data = [curve(percent, gains) for percent in (0, 5, 10, 20)]
    spec = outlook_view.scenarios({**BODY, "data": data}, language("en"))
    assert spec is not None
    drawn = chart_svg.figure(spec, "x")
    assert [f"0 0 {width} " in drawn for width in (1060, 760, 360)] == [True] * 3
    assert "<circle" not in drawn


def test_where_nothing_is_modelled_there_is_no_scenario() -> None:
    words = language("en")
    assert outlook_view.scenarios({"meta": None, "data": []}, words) is None
    assert outlook_view.scenarios(None, words) is None


def test_what_could_be_seen_is_a_number_or_said_to_be_unknown() -> None:
    words = language("en")
    body = {"least_rate_permille": 5.6, "surveys": [{"years": 10, "paired_sites": 197}]}
    told = outlook_view.detection(body, words)
    assert (told.least, told.sites, told.years) == ("5.60\u00a0‰ a year", "197", 10)
    assert outlook_view.detection(None, words).least == ""


def test_sampled_places_tell_when_a_change_could_be_seen() -> None:
    words = language("en")
    body = {"places": 785, "least_change_t_ha": 1.2, "years_until_detectable": 5.0}
    told = outlook_view.detection(body, words).resampled
    assert "785 places were sampled" in told
    assert "a change of 1.20\u00a0t\u00a0C/ha could be seen" in told
    assert told.endswith("in 5 years.")
    ends = {
        "en": ("1 year.", "1.5 years.", "2 years.", "12 years."),
        "fr": ("1 an.", "1,5 an.", "2 ans.", "12 ans."),
        "es": ("1 año.", "1,5 años.", "2 años.", "12 años."),
    }
    for code, every in ends.items():
        for years, end in zip((1.04, 1.5, 2.0, 12.3), every, strict=True):
            asked = body | {"years_until_detectable": years}
            told = outlook_view.detection(asked, language(code)).resampled
            assert told.endswith(f" {end}"), told
    none = {"places": 0, "least_change_t_ha": None, "years_until_detectable": None}
    assert "no field sample" in outlook_view.detection(none, words).resampled
    assert outlook_view.detection({"places": None}, words).resampled == ""
