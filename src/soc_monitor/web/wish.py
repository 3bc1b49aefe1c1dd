"""Wish: the numbers that a reader wants as a file, as the address of the page of data says it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any
from urllib.parse import quote

from soc_monitor.model import LANGUAGES
from soc_monitor.web.state import pairs

LONGEST = 6000
"""Characters of one value that are looked at: 300 areas."""
MOST_PAIRS = 500
"""Keys of an address: 300 areas one by one, every column, and the rest of the form."""
FORMS = ("csv", "xlsx", "parquet", "json", "nc", "gpkg", "zip")
MOST_OTHERS = 11
"""Variables beside the first one: as many as the API takes."""
UNLAID = ("nc", "gpkg")
"""Forms that have a layout of their own."""
LEVELS = ("", "m49", "adm0", "adm1")
SHAPES = ("tidy", "wide")
_DEPTH = "0-30"


@dataclass(frozen=True, slots=True)
class Wish:
    """The keys of the page, in the order they are written; the defaults are left out."""

    area: str = ""
    """Areas chosen, joined by ``~``; empty: the world."""
    lvl: str = ""
    """All areas of this level inside of the chosen ones, in their place; empty: these alone."""
    v: str = "stock"
    d: str = _DEPTH
    """Depth [cm]."""
    also: str = ""
    """Ids of other variables of the product in the same table, joined by ``~``."""
    t: str = ""
    """Period or range; empty: all of them."""
    src: str = ""
    """Data product; empty: the recommended one."""
    u: str = ""
    """Unit of measure; empty: the variable's."""
    labels: str = ""
    """Language of the names of areas; empty: that of the page."""
    shape: str = "tidy"
    columns: str = ""
    """Joined by commas; empty: all that belong to the shape."""
    sort: str = ""
    form: str = "csv"
    bom: str = ""
    rel: str = "latest"

    @property
    def areas(self) -> tuple[str, ...]:
        """The areas chosen, each once.

        Example:
            >>> Wish(area="FRA~ESP~FRA").areas
            ('FRA', 'ESP')
        """
        return tuple(dict.fromkeys(code for code in self.area.split("~") if code))

    @property
    def others(self) -> tuple[str, ...]:
        """The other variables, each once."""
        return tuple(dict.fromkeys(name for name in self.also.split("~") if name))

    @property
    def names(self) -> tuple[str, ...]:
        """The columns chosen, each once."""
        found = (name.strip() for name in self.columns.split(","))
        return tuple(dict.fromkeys(name for name in found if name))

    def query(self, **changes: str) -> str:
        """The address's query with some keys changed, ``?`` included; empty where all is default.

        Example:
            >>> Wish(area="FRA").query(form="xlsx")
            '?area=FRA&form=xlsx'
        """
        changed = replace(self, **changes)
        pairs = [
            f"{f.name}={quote(str(getattr(changed, f.name)), safe='~,')}"
            for f in fields(self)
            if getattr(changed, f.name) != f.default
        ]
        return "?" + "&".join(pairs) if pairs else ""

    def asked(self, code: str) -> dict[str, str]:
        """The keys of the API for it.

        Args:
            code: language of the page.
        """
        found = {
            "area": "~".join(self.areas) or "WLD",
            "lvl": self.lvl,
            "v": "~".join((self.v, *self.others)),
            "d": self.d,
            "t": self.t,
            "src": self.src,
            "u": self.u,
            "labels": self.labels or code,
            "bom": self.bom if self.form == "csv" else "",
            "rel": self.rel,
        }
        if self.form not in UNLAID:
            found |= {"shape": self.shape, "columns": self.columns, "sort": self.sort}
        plain = {"labels": "en", "rel": "latest", "shape": "tidy"}
        return {key: value for key, value in found.items() if value and value != plain.get(key)}


def read(query: str) -> tuple[Wish, str]:
    """The wish in an address, and the name of an area that is to be added.

    What a form sends is taken as well: areas and columns one by one, two ends of a range.

    Example:
        >>> wish, added = read("?area=FRA&area=ESP&t0=1990&t1=&add=Kenya")
        >>> wish.query(), added
        ('?area=FRA~ESP&t=1990..', 'Kenya')
    """
    sent: dict[str, list[str]] = {}
    for key, value in pairs(query, MOST_PAIRS):
        if value and len(value) <= LONGEST:
            sent.setdefault(key, []).append(value)
    names = {f.name for f in fields(Wish)}
    found = {key: values[0] for key, values in sent.items() if key in names}
    if "area" in sent:
        found["area"] = "~".join(sent["area"])
    if "also" in sent:
        found["also"] = "~".join(sent["also"])
    if "col" in sent:
        before = found.get("columns", "").split(",")
        same = set(before) == set(sent["col"])
        found["columns"] = ",".join(before if same else sent["col"])
    elif "go" in sent or "add" in sent:
        # All boxes of the form are empty.
        found.pop("columns", None)
    if "t0" in sent or "t1" in sent:
        found["t"] = span(sent.get("t0", [""])[0], sent.get("t1", [""])[0])
    wish = Wish(**found)
    return replace(wish, area="~".join(wish.areas)), sent.get("add", [""])[0].strip()[:100]


