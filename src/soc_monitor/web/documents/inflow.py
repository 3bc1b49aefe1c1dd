"""Inflow: one input, what it has brought, what of it is not there, and what rests on it."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from soc_monitor.web import numbers
from soc_monitor.web.client import Client
from soc_monitor.web.data_view import bytes_text
from soc_monitor.web.documents.data import instant, published
from soc_monitor.web.documents.incidents import Published
from soc_monitor.web.documents.pages import Page, respond
from soc_monitor.web.documents.service import told_input
from soc_monitor.web.documents.watched import record_of
from soc_monitor.web.i18n import Language, language
from soc_monitor.web.ops_words import rule_word


async def inflow(request: Request) -> Response:
    """``/{lang}/status/{job}``."""
    words = language(request.path_params["lang"])
    api: Client = request.app.state.client
    job = quote(request.path_params["job"], safe="")
    answer = await api.get(f"/freshness/{job}", labels=words.code)
    days, (products, indicators) = await asyncio.gather(
        api.get("/status/days"), published(api, words)
    )
    one = answer["data"]
    record = record_of(days, [one], words, datetime.now(UTC))
    using = [product for product in products if one["job_id"] in product["source_ids"]]
    name = one["title"]
    page = Page(
        template="inflow.html",
        path=f"/status/{one['job_id']}",
        title=f"{name} · soc-monitor" if len(name) <= 46 else name[:60],
        description=words.say("What an input has brought, what is missing, what rests on it."),
    )
    return await respond(
        request,
        words,
        page,
        cacheable=False,
        one=told_input(one, words),
        attempt=numbers.instant(instant(one["last_attempt"]), words.code),
        record=record["bars"].get(one["job_id"]),
        arrivals=[_arrival(each, words) for each in one["arrivals"]],
        gaps=[_gap(each, words) for each in one["gaps"]],
        more_gaps=answer["meta"]["total_gaps"] - len(one["gaps"]),
        refusals=[
            (
                _first_capital(rule_word(each["rule"], words)),
                each["rule"],
                numbers.number(each["files"], words.code, 0),
                _day(each["newest"], words),
            )
            for each in one["refusals"]
        ],
        products=[product["title"] for product in using],
        told=Published(products, indicators).resting_on(one["job_id"], words),
    )


def _first_capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _arrival(one: Mapping[str, Any], words: Language) -> dict[str, str]:
    ends = [date.fromisoformat(one[key]) for key in ("first", "last") if one[key]]
    return {
        "item": one["item"],
        "at": numbers.instant(instant(one["arrived_at"]), words.code),
        "span": " – ".join(dict.fromkeys(numbers.day(day, words.code) for day in ends)),
        "size": bytes_text(one["bytes"], words, exact=True),
        "sha256": one["sha256"],
    }


def _gap(one: Mapping[str, Any], words: Language) -> tuple[str, str]:
    """The variable, and the periods that are missing."""
    cut = len("2021-01") if one["freq"] == "month" else len("2021")
    ends = [numbers.period(str(one[key])[:cut], words.code) for key in ("first", "last")]
    return one["variable"], " – ".join(dict.fromkeys(ends))


def _day(text: str, words: Language) -> str:
    return numbers.day(instant(text), words.code)
