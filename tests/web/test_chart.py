"""One description, many drawings: the same numbers in every one of them."""

import re
from dataclasses import replace
from typing import Any

import pytest

from soc_monitor.web import chart, chart_axis, chart_plotly, chart_svg, plan_chart
from soc_monitor.web.estimate import Shown, show
from soc_monitor.web.i18n import language

WORDS = language("fr")


def row(period: str, value: float | None, **more: Any) -> Shown:
    names = ("lower_95", "upper_95", "lower_50", "upper_50")
    bands: dict[str, float | None] = dict.fromkeys(names)
    if value is not None and more.pop("sure", True):
        bands = {
            "lower_95": value - 8,
            "upper_95": value + 8,
            "lower_50": value - 3,
            "upper_50": value + 3,
        }
    return show(
        {
            "area_id": more.get("area", "FRA"),
            "area_name": more.get("name", "France"),
            "period": period,
            "value": value,
            "unit": "t C ha-1",
            "data_class": "modelled",
            **bands,
        },
        WORDS,
    )


TIME = chart.over_time(
    {
        "One": [row("1990", 60.0), row("2000", None), row("2010", 58.0), row("2020", 57.0)],
        "Two": [row("1990", 70.0, sure=False), row("2020", 71.5, sure=False)],
    },
    "Stock",
    WORDS,
)
COMPARE = chart.side_by_side(
    [(row("2010", 60.0), "/fr/soc/FRA"), (row("2010", 50.0, area="ESP", name="<Espagne>"), "/x")],
    "FRA",
    "Stock",
    WORDS,
)


def _kpi(**more: Any) -> dict[str, Any]:
    level = {"value": None, "upper": None, "stage": None, "op": ">=", "stage_label": None}
    return {
        "label": "Budget",
        "kind": "count",
        "unit": "projects",
        "stages": [],
        "interim": [],
        "baseline": {"value": 5.0, "upper": 10.0, "stage": None, "as_of": "2020"},
        "levels": {
            "2030": {**level, "value": 10.0, "upper": 20.0, "due": "2030-12-31"},
            "2050": {**level, "value": 50.0, "due": "2050-12-31"},
        },
        **more,
    }


def _plan_value(period: str, **more: Any) -> dict[str, Any]:
    told = {"value": None, "stage": None, "denominator": None, "data_class": "reported"}
    return {"period": period, **told, **more}


PLAN = plan_chart.spec(_kpi(), [_plan_value("2024", value=8.0)], WORDS)
STEPS = plan_chart.spec(
    _kpi(
        kind="stage",
        unit="stage",
        stages=[{"code": c, "label": f"<{c}>"} for c in ("none", "begun", "done")],
        baseline={
            "value": None,
            "upper": None,
            "stage": "begun",
            "stage_label": "<begun>",
            "as_of": "2020",
        },
        levels={
            year: {
                "value": None,
                "upper": None,
                "stage": "done",
                "op": "milestone",
                "stage_label": "<done>",
                "due": f"{year}-12-31",
            }
            for year in ("2030", "2050")
        },
    ),
    [_plan_value("2026-11-22", stage="begun")],
    WORDS,
)


def test_the_way_of_a_plan_stands_at_its_dates_and_its_lower_ends() -> None:
    values, way = PLAN.lines
    assert [(p.at, p.value) for p in values.points] == [(2024.0, 8.0)]
    assert [(p.at, p.value, p.high) for p in way.points] == [
        (2020.0, 5.0, 10.0),
        (2030.5, 10.0, 20.0),
        (2050.5, 50.0, None),
    ]
    assert PLAN.tabled == PLAN.lines, "levels are in the table"
    assert PLAN.span == (0.0, 50.0)
    assert chart_svg.figure(PLAN, "c").count('class="range"') == 2


def test_steps_are_named_on_their_axis() -> None:
    assert [p.value for p in STEPS.lines[0].points] == [1.0]
    assert [p.value for p in STEPS.lines[1].points] == [1.0, 2.0, 2.0]
    assert "&lt;done&gt;" in chart_svg.figure(STEPS, "c")
    axis = chart_plotly.figure(STEPS).layout.yaxis
    assert list(axis.ticktext) == ["<none>", "<begun>", "<done>"]


@pytest.mark.parametrize("spec", [TIME, COMPARE, PLAN, STEPS])
def test_svg_and_plotly_draw_the_same_numbers(spec: chart.ChartSpec) -> None:
    wanted = {p.text for line in spec.lines for p in line.points if p.value is not None}
    svg = chart_svg.figure(spec, "c").unescape()
    drawn = chart_plotly.figure(spec)
    hover = {text for trace in drawn.data for text in (trace.text or ()) if text != "–"}
    assert hover == wanted
    for text in wanted:
        assert text in svg


