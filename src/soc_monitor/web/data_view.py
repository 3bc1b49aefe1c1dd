"""What the page of data shows: a form, what it would give, and lines that give the same."""

import asyncio
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote

from soc_monitor.model import WORLD, samples
from soc_monitor.web import numbers
from soc_monitor.web.client import ApiProblem, Client
from soc_monitor.web.controls import Option, headings
from soc_monitor.web.i18n import Language, plain
from soc_monitor.web.wish import FORMS, UNLAID, Settled, Wish, companions, ends, settle

MOST_CHIPS = 60
"""Areas that are named one by one; the address has all of them."""
MOST_BYTES = 50_000_000
"""Of a file that is made while its reader waits."""
REFUSALS = frozenset({404, 413, 422})
"""What the API answers to a wish that cannot be had: its words are what the page says."""
UNKNOWN = frozenset({404, 422})
"""What it answers to a code that is nobody's, or that is too long to be one."""
FORM_WORDS = {
    "csv": "CSV",
    "xlsx": "Excel",
    "parquet": "Parquet",
    "json": "JSON",
    "nc": "NetCDF",
    "gpkg": "GeoPackage",
    "zip": "ZIP",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Chip:
    """An area that was chosen."""

    code: str
    name: str
    without: str
    """Query of the page without it; empty: it stands in where nothing is chosen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A file that would be had, and how long it is."""

    rows: int
    columns: list[dict[str, str]]
    bytes: int | None
    exact: bool
    at_once: bool
    address: str
    name: str
    title: str
    citation: str
    licence: str
    release: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Builder:
    """The form, as it stands."""

    wish: Wish
    settled: Settled
    chips: list[Chip]
    more: int
    """Areas that have no chip of their own."""
    variables: dict[str, list[Option]]
    """By heading."""
    others: list[Option]
    """Of the same product, that may stand in the same table."""
    products: list[Option]
    units: list[Option]
    levels: list[Option]
    starts: list[Option]
    stops: list[Option]
    labels: list[Option]
    shapes: list[Option]
    forms: list[Option]
    sorts: list[Option]
    columns: list[Option]
    laid: bool
    """The form takes a shape, columns and an order."""
    offer: Offer | None
    """None: it cannot be had."""
    refused: str
    """Why it cannot be had; empty: it can."""
    missed: str = ""
    """The name of an area that was not found."""
    near: list[tuple[str, str]] = field(default_factory=list)
    """Areas that it may have meant, with the query that adds them."""
    code: tuple[samples.Sample, ...] = ()


async def gather(
    api: Client, words: Language, wish: Wish, origin: str, missed: str = ""
) -> Builder:
    """The form and what it would give.

    Raises:
        ApiProblem: the API does not answer, or nothing is published yet.
    """
    wish, lost = await _released(api, words, wish)
    rel = None if wish.rel == "latest" else wish.rel
    indicators = (await api.get("/indicators", labels=words.code, rel=rel))["data"]
    if not any(one["products"] for one in indicators):
        raise ApiProblem(503, {"type": "/nothing-published"})
    settled = settle(wish, indicators)
    wish = settled.wish
    shown = wish.areas[:MOST_CHIPS]
    named = await asyncio.gather(*(_named(api, words, code) for code in shown))
    names = dict(zip(shown, named, strict=True))
    nothing = words.say("nothing in its place")
    lost += [("area", code, nothing) for code, name in names.items() if not name]
    wish = replace(wish, area="~".join(code for code in wish.areas if names.get(code, code)))
    if not wish.areas:
        names[WORLD] = await _named(api, words, WORLD)
    settled = replace(settled, wish=wish, asked=(*settled.asked, *lost))
    near = await _near(api, words, wish, missed)
    offer, refused = await _offer(api, words, wish, origin)
    keys = wish.asked(words.code) | ({"rel": offer.release} if offer else {})
    return Builder(
        wish=wish,
        settled=settled,
        chips=_chips(wish, names) or [Chip(code=WORLD, name=names[WORLD], without="")],
        more=max(0, len(wish.areas) - MOST_CHIPS),
        offer=offer,
        refused=refused,
        missed=missed,
        near=near,
        laid=wish.form not in UNLAID,
        code=samples.for_series(origin, keys, wish.form) if offer else (),
        **_choices(settled, indicators, words),
    )


def _chips(wish: Wish, names: dict[str, str]) -> list[Chip]:
    return [
        Chip(
            code=code,
            name=names[code],
            without=wish.query(area="~".join(c for c in wish.areas if c != code)) or "?",
        )
        for code in wish.areas
        if names.get(code)
    ]


async def _released(
    api: Client, words: Language, wish: Wish
) -> tuple[Wish, list[tuple[str, str, str]]]:
    """The wish with a release that there is, and what had to be changed for it."""
    if wish.rel == "latest":
        return wish, []
    try:
        await api.get(f"/releases/{quote(wish.rel, safe='')}")
    except ApiProblem as problem:
        if problem.status not in UNKNOWN:
            raise
        return replace(wish, rel="latest"), [("rel", wish.rel, words.say("the newest one"))]
    return wish, []


async def _named(api: Client, words: Language, code: str) -> str:
    try:
        found = await api.get(f"/areas/{quote(code, safe='')}", labels=words.code)
    except ApiProblem as problem:
        if problem.status not in UNKNOWN:
            raise
        return ""
    return str(found["name"])


async def _near(api: Client, words: Language, wish: Wish, missed: str) -> list[tuple[str, str]]:
    if not missed:
        return []
    found = (await api.get("/areas", q=missed, limit="8", labels=words.code))["data"]
    return [
        (str(area["name"]), wish.query(area="~".join((*wish.areas, str(area["id"])))))
        for area in found
        if area["id"] not in wish.areas
    ]


async def add(api: Client, words: Language, wish: Wish, name: str) -> Wish | None:
    """The wish with one area more, by its name in any language or its id; None: which one?"""
    found = (await api.get("/areas", q=name, limit="50", labels=words.code))["data"]
    own = plain(name)
    same = [
        area
        for area in found
        if own in {plain(str(area["id"])), plain(str(area["name"]))}
        or own in {plain(str(text)) for text in area.get("names", {}).values()}
    ]
    # A country before a province of the same name.
    order = {"world": 0, "adm0": 1, "m49": 2, "adm1": 3}
    same.sort(key=lambda area: order.get(str(area["level"]), 9))
    pick = same or (found if len(found) == 1 else [])
    if not pick:
        return None
    return replace(wish, area="~".join(dict.fromkeys((*wish.areas, str(pick[0]["id"])))))


async def _offer(api: Client, words: Language, wish: Wish, origin: str) -> tuple[Offer | None, str]:
    keys = wish.asked(words.code) | {"form": wish.form}
    try:
        told = await api.get("/series.size", **keys)
    except ApiProblem as problem:
        if problem.status not in REFUSALS:
            raise
        return None, " ".join(part for part in (problem.detail, problem.hint) if part)
    names = Offer.__dataclass_fields__
    offer = Offer(**{key: value for key, value in told.items() if key in names})
    # A file is the same whoever asks for it and may have no address in it; a page knows its own.
    quoted = offer.citation.replace(f"path {offer.address}", origin + offer.address)
    return replace(offer, citation=quoted), ""


def is_job(offer: Offer) -> bool:
    """Whether the file is prepared first, and fetched then."""
    return not offer.at_once or (offer.bytes or 0) > MOST_BYTES


def bytes_text(size: int, words: Language, *, exact: bool) -> str:
    """A length in words.

    Example:
        >>> bytes_text(96_300, Language("en"), exact=False)
        'about 96 KB'
    """
    step = next((n for n in (2, 1) if size >= 1000**n), 0)
    value = size / 1000**step
    shown = numbers.number(value, words.code, 0 if value >= 10 or not step else 1)
    text = (
        words.say("{n} bytes", n=shown),
        words.say("{n} KB", n=shown),
        words.say("{n} MB", n=shown),
    )[step]
    return text if exact else words.say("about {size}", size=text)


def _choices(settled: Settled, indicators: list[dict[str, Any]], words: Language) -> dict[str, Any]:
    wish, one = settled.wish, settled.indicator
    low, high = ends(wish.t, settled.periods)
    units = [str(u) for u in one["unit_keys"]]
    product = wish.src or str(one["products"][0]["product_id"])

    def periods(chosen: str, first: str) -> list[Option]:
        listed = [Option(t, numbers.period(t, words.code), t == chosen) for t in settled.periods]
        return [Option("", first, not chosen), *listed]

    return {
        "variables": variables(indicators, str(one["id"]), words),
        "others": [
            Option(str(other["id"]), words.pick(other["titles"]), other["id"] in wish.others)
            for other in companions(indicators, product)
            if other["id"] != one["id"]
        ],
        "products": [
            Option(str(p["product_id"]), str(p["title"]), p["product_id"] == product)
            for p in one["products"]
        ],
        "units": [Option(u, numbers.unit_of_key(u), u == (wish.u or units[0])) for u in units],
        "levels": _levels(wish, words),
        "starts": periods(low, words.say("the first one")),
        "stops": periods(high, words.say("the newest one")),
        "labels": [
            Option("" if code == words.code else code, text, (wish.labels or words.code) == code)
            for code, text in (("en", "English"), ("fr", "Français"), ("es", "Español"))
        ],
        "shapes": [
            Option("tidy", words.say("Long: a row for each area and period"), wish.shape == "tidy"),
            Option("wide", words.say("Wide: a row for each area"), wish.shape == "wide"),
        ][: 1 if wish.also else 2],
        "forms": [
            Option(form, FORM_WORDS[form], form == wish.form)
            for form in FORMS
            if not (wish.also and form == "nc")
        ],
        "sorts": _sorts(settled, words),
        "columns": _columns(wish),
    }


def variables(
    indicators: list[dict[str, Any]], chosen: str, words: Language
) -> dict[str, list[Option]]:
    """Every indicator that a product has, with its depth, under its heading."""
    said = headings(words)
    found: dict[str, list[Option]] = {}
    for one in indicators:
        if one["products"]:
            option = Option(str(one["id"]), words.pick(one["titles"]), one["id"] == chosen)
            found.setdefault(said.get(str(one["group"]), str(one["group"])), []).append(option)
    return {text: found[text] for text in said.values() if text in found}


def _levels(wish: Wish, words: Language) -> list[Option]:
    inside = bool(wish.areas)
    said = (
        ("", words.say("The areas above alone")),
        ("adm0", words.say("All countries in them") if inside else words.say("All countries")),
        ("m49", words.say("All regions in them") if inside else words.say("All regions")),
        (
            "adm1",
            words.say("All their provinces, states, departments")
            if inside
            else words.say("All provinces, states, departments"),
        ),
    )
    return [Option(key, text, key == wish.lvl) for key, text in said]


def _sorts(settled: Settled, words: Language) -> list[Option]:
    wish = settled.wish
    value = "value"
    if wish.shape == "wide" and settled.periods:
        _, high = ends(wish.t, settled.periods)
        value = f"value_{(high or settled.periods[-1]).replace('-', '_')}"
    listed = [
        ("", words.say("Area by area, oldest first")),
        (f"-{value}", words.say("Largest value first")),
        (value, words.say("Smallest value first")),
        ("area_name", words.say("Name of the area, A to Z")),
    ]
    if wish.sort and wish.sort not in {key for key, _ in listed}:
        listed.append((wish.sort, wish.sort))
    return [Option(key, text, key == wish.sort) for key, text in listed]


def _columns(wish: Wish) -> list[Option]:
    return [
        Option(name, name, name in wish.names)
        for name in COLUMNS
        if wish.shape == "tidy" or name not in {"period", "period_start", "period_end"}
    ]


COLUMNS = (
    "area_id", "area_name", "area_level", "period", "period_start", "period_end", "variable",
    "depth_top_cm", "depth_bottom_cm", "land_cover", "statistic", "value", "unit", "lower_95",
    "upper_95", "lower_50", "upper_50", "std_error", "data_class", "status", "mapped_fraction",
    "mapped_area_ha", "land_area_ha", "product_id", "release", "source_ids", "calculation_id",
    "flags", "observation_weight", "state", "state_reasons", "prob_gt_0", "prob_ge_4",
    "base_period", "window_years", "window_label", "window_start", "window_end", "method",
    "distance_to_4", "min_detectable_change", "gap_t_per_year", "freshness_days", "sample_support",
    "n_samples", "newest_input_days",
)  # fmt: skip
"""Names of the tidy table, which are promised; a test holds them to what the API sends."""
