"""Only what is certain is ranked."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from soc_monitor.web import compare_view, explorer_view, view
from soc_monitor.web.documents import rankings
from soc_monitor.web.documents.rankings import rank
from soc_monitor.web.estimate import show
from soc_monitor.web.i18n import language
from soc_monitor.web.view import Line

from .test_cards import plain

WORDS = language("en")


def line(name: str, low: float | None, high: float | None) -> Line:
    row = {"area_id": name, "area_name": name, "value": 1.0, "lower_95": low, "upper_95": high}
    return Line(show(row, WORDS), "#fff", "")


def test_areas_that_overlap_share_their_places() -> None:
    ranked = rank([line("a", 1, 2), line("b", 1.5, 3), line("c", 10, 11)])
    places = {r.line.shown.name: (r.best, r.worst) for r in ranked}
    assert places == {"c": (1, 1), "a": (2, 3), "b": (2, 3)}


def test_what_has_no_interval_has_no_place() -> None:
    assert rank([line("a", None, None)]) == []


def test_by_a_range_nothing_is_ranked_called_doubtful_or_told_apart() -> None:
    listed = {"scale": {"breaks": [5.0], "colours": ["#eee", "#111"]}}

    def told(value: float, error: float | None) -> Line:
        row = {"area_name": "a", "value": value, "lower_95": value - 6, "upper_95": value + 6}
        row |= {"mapped_fraction": 1.0, "std_error": error}
        return view.line(listed, show(row, WORDS), "", "")

    ranged, firm = ([told(value, error) for value in (6.0, 60.0)] for error in (None, 3.0))
    assert [one.doubt for one in (*ranged, *firm)] == [False, False, True, False]
    assert (rank(ranged), len(rank(firm))) == ([], 2)
    compared = [[compare_view.Row(one, "") for one in rows] for rows in (ranged, firm)]
    said = [compare_view.sentence(rows, WORDS) for rows in compared]
    assert "a range, and no interval" in said[0]
    assert "differs from every other" in said[1]
    below = [compare_view.caption(rows, "Title", WORDS) for rows in compared]
    assert ["intervals" in one for one in below] == [False, True]


@given(st.lists(st.tuples(st.floats(-9, 9), st.floats(0, 9)), min_size=1, max_size=12))
def test_an_area_is_put_above_another_only_where_their_intervals_lie_apart(
    pairs: list[tuple[float, float]],
) -> None:
    lines = [line(str(i), low, low + width) for i, (low, width) in enumerate(pairs)]
    for one in rank(lines):
        own = one.line.shown
        others = [r.shown for r in lines if r.shown.name != own.name]
        assert one.best == 1 + sum(o.low > own.high for o in others)  # type: ignore[operator]
        assert one.worst == len(lines) - sum(o.high < own.low for o in others)  # type: ignore[operator]


def lead_of(page: str) -> str:
    return plain(page[page.index('<p class="lead">') : page.index('<ul class="tags">')])


def test_a_change_that_is_not_assessable_has_no_place(told_site: TestClient) -> None:
    page = told_site.get("/en/rankings?v=rate&src=soil_carbon_debt&lvl=adm1&parent=WLD").text
    table = page[page.index('<table id="table"') : page.index("</table>")]
    assert "West Azure" in table
    assert "Strait Far" in table
    assert "Strait East" not in table, "an input of it is too old"
    assert "East, " not in table, "too little of it is mapped"
    assert "2 areas have no place" in plain(page)
    assert "or its change is not assessable" in plain(page)
    assert lead_of(page).strip().startswith("Of 2 areas")


def test_what_is_mapped_by_less_than_half_has_no_place(site: TestClient) -> None:
    page = site.get("/en/rankings?lvl=adm1").text
    table = page[page.index('<table id="table"') : page.index("</table>")]
    assert "West Azure" in table
    assert "East, " not in table
    assert "1 area has no place: less than half of it has an estimate." in plain(page), "no change"


def test_more_areas_than_a_table_holds_are_counted_all_the_same(
    site: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (explorer_view, rankings):
        monkeypatch.setattr(module, "MOST_ROWS", 2)
    page = site.get("/en/rankings?lvl=adm1&sort=-name").text
    assert lead_of(page).strip().startswith("Of 3 areas")
    assert page[page.index('<table id="table"') :].count('<th scope="row"') == 2
    assert "The first 2 of 3 areas" in plain(page)
