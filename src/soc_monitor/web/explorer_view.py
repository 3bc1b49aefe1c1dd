"""Soil explorer: what its page shows for a state, gathered from the API alone."""

from dataclasses import dataclass, replace
from typing import Any

from markupsafe import Markup

from soc_monitor.web import controls, sentences, view, worldmap
from soc_monitor.web.client import Client
from soc_monitor.web.estimate import Shown, level_word, show
from soc_monitor.web.explorer_answers import Answers, ask
from soc_monitor.web.files import MAP_FILES
from soc_monitor.web.i18n import Language
from soc_monitor.web.numbers import number
from soc_monitor.web.numbers import period as period_word
from soc_monitor.web.outlines import area_shapes, pinned, world_shapes
from soc_monitor.web.state import MOST_PICKED, Settled, State, based

MOST_ROWS = 300
"""Rows of a table on a page; the files have them all."""


@dataclass(frozen=True, slots=True)
class Inside:
    """The area that the map is limited to."""

    area: str
    name: str
    links: tuple[tuple[str, str], ...]
    """(name, query) of the areas above it: the way back out."""


@dataclass(frozen=True, slots=True)
class Pick:
    """A chosen area, with the queries that its card offers."""

    shown: Shown
    without: str
    """Takes it out."""
    parts: str
    """Draws its parts; empty: it has none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Explorer:
    """Everything that the explorer's templates need."""

    settled: Settled
    meta: dict[str, Any]
    product: dict[str, Any]
    title: str
    help: str
    period: str
    other: str
    """The other period, where two are compared."""
    sentence: str
    summary: str
    change: str
    """Why no change is published; empty: there is one."""
    rate: str
    """Query that draws the rate of change; empty: no product has it, or it is drawn."""
    bases: tuple[str, str]
    """Of a change: since when it counts, of either period; empty for all else."""
    unit: str
    legend: list[view.Entry]
    controls: controls.Controls
    columns: list[view.Column]
    rows: list[view.Line]
    """Of the table, as far as a page can hold them."""
    lines: list[view.Line]
    """All rows of the table, in no order."""
    drawn: list[view.Line]
    """Of the map."""
    drawn_other: list[view.Line]
    """Of the other period's map."""
    provisional: bool
    """Some of its numbers may still move."""
    told: bool
    """It is a change: of each number it is known what may be said."""
    sure: bool
    """The source gives intervals: what is not certain can be told."""
    world: Shown | None
    inside: Inside | None
    picks: list[Pick]
    """The areas chosen, the last one first."""
    picked: Shown | None
    """The one chosen last."""
    chosen: tuple[str, ...]
    links: dict[str, str]

    @property
    def since(self) -> list[tuple[str, str]]:
        """Since when it counts, of each period; one entry without a period where all is equal."""
        own, beside = self.bases
        if not self.other or own == beside:
            return [("", own)] if own else []
        both = ((self.period, own), (self.other, beside))
        return [(period, base) for period, base in both if base]


async def gather(api: Client, words: Language, state: State) -> Explorer:
    """The explorer in a state.

    Raises:
        ApiProblem: the API cannot answer.
    """
    read = await ask(api, words, state)
    built = build(read, words)
    if read.stand_in is None:
        return built
    countries = build(read.stand_in, words)
    return replace(built, drawn=countries.drawn, drawn_other=countries.drawn_other)


def build(read: Answers, words: Language) -> Explorer:
    """The explorer from the API's answers."""
    settled, state = read.settled, read.settled.state
    indicator, answer = dict(settled.indicator), read.answer
    path = f"/{words.code}/soc"
    lines, others = _lines(read, words)
    entries, unit = view.legend(indicator, state.u, words)
    world = show(answer["world"], words) if answer.get("world") else None
    title = words.pick(indicator["titles"])
    counted = sum(line.shown.raw is not None for line in lines)
    meta = answer["meta"]
    period = period_word(settled.period, words.code)
    other = period_word(state.t2, words.code) if state.t2 else ""
    picks = _cards(read, words)
    return Explorer(
        settled=settled,
        meta=meta,
        product=meta["product"],
        title=title,
        help=sentences.with_record(words.pick(indicator["helps"]), meta.get("record"), words),
        period=period,
        other=other,
        sentence=_sentence(read.own or answer.get("world"), title, settled, words),
        summary=sentences.map_summary(
            title, period, number(counted, words.code, 0), level_word(state.lvl, words), words
        ),
        change="" if _rates(read) else sentences.change_not_assessed(words),
        rate=_rate(read),
        bases=(_base(lines), _base(others)),
        unit=unit,
        legend=entries,
        controls=controls.controls(settled, read.indicators, words),
        columns=view.columns(state, unit, words, path, lines, period=period if other else ""),
        rows=view.sort_lines(lines, state.sort)[:MOST_ROWS],
        lines=lines,
        drawn=lines,
        drawn_other=others,
        provisional=any(line.shown.provisional for line in lines),
        told=view.has_states(lines),
        sure=any(line.shown.interval and not line.shown.ranged for line in lines),
        world=world,
        inside=_inside(read),
        picks=picks,
        picked=picks[0].shown if picks else None,
        chosen=tuple(pick.shown.area for pick in reversed(picks)),
        links=data_links(settled, state.lvl),
    )


