"""Explorer answers: what the explorer asks of the API."""

import asyncio
from dataclasses import dataclass, replace
from typing import Any, Optional
from urllib.parse import quote

from soc_monitor.web.client import ApiProblem, Client
from soc_monitor.web.i18n import Language
from soc_monitor.web.state import Settled, State, based, settle


@dataclass(frozen=True, slots=True)
class Answers:
    """The API's answers for one page."""

    indicators: list[dict[str, Any]]
    settled: Settled
    answer: dict[str, Any]
    other: dict[str, Any] | None
    """The map of the other period."""
    picks: list[dict[str, Any]]
    """Rows of the chosen areas, each with the area itself."""
    parent: dict[str, Any] | None
    """The area that the map is limited to."""
    own: dict[str, Any] | None = None
    """The row of that area."""
    stand_in: Optional["Answers"] = None
    """What the first layer's map shows instead of areas that are too many to draw."""


async def ask(api: Client, words: Language, state: State) -> Answers:
    """Ask the API for everything that the explorer shows.

    Raises:
        ApiProblem: the API cannot answer.
    """
    indicators = (await api.get("/indicators", labels=words.code, rel=state.pinned))["data"]
    settled = settle(state, (i for i in indicators if i["products"]))
    parent = await _parent(api, words, settled.state)
    settled = _within(settled, parent)
    shown = settled.state
    answer, other, picks, own = await asyncio.gather(
        _map(api, words, settled, shown.lvl, settled.period),
        _map(api, words, settled, shown.lvl, shown.t2),
        _picks(api, words, settled, shown.areas),
        _picks(api, words, settled, (parent["id"],) if parent else ()),
    )
    row = own[0] if own else None
    settled = _with_areas(settled, {pick["area"]["id"] for pick in picks})
    read = Answers(indicators, settled, answer, other, picks, parent, row)
    if shown.lvl != "adm1" or shown.parent:
        return read
    # Provinces are too many for a drawing of the world: countries stand in, the tiles have all.
    answer, other = await asyncio.gather(
        _map(api, words, settled, "adm0", settled.period),
        _map(api, words, settled, "adm0", shown.t2),
    )
    return replace(read, stand_in=replace(read, answer=answer, other=other))


async def _map(
    api: Client, words: Language, settled: Settled, level: str, period: str
) -> dict[str, Any]:
    shown = settled.state
    if not period:
        return {"data": []}
    found: dict[str, Any] = await api.get(
        "/map.json",
        lvl=level,
        parent=shown.parent,
        v=shown.v,
        d=shown.d,
        t=period,
        b=based(settled, settled.product),
        src=settled.product,
        u=shown.u,
        rel=shown.pinned,
        labels=words.code,
    )
    return found


async def _picks(
    api: Client, words: Language, settled: Settled, areas: tuple[str, ...]
) -> list[dict[str, Any]]:
    """The numbers of some areas; an id that does not exist chooses nothing."""
    shown = settled.state

    async def one(area: str) -> list[dict[str, Any]]:
        try:
            answer = await api.get(
                "/series.json",
                area=area,
                v=shown.v,
                d=shown.d,
                t=settled.period,
                b=based(settled, settled.product),
                src=settled.product,
                u=shown.u,
                rel=shown.pinned,
                labels=words.code,
            )
            about = await api.get(
                f"/areas/{quote(area, safe='')}", labels=words.code, rel=shown.pinned
            )
        except ApiProblem as problem:
            if problem.status != 404:
                raise
            return []
        row = answer["data"][-1] if answer["data"] else {"area_id": area}
        return [{**row, "area_name": about["name"], "area": about}]

    found = await asyncio.gather(*(one(area) for area in areas))
    return [row for rows in found for row in rows]


async def _parent(api: Client, words: Language, state: State) -> dict[str, Any] | None:
    if state.parent in {"", "WLD"}:
        return None
    try:
        found: dict[str, Any] = await api.get(
            f"/areas/{quote(state.parent, safe='')}", labels=words.code, rel=state.pinned
        )
    except ApiProblem as problem:
        if problem.status != 404:
            raise
        return None
    return found if found["children_count"] else None


def _within(settled: Settled, parent: dict[str, Any] | None) -> Settled:
    """The state with levels that the parent has; without a parent that does not exist."""
    state = settled.state
    if parent is None:
        asked = settled.asked
        if state.parent not in {"", "WLD"}:
            asked = (*asked, ("parent", state.parent, "WLD"))
        return replace(settled, state=replace(state, parent=""), asked=asked)
    below = [level for level in ("m49", "adm0", "adm1") if parent["children_count"].get(level)]
    level = state.lvl if state.lvl in below else below[0]
    return replace(settled, state=replace(state, lvl=level))


def _with_areas(settled: Settled, known: set[str]) -> Settled:
    """The state without chosen areas that do not exist, and with a word on each."""
    state = settled.state
    unknown = [code for code in state.areas if code not in known]
    if not unknown:
        return settled
    kept = "~".join(code for code in state.areas if code in known)
    asked = (*settled.asked, *(("area", code, "") for code in unknown))
    return replace(settled, state=replace(state, area=kept), asked=asked)
