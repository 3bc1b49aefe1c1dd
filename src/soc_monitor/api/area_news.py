"""News: sentences for people who follow an area.

A state is news when its chance is above 0.9. That is one-sided: the 95 % interval in the sentence
may still hold zero, and maps hatch such a change as not certain.
"""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from babel.numbers import format_decimal

from soc_monitor.model.period import period_label
from soc_monitor.model.series import NORMAL_95, interval
from soc_monitor.model.state import State
from soc_monitor.model.units import factor
from soc_monitor.store.news import Told

UNITS = {"soc_stock_0_30cm": "t ha-1", "soc_rate_0_30cm": "‰ yr-1"}
"""What sentences tell numbers in."""
STOCK, RATE = "soc_stock_0_30cm", "soc_rate_0_30cm"
FOLLOWED = (STOCK, RATE)
CERTAIN = (State.ABOVE_4, State.GAINING, State.LOSING)
"""States that are said of a change with a probability above 0.9."""


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """One thing to tell."""

    kind: str
    """``release``, ``state`` or ``correction``."""
    release: str
    seq: int
    at: datetime
    key: str
    """The same again has the same key."""
    sentence: str


WORDS = {
    "en": {
        "release": "{area}: {value} {unit} of soil carbon to 30 cm in {period} "
        "({low} to {high}, 95 %), by {product}; release {release}.",
        "correction": "{area}: the number for {period} by {product} was corrected from {old} to "
        "{value} {unit} ({low} to {high}, 95 %), outside the interval told before.",
        "above_4": "{area} gains soil carbon by 4 ‰ a year or more: {value} ‰ a year in {period} "
        "({low} to {high}, 95 %), by {product}.",
        "gaining": "{area} gains soil carbon: {value} ‰ a year in {period} "
        "({low} to {high}, 95 %), by {product}.",
        "losing": "{area} loses soil carbon: {value} ‰ a year in {period} "
        "({low} to {high}, 95 %), by {product}.",
    },
    "fr": {
        "release": "{area}\u00a0: {value} {unit} de carbone du sol jusqu’à 30 cm en {period} "
        "(de {low} à {high}, 95 %), selon {product}\u00a0; version {release}.",
        "correction": "{area}\u00a0: le nombre de {period} selon {product} a été corrigé de {old} "
        "à {value} {unit} (de {low} à {high}, 95 %), hors de l’intervalle donné avant.",
        "above_4": "{area} gagne du carbone du sol, 4 ‰ par an ou plus\u00a0: {value} ‰ par an en "
        "{period} (de {low} à {high}, 95 %), selon {product}.",
        "gaining": "{area} gagne du carbone du sol\u00a0: {value} ‰ par an en {period} "
        "(de {low} à {high}, 95 %), selon {product}.",
        "losing": "{area} perd du carbone du sol\u00a0: {value} ‰ par an en {period} "
        "(de {low} à {high}, 95 %), selon {product}.",
    },
    "es": {
        "release": "{area}: {value} {unit} de carbono del suelo hasta 30 cm en {period} "
        "(de {low} a {high}, 95 %), según {product}; versión {release}.",
        "correction": "{area}: el número de {period} según {product} se corrigió de {old} a "
        "{value} {unit} (de {low} a {high}, 95 %), fuera del intervalo dado antes.",
        "above_4": "{area} gana carbono del suelo, 4 ‰ al año o más: {value} ‰ al año en {period} "
        "(de {low} a {high}, 95 %), según {product}.",
        "gaining": "{area} gana carbono del suelo: {value} ‰ al año en {period} "
        "(de {low} a {high}, 95 %), según {product}.",
        "losing": "{area} pierde carbono del suelo: {value} ‰ al año en {period} "
        "(de {low} a {high}, 95 %), según {product}.",
    },
}


def news_of(
    told: Iterable[Told], area: str, lang: str, titles: Mapping[str, str] | None = None
) -> list[News]:
    """What is worth telling of an area, the newest first.

    Args:
        told: what releases told of it, the newest first.
        area: its name in the language.
        lang: ``en``, ``fr`` or ``es``.
        titles: of products in the language; one without is called by its id.
    """
    rows = list(told)
    newest = {(row.seq, row.indicator, row.product): row for row in reversed(rows)}
    found = []
    for row in rows:
        last = newest[row.seq, row.indicator, row.product] is row
        product = (titles or {}).get(row.product) or row.product
        found += [
            _news(row, kind, word, (area, product), lang) for kind, word in _kinds(row, newest=last)
        ]
    return found


def _kinds(row: Told, *, newest: bool) -> Iterator[tuple[str, str]]:
    """Kinds of news that a number is, with the word of its sentence."""
    low, high = ends(row)
    if row.value is None or low is None or high is None:
        return
    if row.indicator == RATE:
        if newest and row.state in CERTAIN and row.state != row.last_state:
            yield "state", row.state
        return
    if row.old_value is None:
        if newest:
            yield "release", "release"
        return
    old_low, old_high = _ends(row.old_value, row.old_error, row.old_lower_95, row.old_upper_95)
    if old_low is not None and old_high is not None and not old_low <= row.value <= old_high:
        yield "correction", "correction"


def ends(row: Told) -> tuple[float | None, float | None]:
    """The 95 % interval of a number."""
    floor = 0.0 if row.indicator == STOCK else None
    return _ends(row.value, row.std_error, row.lower_95, row.upper_95, floor)


def _ends(
    value: float | None,
    error: float | None,
    low: float | None,
    high: float | None,
    floor: float | None = None,
) -> tuple[float | None, float | None]:
    if low is not None and high is not None:
        return low, high
    return interval(value, error, NORMAL_95, floor=floor)


def _news(row: Told, kind: str, word: str, names: tuple[str, str], lang: str) -> News:
    low, high = ends(row)
    ratio = factor(row.unit, UNITS[row.indicator])
    said = WORDS[lang][word].format(
        area=names[0],
        value=_number(row.value, ratio, lang),
        low=_number(low, ratio, lang),
        high=_number(high, ratio, lang),
        old=_number(row.old_value, ratio, lang),
        unit="t C/ha",
        period=period_label(row.period, row.period_end),
        product=names[1],
        release=row.release,
    )
    return News(
        kind=kind,
        release=row.release,
        seq=row.seq,
        at=row.published_at,
        key=f"{row.release}/{row.indicator}/{row.product}/{row.period}/{kind}",
        sentence=said,
    )


def _number(value: float | None, ratio: float, lang: str) -> str:
    """A number to three digits, as its readers write it.

    Example:
        >>> _number(51.919, 1.0, "fr"), _number(-4.123, 0.1, "en"), _number(1234.5, 1.0, "en")
        ('51,9', '−0.412', '1,230')
    """
    if value is None:
        return ""
    rounded = float(f"{value * ratio:.3g}")
    digits = max(0, 2 - math.floor(math.log10(abs(rounded)))) if rounded else 0
    pattern = "#,##0." + "#" * digits if digits else "#,##0"
    return str(format_decimal(rounded, pattern, locale=lang)).replace("-", "−")
