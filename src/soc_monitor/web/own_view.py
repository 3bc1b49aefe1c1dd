"""Own view: the page of a reader's own shapes, from the API's answers alone."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from markupsafe import Markup

from soc_monitor.web import change_view, chart, controls, sentences, view
from soc_monitor.web.area_answers import TOTAL_OF
from soc_monitor.web.chart_svg import whisker
from soc_monitor.web.estimate import Shown, show
from soc_monitor.web.i18n import Language
from soc_monitor.web.numbers import number
from soc_monitor.web.own_answers import OwnAnswers
from soc_monitor.web.own_size import cautions, size
from soc_monitor.web.state import Settled, State

OWN = "own"
"""Id of all shapes together, or of the only one."""
MOST_LINES = 6
"""More shapes than this cannot be told apart in a chart over time."""
TONNES = {"Mt": 1e6, "Gt": 1e9}


@dataclass(frozen=True, slots=True)
class Part:
    """One shape of several."""

    line: view.Line
    total: Shown
    size: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnPage:
    """Everything that the templates of own areas need."""

    settled: Settled
    name: str
    title: str
    help: str
    sentence: str
    change: change_view.Change
    meta: dict[str, Any]
    product: dict[str, Any]
    own: Shown
    total: Shown | None
    mean_label: str
    whisker: Markup
    total_whisker: Markup
    size: str
    unit: str
    spec: chart.ChartSpec
    compare: chart.ChartSpec | None
    """Beside the areas that it lies in, and the other shapes; None: the numbers are alone."""
    compare_note: str
    alike: str
    """What products with the same number have in common; empty: no two have the same."""
    products: dict[str, list[Shown]]
    parts: list[Part]
    holders: list[Shown]
    """The areas that hold its middle, the world first."""
    cautions: list[str]
    """What to know before the number is used."""
    legend: list[view.Entry]
    legend_unit: str
    controls: controls.Controls
    lines: list[view.Line]
    """What its map shows."""


def build(read: OwnAnswers, words: Language) -> OwnPage:
    """The page from the API's answers."""
    settled, meta = read.settled, read.numbers["meta"]
    state, indicator = settled.state, dict(settled.indicator)
    title = words.pick(indicator["titles"])
    names = _names(read.numbers["data"], words)
    each = {
        name: [_mean(row, shape, meta, f"{OWN}-{n}", name, words) for row in shape["data"]]
        for n, (name, shape) in enumerate(zip(names, read.numbers["data"], strict=True))
    }
    whole = read.numbers if len(names) == 1 else read.whole
    name = names[0] if len(names) == 1 else _together(len(names), words)
    series = (
        [_mean(row, whole["data"][0], meta, OWN, name, words) for row in whole["data"][0]["data"]]
        if whole
        else []
    )
    own = _newest(series) or show({"area_id": OWN, "area_name": name}, words)
    total = _total(_row_of(whole, own), meta, name, words) if whole else None
    around = [show(row, words) for row in (read.around or {"data": []})["data"]]
    holders = [row for row in around if row.unit == own.unit]
    products = _by_product(read, series if len(names) == 1 else [], each, words)
    entries, legend_unit = view.legend(indicator, state.u, words)
    compare = _compare(own, each, holders, title, words)
    return OwnPage(
        settled=settled,
        name=name,
        title=title,
        help=words.pick(indicator["helps"]),
        sentence=_sentence(own, total, each, title, state, words),
        change=_change(read, name, words),
        meta=meta,
        product=meta["product"],
        own=own,
        total=total,
        mean_label=words.say("On average, one hectare") if state.v in TOTAL_OF else title,
        whisker=_whisker(own),
        total_whisker=_whisker(total),
        size=size(whole["data"][0]["area_ha"] if whole else None, words),
        unit=own.unit,
        spec=_spec(each, series, read, title, words),
        compare=compare,
        compare_note=_compare_note(own, words),
        alike=sentences.alike(_answers(read, whole, words), words),
        products=products,
        parts=[
            _part(shape, one, indicator, meta, state, words)
            for shape, one in zip(read.numbers["data"], each.items(), strict=True)
        ]
        if len(names) > 1
        else [],
        holders=holders,
        cautions=cautions(read, whole, words),
        legend=entries,
        legend_unit=legend_unit,
        controls=controls.controls(settled, read.indicators, words),
        lines=[
            view.line(indicator, _newest(rows) or rows[-1], state.u, "") for rows in each.values()
        ],
    )


