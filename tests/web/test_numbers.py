"""Numbers as each language writes them."""

from datetime import date

import pytest

from soc_monitor.web import numbers


@pytest.mark.parametrize(
    ("code", "text"),
    [("en", "1,234,567.8"), ("fr", "1\u202f234\u202f567,8"), ("es", "1.234.567,8")],
)
def test_large_numbers_are_grouped_as_the_language_does(code: str, text: str) -> None:
    assert numbers.number(1234567.8, code, 1) == text


def test_spanish_groups_nothing_below_ten_thousand() -> None:
    assert numbers.number(1234, "es", 0) == "1234"
    assert numbers.number(12345, "es", 0) == "12.345"


def test_minus_is_a_minus_and_a_missing_number_a_dash() -> None:
    assert numbers.number(-6.6, "fr", 1) == "\u22126,6"
    assert numbers.number(None, "fr") == "–"
    assert numbers.number(float("nan"), "fr") == "–"


def test_what_rounds_to_zero_has_no_sign() -> None:
    assert numbers.number(-0.04, "en", 1) == "0.0"


@pytest.mark.parametrize(("code", "text"), [("en", "7%"), ("fr", "7\u00a0%"), ("es", "7\u00a0%")])
def test_percentages_keep_their_sign_on_the_line(code: str, text: str) -> None:
    assert numbers.percent(0.066, code) == text


def test_a_share_is_never_rounded_to_all_or_nothing() -> None:
    assert numbers.percent(0.9951, "en") == "99%"
    assert numbers.percent(0.0004, "en") == "<\u00a01%"
    assert numbers.percent(1.0, "en") == "100%"
    assert numbers.percent(0.0, "en") == "0%"


@pytest.mark.parametrize(
    ("value", "low", "high", "shown"),
    [
        (62.43, 53.2, 71.0, "62.4"),
        (62.43, 5.0, 120.0, "62"),
        (530.2, 0.0, 1160.0, "530"),
        (1234.0, 1100.0, 1400.0, "1,230"),
        (9.996, 9.99, 10.0, "10.0"),
        (0.1, -3.2, 5.0, "0.1"),
    ],
)
def test_no_more_digits_than_the_interval_supports(
    value: float, low: float, high: float, shown: str
) -> None:
    assert numbers.number(value, "en", numbers.places(value, low, high)) == shown


def test_dates_are_written_as_people_do() -> None:
    when = date(2026, 11, 22)
    assert [numbers.day(when, code) for code in ("en", "fr", "es")] == [
        "22 Nov 2026",
        "22 nov. 2026",
        "22 nov 2026",
    ]


def test_carbon_numbers_say_c() -> None:
    for unit in ("t C ha-1", "kg C m-2", "Pg C", "Mt C"):
        assert " C" in numbers.unit(unit, "en")
