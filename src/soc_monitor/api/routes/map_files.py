"""``/map.{csv,parquet,xlsx,gpkg,zip}``: a period of every area of a level as a file, whole."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from fastapi import APIRouter, Request
from fastapi.responses import Response

from soc_monitor.api.about import about_of
from soc_monitor.api.answers import not_modified
from soc_monitor.api.catalogue import Catalogue, catalogue_of
from soc_monitor.api.desk import MEDIA, answers
from soc_monitor.api.files import describe, hand_out_table
from soc_monitor.api.interval_notes import doubts_of
from soc_monitor.api.layouts import lay_table, layout_keys, layout_of
from soc_monitor.api.routes.map import (
    Drawn,
    Whole,
    named,
    pay,
    read_rows,
    resolve,
    shapes_key,
    what_of,
)
from soc_monitor.api.routes.series import all_periods
from soc_monitor.api.rows import Row, file_name
from soc_monitor.exports import Layout, Table
from soc_monitor.model import UNASSIGNED, WORLD, Area
from soc_monitor.model.period import period_label

router = APIRouter(tags=["numbers"])

FORMS = ("csv", "parquet", "xlsx", "gpkg", "zip")
DESCRIPTIONS = ("csv-metadata.json", "datapackage.json")

Route = Callable[[Request, Whole], Response]


def _file(form: str) -> Route:
    def answer(request: Request, asked: Whole) -> Response:
        catalogue = catalogue_of(request)
        bom, full = form == "csv" and asked.bom == "1", form == "gpkg" and asked.shapes == "full"
        layout = layout_of(asked, form)
        more = {"bom": "1" if bom else "", "shapes": shapes_key(asked) if full else ""}
        drawn = resolve(request, catalogue, asked, **layout_keys(layout), **more)
        if not_modified(request, drawn.stamp) is None:
            pay(request, catalogue, drawn)
        areas = areas_of(catalogue, drawn)
        return hand_out_table(
            request,
            catalogue,
            drawn.stamp,
            table_of(request, catalogue, drawn, areas, asked, layout),
            areas,
            form,
            bom=bom,
            full=full,
            boundaries_id=drawn.sheet.choice.release.boundaries_id,
        )

    answer.__name__ = f"map_{form}"
    answer.__doc__ = (
        f"The same as {form}, whole; countries of the world end with what is unassigned."
    )
    return answer


def _description(kind: str) -> Route:
    def answer(request: Request, asked: Whole) -> Response:
        catalogue = catalogue_of(request)
        layout, bom = layout_of(asked, "csv"), asked.bom == "1"
        more = {"bom": "1" if bom else ""}
        drawn = resolve(request, catalogue, asked, **layout_keys(layout), **more)
        if not_modified(request, drawn.stamp) is None:
            pay(request, catalogue, drawn)
        csv = replace(drawn, stamp=drawn.stamp.beside("csv"))
        table = table_of(request, catalogue, csv, areas_of(catalogue, drawn), asked, layout)
        return describe(request, drawn.stamp, table, kind, bom=bom)

    answer.__name__ = f"map_{kind.partition('.')[0].replace('-', '_')}"
    answer.__doc__ = f"What describes the CSV: its columns, licence and manifest, as {kind}."
    return answer


for _form in FORMS:
    router.add_api_route(
        f"/map.{_form}",
        _file(_form),
        response_class=Response,
        responses=answers(MEDIA[_form]),
    )
for _kind in DESCRIPTIONS:
    router.add_api_route(
        f"/map.{_kind}",
        _description(_kind),
        response_class=Response,
        responses=answers(
            "application/csvm+json" if _kind.startswith("csv") else "application/json"
        ),
    )


def areas_of(catalogue: Catalogue, drawn: Drawn) -> list[Area]:
    """The areas of a file; countries of the world end with what is unassigned."""
    rest = named(catalogue, drawn, UNASSIGNED) if drawn.whole else []
    return [*drawn.areas, *rest]


def table_of(
    request: Request,
    catalogue: Catalogue,
    drawn: Drawn,
    areas: list[Area],
    asked: Whole,
    layout: Layout,
) -> Table:
    """The table of a file, laid out."""
    where = (asked.parent or WORLD, asked.lvl.value)
    rows = all_rows(catalogue, drawn, areas)
    periods = all_periods([drawn.periods])
    ends = (period_label(*period) for period in (periods[0], periods[-1]))
    label = "..".join(dict.fromkeys(ends))
    about = about_of(
        request,
        catalogue,
        drawn.sheets,
        drawn.stamp,
        name=file_name(drawn.sheets, where, label.replace("/", "--").replace("..", "-")),
        what=what_of(catalogue, drawn, asked, label.replace("..", "–")),
        doubts=doubts_of(drawn.sheets, rows),
        provisional=any(row["status"] == "provisional" for row in rows),
    )
    tidy = Table(about=about, batches=lambda: [rows], total=len(rows))
    return lay_table(tidy, layout, periods, areas=len(areas), variables=len(drawn.sheets))


def all_rows(catalogue: Catalogue, drawn: Drawn, areas: Sequence[Area]) -> list[Row]:
    """The rows of every variable, one below the other."""
    return [row for part in drawn.parts for row in read_rows(catalogue, part, areas)]
