"""Change in words: the mark, the name and the reasons of what may be said of a change."""

from collections.abc import Iterable

from soc_monitor.web.i18n import Language

MARKS = {
    "above_4": "▲▲",
    "gaining": "▲",
    "no_detectable_change": "○",
    "losing": "▼",
    "not_assessable": "–",
}
"""State to its mark: a colour is never the only sign."""
UNTOLD = "not_assessable"
"""The state in which a number says nothing of the soil."""


def state_word(state: str, words: Language) -> str:
    """A state in a word or two."""
    return {
        "above_4": words.say("above 4‰"),
        "gaining": words.say("gaining"),
        "no_detectable_change": words.say("no detectable change"),
        "losing": words.say("losing"),
        "not_assessable": words.say("not assessable"),
    }.get(state, state)


def reasons(words: Language) -> dict[str, str]:
    """Why a change is not assessable, by the API's word for it."""
    return {
        "no_estimate": words.say("There is no estimate here."),
        "land_changed": words.say(
            "The land that has an estimate is not the same at all dates: only from the base that "
            "is published is it compared cell by cell."
        ),
        "low_coverage": words.say("Less than half of the land has an estimate."),
        "no_interval": words.say("The product gives no error of its change."),
        "short_window": words.say(
            "A change is judged from yearly means five years apart or more; the two here are not."
        ),
        "missing_months": words.say(
            "Months are missing from the last twelve, or from the year that is counted from: there "
            "are no two means of twelve months to compare."
        ),
        "one_date": words.say("The product has one date: there is nothing to compare it with."),
        "no_real_drivers": words.say(
            "Too few months have real weather; the nowcast follows it once a live feed of weather "
            "is set."
        ),
        "stale_input": words.say("An input that it needs is too old."),
        "no_samples": words.say("No field sample has checked the stock for ten years."),
    }


def said_reasons(codes: Iterable[str], words: Language) -> tuple[str, ...]:
    """Reasons in sentences; a word of the API that is not known here says nothing.

    Example:
        >>> from soc_monitor.web.i18n import language
        >>> said_reasons(["stale_input", "nonsense"], language("en"))
        ('An input that it needs is too old.',)
    """
    known = reasons(words)
    return tuple(known[code] for code in codes if code in known)
