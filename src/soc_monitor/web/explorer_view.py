"""Soil explorer: what its page shows for a state, gathered from the API alone."""

from dataclasses import dataclass, replace
from typing import Any

from markupsafe import Markup

from soc_monitor.web import sentences, view, worldmap
from soc_monitor.web.client import Client
from soc_monitor.web.estimate import Shown, level_word, show
from soc_monitor.web.i18n import Language
from soc_monitor.web.numbers import number
from soc_monitor.web.outlines import world_shapes
from soc_monitor.web.state import Settled, State, settle

MOST_ROWS = 300
"""Rows of a table on a page; the files have them all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Explorer:
    """Everything that the explorer's templates need."""

    settled: Settled
    meta: dict[str, Any]
    product: dict[str, Any]
    title: str
    help: str
    period: str
    sentence: str
    summary: str
    change: str
    unit: str
    legend: list[view.Entry]
    controls: view.Controls
    columns: list[view.Column]
    rows: list[view.Line]
    """Of the table, as far as a page can hold them."""
    areas: int
    """How many rows there are."""
    drawn: list[view.Line]
    """Of the map."""
    world: Shown | None
    picked: Shown | None
    chosen: str
    links: dict[str, str]


async def gather(api: Client, words: Language, state: State) -> Explorer:
    """The explorer in a state.

    Raises:
        ApiProblem: the API cannot answer.
    """
    indicators = (await api.get("/indicators", labels=words.code))["data"]
    settled = settle(state, (i for i in indicators if i["products"]))
    shown = settled.state
    answer = await api.get(
        "/map.json",
        lvl=shown.lvl,
        v=shown.v,
        d=shown.d,
        t=settled.period,
        src=settled.product,
        u=shown.u,
        rel=_rel(shown),
        labels=words.code,
    )
    built = build(answer, indicators, settled, words)
    if shown.lvl != "adm1":
        return built
    # Provinces are too many for a drawing of the world: countries stand in, the tiles have all.
    countries = settle(replace(shown, lvl="adm0"), (i for i in indicators if i["products"]))
    keys = {"v": shown.v, "d": shown.d, "t": settled.period, "src": settled.product}
    answer = await api.get(
        "/map.json", lvl="adm0", u=shown.u, rel=_rel(shown), labels=words.code, **keys
    )
    return replace(built, drawn=build(answer, indicators, countries, words).drawn)


def _rel(state: State) -> str | None:
    return None if state.rel == "latest" else state.rel


def build(
    answer: dict[str, Any],
    indicators: list[dict[str, Any]],
    settled: Settled,
    words: Language,
) -> Explorer:
    """The explorer from the API's answers."""
    state, indicator = settled.state, dict(settled.indicator)
    path = f"/{words.code}/soc"
    scale = view.scale_of(indicator)
    keep = State(v=state.v, d=state.d, u=state.u, src=state.src, rel=state.rel).query()
    lines = []
    for row in answer["data"]:
        shown = show(row, words)
        own = view.in_own_unit(indicator, shown.raw, state.u)
        lines.append(
            view.Line(
                shown, view.colour(scale, own, shown.mapped_fraction), f"{path}/{shown.area}{keep}"
            )
        )
    entries, unit = view.legend(indicator, state.u, words)
    world = show(answer["world"], words) if answer.get("world") else None
    title = words.pick(indicator["titles"])
    counted = sum(line.shown.raw is not None for line in lines)
    meta = answer["meta"]
    period = lines[0].shown.period if lines else settled.period
    return Explorer(
        settled=settled,
        meta=meta,
        product=meta["product"],
        title=title,
        help=words.pick(indicator["helps"]),
        period=period,
        sentence=_sentence(world, title, state, words),
        summary=sentences.map_summary(
            title, period, number(counted, words.code, 0), level_word(state.lvl, words), words
        ),
        change=sentences.change_not_assessed(words),
        unit=unit,
        legend=entries,
        controls=view.controls(settled, indicators, words),
        columns=view.columns(state, unit, words, path, classes=view.differ(lines)),
        rows=view.sort_lines(lines, state.sort)[:MOST_ROWS],
        areas=len(lines),
        drawn=lines,
        world=world,
        picked=next((line.shown for line in lines if line.shown.area == state.area), None),
        chosen=state.area,
        links=data_links(settled, state.lvl),
    )


def _sentence(world: Shown | None, title: str, state: State, words: Language) -> str:
    if state.v == "total":
        return sentences.world_total(world, state.d, words)
    if state.v == "stock":
        return sentences.finding(world, None, title, state.d, words)
    return sentences.generic(world, title, words)


def data_links(settled: Settled, level: str) -> dict[str, str]:
    """Where the same numbers are as files."""
    state = settled.state
    keys = f"?lvl={level}&v={state.v}&d={state.d}&t={settled.period}&src={settled.product}"
    keys += f"&u={state.u}" if state.u else ""
    return {"CSV": f"/api/v1/map.csv{keys}", "JSON": f"/api/v1/map.json{keys}"}


async def drawing(api: Client, shown: Explorer, words: Language) -> Markup:
    """The map of the first layer: the world in an equal-area projection."""
    shapes = await world_shapes(api, shown.settled.state.lvl)
    marks = [
        worldmap.Mark(line.shown.area, line.colour, sentences.on_map(line.shown, words), line.href)
        for line in sorted(shown.drawn, key=lambda line: line.shown.name)
    ]
    return worldmap.svg(shapes, marks, name=shown.title, summary_id="map-about")
