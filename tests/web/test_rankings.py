"""Only what is certain is ranked."""

from hypothesis import given
from hypothesis import strategies as st

from soc_monitor.web.documents.rankings import rank
from soc_monitor.web.estimate import show
from soc_monitor.web.i18n import language
from soc_monitor.web.view import Line

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
