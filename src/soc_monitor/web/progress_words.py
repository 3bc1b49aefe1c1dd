"""Words of the progress pages: statuses with their marks, and why each is so."""

from datetime import date
from typing import Any

from soc_monitor.web import numbers
from soc_monitor.web.i18n import Language

MARKS = {
    "achieved": "✔",
    "on_track": "▲",
    "accelerate": "◆",
    "limited": "▶",
    "reverse": "▼",
    "late": "!",
    "not_due": "○",
    "no_data": "–",
}
"""Always beside the word; the colour is the third sign."""
HORIZONS = ("2030", "2050")
GOALS = ("A", "B", "C", "D", "E", "F")


def goal_word(goal: str, words: Language) -> str:
    """A goal of the plan."""
    return {
        "A": words.say("Inception and conceptualisation"),
        "B": words.say("Implementation"),
        "C": words.say("Promotion"),
        "D": words.say("Collaboration"),
        "E": words.say("Monitoring"),
        "F": words.say("Cross-cutting actions"),
    }[goal]


def status_word(status: str, words: Language) -> str:
    """A status in words."""
    return {
        "achieved": words.say("Achieved"),
        "on_track": words.say("On track"),
        "accelerate": words.say("Needs more speed"),
        "limited": words.say("Limited progress"),
        "reverse": words.say("Going backwards"),
        "late": words.say("Milestone overdue"),
        "not_due": words.say("Not due yet"),
        "no_data": words.say("Cannot be judged"),
    }[status]


def status_meaning(status: str, words: Language) -> str:
    """What a status says."""
    return {
        "achieved": words.say("The level of the plan is met."),
        "on_track": words.say("At least 95% of the way that should be done by now is done."),
        "accelerate": words.say("60 to 95% of the way that should be done by now is done."),
        "limited": words.say("Less than 60% of the way that should be done by now is done."),
        "reverse": words.say("Further from the level than at the start, or a level that was lost."),
        "late": words.say("A step with a date in the plan is not done, and the date has passed."),
        "not_due": words.say("The plan sets no level for this horizon."),
        "no_data": words.say("There is no value, or none that is recent enough."),
    }[status]


def summary(counts: dict[str, int], horizon: str, words: Language) -> str:
    """The whole plan in two sentences; what there is none of is not said."""
    judged = sum(counts.values()) - counts["no_data"] - counts["not_due"]
    behind = counts["accelerate"] + counts["limited"] + counts["reverse"]
    told = (
        (counts["achieved"], words.say("{n} achieved", n=counts["achieved"])),
        (counts["on_track"], words.say("{n} on track", n=counts["on_track"])),
        (behind, words.say("{n} behind", n=behind)),
        (counts["late"], words.say("{n} with an overdue milestone", n=counts["late"])),
    )
    parts = [text for n, text in told if n]
    said = words.say(
        "Of {total} objectives, {judged} can be judged for {year}",
        total=sum(counts.values()),
        judged=judged,
        year=horizon,
    )
    made = [
        words.say("{said}: {parts}.", said=said, parts=", ".join(parts)) if parts else f"{said}."
    ]
    if counts["no_data"]:
        made.append(words.say("For {n} no recent value has been published.", n=counts["no_data"]))
    if counts["not_due"]:
        made.append(
            words.say(
                "For {n} the plan sets no level for {year}.", n=counts["not_due"], year=horizon
            )
        )
    return " ".join(made)


def amount(value: float | None, unit: str, words: Language) -> str:
    """A number with its unit where a number alone would not be understood."""
    if value is None:
        return "–"
    decimals = 0 if float(value).is_integer() else 1
    if unit == "percent":
        return f"{numbers.number(value, words.code, decimals)}{'' if words.code == 'en' else ' '}%"
    if unit == "EUR":
        return f"{numbers.number(value, words.code, 0)} €"
    return numbers.number(value, words.code, decimals)


def reached(value: dict[str, Any] | None, kpi: dict[str, Any], words: Language) -> str:
    """A value of a kpi: its step, its number, and the count behind a share."""
    if value is None:
        return "–"
    if value["stage"]:
        return f"“{value['stage_label']}”" if words.code != "fr" else f"« {value['stage_label']} »"
    shown = amount(value["value"], kpi["unit"], words)
    whole = value["denominator"]
    if kpi["unit"] == "percent" and whole and value["value"] is not None:
        part = round(value["value"] * whole / 100)
        return words.say(
            "{part} of {whole} ({share})",
            part=numbers.number(part, words.code, 0),
            whole=numbers.number(whole, words.code, 0),
            share=shown,
        )
    return shown


def when(period: str, words: Language) -> str:
    """A year, a month or a day, as people write it."""
    if len(period) == 10:
        return numbers.day(date.fromisoformat(period), words.code)
    return numbers.period(period, words.code)


def level_text(level: dict[str, Any], kpi: dict[str, Any], words: Language) -> str:
    """A level of the plan, short."""
    if level["op"] == "not_stated":
        return words.say("no level")
    if level["op"] == "all":
        return words.say("all of a kept list")
    if level["op"] == "milestone":
        return str(level["stage_label"])
    low = amount(level["value"], kpi["unit"], words)
    if level["upper"] is not None:
        return words.say(
            "{low} to {high}", low=low, high=amount(level["upper"], kpi["unit"], words)
        )
    return low