def _base(lines: list[view.Line]) -> str:
    """Since when the change of a map counts: all its areas from the same period."""
    return next((line.shown.base for line in lines if line.shown.base), "")


def _rate(read: Answers) -> str:
    """Query of the rate, in the product with the most periods: one alone has no change."""
    if read.settled.state.v == "rate":
        return ""
    offers = _rates(read)
    if not offers:
        return ""
    longest = max(offers, key=lambda product: len(product["periods"]))
    return State(v="rate", src=str(longest["product_id"]), rel=read.settled.state.rel).query()


def _rates(read: Answers) -> list[dict[str, Any]]:
    """The products that have a rate."""
    return [product for one in read.indicators if one["v"] == "rate" for product in one["products"]]


def _lines(read: Answers, words: Language) -> tuple[list[view.Line], list[view.Line]]:
    """The rows of both periods, those of the first with the second's beside them."""
    state, indicator = read.settled.state, dict(read.settled.indicator)
    path = f"/{words.code}/soc"

    def lines(rows: list[dict[str, Any]]) -> list[view.Line]:
        return [
            view.line(
                indicator,
                row,
                state.u,
                f"{path}/{row.area}{state.keep}",
                pick=path + state.query(area=pick(state, row.area)),
            )
            for row in (show(row, words) for row in rows)
        ]

    others = lines(read.other["data"]) if read.other else []
    beside = {line.shown.area: line.shown for line in others}
    first = [
        replace(line, other=beside.get(line.shown.area)) for line in lines(read.answer["data"])
    ]
    return first, others


def pick(state: State, area: str) -> str:
    """The chosen areas with one more as the last, or without it where it is chosen; six at most.

    Example:
        >>> pick(State(area="FRA"), "ESP"), pick(State(area="FRA~ESP"), "FRA")
        ('FRA~ESP', 'ESP')
    """
    kept = [code for code in state.areas if code != area]
    if area not in state.areas:
        kept = [*kept, area] if len(kept) < MOST_PICKED else list(state.areas)
    return "~".join(kept)


def _cards(read: Answers, words: Language) -> list[Pick]:
    state = read.settled.state
    path = f"/{words.code}/soc"
    cards = []
    for row in reversed(read.picks):
        below = row["area"]["children_count"]
        level = next((one for one in ("adm0", "adm1") if below.get(one)), "")
        # The parts of the world are what is drawn anyway.
        parts = state.query(parent=row["area_id"], lvl=level) if level else ""
        shown = show(row, words)
        without = path + (state.query(area=pick(state, shown.area)))
        cards.append(Pick(shown, without, path + parts if parts else ""))
    return cards


def _inside(read: Answers) -> Inside | None:
    parent, state = read.parent, read.settled.state
    if parent is None:
        return None
    links = []
    for above in parent["path"]:
        target = "" if above["id"] == "WLD" else above["id"]
        links.append((str(above["name"]), state.query(parent=target, lvl="adm0")))
    return Inside(parent["id"], parent["name"], tuple(links))


def _sentence(row: dict[str, Any] | None, title: str, settled: Settled, words: Language) -> str:
    """What is known of the world, or of the area that the map is limited to."""
    state = settled.state
    own = show(row, words) if row else None
    if state.v == "total" and not state.parent:
        return sentences.world_total(own, state.d, words)
    if state.v == "stock":
        return sentences.finding(own, None, title, state.d, words)
    return sentences.generic(own, title, words)


def data_links(settled: Settled, level: str) -> dict[str, str]:
    """Where the same numbers are as files."""
    state = settled.state
    keys = f"?lvl={level}&v={state.v}&d={state.d}&t={settled.period}&src={settled.product}"
    keys += f"&parent={state.parent}" if state.parent else ""
    keys += f"&u={state.u}" if state.u else ""
    since = based(settled, settled.product)
    both = f"&b={since}" if since else ""
    both += f"&rel={state.pinned}" if state.pinned else ""
    keys += both
    found = {word: f"/api/v1/map.{form}{keys}" for word, form in MAP_FILES.items()}
    cells = f"?v={state.v}&d={state.d}&t={settled.period}&src={settled.product}{both}"
    return found | {"GeoTIFF": f"/api/v1/grid.tif{cells}"}


async def drawing(api: Client, shown: Explorer, words: Language) -> list[Markup]:
    """The maps of the first layer, one a period, in equal-area projections."""
    state = shown.settled.state
    of = pinned(state, shown.meta)
    if shown.inside is None:
        shapes: worldmap.Shapes | None = await world_shapes(api, state.lvl, of)
    else:
        shapes = await area_shapes(api, shown.inside.area, state.lvl, of)
    if shapes is None:
        return []
    masked = state.unc == "mask"
    maps = [(shown.drawn, shown.period), (shown.drawn_other, shown.other)]
    return [
        worldmap.svg(
            shapes,
            [
                view.mark(
                    replace(
                        line,
                        colour=view.faded(line.colour) if masked and line.doubt else line.colour,
                        doubt=line.doubt and state.unc == "hatch",
                    ),
                    words,
                )
                for line in sorted(lines, key=lambda line: line.shown.name)
            ],
            name=f"{shown.title}, {period}",
            summary_id="map-about",
            ident=f"map{index}",
        )
        for index, (lines, period) in enumerate(maps)
        if lines
    ]