def test_values_stand_where_they_belong_in_both() -> None:
    plotted = [trace for trace in chart_plotly.figure(TIME).data if trace.mode == "lines+markers"]
    assert [list(trace.y) for trace in plotted] == [[60.0, None, 58.0, 57.0], [70.0, 71.5]]
    heights = [float(y) for y in re.findall(r'class="dot" cx="[\d.]+" cy="([\d.]+)"', svg_wide())]
    assert heights[0] > heights[3], "70 stands above 60"


def svg_wide() -> str:
    return str(chart_svg.figure(TIME, "c")).split("</svg>")[0]


def test_a_gap_is_never_joined() -> None:
    lines = re.findall(r'<polyline class="curve" points="([^"]*)"', svg_wide())
    assert [len(line.split()) for line in lines] == [1, 2, 2]
    assert all(not t.connectgaps for t in chart_plotly.figure(TIME).data if t.mode != "lines")


def test_bands_are_drawn_only_where_there_is_an_interval() -> None:
    assert svg_wide().count('class="b95"') == 1
    assert svg_wide().count('class="b50"') == 1


def test_a_single_value_has_its_interval_as_a_bar() -> None:
    spec = chart.over_time({"One": [row("2010", 60.0)]}, "Stock", WORDS)
    assert 'class="bar"' in chart_svg.figure(spec, "c")


def test_a_small_change_looks_small() -> None:
    low, high = chart.over_time(
        {"One": [row("1990", 70.0, sure=False), row("2010", 69.0, sure=False)]}, "Stock", WORDS
    ).span
    assert high - low > 20


def test_names_cannot_bring_markup() -> None:
    assert "<Espagne>" not in chart_svg.figure(COMPARE, "c")


def test_the_drawing_says_what_it_shows() -> None:
    svg = chart_svg.figure(COMPARE, "c")
    assert svg.count('role="group"') == 3, "it has links"
    assert chart_svg.figure(TIME, "c").count('role="img"') == 3
    idents = re.findall(r'<title id="([^"]+)"', svg)
    assert len(set(idents)) == 3
    assert "intervalles à 95\u00a0%" in svg


def test_nothing_is_drawn_where_there_is_nothing() -> None:
    spec = chart.over_time({"One": [row("2010", None)]}, "Stock", WORDS)
    assert chart_svg.figure(spec, "c") == ""


@pytest.mark.parametrize(
    ("low", "high"), [(0.0, 95.0), (-3.0, 5.0), (55.0, 77.0), (0.0, 0.004), (0.0, 1160.0)]
)
def test_ticks_are_round_and_hold_the_range(low: float, high: float) -> None:
    marks = chart_axis.ticks(low, high)
    assert marks[0] <= low
    assert marks[-1] >= high
    assert 3 <= len(marks) <= 9


PRODUCTS = chart.products(
    {
        "A default estimate with a name that takes more than one row beside its dot": [
            row("1990", 60.0),
            row("2010", 58.0),
        ],
        "Another": [row("2020", 61.0, sure=False), row("2021", None)],
        "Empty": [row("2010", None)],
    },
    "Stock",
    WORDS,
    "/fr/soc/FRA?src={product}",
)


def test_products_stand_beside_each_other_with_their_newest_number() -> None:
    assert PRODUCTS.kind is chart.Kind.COMPARE
    assert [line.points[0].value for line in PRODUCTS.lines] == [58.0, 61.0]
    first, second = (line.name for line in PRODUCTS.lines)
    assert first.startswith("2010")
    assert second.startswith("2020")
    wide, narrow = str(chart_svg.figure(PRODUCTS, "p")).split("</svg>")[:2]
    assert "polyline" not in wide, "what differs between products is no line through time"
    for drawn in (wide, narrow):
        assert "58,0" in drawn
        assert "61,0" in drawn
        assert "Another" in drawn


def test_every_dot_has_its_number_and_its_interval_written_beside_it() -> None:
    for drawn in str(chart_svg.figure(COMPARE, "c")).split("</svg>")[:3]:
        written = re.findall(r'<text class="value[^>]*>([^<]*)</text>', drawn)
        assert written == ["60,0 (52,0\u00a0à\u00a068,0)", "50,0 (42,0\u00a0à\u00a058,0)"]


DEBT = chart.over_time(
    {"One": [row(year, 70.0) for year in ("900", "1800", "1910", "1990", "2010")]}, "Stock", WORDS
)


def test_one_date_of_a_far_past_does_not_press_the_others_together() -> None:
    assert DEBT.far == 900
    assert TIME.far is None
    place = chart_axis.placed(DEBT)
    assert place(1800) == 1800
    assert 1750 < place(900) < 1800
    assert [text for _, text in chart_axis.time_marks(DEBT, 8)][:2] == ["900", "1800"]
    assert "900" in DEBT.summary.rpartition("interrompu")[2], "readers are told"
    svg = str(chart_svg.figure(DEBT, "d")).split("</svg>")[0]
    lines = re.findall(r'<polyline class="curve" points="([^"]*)"', svg)
    assert [len(line.split()) for line in lines] == [1, 4], "years left out are never joined"
    assert svg.count('class="bar"') == 1, "the interval of the one before the break"
    assert svg.count('class="break"') == 2
    traces = [t for t in chart_plotly.figure(DEBT).data if t.mode == "lines+markers"]
    assert [t.x[0] for t in traces] == [1800, place(900)]


