"""State of a page: what its address says, read once for documents and for Dash alike."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any
from urllib.parse import parse_qsl, quote

BASE = "2020"
"""Year that changes are told against by default."""
LONGEST = 200
"""Characters of one value that are looked at."""
MOST_PICKED = 6
"""Areas that can be chosen at once."""


@dataclass(frozen=True, slots=True)
class State:
    """The keys of an address, in the order they are written; the defaults are left out."""

    v: str = "stock"
    """Variable."""
    d: str = "0-30"
    """Depth [cm]."""
    t: str = "latest"
    """Period."""
    t2: str = ""
    """Another period, drawn beside the first; empty: none."""
    b: str = BASE
    """Base that change is told against: a year, or one of the periods."""
    lvl: str = "adm0"
    """Level of the areas drawn."""
    parent: str = ""
    """Only the areas inside of this one are drawn; empty: everywhere."""
    area: str = ""
    """Areas chosen, joined by ``~``, six at most."""
    u: str = ""
    """Unit of measure; empty: the variable's."""
    fill: str = "area"
    """``area``: areas coloured by their value; ``grid``: the cells."""
    unc: str = "hatch"
    """What is not certain on the map: ``hatch``, ``mask`` (faded), ``off``."""
    shape: str = "value"
    """What a comparison shows: ``value``, ``index`` (base year = 100), ``small`` (a chart each)."""
    src: str = ""
    """Data product; empty: the recommended one."""
    rel: str = "latest"
    """Release."""
    sort: str = "name"
    """Column of the table; a minus in front turns it round."""
    ll: str = ""
    """Centre of the explorer's map: ``46.52,2.43``, latitude first; empty: all of it is shown."""
    z: str = ""
    """Its zoom."""
    lite: str = ""
    """``1``: without the app's scripts."""

    @property
    def areas(self) -> tuple[str, ...]:
        """The areas chosen, each once.

        Example:
            >>> State(area="FRA~ESP~FRA").areas
            ('FRA', 'ESP')
        """
        return tuple(dict.fromkeys(code for code in self.area.split("~") if code))[:MOST_PICKED]

    @property
    def view(self) -> tuple[float, float, float] | None:
        """Latitude, longitude and zoom of the map; None: not said, or not on this earth.

        Example:
            >>> State(ll="46.52,2.43", z="5").view, State(ll="91,0", z="5").view
            ((46.52, 2.43, 5.0), None)
        """
        try:
            lat, lon = (float(part) for part in self.ll.split(","))
            zoom = float(self.z)
        except ValueError:
            return None
        inside = -86 <= lat <= 86 and -180 <= lon <= 180 and 0 <= zoom <= 9
        return (lat, lon, zoom) if inside else None

    @property
    def pinned(self) -> str:
        """The release that the page is of for ever; empty: the newest one, whichever that is."""
        return "" if self.rel == State().rel else self.rel

    @property
    def base_year(self) -> str:
        """The year of the base; empty where the base is longer than a year.

        Example:
            >>> State(b="2019-07").base_year, State(b="2001/2010").base_year
            ('2019', '')
        """
        return year_in(self.b)

    @property
    def keep(self) -> str:
        """Query of another area's page that shows the same of it.

        Example:
            >>> State(v="debt", area="FRA", sort="-value", rel="2026.11.1").keep
            '?v=debt&rel=2026.11.1'
        """
        kept = ("v", "d", "t", "b", "u", "src", "rel", "lite")
        return replace(State(), **{key: getattr(self, key) for key in kept}).query()

    def query(self, **changes: str) -> str:
        """The address's query with some keys changed, ``?`` included; empty where all is default.

        Example:
            >>> State(v="debt").query(t="2010")
            '?v=debt&t=2010'
        """
        changed = replace(self, **changes)
        pairs = [
            f"{f.name}={quote(str(getattr(changed, f.name)), safe='~')}"
            for f in fields(self)
            if getattr(changed, f.name) != f.default
        ]
        return "?" + "&".join(pairs) if pairs else ""


def year_in(period: str) -> str:
    """The year that a period is, or lies in; empty where it is longer."""
    year = period.partition("-")[0]
    return year if year.isdecimal() and "/" not in period else ""


def pairs(query: str, most: int) -> list[tuple[str, str]]:
    """Keys and values of an address, the first ``most``: nobody means what comes after them.

    Example:
        >>> pairs("?v=debt&x=1&y=2", 2)
        [('v', 'debt'), ('x', '1')]
    """
    return parse_qsl("&".join(query.lstrip("?").split("&", most)[:most]))


def read(query: str) -> State:
    """The state that a query asks for; unknown keys are ignored, the first of a repeated one holds.

    Example:
        >>> read("?v=debt&x=1").v
        'debt'
    """
    names = {f.name for f in fields(State)}
    found: dict[str, str] = {}
    for key, value in pairs(query, 100):
        if key in names and value and len(value) <= LONGEST:
            found.setdefault(key, value)
    return State(**found)


