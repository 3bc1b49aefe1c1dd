"""Outline notes: of which areas the outlines count more or less land than other lists do, and why.

The numbers are those of ``ingest_jobs/starter/areas_explained.csv``, and of the table of countries
that the carbon debt was published with; a test holds the two together.
"""

from collections.abc import Mapping

from soc_monitor.web import numbers
from soc_monitor.web.i18n import Language

ISLANDS: Mapping[str, float] = {
    "FSM": 7.4,
    "TON": 2.5,
    "MNP": 2.3,
    "CPV": 1.0,
    "SGS": 1.0,
    "KNA": 1.0,
    "ABW": 0.9,
    "PLW": 0.6,
    "JEY": 0.6,
}
"""Small islands, whose outlines differ from source to source: by how much land or carbon [%]."""


def outline_note(area: str, words: Language) -> str:
    """What an outline counts that other lists do not, or the other way round; empty: neither.

    Example:
        >>> from soc_monitor.web.i18n import language
        >>> outline_note("FRA", language("en"))
        ''
        >>> outline_note("TON", language("en"))
        'Outlines of small islands differ: land and carbon are up to 2.5% off those of other lists.'
    """
    if area in ISLANDS:
        return words.say(
            "Outlines of small islands differ: land and carbon are up to {share}% off those of "
            "other lists.",
            share=numbers.number(ISLANDS[area], words.code, 1),
        )
    apart = {
        "WLD": words.say(
            "Land is what the outlines hold: with lakes, ice, and Antarctica, which is 8% of it."
        ),
        "UKR": words.say(
            "Crimea and Sevastopol are counted with Ukraine here; lists that count them apart "
            "have 5% less land and 4% less carbon."
        ),
        "SOM": words.say(
            "Somaliland is counted with Somalia here; lists that count it apart have about a "
            "quarter less land and carbon."
        ),
        "CYP": words.say(
            "Northern Cyprus is counted with Cyprus here; lists that count it apart have about "
            "two fifths less land and carbon."
        ),
        "ISR": words.say(
            "East Jerusalem is in the Jerusalem district here; lists that count it with the West "
            "Bank have 1% less land."
        ),
        "PSE": words.say(
            "East Jerusalem is in the Jerusalem district of Israel here; lists that count it with "
            "the West Bank have 3% more land and carbon."
        ),
        "ALA": words.say(
            "Five of the sixteen municipalities are missing in the source of the outlines: about "
            "half of the land is not counted."
        ),
        "BHR": words.say(
            "The outline holds the Hawar Islands, too, and 17% more land than other lists have; "
            "they have 7% less carbon."
        ),
    }
    return apart.get(area, "")
