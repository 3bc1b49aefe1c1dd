"""Left out: what land of an area the nowcast is not run on, in words."""

from collections.abc import Mapping
from typing import Any

from soc_monitor.web import numbers
from soc_monitor.web.i18n import Language

LEAST = 0.0005
"""Of the land: less is not told."""


def left_out(meta: Mapping[str, Any] | None, words: Language) -> str:
    """Which land is not modelled, and how much of the area that is; empty: nothing to tell.

    Args:
        meta: of ``/areas/{id}/months``; None or without months: there is no nowcast of the area.
        words: the language.

    Example:
        >>> from soc_monitor.web.i18n import language
        >>> meta = {"months": 1, "mapped_ha": 90.0, "masked_ha": {"organic": 4.0, "bare": 6.0}}
        >>> told = left_out(meta, language("en"))
        >>> told.startswith("Organic soils are 4% of the land."), "bare land 6%" in told
        (True, True)
        >>> meta["masked_ha"] = {}
        >>> left_out(meta, language("en"))
        'The map tells no organic soils here; peat that it misses is not told apart.'
    """
    if meta is None or not meta["months"]:
        return ""
    masked = meta["masked_ha"] or {}
    whole = (meta["mapped_ha"] or 0.0) + sum(masked.values())
    shares = {name: ha / whole for name, ha in masked.items() if ha >= LEAST * whole}
    peat = shares.pop("organic", 0.0)
    told = [_peat(peat, words)]
    names = _names(words)
    others = [
        f"{names[name]} {numbers.percent(share, words.code)}"
        for name, share in sorted(shares.items(), key=lambda one: -one[1])
    ]
    if others:
        told.append(words.say("Not modelled: {list}.", list=", ".join(others)))
    return " ".join(told)


def _peat(share: float, words: Language) -> str:
    if not share:
        # A map of default stocks knows no peat: that it has none is no finding.
        return words.say(
            "The map tells no organic soils here; peat that it misses is not told apart."
        )
    return words.say(
        "Organic soils are {share} of the land. They are not modelled: 0–30 cm only; deeper peat "
        "not counted.",
        share=numbers.percent(share, words.code),
    )


def _names(words: Language) -> dict[str, str]:
    return {
        "wetland": words.say("wetlands"),
        "paddy": words.say("paddies and other irrigated crops"),
        "artificial": words.say("built-up land"),
        "bare": words.say("bare land"),
        "water": words.say("water"),
        "ice": words.say("ice and snow"),
        "no_stock": words.say("land without a stock on the map"),
        "no_carbon": words.say("soil without carbon"),
        "no_use": words.say("land of unknown cover"),
        "no_texture": words.say("soil of unknown clay"),
        "no_error": words.say("a stock without an error"),
        "no_weather": words.say("land without a mean year of weather"),
        "no_equilibrium": words.say("soil in which nothing decays"),
    }
