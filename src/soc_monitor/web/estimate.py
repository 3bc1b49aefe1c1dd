"""An estimate as a page shows it: value, interval, class and origin, each written out once."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from soc_monitor.web import numbers
from soc_monitor.web.change_words import MARKS, UNTOLD, said_reasons, state_word
from soc_monitor.web.i18n import Language

SHARES = ("permille", "percent")
CHANGES = ("soc_change", "soc_rate")
"""Variables that are a change: a gain is told with its sign, as a loss is."""
FINEST_SHARE = 2
"""Decimals of a permille or a percent: finer is no knowledge, however small the number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One row of the API, with its numbers written in a language."""

    area: str
    name: str
    level: str
    period: str
    raw: float | None
    low: float | None
    high: float | None
    low_50: float | None
    high_50: float | None
    decimals: int
    value: str
    """Without its unit; an en dash where there is no estimate."""
    interval: str
    """"53.2 to 71.0"; empty where the source gives none."""
    ranged: bool
    """The interval is a range, from the least to the most that it can be: no share of the cases
    is known to lie in it."""
    unit: str
    data_class: str
    provisional: bool
    standing: str
    """"provisional", where its inputs may still move; else empty."""
    mapped: str
    mapped_fraction: float | None
    land_ha: float | None
    calculation: str
    product: str
    start: date | None
    """First day of its period."""
    end: date | None
    """Last day of its period."""
    state: str
    """Of a change: what may be said of it, in the API's word; empty for all else."""
    word: str
    """The state in a word or two."""
    mark: str
    """The state's mark."""
    reasons: tuple[str, ...]
    """Why a change is not assessable, in sentences."""
    base: str
    """Of a change: the period that it is counted from; empty for all else."""

    @property
    def full(self) -> str:
        """Value and unit, never parted at the end of a line."""
        if self.raw is None:
            return self.value
        return f"{self.value}{numbers.NBSP}{self.unit.replace(' ', numbers.NBSP)}"

    @property
    def untold(self) -> bool:
        """Whether it is a change that cannot be assessed: its number is no finding."""
        return self.state == UNTOLD

    @property
    def beneath(self) -> str:
        """What stands below the value on a phone: its interval, and of a change its state."""
        state = f"{self.mark}{numbers.NBSP}{self.word}" if self.word else ""
        return "\n".join(text for text in (self.interval, state) if text)

    @property
    def brief(self) -> str:
        """For a tooltip: the number with its interval and its state; the state alone if untold."""
        if self.untold:
            return f"{self.mark}{numbers.NBSP}{self.word}"
        return self.whole

    @property
    def whole(self) -> str:
        """The number with its interval, for a change its state, and whether it may still move."""
        said = f"{self.full} ({self.interval})" if self.interval else self.full
        return ", ".join(part for part in (said, self.word, self.standing) if part)


def show(row: Mapping[str, Any], words: Language) -> Shown:
    """A row of ``/series`` or ``/map`` in a language."""
    value, low, high = row.get("value"), row.get("lower_95"), row.get("upper_95")
    decimals = 0 if value is None else numbers.places(value, low, high)
    if str(row.get("unit") or "").startswith(SHARES):
        decimals = min(decimals, FINEST_SHARE)

    signed = str(row.get("variable") or "").startswith(CHANGES)

    def write(number: float | None) -> str:
        return numbers.number(number, words.code, decimals, signed=signed)

    interval = ""
    if value is not None and low is not None and high is not None:
        interval = words.say("{low} to {high}", low=write(low), high=write(high))
        interval = interval.replace(" ", numbers.NBSP)
    state = str(row.get("state") or "")
    return Shown(
        area=str(row.get("area_id") or ""),
        name=str(row.get("area_name") or row.get("area_id") or ""),
        level=str(row.get("area_level") or ""),
        period=numbers.period(str(row.get("period") or ""), words.code),
        raw=value,
        low=low,
        high=high,
        low_50=row.get("lower_50"),
        high_50=row.get("upper_50"),
        decimals=decimals,
        value=write(value),
        interval=interval,
        ranged=bool(interval and not state) and row.get("std_error", low) is None,
        unit=numbers.unit(str(row.get("unit") or ""), words.code),
        data_class=str(row.get("data_class") or ""),
        provisional=row.get("status") == "provisional",
        standing=words.say("provisional") if row.get("status") == "provisional" else "",
        mapped=numbers.percent(row.get("mapped_fraction"), words.code),
        mapped_fraction=row.get("mapped_fraction"),
        land_ha=row.get("land_area_ha"),
        calculation=str(row.get("calculation_id") or ""),
        product=str(row.get("product_id") or ""),
        start=date.fromisoformat(row["period_start"]) if row.get("period_start") else None,
        end=date.fromisoformat(row["period_end"]) if row.get("period_end") else None,
        state=state,
        word=state_word(state, words),
        mark=MARKS.get(state, ""),
        reasons=said_reasons(str(row.get("state_reasons") or "").split(";"), words),
        base=numbers.period(str(row.get("base_period") or ""), words.code),
    )


def age(row: Shown, words: Language, today: date | None = None) -> str:
    """How old a number is: the time since the end of its period; empty where it has none.

    Args:
        row: the number.
        words: the language.
        today: the day to count to; None: this day, UTC.
    """
    if row.end is None:
        return ""
    days = ((today or datetime.now(UTC).date()) - row.end).days
    if days < 0:
        return words.say("its period has not ended")
    years, months = int(days / 365.25), int(days / 30.44)
    n = numbers.number(years or months or days, words.code, 0)
    if years:
        return words.say_n("{n} year old", "{n} years old", years, n=n)
    if months:
        return words.say_n("{n} month old", "{n} months old", months, n=n)
    if days:
        return words.say_n("{n} day old", "{n} days old", days, n=n)
    return words.say("of today")


def class_word(data_class: str, words: Language) -> str:
    """The data class in a word."""
    return {
        "observed": words.say("observed"),
        "observed+modelled": words.say("observed and modelled"),
        "modelled": words.say("modelled"),
        "inferred": words.say("inferred"),
        "reported": words.say("reported"),
    }.get(data_class, data_class)


def class_mark(data_class: str) -> str:
    """The letters of a data class: O, O+M, M, I, R."""
    return "+".join(part[:1].upper() for part in data_class.split("+"))


def class_meaning(data_class: str, words: Language) -> str:
    """What a data class means, in a sentence."""
    return {
        "observed": words.say("Measured at the place and depth within the allowed age."),
        "observed+modelled": words.say("A model in which measurements weigh half or more."),
        "modelled": words.say(
            "Calculated by a model from observations of other things; not measured here."
        ),
        "inferred": words.say(
            "Derived from maps, default factors or extrapolation; not measured here."
        ),
        "reported": words.say("Declared by a country or a partner."),
    }.get(data_class, "")


def level_word(level: str, words: Language) -> str:
    """The name of a level of areas, in the plural."""
    return {
        "world": words.say("World"),
        "m49": words.say("Regions of the world"),
        "adm0": words.say("Countries"),
        "adm1": words.say("Provinces, states, departments"),
    }.get(level, level)


def kind_word(level: str, words: Language) -> str:
    """What an area of a level is."""
    return {
        "world": words.say("World"),
        "m49": words.say("Region of the world"),
        "adm0": words.say("Country"),
        "adm1": words.say("Province, state or department"),
    }.get(level, level)
