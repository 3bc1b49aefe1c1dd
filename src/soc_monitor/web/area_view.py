"""Area page: what it shows for an area and a state, gathered from the API alone."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from markupsafe import Markup

from soc_monitor.model import WORLD
from soc_monitor.web import (
    change_view,
    chart,
    controls,
    health_view,
    outlook_view,
    sentences,
    view,
    worldmap,
)
from soc_monitor.web.area_answers import TOTAL_OF, Answers, ask, few, map_level
from soc_monitor.web.chart_svg import whisker
from soc_monitor.web.client import Client
from soc_monitor.web.estimate import Shown, level_word, show
from soc_monitor.web.files import SERIES_FILES
from soc_monitor.web.i18n import Language, plain
from soc_monitor.web.input_notes import InputNotes, anew_notes, input_notes
from soc_monitor.web.left_out import left_out
from soc_monitor.web.numbers import day, number, percent
from soc_monitor.web.outline_notes import outline_note
from soc_monitor.web.outlines import area_shapes, pinned
from soc_monitor.web.state import Settled, State, based


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
    change: change_view.Change
    health: list[health_view.Health]
    health_finding: str
    """How many of them stand outside of what is usual; empty: of none it can be said."""
    inputs: list[dict[str, Any]]
    anew: list[str]
    """What is said of products that are being made anew."""
    notes: InputNotes
    """What is said of inputs that are late, or whose last attempt failed."""
    months: str
    """How many months of the nowcast are real, in a sentence; empty for other products."""
    left_out: str
    """What land the nowcast is not run on; empty for other products."""
    measured: str
    """Measured share of the information; empty: no samples play a part."""
    detection: outlook_view.Detection
    scenarios: chart.ChartSpec | None
    """What more plant input would bring; None: nothing is modelled here."""
    own: Shown
    total: Shown | None
    mean_label: str
    whisker: Markup
    total_whisker: Markup
    land: str
    unit: str
    spec: chart.ChartSpec
    """Over time; where the product has one date, the products beside each other."""
    alike: str
    """What products with the same number have in common; empty: no two have the same."""
    unbased: str
    """Which products cannot be counted from the year that is chosen; empty: all can."""
    others: chart.ChartSpec | None
    """The products beside each other, where the first chart is over time."""
    compare: chart.ChartSpec
    compare_note: str
    map_note: str
    map_level: str
    """Level of the areas drawn; empty: the area alone."""
    map_lines: list[view.Line]
    told: bool
    """It is a change: of each number it is known what may be said."""
    legend: list[view.Entry]
    legend_unit: str
    controls: controls.Controls
    columns: list[view.Column]
    rows: list[view.Line]
    chosen: tuple[str, ...]
    products: dict[str, list[Shown]]
    foot: str
    links: dict[str, str]


async def gather(api: Client, words: Language, area_id: str, state: State) -> AreaPage:
    """The page of an area in a state.

    Raises:
        ApiProblem: there is no such area, or the API cannot answer.
    """
    return build(await ask(api, words, area_id, state), words)


def build(read: Answers, words: Language) -> AreaPage:
    """The page from the API's answers."""
    settled, area = read.settled, read.area
    state, indicator = settled.state, dict(settled.indicator)
    title = words.pick(indicator["titles"])
    meta = read.beside["meta"]
    keep = state.keep
    beside = {row["area_id"]: show(row, words) for row in read.beside["data"]}
    own = beside.get(area["id"]) or _empty(area, words)
    total = show(read.total, words) if read.total else None
    entries, unit = view.legend(indicator, state.u, words)
    products = _by_product(read, words)
    map_lines = _lines(read.drawn, read, words, keep)
    if not map_lines:
        map_lines = [view.line(indicator, own, state.u, "")]
    inside = {child["id"] for child in read.children}
    rows = [line for line in map_lines if line.shown.area in inside]
    rows += _lines(read.parts, read, words, keep)
    path = f"/{words.code}/soc/{area['id']}"
    health = health_view.gather(read.health, area["id"], state.rel, words)
    spec, others = _charts(products, title, state, path, words)
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
        help=sentences.with_record(words.pick(indicator["helps"]), meta.get("record"), words),
        sentence=_sentence(own, total, title, state, words),
        change=change_view.of_row(read.change, area["name"], words, dates=len(settled.periods)),
        health=health,
        health_finding=health_view.finding(health, words),
        months=sentences.real_months(read.months, words),
        left_out=left_out(read.months, words),
        measured=_measured(read, words),
        detection=outlook_view.detection(read.detection, words),
        # What stands behind a number says nothing of the soil itself.
        scenarios=None
        if indicator["group"] == "support"
        else outlook_view.scenarios(read.scenarios, words),
        inputs=[_input(one, words) for one in read.inputs],
        anew=anew_notes(read.anew, state.pinned, words),
        notes=input_notes(read.inputs, state.pinned, words),
        own=own,
        total=total,
        mean_label=words.say("On average, one hectare") if state.v in TOTAL_OF else title,
        whisker=_whisker(own),
        total_whisker=_whisker(total),
        land=_million_ha(own, words),
        unit=unit,
        spec=spec,
        alike=sentences.alike(
            (
                (answer["meta"], [show(row, words) for row in answer["data"]])
                for answer in read.series.values()
            ),
            words,
        ),
        unbased=sentences.unbased(read.unbased, state.b, words),
        others=others,
        compare=_compare(read, beside, keep, title, words),
        compare_note=_compare_note(own, words),
        map_note=_map_note(area, words),
        map_level=map_level(area),
        map_lines=map_lines,
        told=view.has_states(map_lines),
        legend=entries,
        legend_unit=unit,
        controls=controls.controls(settled, read.indicators, words),
        columns=view.columns(state, unit, words, path, rows),
        rows=view.sort_lines(rows, state.sort),
        chosen=(),
        products=products,
        foot=f"{meta['product']['title']} · {meta['product']['licence']}",
        links=_links(settled, area["id"]) | _cut(settled, area, words),
    )


