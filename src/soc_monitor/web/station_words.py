"""Station words: what sensors measure, where they are, and why a reading was not taken."""

import re

from soc_monitor.web import numbers
from soc_monitor.web.i18n import Language

_DEPTHS = re.compile(r"(.+?)_(\d+)_(\d+)cm")


def variable_word(variable: str, words: Language) -> str:
    """What sensors measure, with its depth where the name has one; else the name itself.

    Example:
        >>> from soc_monitor.web.i18n import language
        >>> variable_word("soil_moisture_0_5cm", language("en"))
        'soil moisture, 0–5 cm'
    """
    depths = _DEPTHS.fullmatch(variable)
    name = depths[1] if depths else variable
    word = {
        "soil_moisture": words.say("soil moisture"),
        "soil_temperature": words.say("soil temperature"),
        "soil_moisture_surface": words.say("soil moisture at the surface"),
        "soil_moisture_root_zone": words.say("soil moisture of the root zone"),
        "air_temperature": words.say("air temperature"),
        "land_surface_temperature": words.say("land surface temperature"),
        "rain": words.say("rain"),
        "ndvi": words.say("vegetation index"),
    }.get(name, name)
    if depths is None:
        return word
    top, bottom = depths[2], depths[3]
    return f"{word}, {top if top == bottom else f'{top}–{bottom}'} cm"


def unit_word(unit: str, words: Language) -> str:
    """The unit of a reading; a pure number has none, whatever it is in an anomaly.

    Example:
        >>> from soc_monitor.web.i18n import language
        >>> unit_word("m3 m-3", language("en")), unit_word("1", language("en"))
        ('m³/m³', '')
    """
    return "" if unit == "1" else numbers.unit(unit, words.code)


def place_word(lon: float, lat: float, words: Language) -> str:
    """Where something is, in degrees.

    Example:
        >>> from soc_monitor.web.i18n import language
        >>> place_word(-1.5, 47.25, language("en"))
        '47.250° N, 1.500° W'
    """
    north = words.say("N") if lat >= 0 else words.say("S")
    east = words.say("E") if lon >= 0 else words.say("W")
    up, along = (numbers.number(abs(one), words.code, 3) for one in (lat, lon))
    return f"{up}° {north}, {along}° {east}"


def reading_count(n: int, words: Language) -> str:
    """How many readings."""
    return words.say_n("{n} reading", "{n} readings", n, n=numbers.number(n, words.code, 0))


def days_ago(days: int, words: Language) -> str:
    """How long ago something was, in whole days."""
    if days < 1:
        return words.say("of today")
    n = numbers.number(days, words.code, 0)
    return words.say_n("{n} day old", "{n} days old", days, n=n)


def why_word(why: str, words: Language) -> str:
    """Why a reading was not taken; a rule that only one source has, by its own name."""
    return {
        "held": words.say("jumped, waits for an operator’s word"),
        "rejected": words.say("refused by an operator"),
        "range": words.say("outside of what can be true"),
        "quality": words.say("marked as no good by the source"),
        "conflict": words.say("another value of that time was there"),
        "future": words.say("time in the future"),
        "ancient": words.say("time before the sensor’s own"),
        "time zone": words.say("time without a zone"),
        "unit": words.say("unit of another quantity"),
        "value": words.say("no number"),
        "variable": words.say("quantity not known"),
        "station": words.say("station not known then"),
    }.get(why, why)
