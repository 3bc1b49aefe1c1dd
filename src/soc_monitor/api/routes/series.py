"""``/series``: one indicator or several through time, for one or more areas."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel

from soc_monitor.api import ask, places
from soc_monitor.api.about import NAMED, cite
from soc_monitor.api.answers import Stamp, as_json, not_modified
from soc_monitor.api.based import counted_from, read_based
from soc_monitor.api.beside import through_time
from soc_monitor.api.bodies.numbers import SeriesBody
from soc_monitor.api.catalogue import Catalogue, catalogue_of
from soc_monitor.api.desk import AT_ONCE, is_large
from soc_monitor.api.interval_notes import doubts_of
from soc_monitor.api.layouts import lay_rows, layout_keys, layout_of
from soc_monitor.api.limits import charge
from soc_monitor.api.meta import make_sheets, numbers_meta, page
from soc_monitor.api.periods import Period, parse_span, select, within
from soc_monitor.api.rows import Row, Sheet, make_row
from soc_monitor.errors import BadValue, TooLarge
from soc_monitor.model import WORLD
from soc_monitor.model.period import period_label
from soc_monitor.model.typeset import in_language

router = APIRouter(tags=["numbers"])

MOST_ROWS = 200_000
"""Of one answer in JSON, before it is cut into pages."""


class SeriesAsk(BaseModel):
    """Keys of ``/series``."""

    area: ask.Ids = "WLD"
    lvl: ask.Inside = None
    v: ask.Variables = "stock"
    d: ask.Depth = None
    t: ask.When = "..latest"
    b: ask.BaseYear = None
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
    v: ask.Variables = "stock"
    d: ask.Depth = None
    t: ask.When = "..latest"
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


@router.get("/series.json", response_model=SeriesBody)
def series_json(request: Request, asked: Annotated[SeriesAsk, Query()]) -> Response:
    """Series of areas, each oldest first, in JSON."""
    catalogue = catalogue_of(request)
    sheets, codes = resolve(catalogue, asked)
    more = ask.paging(asked)
    layout = layout_of(asked, "json")
    stamp = stamp_of(request, sheets, asked, layout_keys(layout) | more)
    same = not_modified(request, stamp)
    if same is not None:
        return same
    spans = spans_of(sheets, asked.t)
    numbers = sum(map(len, spans))
    if len(codes) * numbers > MOST_ROWS:
        raise TooLarge(
            f"{numbers} numbers of each of {len(codes)} areas: more than {MOST_ROWS:,} rows",
            hint="Ask for series.csv or series.parquet, which are made for that.",
        )
    if is_computed(sheets, codes):
        charge(request)
    rows = [
        row
        for sheet, periods in zip(sheets, spans, strict=True)
        for row in read_rows(catalogue, sheet, codes, periods)
    ]
    periods = all_periods(spans)
    laid = lay_rows(rows, layout, periods)
    shown, following = page(laid, stamp, asked.limit, asked.cursor)
    cited = cite(request, catalogue, sheets, stamp, what_of(catalogue, sheets, codes, periods))
    meta = numbers_meta(
        catalogue, sheets[0], stamp, rows, doubts=doubts_of(sheets, rows), citation=cited
    )
    if len(sheets) > 1:
        meta["variables"] = told = [variable_body(sheet) for sheet in sheets]
        for name in ("title", "unit"):
            meta[name] = " · ".join(dict.fromkeys(one[name] for one in told))
    meta["total_rows"] = len(laid)
    meta["links"] |= following
    silent = [code for code in codes if all(row["area_id"] != code for row in rows)]
    if silent:
        detail = f"No estimates for {', '.join(silent)}."
        meta["warnings"].append({"code": "no_rows", "detail": detail, "areas": silent})
    if empty := [
        sheet.choice.indicator.id for sheet, own in zip(sheets, spans, strict=True) if not own
    ]:
        detail = f"No data of {', '.join(empty)} in the period asked for."
        meta["warnings"].append({"code": "no_rows", "detail": detail, "areas": []})
    meta["period"] = span_label(periods)
    return as_json({"meta": meta, "data": shown}, stamp)


def resolve(
    catalogue: Catalogue, asked: SeriesAsk | SeriesTableAsk
) -> tuple[list[Sheet], list[str]]:
    """What is asked for, a sheet for each variable, all of the first one's product; the areas."""
    choices = ask.choose_all(
        catalogue, v=asked.v, d=asked.d, src=asked.src, rel=asked.rel, as_of=asked.as_of
    )
    choices = counted_from(catalogue, choices, asked.b)
    codes = ask.split_areas(asked.area or "WLD")
    known = catalogue.places(choices[0].release.boundaries_id)
    every = f"area={WORLD} is the world, area={WORLD}&lvl=adm0 every country"
    places.get(known, codes, every=every, several=True)
    if asked.lvl is not None:
        picked = (area for code in codes for area in places.pick(known, asked.lvl, code))
        codes = list(dict.fromkeys(area.code for area in picked))
        if not codes:
            raise BadValue(f"lvl: {asked.area} has no areas of level {asked.lvl.value}")
    sheets = make_sheets(catalogue, choices, u=asked.u, labels=asked.labels)
    return sheets, codes


