"""Watched: 90 days of each part of the service and each input, as bars and in words."""

import math
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from markupsafe import Markup

from soc_monitor.web import numbers
from soc_monitor.web.documents.data import instant
from soc_monitor.web.i18n import Language

DAY = timedelta(days=1)
STEP, TALL = 4, 24
"""Width of a day and height of a bar, in the drawing's own units."""
BARS = {"up": "ok", "fresh": "ok", "due": "ok", "late": "late", "down": "bad", "broken": "bad",
        "paused": "idle"}  # fmt: skip
HEIGHTS = {"ok": 14, "late": 19, "bad": TALL, "idle": 6, "none": 2}
"""What is worse is taller: a bar is told without its colour, too."""
SERVICES = ("website", "api", "tiles", "downloads", "scheduler")
SEEN_FOR = timedelta(minutes=16)
"""A state that was seen longer ago is not known any more: three checks were missed."""
MOST = 30
"""Incidents on the page; those before are in the answer of the API."""


def part_words(words: Language) -> dict[str, str]:
    """Parts of the service, in the order of the page."""
    return {
        "website": words.say("Website"),
        "api": words.say("Data interface (API)"),
        "tiles": words.say("Map tiles"),
        "downloads": words.say("Downloads"),
        "scheduler": words.say("Scheduler"),
    }


def record_of(answer: Mapping[str, Any], inputs: Iterable[Mapping[str, Any]], words: Language,
              now: datetime) -> dict[str, Any]:  # fmt: skip
    """What the page shows of ``/status/days``.

    Args:
        answer: of the API.
        inputs: those on the page, with id and title.
        words: the language.
        now: the moment.

    Returns:
        ``services`` in their order; ``bars`` of inputs by id; ``incidents``, the newest first,
        each with the ``part`` that it is of (kind and id) and whether it is ``open``;
        ``since``, the first day that was watched, and ``watched``, the share of the time since;
        ``down`` and ``unseen``, how many parts do not answer, and of how many that is not known.
    """
    meta, known = answer["meta"], {(one["kind"], one["id"]): one for one in answer["data"]}
    first, last = (date.fromisoformat(meta[key]) for key in ("first_day", "last_day"))
    names = {("service", key): word for key, word in part_words(words).items()}
    names |= {("input", one["job_id"]): one["title"] for one in inputs}
    shown = {key: _part(known[key], name, (first, last), words, now)
             for key, name in names.items() if key in known}  # fmt: skip
    services = [one for (kind, _), one in shown.items() if kind == "service"]
    incidents = sorted(
        (one | {"part": key} for key in shown
         for one in _incidents(known[key], names[key], last, words)),
        key=lambda one: (one["last"], one["first"]), reverse=True,
    )  # fmt: skip
    begun = min((one["days"][0]["day"] for one in answer["data"]), default="")
    return {
        "services": services,
        "bars": {part: one for (kind, part), one in shown.items() if kind == "input"},
        "incidents": incidents[:MOST],
        "more": len(incidents) > MOST,
        "since": numbers.day(instant(begun), words.code) if begun > meta["first_day"] else "",
        "down": sum(one["state"] == "down" for one in services),
        "unseen": sum(one["state"] == "unknown" for one in services),
        "every": meta["every_s"] // 60,
        "watched": share(max((one["watched_share"] for one in answer["data"]), default=0.0), words),
    }


def _part(one: Mapping[str, Any], name: str, span: tuple[date, date], words: Language,
          now: datetime) -> dict[str, Any]:  # fmt: skip
    seen = instant(one["seen"]) or datetime.min.replace(tzinfo=UTC)
    # Either way: what was seen by a clock that is ahead is not known either.
    state = one["state"] if abs(now - seen) < SEEN_FOR else "unknown"
    return {
        "id": one["id"],
        "name": name,
        "state": state,
        "seen": seen,
        "word": {"up": words.say("works"), "down": words.say("does not answer")}.get(
            state, words.say("not known now")
        ),
        "bars": bars(one["days"], *span),
        "told": " · ".join(_told(one, words)),
    }


