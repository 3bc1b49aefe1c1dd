"""``/series.{csv,parquet,xlsx,nc,gpkg,zip}``: series as files, whole, and what describes them."""

from collections.abc import Callable, Iterator, Sequence
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from soc_monitor.api import based
from soc_monitor.api.about import about_of
from soc_monitor.api.answers import Stamp
from soc_monitor.api.catalogue import Catalogue, catalogue_of
from soc_monitor.api.desk import MEDIA, answers
from soc_monitor.api.files import describe, hand_out_table
from soc_monitor.api.interval_notes import Doubt
from soc_monitor.api.layouts import lay_table, layout_keys, layout_of
from soc_monitor.api.periods import Period
from soc_monitor.api.routes.series import (
    SeriesTableAsk,
    all_periods,
    is_computed,
    read_rows,
    resolve,
    span_label,
    spans_of,
    stamp_of,
    what_of,
)
from soc_monitor.api.rows import Row, Sheet, file_name
from soc_monitor.exports import Layout, Table
from soc_monitor.store.read import traits

router = APIRouter(tags=["numbers"])

FORMS = ("csv", "parquet", "xlsx", "nc", "gpkg", "zip")
DESCRIPTIONS = ("csv-metadata.json", "datapackage.json")
_BATCH = 20_000
"""Rows of a batch."""

Asked = Annotated[SeriesTableAsk, Query()]
Route = Callable[[Request, Asked], Response]


def _file(form: str) -> Route:
    def answer(request: Request, asked: Asked) -> Response:
        catalogue = catalogue_of(request)
        sheets, codes = resolve(catalogue, asked)
        bom = form == "csv" and asked.bom == "1"
        layout = layout_of(asked, form)
        more = layout_keys(layout) | {"bom": "1" if bom else ""}
        stamp = stamp_of(request, sheets, asked, more)
        boundaries_id = sheets[0].choice.release.boundaries_id
        known = catalogue.places(boundaries_id)
        return hand_out_table(
            request,
            catalogue,
            stamp,
            table_of(request, catalogue, sheets, codes, asked, layout, stamp),
            [known.by_code[code] for code in codes],
            form,
            bom=bom,
            boundaries_id=boundaries_id,
            computed=is_computed(sheets, codes),
        )

    answer.__name__ = f"series_{form}"
    answer.__doc__ = f"Series of areas as {form}, whole; 202 and where to ask, when it is long."
    return answer


def _description(kind: str) -> Route:
    def answer(request: Request, asked: Asked) -> Response:
        catalogue = catalogue_of(request)
        sheets, codes = resolve(catalogue, asked)
        layout, bom = layout_of(asked, "csv"), asked.bom == "1"
        more = layout_keys(layout) | {"bom": "1" if bom else ""}
        stamp = stamp_of(request, sheets, asked, more)
        csv = stamp.beside("csv")
        table = table_of(request, catalogue, sheets, codes, asked, layout, csv)
        computed = is_computed(sheets, codes)
        return describe(request, stamp, table, kind, bom=bom, computed=computed)

    answer.__name__ = f"series_{kind.partition('.')[0].replace('-', '_')}"
    answer.__doc__ = f"What describes the CSV: its columns, licence and manifest, as {kind}."
    return answer


for _form in FORMS:
    router.add_api_route(
        f"/series.{_form}",
        _file(_form),
        response_class=Response,
        responses=answers(MEDIA[_form]),
    )
for _kind in DESCRIPTIONS:
    router.add_api_route(
        f"/series.{_kind}",
        _description(_kind),
        response_class=Response,
        responses=answers(
            "application/csvm+json" if _kind.startswith("csv") else "application/json"
        ),
    )


def table_of(
    request: Request,
    catalogue: Catalogue,
    sheets: Sequence[Sheet],
    codes: Sequence[str],
    asked: SeriesTableAsk,
    layout: Layout,
    stamp: Stamp,
) -> Table:
    """The table of a file, laid out; its rows are read when it is written."""
    spans = spans_of(sheets, asked.t)
    periods = all_periods(spans)
    span = span_label(periods).replace("..", "-")
    told = [
        traits(
            catalogue.store,
            sheet.choice.release,
            sheet.choice.indicator.id,
            sheet.choice.product,
            codes,
            own,
        )
        for sheet, own in zip(sheets, spans, strict=True)
    ]
    name = file_name(sheets, [asked.area or "WLD", asked.lvl.value] if asked.lvl else codes, span)
    about = about_of(
        request,
        catalogue,
        sheets,
        stamp,
        name=name.replace("~", "-"),
        what=what_of(catalogue, sheets, codes, periods),
        doubts=[
            Doubt(
                indicator=sheet.choice.indicator,
                with_error=one.with_error,
                with_ends=one.with_ends,
            )
            for sheet, one in zip(sheets, told, strict=True)
        ],
        provisional=any(one.provisional for one in told),
    )
    tidy = Table(
        about=about,
        batches=lambda: _batches(catalogue, sheets, codes, spans),
        total=len(codes) * sum(map(len, spans)),
    )
    filled = sum(map(bool, spans))
    return lay_table(tidy, layout, periods, areas=len(codes), variables=filled)


def tidy_of(table: Table, rows: list[Row]) -> Table:
    """A table that says the same of itself, with a few rows, tidy."""
    return Table(about=table.about, batches=lambda: [rows], total=len(rows))


def _batches(
    catalogue: Catalogue,
    sheets: Sequence[Sheet],
    codes: Sequence[str],
    spans: Sequence[Sequence[Period]],
) -> Iterator[list[Row]]:
    held: list[Row] = []
    for sheet, periods in zip(sheets, spans, strict=True):
        if not periods:
            continue
        step = max(1, _BATCH // len(periods))
        if sheet.choice.base_year is not None:
            step = min(step, based.MOST_AREAS)
        for start in range(0, len(codes), step):
            rows = read_rows(catalogue, sheet, codes[start : start + step], periods)
            if held and len(held) + len(rows) > _BATCH:
                yield held
                held = []
            held = held + rows
    yield held
