"""View: what several pages show alike, as plain values for templates."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from soc_monitor.model.scale import NO_DATA, Scale
from soc_monitor.model.series import LEAST_MAPPED
from soc_monitor.web import numbers
from soc_monitor.web.estimate import Shown, level_word
from soc_monitor.web.i18n import Language, plain
from soc_monitor.web.state import FILLS, LEVELS, Settled, State


@dataclass(frozen=True, slots=True)
class Entry:
    """One class of a legend."""

    colour: str
    text: str


@dataclass(frozen=True, slots=True)
class Option:
    """One choice of a select."""

    value: str
    text: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a table of areas."""

    shown: Shown
    colour: str
    href: str


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table of areas."""

    title: str
    href: str = ""
    """Sorts by this column; empty: it cannot be sorted."""
    sorted: str = ""
    """``ascending``, ``descending`` or empty."""
    numeric: bool = False


def scale_of(indicator: Mapping[str, Any], name: str = "scale") -> Scale:
    """The classes of an indicator, from the API."""
    listed = indicator[name]
    return Scale(breaks=tuple(listed["breaks"]), colours=tuple(listed["colours"]))


def colour(scale: Scale, value: float | None, mapped: float | None = None) -> str:
    """The colour of a value on maps: grey, too, where less than half of the area is mapped.

    Example:
        >>> colour(Scale(breaks=(1.0,), colours=("#fff", "#000")), None)
        '#9aa0a6'
    """
    if value is None or (mapped is not None and mapped < LEAST_MAPPED):
        return NO_DATA
    return scale.colours[scale.classify(value)]


def in_own_unit(indicator: Mapping[str, Any], value: float | None, key: str) -> float | None:
    """A value back in the indicator's own unit, in which its classes are given."""
    factor = next((u["factor"] for u in indicator.get("units", []) if u["key"] == key), 1.0)
    return None if value is None else value / float(factor)


def legend(indicator: Mapping[str, Any], key: str, words: Language) -> tuple[list[Entry], str]:
    """The classes in words, and their unit.

    Args:
        indicator: of the API.
        key: unit chosen; empty: the indicator's own.
        words: the language.
    """
    scale = scale_of(indicator)
    units = indicator.get("units") or []
    unit = next((u for u in units if u["key"] == key), units[0] if units else None)
    factor = float(unit["factor"]) if unit else 1.0
    text = str(unit["unit"]) if unit else str(indicator["unit"])
    limits = [numbers.number(b * factor, words.code, _tidy(b * factor)) for b in scale.breaks]
    texts = [f"<{numbers.NBSP}{limits[0]}"]
    texts += [f"{low}–{high}" for low, high in pairwise(limits)]
    texts.append(f"≥{numbers.NBSP}{limits[-1]}")
    entries = [Entry(c, t) for c, t in zip(scale.colours, texts, strict=True)]
    return entries, numbers.unit(text)


def _tidy(limit: float) -> int:
    """The fewest decimals that write a round limit exactly."""
    return next((n for n in range(6) if abs(round(limit, n) - limit) < 1e-9), 6)


# --- tables ------------------------------------------------------------------------------------


def sort_lines(lines: Sequence[Line], key: str) -> list[Line]:
    """Lines by a column; those without a number last, whatever the direction."""
    turned, name = key.startswith("-"), key.lstrip("-")
    if name == "value":
        filled = [line for line in lines if line.shown.raw is not None]
        empty = [line for line in lines if line.shown.raw is None]
        filled.sort(key=lambda line: line.shown.raw or 0.0, reverse=turned)
        return filled + empty
    if name == "mapped":
        return sorted(lines, key=lambda line: line.shown.mapped_fraction or 0.0, reverse=turned)
    return sorted(lines, key=lambda line: plain(line.shown.name), reverse=turned)


def differ(lines: Sequence[Line]) -> bool:
    """Whether the lines have several data classes: else the page's head says the one."""
    return len({line.shown.data_class for line in lines if line.shown.raw is not None}) > 1


def columns(state: State, unit: str, words: Language, path: str, *, classes: bool) -> list[Column]:
    """The columns of a table of areas, each with the link that sorts by it."""

    def column(key: str, title: str, *, numeric: bool = False) -> Column:
        now = state.sort.lstrip("-") == key
        turned = state.sort.startswith("-")
        sorted_as = ("descending" if turned else "ascending") if now else ""
        target = f"-{key}" if (now and not turned) or (numeric and not now) else key
        return Column(title, path + state.query(sort=target), sorted_as, numeric)

    found = [
        column("name", words.say("Area")),
        column("value", words.say("Value, {unit}", unit=unit), numeric=True),
        Column(words.say("95% interval"), numeric=True),
        column("mapped", words.say("Mapped share"), numeric=True),
    ]
    return [*found, Column(words.say("Class"))] if classes else found


# --- controls ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Controls:
    """The selects of the soil pages."""

    variables: list[Option]
    depths: list[Option]
    products: list[Option]
    periods: list[Option]
    units: list[Option]
    levels: list[Option]
    fills: list[Option]
    before: str
    """Query of the period before; empty: there is none."""
    after: str


def controls(
    settled: Settled, indicators: Iterable[Mapping[str, Any]], words: Language
) -> Controls:
    """What can be chosen, and what is."""
    state = settled.state
    known = list(indicators)
    variables = {
        str(i["v"]): words.pick(i["titles"]).rpartition(",")[0] or words.pick(i["titles"])
        for i in known
        if i["products"]
    }
    depths = [str(i["d"]) for i in known if i["v"] == state.v and i["products"]]
    offers = settled.indicator["products"]
    place = settled.periods.index(settled.period) if settled.period in settled.periods else -1

    def step(to: int) -> str:
        last = len(settled.periods) - 1
        if place < 0 or not 0 <= to <= last:
            return ""
        return state.query(t="latest" if to == last else settled.periods[to]) or "?"

    units = settled.indicator["unit_keys"]
    return Controls(
        variables=[Option(v, t, v == state.v) for v, t in variables.items()],
        depths=[Option(d, f"{d.replace('-', '–')} cm", d == state.d) for d in depths],
        products=[
            Option(str(p["product_id"]), str(p["title"]), p["product_id"] == settled.product)
            for p in offers
        ],
        periods=[
            Option(t, numbers.period(t, words.code), t == settled.period)
            for t in reversed(settled.periods)
        ],
        units=[
            Option(str(u), numbers.unit_of_key(str(u)), str(u) == (state.u or units[0]))
            for u in units
        ],
        levels=[Option(key, level_word(key, words), key == state.lvl) for key in LEVELS],
        fills=[
            Option(key, text, key == state.fill)
            for key, text in zip(
                FILLS, (words.say("Average of each area"), words.say("Cells")), strict=True
            )
        ],
        before=step(place - 1),
        after=step(place + 1),
    )
