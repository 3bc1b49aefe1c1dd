"""Pages about the service itself: status, methods, provenance."""

import re
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from soc_monitor.web import home_states, numbers
from soc_monitor.web.change_words import reasons
from soc_monitor.web.client import ApiProblem, Client
from soc_monitor.web.controls import place
from soc_monitor.web.documents.carried import growth
from soc_monitor.web.documents.data import inputs_of, instant, overall, published
from soc_monitor.web.documents.incidents import Published, closed, going_on, next_release
from soc_monitor.web.documents.pages import Page, respond
from soc_monitor.web.documents.watched import record_of
from soc_monitor.web.i18n import Language, language
from soc_monitor.web.input_notes import anew_notes
from soc_monitor.web.sentences import change_not_assessed

WAIT_S = 4.0
"""For how long Status waits for an answer: it stands while the database hangs."""
RELEASES = 5
"""The newest releases that Status names; the page of changes has them all."""


def state_words(words: Language) -> list[tuple[str, str, str]]:
    """State of an input, its word, and what it means."""
    return [
        ("fresh", words.say("fresh"), words.say("Younger than allowed.")),
        ("static", words.say("fixed"), words.say("A map or table that does not change.")),
        ("due", words.say("due"), words.say("A new observation is expected now.")),
        ("late", words.say("late"), words.say("Older than allowed. The last periods may move.")),
        ("broken", words.say("broken"), words.say("The last attempts failed. We are told of it.")),
        ("paused", words.say("paused"), words.say("Stopped by an operator, for now.")),
        ("retired", words.say("retired"), words.say("Kept, and no longer renewed.")),
    ]


async def status(request: Request) -> Response:
    """``/{lang}/status``; it answers when the API cannot, and says so."""
    words = language(request.path_params["lang"])
    api: Client = request.app.state.client
    context: dict[str, Any] = {"inputs": [], "releases": [], "checked": "", "failed": None}
    context |= {"record": None, "going_on": [], "closed": [], "next_release": "", "anew": []}
    try:
        inputs, checked = await inputs_of(api, words, WAIT_S)
        context["inputs"] = [told_input(one, words) for one in inputs]
        context["checked"] = numbers.instant(checked, words.code)
        state, text = overall(inputs, words)
        context["overall"] = {"state": state, "text": text}
        every = await api.soon("/freshness", WAIT_S, labels=words.code)
        context["anew"] = anew_notes(every["data"], "", words)
        days = await api.soon("/status/days", WAIT_S)
        context["record"] = record = record_of(days, inputs, words, datetime.now(UTC))
        known = Published(*await published(api, words, WAIT_S))
        context["going_on"] = now = going_on(context["inputs"], record, known, words)
        context["closed"] = closed(record, now)
        context["next_release"] = next_release(inputs, known, words)
        releases = await api.soon("/releases", WAIT_S, limit=str(RELEASES))
        context["releases"] = [
            {**r, "published": numbers.instant(instant(r["published_at"]), words.code)}
            for r in releases["data"]
        ]
    except ApiProblem:
        context["overall"] = {"state": "broken", "text": words.say("The data cannot be read now.")}
        context["failed"] = {
            "title": words.say("The database does not answer."),
            "detail": words.say(
                "The pages come back by themselves when it does. Nothing published is lost."
            ),
        }
    page = Page(
        template="status.html",
        path="/status",
        title=words.say("Status · soc-monitor"),
        description=words.say("How fresh the inputs are, and what has been released."),
    )
    return await respond(
        request,
        words,
        page,
        cacheable=False,
        meanings=state_words(words),
        feed=(page.title, f"/atom/inputs.atom?labels={words.code}"),
        **context,
    )