def _measured(read: Answers, words: Language) -> str:
    rows = [row for row in read.beside["data"] if row["area_id"] == read.area["id"]]
    share = rows[-1]["observation_weight"] if rows else None
    return "" if share is None else percent(share, words.code)


def _input(one: dict[str, Any], words: Language) -> dict[str, Any]:
    """An input with the day of its last observation in words."""
    last = one["last_observation_end"]
    return {**one, "last": day(datetime.fromisoformat(last), words.code) if last else ""}


def _compare_note(own: Shown, words: Language) -> str:
    if own.ranged:
        return words.say("Dot: estimate. Line: its range.")
    if own.interval:
        return words.say("Dot: estimate. Thick line: 50% interval. Thin line: 95% interval.")
    return words.say("Dot: estimate. The source gives no interval.")


def _empty(area: dict[str, Any], words: Language) -> Shown:
    return show({"area_id": area["id"], "area_name": area["name"]}, words)


def _lines(
    rows: list[dict[str, Any]], read: Answers, words: Language, keep: str
) -> list[view.Line]:
    indicator, key = dict(read.settled.indicator), read.settled.state.u
    shown = [show(row, words) for row in rows]
    return [view.line(indicator, row, key, f"/{words.code}/soc/{row.area}{keep}") for row in shown]


def _by_product(read: Answers, words: Language) -> dict[str, list[Shown]]:
    """Title of the product to its series; the one shown stands first."""
    own = read.settled.product
    ordered = sorted(read.series.items(), key=lambda pair: pair[0] != own)
    return {
        str(answer["meta"]["product"]["title"]): [show(row, words) for row in answer["data"]]
        for _, answer in ordered
    }


