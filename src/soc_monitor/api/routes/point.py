"""``/point``: what there is at one place."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel

from soc_monitor.api import ask, places
from soc_monitor.api.about import cite
from soc_monitor.api.answers import Stamp, as_json, not_modified
from soc_monitor.api.based import counted_from, map_numbers, question_of
from soc_monitor.api.beside import of_period
from soc_monitor.api.bodies.places import PlaceBody
from soc_monitor.api.catalogue import Catalogue, catalogue_of
from soc_monitor.api.meta import make_sheet, numbers_meta
from soc_monitor.api.periods import Period, address_of, parse_span, within
from soc_monitor.api.places import Places
from soc_monitor.api.plain import Plainly
from soc_monitor.api.rows import Sheet, bands, make_row
from soc_monitor.api.units import ascii_unit, converts
from soc_monitor.maps.cells import Cell, cell_at
from soc_monitor.maps.sheet import find_sheet
from soc_monitor.model import WORLD, Area
from soc_monitor.model.period import period_label
from soc_monitor.model.units import factor
from soc_monitor.store.places import areas_at

router = APIRouter(tags=["numbers"])


class PointAsk(BaseModel):
    """Keys of ``/point``."""

    lon: Annotated[
        float,
        Query(ge=-180, le=180, allow_inf_nan=False, description="Degrees", examples=[36.8]),
        Plainly,
    ]
    lat: Annotated[
        float,
        Query(ge=-90, le=90, allow_inf_nan=False, description="Degrees", examples=[-1.3]),
        Plainly,
    ]
    v: ask.Variable = "stock"
    d: ask.Depth = None
    t: ask.When = "latest"
    b: ask.BaseYear = None
    src: ask.Product = None
    u: ask.Unit = None
    rel: ask.Rel = "latest"
    as_of: ask.AsOf = None
    labels: ask.Lang = "en"


@router.get("/point", response_model=PlaceBody)
def get_point(request: Request, asked: Annotated[PointAsk, Query()]) -> Response:
    """The cell at a point, and the numbers of the areas that hold it, the world first."""
    catalogue = catalogue_of(request)
    choice = ask.choose(
        catalogue, v=asked.v, d=asked.d, src=asked.src, rel=asked.rel, as_of=asked.as_of
    )
    (choice,) = counted_from(catalogue, [choice], asked.b)
    sheet = make_sheet(catalogue, choice, u=asked.u, labels=asked.labels)
    period = within(parse_span(asked.t or "latest"), choice.found.periods)[-1]
    keys = {
        "lon": repr(asked.lon),
        "lat": repr(asked.lat),
        "v": choice.indicator.id,
        "t": address_of(period),
        "b": "" if asked.b is None else str(asked.b),
        "src": choice.product,
        "u": sheet.shown.key,
        "labels": asked.labels,
    }
    stamp = Stamp(
        path=request.url.path,
        keys=keys,
        release=choice.release,
        pinned=choice.pinned,
        licence=sheet.licence,
        late=sheet.waits_for,
    )
    same = not_modified(request, stamp)
    if same is not None:
        return same
    return as_json(_answer(request, sheet, period, asked, stamp), stamp)


def _answer(
    request: Request, sheet: Sheet, period: Period, asked: PointAsk, stamp: Stamp
) -> dict[str, Any]:
    catalogue, choice = catalogue_of(request), sheet.choice
    pieces = catalogue.pieces(choice.release)
    drawn = find_sheet(
        pieces, choice.indicator, choice.product, period[0], base_year=choice.base_year
    )
    cell = cell_at(catalogue.store, catalogue.arrays, drawn, asked.lon, asked.lat)
    known = catalogue.places(choice.release.boundaries_id)
    areas = _holding(catalogue, known, choice.release.boundaries_id, asked)
    codes = tuple(area.code for area in areas)
    numbers = map_numbers(catalogue, question_of(choice, choice.indicator, period, codes))
    beside = of_period(catalogue, sheet, period, codes)
    rows = [
        make_row(sheet, area, numbers[area.code], beside) for area in areas if area.code in numbers
    ]
    label = period_label(*period)
    what = f"{asked.lat:g}, {asked.lon:g}, {label}"
    cited = cite(request, catalogue, [sheet], stamp, what)
    return {
        "meta": numbers_meta(catalogue, sheet, stamp, rows, period=label, citation=cited),
        "lon": asked.lon,
        "lat": asked.lat,
        "cell": None if cell is None else _cell(sheet, cell),
        "data": rows,
    }


def _holding(
    catalogue: Catalogue, known: Places, boundaries_id: str, asked: PointAsk
) -> list[Area]:
    """The areas at a point: the exact ones, and what they are parts of."""
    found = {WORLD: known.by_code[WORLD]} if WORLD in known.by_code else {}
    for code, _, _ in areas_at(catalogue.store, boundaries_id, asked.lon, asked.lat):
        area = known.by_code[code]
        found |= {above.code: above for above in places.ancestors(known, area)}
        found[code] = area
    order = list(known.by_code)
    return sorted(found.values(), key=lambda area: order.index(area.code))


def _cell(sheet: Sheet, cell: Cell) -> dict[str, Any]:
    indicator = sheet.choice.indicator
    own = indicator.cell_unit or indicator.unit
    unit = sheet.shown.unit if converts(own, sheet.shown.unit) else own
    ratio = factor(own, unit)
    value = None if cell.value is None else cell.value * ratio
    error = None if cell.std_error is None else cell.std_error * ratio
    low, high = cell.ends or (None, None)
    interval = bands(indicator, value, error)
    if low is not None and high is not None:
        interval |= {"lower_95": low * ratio, "upper_95": high * ratio}
    return {
        "row": cell.row,
        "column": cell.column,
        "bounds": list(cell.bounds),
        "value": value,
        "unit": ascii_unit(indicator, unit),
        "lower_95": interval["lower_95"],
        "upper_95": interval["upper_95"],
        "std_error": error,
    }
