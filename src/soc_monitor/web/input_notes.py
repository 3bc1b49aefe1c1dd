"""Notes on inputs: what a page says under its title of those that its numbers wait for."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from soc_monitor.web.i18n import Language
from soc_monitor.web.numbers import day, number


@dataclass(frozen=True, slots=True)
class InputNotes:
    """Sentences, one an input."""

    late: list[str]
    """Of each that is older than allowed, or of which nothing is there yet."""
    failed: list[str]
    """Of each whose last attempt failed, or of which none can be made, while what is there is not
    too old."""


def anew_notes(inputs: Iterable[Mapping[str, Any]], pinned: str, words: Language) -> list[str]:
    """What is said of each product that is to be made anew and could not be yet.

    Args:
        inputs: rows of ``/freshness``.
        pinned: as of ``input_notes``.
        words: the language.
    """
    notes = []
    for one in () if pinned else inputs:
        anew = one.get("made_anew")
        if anew is None:
            continue
        keys = {
            "product": one["title"],
            "day": day(datetime.fromisoformat(anew["since"]), words.code),
            "reason": anew["reason"],
        }
        if not anew["shown"]:
            text = words.say(
                "“{product}” is not shown since {day}, until it is made anew. Data that it rested "
                "on were withdrawn: {reason}.",
                **keys,
            ) if anew["reason"] else words.say(
                "“{product}” is not shown since {day}, until it is made anew.", **keys
            )  # fmt: skip
        elif anew["reason"]:
            text = words.say(
                "“{product}”: some periods are not shown since {day}, until they are made anew. "
                "Data that they rested on were withdrawn: {reason}.",
                **keys,
            )
        else:
            text = words.say(
                "“{product}” is being made anew from a newer map since {day}. Until then it is "
                "shown as it was published, from the map before.",
                **keys,
            )
        notes.append(text)
    return notes


def input_notes(inputs: Iterable[Mapping[str, Any]], pinned: str, words: Language) -> InputNotes:
    """What is said of inputs as ``/freshness`` tells them.

    Args:
        inputs: rows of ``/freshness``.
        pinned: the release that the page is of for ever: its numbers wait for nothing; empty: the
            newest one.
        words: the language.
    """
    notes = InputNotes([], [])
    for one in () if pinned else inputs:
        name, age, allowed = one["title"], one["age_days"], one["allowed_days"]
        if one["state"] not in {"late", "broken"}:
            continue
        if age is None:
            notes.late.append(words.say("{input}: nothing has been read yet.", input=name))
        elif allowed is not None and age > allowed:
            notes.late.append(
                words.say(
                    "{input}: {age} days old ({allowed} allowed). The last periods may move.",
                    input=name,
                    age=number(age, words.code, 0),
                    allowed=number(allowed, words.code, 0),
                )
            )
        elif one.get("file_broken"):
            notes.failed.append(
                words.say(
                    "{input}: it cannot be looked for now; what is there is not too old.",
                    input=name,
                )
            )
        else:
            notes.failed.append(
                words.say(
                    "{input}: the last attempt failed; what is there is not too old.", input=name
                )
            )
    return notes
