"""Words of the registers: their names, their fields, and the values that are chosen from a list."""

from functools import lru_cache

from babel import Locale
from babel.core import get_global

from soc_monitor.web.i18n import Language


def register_word(name: str, words: Language) -> str:
    """A register."""
    return {
        "partners": words.say("Members and partners"),
        "actions": words.say("Actions"),
        "tools": words.say("Monitoring tools and methods"),
        "values": words.say("Values of measures"),
        "milestones": words.say("Milestones"),
        "ndc_mentions": words.say("Soil carbon in national contributions"),
        "strategies": words.say("National strategies and investment plans"),
        "good_practices": words.say("Good practices"),
        "help_desks": words.say("Help desks"),
        "toolbox_use": words.say("Use of the toolbox"),
        "publications": words.say("Studies and notes"),
        "meetings": words.say("Meetings"),
        "offset_schemes": words.say("Offset schemes"),
        "networks": words.say("Networks and partnerships"),
        "contacts": words.say("Institutions and companies reached"),
        "municipalities": words.say("Municipalities of twinned regions"),
        "budgets": words.say("Budgets"),
        "adoptions": words.say("Bodies that use the monitor"),
        "suggestions": words.say("Suggestions of readers"),
    }.get(name, name)


def field_word(name: str, words: Language) -> str:
    """A field of a register, or what goes with a fact of a tool: its source and its date."""
    for end, word in (("_source", words.say("Source")), ("_read_on", words.say("Read on"))):
        if name.endswith(end):
            return f"{field_word(name.removesuffix(end), words)} · {word}"
    return {
        "name": words.say("Name"),
        "title": words.say("Title"),
        "who": words.say("Who"),
        "country": words.say("Country"),
        "countries": words.say("Country"),
        "objectives": words.say("Objective"),
        "kind": words.say("Kind"),
        "role": words.say("Role"),
        "state": words.say("State"),
        "since": words.say("Since"),
        "started": words.say("Started"),
        "confirmed_on": words.say("Last confirmed"),
        "evidence": words.say("Evidence"),
        "area_ha": words.say("Hectares"),
        "tco2e": words.say("Effect"),
        "owner": words.say("Owner"),
        "scale": words.say("Scale"),
        "gives": words.say("What it gives"),
        "access": words.say("Access"),
        "validation": words.say("Validation"),
        "method": words.say("Method"),
        "depth": words.say("Depth"),
        "resolution": words.say("Resolution"),
        "time_step": words.say("Time step"),
        "accuracy": words.say("Accuracy, as published"),
        "cost": words.say("Cost"),
        "licence": words.say("Licence"),
        "kpi": words.say("Measure"),
        "period": words.say("Period"),
        "number": words.say("Number"),
        "stage": words.say("Step"),
        "numerator": words.say("Counted"),
        "denominator": words.say("Out of"),
        "data_class": words.say("Data class"),
        "source": words.say("Source"),
        "objective": words.say("Objective"),
        "text": words.say("Text"),
        "due": words.say("Due"),
        "done_on": words.say("Done on"),
        "until": words.say("Until"),
        "link": words.say("Web page"),
        "ended": words.say("Ended"),
        "figures": words.say("Results"),
        "selected": words.say("Selected by the Initiative"),
        "tool": words.say("Tool"),
        "tool_version": words.say("Version of the tool"),
        "tco2e_years": words.say("Years of the effect"),
        "submitted": words.say("Submitted on"),
        "mention": words.say("Mention"),
        "passage": words.say("Passage"),
        "page": words.say("Page"),
        "assessor": words.say("Read by"),
        "year": words.say("Year"),
        "cites_ndc": words.say("Refers to the national contribution"),
        "region": words.say("Region"),
        "last_answer": words.say("Last answer"),
        "used_on": words.say("Used on"),
        "published": words.say("Published"),
        "held": words.say("Held on"),
        "scope": words.say("Scope"),
        "presented": words.say("Presented on"),
        "signed_on": words.say("Signed on"),
        "contacted_on": words.say("Contacted on"),
        "adopted_on": words.say("Adopted on"),
        "pilot": words.say("Pilot project"),
        "total_eur": words.say("Whole budget (€)"),
        "core_eur": words.say("Core budget (€)"),
        "body": words.say("Body"),
        "stated_on": words.say("Stated on"),
        "evidence_on": words.say("Date of the evidence"),
        "note": words.say("Note"),
        "about": words.say("Page"),
    }.get(name, name)


def value_word(field: str, value: str, words: Language) -> str:
    """A value that is chosen from a list, in words; other values as they are."""
    if field in {"country", "countries"}:
        return country(value, words)
    return _choices(words).get((field, value), value)