def _charts(
    products: dict[str, list[Shown]], title: str, state: State, path: str, words: Language
) -> tuple[chart.ChartSpec, chart.ChartSpec | None]:
    """The series of the product shown, and the products beside each other.

    Products are never drawn on one axis of time: what differs between them is no change. One date
    alone makes no series, so that the products then stand in its place.
    """
    name = next(iter(products), "")
    own = {name: products.get(name, [])}
    dates = sum(row.raw is not None for row in own[name])
    filled = sum(any(row.raw is not None for row in rows) for rows in products.values())
    beside = None
    if filled:
        href = f"{path}{state.query(src='{product}', t='latest')}"
        href = href.replace("%7Bproduct%7D", "{product}")
        beside = chart.products(products, title, words, href)
    if dates < 2 and beside is not None:
        return beside, None
    base = state.base_year if state.v in TOTAL_OF else ""
    spec = chart.over_time(own, title, words, base=base)
    return spec, beside if filled > 1 else None


def _compare(
    read: Answers, beside: dict[str, Shown], keep: str, title: str, words: Language
) -> chart.ChartSpec:
    """The area, what it is a part of, and the areas next to it in its region."""
    own = read.area["id"]
    above = [a["id"] for a in reversed(read.area["path"])]
    others = [a for a in few(read.siblings or read.children) if a["id"] not in {own, *above}]
    order = [own, *above, *(a["id"] for a in sorted(others, key=lambda a: plain(a["name"])))]
    rows = [(beside[code], f"/{words.code}/soc/{code}{keep}") for code in order if code in beside]
    return chart.side_by_side(rows, own, title, words)


def _sentence(own: Shown, total: Shown | None, title: str, state: State, words: Language) -> str:
    if state.v == "stock":
        return sentences.finding(own, total, title, state.d, words)
    return sentences.generic(own, title, words)


def _whisker(row: Shown | None) -> Markup:
    if row is None or row.low is None or row.high is None or row.untold:
        return Markup("")
    low = min(0.0, row.low)
    return whisker(chart.point(row, row.name), low, row.high * 1.1 if row.high > 0 else 0.0)


def _million_ha(row: Shown, words: Language) -> str:
    return number(None if row.land_ha is None else row.land_ha / 1e6, words.code)


def _map_note(area: dict[str, Any], words: Language) -> str:
    """Which areas the map has, and what it does not show."""
    level = map_level(area)
    said = [words.say("{level}.", level=level_word(level, words))] if level else []
    if level and area["id"] != WORLD:
        said.append(words.say("Parts far from the main body are in the table, not on the map."))
    if note := outline_note(area["id"], words):
        said.append(note)
    return " ".join([*said, words.say("Lakes are coloured like the area that they lie in.")])


def _links(settled: Settled, area: str) -> dict[str, str]:
    keys = _asked(settled, area)
    return {word: f"/api/v1/series.{form}{keys}" for word, form in SERIES_FILES.items()}


def _cut(settled: Settled, area: dict[str, Any], words: Language) -> dict[str, str]:
    """The cells of an area, with how far they reach.

    Some areas have parts on the other side of the world, and the file goes around all of them.
    """
    word = "GeoTIFF"
    if area["bbox"]:
        west, south, east, north = area["bbox"]
        sides = ((east - west) % 360 or 360, north - south)
        wide, high = (number(side, words.code, 0 if side >= 10 else 1) for side in sides)
        word = f"{word} ({wide}° × {high}°)"
    return {word: f"/api/v1/grid.tif{_asked(settled, area['id'])}"}


def _asked(settled: Settled, area: str) -> str:
    """What is shown, as keys of the API."""
    state = settled.state
    keys = f"?area={area}&v={state.v}&d={state.d}&src={settled.product}"
    keys += f"&u={state.u}" if state.u else ""
    keys += f"&rel={state.pinned}" if state.pinned else ""
    since = based(settled, settled.product)
    return keys + (f"&b={since}" if since else "")


async def drawing(api: Client, shown: AreaPage, words: Language) -> Markup | None:
    """The map of the first layer."""
    shapes = await area_shapes(
        api, shown.area, shown.map_level, pinned(shown.settled.state, shown.meta)
    )
    if shapes is None:
        return None
    marks = [
        view.mark(line, words)
        for line in sorted(shown.map_lines, key=lambda line: plain(line.shown.name))
    ]
    return worldmap.svg(shapes, marks, name=shown.name, summary_id="map-about")
