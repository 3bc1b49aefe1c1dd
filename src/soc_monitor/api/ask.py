"""Ask: the parameters of the API, the same keys as in the addresses of pages."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Literal, Protocol

from fastapi import Path, Query, Request
from pydantic import BaseModel

from soc_monitor.api.answers import Stamp
from soc_monitor.api.catalogue import Catalogue
from soc_monitor.api.periods import parse_instant
from soc_monitor.api.plain import Wholly
from soc_monitor.errors import (
    BadValue,
    NothingPublished,
    UnknownIndicator,
    UnknownProduct,
    UnknownRelease,
)
from soc_monitor.indicators import find_indicator, load_indicators
from soc_monitor.model import DataClass, Indicator, Level, Release
from soc_monitor.store import read
from soc_monitor.store.read import Available

LONGEST = 200
"""Characters of a text."""
MOST_AREAS = 300
MOST_VARIABLES = 12
LIVE = "nowcast"
PREFERENCE = (LIVE, "ipcc_tier1", "sampled_baseline", "soil_carbon_debt")
"""Which product is recommended where several have an indicator: live ones first."""

Labels = Literal["en", "fr", "es", "none"]


def _text(about: str, *examples: str, longest: int = LONGEST) -> object:
    return Query(description=about, max_length=longest, examples=list(examples))


Ids = Annotated[
    str,
    _text(f"Areas by id, joined by `~`, {MOST_AREAS} at most", "WLD", "FRA~ESP~KEN", longest=6000),
]
OneArea = Annotated[str | None, _text("Area by id; the world if not given", "FRA")]
Inside = Annotated[
    Level | None, Query(description="All areas of this level inside of `area`, in its place")
]
Box = Annotated[
    str | None,
    _text("West, south, east, north [degrees]; west > east: across the antimeridian", "-5,42,9,51"),
]
Area1 = Annotated[str, _text("Area by id", "FRA", "WLD")]
Variable = Annotated[str, _text("Indicator: its id, or its short key", "stock", "soc_total_0_30cm")]
Variables = Annotated[
    str,
    _text(
        f"Indicators: ids or short keys, joined by `~`, {MOST_VARIABLES} at most, all of one "
        "product; a row tells its `variable` and `unit`: one that is not shown in `u` keeps its "
        "own unit, but the first",
        "stock",
        "stock~total",
        longest=600,
    ),
]
Depth = Annotated[str | None, _text("Depth of a short key [cm]", "0-30", "0-100")]
When = Annotated[
    str,
    _text(
        "Period or range: `latest`, `2010`, `2010-06`, `1960..1990`, `..1990`, `1960..`",
        "latest",
        "1960..1990",
    ),
]
Product = Annotated[str | None, _text("Data product; the recommended one if not given", "nowcast")]
Unit = Annotated[
    str | None, _text("Unit of measure: t-ha, kg-m2, Mt, Pg, permille, pct", "t-ha", "Pg")
]
BaseYear = Annotated[
    int | None,
    Query(
        ge=1,
        le=9999,
        description="Year that a change is counted from, and no other: see `base_years` of "
        "`/indicators`. If not given 2020, or the first year of a record that does not hold it. "
        "No number where the land with a value is not the same at all dates (`land_changed`)",
        examples=[2015],
    ),
    Wholly,
]
Rel = Annotated[str, _text("Release: `latest`, or a name from `/releases`", "latest")]
AsOf = Annotated[
    str | None,
    _text(
        "Instant, or a day for its end (UTC): the release that was the newest then",
        "2026-11-22T10:00:00Z",
    ),
]
Lang = Annotated[
    Labels, Query(description="Language of names and titles; `none`: English names, all titles")
]
LevelKey = Annotated[Level, Query(description="Level of areas")]
MaybeLevel = Annotated[Level | None, Query(description="Level of areas")]
Parent = Annotated[str | None, _text("Only areas below this one", "M49-150", "FRA")]
Search = Annotated[
    str | None, _text("Part of a name in any language, accents or not, or a code", "france")
]
Limit = Annotated[int, Query(ge=1, le=10_000, description="Rows in one answer"), Wholly]
Cursor = Annotated[
    int, Query(ge=0, le=10_000_000, description="Rows to pass over: see `links.next`"), Wholly
]
Bom = Annotated[
    Literal["0", "1"], Query(description="`1`: a byte order mark, for old spreadsheets")
]
Shape = Annotated[
    Literal["tidy", "wide"],
    Query(description="`tidy`: a row for each area and period; `wide`: a row for each area"),
]
Columns = Annotated[
    str | None,
    _text(
        "Columns by their names in the tidy table, joined by `,`, in the order wanted; all if not "
        "given. A wide table has each that changes once for every period: `value_2010`",
        "area_id,period,value",
        longest=1000,
    ),
]
Sort = Annotated[
    str | None,
    _text("Column to sort by; `-` in front: largest first. What is empty comes last", "-value"),
]
Together = Annotated[
    Literal["0", "1"],
    Query(description="`1`: all features as one shape; what overlaps counts once"),
]
MOST_DAYS = 365
Days = Annotated[int, Query(ge=1, le=MOST_DAYS, description="How long it is shared"), Wholly]
Shapes = Annotated[
    Literal["display", "full"], Query(description="`full`: exact outlines, many times as long")
]
Code = Annotated[str, Path(max_length=LONGEST, description="Id of an area", examples=["FRA"])]
Name = Annotated[str, Path(max_length=LONGEST, examples=["latest"])]


class Paged(Protocol):
    """Keys of an answer in pages."""

    limit: int
    cursor: int


def paging(asked: Paged) -> dict[str, str]:
    """The keys of a page as they stand in its address: nothing for the first whole one."""
    default = type(asked).model_fields["limit"].default if isinstance(asked, BaseModel) else None
    return {
        "limit": "" if asked.limit == default else str(asked.limit),
        "cursor": str(asked.cursor or ""),
    }


def language(labels: str) -> str:
    """The language of names.

    Example:
        >>> language("fr"), language("none")
        ('fr', 'en')
    """
    return "en" if labels == "none" else labels


def split_areas(asked: str) -> list[str]:
    """Ids of areas, each once, in the order asked.

    Raises:
        BadValue: none, or too many.

    Example:
        >>> split_areas("FRA~ESP~FRA")
        ['FRA', 'ESP']
    """
    codes = list(dict.fromkeys(code for code in asked.split("~") if code))
    if not codes:
        raise BadValue("area: no area", hint="Ids joined by ~, such as FRA~ESP")
    if len(codes) > MOST_AREAS:
        raise BadValue(f"area: {len(codes)} areas, {MOST_AREAS} are allowed")
    return codes


def split_variables(asked: str) -> list[str]:
    """Indicators as they were asked for, each once, in the order asked.

    Raises:
        BadValue: too many.

    Example:
        >>> split_variables("stock~total~stock"), split_variables("")
        (['stock', 'total'], ['stock'])
    """
    names = list(dict.fromkeys(name for name in asked.split("~") if name)) or ["stock"]
    if len(names) > MOST_VARIABLES:
        raise BadValue(f"v: {len(names)} indicators, {MOST_VARIABLES} are allowed")
    return names


def find_release(catalogue: Catalogue, rel: str, as_of: str | None = None) -> Release:
    """The release that is asked for.

    Raises:
        UnknownRelease: there is none of that name, or was none at that instant.
        NothingPublished: there is none at all.
    """
    if not as_of:
        return catalogue.release(rel) if is_pinned(rel) else catalogue.newest()
    if is_pinned(rel):
        raise BadValue("as_of: not together with the name of a release")
    try:
        return read.find_release(catalogue.store, as_of=parse_instant(as_of))
    except NothingPublished as error:
        hint = "/api/v1/releases lists them, with the instant from which each was shown"
        raise UnknownRelease(f"no release at {as_of}", hint=hint) from error


def is_pinned(rel: str) -> bool:
    """Whether a release was asked for by its name: the answer never changes.

    Example:
        >>> is_pinned("2026.11.1"), is_pinned("latest"), is_pinned("")
        (True, False, False)
    """
    return rel not in {"", read.LATEST}


def stamp_of(request: Request, release: Release, rel: str, keys: Mapping[str, str]) -> Stamp:
    """What tells an answer about a release from every other one.

    Args:
        request: for its path.
        release: that it is about.
        rel: as it was asked for.
        keys: the others of the query.
    """
    return Stamp(path=request.url.path, keys=keys, release=release, pinned=is_pinned(rel))


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What an answer is about."""

    release: Release
    pinned: bool
    """The release was asked for by name: the answer never changes."""
    indicator: Indicator
    found: Available
    """What the release has of it, of the chosen product."""
    base_year: int | None = None
    """Year that a change is counted from; None: as it is published."""
    awaits: bool = False
    """The newest numbers are asked for: it matters whether newer input is due."""

    @property
    def product(self) -> str:
        """Id of the product."""
        return self.found.product