def is_computed(sheets: Sequence[Sheet], codes: Sequence[str]) -> bool:
    """Whether an answer counts as a heavy request, however few its rows.

    What is published is looked up; what is counted from another year is computed, from all
    periods since that year, whichever of them are asked for.
    """
    anew = [one.choice.found.periods for one in sheets if one.choice.base_year is not None]
    return is_large(len(codes) * sum(map(len, anew)), AT_ONCE)


def variable_body(sheet: Sheet) -> Row:
    """What a reader must know of one of several variables."""
    choice = sheet.choice
    return {
        "indicator": choice.indicator.id,
        "v": choice.indicator.alias[0],
        "d": choice.indicator.alias[1],
        "title": in_language(choice.indicator.title, sheet.language),
        "unit": sheet.shown.text,
        "data_class": choice.found.data_class.value,
        "periods": [period_label(*period) for period in choice.found.periods],
    }


def stamp_of(
    request: Request,
    sheets: Sequence[Sheet],
    asked: SeriesAsk | SeriesTableAsk,
    more: dict[str, str],
) -> Stamp:
    """What tells the answer from every other one."""
    sheet = sheets[0]
    keys = {
        "area": "~".join(ask.split_areas(asked.area or "WLD")),
        "lvl": asked.lvl.value if asked.lvl is not None else "",
        "v": "~".join(one.choice.indicator.id for one in sheets),
        "t": asked.t or "..latest",
        "b": "" if asked.b is None else str(asked.b),
        "src": sheet.choice.product,
        "u": sheet.shown.key if len(sheets) == 1 else asked.u or "",
        "labels": asked.labels,
        **more,
    }
    return Stamp(
        path=request.url.path,
        keys=keys,
        release=sheet.choice.release,
        pinned=sheet.choice.pinned,
        licence=sheet.licence,
        late=sheet.waits_for,
    )


def spans_of(sheets: Sequence[Sheet], t: str) -> list[list[Period]]:
    """The periods that ``t`` asks for, of each variable; of some it may have none.

    Raises:
        UnknownPeriod: it has none of any.
    """
    span, known = parse_span(t or "..latest"), [sheet.choice.found.periods for sheet in sheets]
    within(span, all_periods(known))
    return [select(span, periods) for periods in known]


def all_periods(spans: Sequence[Sequence[Period]]) -> list[Period]:
    """The periods of several variables, each once, oldest first."""
    return sorted({period for periods in spans for period in periods})


def read_rows(
    catalogue: Catalogue, sheet: Sheet, codes: Sequence[str], periods: Sequence[Period]
) -> list[Row]:
    """The rows of some areas, one after the other, each oldest first."""
    choice = sheet.choice
    known = catalogue.places(choice.release.boundaries_id)
    found = read_based(catalogue, choice, choice.indicator, codes, periods)
    beside = through_time(catalogue, sheet, codes, periods)
    return [
        make_row(sheet, known.by_code[series.area], number, beside)
        for series in found
        for number in series.estimates
    ]


def what_of(
    catalogue: Catalogue, sheets: Sequence[Sheet], codes: Sequence[str], periods: Sequence[Period]
) -> str:
    """The areas and periods of an answer, as they stand in its title."""
    known = catalogue.places(sheets[0].choice.release.boundaries_id)
    named = ", ".join(known.by_code[code].name(sheets[0].language) for code in codes[:NAMED])
    where = named if len(codes) <= NAMED else f"{named} … ({len(codes)})"
    return f"{where}, {span_label(periods).replace('..', '–')}"


def span_label(periods: Sequence[Period]) -> str:
    """First and last period, as they stand in names of files."""
    first, last = (period_label(*period).replace("/", "--") for period in (periods[0], periods[-1]))
    return first if first == last else f"{first}..{last}"
