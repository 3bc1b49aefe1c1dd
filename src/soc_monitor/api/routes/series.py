"""``/series``: one indicator through time, for one or more areas."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel

from soc_monitor.api import ask, places
from soc_monitor.api.answers import Stamp, as_json, not_modified
from soc_monitor.api.bodies.numbers import SeriesBody
from soc_monitor.api.catalogue import Catalogue, catalogue_of
from soc_monitor.api.layouts import lay_rows, layout_keys, layout_of
from soc_monitor.api.meta import make_sheet, numbers_meta, page
from soc_monitor.api.periods import Period, parse_span, within
from soc_monitor.api.rows import Row, Sheet, make_row
from soc_monitor.errors import BadValue, TooLarge
from soc_monitor.model.period import period_label
from soc_monitor.store import read

router = APIRouter(tags=["numbers"])

MOST_ROWS = 200_000
"""Of one answer in JSON, before it is cut into pages."""


class SeriesAsk(BaseModel):
    """Keys of ``/series``."""

    area: ask.Ids = "WLD"
    lvl: ask.Inside = None
    v: ask.Variable = "stock"
    d: ask.Depth = None
    t: ask.When = "..latest"
    src: ask.Product = None
    u: ask.Unit = None
    rel: ask.Rel = "latest"
    as_of: ask.AsOf = None
    labels: ask.Lang = "en"
    shape: ask.Shape = "tidy"
    columns: ask.Columns = None
    sort: ask.Sort = None
    limit: ask.Limit = 5000
    cursor: ask.Cursor = 0


class SeriesTableAsk(BaseModel):
    """Keys of the files, which are always whole."""

    area: ask.Ids = "WLD"
    lvl: ask.Inside = None
    v: ask.Variable = "stock"
    d: ask.Depth = None
    t: ask.When = "..latest"
    src: ask.Product = None
    u: ask.Unit = None
    rel: ask.Rel = "latest"
    as_of: ask.AsOf = None
    labels: ask.Lang = "en"
    shape: ask.Shape = "tidy"
    columns: ask.Columns = None
    sort: ask.Sort = None
    bom: ask.Bom = "0"


@router.get("/series.json", response_model=SeriesBody)
def series_json(request: Request, asked: Annotated[SeriesAsk, Query()]) -> Response:
    """Series of areas, each oldest first, in JSON."""
    catalogue = catalogue_of(request)
    sheet, codes = resolve(catalogue, asked)
    more = ask.paging(asked)
    layout = layout_of(asked, "json")
    stamp = stamp_of(request, sheet, asked, layout_keys(layout) | more)
    same = not_modified(request, stamp)
    if same is not None:
        return same
    periods = periods_of(sheet, asked.t)
    if len(codes) * len(periods) > MOST_ROWS:
        raise TooLarge(
            f"{len(codes)} areas in {len(periods)} periods: more than {MOST_ROWS:,} rows",
            hint="Ask for series.csv or series.parquet, which are made for that.",
        )
    rows = read_rows(catalogue, sheet, codes, periods)
    laid = lay_rows(rows, layout, periods)
    shown, following = page(laid, stamp, asked.limit, asked.cursor)
    meta = numbers_meta(catalogue, sheet, stamp, rows)
    meta["total_rows"] = len(laid)
    meta["links"] |= following
    silent = [code for code in codes if all(row["area_id"] != code for row in rows)]
    if silent:
        detail = f"No estimates for {', '.join(silent)}."
        meta["warnings"].append({"code": "no_rows", "detail": detail, "areas": silent})
    meta["period"] = span_label(periods)
    return as_json({"meta": meta, "data": shown}, stamp)


def resolve(catalogue: Catalogue, asked: SeriesAsk | SeriesTableAsk) -> tuple[Sheet, list[str]]:
    """What is asked for, and the areas."""
    choice = ask.choose(
        catalogue, v=asked.v, d=asked.d, src=asked.src, rel=asked.rel, as_of=asked.as_of
    )
    codes = ask.split_areas(asked.area or "WLD")
    known = catalogue.places(choice.release.boundaries_id)
    places.get(known, codes)
    if asked.lvl is not None:
        picked = (area for code in codes for area in places.pick(known, asked.lvl, code))
        codes = list(dict.fromkeys(area.code for area in picked))
        if not codes:
            raise BadValue(f"lvl: {asked.area} has no areas of level {asked.lvl.value}")
    return make_sheet(catalogue, choice, u=asked.u, labels=asked.labels), codes


def stamp_of(
    request: Request,
    sheet: Sheet,
    asked: SeriesAsk | SeriesTableAsk,
    more: dict[str, str],
) -> Stamp:
    """What tells the answer from every other one."""
    keys = {
        "area": "~".join(ask.split_areas(asked.area or "WLD")),
        "lvl": asked.lvl.value if asked.lvl is not None else "",
        "v": sheet.choice.indicator.id,
        "t": asked.t or "..latest",
        "src": sheet.choice.product,
        "u": sheet.shown.key,
        "labels": asked.labels,
        **more,
    }
    return Stamp(
        path=request.url.path,
        keys=keys,
        release=sheet.choice.release,
        pinned=sheet.choice.pinned,
    )


def periods_of(sheet: Sheet, t: str) -> list[Period]:
    """The periods that ``t`` asks for."""
    return within(parse_span(t or "..latest"), sheet.choice.found.periods)


def read_rows(
    catalogue: Catalogue, sheet: Sheet, codes: Sequence[str], periods: Sequence[Period]
) -> list[Row]:
    """The rows of some areas, one after the other, each oldest first."""
    choice, wanted = sheet.choice, set(periods)
    known = catalogue.places(choice.release.boundaries_id)
    found = read.read_series(
        catalogue.store, choice.release, choice.indicator.id, choice.product, codes
    )
    return [
        make_row(sheet, known.by_code[series.area], number)
        for series in found
        for number in series.estimates
        if (number.period, number.period_end) in wanted
    ]


def span_label(periods: Sequence[Period]) -> str:
    """First and last period, as they stand in names of files."""
    first, last = (period_label(*period).replace("/", "--") for period in (periods[0], periods[-1]))
    return first if first == last else f"{first}..{last}"