@dataclass(frozen=True, slots=True)
class Settled:
    """A state in which every key has a value that exists, and what had to be changed for it."""

    state: State
    indicator: Mapping[str, Any]
    product: str
    """Id of the product shown; empty where the indicator has none yet."""
    period: str
    """The period shown; empty where the product has none."""
    periods: tuple[str, ...]
    asked: tuple[tuple[str, str, str], ...]
    """(key, what the link asked for, what is shown instead)."""


LEVELS = ("adm0", "m49", "adm1")
FILLS = ("area", "grid")
DOUBTS = ("hatch", "mask", "off")
SORTS = ("name", "value", "mapped")
SHAPES = ("value", "index", "small")


def settle(state: State, indicators: Iterable[Mapping[str, Any]]) -> Settled:
    """Replace what does not exist by its default, and say so.

    Args:
        state: as read from the address.
        indicators: ``data`` of ``/indicators``, not empty.
    """
    known = list(indicators)
    asked: list[tuple[str, str, str]] = []

    def choose(key: str, allowed: list[str], default: str) -> str:
        value = str(getattr(state, key))
        if value in allowed:
            return value
        if value and value != getattr(State(), key):
            asked.append((key, value, default))
        return default

    variables = [str(i["v"]) for i in known] + [str(i["id"]) for i in known]
    v = choose("v", variables, "stock" if "stock" in variables else variables[0])
    same = [i for i in known if v in (i["v"], i["id"])]
    depths = [str(i["d"]) for i in same]
    d = choose("d", depths, depths[0])
    indicator = next(i for i in same if i["d"] == d)
    products = _products(indicator)
    with_data = [p for p, periods in products.items() if periods] or list(products)
    src = choose("src", with_data, with_data[0] if with_data else "")
    periods = tuple(products.get(src, ()))
    period = choose("t", [*periods, "latest"], "latest")
    years = {year for period in periods if (year := year_in(period))}
    shown = period if period != "latest" else (periods[-1] if periods else "")
    beside = choose("t2", [*periods, ""], "")
    bases = [*periods, *years]
    if indicator["group"] == "change":
        # What stands beside the first period is counted from the same year.
        bases = bases_of(indicator, src, *filter(None, (shown, beside)))
    units = [str(u) for u in indicator.get("unit_keys") or ()]
    settled = replace(
        state,
        v=str(indicator["v"]),
        d=d,
        t=period,
        t2=beside,
        b=choose("b", [*bases, BASE], BASE),
        u=choose("u", units, ""),
        lvl=choose("lvl", list(LEVELS), "adm0"),
        fill=choose("fill", fills_of(indicator), "area"),
        unc=choose("unc", list(DOUBTS), "hatch"),
        shape=choose("shape", list(SHAPES), "value"),
        sort=choose("sort", [*SORTS, *(f"-{key}" for key in SORTS)], "name"),
        src=src if state.src in with_data else "",
        # Where the map was moved to is the browser's: links to other states do not carry it.
        ll="",
        z="",
    )
    if (state.ll or state.z) and state.view is None:
        asked.append(("ll", f"{state.ll}&z={state.z}", ""))
    return Settled(settled, indicator, src, shown, periods, tuple(asked))


def bases_of(indicator: Mapping[str, Any], product: str, *shown: str) -> list[str]:
    """Years that a change of a product can be counted from; of other indicators none.

    Args:
        indicator: as of ``/api/v1/indicators``.
        product: id.
        shown: periods that have to lie in a later year; none: any.

    Example:
        >>> offer = {"product_id": "nowcast", "base_years": [2011, 2012]}
        >>> bases_of({"products": [offer]}, "nowcast"), bases_of({"products": []}, "nowcast")
        (['2011', '2012'], [])
        >>> bases_of({"products": [offer]}, "nowcast", "2012-05")
        ['2011']
    """
    offers = (p for p in indicator["products"] if p["product_id"] == product)
    years = (str(year) for offer in offers for year in offer["base_years"])
    return [year for year in years if all(year < year_in(period) for period in shown)]


def based(settled: Settled, product: str) -> str:
    """The year that a change of a product is counted from; empty: as it is published."""
    b = settled.state.b
    return b if b != BASE and b in bases_of(settled.indicator, product) else ""


def fills_of(indicator: Mapping[str, Any]) -> list[str]:
    """What colours can show: what is told of areas alone has no cells.

    Example:
        >>> fills_of({"cells": False}), fills_of({"cells": True})
        (['area'], ['area', 'grid'])
    """
    return list(FILLS if indicator["cells"] else FILLS[:1])


def _products(indicator: Mapping[str, Any]) -> dict[str, list[str]]:
    listed = indicator["products"]
    return {str(p["product_id"]): [str(t) for t in p["periods"]] for p in listed}