def span(low: str, high: str) -> str:
    """Two ends as ``t`` takes them; an empty one is open.

    Example:
        >>> span("1990", "2010"), span("", ""), span("2010", "2010"), span("2010", "1990")
        ('1990..2010', '', '2010', '1990..2010')
    """
    if low and high and low > high:
        low, high = high, low
    return "" if not (low or high) else low if low == high else f"{low}..{high}"


def ends(t: str, periods: Sequence[str]) -> tuple[str, str]:
    """The two ends of a range, each a period that there is; empty: open.

    Example:
        >>> ends("1990..", ["1980", "1990"]), ends("latest", ["1980", "1990"])
        (('1990', ''), ('1990', '1990'))
    """
    if t == "latest":
        return (periods[-1], periods[-1]) if periods else ("", "")
    low, dots, high = t.partition("..")
    if not dots:
        high = low
    return (
        low if low in periods else "",
        "" if high == "latest" or high not in periods else high,
    )


def companions(indicators: Iterable[Mapping[str, Any]], product: str) -> list[Mapping[str, Any]]:
    """The variables of a product, which may stand in one table."""
    return [one for one in indicators if product in {str(p["product_id"]) for p in one["products"]}]


@dataclass(frozen=True, slots=True)
class Settled:
    """A wish in which every key has a value that exists, and what had to be changed for it."""

    wish: Wish
    indicator: Mapping[str, Any]
    periods: tuple[str, ...]
    asked: tuple[tuple[str, str, str], ...]
    """(key, what the link asked for, what is shown instead)."""


def settle(wish: Wish, indicators: Iterable[Mapping[str, Any]]) -> Settled:
    """Replace what does not exist by its default, and say so.

    Args:
        wish: as read from the address.
        indicators: ``data`` of ``/indicators``, not empty.
    """
    known = [one for one in indicators if one["products"]]
    asked: list[tuple[str, str, str]] = []

    def choose(key: str, allowed: Sequence[str], default: str) -> str:
        value = str(getattr(wish, key))
        if value in allowed:
            return value
        if value and value != getattr(Wish(), key):
            asked.append((key, value, default))
        return default

    names = [str(one["v"]) for one in known] + [str(one["id"]) for one in known]
    v = choose("v", names, "stock" if "stock" in names else names[0])
    by_id = [one for one in known if one["id"] == v]
    same = by_id or [one for one in known if one["v"] == v]
    depths = [str(one["d"]) for one in same]
    d = depths[0] if by_id else choose("d", depths, depths[0])
    indicator = next(one for one in same if one["d"] == d)
    products = {str(p["product_id"]): p for p in indicator["products"]}
    first = next(iter(products))
    src = choose("src", list(products), first)
    periods = tuple(str(t).partition("/")[0] for t in products[src]["periods"])
    low, high = ends(wish.t, periods)
    if wish.t == "latest":
        t = "latest"
    elif low and low == high:
        t = low
    else:
        t = span("" if low == periods[0] else low, "" if high == periods[-1] else high)
    if set(wish.t.partition("..")[::2]) - {"", "latest", *periods}:
        asked.append(("t", wish.t, t or ".."))
    own = str(indicator["id"])
    beside = [str(one["id"]) for one in companions(known, src) if one["id"] != own]
    also = [name for name in wish.others if name in beside][:MOST_OTHERS]
    if lost := [name for name in wish.others if name not in {own, *also}]:
        asked.append(("also", "~".join(lost), "–"))
    shape = choose("shape", SHAPES, "tidy")
    form = choose("form", FORMS, "csv")
    # The form says beside them that these hold one variable.
    shape = "tidy" if also else shape
    form = "csv" if also and form == "nc" else form
    settled = replace(
        wish,
        lvl=choose("lvl", LEVELS, ""),
        v=str(indicator["v"]),
        d=d,
        also="~".join(also),
        t=t,
        src="" if src == first else src,
        u=choose("u", [str(u) for u in indicator["unit_keys"]], ""),
        labels=choose("labels", LANGUAGES, ""),
        shape=shape,
        form=form,
        bom="1" if wish.bom == "1" else "",
        rel=wish.rel or "latest",
    )
    if settled.u and settled.u == str(indicator["unit_keys"][0]):
        settled = replace(settled, u="")
    return Settled(settled, indicator, periods, tuple(asked))
