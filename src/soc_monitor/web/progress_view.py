"""The progress pages: what the API says of the plan, in the words of a reader."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any
from urllib.parse import urlencode

from markupsafe import Markup

from soc_monitor.web import chart_svg, numbers, plan_card, progress_svg
from soc_monitor.web.client import Client
from soc_monitor.web.documents.data import instant
from soc_monitor.web.i18n import Language
from soc_monitor.web.progress_words import (
    GOALS,
    HORIZONS,
    MARKS,
    amount,
    goal_word,
    level_text,
    missing,
    question,
    reached,
    start_text,
    status_meaning,
    status_word,
    summary,
    when,
    why,
)

SORTS = ("plan", "status", "ratio")
_ORDER = ("late", "reverse", "limited", "accelerate", "on_track", "achieved", "no_data", "not_due")


@dataclass(frozen=True, slots=True)
class Choice:
    """What a reader has chosen on the overview."""

    h: str = "2030"
    goal: str = ""
    st: str = ""
    q: str = ""
    sort: str = "plan"
    rel: str = ""
    """A release that is read for ever as it was; empty: the newest."""

    def query(self, **change: str) -> str:
        """The address's query with some keys changed; defaults are left out."""
        keys = {**asdict(self), **change}
        usual = {"h": "2030", "sort": "plan"}
        kept = {key: value for key, value in keys.items() if value and value != usual.get(key)}
        return f"?{urlencode(kept)}" if kept else ""


def read_choice(asked: dict[str, str]) -> Choice:
    """The choice in an address; what is not known is as if it were not there."""
    return Choice(
        h=asked.get("h", "") if asked.get("h") in HORIZONS else "2030",
        goal=asked.get("goal", "") if asked.get("goal") in GOALS else "",
        st=asked.get("st", "") if asked.get("st") in MARKS else "",
        q=asked.get("q", "")[:100],
        sort=asked.get("sort", "") if asked.get("sort") in SORTS else "plan",
        rel=read_release(asked),
    )


def read_release(asked: Mapping[str, str]) -> str:
    """The release that an address is fixed at; empty: it follows new ones."""
    rel = asked.get("rel", "")[:40]
    return "" if rel == "latest" else rel


@dataclass(frozen=True, slots=True)
class Line:
    """An objective as a tile and as a line of the table."""

    id: str
    goal: str
    label: str
    status: str
    word: str
    why: str
    measure: str
    bar: Markup
    steps: list[tuple[str, bool]]
    start: str
    value: str
    period: str
    level_2030: str
    level_2050: str
    ratio: str
    order: int
    raw_ratio: float | None


async def overview(api: Client, words: Language, choice: Choice) -> dict[str, Any]:
    """Everything that the overview shows."""
    body = await api.get("/objectives", labels=words.code, rel=choice.rel)
    found = await api.get(
        "/objectives",
        labels=words.code,
        rel=choice.rel,
        goal=choice.goal,
        st=choice.st,
        h=choice.h if choice.st else "",
        q=choice.q,
    )
    lines = [line(one, choice.h, words) for one in found["data"]]
    groups = [
        (goal, goal_word(goal, words), [one for one in lines if one.goal == goal])
        for goal in GOALS
        if any(one.goal == goal for one in lines)
    ]
    if choice.sort != "plan":
        groups = [("", "", sorted(lines, key=_rank(choice.sort)))]
    registers = await api.get("/registers", rel=choice.rel)
    card = plan_card.of_plan(body, choice.h, words)
    return {
        "choice": choice,
        "card": card,
        "drawing": chart_svg.figure(card.spec, "plan"),
        "keep": keep(choice.rel),
        "pinned": body["meta"]["release"] if choice.rel else "",
        "news": [] if choice.rel else await latest(api, words, 8),
        "sentence": summary(body["meta"]["counts"][choice.h], choice.h, words),
        "judged": numbers.day(date.fromisoformat(body["meta"]["judged_on"]), words.code),
        "plan_day": numbers.day(date.fromisoformat(body["meta"]["plan_version"]), words.code),
        "counts": body["meta"]["counts"][choice.h],
        "tally": _tally(body["data"], choice.h, words),
        "groups": groups,
        "lines": lines,
        "entries": {one["name"]: one["entries"] for one in registers["data"]},
    }


