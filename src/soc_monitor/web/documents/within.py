"""Within: how the stock lies inside an area, as a whole and under each land cover."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from soc_monitor.web import numbers
from soc_monitor.web.client import Client
from soc_monitor.web.documents.pages import Page, respond
from soc_monitor.web.documents.signed import query
from soc_monitor.web.i18n import Language, language

INDICATOR = "soc_stock_0_30cm"
WIDTH = 240
"""Of a drawing, in its own units."""


@dataclass(frozen=True, slots=True)
class Part:
    """Some land of the area, in words, and the places of its quantiles in its drawing."""

    name: str
    share: str
    mean: str
    median: str
    half: str
    most: str
    total: str
    at: tuple[float, ...]
    """5, 25, 50, 75 and 95 % of the land."""


async def within(request: Request) -> Response:
    """``/{lang}/soc/{area}/within``: quantiles of the stock, and its parts by land cover."""
    words = language(request.path_params["lang"])
    api: Client = request.app.state.client
    asked = {key: request.query_params.get(key, "")[:100] for key in ("src", "t", "rel")}
    keys = {key: value for key, value in asked.items() if value}
    release = {key: value for key, value in keys.items() if key == "rel"}
    place = f"/areas/{quote(request.path_params['area'], safe='')}"
    area = await api.get(place, labels=words.code, **release)
    place = f"/areas/{quote(area['id'], safe='')}"
    found = await api.get(f"{place}/distribution", **keys)
    products = (await api.get("/products", labels=words.code, **release))["data"]
    meta, whole = found["meta"], found["data"][0]
    titles = {one["id"]: one["title"] for one in products}
    widest = max(one["q95_t_ha"] for one in found["data"])
    page = Page(
        template="soc/within.html",
        path=f"/soc/{area['id']}/within",
        title=words.say("{area}: where its carbon lies · soc-monitor", area=area["name"]),
        description=words.say(
            "Median and quartiles of soil carbon, and mean and total by land cover."
        ),
        noindex=bool(keys),
    )
    return await respond(
        request,
        words,
        page,
        area=area,
        meta=meta,
        titles=titles,
        lead=lead(whole, words),
        parts_of=[part(one, widest, words) for one in found["data"]],
        width=WIDTH,
        back=f"/{words.code}/soc/{area['id']}{query(**keys)}",
        data=f"/api/v1{place}/distribution{query(**keys)}",
    )


def lead(whole: Mapping[str, Any], words: Language) -> str:
    """How the stock is spread, in a sentence that holds where many cells have the same number.

    Args:
        whole: all land, of ``/areas/{id}/distribution``.
        words: the language.

    Example:
        >>> from soc_monitor.web.i18n import language
        >>> names = ("q05_t_ha", "q25_t_ha", "median_t_ha", "q75_t_ha", "q95_t_ha")
        >>> lead(dict(zip(names, (10, 21, 21, 21, 80))), language("en"))
        'At least half of the mapped land holds 21.0 t C/ha.'
        >>> lead(dict.fromkeys(names, 21), language("en"))
        'At least nine tenths of the mapped land holds 21.0 t C/ha.'
    """
    names = ("q05", "q25", "median", "q75", "q95")
    least, low, middle, high, most = (
        numbers.number(whole[f"{name}_t_ha"], words.code) for name in names
    )
    unit = numbers.unit("t C ha-1", words.code)
    if least == most:
        return words.say(
            "At least nine tenths of the mapped land holds {value} {unit}.", value=middle, unit=unit
        )
    if low == high:
        return words.say(
            "At least half of the mapped land holds {value} {unit}.", value=middle, unit=unit
        )
    return words.say(
        "At least half of the mapped land holds {low} to {high} {unit}; at least half holds "
        "{middle} or more, at least half {middle} or less.",
        low=low,
        high=high,
        middle=middle,
        unit=unit,
    )


def part(one: Mapping[str, Any], widest: float, words: Language) -> Part:
    """What the API says of some land, in words.

    Args:
        one: of ``/areas/{id}/distribution``.
        widest: what the right edge of the drawings stands for [t ha-1].
        words: the language.

    Example:
        >>> from soc_monitor.web.i18n import language
        >>> told = {"land_cover": "all", "share": 1.0, "mean_t_ha": 50.0, "total_t": 2.5e6}
        >>> names = ("q05_t_ha", "q25_t_ha", "median_t_ha", "q75_t_ha", "q95_t_ha")
        >>> shown = part(told | dict(zip(names, (10, 20, 40, 60, 80))), 80.0, language("en"))
        >>> shown.name, shown.half, shown.total, shown.at
        ('all land', '20.0 – 60.0', '2.50', (30.0, 60.0, 120.0, 180.0, 240.0))
    """
    at = [one[f"{name}_t_ha"] for name in ("q05", "q25", "median", "q75", "q95")]
    told = [numbers.number(value, words.code) for value in at]
    return Part(
        name=_names(words)[one["land_cover"]],
        share=numbers.percent(one["share"], words.code),
        mean=numbers.number(one["mean_t_ha"], words.code),
        median=told[2],
        half=f"{told[1]} – {told[3]}",
        most=f"{told[0]} – {told[4]}",
        total=numbers.number(one["total_t"] / 1e6, words.code),
        at=tuple(round(value / widest * WIDTH, 1) if widest > 0 else 0.0 for value in at),
    )


def _names(words: Language) -> dict[str, str]:
    return {
        "all": words.say("all land"),
        "forest": words.say("forest"),
        "grassland": words.say("grassland and shrubs"),
        "cropland": words.say("cropland"),
        "wetland": words.say("wetlands"),
        "artificial": words.say("built-up land"),
        "other": words.say("bare and other land"),
        "water": words.say("water"),
        "not_known": words.say("land cover not known"),
    }
