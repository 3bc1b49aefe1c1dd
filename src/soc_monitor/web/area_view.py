"""Area page: what it shows for an area and a state, gathered from the API alone."""

import asyncio
from dataclasses import dataclass, replace
from typing import Any

from markupsafe import Markup

from soc_monitor.model import WORLD
from soc_monitor.web import chart, sentences, view, worldmap
from soc_monitor.web.chart_svg import whisker
from soc_monitor.web.client import ApiProblem, Client
from soc_monitor.web.estimate import Shown, level_word, show
from soc_monitor.web.i18n import Language, plain
from soc_monitor.web.numbers import number
from soc_monitor.web.outlines import area_shapes
from soc_monitor.web.state import Settled, State, settle

TOTAL_OF = {"stock": "total", "debt": "debt-total"}
"""Variable per hectare to the one of the whole area."""
MOST_SIBLINGS = 12
"""More areas than this beside each other cannot be told apart in a chart."""
INSIDE = {"world": "m49", "m49": "adm0", "adm0": "adm1"}
"""Level of an area to the level of its parts, where they are not of its own level."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaPage:
    """Everything that the area page's templates need."""

    settled: Settled
    area: str
    level: str
    bbox: list[float] | None
    name: str
    path: list[dict[str, Any]]
    keep: str
    """Query that keeps the variable when going to another area."""
    meta: dict[str, Any]
    product: dict[str, Any]
    title: str
    help: str
    sentence: str
    change: str
    own: Shown
    total: Shown | None
    mean_label: str
    whisker: Markup
    total_whisker: Markup
    land: str
    unit: str
    spec: chart.ChartSpec | None
    """Over time; None: there is a single period."""
    compare: chart.ChartSpec
    compare_note: str
    map_note: str
    map_level: str
    """Level of the areas drawn; empty: the area alone."""
    map_lines: list[view.Line]
    legend: list[view.Entry]
    legend_unit: str
    controls: view.Controls
    columns: list[view.Column]
    rows: list[view.Line]
    chosen: str
    products: dict[str, list[Shown]]
    foot: str
    links: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """The API's answers for one page."""

    indicators: list[dict[str, Any]]
    settled: Settled
    area: dict[str, Any]
    children: list[dict[str, Any]]
    siblings: list[dict[str, Any]]
    series: dict[str, dict[str, Any]]
    """Product to its series of the area."""
    beside: dict[str, Any]
    inside: dict[str, Any] | None
    total: dict[str, Any] | None


async def gather(api: Client, words: Language, area_id: str, state: State) -> AreaPage:
    """The page of an area in a state.

    Raises:
        ApiProblem: there is no such area, or the API cannot answer.
    """
    return build(await _read(api, words, area_id, state), words)


async def _read(api: Client, words: Language, area_id: str, state: State) -> _Read:
    labels = words.code
    area, listed = await asyncio.gather(
        api.get(f"/areas/{area_id}", labels=labels), api.get("/indicators", labels=labels)
    )
    indicators = listed["data"]
    settled = settle(state, (i for i in indicators if i["products"]))
    keys = _keys(settled, labels)
    parent = area["parent"]
    children, siblings = await asyncio.gather(
        _areas(api, area_id, labels), _areas(api, parent, labels) if parent else _none()
    )
    level = _map_level(area)
    offers = [str(p["product_id"]) for p in settled.indicator["products"]]  # type: ignore[attr-defined]
    named = [area_id, *(a["id"] for a in reversed(area["path"]))]
    named += [a["id"] for a in _few(siblings or children) if a["id"] not in named]
    answers = await asyncio.gather(
        api.get("/series.json", area="~".join(named), t=settled.period, **keys),
        api.get("/map.json", lvl=level, parent=area_id, t=settled.period, **keys)
        if level
        else _none(),
        _total(api, settled, area_id, keys),
        *(api.get("/series.json", area=area_id, **{**keys, "src": p}) for p in offers),
    )
    return _Read(
        indicators=indicators,
        settled=settled,
        area=area,
        children=children,
        siblings=siblings,
        series=dict(zip(offers, answers[3:], strict=True)),
        beside=answers[0],
        inside=answers[1] or None,
        total=answers[2],
    )