def _choices(words: Language) -> dict[tuple[str, str], str]:
    return {
        ("cost", "No charge"): words.say("no charge"),
        ("kind", "state"): words.say("state"),
        ("kind", "regional_authority"): words.say("regional authority"),
        ("kind", "research"): words.say("research"),
        ("kind", "farmers"): words.say("farmers’ organisation"),
        ("kind", "ngo"): words.say("non-governmental organisation"),
        ("kind", "company"): words.say("company"),
        ("kind", "finance"): words.say("finance"),
        ("kind", "international"): words.say("international organisation"),
        ("kind", "network"): words.say("network"),
        ("kind", "tool_developer"): words.say("developer of tools"),
        ("kind", "other"): words.say("other"),
        ("kind", "remote_sensing"): words.say("remote sensing"),
        ("kind", "sampling"): words.say("sampling and laboratory"),
        ("kind", "sensors"): words.say("sensors"),
        ("kind", "model"): words.say("model"),
        ("kind", "database"): words.say("database or map"),
        ("kind", "mrv_platform"): words.say("platform to measure, report and verify"),
        ("role", "member"): words.say("member"),
        ("role", "partner"): words.say("partner"),
        ("state", "planned"): words.say("planned"),
        ("state", "running"): words.say("under way"),
        ("state", "done"): words.say("done"),
        ("state", "stopped"): words.say("stopped"),
        ("state", "dropped"): words.say("dropped"),
        ("scale", "plot"): words.say("plot"),
        ("scale", "farm"): words.say("farm"),
        ("scale", "region"): words.say("region"),
        ("scale", "nation"): words.say("nation"),
        ("scale", "world"): words.say("world"),
        ("gives", "state"): words.say("how much carbon there is"),
        ("gives", "change"): words.say("its change"),
        ("gives", "both"): words.say("both"),
        ("gives", "context"): words.say("a driver of carbon, not carbon itself"),
        ("access", "open"): words.say("open"),
        ("access", "free"): words.say("free of charge"),
        ("access", "paid"): words.say("paid"),
        ("validation", "independent"): words.say("by others"),
        ("validation", "own"): words.say("by its owner"),
        ("validation", "none_found"): words.say("none found"),
        ("data_class", "reported"): words.say("reported"),
        ("data_class", "observed"): words.say("observed"),
        ("data_class", "modelled"): words.say("modelled"),
        ("data_class", "inferred"): words.say("inferred"),
        ("mention", "target_or_action"): words.say("as a target or an action"),
        ("mention", "peat_or_wetland"): words.say("as peatland or wetland"),
        ("mention", "unlinked"): words.say("without a link to targets"),
        ("mention", "none"): words.say("not at all"),
        ("kind", "strategy"): words.say("strategy"),
        ("kind", "investment_plan"): words.say("investment plan"),
        ("kind", "study"): words.say("study or review"),
        ("kind", "note"): words.say("periodic note"),
        ("kind", "youth"): words.say("network of young people"),
        ("kind", "senior"): words.say("network of seniors"),
        ("kind", "world"): words.say("world network"),
        ("kind", "institution"): words.say("institution"),
        ("kind", "world_company"): words.say("world company"),
        ("kind", "regional_company"): words.say("regional company"),
        ("scope", "world"): words.say("world"),
        ("scope", "regional_science"): words.say("regional, science and practice (A4)"),
        ("scope", "regional_network"): words.say("regional network (D2)"),
        ("state", "listed"): words.say("listed"),
        ("state", "contacted"): words.say("contacted"),
        ("state", "active"): words.say("active"),
        ("state", "signed"): words.say("signed"),
        ("region", "africa"): words.say("Africa"),
        ("region", "americas"): words.say("Americas"),
        ("region", "asia"): words.say("Asia"),
        ("region", "europe"): words.say("Europe"),
        ("region", "oceania"): words.say("Oceania"),
        **{
            (field, value): word
            for field in ("selected", "cites_ndc", "pilot")
            for value, word in (("yes", words.say("yes")), ("no", words.say("no")))
        },
    }


def country(code: str, words: Language) -> str:
    """A country by its alpha-3 code, in the reader's language; the code where CLDR has no name."""
    names = Locale(words.code).territories
    return str(names.get(_alpha_2().get(code, code), code))


def region(code: str, words: Language) -> str:
    """A region by its M49 code, in the reader's language; the code where CLDR has no name."""
    return str(Locale(words.code).territories.get(code.removeprefix("M49-"), code))


@lru_cache(maxsize=1)
def _alpha_2() -> dict[str, str]:
    """ISO 3166-1 alpha-3 to alpha-2, from CLDR's aliases."""
    aliases: dict[str, list[str]] = get_global("territory_aliases")  # type: ignore[assignment]  # as babel ships it
    return {three: two[0] for three, two in aliases.items() if len(three) == 3 and three.isalpha()}
