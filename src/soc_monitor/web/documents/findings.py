"""Findings: what a search finds beside areas: indicators, objectives, registers, pages."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from soc_monitor.web.client import ApiProblem, Client
from soc_monitor.web.glossary_words import terms
from soc_monitor.web.i18n import Language, plain

MOST = 20
"""Of one kind."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that a search has found."""

    title: str
    href: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Kind:
    """What was found of one kind."""

    heading: str
    count: int
    found: tuple[Finding, ...]
    """The first of them."""


async def gather(api: Client, words: Language, query: str) -> list[Kind]:
    """What a search finds beside areas; kinds without a finding are left out.

    Args:
        api: public.
        words: the language.
        query: words that all have to be in a title, in whatever language, or an id.
    """
    known, planned, registers = await asyncio.gather(
        _data(api, "/indicators", words),
        _data(api, "/objectives", words),
        asyncio.gather(
            *(_data(api, f"/{name}", words, q=query) for name in ("partners", "actions", "tools"))
        ),
    )
    at = f"/{words.code}"
    indicators = [
        Finding(words.pick(one["titles"]), f"{at}/methods/{one['id']}", words.pick(one["helps"]))
        for one in known
        if fits(query, (one["id"], one["v"], *one["titles"].values()))
    ]
    objectives = [
        Finding(f"{one['id']} · {one['label']}", f"{at}/progress/{one['id']}")
        for one in planned
        if fits(query, (one["id"], *one["labels"].values()))
    ]
    partners, actions, tools = (
        [Finding(_name(one["entry"]), f"{at}/{name}/{one['key']}") for one in rows]
        for name, rows in zip(("partners", "actions", "tools"), registers, strict=True)
    )
    kinds = (
        (words.say("Indicators"), indicators),
        (words.say("Objectives of the plan"), objectives),
        (words.say("Members and partners"), partners),
        (words.say("Actions"), actions),
        (words.say("Monitoring tools"), tools),
        (words.say("Glossary terms"), _terms(query, words)),
        (words.say("Pages"), _pages(query, words)),
    )
    return [Kind(said, len(found), tuple(found[:MOST])) for said, found in kinds if found]


def fits(query: str, texts: Iterable[str]) -> bool:
    """Whether one of the texts has all words of a search; accents and case do not count.

    Example:
        >>> fits("humidite sol", ["Anomalie d’humidité du sol"]), fits("a1", ["A1"])
        (True, True)
        >>> fits("", ["A1"])
        False
    """
    wanted = plain(query).split()
    return bool(wanted) and any(all(word in plain(text) for word in wanted) for text in texts)


def _name(entry: Mapping[str, Any]) -> str:
    """The title of an entry: of a tool each field has its source beside it."""
    fields = entry.get("fields", entry)
    told = fields.get("name") or fields.get("title") or ""
    return str(told["value"] if isinstance(told, Mapping) else told)


def _pages(query: str, words: Language) -> list[Finding]:
    said = {
        "/soc": words.say("Map"),
        "/compare": words.say("Compare areas"),
        "/rankings": words.say("Rankings"),
        "/progress": words.say("Progress"),
        "/data": words.say("Data and downloads"),
        "/api": words.say("Data interface (API)"),
        "/own": words.say("Your own area"),
        "/methods": words.say("Methods and sources"),
        "/glossary": words.say("Glossary"),
        "/help": words.say("Help"),
        "/changes": words.say("Releases and corrections"),
        "/status": words.say("Status"),
        "/accessibility": words.say("Accessibility"),
    }
    return [
        Finding(title, f"/{words.code}{path}")
        for path, title in said.items()
        if fits(query, (title, path[1:]))
    ]


def _terms(query: str, words: Language) -> list[Finding]:
    return [
        Finding(one.word, f"/{words.code}/glossary#{one.key}", one.meaning)
        for one in terms(words)
        if fits(query, (one.word,))
    ]


async def _data(api: Client, path: str, words: Language, **keys: str) -> list[dict[str, Any]]:
    """Rows of the API; none where there is nothing of the kind."""
    try:
        answer = await api.get(path, labels=words.code, **keys)
    except ApiProblem as problem:
        if problem.status >= 500 and not problem.is_empty:
            raise
        return []
    found: list[dict[str, Any]] = answer["data"]
    return found