def start_text(kpi: dict[str, Any], words: Language) -> str:
    """Where the plan starts from, short."""
    base = kpi["baseline"]
    if base["stage"]:
        return str(base["stage_label"])
    if base["value"] is None:
        return {
            "to_be_inventoried": words.say("an inventory to make"),
            "not_measured": words.say("not measured"),
            "qualitative": words.say("words, no number"),
        }.get(base["status"], words.say("not stated"))
    low = amount(base["value"], kpi["unit"], words)
    if base["upper"] is not None:
        high = amount(base["upper"], kpi["unit"], words)
        return words.say("{low} to {high}", low=low, high=high)
    return low


def why(verdict: dict[str, Any], kpi: dict[str, Any], horizon: str, words: Language) -> str:
    """Why a kpi has its status, in one sentence with the numbers of the rule."""
    value = verdict["value"]
    told = reached(value, kpi, words)
    period = when(value["period"], words) if value else ""
    due = numbers.day(date.fromisoformat(verdict["due"]), words.code) if verdict["due"] else ""
    level = amount(verdict["level"], kpi["unit"], words)
    step = verdict["stage_label"] or ""
    sentences = {
        "too_old": lambda: words.say(
            "The newest value is from {period} and therefore too old to judge: {value}.",
            period=period,
            value=told,
        ),
        "no_value": lambda: words.say("No value has been published yet."),
        "no_newer_value": lambda: words.say(
            "The only value is as old as the plan’s reference: {value} ({period}).",
            value=told,
            period=period,
        ),
        "first_value_only": lambda: words.say(
            "There is one value, {value} ({period}): it is the start, and nothing can be compared "
            "with it yet.",
            value=told,
            period=period,
        ),
        "no_list": lambda: words.say(
            "The plan asks for all of a kept list, and no such list is kept yet."
        ),
        "no_stage": lambda: words.say(
            "The plan asks for the step “{step}”; which step is reached has not been recorded.",
            step=step,
        ),
        "no_level": lambda: words.say("The plan sets no level for {year}.", year=horizon),
        "no_kpi": lambda: words.say("The plan sets no level for {year}.", year=horizon),
        "level_met": lambda: words.say(
            "{value} ({period}) meets the level of {level}.",
            value=told,
            period=period,
            level=level,
        ),
        "level_kept": lambda: words.say(
            "{value} ({period}) keeps the level of {level}, which had been met before.",
            value=told,
            period=period,
            level=level,
        ),
        "level_lost": lambda: words.say(
            "{value} ({period}) is short of the level of {level}, which had been met before.",
            value=told,
            period=period,
            level=level,
        ),
        "step_reached": lambda: words.say(
            "The step “{step}” is reached ({period}).", step=step, period=period
        ),
        "step_overdue": lambda: words.say(
            "The step “{step}” was due on {due}; recorded so far: {value} ({period}).",
            step=step,
            due=due,
            value=told,
            period=period,
        ),
        "steps_done": lambda: words.say(
            "Every step due so far is done: {value} ({period}). Next: “{step}”, by {due}.",
            value=told,
            period=period,
            step=step,
            due=due,
        ),
        "steps_missing": lambda: words.say(
            "A step that was due is not done: {value} ({period}).", value=told, period=period
        ),
        "ratio": lambda: words.say(
            "{value} ({period}), where {expected} was to be expected: {ratio} of the way that "
            "should be done.",
            value=told,
            period=period,
            expected=amount(_short(verdict["expected"]), kpi["unit"], words),
            ratio=numbers.percent(verdict["ratio"], words.code),
        ),
    }
    said = sentences[verdict["reason"]]()
    if verdict["old"]:
        said += " " + words.say("The value is old; the status is kept for six months.")
    return said


def _short(value: float | None) -> float | None:
    return None if value is None else round(value, 1)


def missing(kpi: dict[str, Any], words: Language) -> str:
    """What would have to be recorded so that a kpi can be judged."""
    return {
        "register": words.say("It is counted from a register, which editors keep."),
        "manual": words.say("An editor records it, with evidence."),
        "survey": words.say("It needs a survey; its sample and day are recorded with it."),
        "automatic": words.say("This service computes it."),
    }[kpi["collection"]]


def question(text: str, words: Language) -> tuple[str, str]:
    """An open question on the plan's words, and the reading in force."""
    known = {
        "Which reading of the 2030 level does the Initiative hold?": (
            words.say("Which reading of the 2030 level does the Initiative hold?"),
            words.say(
                "In force: the share of the countries that are members or partners. The other "
                "reading is the share of all 196 parties."
            ),
        ),
        "Cumulative or per call? The plan does not say; cumulative is used.": (
            words.say("Does the level count projects in all, or of each call?"),
            words.say("In force: in all, over every call."),
        ),
        "Is the share meant for each country or over all countries together? "
        "The median over countries is used.": (
            words.say("Is the share meant for each country or over all countries together?"),
            words.say("In force: the median over the countries that are counted."),
        ),
        "Twenty in all or twenty in each region? Shown for each region and in all.": (
            words.say("Twenty companies in all, or twenty in each region?"),
            words.say("In force: in all; each region is shown as well."),
        ),
    }
    return known.get(text, (text, ""))


def rule_points(words: Language) -> list[str]:
    """The judging rule, point by point."""
    return [
        words.say(
            "A straight line leads from the plan’s reference to its level of 2030, and on to that "
            "of 2050. The newest value is compared with where the line is on that day."
        ),
        words.say("Ranges, such as 10 to 20, count at their lower end."),
        words.say("Steps are judged by what was due: by the dates that the plan itself gives."),
        words.say(
            "Where the plan has no starting number, the first published value becomes the start."
        ),
        words.say(
            "A value that has become too old still counts for six months, then nothing is judged."
        ),
        words.say(
            "An objective has the least favourable status of its main measures that can be judged."
        ),
        words.say("Figures that the plan gives as context are shown and never judged."),
    ]
