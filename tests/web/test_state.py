"""The address is the state: read, settled, written again."""

from dataclasses import fields
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from soc_monitor.web.state import State, read, settle

OFFERS = [
    {"product_id": "tier1", "periods": ["2010"]},
    {"product_id": "debt", "periods": ["1990", "2001/2010", "2010"]},
]
INDICATORS: list[dict[str, Any]] = [
    {
        "id": "soc_stock_0_30cm",
        "v": "stock",
        "d": "0-30",
        "group": "carbon",
        "unit_keys": ["t-ha"],
        "cells": True,
        "products": OFFERS,
    },
    {
        "id": "soc_stock_0_100cm",
        "v": "stock",
        "d": "0-100",
        "group": "carbon",
        "unit_keys": [],
        "cells": True,
        "products": OFFERS,
    },
    {
        "id": "soc_debt_0_30cm",
        "v": "debt",
        "d": "0-30",
        "group": "carbon",
        "unit_keys": [],
        "cells": True,
        "products": OFFERS[1:],
    },
]


def test_defaults_are_left_out_and_keys_stand_in_their_order() -> None:
    assert State().query() == ""
    assert read("t=2010&v=debt&lvl=adm0").query() == "?v=debt&t=2010"


def test_unknown_keys_are_ignored_and_the_first_of_a_repeated_one_holds() -> None:
    assert read("?v=debt&v=stock&nope=1").v == "debt"
    assert read("?v=debt" + "&x=1" * 900 + "&t=2010").query() == "?v=debt"


@given(st.text(max_size=300))
def test_any_query_gives_a_state_that_survives_its_own_address(query: str) -> None:
    found = read(query)
    assert read(found.query()) == found


@given(st.builds(State, *[st.text(max_size=8) for _ in fields(State)]))
def test_any_state_settles_on_what_exists(state: State) -> None:
    settled = settle(state, INDICATORS)
    assert settled.product in {"tier1", "debt"}
    assert settled.period in settled.periods
    assert settled.state.b in {"1990", "2010", "2001/2010", "2020"}
    assert settled.state.sort.lstrip("-") in {"name", "value", "mapped"}
    assert settled.state.view is None
    assert settle(settled.state, INDICATORS).asked == ()


def test_what_does_not_exist_is_replaced_and_said() -> None:
    settled = settle(read("v=stock&src=nope&t=1850"), INDICATORS)
    assert settled.product == "tier1"
    assert [key for key, _, _ in settled.asked] == ["src", "t"]


@pytest.mark.parametrize(
    ("query", "asked"),
    [
        ("b=abc", ("b", "abc", "2020")),
        ("b=²", ("b", "²", "2020")),
        ("b=1850", ("b", "1850", "2020")),
        ("sort=nope", ("sort", "nope", "name")),
        ("ll=91,0&z=5", ("ll", "91,0&z=5", "")),
        ("ll=46,2", ("ll", "46,2&z=", "")),
    ],
)
def test_a_link_that_asks_for_what_does_not_exist_is_told_so(
    query: str, asked: tuple[str, str, str]
) -> None:
    assert settle(read(query), INDICATORS).asked == (asked,)


def test_a_base_is_a_period_or_the_year_of_one() -> None:
    months = [{**INDICATORS[0], "products": [{"product_id": "n", "periods": ["2019-07"]}]}]
    for base in ("2019", "2019-07", "2020"):
        assert settle(read(f"b={base}"), months).state.b == base
    assert settle(read("b=2019-08"), months).state.b == "2020"


def test_a_change_is_counted_from_a_year_that_the_product_offers_before_the_period() -> None:
    offer = {"product_id": "n", "periods": ["2012-12", "2018-01"], "base_years": [2011, 2012, 2017]}
    rate = [{**INDICATORS[0], "v": "rate", "group": "change", "products": [offer]}]
    for year in ("2011", "2012", "2017"):
        assert settle(read(f"v=rate&b={year}"), rate).state.b == year
    assert settle(read("v=rate&b=2016"), rate).asked == (("b", "2016", "2020"),)
    assert settle(read("v=rate&t=2012-12&b=2011"), rate).state.b == "2011"
    assert settle(read("v=rate&t=2012-12&b=2012"), rate).asked == (("b", "2012", "2020"),)


def test_a_base_longer_than_a_year_has_no_year() -> None:
    """The aspiration begins in a year: of ten years none is drawn, and the page stands."""
    state = settle(read("v=debt&b=2001/2010"), INDICATORS).state
    assert state.b == "2001/2010"
    assert state.base_year == ""
    assert settle(read("v=debt&b=2001"), INDICATORS).state.base_year == State().b


def test_latest_is_the_newest_period_of_the_product() -> None:
    assert settle(read("src=debt"), INDICATORS).period == "2010"
    assert settle(read("src=debt&t=1990"), INDICATORS).period == "1990"
