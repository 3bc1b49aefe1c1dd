"""One indicator's method, from the file that computes it and the products that have it."""

import asyncio
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from soc_monitor.web import numbers, view
from soc_monitor.web.client import ApiProblem, Client
from soc_monitor.web.documents.pages import Page, respond
from soc_monitor.web.i18n import Language, language
from soc_monitor.web.state import State


async def method(request: Request) -> Response:
    """``/{lang}/methods/{indicator}``."""
    words = language(request.path_params["lang"])
    api: Client = request.app.state.client
    listed, products = await asyncio.gather(
        api.get("/indicators", labels=words.code), api.get("/products", labels=words.code)
    )
    asked = request.path_params["indicator"]
    one = next((i for i in listed["data"] if i["id"] == asked), None)
    if one is None:
        raise ApiProblem(404, {})
    known = {p["id"]: p for p in products["data"]}
    title = words.pick(one["titles"])
    page = Page(
        template="method.html",
        path=f"/methods/{asked}",
        title=f"{title} · soc-monitor"[:60],
        description=words.pick(one["helps"]),
    )
    return await respond(
        request,
        words,
        page,
        one=_about(one, words),
        offers=[_offer(one, offer, known, words) for offer in one["products"]],
        limits=_limits(one, words),
        release_name=listed["meta"]["release"],
    )


def _about(one: dict[str, Any], words: Language) -> dict[str, Any]:
    over, over_help = _over(str(one["statistic"]), words)
    entries, unit = view.legend(one, "", words)
    return {
        "title": words.pick(one["titles"]),
        "help": words.pick(one["helps"]),
        "unit": unit,
        "over": over,
        "over_help": over_help,
        "inputs": one["inputs"],
        "source": one["source"],
        "method": one["method"],
        "legend": entries,
    }


def _over(statistic: str, words: Language) -> tuple[str, str]:
    """How the number of an area comes about, and what that means."""
    return {
        "mean": (
            words.say("Average"),
            words.say(
                "Each cell weighs as much as the surface of it, on the ellipsoid, that lies "
                "inside of the area and has a value."
            ),
        ),
        "total": (
            words.say("Sum"),
            words.say(
                "Each cell counts with the surface of it, on the ellipsoid, that lies inside of "
                "the area; what has no value adds nothing."
            ),
        ),
        "ratio": (
            words.say("From the totals of all its dates"),
            words.say(
                "The area’s totals are compared on the land that all dates of the change cover: "
                "from two years on by the slope of a straight line through all yearly means, "
                "below that by the difference of two. A mean of its cells would count the "
                "poorest soils most."
            ),
        ),
    }[statistic]


def _offer(
    one: dict[str, Any], offer: dict[str, Any], known: dict[str, Any], words: Language
) -> dict[str, Any]:
    product = known.get(offer["product_id"], {})
    periods = [numbers.period(p, words.code) for p in offer["periods"]]
    query = State(v=one["v"], d=one["d"], src=offer["product_id"]).query()
    return {
        "title": offer["title"],
        "data_class": offer["data_class"],
        "span": ", ".join(periods) if len(periods) <= 12 else f"{periods[0]} – {periods[-1]}",
        "notes": product.get("notes", ""),
        "licence": product.get("licence", ""),
        "href": f"/{words.code}/soc{query}",
    }


def _limits(one: dict[str, Any], words: Language) -> list[str]:
    said = [
        words.say(
            "One cell is an estimate, not a measurement of a field: the number of an area can be "
            "good where that of a place in it is not."
        )
    ]
    if one["group"] == "carbon":
        said.append(
            words.say(
                "A difference between two products, or between two map versions of one product, "
                "is not a change of the soil."
            )
        )
    if one["group"] in {"drivers", "health"}:
        said.append(
            words.say("It says how soil and plants are doing, not how much carbon the soil holds.")
        )
    return said
