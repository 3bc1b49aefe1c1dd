"""Data: small answers of the API that several documents need, in the words of a page."""

from datetime import datetime
from typing import Any

from soc_monitor.web import numbers
from soc_monitor.web.client import ApiProblem, Client
from soc_monitor.web.i18n import Language, plain


def instant(text: str | None) -> datetime | None:
    """An instant of the API."""
    return None if not text else datetime.fromisoformat(text)


async def newest_release(api: Client, words: Language) -> dict[str, str] | None:
    """Name and day of the newest release; None: there is none, or no answer."""
    try:
        found = (await api.get("/releases", limit="1"))["data"]
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
        counts = (await api.get("/freshness", labels=words.code))["meta"]["counts"]
    except ApiProblem:
        return ""
    return freshness_sentence(counts, words)


def freshness_sentence(counts: dict[str, int], words: Language) -> str:
    """How fresh the inputs are.

    Args:
        counts: state to the number of inputs in it.
        words: the language.
    """
    behind = counts.get("late", 0) + counts.get("broken", 0)
    total = sum(n for state, n in counts.items() if state != "retired")
    if total == 0:
        return words.say("No input has been read yet.")
    if behind == 0:
        return words.say_n(
            "The one input is as fresh as it should be.",
            "All {n} inputs are as fresh as they should be.",
            total,
            n=total,
        )
    return words.say_n(
        "{n} of {total} inputs is late.",
        "{n} of {total} inputs are late.",
        behind,
        n=behind,
        total=total,
    )
