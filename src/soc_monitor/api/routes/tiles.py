"""``/tiles``: maps as images, for one release each."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel

from soc_monitor.api import ask
from soc_monitor.api.answers import LATEST_HOLDS, Stamp, as_json, not_modified
from soc_monitor.api.ask import Choice
from soc_monitor.api.based import counted_from, pay_for
from soc_monitor.api.catalogue import Catalogue, catalogue_of
from soc_monitor.api.drawing import Drawing, Drawn, drawn, question_at, tile_path
from soc_monitor.api.periods import Period, address_of, parse_span, within
from soc_monitor.api.plain import Whole
from soc_monitor.api.premade import DEEPEST_MADE, Premade
from soc_monitor.errors import UnknownPeriod
from soc_monitor.maps.doubt import Style
from soc_monitor.maps.mercator import DEEPEST, check_tile
from soc_monitor.maps.sheet import cell_scale
from soc_monitor.model import Level
from soc_monitor.model.period import period_label
from soc_monitor.model.scale import Scale

router = APIRouter(prefix="/tiles", tags=["tiles"])

Word = Annotated[str, Path(max_length=ask.LONGEST)]
Release = Annotated[str, Path(max_length=ask.LONGEST, examples=["latest"])]
When = Annotated[str, Path(max_length=ask.LONGEST, description="`2010`, `2010-06`, `latest`")]
Over = Literal["grid", "world", "m49", "adm0", "adm1"]
PNG = "image/png"
IMAGE: dict[int | str, dict[str, Any]] = {
    200: {"content": {PNG: {"schema": {"type": "string", "format": "binary"}}}},
    307: {"description": "`latest` is redirected to the release it stands for"},
}


class TileJson(BaseModel):
    """TileJSON 3.0.0, with the classes of the colours beside it."""

    tilejson: str
    name: str
    description: str
    attribution: str
    version: str
    scheme: str
    tiles: list[str]
    minzoom: int
    maxzoom: int
    bounds: list[float]
    unit: str
    legend: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Place:
    """A tile, and what is drawn on it."""

    choice: Choice
    period: Period
    z: int
    x: int
    y: int


@router.get("/{release}/grid/{product}/{indicator}/{period}/tile.json", response_model=TileJson)
def get_grid_tilejson(
    request: Request,
    release: Release,
    product: Word,
    indicator: Word,
    period: When,
    b: ask.BaseYear = None,
) -> Response:
    """TileJSON of the cells of a map: where its tiles are, and what their colours mean."""
    place = _resolve(catalogue_of(request), release, product, indicator, period, b)
    return _tilejson(request, place)


@router.get(
    "/{release}/fill/{product}/{indicator}/{period}/{level}/tile.json", response_model=TileJson
)
def get_fill_tilejson(
    request: Request,
    release: Release,
    product: Word,
    indicator: Word,
    period: When,
    level: Level,
    b: ask.BaseYear = None,
) -> Response:
    """TileJSON of the areas of a level."""
    place = _resolve(catalogue_of(request), release, product, indicator, period, b)
    return _tilejson(request, place, level)


@router.get(
    "/{release}/grid/{product}/{indicator}/{period}/{z}/{x}/{y}.png",
    response_class=Response,
    responses=IMAGE,
)
def get_grid_tile(
    request: Request,
    release: Release,
    product: Word,
    indicator: Word,
    period: When,
    z: Whole,
    x: Whole,
    y: Whole,
    b: ask.BaseYear = None,
) -> Response:
    """The cells of a map in the colours of their classes; transparent where there is no data."""
    place = _resolve(catalogue_of(request), release, product, indicator, period, b, (z, x, y))

    return _answer(request, place, "grid", "", lambda pen, what: pen.grid(what, (z, x, y)))


@router.get(
    "/{release}/fill/{product}/{indicator}/{period}/{level}/{z}/{x}/{y}.png",
    response_class=Response,
    responses=IMAGE,
)
def get_fill_tile(
    request: Request,
    release: Release,
    product: Word,
    indicator: Word,
    period: When,
    level: Level,
    z: Whole,
    x: Whole,
    y: Whole,
    b: ask.BaseYear = None,
) -> Response:
    """Areas in the colours of their classes: grey where there is none or too little mapped."""
    place = _resolve(catalogue_of(request), release, product, indicator, period, b, (z, x, y))

    def draw(pen: Drawing, what: Drawn) -> bytes:
        return pen.fill(what, level, (z, x, y))

    return _answer(request, place, "fill", level.value, draw)


@router.get(
    "/{release}/doubt/{style}/{product}/{indicator}/{period}/{level}/{z}/{x}/{y}.png",
    response_class=Response,
    responses=IMAGE,
)
def get_doubt_tile(
    request: Request,
    release: Release,
    style: Style,
    product: Word,
    indicator: Word,
    period: When,
    level: Over,
    z: Whole,
    x: Whole,
    y: Whole,
    b: ask.BaseYear = None,
) -> Response:
    """What lies over a map where its numbers are not certain; `grid` for single cells.

    A level is not certain when the half-width of its 95 % interval is above half of the value; a
    change, when zero lies inside its interval. Where a source gives no interval, or a range,
    nothing is drawn.
    """
    place = _resolve(catalogue_of(request), release, product, indicator, period, b, (z, x, y))
    areas = None if level == "grid" else Level(level)

    def draw(pen: Drawing, what: Drawn) -> bytes:
        return pen.doubt(what, style, areas, (z, x, y))

    return _answer(request, place, f"doubt/{style.value}", level, draw)


def _resolve(
    catalogue: Catalogue,
    release: str,
    product: str,
    indicator: str,
    period: str,
    base_year: int | None,
    tile: tuple[int, int, int] = (0, 0, 0),
) -> Place:
    check_tile(*tile)
    choice = ask.choose(catalogue, v=indicator, src=product, rel=release)
    (choice,) = counted_from(catalogue, [choice], base_year)
    found = within(parse_span(period), choice.found.periods)
    if len(found) > 1:
        raise UnknownPeriod(
            f"{period!r} is {len(found)} periods",
            allowed=tuple(period_label(*one) for one in found[-100:]),
        )
    return Place(choice, found[0], *tile)


def _tilejson(request: Request, place: Place, level: Level | None = None) -> Response:
    choice, indicator = place.choice, place.choice.indicator
    kind, tail = ("grid", "") if level is None else ("fill", f"/{level.value}")
    where = f"/tiles/{choice.release.name}/{kind}/{choice.product}/{indicator.id}"
    where += f"/{address_of(place.period)}{tail}"
    stamp = Stamp(
        path=f"{where}/tile.json",
        keys=_since(choice),
        release=choice.release,
        pinned=choice.pinned,
        named=True,
    )
    same = not_modified(request, stamp)
    if same is not None:
        return same
    catalogue = catalogue_of(request)
    source = catalogue.sources(choice.release).get(choice.product)
    scale = indicator.scale if level is not None else cell_scale(indicator)
    origin = request.app.state.public_url or str(request.base_url).rstrip("/")
    body = {
        "tilejson": "3.0.0",
        "name": f"{indicator.title['en']}, {period_label(*place.period)}",
        "description": indicator.help.get("en", ""),
        "attribution": source.citation if source else "",
        "version": "1.0.0",
        "scheme": "xyz",
        "tiles": [f"{origin}{where}/{{z}}/{{x}}/{{y}}.png{_query(choice)}"],
        "minzoom": 0,
        "maxzoom": DEEPEST,
        "bounds": [-180.0, -85.0511, 180.0, 85.0511],
        "unit": indicator.unit if level is not None else indicator.cell_unit or indicator.unit,
        "legend": legend(scale),
    }
    return as_json(body, stamp)


def _since(choice: Choice) -> dict[str, str]:
    return {} if choice.base_year is None else {"b": str(choice.base_year)}


def _query(choice: Choice) -> str:
    return "" if choice.base_year is None else f"?b={choice.base_year}"


def legend(scale: Scale) -> list[dict[str, Any]]:
    """The classes of a scale: from (inside) to (outside) [its unit], and their colour.

    Example:
        >>> legend(Scale(breaks=(20.0,), colours=("#ffffff", "#000000")))[1]
        {'from': 20.0, 'to': None, 'colour': '#000000'}
    """
    ends = (None, *scale.breaks, None)
    return [
        {"from": low, "to": high, "colour": colour}
        for low, high, colour in zip(ends[:-1], ends[1:], scale.colours, strict=True)
    ]


def _answer(
    request: Request,
    place: Place,
    kind: str,
    level: str,
    draw: Callable[[Drawing, Drawn], bytes],
) -> Response:
    choice, release = place.choice, place.choice.release
    tile = (place.z, place.x, place.y)
    path = tile_path(kind, choice, place.period, level, tile)
    address = f"/tiles/{release.name}/{path}"
    if not choice.pinned or request.url.path != address:
        where = address + _query(choice)
        return RedirectResponse(where, 307, headers={"Cache-Control": LATEST_HOLDS})
    stamp = Stamp(path=address, keys=_since(choice), release=release, pinned=True, named=True)
    same = not_modified(request, stamp)
    if same is not None:
        return same
    premade: Premade = request.app.state.premade
    made = choice.base_year is None and place.z <= DEEPEST_MADE
    content = premade.find(release, path) if made else None
    if content is None:
        what = drawn(choice, place.period)
        if level and level != "grid":
            catalogue = catalogue_of(request)
            pay_for(request, catalogue, question_at(catalogue, what, Level(level)))
        content = draw(request.app.state.drawing, what)
    return Response(content, media_type=PNG, headers=stamp.headers)
