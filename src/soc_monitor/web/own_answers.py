"""Own answers: what the page of a reader's own shapes asks of the API.

The first question counts for the reader, as if they had sent the shapes themselves; what is asked
beside it, to make a page of the answer, does not.
"""

import asyncio
import json
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote, urlsplit

import numpy as np
import numpy.typing as npt
import shapely

from soc_monitor.web.area_answers import TOTAL_OF
from soc_monitor.web.client import ApiProblem, Client
from soc_monitor.web.i18n import Language
from soc_monitor.web.state import BASE, Settled, State, based, bases_of, read, settle

PATH = "/aoi/statistics"
FEW_PERIODS = 24
"""So many periods of all shapes together are asked for at once; of more, the newest alone."""
AVERAGE_OF = {total: average for average, total in TOTAL_OF.items()}
MOST_BESIDE = 4
"""Other products that are asked for the same shape."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """Shapes of a reader, and what is asked of them."""

    body: bytes
    together: bool = False
    state: State
    reader: str
    """Address that the question counts for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnAnswers:
    """The API's answers about some shapes."""

    indicators: list[dict[str, Any]]
    settled: Settled
    numbers: dict[str, Any]
    """Every shape, each with every period."""
    shapes: bytes | None
    """As they are understood, GeoJSON; None: they are forgotten."""
    whole: dict[str, Any] | None
    """All shapes as one; None: there is one, or they were too many."""
    rate: dict[str, Any] | None
    """The yearly change in ‰; None: the product has none."""
    beside: dict[str, dict[str, Any]]
    """Other products to their newest number."""
    around: dict[str, Any] | None
    """The cell in the middle of the shapes, and the areas that hold it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """Shapes that are kept under an address, and what was asked of them."""

    body: bytes
    keys: dict[str, str]
    expires_at: str

    def sent(self, state: State | None, reader: str) -> Sent:
        """The question of a reader: theirs, or the one that came with the shapes."""
        known = {k: v for k, v in self.keys.items() if k in {"v", "d", "b", "src", "u"}}
        return Sent(body=self.body, state=state or State(**known), reader=reader)


class Waits(Exception):
    """The worker measures it; ``export`` is the id to ask for."""

    def __init__(self, export: str) -> None:
        """Keep the id."""
        super().__init__(export)
        self.export = export


async def ask(api: Client, words: Language, sent: Sent) -> OwnAnswers:
    """Everything that the page of some shapes shows.

    Raises:
        ApiProblem: they cannot be measured, or the API cannot answer.
        Waits: it takes so long that the worker does it.
    """
    indicators, settled = await settled_of(api, words, sent.state)
    keys = _keys(settled, words)
    together = {"together": "1"} if sent.together else {}
    first = await api.post(PATH, sent.body, reader=sent.reader, **keys, **together)
    if first.status_code == 202:
        raise Waits(str(first.json()["id"]))
    numbers = first.json()
    # What was understood is asked for from here on: a file is decoded once more, and no further.
    body = (await api.post("/aoi/shapes", sent.body, **together)).content
    whole, rate, around, beside = await asyncio.gather(
        _whole(api, body, keys, numbers),
        _rate(api, body, keys, settled, indicators, many=len(numbers["data"]) > 1),
        _around(api, body, keys, settled.period),
        _beside(api, body, keys, settled, many=len(numbers["data"]) > 1),
    )
    return OwnAnswers(
        indicators=indicators,
        settled=settled,
        numbers=numbers,
        shapes=body,
        whole=whole,
        rate=rate,
        beside=beside,
        around=around,
    )


async def share(api: Client, key: str) -> Share:
    """Kept shapes, by their key.

    Raises:
        ApiProblem: they are forgotten, or the API cannot answer.
    """
    found = await api.fresh(f"/aoi/shares/{quote(key, safe='')}")
    told = found.pop("metadata")
    return Share(body=dump(found), keys=told["keys"], expires_at=str(told["expires_at"]))


async def made(api: Client, words: Language, export: dict[str, Any]) -> OwnAnswers:
    """The same of an answer that the worker has made: its shapes are forgotten.

    Raises:
        ApiProblem: the answer is there no longer, or the API cannot answer.
    """
    numbers = await api.fresh(f"/exports/{export['id']}/file")
    meta = numbers["meta"]
    since = read(urlsplit(export["address"]).query).b
    state = State(v=meta["v"], d=meta["d"], b=since, src=meta["product"]["id"])
    indicators, settled = await settled_of(api, words, state)
    meta["product"]["title"] = words.pick(meta["product"]["titles"]) or meta["product"]["title"]
    return OwnAnswers(
        indicators=indicators,
        settled=settled,
        numbers=numbers,
        shapes=None,
        whole=None,
        rate=None,
        beside={},
        around=None,
    )


def averages(indicators: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The indicators that can be asked of a shape, as averages; totals come with them."""
    return [one for one in indicators if one["products"] and one["statistic"] != "total"]