def _rank(sort: str) -> Any:
    if sort == "status":
        return lambda one: (_ORDER.index(one.status), one.order)
    return lambda one: (one.raw_ratio is None, one.raw_ratio or 0.0, one.order)


def _tally(rows: list[dict[str, Any]], horizon: str, words: Language) -> list[dict[str, Any]]:
    """Each status that there is, with its objectives, the most favourable first."""
    return [
        {
            "status": status,
            "word": status_word(status, words),
            "meaning": status_meaning(status, words),
            "each": [(one["id"], one["label"]) for one in found],
        }
        for status in MARKS
        if (found := [one for one in rows if one[f"status_{horizon}"] == status])
    ]


def line(one: dict[str, Any], horizon: str, words: Language) -> Line:
    """An objective for one horizon."""
    verdict, kpi = one["verdicts"][horizon], one["kpis"][horizon]
    value = verdict["value"] or kpi["newest"]
    return Line(
        id=one["id"],
        goal=one["goal"],
        label=one["label"],
        status=verdict["status"],
        word=status_word(verdict["status"], words),
        why=why(verdict, kpi, horizon, words),
        measure=kpi["label"],
        bar=progress_svg.bar(kpi, horizon),
        steps=steps(kpi),
        start=start_text(kpi, words),
        value=reached(value, kpi, words),
        period=when(value["period"], words) if value else "–",
        level_2030=level_text(kpi["levels"]["2030"], kpi, words),
        level_2050=level_text(kpi["levels"]["2050"], kpi, words),
        ratio="–" if verdict["ratio"] is None else numbers.number(verdict["ratio"], words.code, 2),
        order=one["order"],
        raw_ratio=verdict["ratio"],
    )


def steps(kpi: dict[str, Any]) -> list[tuple[str, bool]]:
    """The steps of a kpi, each with whether it is reached; none for a kpi of numbers."""
    if kpi["kind"] not in {"stage", "milestone"}:
        return []
    codes = [one["code"] for one in kpi["stages"]]
    now = (kpi["newest"] or {}).get("stage")
    place = codes.index(now) if now in codes else -1
    # The first step is that nothing was done: it is not drawn.
    named = [(n, one["label"]) for n, one in enumerate(kpi["stages"]) if one["code"] != "none"]
    return [(label, n <= place) for n, label in named]


# --- one objective -----------------------------------------------------------------------------


def keep(rel: str) -> str:
    """What links of a page that is fixed at a release carry on."""
    return f"?rel={rel}" if rel else ""


async def objective(api: Client, words: Language, asked: str, rel: str = "") -> dict[str, Any]:
    """Everything that an objective's page shows.

    Args:
        asked: its id.
        rel: a release that is read for ever as it was; empty: the newest.
    """
    answer = await api.get(f"/objectives/{asked}", labels=words.code, rel=rel)
    body, meta = answer["data"], answer["meta"]
    kpis = [_kpi(one, body["values"], meta["release"], words) for one in body["indicators"]]
    judged = await api.get(f"/objectives/{body['id']}/judgements", labels=words.code)
    lines = {year: line(body, year, words) for year in HORIZONS}
    return {
        "one": body,
        "lines": lines,
        "goal_word": goal_word(body["goal"], words),
        "judged": numbers.day(date.fromisoformat(meta["judged_on"]), words.code),
        "rule": meta["rule"],
        "release": meta["release"],
        "kpis": [one for one in kpis if one["role"] == "plan"],
        "context": [one for one in kpis if one["role"] != "plan"],
        "questions": [question(text, words) for text in body["open_questions"]],
        "milestones": [one["entry"] for one in body["milestones"]],
        "actions": body["actions"],
        "judgements": [
            {
                **one,
                "when": numbers.instant(instant(one["judged_at"]), words.code),
                "word": status_word(one["status"], words),
                "was": status_word(one["before"], words) if one["before"] else "",
            }
            for one in judged["data"]
        ],
        "history": [_past(one, words) for one in body["history"]],
        "answer": meta["links"]["pinned"],
        "keep": keep(rel),
        "pinned": meta["release"] if rel else "",
    }


