"""``/series.size`` and ``/map.size``: how long a file would be, and what would stand in it."""

from dataclasses import replace
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from soc_monitor.api.answers import Stamp, as_json, not_modified
from soc_monitor.api.bodies.files import SizeBody
from soc_monitor.api.catalogue import catalogue_of
from soc_monitor.api.layouts import lay_table, layout_keys, layout_of
from soc_monitor.api.limits import charge
from soc_monitor.api.routes import map_files, series_files
from soc_monitor.api.routes.map import MapTableAsk, pay, resolve
from soc_monitor.api.routes.series import (
    SeriesTableAsk,
    all_periods,
    is_computed,
    spans_of,
    stamp_of,
)
from soc_monitor.api.routes.series import read_rows as read_series_rows
from soc_monitor.api.routes.series import resolve as resolve_series
from soc_monitor.api.sizes import SAMPLE, size_body
from soc_monitor.store.counts import count_series

router = APIRouter(tags=["numbers"])

SeriesForm = Annotated[
    Literal["csv", "json", "parquet", "xlsx", "zip", "nc", "gpkg"],
    Query(description="Form of the file"),
]
MapForm = Annotated[
    Literal["csv", "json", "parquet", "xlsx", "zip", "gpkg", "geojson"],
    Query(description="Form of the file"),
]


class SeriesSizeAsk(SeriesTableAsk):
    """Keys of ``/series.size``: those of the file, and its form."""

    form: SeriesForm = "csv"


class MapSizeAsk(MapTableAsk):
    """Keys of ``/map.size``: those of the file, and its form."""

    form: MapForm = "csv"


def _file_of(stamp: Stamp, form: str) -> Stamp:
    """The stamp of the file itself: its address stands in it."""
    return replace(stamp, path=f"{stamp.path.rpartition('.')[0]}.{form}")


@router.get("/series.size", response_model=SizeBody)
def series_size(request: Request, asked: Annotated[SeriesSizeAsk, Query()]) -> Response:
    """Rows, columns and length of series as a file, before it is asked for.

    The length is that of the file where `exact`, else what its first rows promise; null where
    nobody knows before the file is there.
    """
    catalogue = catalogue_of(request)
    sheets, codes = resolve_series(catalogue, asked)
    layout = layout_of(asked, asked.form)
    bom = asked.form == "csv" and asked.bom == "1"
    more = layout_keys(layout) | {"bom": "1" if bom else ""}
    # The form is in the ending of the file's address, and a key of this one.
    told = stamp_of(request, sheets, asked, more | {"form": asked.form})
    same = not_modified(request, told)
    if same is not None:
        return same
    stamp = _file_of(stamp_of(request, sheets, asked, more), asked.form)
    spans = spans_of(sheets, asked.t)
    table = series_files.table_of(request, catalogue, sheets, codes, asked, layout, stamp)
    counts = [
        count_series(
            catalogue.store,
            sheet.choice.release,
            sheet.choice.indicator.id,
            sheet.choice.product,
            codes,
            first=periods[0][0],
            last=periods[-1][0],
        )
        for sheet, periods in zip(sheets, spans, strict=True)
        if periods
    ]
    some = codes[: max(1, SAMPLE // sum(map(len, spans)))]
    if is_computed(sheets, some):
        charge(request)

    def sample() -> list[dict[str, object]]:
        rows = [
            row
            for sheet, periods in zip(sheets, spans, strict=True)
            for row in read_series_rows(catalogue, sheet, some, periods)
        ]
        tidy = series_files.tidy_of(table, rows)
        laid = lay_table(
            tidy, layout, all_periods(spans), areas=len(some), variables=sum(map(bool, spans))
        )
        return [dict(row) for row in laid.rows()]

    rows = sum(areas if layout.shape == "wide" else numbers for numbers, areas in counts)
    return as_json(size_body(stamp, table, asked.form, rows=rows, sample=sample, bom=bom), told)


@router.get("/map.size", response_model=SizeBody)
def map_size(request: Request, asked: Annotated[MapSizeAsk, Query()]) -> Response:
    """Rows, columns and length of a map as a file, before it is asked for."""
    catalogue = catalogue_of(request)
    layout = layout_of(asked, asked.form)
    bom = asked.form == "csv" and asked.bom == "1"
    more = layout_keys(layout) | {"bom": "1" if bom else ""}
    told = resolve(request, catalogue, asked, **more, form=asked.form)
    same = not_modified(request, told.stamp)
    if same is not None:
        return same
    drawn = resolve(request, catalogue, asked, **more)
    drawn = replace(drawn, stamp=_file_of(drawn.stamp, asked.form))
    pay(request, catalogue, drawn)
    areas = map_files.areas_of(catalogue, drawn)
    table = map_files.table_of(request, catalogue, drawn, areas, asked, layout)

    def sample() -> list[dict[str, object]]:
        some = areas[: max(1, SAMPLE // len(drawn.sheets))]
        tidy = series_files.tidy_of(table, map_files.all_rows(catalogue, drawn, some))
        laid = lay_table(
            tidy,
            layout,
            all_periods([drawn.periods]),
            areas=len(some),
            variables=len(drawn.sheets),
        )
        return [dict(row) for row in laid.rows()]

    # GeoJSON and JSON have what is unassigned beside the rows, or not at all.
    rows = len(drawn.areas) if asked.form in {"json", "geojson"} else len(areas)
    rows *= len(drawn.sheets)
    return as_json(
        size_body(drawn.stamp, table, asked.form, rows=rows, sample=sample, bom=bom),
        told.stamp,
    )