async def settled_of(
    api: Client, words: Language, state: State
) -> tuple[list[dict[str, Any]], Settled]:
    """What can be asked of shapes, and of that what a state asks for."""
    rel = "" if state.rel == "latest" else state.rel
    listed = (await api.get("/indicators", labels=words.code, rel=rel))["data"]
    indicators = averages(listed)
    # All periods are measured: none is chosen. A total stands beside its average, not alone.
    asked = replace(state, t="latest", v=AVERAGE_OF.get(state.v, state.v))
    settled = settle(asked, indicators)
    if settled.indicator["group"] != "change":
        # The form has one field for all variables: where nothing is counted it says nothing.
        settled = settle(replace(asked, b=BASE), indicators)
    return indicators, settled


def _keys(settled: Settled, words: Language) -> dict[str, str]:
    state = settled.state
    return {
        "v": state.v,
        "d": state.d,
        "b": based(settled, settled.product),
        "src": settled.product,
        "u": state.u,
        "rel": "" if state.rel == "latest" else state.rel,
        "labels": words.code,
    }


async def _whole(
    api: Client, body: bytes, keys: dict[str, str], numbers: dict[str, Any]
) -> dict[str, Any] | None:
    """All shapes as one."""
    if len(numbers["data"]) < 2:
        return None
    few = len(numbers["data"][0]["data"]) <= FEW_PERIODS
    t = "" if few else "latest"
    return await _quiet(api, body, **keys, t=t, together="1")


async def _rate(
    api: Client,
    body: bytes,
    keys: dict[str, str],
    settled: Settled,
    indicators: list[dict[str, Any]],
    *,
    many: bool,
) -> dict[str, Any] | None:
    known = [
        one
        for one in indicators
        if one["v"] == "rate"
        and one["d"] == settled.state.d
        and settled.product in {p["product_id"] for p in one["products"]}
    ]
    if not known:
        return None
    since = keys["b"] if keys["b"] in bases_of(known[0], settled.product) else ""
    asked = {**keys, "v": "rate", "u": "", "t": "latest", "b": since}
    asked["together"] = "1" if many else ""
    return await _quiet(api, body, **asked)


async def _beside(
    api: Client, body: bytes, keys: dict[str, str], settled: Settled, *, many: bool
) -> dict[str, dict[str, Any]]:
    offers = [str(p["product_id"]) for p in settled.indicator["products"]]
    # What cannot be counted from the year that was chosen stands beside nothing that is.
    others = [
        one
        for one in offers
        if one != settled.product and (not keys["b"] or based(settled, one) == keys["b"])
    ][:MOST_BESIDE]
    asked = {**keys, "t": "latest", "together": "1" if many else ""}
    found = await asyncio.gather(
        *(_quiet(api, body, **{**asked, "src": other}) for other in others)
    )
    return {other: answer for other, answer in zip(others, found, strict=True) if answer}


async def _quiet(api: Client, body: bytes, **keys: str) -> dict[str, Any] | None:
    """An answer that the page can do without: a product may not reach as far as another."""
    try:
        answer = await api.post(PATH, body, **keys)
    except ApiProblem as problem:
        if problem.status >= 500:
            raise
        return None
    if answer.status_code == 202:
        return None
    found: dict[str, Any] = answer.json()
    return found


async def _around(
    api: Client, shapes: bytes, keys: dict[str, str], period: str
) -> dict[str, Any] | None:
    """What there is in the middle of the largest part."""
    lon, lat = await asyncio.to_thread(_middle, shapes)
    try:
        found: dict[str, Any] = await api.fresh(
            "/point", lon=f"{lon:.5f}", lat=f"{lat:.5f}", t=period, **keys
        )
    except ApiProblem as problem:
        if problem.status >= 500:
            raise
        return None
    return found


def _middle(shapes: bytes) -> tuple[float, float]:
    """Longitude and latitude of a place in the largest part.

    Example:
        >>> text = '{"type": "Polygon", "coordinates": [[[0, 0], [2, 0], [2, 1], [0, 0]]]}'
        >>> lon, lat = _middle(text.encode())
        >>> 0 < lon < 2, 0 < lat < 1
        (True, True)
    """
    parts = polygons(shapes)
    middle = shapely.point_on_surface(parts[int(shapely.area(parts).argmax())])
    return middle.x, middle.y


def polygons(shapes: bytes) -> npt.NDArray[np.object_]:
    """Every polygon of a GeoJSON document."""
    found = np.array([shapely.from_geojson(shapes)], dtype=object)
    for _ in range(2):  # a collection of multipolygons
        found = shapely.get_parts(found)
    return found


def dump(found: dict[str, Any]) -> bytes:
    """A document of the API as it is sent back to it."""
    return json.dumps(found, ensure_ascii=False, separators=(",", ":")).encode()