def _kpi(
    one: dict[str, Any], values: list[dict[str, Any]], release: str, words: Language
) -> dict[str, Any]:
    own = [value for value in values if value["kpi_id"] == one["id"]]
    labels = {stage["code"]: stage["label"] for stage in one["stages"]}
    card = plan_card.of_kpi(one, own, release, words)
    return {
        **one,
        "start": start_text(one, words),
        "levels_text": {year: level_text(one["levels"][year], one, words) for year in HORIZONS},
        "judged": [
            (
                year,
                verdict["status"],
                status_word(verdict["status"], words),
                why(verdict, one, year, words),
                _numbers(verdict, one, words),
            )
            for year in HORIZONS
            if (verdict := one["verdicts"][year]) is not None
        ],
        "steps": steps(one),
        "card": card,
        # Measures of one unit have one subtitle: their links and tables are told apart by the id.
        "foot": replace(card, subtitle=f"{card.subtitle} [{card.subject}]"),
        "drawing": chart_svg.figure(card.spec, f"c-{one['id']}"),
        "lines": [_value(value, one, labels, words) for value in own],
        "missing": missing(one, words),
        "interim_text": [
            (
                level_text(level, one, words),
                numbers.day(date.fromisoformat(level["due"]), words.code),
            )
            for level in one["interim"]
        ],
    }


def _numbers(
    verdict: dict[str, Any], kpi: dict[str, Any], words: Language
) -> list[tuple[str, str]]:
    """The numbers of the rule, each with its name."""
    if verdict["ratio"] is None:
        return []
    from_word = words.say("first value") if verdict["first_measure"] else words.say("reference")
    return [
        (words.say("value"), reached(verdict["value"], kpi, words)),
        (from_word, amount(verdict["start"], kpi["unit"], words)),
        (
            words.say("to be expected then"),
            amount(round(verdict["expected"], 2), kpi["unit"], words),
        ),
        (words.say("level"), amount(verdict["level"], kpi["unit"], words)),
        (words.say("ratio"), numbers.number(verdict["ratio"], words.code, 2)),
    ]


def _value(
    value: dict[str, Any], kpi: dict[str, Any], labels: dict[str, str], words: Language
) -> dict[str, Any]:
    told = {**value, "stage_label": labels.get(value["stage"] or "", value["stage"])}
    entered = value["entered_at"]
    return {
        "period": when(value["period"], words),
        "value": _counted(value, words) or reached(told, kpi, words),
        "source": value["source"] if entered else words.say("counted by this service"),
        "evidence": value["evidence_url"],
        "note": value["note"],
        "entered": numbers.day(instant(entered), words.code) if entered else "–",
        "by": value["entered_by"],
        "reviewed": value["reviewed_by"],
    }


def _counted(value: dict[str, Any], words: Language) -> str:
    """A share by the very count that was published."""
    if value["numerator"] is None or not value["denominator"]:
        return ""
    return words.say(
        "{part} of {whole} ({share})",
        part=numbers.number(value["numerator"], words.code, 0),
        whole=numbers.number(value["denominator"], words.code, 0),
        share=amount(round(value["value"], 1), "percent", words),
    )


def _past(one: dict[str, Any], words: Language) -> dict[str, str]:
    entry = one["entry"]
    return {
        "what": f"{entry['kpi']} {entry['period']}",
        "by": one["entered_by"],
        "reviewed": one["reviewed_by"],
        "when": numbers.instant(instant(one["published_at"]), words.code),
        "release": one["release"] or "",
        "reason": one["reason"],
    }


async def latest(api: Client, words: Language, limit: int) -> list[dict[str, Any]]:
    """What changed lately, with its day in the reader's language."""
    body = await api.get("/news", labels=words.code, limit=str(limit))
    return [
        {**one, "day": numbers.day(instant(one["at"]), words.code), "at": one["at"]}
        for one in body["data"]
    ]


# --- registers ---------------------------------------------------------------------------------


def counted(values: list[str]) -> list[tuple[str, int]]:
    """Values with how often each is there, the most frequent first."""
    return Counter(values).most_common()
