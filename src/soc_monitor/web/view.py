"""View: what several pages show alike, as plain values for templates."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from soc_monitor.model.change import ASPIRATION
from soc_monitor.model.scale import NO_DATA, Scale
from soc_monitor.model.series import is_doubtful
from soc_monitor.model.state import LEAST_MAPPED
from soc_monitor.web import numbers
from soc_monitor.web.estimate import Shown
from soc_monitor.web.i18n import Language, plain
from soc_monitor.web.sentences import on_map
from soc_monitor.web.state import State
from soc_monitor.web.worldmap import Mark

RATES = ("rate", "rate-compound")
"""Variables that stand beside the aspiration."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One class of a legend."""

    colour: str
    text: str
    aim: bool = False
    """It begins at the aspiration of the Initiative."""


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a table of areas."""

    shown: Shown
    colour: str
    href: str
    doubt: bool = False
    """Too uncertain to be told apart: hatched on maps."""
    pick: str = ""
    """Query that adds the area to the chosen ones, or takes it out; empty: it cannot."""
    other: Shown | None = None
    """The same area in the other period, where two are compared."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table of areas."""

    key: str
    """What its cells say: ``name``, ``value``, ``interval``, ``other``, ``other_interval``,
    ``state``, ``mapped``, ``class``."""
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


FADED = 0.7
"""Share of white in the colour of what is not certain, where it is faded: as in the tiles."""


def faded(hue: str) -> str:
    """A colour as it is drawn where a number is not certain, and that is shown by fading.

    Example:
        >>> faded("#000000"), faded("#ffffff")
        ('#b2b2b2', '#ffffff')
    """
    parts = (int(hue[at : at + 2], 16) for at in (1, 3, 5))
    return "#" + "".join(f"{int(part + FADED * (255 - part)):02x}" for part in parts)


def in_own_unit(indicator: Mapping[str, Any], value: float | None, key: str) -> float | None:
    """A value back in the indicator's own unit, in which its classes are given."""
    factor = next((u["factor"] for u in indicator.get("units", []) if u["key"] == key), 1.0)
    return None if value is None else value / float(factor)


def line(indicator: Mapping[str, Any], shown: Shown, key: str, href: str, **more: Any) -> Line:
    """A row with its colour and its doubt.

    Args:
        indicator: of the API.
        shown: the number.
        key: unit it is shown in; empty: the indicator's own.
        href: its page.
        more: what else the line says.
    """
    scale = scale_of(indicator)
    # The colour of a change that is not assessable would be read as its state.
    own = None if shown.untold else in_own_unit(indicator, shown.raw, key)
    hue = colour(scale, own, shown.mapped_fraction)
    doubt = is_doubtful(shown.raw, shown.low, shown.high, signed=scale.breaks[0] < 0)
    told = hue != NO_DATA and not shown.ranged
    return Line(shown, hue, href, doubt=doubt and told, **more)


def mark(line: Line, words: Language) -> Mark:
    """A row as an area of a drawn map."""
    said = on_map(line.shown, words)
    return Mark(line.shown.area, line.colour, said, line.href, line.doubt)


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
    if scale.breaks[0] < 0:
        # A dash between two minus signs cannot be read.
        texts += [words.say("{low} to {high}", low=a, high=b) for a, b in pairwise(limits)]
    else:
        texts += [f"{low}–{high}" for low, high in pairwise(limits)]
    texts.append(f"≥{numbers.NBSP}{limits[-1]}")
    aims = [False, *(indicator["v"] in RATES and limit == ASPIRATION for limit in scale.breaks)]
    entries = [Entry(c, t, aim) for c, t, aim in zip(scale.colours, texts, aims, strict=True)]
    return entries, numbers.unit(text, words.code)


def _tidy(limit: float) -> int:
    """The fewest decimals that write a round limit exactly; of others, as many as are read.

    Example:
        >>> [_tidy(limit) for limit in (20.0, 0.25, 100 / 13, 1 / 13)]
        [0, 2, 1, 3]
    """
    near = max(1, 1 - math.floor(math.log10(abs(limit)))) if limit else 0
    return next((n for n in range(6) if abs(round(limit, n) - limit) < 1e-9), near)


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


def has_states(lines: Sequence[Line]) -> bool:
    """Whether the lines are changes, of which something may be said or not."""
    return any(line.shown.state for line in lines)


def interval_title(rows: Iterable[Shown], words: Language) -> str:
    """Heading of the intervals of some numbers; those of one indicator are all of one kind."""
    return words.say("Range") if any(row.ranged for row in rows) else words.say("95% interval")


def columns(
    state: State,
    unit: str,
    words: Language,
    path: str,
    lines: Sequence[Line],
    *,
    classes: bool | None = None,
    period: str = "",
) -> list[Column]:
    """The columns of a table of areas, each with the link that sorts by it.

    Args:
        state: of the page.
        unit: of the numbers.
        words: the language.
        path: of the page.
        lines: of the table: where they are changes, what may be said of each has a column.
        classes: whether there is a column for the data class; None: where the lines differ in it.
        period: of the numbers, where another period stands beside it.
    """

    def column(key: str, title: str, *, numeric: bool = False) -> Column:
        now = state.sort.lstrip("-") == key
        turned = state.sort.startswith("-")
        sorted_as = ("descending" if turned else "ascending") if now else ""
        target = f"-{key}" if (now and not turned) or (numeric and not now) else key
        return Column(key, title, path + state.query(sort=target), sorted_as, numeric)

    titled = words.say("{period}, {unit}", period=period, unit=unit)
    value = titled if period else words.say("Value, {unit}", unit=unit)
    found = [
        column("name", words.say("Area")),
        column("value", value, numeric=True),
        Column("interval", interval_title([line.shown for line in lines], words), numeric=True),
    ]
    if has_states(lines):
        found.append(Column("state", words.say("State")))
    if period:
        other = numbers.period(state.t2, words.code)
        titled = words.say("{period}, {unit}", period=other, unit=unit)
        found += [
            Column("other", titled, numeric=True),
            Column("other_interval", words.say("95% interval"), numeric=True),
        ]
    found.append(column("mapped", words.say("Mapped share"), numeric=True))
    if differ(lines) if classes is None else classes:
        found.append(Column("class", words.say("Class")))
    return found