def _names(shapes: list[dict[str, Any]], words: Language) -> list[str]:
    """What each shape is called; a number where that says nothing, or is there twice."""
    if len(shapes) == 1:
        return [shapes[0]["name"] or words.say("Your area")]
    given = [str(shape["name"] or "") for shape in shapes]
    return [
        name
        if name and given.count(name) == 1
        else words.say("{n}. {name}", n=n, name=name)
        if name
        else words.say("Shape {n}", n=n)
        for n, name in enumerate(given, 1)
    ]


def _together(n: int, words: Language) -> str:
    return words.say_n(
        "All {n} shape together", "All {n} shapes together", n, n=number(n, words.code, 0)
    )


def _mean(
    row: dict[str, Any],
    shape: dict[str, Any],
    meta: dict[str, Any],
    area: str,
    name: str,
    words: Language,
) -> Shown:
    """One period of a shape, as the rows of published areas are shown."""
    told = {
        **row,
        "area_id": area,
        "area_name": name,
        "value": row["mean"],
        "variable": meta["indicator"],
        "unit": meta["unit"],
        "data_class": meta["data_class"] if row["mean"] is not None else "",
        "product_id": meta["product"]["id"],
        "land_area_ha": shape["area_ha"],
    }
    return show(told, words)


def _newest(rows: list[Shown]) -> Shown | None:
    return next((row for row in reversed(rows) if row.raw is not None), None)


def _row_of(answer: dict[str, Any], own: Shown) -> dict[str, Any]:
    """The row of the API that a number was shown from: the newest that has one."""
    rows: list[dict[str, Any]] = answer["data"][0]["data"]
    start = own.start.isoformat() if own.start else ""
    return next((row for row in rows if row["period_start"] == start), rows[-1])


def _total(row: dict[str, Any], meta: dict[str, Any], name: str, words: Language) -> Shown | None:
    """What the shape holds in all, in the largest unit that leaves a number of some size."""
    value, unit = row["total"], meta["total_unit"]
    if value is None or unit is None:
        return None
    ratio = 1.0
    if unit.startswith("t "):
        prefix, ratio = next(
            ((key, 1 / tonnes) for key, tonnes in reversed(TONNES.items()) if value >= tonnes),
            ("t", 1.0),
        )
        unit = ("Pg" if prefix == "Gt" else prefix) + unit.removeprefix("t")
    told = {
        **row,
        "area_id": OWN,
        "area_name": name,
        "value": value * ratio,
        "variable": meta["indicator"],
        "lower_95": _times(row.get("total_lower_95"), ratio),
        "upper_95": _times(row.get("total_upper_95"), ratio),
        "lower_50": None,
        "upper_50": None,
        "unit": unit,
        "data_class": meta["data_class"],
    }
    return show(told, words)


def _times(value: float | None, ratio: float) -> float | None:
    return None if value is None else value * ratio


def _part(
    shape: dict[str, Any],
    named: tuple[str, list[Shown]],
    indicator: dict[str, Any],
    meta: dict[str, Any],
    state: State,
    words: Language,
) -> Part:
    name, rows = named
    newest = _newest(rows) or rows[-1]
    row = _row_of({"data": [shape]}, newest)
    total = _total(row, meta, name, words) or show({"area_name": name}, words)
    return Part(view.line(indicator, newest, state.u, ""), total, size(shape["area_ha"], words))


def _sentence(
    own: Shown,
    total: Shown | None,
    each: dict[str, list[Shown]],
    title: str,
    state: State,
    words: Language,
) -> str:
    if own.raw is None and any(_newest(rows) for rows in each.values()):
        return words.say("{n} shapes were measured; the table has each of them.", n=len(each))
    if state.v == "stock":
        return sentences.finding(own, total, title, state.d, words)
    if own.base and own.raw is not None:
        return words.say(
            "{area}, {period}: {title}, about {value}, counted from {base}. Of a change no "
            "interval is made for shapes of one’s own.",
            area=own.name,
            period=own.period,
            title=title,
            value=own.full,
            base=own.base,
        )
    return sentences.generic(own, title, words)