def told_input(one: dict[str, Any], words: Language) -> dict[str, Any]:
    """An input with its state, its age and the end of what was observed in words."""
    age, allowed = one["age_days"], one["allowed_days"]
    if allowed is None and age is None:
        text = words.say("does not age")
    elif allowed is None:
        text = words.say_n(
            "{age} day old, no limit",
            "{age} days old, no limit",
            age,
            age=numbers.number(age, words.code, 0),
        )
    elif age is None:
        text = words.say(
            "nothing yet; {allowed} days allowed",
            allowed=numbers.number(allowed, words.code, 0),
        )
    else:
        text = words.say_n(
            "{age} day old, {allowed} allowed",
            "{age} days old, {allowed} allowed",
            age,
            age=numbers.number(age, words.code, 0),
            allowed=numbers.number(allowed, words.code, 0),
        )
    last = one["last_observation_end"]
    # While the database is away, answers may be kept ones of a version without such keys.
    look = one.get("next_look")
    state = "static" if allowed is None and one["state"] == "fresh" else one["state"]
    known = {state: word for state, word, _ in state_words(words)}
    return {
        **one,
        "state": state,
        "state_word": known.get(state, state),
        "last": numbers.day(instant(last), words.code) if last else "–",
        "next_look": look,
        "file_broken": one.get("file_broken", False),
        "next": numbers.instant(instant(look), words.code),
        "age": text,
    }


async def methods(request: Request) -> Response:
    """``/{lang}/methods``; the indicators stand there before anything is published."""
    words = language(request.path_params["lang"])
    api: Client = request.app.state.client
    indicators, products, states = [], [], None
    try:
        indicators = (await api.get("/indicators", labels=words.code))["data"]
        products = (await api.get("/products", labels=words.code))["data"]
        states = await home_states.gather(api, words)
    except ApiProblem as problem:
        if problem.kind != "nothing-published":
            raise
    page = Page(
        template="methods.html",
        path="/methods",
        title=words.say("Methods and sources · soc-monitor"),
        description=words.say("What each number means, how it is made, and what it rests on."),
    )
    return await respond(
        request,
        words,
        page,
        indicators=[_indicator(i, words) for i in sorted(indicators, key=place)],
        products=[p for p in products if p["indicators"]],
        change=change_not_assessed(words),
        states=states,
        told=states is not None and states.assessed > 0,
        reasons=list(reasons(words).values()),
        carried=growth(words),
    )


def _indicator(one: dict[str, Any], words: Language) -> dict[str, str]:
    over = {
        "mean": words.say("average"),
        "total": words.say("sum"),
        "ratio": words.say("from the totals of all its dates"),
    }
    return {
        "id": one["id"],
        "title": words.pick(one["titles"]),
        "help": words.pick(one["helps"]),
        "unit": numbers.unit(one["units"][0]["unit"] if one["units"] else one["unit"], words.code),
        "over": over.get(one["statistic"], one["statistic"]),
        "source": one["source"],
    }


async def provenance(request: Request) -> Response:
    """``/{lang}/provenance/{calculation_id}``: a number walked back to the files."""
    words = language(request.path_params["lang"])
    api: Client = request.app.state.client
    asked = request.path_params["calculation"]
    if not re.fullmatch(r"[0-9a-fA-F-]{36}", asked):
        raise ApiProblem(404, {"type": "/unknown-calculation"})
    found = await api.get(f"/provenance/{asked}")
    calculation, run = found["calculation"], found["run"]
    listed = (await api.get("/indicators", labels=words.code))["data"]
    titles = {i["id"]: words.pick(i["titles"]) for i in listed}
    period = numbers.period(str(calculation["period"]), words.code)
    heading = f"{titles.get(calculation['indicator'], calculation['indicator'])}, {period}"
    cubes: dict[str, dict[str, dict[str, Any]]] = {}
    for row in found["data"]:
        cubes.setdefault(row["cube_id"], {})[row["slice_id"]] = row
    items = {(row["feed_id"], row["item"]): row for row in found["data"] if row["item"]}
    page = Page(
        template="provenance.html",
        path=f"/provenance/{asked}",
        title=words.say("How do we know? · soc-monitor"),
        description=words.say("From a number back to the files that it was computed from."),
        noindex=True,
    )
    return await respond(
        request,
        words,
        page,
        heading=heading,
        calculation=calculation,
        run={**run, "started": numbers.instant(instant(run["started_at"]), words.code)},
        cubes={cube: list(slices.values()) for cube, slices in cubes.items()},
        items=list(items.values()),
    )