async def _none() -> Any:
    return []


async def _areas(api: Client, parent: str, labels: str) -> list[dict[str, Any]]:
    answer = await api.get("/areas", parent=parent, labels=labels)
    found: list[dict[str, Any]] = answer["data"]
    return found


def _keys(settled: Settled, labels: str) -> dict[str, str]:
    state = settled.state
    rel = "" if state.rel == "latest" else state.rel
    return {
        "v": state.v,
        "d": state.d,
        "src": settled.product,
        "u": state.u,
        "rel": rel,
        "labels": labels,
    }


def _map_level(area: dict[str, Any]) -> str:
    counts = area["children_count"]
    wanted = "adm0" if area["level"] in {"world", "m49"} else INSIDE.get(area["level"], "")
    return wanted if counts.get(wanted) else ""


def _few(areas: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return areas if len(areas) <= MOST_SIBLINGS else []


async def _total(
    api: Client, settled: Settled, area_id: str, keys: dict[str, str]
) -> dict[str, Any] | None:
    """The number of the whole area; in Mt where Gt would be a small fraction."""
    variable = TOTAL_OF.get(settled.state.v)
    if variable is None or not settled.period:
        return None
    keys = {**keys, "v": variable, "u": "Pg"}
    try:
        answer = await api.get("/series.json", area=area_id, t=settled.period, **keys)
        rows = answer["data"]
        if rows and rows[0]["value"] is not None and abs(rows[0]["value"]) < 0.1:
            keys["u"] = "Mt"
            answer = await api.get("/series.json", area=area_id, t=settled.period, **keys)
    except ApiProblem as problem:
        if problem.status >= 500:
            raise
        return None  # A product may have the one number without the other.
    found: dict[str, Any] | None = answer["data"][0] if answer["data"] else None
    return found


# --- from answers to a page --------------------------------------------------------------------


def build(read: _Read, words: Language) -> AreaPage:
    """The page from the API's answers."""
    settled, area = read.settled, read.area
    state, indicator = settled.state, dict(settled.indicator)
    title = words.pick(indicator["titles"])
    meta = read.beside["meta"]
    keep = replace(State(), v=state.v, d=state.d, u=state.u, src=state.src, rel=state.rel).query()
    beside = {row["area_id"]: show(row, words) for row in read.beside["data"]}
    own = beside.get(area["id"]) or _empty(area, words)
    total = show(read.total, words) if read.total else None
    entries, unit = view.legend(indicator, state.u, words)
    products = _by_product(read, words)
    map_lines = _lines(read.inside["data"] if read.inside else [], read, words, keep)
    if not map_lines:
        map_lines = [view.Line(own, _colour(indicator, own, state.u), "")]
    inside = {child["id"] for child in read.children}
    rows = [line for line in map_lines if line.shown.area in inside]
    several = {name: kept for name, kept in products.items() if len(kept) > 1}
    path = f"/{words.code}/soc/{area['id']}"
    return AreaPage(
        settled=settled,
        area=area["id"],
        level=area["level"],
        bbox=area["bbox"],
        name=area["name"],
        path=area["path"],
        keep=keep,
        meta=meta,
        product=meta["product"],
        title=title,
        help=words.pick(indicator["helps"]),
        sentence=_sentence(own, total, title, state, words),
        change=sentences.change_not_assessed(words),
        own=own,
        total=total,
        mean_label=words.say("On average, one hectare") if state.v in TOTAL_OF else title,
        whisker=_whisker(own),
        total_whisker=_whisker(total),
        land=_million_ha(own, words),
        unit=unit,
        spec=chart.over_time(several, title, words) if several else None,
        compare=_compare(read, beside, keep, title, words),
        compare_note=words.say("Dot: estimate. Thick line: 50% interval. Thin line: 95% interval."),
        map_note=_map_note(area, words),
        map_level=_map_level(area),
        map_lines=map_lines,
        legend=entries,
        legend_unit=unit,
        controls=view.controls(settled, read.indicators, words),
        columns=view.columns(state, unit, words, path),
        rows=view.sort_lines(rows, state.sort),
        chosen="",
        products=products,
        foot=f"{meta['product']['title']} · {meta['product']['licence']}",
        links=_links(settled, area["id"]),
    )


def _empty(area: dict[str, Any], words: Language) -> Shown:
    return show({"area_id": area["id"], "area_name": area["name"]}, words)


def _colour(indicator: dict[str, Any], row: Shown, key: str) -> str:
    own = view.in_own_unit(indicator, row.raw, key)
    return view.colour(view.scale_of(indicator), own)


def _lines(rows: list[dict[str, Any]], read: _Read, words: Language, keep: str) -> list[view.Line]:
    indicator, key = dict(read.settled.indicator), read.settled.state.u
    shown = [show(row, words) for row in rows]
    return [
        view.Line(row, _colour(indicator, row, key), f"/{words.code}/soc/{row.area}{keep}")
        for row in shown
    ]


def _by_product(read: _Read, words: Language) -> dict[str, list[Shown]]:
    """Title of the product to its series; the one shown stands first."""
    own = read.settled.product
    ordered = sorted(read.series.items(), key=lambda pair: pair[0] != own)
    return {
        str(answer["meta"]["product"]["title"]): [show(row, words) for row in answer["data"]]
        for _, answer in ordered
    }


def _compare(
    read: _Read, beside: dict[str, Shown], keep: str, title: str, words: Language
) -> chart.ChartSpec:
    """The area, what it is a part of, and the areas next to it in its region."""
    own = read.area["id"]
    above = [a["id"] for a in reversed(read.area["path"])]
    others = [a for a in _few(read.siblings or read.children) if a["id"] not in {own, *above}]
    order = [own, *above, *(a["id"] for a in sorted(others, key=lambda a: plain(a["name"])))]
    rows = [(beside[code], f"/{words.code}/soc/{code}{keep}") for code in order if code in beside]
    return chart.side_by_side(rows, own, title, words)


def _sentence(own: Shown, total: Shown | None, title: str, state: State, words: Language) -> str:
    if state.v == "stock":
        return sentences.finding(own, total, title, state.d, words)
    return sentences.generic(own, title, words)


def _whisker(row: Shown | None) -> Markup:
    if row is None or row.low is None or row.high is None:
        return Markup("")
    low = min(0.0, row.low)
    return whisker(chart.point(row, row.name), low, row.high * 1.1 if row.high > 0 else 0.0)


def _million_ha(row: Shown, words: Language) -> str:
    return number(None if row.land_ha is None else row.land_ha / 1e6, words.code)


def _map_note(area: dict[str, Any], words: Language) -> str:
    level = _map_level(area)
    if area["id"] == WORLD:
        return words.say("Countries. An equal-area map.")
    if level:
        return words.say(
            "{level}. Parts far from the main body are in the table, not on the map.",
            level=level_word(level, words),
        )
    return words.say("An equal-area map.")


def _links(settled: Settled, area: str) -> dict[str, str]:
    state = settled.state
    keys = f"?area={area}&v={state.v}&d={state.d}&src={settled.product}"
    keys += f"&u={state.u}" if state.u else ""
    return {"CSV": f"/api/v1/series.csv{keys}", "JSON": f"/api/v1/series.json{keys}"}


async def drawing(api: Client, shown: AreaPage, words: Language) -> Markup | None:
    """The map of the first layer."""
    shapes = await area_shapes(api, shown.area, shown.map_level)
    if shapes is None:
        return None
    marks = [
        worldmap.Mark(line.shown.area, line.colour, sentences.on_map(line.shown, words), line.href)
        for line in sorted(shown.map_lines, key=lambda line: plain(line.shown.name))
    ]
    return worldmap.svg(shapes, marks, name=shown.name, summary_id="map-about")
