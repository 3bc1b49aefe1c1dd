"""Incidents that go on: what each does to readers, what is done, and when more is known.

Every sentence is made of what the service knows of itself: nobody writes them by hand.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from soc_monitor.web import numbers
from soc_monitor.web.controls import place
from soc_monitor.web.documents.data import instant
from soc_monitor.web.i18n import Language

SHOWN = 4
"""Indicators that are named of those that rest on an input; its page has them all."""
Part = tuple[str, str]
"""Kind of a part, ``service`` or ``input``, and its id."""


@dataclass(frozen=True, slots=True)
class Incident:
    """Something that is not in order now."""

    part: Part
    name: str
    state: str
    word: str
    since: str
    """Day; empty: that is not known."""
    effect: str
    doing: str
    next_word: str
    rests: list[tuple[str, str]] = field(default_factory=list)
    """Some of the indicators that rest on it: title, and address of the method."""
    more: str = ""
    """How many others there are; empty: none."""


@dataclass(frozen=True, slots=True)
class Published:
    """What is published, as the API lists it."""

    products: Iterable[Mapping[str, Any]] = ()
    indicators: Iterable[Mapping[str, Any]] = ()

    def rests_on(self, job: str) -> bool:
        """Whether any product is computed from an input."""
        return any(job in one["source_ids"] for one in self.products)

    def resting_on(self, job: str, words: Language) -> list[tuple[str, str]]:
        """Indicators of the products that are computed from an input: title, and address."""
        using = (one for one in self.products if job in one["source_ids"])
        ids = {one for product in using for one in product["indicators"]}
        return [
            (words.pick(one["titles"]), f"/{words.code}/methods/{one['id']}")
            for one in sorted(self.indicators, key=place)
            if one["id"] in ids
        ]


def going_on(
    inputs: Iterable[Mapping[str, Any]],
    record: Mapping[str, Any] | None,
    published: Published,
    words: Language,
) -> list[Incident]:
    """Everything that is not in order now: parts of the service first, then inputs.

    Args:
        inputs: those of the page, with their state in words.
        record: of :func:`record_of`; None: nothing was watched yet.
        published: what is published.
        words: the language.
    """
    began: dict[Part, str] = {}
    if record is not None:
        began = {one["part"]: one["from"] for one in record["incidents"] if one["open"]}
    found = [*_services(record, began, words)] if record is not None else []
    return [
        *found,
        *(
            _input(one, began, published.resting_on(one["job_id"], words), words)
            for one in inputs
            if one["state"] in {"late", "broken"}
        ),
    ]


def closed(record: Mapping[str, Any], told: Iterable[Incident]) -> list[Mapping[str, Any]]:
    """Incidents of the record that are not told as going on."""
    now = {one.part for one in told}
    return [one for one in record["incidents"] if not (one["open"] and one["part"] in now)]


def _services(
    record: Mapping[str, Any], began: Mapping[Part, str], words: Language
) -> Iterator[Incident]:
    effects = _effects(words)
    for one in record["services"]:
        if one["state"] != "down":
            continue
        part = ("service", one["id"])
        again = one["seen"] + timedelta(minutes=record["every"])
        yield Incident(
            part=part,
            name=one["name"],
            state="broken",
            word=one["word"],
            since=began.get(part, ""),
            effect=effects[one["id"]],
            doing=words.say_n(
                "It is asked again every {n} minute.",
                "It is asked again every {n} minutes.",
                record["every"],
                n=record["every"],
            ),
            next_word=words.say("{time}, on this page.", time=numbers.instant(again, words.code)),
        )


def _effects(words: Language) -> dict[str, str]:
    """What readers lack while a part does not answer, and what they still have."""
    return {
        "website": words.say("Pages may not open. Programs that use the API go on."),
        "api": words.say("Pages show what was kept of them, or say that they cannot; programs "
                         "get no numbers."),
        "tiles": words.say("Maps stay without colours. Tables, charts and files are there."),
        "downloads": words.say("Files cannot be had. Pages and the API go on."),
        "scheduler": words.say("Nothing new comes in. What is published stands, and grows older."),
    }  # fmt: skip


def _input(
    one: Mapping[str, Any],
    began: Mapping[Part, str],
    rests: list[tuple[str, str]],
    words: Language,
) -> Incident:
    part = ("input", one["job_id"])
    left = len(rests) - SHOWN
    return Incident(
        part=part,
        name=one["title"],
        state=one["state"],
        word=one["state_word"],
        since=_late_since(one, words) or began.get(part, "") or _failed_since(one, words),
        effect=_effect(one, rests, words),
        doing=_doing(one, words),
        next_word=_next_word(one, words),
        rests=rests[:SHOWN] if left > 1 else rests,
        more=words.say("and {n} more", n=left) if left > 1 else "",
    )


def _late_since(one: Mapping[str, Any], words: Language) -> str:
    """The day on which it became older than allowed; empty: it is not that."""
    last, allowed = one["last_observation_end"], one["allowed_days"]
    if one["state"] != "late" or last is None or allowed is None:
        return ""
    return numbers.day(date.fromisoformat(last) + timedelta(days=allowed + 1), words.code)


def _failed_since(one: Mapping[str, Any], words: Language) -> str:
    """The day of the last try, where it failed and nobody has watched when that began."""
    if one["state"] != "broken" or one["file_broken"] or one["last_attempt"] is None:
        return ""
    return words.say("{day} or earlier", day=numbers.day(instant(one["last_attempt"]), words.code))


def _too_old(one: Mapping[str, Any]) -> bool:
    age, allowed = one["age_days"], one["allowed_days"]
    return age is not None and allowed is not None and age > allowed


def _effect(one: Mapping[str, Any], rests: list[tuple[str, str]], words: Language) -> str:
    if not rests:
        return words.say("No published map is computed from it.")
    if one["last_observation_end"] is None:
        return words.say("What rests on it has no new numbers. What is published stands.")
    if not _too_old(one):
        return words.say("What is there of it is not too old: the numbers that rest on it stand.")
    return words.say(
        "What rests on it knows nothing of the time after {day}: its last months may still move, "
        "and new ones wait. What is published stands; pages of areas say so beside their numbers.",
        day=numbers.day(instant(one["last_observation_end"]), words.code),
    )


def _doing(one: Mapping[str, Any], words: Language) -> str:
    """By whether it is tried again by itself."""
    if one["state"] == "late":
        return words.say(
            "The source has brought nothing newer. Operators are told; it is asked again."
        ) if one["next_look"] else words.say(
            "The source has brought nothing newer. Operators are told."
        )  # fmt: skip
    if one["file_broken"]:
        return words.say("Its job file cannot be read. Operators are told: they mend it.")
    tried = numbers.instant(instant(one["last_attempt"]), words.code)
    return words.say(
        "The last try failed ({time}). Operators are told, and it is tried again by itself.",
        time=tried,
    ) if one["next_look"] else words.say(
        "The last try failed ({time}). Operators are told: they start it again.", time=tried
    )  # fmt: skip


def _next_word(one: Mapping[str, Any], words: Language) -> str:
    if one["file_broken"]:
        return words.say("As soon as an operator has mended the file.")
    if not one["next_look"]:
        return words.say("As soon as an operator has started it anew.")
    return words.say(
        "At the next look, {time}.",
        time=numbers.instant(instant(one["next_look"]), words.code),
    )


def next_release(inputs: Iterable[Mapping[str, Any]], published: Published, words: Language) -> str:
    """When the next release is due: none has a day, each follows what an input brings.

    Inputs that nothing published rests on, such as readings of stations, bring none.

    Args:
        inputs: as the API has them; those kept by an older version have no next look.
        published: what is published.
        words: the language.
    """
    looks: list[tuple[datetime, str]] = sorted(
        (at, str(one["title"]))
        for one in inputs
        if (at := instant(one.get("next_look"))) is not None and published.rests_on(one["job_id"])
    )
    if not looks:
        return words.say("The next one comes when an input is connected that follows the present.")
    at, title = looks[0]
    return words.say(
        "The next one is due as soon as an input brings something new. Looked for next: {input}, "
        "{time}.",
        input=title,
        time=numbers.instant(at, words.code),
    )
