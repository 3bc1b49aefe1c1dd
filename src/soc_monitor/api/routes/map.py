"""``/map``: one indicator in one period, for every area of a level; files have several, too."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel

from soc_monitor.api import ask, places
from soc_monitor.api.about import cite
from soc_monitor.api.answers import GEOJSON, Stamp, as_json, dump, not_modified, warned
from soc_monitor.api.based import counted_from, map_numbers, pay_for, question_of, whole_map
from soc_monitor.api.beside import of_period
from soc_monitor.api.bodies.numbers import MapBody
from soc_monitor.api.bodies.places import FeatureCollection
from soc_monitor.api.catalogue import Catalogue, catalogue_of
from soc_monitor.api.layouts import lay_rows, layout_keys, layout_of
from soc_monitor.api.meta import make_sheets, numbers_meta, page
from soc_monitor.api.periods import Period, address_of, parse_span, select, within
from soc_monitor.api.rows import Row, Sheet, empty_row, make_row
from soc_monitor.errors import BadValue
from soc_monitor.model import UNASSIGNED, WORLD, Area, Level
from soc_monitor.model.period import period_label
from soc_monitor.store import read_areas

router = APIRouter(tags=["numbers"])


class MapTableAsk(BaseModel):
    """Keys of the files of ``/map``, which are always whole."""

    lvl: ask.LevelKey = Level.ADM0
    parent: ask.Parent = None
    v: ask.Variables = "stock"
    d: ask.Depth = None
    t: ask.When = "latest"
    b: ask.BaseYear = None
    src: ask.Product = None
    u: ask.Unit = None
    rel: ask.Rel = "latest"
    as_of: ask.AsOf = None
    labels: ask.Lang = "en"
    shape: ask.Shape = "tidy"
    columns: ask.Columns = None
    sort: ask.Sort = None
    bom: ask.Bom = "0"
    shapes: ask.Shapes = "display"


class MapAsk(MapTableAsk):
    """Keys of ``/map.json``, which comes in pages."""

    limit: ask.Limit = 10_000
    cursor: ask.Cursor = 0


Whole = Annotated[MapTableAsk, Query()]


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A map that was resolved, and not yet read."""

    sheets: list[Sheet]
    """Of each variable, all of one product."""
    periods: list[Period]
    """Of each the newest that is asked for."""
    areas: list[Area]
    stamp: Stamp
    whole: bool
    """Every area of the world, so that they sum to it."""
    codes: tuple[str, ...]
    """Of the areas, of what is unassigned, and of the world."""

    @property
    def sheet(self) -> Sheet:
        """Of the first variable."""
        return self.sheets[0]

    @property
    def period(self) -> Period:
        """Of the first variable."""
        return self.periods[0]

    @property
    def parts(self) -> "list[Drawn]":
        """Each variable by itself."""
        return [
            replace(self, sheets=[sheet], periods=[period])
            for sheet, period in zip(self.sheets, self.periods, strict=True)
        ]


@router.get("/map.json", response_model=MapBody)
def map_json(request: Request, asked: Annotated[MapAsk, Query()]) -> Response:
    """One number for every area of a level, in JSON, with the remainder and the world.

    The newest period inside of ``t`` is shown.
    """
    catalogue = catalogue_of(request)
    layout = layout_of(asked, "json")
    _one_variable(asked, "json")
    drawn = resolve(request, catalogue, asked, **layout_keys(layout), **ask.paging(asked))
    same = not_modified(request, drawn.stamp)
    if same is not None:
        return same
    pay(request, catalogue, drawn)
    rows = read_rows(catalogue, drawn, drawn.areas)
    laid = lay_rows(rows, layout, [drawn.period])
    shown, following = page(laid, drawn.stamp, asked.limit, asked.cursor)
    (world,) = read_rows(catalogue, drawn, named(catalogue, drawn, WORLD))
    rest = read_rows(catalogue, drawn, named(catalogue, drawn, UNASSIGNED)) if drawn.whole else []
    meta = _meta(request, catalogue, drawn, asked, rows)
    meta["links"] |= following
    meta["sum_check"] = sum_check(rows, rest, world) if drawn.whole else None
    body = {"meta": meta, "data": shown, "remainder": rest[0] if rest else None, "world": world}
    return as_json(body, drawn.stamp)


@router.get(
    "/map.geojson",
    response_class=Response,
    responses={200: {"content": {GEOJSON: {"schema": FeatureCollection.model_json_schema()}}}},
)
def map_geojson(request: Request, asked: Whole) -> Response:
    """The same with simplified outlines, whole; the columns are the properties."""
    layout_of(asked, "geojson")
    _one_variable(asked, "geojson")
    catalogue = catalogue_of(request)
    drawn = resolve(request, catalogue, asked, shapes=shapes_key(asked))
    same = not_modified(request, drawn.stamp)
    if same is not None:
        return same
    pay(request, catalogue, drawn)
    rows = read_rows(catalogue, drawn, drawn.areas)
    codes = [area.code for area in drawn.areas]
    boundaries_id = drawn.sheet.choice.release.boundaries_id
    shapes = read_areas.outlines(catalogue.store, boundaries_id, codes, full=asked.shapes == "full")
    meta = _meta(request, catalogue, drawn, asked, rows)
    text = "".join(collection(rows, shapes, dump(meta)))
    headers = drawn.stamp.headers | warned(one["code"] for one in meta["warnings"])
    return Response(text, media_type=GEOJSON, headers=headers)


