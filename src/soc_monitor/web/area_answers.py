"""Area answers: what the page of an area asks of the API, all of it at once."""

import asyncio
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

from soc_monitor.web.client import ApiProblem, Client
from soc_monitor.web.i18n import Language
from soc_monitor.web.state import Settled, State, based, settle

TOTAL_OF = {"stock": "total", "debt": "debt-total"}
"""Variable per hectare to the one of the whole area."""
NOWCAST = "nowcast"
"""The product that goes on month by month."""
MOST_SIBLINGS = 12
"""More areas than this beside each other cannot be told apart in a chart."""
INSIDE = {"world": "m49", "m49": "adm0", "adm0": "adm1"}
"""Level of an area to the level of its parts, where they are not of its own level."""
Rows = list[dict[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """The API's answers for one page."""

    indicators: list[dict[str, Any]]
    settled: Settled
    area: dict[str, Any]
    children: list[dict[str, Any]]
    siblings: list[dict[str, Any]]
    series: dict[str, dict[str, Any]]
    """Product to its series of the area; all are counted from one year, where one is chosen."""
    unbased: list[str]
    """Titles of the products whose changes cannot be counted from it, and are in no chart."""
    beside: dict[str, Any]
    drawn: list[dict[str, Any]]
    """Rows of the areas on the map."""
    parts: list[dict[str, Any]]
    """Rows of the areas right below this one that are not on the map."""
    total: dict[str, Any] | None
    change: dict[str, Any] | None
    """The rate, where the product has one."""
    health: list[dict[str, Any]]
    """The newest number of each indicator of soil health and of what drives it."""
    inputs: list[dict[str, Any]]
    """How the inputs of the product stand."""
    anew: list[dict[str, Any]]
    """Products that are to be made anew and could not be yet, in the same form."""
    months: dict[str, Any] | None
    """How many months of a nowcast are real; None: the product is none."""
    detection: dict[str, Any] | None
    """What could be seen of a change; None: the product has no stock."""
    scenarios: dict[str, Any] | None
    """What more plant input would bring; None: nothing is modelled."""


async def ask(api: Client, words: Language, area_id: str, state: State) -> Answers:
    """Ask the API for everything that the page of an area shows.

    Raises:
        ApiProblem: there is no such area, or the API cannot answer.
    """
    labels = words.code
    rel = state.pinned
    area, listed = await asyncio.gather(
        api.get(f"/areas/{quote(area_id, safe='')}", labels=labels, rel=rel),
        api.get("/indicators", labels=labels, rel=rel),
    )
    indicators = listed["data"]
    settled = settle(state, (i for i in indicators if i["products"]))
    keys = _keys(settled, labels)
    parent = area["parent"]
    children, siblings = await asyncio.gather(
        _areas(api, area_id, labels, rel), _areas(api, parent, labels, rel) if parent else _none()
    )
    level = map_level(area)
    offers, unbased = _offers_from(settled, keys["b"])
    named = [area_id, *(a["id"] for a in reversed(area["path"]))]
    named += [a["id"] for a in few(siblings or children) if a["id"] not in named]
    answers = await asyncio.gather(
        api.get("/series.json", area="~".join(named), t=settled.period, **keys),
        api.get("/map.json", **{**keys, "lvl": level, "parent": area_id, "t": settled.period})
        if level
        else _none(),
        _parts(api, children, level, {**keys, "t": settled.period}),
        _total(api, settled, area_id, indicators, keys),
        _change(api, settled, area_id, indicators, keys),
        _health(api, settled, area_id, indicators, keys),
        _inputs(api, settled, keys),
        _months(api, settled, area_id, rel),
        _about(api, area_id, "detection", src=settled.product, rel=rel),
        _about(api, area_id, "scenarios", rel=rel),
        *(api.get("/series.json", area=area_id, **{**keys, "src": p}) for p in offers),
    )
    return Answers(
        indicators=indicators,
        settled=settled,
        area=area,
        children=children,
        siblings=siblings,
        series=dict(zip(offers, answers[10:], strict=True)),
        unbased=unbased,
        beside=answers[0],
        drawn=answers[1]["data"] if answers[1] else [],
        parts=answers[2],
        total=answers[3],
        change=answers[4],
        health=answers[5],
        inputs=answers[6][0],
        anew=answers[6][1],
        months=answers[7],
        detection=answers[8],
        scenarios=answers[9],
    )


def _offers_from(settled: Settled, b: str) -> tuple[list[str], list[str]]:
    """Products that can be counted from a year, and titles of those that only can from others."""
    offers = settled.indicator["products"]
    if not b:
        return [str(p["product_id"]) for p in offers], []
    kept = [str(p["product_id"]) for p in offers if int(b) in p["base_years"]]
    # What has one date has no change from any year: it is in no chart anyway.
    return kept, [
        str(p["title"]) for p in offers if p["base_years"] and int(b) not in p["base_years"]
    ]


async def _parts(
    api: Client, children: list[dict[str, Any]], level: str, keys: dict[str, str]
) -> list[dict[str, Any]]:
    """Rows of the parts that the map does not show: it has countries where they are regions."""
    named = [area["id"] for area in children if area["level"] != level]
    if not named:
        return []
    answer = await api.get("/series.json", area="~".join(named), **keys)
    found: list[dict[str, Any]] = answer["data"]
    return found


async def _none() -> Any:
    return []


async def _areas(api: Client, parent: str, labels: str, rel: str) -> list[dict[str, Any]]:
    answer = await api.get("/areas", parent=parent, labels=labels, rel=rel)
    found: list[dict[str, Any]] = answer["data"]
    return found


def _keys(settled: Settled, labels: str) -> dict[str, str]:
    state = settled.state
    rel = state.pinned
    return {
        "v": state.v,
        "d": state.d,
        "src": settled.product,
        "u": state.u,
        "rel": rel,
        "labels": labels,
        "b": based(settled, settled.product),
    }


def map_level(area: dict[str, Any]) -> str:
    """Level of the areas that the map of an area shows; empty: itself alone."""
    counts = area["children_count"]
    wanted = "adm0" if area["level"] in {"world", "m49"} else INSIDE.get(area["level"], "")
    return wanted if counts.get(wanted) else ""


def few(areas: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The areas, unless they are too many to stand beside each other."""
    return areas if len(areas) <= MOST_SIBLINGS else []


async def _total(
    api: Client,
    settled: Settled,
    area_id: str,
    indicators: list[dict[str, Any]],
    keys: dict[str, str],
) -> dict[str, Any] | None:
    """The number of the whole area; in Mt where Gt would be a small fraction."""
    variable = TOTAL_OF.get(settled.state.v)
    if variable is None or not settled.period or not _offers(indicators, settled, variable):
        return None
    keys = {**keys, "v": variable, "u": "Pg"}
    try:
        answer = await api.get("/series.json", area=area_id, t=settled.period, **keys)
        rows = answer["data"]
        if rows and rows[0]["value"] is not None and abs(rows[0]["value"]) < 0.1:
            keys["u"] = "Mt"
            answer = await api.get("/series.json", area=area_id, t=settled.period, **keys)
    except ApiProblem as problem:
        if problem.status != 404:
            raise
        return None  # A product may have the one number without the other.
    found: dict[str, Any] | None = answer["data"][0] if answer["data"] else None
    return found


def _offers(indicators: list[dict[str, Any]], settled: Settled, variable: str) -> bool:
    """Whether the product has a variable at the depth shown.

    It is not found out by asking: while the database does not answer, a failure would not be told
    from a product that has none.
    """
    return any(
        one["v"] == variable
        and one["d"] == settled.state.d
        and settled.product in {p["product_id"] for p in one["products"]}
        for one in indicators
    )


async def _change(
    api: Client,
    settled: Settled,
    area_id: str,
    indicators: list[dict[str, Any]],
    keys: dict[str, str],
) -> dict[str, Any] | None:
    """The newest rate; None: the product has none."""
    if not _offers(indicators, settled, "rate"):
        return None
    shared = {k: keys[k] for k in ("src", "rel", "labels", "d")}
    rate = next(one for one in indicators if (one["v"], one["d"]) == ("rate", settled.state.d))
    b = based(replace(settled, indicator=rate), settled.product)
    answer = await api.get("/series.json", area=area_id, v="rate", t="latest", b=b, **shared)
    found: dict[str, Any] | None = answer["data"][-1] if answer["data"] else None
    return found


async def _health(
    api: Client,
    settled: Settled,
    area_id: str,
    indicators: list[dict[str, Any]],
    keys: dict[str, str],
) -> list[dict[str, Any]]:
    """The newest number of each, with its indicator."""
    wanted = [
        one
        for one in indicators
        if one["group"] in {"health", "drivers"}
        and one["products"]
        and one["id"] != settled.indicator["id"]
    ]

    async def newest(one: dict[str, Any]) -> list[dict[str, Any]]:
        shared = {k: keys[k] for k in ("rel", "labels")}
        answer = await api.get("/series.json", area=area_id, v=one["id"], t="latest", **shared)
        return [{**row, "indicator": one} for row in answer["data"][-1:]]

    found = await asyncio.gather(*(newest(one) for one in wanted))
    return [row for rows in found for row in rows]


async def _inputs(api: Client, settled: Settled, keys: dict[str, str]) -> tuple[Rows, Rows]:
    """How the feeds of the product stand, and what is made anew; nothing where nobody says."""
    products = (await api.get("/products", labels=keys["labels"], rel=keys["rel"]))["data"]
    product = next((p for p in products if p["id"] == settled.product), None)
    own = set() if product is None else {s["id"] for s in product["sources"]}
    try:
        listed = (await api.get("/freshness", labels=keys["labels"]))["data"]
    except ApiProblem:
        return [], []
    inputs = [one for one in listed if one["job_id"] in own]
    return inputs, [one for one in listed if one.get("made_anew")]


async def _months(api: Client, settled: Settled, area_id: str, rel: str) -> dict[str, Any] | None:
    """How many months of the nowcast rest on what was observed in them."""
    if settled.product != NOWCAST:
        return None
    answer = await _about(api, area_id, "months", rel=rel)
    found: dict[str, Any] | None = answer["meta"] if answer else None
    return found


async def _about(api: Client, area_id: str, what: str, **keys: str) -> dict[str, Any] | None:
    """What is told of an area beside its numbers; None: nothing, or its outlines are no more."""
    try:
        found: dict[str, Any] = await api.get(f"/areas/{quote(area_id, safe='')}/{what}", **keys)
    except ApiProblem as problem:
        if problem.status != 404:
            raise
        return None
    return found
