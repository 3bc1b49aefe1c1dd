"""``/aoi/statistics``: the numbers of a shape that the reader sends."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response, StreamingResponse
from pydantic import BaseModel

from soc_monitor.api import ask
from soc_monitor.api.about import NAMED, cite
from soc_monitor.api.answers import CSV, Stamp, as_json
from soc_monitor.api.based import counted_from
from soc_monitor.api.bodies.files import ExportBody
from soc_monitor.api.bodies.own import OwnAreaRow, OwnAreasBody
from soc_monitor.api.catalogue import Catalogue, catalogue_of
from soc_monitor.api.desk import accepted, answers, desk_of, export_id
from soc_monitor.api.interval_notes import Doubt
from soc_monitor.api.meta import make_sheet, numbers_meta
from soc_monitor.api.pending import may_wait
from soc_monitor.api.periods import Period, address_of, parse_span, within
from soc_monitor.api.rows import STATUS, Row, Sheet, bands
from soc_monitor.api.units import ascii_unit, converts
from soc_monitor.api.uploads import LARGEST_BODY, read_upload
from soc_monitor.api.version import version
from soc_monitor.errors import BodyTooLarge, TooManyShapes, TooManyVertices, TooMuchToRead
from soc_monitor.exports.delimited import csv_text
from soc_monitor.exports.table import make_manifest
from soc_monitor.maps.shapes import LARGE, MOST_SHAPES, MOST_VERTICES, Bounds, Shape
from soc_monitor.maps.sheet import Sheet as Cells
from soc_monitor.maps.sheet import find_sheet
from soc_monitor.model import Indicator
from soc_monitor.model.change import years_between
from soc_monitor.model.period import period_label
from soc_monitor.model.units import factor
from soc_monitor.store import exports

if TYPE_CHECKING:
    from soc_monitor.maps.own_areas import Statistics

router = APIRouter(tags=["numbers"])

PATH = "/api/v1/aoi/statistics"
"""What the worker asks, whichever address was asked first."""
M2_PER_HA = 1e4
WIDE = 180.0
"""A shape that is wider than this may have been meant to cross the antimeridian [degrees]."""
TOTALS = ("t", "t yr-1")
"""Units of a total, where what a cell has per area can be added up."""
ENDS = ("lower_95", "upper_95")

_ABOUT = (
    "A GeoJSON `Polygon`, `MultiPolygon`, `Feature` or `FeatureCollection` of "
    f"{MOST_SHAPES} features at most, or a GeoPackage or a zipped Shapefile of them; "
    f"{MOST_VERTICES:,} vertices and {LARGEST_BODY >> 20} MiB in all. Up to {LARGE.shapes:,} "
    f"features and {LARGE.vertices:,} vertices are measured by the worker. Holes are kept; "
    "longitudes may run past 180."
)
_EXAMPLE = {
    "type": "Polygon",
    "coordinates": [[[1.0, 44.0], [4.0, 44.0], [4.0, 47.0], [1.0, 47.0], [1.0, 44.0]]],
}
TEXTS = ("application/geo+json", "application/json")
FILES = ("application/geopackage+sqlite3", "application/zip")
"""Media types that shapes may have."""
BODY = {
    "requestBody": {
        "required": True,
        "description": _ABOUT,
        "content": {kind: {"schema": {"type": "object", "example": _EXAMPLE}} for kind in TEXTS}
        | {kind: {"schema": {"type": "string", "format": "binary"}} for kind in FILES},
    }
}


class OwnAreasAsk(BaseModel):
    """Keys of ``/aoi/statistics``."""

    v: ask.Variable = "stock"
    d: ask.Depth = None
    t: ask.When = "..latest"
    b: ask.BaseYear = None
    src: ask.Product = None
    u: ask.Unit = None
    rel: ask.Rel = "latest"
    as_of: ask.AsOf = None
    labels: ask.Lang = "en"
    together: ask.Together = "0"


async def read_body(request: Request) -> bytes:
    """The body, refused as soon as it is too long.

    Raises:
        BodyTooLarge: it has more bytes than a shape may have.
    """
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > LARGEST_BODY:
            raise BodyTooLarge(
                f"more than {LARGEST_BODY >> 20} MiB", hint="Simplify the shape, or send parts."
            )
    return bytes(body)


@router.post(
    "/aoi/statistics",
    response_model=OwnAreasBody,
    openapi_extra=BODY,
    responses={202: {"model": ExportBody, "description": "It is large: see `Location`"}},
)
def own_areas(
    request: Request,
    asked: Annotated[OwnAreasAsk, Query()],
    body: Annotated[bytes, Depends(read_body)],
) -> Response:
    """Statistics of shapes of your own: the exact sums that published areas have, each period.

    What is too much to wait for is made by the worker; then what was sent is forgotten, and the
    numbers are kept for seven days.
    """
    catalogue = catalogue_of(request)
    choice = ask.choose(
        catalogue, v=asked.v, d=asked.d, src=asked.src, rel=asked.rel, as_of=asked.as_of
    )
    (choice,) = counted_from(catalogue, [choice], asked.b)
    sheet = make_sheet(catalogue, choice, u=asked.u, labels=asked.labels)
    periods = within(parse_span(asked.t or "..latest"), choice.found.periods)
    keys = {
        "v": choice.indicator.id,
        "t": "..".join(dict.fromkeys([address_of(periods[0]), address_of(periods[-1])])),
        "b": "" if asked.b is None else str(asked.b),
        "src": choice.product,
        "u": sheet.shown.key,
        "labels": asked.labels,
        "together": asked.together if asked.together == "1" else "",
    }
    stamp = Stamp(
        path=PATH,
        keys=keys,
        release=choice.release,
        pinned=choice.pinned,
        licence=sheet.licence,
        late=sheet.waits_for,
    )
    whole = desk_of(request).whole
    try:
        shapes = read_upload(body, LARGE if whole else Bounds(), together=asked.together == "1")
        results = [_measure(catalogue, sheet, periods, shape, whole=whole) for shape in shapes]
    except (TooManyVertices, TooManyShapes, TooMuchToRead):
        if whole:
            raise
        may_wait(request, catalogue.store, export_id(stamp.location, body))
        return _later(catalogue, stamp, body, len(periods))
    answer = as_json(
        {"meta": _meta(request, sheet, stamp, shapes, results, body), "data": results}, stamp
    )
    # The answer is of the body, which no cache between here and the reader knows.
    answer.headers["Cache-Control"] = "no-store"
    del answer.headers["ETag"]
    return answer


COLUMNS = (
    "shape",
    "name",
    "area_ha",
    "indicator",
    "unit",
    "total_unit",
    "data_class",
    "product_id",
    "release",
    *OwnAreaRow.model_fields,
)
"""Of the table: one line for each shape and period."""


@router.post(
    "/aoi/statistics.csv",
    response_class=Response,
    openapi_extra=BODY,
    responses=answers("text/csv"),
)
def own_areas_table(
    request: Request,
    asked: Annotated[OwnAreasAsk, Query()],
    body: Annotated[bytes, Depends(read_body)],
) -> Response:
    """The same numbers as a table, one line for each shape and period.

    What is too much to wait for is answered as at ``/aoi/statistics``: by the worker, in JSON.
    """
    found = own_areas(request, asked, body)
    if found.status_code != HTTPStatus.OK:
        return found
    answer = orjson.loads(found.body)
    meta = answer["meta"]
    shared = {key: meta[key] for key in ("indicator", "unit", "total_unit", "data_class")}
    shared |= {"product_id": meta["product"]["id"], "release": meta["release"]}
    rows = (
        {**row, **shared, "shape": number, "name": shape["name"], "area_ha": shape["area_ha"]}
        for number, shape in enumerate(answer["data"], 1)
        for row in shape["data"]
    )
    headers = {
        "Cache-Control": "no-store",
        "Content-Disposition": 'attachment; filename="own-areas.csv"',
        "X-Release": meta["release"],
    }
    return StreamingResponse(csv_text(rows, columns=COLUMNS), media_type=CSV, headers=headers)


def _later(catalogue: Catalogue, stamp: Stamp, body: bytes, periods: int) -> Response:
    """Have the worker do it, if it may be done at all.

    Raises:
        TooManyVertices, TooManyShapes: it is too much for the worker, too.
    """
    read_upload(body, LARGE, together=bool(stamp.keys["together"]))
    found = exports.ask(
        catalogue.store,
        export_id(stamp.location, body),
        address=stamp.location,
        name="own-areas.json",
        media_type="application/json",
        total=periods,
        body=body,
    )
    return accepted(found)


def _measure(
    catalogue: Catalogue, sheet: Sheet, periods: Sequence[Period], shape: Shape, *, whole: bool
) -> Row:
    # The engine takes seconds to load, and no other address needs it: the site starts without.
    from soc_monitor.maps.own_areas import (  # noqa: PLC0415
        MOST_CELLS,
        MOST_OF_WORKER,
        area_m2,
        statistics,
    )

    choice = sheet.choice
    pieces = catalogue.pieces(choice.release)
    sheets = [
        replace(
            find_sheet(pieces, choice.indicator, choice.product, p[0], base_year=choice.base_year),
            carried_years=years_carried(choice, p),
        )
        for p in periods
    ]
    most = MOST_OF_WORKER if whole else MOST_CELLS
    found = statistics(catalogue.store, sheets, shape.geometry, most_cells=most)
    area = area_m2(shape.geometry)
    return {
        "id": shape.id,
        "name": shape.name,
        "area_ha": area / M2_PER_HA,
        "data": [
            _row(sheet, period, own, area)
            | {"status": STATUS[cells.provisional]}
            | _based(period, cells)
            for period, own, cells in zip(periods, found, sheets, strict=True)
        ],
    }


def _based(period: Period, cells: "Cells") -> Row:
    """Since when a change is counted, as rows of published areas have it."""
    base = cells.course and cells.course.base
    return {
        "base_period": cells.base_period,
        "window_years": base and years_between(base, period),
    }


def years_carried(choice: ask.Choice, period: Period) -> float:
    """Years from the first published month of a nowcast to a period; 0 of other products."""
    if choice.product != ask.LIVE:
        return 0.0
    first = choice.found.periods[0]
    return (12 * (period[1].year - first[1].year) + period[1].month - first[1].month) / 12


def units_of(indicator: Indicator, shown: str) -> tuple[str, str | None]:
    """The units of a mean and of a total; None: such values do not add up over an area.

    Example:
        >>> from soc_monitor.indicators import load_indicators
        >>> units_of(load_indicators()["soc_stock_0_30cm"], "kg m-2")
        ('kg m-2', 't')
        >>> units_of(load_indicators()["soc_total_0_30cm"], "Mt")
        ('t ha-1', 'Mt')
    """
    cell = indicator.cell_unit or indicator.unit
    if indicator.over_area == "total":
        return cell, shown
    return shown, next((unit for unit in TOTALS if converts(f"{cell} m2", unit)), None)


def _row(sheet: Sheet, period: Period, own: "Statistics", area: float) -> Row:
    indicator = sheet.choice.indicator
    cell = indicator.cell_unit or indicator.unit
    mean_unit, total_unit = units_of(indicator, sheet.shown.unit)
    ratio = factor(cell, mean_unit)

    def scaled(value: float | None) -> float | None:
        return None if value is None else value * ratio

    total, whole = None, dict[str, float | None]()
    if total_unit is not None and own.total is not None:
        total = own.total * factor(f"{cell} m2", total_unit)
        # The total is the mean times an area that is known: its error is that of the mean.
        error = None if own.std_error is None else own.std_error * own.mapped_m2
        summed = factor(f"{cell} m2", total_unit)
        whole = bands(indicator, total, None if error is None else error * summed)
        whole |= _ends(own, own.mapped_m2 * summed)
    return {
        "period": period_label(*period),
        "period_start": period[0].isoformat(),
        "period_end": period[1].isoformat(),
        "mean": scaled(own.mean),
        **bands(indicator, scaled(own.mean), scaled(own.std_error)),
        **_ends(own, ratio),
        "total": total,
        "total_lower_95": whole.get("lower_95"),
        "total_upper_95": whole.get("upper_95"),
        "minimum": scaled(own.low),
        "maximum": scaled(own.high),
        "standard_deviation": scaled(own.spread),
        "mapped_fraction": min(1.0, own.mapped_m2 / area),
        "mapped_area_ha": own.mapped_m2 / M2_PER_HA,
    }


def _ends(own: "Statistics", ratio: float) -> dict[str, float | None]:
    """The columns of a range, where there is one."""
    return {key: end * ratio for key, end in zip(ENDS, own.ends or (), strict=False)}


def _meta(
    request: Request,
    sheet: Sheet,
    stamp: Stamp,
    shapes: Sequence[Shape],
    results: Sequence[Row],
    body: bytes,
) -> dict[str, Any]:
    catalogue, indicator = catalogue_of(request), sheet.choice.indicator
    mean_unit, total_unit = units_of(indicator, sheet.shown.unit)
    rows = [row for result in results for row in result["data"]]
    doubt = Doubt(
        indicator=indicator,
        with_error=any(row["std_error"] is not None for row in rows),
        with_ends=any(row["lower_95"] is not None for row in rows),
        own=True,
    )
    told = [row | {"area_id": ""} for row in rows]
    cited = cite(request, catalogue, [sheet], stamp, _what(shapes, rows))
    meta = numbers_meta(catalogue, sheet, stamp, told, doubts=[doubt], citation=cited)
    return meta | {
        "unit": ascii_unit(indicator, mean_unit),
        "total_unit": None if total_unit is None else ascii_unit(indicator, total_unit),
        "warnings": [
            *(one | {"areas": []} for one in meta["warnings"]),
            *_warnings(shapes, results),
        ],
        "links": {},
        "manifest": make_manifest(stamp.location, sheet.choice.release.name, version(), body),
    }


def _what(shapes: Sequence[Shape], rows: Sequence[Row]) -> str:
    """The shapes, where they have names, and the periods of an answer."""
    names = [str(shape.name or shape.id or "") for shape in shapes]
    named = [", ".join(names)] if len(names) <= NAMED and all(names) else []
    ends = dict.fromkeys(str(row["period"]) for row in (*rows[:1], *rows[-1:]))
    return ", ".join([*named, "–".join(ends)])


def _warnings(shapes: Sequence[Shape], results: Sequence[Row]) -> Iterator[dict[str, Any]]:
    for number, (shape, result) in enumerate(zip(shapes, results, strict=True), 1):
        label = str(shape.name or shape.id or f"shape {number}")
        if shape.width > WIDE:
            detail = f"{label} is {shape.width:g} degrees wide: cut it at 180 if it crosses there."
            yield {"code": "wide", "detail": detail, "areas": []}
        if all(row["mean"] is None for row in result["data"]):
            yield {"code": "no_rows", "detail": f"Nothing of {label} is mapped.", "areas": []}
