"""Data: small answers of the API that several documents need, in the words of a page."""

import asyncio
from collections.abc import Coroutine
from datetime import datetime
from typing import Any

from soc_monitor.web import numbers
from soc_monitor.web.client import ApiProblem, Client
from soc_monitor.web.i18n import Language, plain


def instant(text: str | None) -> datetime | None:
    """An instant of the API."""
    return None if not text else datetime.fromisoformat(text)


async def newest_release(api: Client, words: Language) -> dict[str, str] | None:
    """Name and day of the newest release; None: there is none, or no answer soon."""
    try:
        found = (await api.soon("/releases", limit="1"))["data"]
    except ApiProblem:
        return None
    if not found:
        return None
    day = numbers.day(instant(found[0]["published_at"]), words.code)
    return {"name": str(found[0]["name"]), "day": day}


async def countries(api: Client, words: Language) -> list[dict[str, Any]]:
    """Every country, in the order of the language; empty when there is no answer."""
    try:
        found = (await api.get("/areas", lvl="adm0", labels=words.code))["data"]
    except ApiProblem:
        return []
    return sorted(found, key=lambda area: plain(area["name"]))


async def freshness(api: Client, words: Language) -> str:
    """How fresh the inputs are, in a sentence; empty when there is no answer."""
    try:
        inputs, _ = await inputs_of(api, words)
    except ApiProblem:
        return ""
    return overall(inputs, words)[1]


async def inputs_of(
    api: Client, words: Language, wait_s: float = 0.0
) -> tuple[list[dict[str, Any]], datetime | None]:
    """What comes from outside, and when it was looked at: what is calculated here is no input.

    Args:
        api: where it is asked.
        words: the language.
        wait_s: for how long an answer is awaited, at most [s]; 0: until there is one.

    Raises:
        ApiProblem: there is no answer.
    """

    async def products() -> list[dict[str, Any]]:
        try:
            return list((await _ask(api, "/products", words, wait_s))["data"])
        except ApiProblem as problem:
            if not problem.is_empty:
                raise
            return []  # Inputs come in before the first release.

    answer, made = await asyncio.gather(_ask(api, "/freshness", words, wait_s), products())
    sources = {one["id"]: {s["id"] for s in one["sources"]} for one in made}
    inputs = [
        one
        for one in answer["data"]
        if one["job_id"] not in sources or one["job_id"] in sources[one["job_id"]]
    ]
    return inputs, instant(answer["meta"]["checked_at"])


async def published(
    api: Client, words: Language, wait_s: float = 0.0
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Products and indicators; none before the first release.

    Args:
        api: where it is asked.
        words: the language.
        wait_s: for how long an answer is awaited, at most [s]; 0: until there is one.

    Raises:
        ApiProblem: there is no answer.
    """
    try:
        products, indicators = await asyncio.gather(
            _ask(api, "/products", words, wait_s), _ask(api, "/indicators", words, wait_s)
        )
    except ApiProblem as problem:
        if not problem.is_empty:
            raise
        return [], []
    return products["data"], indicators["data"]


def _ask(api: Client, path: str, words: Language, wait_s: float) -> Coroutine[Any, Any, Any]:
    labels = words.code
    return api.soon(path, wait_s, labels=labels) if wait_s else api.get(path, labels=labels)


def overall(inputs: list[dict[str, Any]], words: Language) -> tuple[str, str]:
    """The state of all inputs together, and the sentence that says it.

    An input that does not age cannot be late, and does not make the service live either.

    Args:
        inputs: as :func:`inputs_of` gives them.
        words: the language.
    """
    known = [one for one in inputs if one["state"] != "retired"]
    live = [one for one in known if one["allowed_days"] is not None]
    broken = [one for one in known if one["state"] == "broken"]
    behind = [one for one in live if one["state"] in {"late", "broken"}]
    if not known:
        return "unknown", words.say("No input has been read yet.")
    if broken or behind:
        n = len({one["job_id"] for one in [*broken, *behind]})
        return ("broken" if broken else "late"), words.say_n(
            "{n} of {total} inputs is late or failing.",
            "{n} of {total} inputs are late or failing.",
            n,
            n=n,
            total=len(known),
        )
    if not live:
        return "static", words.say_n(
            "{n} fixed input; none yet that follows the present.",
            "{n} fixed inputs; none yet that follows the present.",
            len(known),
            n=len(known),
        )
    return "fresh", words.say_n(
        "The one input that follows the present is up to date.",
        "All {n} inputs that follow the present are up to date.",
        len(live),
        n=len(live),
    )