def _changes(n: int) -> chart.ChartSpec:
    """Changes of years, of which the middle third is not assessable and the last provisional."""
    points = tuple(
        chart.Point(
            label=str(year),
            value=1.0,
            low=0.0,
            high=2.0,
            low_50=0.5,
            high_50=1.5,
            at=float(year),
            untold=n // 3 <= year - 2000 < 2 * n // 3,
            provisional=year - 2000 >= 2 * n // 3,
        )
        for year in range(2000, 2000 + n)
    )
    lines = (chart.Line(name="One", points=points),)
    return chart.ChartSpec(
        kind=chart.Kind.TIME, title="Rate", unit="", lines=lines, summary="", code="en"
    )


@pytest.mark.parametrize("n", [6, 61])
def test_what_is_not_assessable_or_may_move_is_drawn_so_however_many_points_there_are(
    n: int,
) -> None:
    spec = _changes(n)
    svg = str(chart_svg.figure(spec, "c")).split("</svg>")[0]
    assert (svg.count("<circle") == 0) is (n > chart_svg.MOST_DOTS)
    curves = re.findall(r'<polyline class="([^"]*)" points="([^"]*)"', svg)
    lengths = [len(points.split()) for _, points in curves]
    assert [css for css, _ in curves] == [
        "curve",
        "curve untold",
        "curve provisional untold",
        "curve provisional",
    ]
    assert sum(length - 1 for length in lengths) == n - 1, "every two neighbours are joined"
    first, last = n // 3, n - 2 * n // 3
    bands = re.findall(r'<polygon class="b95" points="([^"]*)"', svg)
    assert [len(band.split()) for band in bands] == [2 * first, 2 * last], "none in the middle"

    drawn = chart_plotly.figure(spec).data
    joined = [t for t in drawn if t.name == "One"]
    assert [len(t.x) for t in joined] == lengths
    own, grey = chart_plotly.LIGHT[0], chart_plotly.UNTOLD
    assert [t.line.color for t in joined] == [own, grey, grey, own]
    assert [t.line.dash for t in joined] == ["solid", "solid"] + 2 * [chart_plotly.PROVISIONAL]
    assert [len(t.x) for t in drawn if t.fill == "toself"] == 2 * [2 * first, 2 * last]


def test_an_interval_of_what_is_not_assessable_is_grey() -> None:
    (line,) = _changes(6).lines
    row = chart.Line(name="One", points=(line.points[2],), strong=True)
    spec = replace(_changes(6), kind=chart.Kind.COMPARE, lines=(row,))
    (trace,) = chart_plotly.figure(spec).data
    assert trace.error_x.color == trace.marker.color == chart_plotly.UNTOLD
    (trace,) = chart_plotly.figure(replace(spec, kind=chart.Kind.TIME)).data
    assert trace.error_y.color == chart_plotly.UNTOLD
    assert 'class="bar untold"' in chart_svg.figure(replace(spec, kind=chart.Kind.TIME), "c")


def test_small_charts_share_their_axis() -> None:
    small = chart.small(TIME)
    assert [one.lines[0].name for one in small] == ["One", "Two"]
    assert {one.span for one in small} == {TIME.span}


def _of_months(first: int, count: int) -> chart.Line:
    """Months from one of 2020 on; the stock rises by 1 a month."""
    number = [first - 1 + k for k in range(count)]
    points = tuple(
        chart.Point(
            label=f"{2020 + n // 12}-{n % 12 + 1:02}", value=60.0 + n, at=2020 + (n + 0.5) / 12
        )
        for n in number
    )
    return chart.Line(name="One", points=points)


def test_the_line_of_the_aspiration_begins_at_a_whole_year_or_not_at_all() -> None:
    (line,) = chart.aspiration(_of_months(1, 30), "2020", WORDS)
    assert line.points[0].value == 65.5
    assert chart.aspiration(_of_months(12, 30), "2020", WORDS) == ()
    assert chart.aspiration(_of_months(2, 30), "2020", WORDS) == ()
    of_years = chart.Line(
        name="One",
        points=tuple(chart.Point(label=str(y), value=60.0, at=float(y)) for y in (2020, 2025)),
    )
    (line,) = chart.aspiration(of_years, "2020", WORDS)
    assert line.points[1].value == pytest.approx(61.2)


@pytest.mark.parametrize("spec", [TIME, COMPARE, PLAN, STEPS])
def test_whole_coordinates_are_written_as_such(spec: chart.ChartSpec) -> None:
    """Bytes of every page with a chart: "51.0" is "51", and no number has a long tail."""
    drawn = re.sub(r"<title.*?</title>|>[^<]+<", "", str(chart_svg.figure(spec, "c")))
    assert re.findall(r"\d+\.0\b|\d\.\d\d+", drawn) == []