def choose(
    catalogue: Catalogue,
    *,
    v: str,
    d: str | None = None,
    src: str | None = None,
    rel: str = read.LATEST,
    as_of: str | None = None,
) -> Choice:
    """Resolve the keys that say what an answer is about.

    Raises:
        UnknownRelease, UnknownIndicator, UnknownProduct: there is no such thing.
    """
    release = find_release(catalogue, rel, as_of)
    indicator = find_indicator(v or "stock", d or None)
    offers = offers_of(catalogue.available(release), indicator)
    if not offers:
        raise UnknownIndicator(f"release {release.name} has no {indicator.id}")
    names = tuple(offer.product for offer in offers)
    if src and src not in names:
        raise UnknownProduct(f"no product {src!r} with {indicator.id}", allowed=names)
    found = offers[names.index(src) if src else 0]
    return Choice(
        release=release,
        pinned=is_pinned(rel),
        indicator=indicator,
        found=found,
        awaits=not (is_pinned(rel) or as_of),
    )


def choose_all(
    catalogue: Catalogue,
    *,
    v: str,
    d: str | None = None,
    src: str | None = None,
    rel: str = read.LATEST,
    as_of: str | None = None,
) -> list[Choice]:
    """The same for several indicators, each once: all of the first one's product.

    Raises:
        BadValue: too many.
        UnknownRelease, UnknownIndicator, UnknownProduct: there is no such thing.
    """
    name, *others = split_variables(v)
    first = choose(catalogue, v=name, d=d, src=src, rel=rel, as_of=as_of)
    found = {first.indicator.id: first}
    for name in others:
        # The depth is that of short keys: an id has its own. The release is the first one's: a
        # newer one may come in between.
        depth = None if name in load_indicators() else d
        one = choose(catalogue, v=name, d=depth, src=first.product, rel=first.release.name)
        found[one.indicator.id] = replace(one, pinned=first.pinned, awaits=first.awaits)
    return list(found.values())


def offers_of(available: list[Available], indicator: Indicator) -> list[Available]:
    """The products that have an indicator, the recommended one first."""
    own = [offer for offer in available if offer.indicator == indicator.id]
    return sorted(own, key=lambda offer: (_rank(offer), offer.product))


def _rank(offer: Available) -> int:
    # Without a live feed the nowcast is its baseline carried nowhere: the map itself goes first.
    still = offer.product == LIVE and offer.data_class is DataClass.INFERRED
    known = offer.product in PREFERENCE and not still
    return PREFERENCE.index(offer.product) if known else len(PREFERENCE)
