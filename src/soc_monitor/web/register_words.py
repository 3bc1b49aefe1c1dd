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
    }.get(name, name)


def field_word(name: str, words: Language) -> str:
    """A field of a register."""
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
        "area_ha": words.say("Area"),
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
    }.get(name, name)


def value_word(field: str, value: str, words: Language) -> str:
    """A value that is chosen from a list, in words; other values as they are."""
    if field in {"country", "countries"}:
        return country(value, words)
    return _choices(words).get((field, value), value)


def _choices(words: Language) -> dict[tuple[str, str], str]:
    return {
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
    }


def country(code: str, words: Language) -> str:
    """A country by its alpha-3 code, in the reader's language; the code where CLDR has no name."""
    names = Locale(words.code).territories
    return str(names.get(_alpha_2().get(code, code), code))


@lru_cache(maxsize=1)
def _alpha_2() -> dict[str, str]:
    """ISO 3166-1 alpha-3 to alpha-2, from CLDR's aliases."""
    aliases: dict[str, list[str]] = get_global("territory_aliases")  # type: ignore[assignment]  # as babel ships it
    return {three: two[0] for three, two in aliases.items() if len(three) == 3 and three.isalpha()}
