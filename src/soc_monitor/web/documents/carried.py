"""How the interval of a carried stock grows: a table for the page of methods."""

import math

from soc_monitor.model.spread import STRUCTURAL, structural_share
from soc_monitor.web import numbers
from soc_monitor.web.i18n import Language

YEARS = (1, 5, 10, 20)
STOCK = 60.0
"""A usual one [t ha-1]."""
KNOWN = (0.30, 0.05)
"""Standard error of the map: of one cell, and of a large area, as a share of the stock."""


def growth(words: Language) -> dict[str, object]:
    """What the table and the words above it say.

    Example:
        >>> from soc_monitor.web.i18n import language
        >>> growth(language("en"))["rows"][2]
        ['10 years', '20', '1.2', '30.1', '5.4']
    """
    return {
        "lead": words.say(
            "The stock of the nowcast is that of a run without errors. Its interval holds the "
            "error of the map, how far runs with errors of weather, vegetation, clay and turnover "
            "are apart, and the error of the model itself: {structure} ‰ of the stock "
            "for each year carried: since the date of the map or since the end of the years that "
            "the weather is compared with, whichever is later. "
            "A stock that is held as it is has none. "
            "That last one is common to all cells, and no area "
            "averages it away. A change holds it once, {structure} ‰ a year; the error of the map "
            "cancels in it, for the runs are the same at all dates.",
            structure=numbers.number(STRUCTURAL, words.code, 0),
        ),
        "heads": [
            words.say("Years carried"),
            words.say("Model itself, ‰ of the stock"),
            words.say("Model itself, t C/ha of 60"),
            words.say("In all, a cell known within 30%, %"),
            words.say("In all, a large area known within 5%, %"),
        ],
        "rows": [_row(years, words) for years in YEARS],
    }


def _row(years: int, words: Language) -> list[str]:
    share = structural_share(years)
    told = [(1000 * share, 0), (STOCK * share, 2 if years < YEARS[1] else 1)]
    told += [(100 * math.hypot(known, share), 1) for known in KNOWN]
    head = words.say_n("{n} year", "{n} years", years, n=years)
    return [head, *(numbers.number(value, words.code, places) for value, places in told)]
