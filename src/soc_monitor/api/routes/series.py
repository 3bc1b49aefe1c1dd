"""``/series``: one indicator through time, for one or more areas."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel

from soc_monitor.api import ask, places
from soc_monitor.api.answers import Stamp, as_csv, as_json, not_modified
from soc_monitor.api.bodies import SeriesBody
from soc_monitor.api.catalogue import Catalogue, catalogue_of
from soc_monitor.api.meta import make_sheet, numbers_meta, page
from soc_monitor.api.periods import Period, parse_span, within
from soc_monitor.api.rows import Row, Sheet, file_name, make_row
from soc_monitor.model.period import period_label
from soc_monitor.store import read

router = APIRouter(tags=["numbers"])


class SeriesAsk(BaseModel):
    """Keys of ``/series``."""

    area: ask.Ids = "WLD"
    v: ask.Variable = "stock"
    d: ask.Depth = None
    t: ask.When = "..latest"
    src: ask.Product = None
    u: ask.Unit = None
    rel: ask.Rel = "latest"
    as_of: ask.AsOf = None
    labels: ask.Lang = "en"
    limit: ask.Limit = 5000
    cursor: ask.Cursor = 0


class SeriesTableAsk(BaseModel):
    """Keys of ``/series.csv``, which is always whole."""

    area: ask.Ids = "WLD"
    v: ask.Variable = "stock"
    d: ask.Depth = None
    t: ask.When = "..latest"
    src: ask.Product = None
    u: ask.Unit = None
    rel: ask.Rel = "latest"
    as_of: ask.AsOf = None
    labels: ask.Lang = "en"
    bom: ask.Bom = "0"


@router.get("/series.json", response_model=SeriesBody)
def series_json(request: Request, asked: Annotated[SeriesAsk, Query()]) -> Response:
    """Series of areas, each oldest first, in JSON."""
    catalogue = catalogue_of(request)
    sheet, codes = _resolve(catalogue, asked)
    more = ask.paging(asked)
    stamp = _stamp(request, sheet, codes, asked, more)
    same = not_modified(request, stamp)
    if same is not None:
        return same
    rows, periods = _read(catalogue, sheet, codes, asked.t)
    shown, following = page(rows, stamp, asked.limit, asked.cursor)
    meta = numbers_meta(catalogue, sheet, stamp, rows)
    meta["links"] |= following
    silent = [code for code in codes if all(row["area_id"] != code for row in rows)]
    if silent:
        detail = f"No estimates for {', '.join(silent)}."
        meta["warnings"].append({"code": "no_rows", "detail": detail, "areas": silent})
    meta["period"] = _span_label(periods)
    return as_json({"meta": meta, "data": shown}, stamp)


@router.get("/series.csv", response_class=Response, responses={200: {"content": {"text/csv": {}}}})
def series_csv(request: Request, asked: Annotated[SeriesTableAsk, Query()]) -> Response:
    """Series of areas as a tidy table, whole."""
    catalogue = catalogue_of(request)
    sheet, codes = _resolve(catalogue, asked)
    stamp = _stamp(request, sheet, codes, asked, {"bom": asked.bom if asked.bom == "1" else ""})
    same = not_modified(request, stamp)
    if same is not None:
        return same
    rows, periods = _read(catalogue, sheet, codes, asked.t)
    name = file_name(sheet, codes, _span_label(periods).replace("..", "-"))
    return as_csv(rows, stamp, name=name, bom=asked.bom == "1")


def _resolve(catalogue: Catalogue, asked: SeriesAsk | SeriesTableAsk) -> tuple[Sheet, list[str]]:
    choice = ask.choose(
        catalogue, v=asked.v, d=asked.d, src=asked.src, rel=asked.rel, as_of=asked.as_of
    )
    codes = ask.split_areas(asked.area or "WLD")
    places.get(catalogue.places(choice.release.boundaries_id), codes)
    return make_sheet(catalogue, choice, u=asked.u, labels=asked.labels), codes


def _stamp(
    request: Request,
    sheet: Sheet,
    codes: list[str],
    asked: SeriesAsk | SeriesTableAsk,
    more: dict[str, str],
) -> Stamp:
    keys = {
        "area": "~".join(codes),
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


def _read(
    catalogue: Catalogue, sheet: Sheet, codes: list[str], t: str
) -> tuple[list[Row], list[Period]]:
    choice = sheet.choice
    periods = within(parse_span(t or "..latest"), choice.found.periods)
    wanted = set(periods)
    known = catalogue.places(choice.release.boundaries_id)
    found = read.read_series(
        catalogue.store, choice.release, choice.indicator.id, choice.product, codes
    )
    rows = [
        make_row(sheet, known.by_code[series.area], number)
        for series in found
        for number in series.estimates
        if (number.period, number.period_end) in wanted
    ]
    return rows, periods


def _span_label(periods: list[Any]) -> str:
    first, last = (period_label(*period).replace("/", "--") for period in (periods[0], periods[-1]))
    return first if first == last else f"{first}..{last}"