def _told(one: Mapping[str, Any], words: Language) -> Iterator[str]:
    if one["well_share"] is None:
        yield words.say("paused")
    else:
        yield words.say("{percent} of the time in order", percent=share(one["well_share"], words))
    n = one["incidents"]
    if n:
        yield words.say_n("{n} incident", "{n} incidents", n, n=n)


def share(value: float, words: Language) -> str:
    r"""A share to a hundredth of a percent, cut off: what is not whole is never told as 100.

    Example:
        >>> from soc_monitor.web.i18n import language
        >>> share(0.99999, language("en")), share(1.0, language("fr"))
        ('99.99%', '100\xa0%')
    """
    # Rounded far behind the point first: 0.57 * 10000 is 5699.999….
    cut = math.floor(round(value * 10_000, 6)) / 100
    gap = "" if words.code == "en" else numbers.NBSP
    return f"{numbers.number(cut, words.code, 0 if cut == int(cut) else 2)}{gap}%"


def bars(days: Iterable[Mapping[str, Any]], first: date, last: date) -> Markup:
    """A drawing of days, one bar each; what it shows stands beside it in words.

    Args:
        days: as the API tells them.
        first: the day at the left.
        last: the day at the right.
    """
    known = {one["day"]: one for one in days}
    count = (last - first).days + 1
    paths: dict[str, list[str]] = {}
    for n in range(count):
        one = known.get((first + timedelta(days=n)).isoformat())
        kind = "none" if one is None else BARS.get(one["state"], "idle")
        # A day of which less than half was watched is paler.
        faint = " faint" if one is not None and 2 * one["checks"] < one["due"] else ""
        bar = f"M{n * STEP + 2} {TALL}v-{HEIGHTS[kind]}"
        paths.setdefault(kind + faint, []).append(bar)
    drawn = "".join(f'<path class="{kind}" d="{"".join(d)}"/>' for kind, d in paths.items())
    box = f"0 0 {count * STEP} {TALL}"
    return Markup(  # noqa: S704  # numbers and our own words
        f'<svg class="days" viewBox="{box}" preserveAspectRatio="none" aria-hidden="true">'
        f"{drawn}</svg>"
    )


def _incidents(
    one: Mapping[str, Any], name: str, today: date, words: Language
) -> Iterator[dict[str, Any]]:
    """Days on end on which a part was not in order, with the incidents in them."""
    for days in _on_end(day for day in one["days"] if day["bad"]):
        first, last = days[0]["day"], days[-1]["day"]
        states = {day["state"] for day in days}
        state = next(state for state in ("broken", "down", "late") if state in states)
        goes_on = last == today.isoformat() and one["state"] in {"late", "broken", "down"}
        yield {
            "name": name,
            "state": {"down": "broken"}.get(state, state),
            "word": {
                "broken": words.say("broken"),
                "down": words.say("does not answer"),
                "late": words.say("late"),
            }[state],
            "first": first,
            "last": last,
            "from": numbers.day(instant(first), words.code),
            "open": goes_on,
            "to": words.say("goes on") if goes_on else numbers.day(instant(last), words.code),
            "lasted": lasted(5 * sum(day["bad"] for day in days), words),
            # What went on already when the first day began is one, too: as the API counts.
            "count": sum(day["began"] for day in days) + (not days[0]["began"]),
        }


def _on_end(bad: Iterable[Mapping[str, Any]]) -> list[list[Mapping[str, Any]]]:
    """Bad days in rows; what went on while nobody looked is one row with what was before."""
    rows: list[list[Mapping[str, Any]]] = []
    for day in bad:
        known = rows[-1][-1]["day"] if rows else None
        next_to = known and date.fromisoformat(day["day"]) - date.fromisoformat(known) == DAY
        if rows and (next_to or not day["began"]):
            rows[-1].append(day)
        else:
            rows.append([day])
    return rows


def lasted(minutes: int, words: Language) -> str:
    """How long it was not in order, as far as it was watched: minutes, hours or days."""
    if minutes < 60:
        return words.say("{n} min", n=minutes)
    if minutes < 48 * 60:
        return words.say("{n} h", n=numbers.number(minutes / 60, words.code, 0))
    days = round(minutes / 1440)
    return words.say_n("{n} day", "{n} days", days, n=days)
