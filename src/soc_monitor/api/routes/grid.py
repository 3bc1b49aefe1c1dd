"""``/grid.{tif,nc}``: the cells of one indicator and period, cut out by an area or a box."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import shapely
from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel

from soc_monitor.api import ask, places
from soc_monitor.api.about import about_of
from soc_monitor.api.answers import Stamp, warned
from soc_monitor.api.based import counted_from
from soc_monitor.api.catalogue import Catalogue, catalogue_of
from soc_monitor.api.desk import CELLS_AT_ONCE, MEDIA, Order, Write, answers, hand_out
from soc_monitor.api.interval_notes import Doubt
from soc_monitor.api.meta import make_sheet
from soc_monitor.api.periods import Period, address_of, parse_span, within
from soc_monitor.api.plain import plain
from soc_monitor.api.routes.aoi import units_of
from soc_monitor.api.rows import Sheet, file_name, split_depth
from soc_monitor.api.units import ascii_unit
from soc_monitor.errors import BadValue
from soc_monitor.exports import About, Report
from soc_monitor.maps.sheet import Sheet as Cells
from soc_monitor.maps.sheet import find_sheet
from soc_monitor.model import WORLD
from soc_monitor.model.period import period_label
from soc_monitor.model.typeset import in_language
from soc_monitor.model.units import factor
from soc_monitor.store import places as shapes

if TYPE_CHECKING:
    from soc_monitor.maps.cutout import Window

router = APIRouter(tags=["numbers"])

FORMS = ("tif", "nc")
Box = tuple[float, float, float, float]
WHOLE: Box = (-180.0, -90.0, 180.0, 90.0)


class GridAsk(BaseModel):
    """Keys of ``/grid``."""

    area: ask.OneArea = None
    bbox: ask.Box = None
    v: ask.Variable = "stock"
    d: ask.Depth = None
    t: ask.When = "latest"
    b: ask.BaseYear = None
    src: ask.Product = None
    u: ask.Unit = None
    rel: ask.Rel = "latest"
    as_of: ask.AsOf = None
    labels: ask.Lang = "en"


Asked = Annotated[GridAsk, Query()]


def _file(form: str) -> Callable[[Request, Asked], Response]:
    def answer(request: Request, asked: Asked) -> Response:
        return _cut(request, asked, form)

    answer.__name__ = f"grid_{form}"
    answer.__doc__ = (
        f"Cells on their own grid as {form}: of an area (cells without a part of it are empty), "
        "of a box, or of the world; the newest period inside of `t`. `Content-Bbox` says how far "
        "the file reaches: it goes around all parts of an area, however far apart they are."
    )
    return answer


for _form in FORMS:
    router.add_api_route(
        f"/grid.{_form}",
        _file(_form),
        response_class=Response,
        responses=answers(MEDIA[_form]),
    )


def _cut(request: Request, asked: GridAsk, form: str) -> Response:
    catalogue = catalogue_of(request)
    choice = ask.choose(
        catalogue, v=asked.v, d=asked.d, src=asked.src, rel=asked.rel, as_of=asked.as_of
    )
    (choice,) = counted_from(catalogue, [choice], asked.b)
    sheet = make_sheet(catalogue, choice, u=asked.u, labels=asked.labels)
    period = within(parse_span(asked.t or "latest"), choice.found.periods)[-1]
    cells = find_sheet(
        catalogue.pieces(choice.release),
        choice.indicator,
        choice.product,
        period[0],
        base_year=choice.base_year,
    )
    window = _window(catalogue, sheet, cells, asked)
    stamp = Stamp(
        path=request.url.path,
        keys={
            "area": asked.area or "",
            "bbox": asked.bbox or "",
            "v": choice.indicator.id,
            "t": address_of(period),
            "b": "" if asked.b is None else str(asked.b),
            "src": choice.product,
            "u": sheet.shown.key,
            "labels": asked.labels,
        },
        release=choice.release,
        pinned=choice.pinned,
        licence=sheet.licence,
        late=sheet.waits_for,
    )
    label = period_label(*period)
    about = about_of(
        request,
        catalogue,
        [sheet],
        stamp,
        name=file_name([sheet], [asked.area or "box"], label.replace("/", "--")),
        what=f"{_where(catalogue, sheet, asked)}, {label}{_since(cells, sheet.language)}",
        doubts=[
            Doubt(
                indicator=choice.indicator,
                with_error=cells.cell_errors is not None,
                with_ends=cells.cell_errors is not None,
                own=True,
            )
        ],
        provisional=cells.provisional,
    )
    order = Order(
        stamp=stamp,
        name=about.name,
        ending=form,
        size=cells_read(cells, window.cells),
        most=CELLS_AT_ONCE,
        write=_writer(catalogue, sheet, cells, window, about, period, form),
    )
    answer = hand_out(request, catalogue, order)
    answer.headers["Content-Bbox"] = ",".join(f"{edge:.10g}" for edge in edges(window))
    if about.provisional:
        answer.headers.update(warned([*stamp.warned, "provisional"]))
    return answer


def edges(window: "Window") -> Box:
    """West, south, east and north of a cut-out [degrees]; east may lie past 180.

    They are told with the file (OGC 19-087, Content-Bbox): an area may have parts on the other
    side of the world, and the cut-out goes around all of them.
    """
    west, north, grid = window.west, window.north, window.grid
    return west, north - window.ny * grid.dy, west + window.nx * grid.dx, north


def cells_read(cells: Cells, number: int) -> int:
    """How many cells are read for a cut-out of a number of them.

    Of a change, an anomaly or what looks back every step is read, not the period alone.
    """
    return number * max(1, len(cells.record))


def read_box(asked: str) -> Box:
    """A box as readers write it.

    Raises:
        BadValue: it is not four numbers.

    Example:
        >>> read_box("-5,42,9,51")
        (-5.0, 42.0, 9.0, 51.0)
    """
    try:
        west, south, east, north = (float(str(plain(part))) for part in asked.split(","))
    except ValueError as error:
        raise BadValue(
            f"bbox: not four numbers: {asked!r}", hint="West, south, east, north: -5,42,9,51"
        ) from error
    return west, south, east, north


def _window(catalogue: Catalogue, sheet: Sheet, cells: Cells, asked: GridAsk) -> "Window":
    from soc_monitor.maps import cutout  # noqa: PLC0415  # the engine

    grid, boundaries_id = cells.inputs[0].cube.grid, sheet.choice.release.boundaries_id
    if asked.area and asked.bbox:
        raise BadValue("bbox: not together with area")
    if asked.bbox:
        return cutout.find_window(grid, read_box(asked.bbox))
    if not asked.area or asked.area == WORLD:
        return cutout.find_window(grid, WHOLE)
    (area,) = places.get(catalogue.places(boundaries_id), [asked.area])
    shape = shapes.wkb(catalogue.store, boundaries_id, [area.code], full=True).get(area.code)
    if shape is None or area.bbox is None:
        raise BadValue(f"area: {area.code} has no outline")
    return cutout.find_window(grid, area.bbox, shapely.from_wkb(shape))


def _where(catalogue: Catalogue, sheet: Sheet, asked: GridAsk) -> str:
    if asked.bbox:
        return asked.bbox
    known = catalogue.places(sheet.choice.release.boundaries_id)
    return known.by_code[asked.area or WORLD].name(sheet.language)


SINCE = {"en": "counted from {}", "fr": "compté depuis {}", "es": "contado desde {}"}
"""In titles of a change; its base."""


def _since(cells: Cells, lang: str) -> str:
    """In a title, since when a change is counted."""
    return f", {in_language(SINCE, lang).format(cells.base_period)}" if cells.base_period else ""


def _writer(
    catalogue: Catalogue,
    sheet: Sheet,
    cells: Cells,
    window: "Window",
    about: About,
    period: Period,
    form: str,
) -> Write:
    from soc_monitor.exports.netcdf import (  # noqa: PLC0415  # heavy
        STANDARD,
        cf_unit,
        days,
        discovery,
        long_name,
    )
    from soc_monitor.maps import cutout  # noqa: PLC0415  # the engine

    indicator = sheet.choice.indicator
    cell = indicator.cell_unit or indicator.unit
    unit, _ = units_of(indicator, sheet.shown.unit)
    text = ascii_unit(indicator, unit)
    layers = cutout.layers_of(
        catalogue.store,
        catalogue.arrays,
        cells,
        title=about.title if form == "tif" else long_name(about.title, text),
        unit=text if form == "tif" else cf_unit(text),
        ratio=factor(cell, unit),
    )
    based = {"base_period": cells.base_period} if cells.base_period else {}
    west, south, east, north = edges(window)

    def tif(path: Path, report: Report) -> None:
        told = {
            "title": about.title,
            "citation": about.quote,
            "licence": about.licence,
            "release": about.release,
            "period": f"{period[0].isoformat()}/{period[1].isoformat()}",
            "manifest": about.manifest,
            **based,
        }
        cutout.write_geotiff(window, layers, path, cutout.tags_of(told), report)

    def nc(path: Path, report: Report) -> None:
        told = discovery(about, (west, south, east, north)) | {
            "cdm_data_type": "Grid",
            "processing_level": "gridded estimate",
            "time_coverage_start": period[0].isoformat(),
            "time_coverage_end": period[1].isoformat(),
            **based,
        }
        cutout.write_netcdf(
            window,
            layers,
            path,
            time=(
                days(period[0]),
                days(period[1] + timedelta(days=1)),
                "days since 1850-01-01",
            ),
            about=told,
            standard_name=STANDARD.get(split_depth(indicator.id)[0], ""),
            report=report,
        )

    return tif if form == "tif" else nc