def _spec(
    each: dict[str, list[Shown]],
    series: list[Shown],
    read: OwnAnswers,
    title: str,
    words: Language,
) -> chart.ChartSpec:
    """Over time; where the product has one date, the products beside each other."""
    state = read.settled.state
    base = state.base_year if state.v in TOTAL_OF else ""
    if len(each) == 1:
        drawn = each
    elif sum(row.raw is not None for row in series) > 1:
        drawn = {series[0].name: series}
    else:
        drawn = each if len(each) <= MOST_LINES else {}
    dates = max((sum(row.raw is not None for row in rows) for rows in drawn.values()), default=0)
    if dates > 1:
        return chart.over_time(drawn, title, words, base=base)
    own = {str(read.numbers["meta"]["product"]["title"]): series}
    return chart.products(own | _others(read, words), title, words, "")


def _others(read: OwnAnswers, words: Language) -> dict[str, list[Shown]]:
    """Title of every other product to its newest number."""
    return {
        str(answer["meta"]["product"]["title"]): [
            _mean(row, answer["data"][0], answer["meta"], OWN, "", words)
            for row in answer["data"][0]["data"]
        ]
        for answer in read.beside.values()
    }


def _answers(
    read: OwnAnswers, whole: dict[str, Any] | None, words: Language
) -> Iterator[tuple[dict[str, Any], list[Shown]]]:
    """What each product says of all shapes together."""
    for answer in (whole, *read.beside.values()):
        if answer is not None:
            shape, meta = answer["data"][0], answer["meta"]
            yield meta, [_mean(row, shape, meta, OWN, "", words) for row in shape["data"]]


def _by_product(
    read: OwnAnswers, series: list[Shown], each: dict[str, list[Shown]], words: Language
) -> dict[str, list[Shown]]:
    """Heading of the table to its rows: products of one shape, or shapes of one product."""
    if len(each) > 1:
        return each
    own = {str(read.numbers["meta"]["product"]["title"]): series}
    return own | _others(read, words)


def _compare(
    own: Shown,
    each: dict[str, list[Shown]],
    holders: list[Shown],
    title: str,
    words: Language,
) -> chart.ChartSpec | None:
    """The shapes, and the areas that hold them, each a dot with its interval."""
    rows = [(own, "")] if own.raw is not None else []
    if 1 < len(each) <= 2 * MOST_LINES:
        rows += [(newest, "") for one in each.values() if (newest := _newest(one))]
    rows += [(row, f"/{words.code}/soc/{row.area}") for row in reversed(holders)]
    spec = chart.side_by_side(rows, OWN, title, words)
    return spec if len(spec.lines) > 1 else None


def _compare_note(own: Shown, words: Language) -> str:
    if own.interval:
        return words.say("Dot: estimate. Thick line: 50% interval. Thin line: 95% interval.")
    if own.base:
        return words.say("Dot: estimate. Of a change no interval is made for shapes of one’s own.")
    return words.say("Dot: estimate. The source gives no interval.")


def _change(read: OwnAnswers, name: str, words: Language) -> change_view.Change:
    """The plain rate, where the product has one; no state: that is judged of published areas."""
    found = change_view.of_row(None, name, words, dates=len(read.settled.periods))
    if read.rate is None:
        return found
    rows = read.rate["data"][0]["data"]
    shown = _mean(rows[-1], read.rate["data"][0], read.rate["meta"], OWN, name, words)
    if shown.raw is None:
        return found
    reason = words.say("Whether that is more than chance is worked out for published areas alone.")
    return replace(found, shown=shown, word=words.say("no state is given"), reasons=[reason])


def _whisker(row: Shown | None) -> Markup:
    if row is None or row.low is None or row.high is None:
        return Markup("")
    low = min(0.0, row.low)
    return whisker(chart.point(row, row.name), low, row.high * 1.1 if row.high > 0 else 0.0)
