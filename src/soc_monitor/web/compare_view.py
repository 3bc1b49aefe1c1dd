"""Compare: up to six areas over time, and what their numbers are side by side."""

import asyncio
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

from soc_monitor.model import WORLD
from soc_monitor.web import chart, controls, view
from soc_monitor.web.client import ApiProblem, Client
from soc_monitor.web.controls import Controls, Option
from soc_monitor.web.estimate import Shown, show
from soc_monitor.web.i18n import Language, plain
from soc_monitor.web.numbers import number, period
from soc_monitor.web.state import MOST_PICKED, Settled, State, settle


@dataclass(frozen=True, slots=True)
class Row:
    """One area of the table."""

    line: view.Line
    """The newest number, in its colour; its page."""
    without: str
    """Query that takes it out."""

    @property
    def shown(self) -> Shown:
        """The newest number."""
        return self.line.shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Everything that the compare page shows."""

    settled: Settled
    meta: dict[str, Any]
    product: dict[str, Any]
    title: str
    sentence: str
    caption: str
    unit: str
    areas: tuple[str, ...]
    default: bool
    """Nothing was chosen: the world and its regions stand in."""
    spec: chart.ChartSpec
    rows: list[Row]
    columns: list[view.Column]
    controls: Controls
    shapes: list[Option]
    bases: list[Option]
    options: list[dict[str, Any]]
    """Areas that can be added: countries, by name."""
    groups: list[tuple[str, str]]
    """(what stands beside the first area, query that compares it)."""


async def gather(api: Client, words: Language, state: State) -> Comparison:
    """The comparison of a state.

    Raises:
        ApiProblem: the API cannot answer.
    """
    rel = state.pinned
    indicators = (await api.get("/indicators", labels=words.code, rel=rel))["data"]
    settled = settle(state, (i for i in indicators if i["products"]))
    known = await asyncio.gather(*(_area(api, words, code, rel) for code in settled.state.areas))
    unknown = [c for c, area in zip(settled.state.areas, known, strict=True) if area is None]
    asked = (*settled.asked, *(("area", code, "") for code in unknown))
    areas = [area["id"] for area in known if area is not None]
    default = not areas
    areas = areas or await _regions(api, rel)
    kept = replace(settled.state, area="" if default else "~".join(areas))
    settled = replace(settled, state=kept, asked=asked)
    answer, countries, beside = await asyncio.gather(
        _series(api, words, settled, areas),
        api.get("/areas", lvl="adm0", labels=words.code, rel=rel),
        _beside(api, words, known[0] if known else None, rel),
    )
    return _build(answer, indicators, settled, areas, countries["data"], beside, words)


async def _area(api: Client, words: Language, code: str, rel: str) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = await api.get(
            f"/areas/{quote(code, safe='')}", labels=words.code, rel=rel
        )
    except ApiProblem as problem:
        if problem.status != 404:
            raise
        return None
    return found


async def _regions(api: Client, rel: str) -> list[str]:
    """What is compared where nothing is chosen: the world and its regions, the largest ones."""
    answer = await api.get("/areas", parent=WORLD, rel=rel)
    parts = [area for area in answer["data"] if area["level"] == "m49"]
    largest = sorted(parts, key=lambda area: -area["area_km2"])[: MOST_PICKED - 1]
    return [WORLD, *sorted(area["id"] for area in largest)]


async def _series(
    api: Client, words: Language, settled: Settled, areas: list[str]
) -> dict[str, Any]:
    state = settled.state
    found: dict[str, Any] = await api.get(
        "/series.json",
        area="~".join(areas),
        v=state.v,
        d=state.d,
        src=settled.product,
        u=state.u,
        rel=state.pinned,
        labels=words.code,
    )
    return found


async def _beside(
    api: Client, words: Language, first: dict[str, Any] | None, rel: str
) -> list[dict[str, Any]]:
    """The areas that share a parent with the first one, the largest first."""
    if first is None or not first["parent"]:
        return []
    answer = await api.get("/areas", parent=first["parent"], labels=words.code, rel=rel)
    others = [area for area in answer["data"] if area["id"] != first["id"]]
    return sorted(others, key=lambda area: -area["area_km2"])[:5]


def _build(
    answer: dict[str, Any],
    indicators: list[dict[str, Any]],
    settled: Settled,
    areas: list[str],
    countries: list[dict[str, Any]],
    beside: list[dict[str, Any]],
    words: Language,
) -> Comparison:
    state, indicator = settled.state, dict(settled.indicator)
    path, title = f"/{words.code}/compare", words.pick(indicator["titles"])
    by_area: dict[str, list[Shown]] = {code: [] for code in areas}
    for row in answer["data"]:
        by_area[row["area_id"]].append(show(row, words))
    series = {rows[0].name: rows for rows in by_area.values() if rows}
    keep = state.keep
    spec = chart.over_time(series, title, words, href=f"/{words.code}/soc/{{area}}{keep}")
    bases = settled.periods
    # Of a year the first period that it has, else the first of all.
    base = next((t for t in bases if t.startswith(state.b)), next(iter(bases), ""))
    if state.shape == "index" and base:
        spec = chart.indexed(spec, period(base, words.code), words)
    rows = _rows(by_area, settled, indicator, words)
    rows.sort(key=_order(state.sort), reverse=state.sort.startswith("-"))
    if all(len(shown) < 2 for shown in by_area.values()):
        # One date makes no line: the intervals stand under each other.
        dots = [(row.shown, f"/{words.code}/soc/{row.shown.area}{keep}") for row in rows]
        spec = chart.side_by_side(dots, "", title, words)
    codes = [area["id"] for area in beside]
    first = areas[0] if areas else ""
    near = "~".join([first, *codes])
    unit = rows[0].shown.unit if rows else ""
    return Comparison(
        settled=settled,
        meta=answer["meta"],
        product=answer["meta"]["product"],
        title=title,
        sentence=sentence(rows, words),
        caption=caption(rows, title, words),
        unit=unit,
        areas=tuple(areas),
        default=not state.area,
        spec=spec,
        rows=rows,
        columns=view.columns(state, unit, words, path, [row.line for row in rows], classes=True),
        controls=controls.controls(settled, indicators, words),
        shapes=[
            Option("value", words.say("As it is"), state.shape == "value"),
            Option("index", words.say("Base year = 100"), state.shape == "index"),
            Option("small", words.say("A chart for each area"), state.shape == "small"),
        ],
        bases=[Option(t, period(t, words.code), t == base) for t in bases],
        options=sorted(
            (area for area in countries if area["id"] not in areas),
            key=lambda area: plain(area["name"]),
        ),
        groups=[(words.say("Areas around it"), state.query(area=near))] if codes else [],
    )


def _order(key: str) -> Any:
    name = key.lstrip("-")
    if name == "value":
        return lambda row: row.shown.raw if row.shown.raw is not None else float("-inf")
    if name == "mapped":
        return lambda row: row.shown.mapped_fraction or 0.0
    return lambda row: plain(row.shown.name)


def _rows(
    by_area: dict[str, list[Shown]], settled: Settled, indicator: dict[str, Any], words: Language
) -> list[Row]:
    state = settled.state
    rows = []
    for code, series in by_area.items():
        if not series:
            continue
        last = next((r for r in reversed(series) if r.raw is not None), series[-1])
        line = view.line(indicator, last, state.u, f"/{words.code}/soc/{code}{state.keep}")
        rest = "~".join(other for other in by_area if other != code)
        without = f"/{words.code}/compare{state.query(area=rest)}"
        rows.append(Row(line, without))
    return rows


def sentence(rows: list[Row], words: Language) -> str:
    """What can be said of the areas: only of those that the intervals tell apart."""
    told = [
        row.shown
        for row in rows
        if row.shown.low is not None and row.shown.high is not None and not row.shown.untold
    ]
    if any(row.shown.untold for row in rows) and len(told) < 2:
        return words.say(
            "Whether these areas differ cannot be told: their change is not assessable."
        )
    if any(one.ranged for one in told):
        return words.say(
            "The source gives a range, and no interval: whether these areas differ cannot be told "
            "from it."
        )
    if len(told) < 2:
        return words.say(
            "The source gives no interval: whether these areas differ cannot be told from it."
        )
    apart = sum(1 for i, one in enumerate(told) for two in told[i + 1 :] if _apart(one, two))
    pairs = len(told) * (len(told) - 1) // 2
    if not apart:
        return words.say(
            "None of these areas surely differs from another: their 95% intervals all overlap. "
            "They may differ all the same."
        )
    if apart == pairs:
        return words.say(
            "Each of these areas differs from every other: their 95% intervals do not overlap."
        )
    return words.say(
        "Pairs of these areas that surely differ: {apart} of {pairs}, for their 95% intervals do "
        "not overlap. The others may differ all the same.",
        pairs=number(pairs, words.code, 0),
        apart=number(apart, words.code, 0),
    )


def caption(rows: list[Row], title: str, words: Language) -> str:
    """What the table holds, and what its intervals or ranges do not tell."""
    if any(row.shown.ranged for row in rows):
        return words.say(
            "{title}: the newest number of each area. Ranges tell no area from another, whether "
            "they overlap or not.",
            title=title,
        )
    return words.say(
        "{title}: the newest number of each area. Overlapping intervals are no proof that areas "
        "are alike.",
        title=title,
    )


def _apart(one: Shown, two: Shown) -> bool:
    assert one.low is not None
    assert one.high is not None
    assert two.low is not None
    assert two.high is not None
    return one.high < two.low or two.high < one.low
