"""Counting: kpis that follow from what registers hold, and from what this service serves.

A register without an entry gives no value: that nothing was written down does not say that there
is nothing.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from statistics import median
from typing import Any

from soc_monitor.progress import periods
from soc_monitor.progress.tools import TOOL_REQUIRED, told
from soc_monitor.progress.value import Value

Entry = Mapping[str, Any]
Registers = Mapping[str, Sequence[Entry]]
UNCONFIRMED = "P18M"
"""An action that nobody has confirmed for so long leaves the counts."""


def confirmed(action: Entry, today: date) -> bool:
    """Whether an action was confirmed lately; an entry without that date counts by its start."""
    seen = action.get("confirmed_on") or action.get("evidence_on") or action.get("started")
    return bool(seen) and today <= periods.later(periods.span(str(seen))[1], UNCONFIRMED)


def count(registers: Registers, today: date) -> dict[str, list[Value]]:
    """Values by kpi, for every register that holds something.

    Args:
        registers: entries by name of the register.
        today: counts are as of this day.
    """
    made: dict[str, list[Value]] = {}
    for kpi, (name, rule) in _RULES.items():
        entries = registers.get(name, ())
        if not entries:
            continue
        found = rule(entries, today)
        if isinstance(found, list):
            made[kpi] = found
        elif found is not None:
            made[kpi] = [_now(today, *found)]
    states = {one["country"] for one in _all(registers.get("partners", ()), kind="state")}
    if states:
        acting = {
            country
            for one in registers.get("actions", ())
            if confirmed(one, today)
            for country in one.get("countries", ())
        }
        share = 100 * len(states & acting) / len(states)
        made["a1_parties_mobilised"] = [_now(today, share, len(states))]
    return made


def _now(today: date, number: float, denominator: float | None = None) -> Value:
    return Value(period=today.isoformat(), number=number, denominator=denominator)


Found = tuple[float] | tuple[float, float] | list[Value] | None
Rule = Callable[[Sequence[Entry], date], Found]


def _all(entries: Iterable[Entry], **wanted: str) -> list[Entry]:
    return [one for one in entries if all(one.get(k) == v for k, v in wanted.items())]


def _distinct(field: str, **wanted: str) -> Rule:
    return lambda entries, _today: (len({one[field] for one in _all(entries, **wanted)}),)


def _number_of(**wanted: str) -> Rule:
    return lambda entries, _today: (len(_all(entries, **wanted)),)


def _per_year(field: str, **wanted: str) -> Rule:
    """Entries by year, from the first that has one to the last full year: none is zero then."""

    def rule(entries: Sequence[Entry], today: date) -> Found:
        years = Counter(int(str(one[field])[:4]) for one in _all(entries, **wanted))
        if not years:
            return None
        last = max(today.year, min(years))
        return [Value(period=str(year), number=years[year]) for year in range(min(years), last + 1)]

    return rule


def _ndc_share(entries: Sequence[Entry], _today: date) -> Found:
    assessed = {one["country"] for one in entries}
    named = {one["country"] for one in entries if one["mention"] == "target_or_action"}
    return 100 * len(named) / len(assessed), len(assessed)


def _projects(entries: Sequence[Entry], today: date) -> Found:
    if not any("selected" in one for one in entries):
        # That nobody has said which ones were selected does not say that none was.
        return None
    under_way = [
        one
        for one in _all(entries, selected="yes")
        if one["state"] in {"running", "done"} and confirmed(one, today)
    ]
    return (len(under_way),)


def _youth_and_seniors(entries: Sequence[Entry], _today: date) -> Found:
    def regions(kind: str) -> set[str]:
        active = [one for one in _all(entries, kind=kind) if one["state"] in {"active", "signed"}]
        return {one["region"] for one in active if one.get("region")}

    return (len(regions("youth") & regions("senior")),)


def _tools_used(entries: Sequence[Entry], today: date) -> Found:
    """Median over countries of the share of the known tools that each has used in a year."""
    lately = [one for one in entries if today <= periods.later(_day(one["used_on"]), "P12M")]
    tools = {one["tool"] for one in entries}
    by_country: dict[str, set[str]] = {}
    for one in lately:
        by_country.setdefault(one["country"], set()).add(one["tool"])
    if not by_country:
        return None
    return median(100 * len(used) / len(tools) for used in by_country.values()), len(tools)


def _help_desks(entries: Sequence[Entry], today: date) -> Found:
    active = [one for one in entries if today <= periods.later(_day(one["last_answer"]), "P12M")]
    return (len({one["region"] for one in active}),)


def _day(text: str) -> date:
    return periods.span(text)[1]


def _budget(field: str) -> Rule:
    return lambda entries, _today: [
        Value(period=one["year"][:4], number=one[field]) for one in entries if field in one
    ]


def _documented(entries: Sequence[Entry], _today: date) -> Found:
    complete = [one for one in entries if all(told(one, name) for name in TOOL_REQUIRED)]
    owners = {one["fields"]["owner"]["value"] for one in complete}
    return len(owners), len({one["fields"].get("owner", {}).get("value") for one in entries})


_RULES: dict[str, tuple[str, Rule]] = {
    "a1_ndc_soc_share": ("ndc_mentions", _ndc_share),
    "a1_ndc_peat_wetland": ("ndc_mentions", _distinct("country", mention="peat_or_wetland")),
    "a1_ndc_soc_unlinked": ("ndc_mentions", _distinct("country", mention="unlinked")),
    "a2_projects": ("actions", _projects),
    "a3_reviews": ("publications", _per_year("published", kind="study")),
    "a4_notes": ("publications", _per_year("published", kind="note")),
    "a4_regional_meetings": ("meetings", _per_year("held", scope="regional_science")),
    "a4_global_meetings": ("meetings", _per_year("held", scope="world")),
    "a5_schemes_presented": ("offset_schemes", _number_of()),
    "b1_countries": ("strategies", _distinct("country", cites_ndc="yes")),
    "b2_regions": ("good_practices", _distinct("region")),
    "b3_regions": ("help_desks", _help_desks),
    "b4_countries": ("toolbox_use", _distinct("country")),
    "b4_tools_used": ("toolbox_use", _tools_used),
    "c2_global_companies": ("contacts", _number_of(kind="world_company")),
    "c2_regional_companies": ("contacts", _number_of(kind="regional_company")),
    "c3_institutions": ("contacts", _number_of(kind="institution")),
    "d2_meetings": ("meetings", _per_year("held", scope="regional_network")),
    "d3_regions": ("networks", _youth_and_seniors),
    "d4_partnerships": ("networks", _number_of(kind="world", state="signed")),
    "e1_actors": ("tools", _documented),
    "e2_bodies_adopted": ("adoptions", _number_of()),
    "e3_developers": ("partners", _number_of(kind="tool_developer")),
    "f1_countries": ("municipalities", _distinct("country")),
    "f1_pilot_municipalities": ("municipalities", _number_of(pilot="yes")),
    "f2_budget": ("budgets", _budget("total_eur")),
    "f2_core_budget": ("budgets", _budget("core_eur")),
}