def _meta(
    request: Request, catalogue: Catalogue, drawn: Drawn, asked: MapTableAsk, rows: Sequence[Row]
) -> Row:
    label = period_label(*drawn.period)
    what = what_of(catalogue, drawn, asked, label)
    return numbers_meta(
        catalogue,
        drawn.sheet,
        drawn.stamp,
        rows,
        period=label,
        citation=cite(request, catalogue, drawn.sheets, drawn.stamp, what),
    )


def what_of(catalogue: Catalogue, drawn: Drawn, asked: MapTableAsk, label: str) -> str:
    """The areas and periods of a map, as they stand in its title."""
    code = asked.parent or WORLD
    inside = named(catalogue, drawn, code)
    name = inside[0].name(drawn.sheet.language) if inside else code
    return f"{name}, {asked.lvl.value}, {label}"


def _one_variable(asked: MapTableAsk, form: str) -> None:
    if len(ask.split_variables(asked.v)) > 1:
        raise BadValue(
            f"v: {form} of a map has one variable",
            hint="Files have several: map.csv, map.parquet, map.xlsx, map.gpkg, map.zip.",
        )


def shapes_key(asked: MapTableAsk) -> str:
    """``shapes`` as it stands in an address: nothing for the simplified ones."""
    return asked.shapes if asked.shapes == "full" else ""


def collection(rows: Sequence[Row], shapes: dict[str, str], meta: str) -> Iterator[str]:
    """A feature collection; the shapes are JSON text already."""
    yield f'{{"type":"FeatureCollection","metadata":{meta},"features":['
    for number, row in enumerate(rows):
        code = row["area_id"]
        yield "," if number else ""
        yield f'{{"type":"Feature","id":{dump(code)},"geometry":{shapes.get(code, "null")},'
        yield f'"properties":{dump(row)}}}'
    yield "]}"


def sum_check(rows: Sequence[Row], rest: Sequence[Row], world: Row) -> Row | None:
    """The parts against the whole; None: the world has no number, or parts do not add up to it.

    Example:
        >>> part = {"value": 2.0, "mapped_area_ha": 1.0, "statistic": "total", "unit": "Pg C"}
        >>> sum_check([part, part], [], part | {"value": 4.5})["difference"]
        0.5
    """
    if world["value"] is None or world["statistic"] == "ratio":
        return None
    area = world["mapped_area_ha"]

    def share(row: Row) -> float:
        if row["value"] is None:
            return 0.0
        weight = row["mapped_area_ha"] / area if row["statistic"] == "mean" and area else 1.0
        return float(row["value"] * weight)

    areas, remainder = sum(map(share, rows)), sum(map(share, rest))
    return {
        "areas": areas,
        "remainder": remainder,
        "world": world["value"],
        "difference": world["value"] - areas - remainder,
        "unit": world["unit"],
    }


def resolve(request: Request, catalogue: Catalogue, asked: MapTableAsk, **more: object) -> Drawn:
    """What is asked for, before anything is read."""
    choices = ask.choose_all(
        catalogue, v=asked.v, d=asked.d, src=asked.src, rel=asked.rel, as_of=asked.as_of
    )
    choices = counted_from(catalogue, choices, asked.b)
    span = parse_span(asked.t or "latest")
    within(span, sorted({period for one in choices for period in one.found.periods}))
    # Of some there may be no period in the time that is asked for.
    choices = [one for one in choices if select(span, one.found.periods)]
    choice, alone = choices[0], len(choices) == 1
    sheets = make_sheets(catalogue, choices, u=asked.u, labels=asked.labels)
    periods = [select(span, one.found.periods)[-1] for one in choices]
    known = catalogue.places(choice.release.boundaries_id)
    keys = {
        "lvl": asked.lvl.value,
        "parent": asked.parent or "",
        "v": "~".join(one.indicator.id for one in choices),
        "t": address_of(periods[0]) if alone else asked.t or "latest",
        "b": "" if asked.b is None else str(asked.b),
        "src": choice.product,
        "u": sheets[0].shown.key if alone else asked.u or "",
        "labels": asked.labels,
        **{key: str(value) for key, value in more.items()},
    }
    stamp = Stamp(
        path=request.url.path,
        keys=keys,
        release=choice.release,
        pinned=choice.pinned,
        licence=sheets[0].licence,
        late=sheets[0].waits_for,
    )
    areas = places.pick(known, asked.lvl, asked.parent)
    return Drawn(
        sheets=sheets,
        periods=periods,
        areas=areas,
        codes=whole_map(known, areas),
        stamp=stamp,
        whole=asked.lvl is Level.ADM0 and asked.parent in {None, "", WORLD},
    )


def pay(request: Request, catalogue: Catalogue, drawn: Drawn) -> None:
    """Count a request as a heavy one, where its numbers are counted from another year for it.

    Raises:
        TooOften: the reader has had too many counted.
    """
    for part in drawn.parts:
        choice = part.sheet.choice
        pay_for(request, catalogue, question_of(choice, choice.indicator, part.period, part.codes))


def named(catalogue: Catalogue, drawn: Drawn, code: str) -> list[Area]:
    """An area by its code, where there is one."""
    known = catalogue.places(drawn.sheet.choice.release.boundaries_id)
    return [known.by_code[code]] if code in known.by_code else []


def read_rows(catalogue: Catalogue, drawn: Drawn, areas: Sequence[Area]) -> list[Row]:
    """A row for each area, of the first variable; without a number where there is none."""
    choice = drawn.sheet.choice
    wanted = question_of(choice, choice.indicator, drawn.period, drawn.codes)
    numbers = map_numbers(catalogue, wanted)
    beside = of_period(catalogue, drawn.sheet, drawn.period, drawn.codes)
    return [
        make_row(drawn.sheet, area, numbers[area.code], beside)
        if area.code in numbers
        else empty_row(drawn.sheet, area, drawn.period)
        for area in areas
    ]
