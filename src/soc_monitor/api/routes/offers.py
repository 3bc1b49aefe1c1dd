"""``/grids`` and ``/limits``: which maps can be had cell by cell, and how much one may ask for."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from soc_monitor.api import ask
from soc_monitor.api.answers import LATEST_HOLDS, as_json, dump, not_modified
from soc_monitor.api.bodies.files import GridsBody, LimitsBody
from soc_monitor.api.catalogue import catalogue_of
from soc_monitor.api.desk import AT_ONCE, CELLS_AT_ONCE
from soc_monitor.api.door import LONGEST_URL
from soc_monitor.api.limits import WINDOW_S, WITH_KEY, policies
from soc_monitor.api.periods import address_of
from soc_monitor.api.routes.grid import cells_read
from soc_monitor.api.routes.indicators import ListAsk
from soc_monitor.errors import UnknownPeriod, UnknownProduct
from soc_monitor.exports.table import MOST_ROWS
from soc_monitor.indicators import find_indicator
from soc_monitor.maps.sheet import find_sheet
from soc_monitor.store.exports import KEPT
from soc_monitor.store.read import Available

router = APIRouter(tags=["catalogue"])

BYTES = 4
"""Of a cell in a file: a 32-bit number, before it is packed."""


@router.get("/grids", response_model=GridsBody)
def list_grids(request: Request, asked: Annotated[ListAsk, Query()]) -> Response:
    """Every map of a release that can be had cell by cell, with its grid and its periods."""
    catalogue = catalogue_of(request)
    release = ask.find_release(catalogue, asked.rel)
    stamp = ask.stamp_of(request, release, asked.rel, {"labels": asked.labels})
    same = not_modified(request, stamp)
    if same is not None:
        return same
    pieces = catalogue.pieces(release)
    found = (_grid(pieces, offer, release.name) for offer in catalogue.available(release))
    data = [one for one in found if one is not None]
    meta = {"release": release.name, "total": len(data), "links": {"pinned": stamp.location}}
    return as_json({"meta": meta, "data": data}, stamp)


def _grid(pieces: Any, offer: Available, release: str) -> dict[str, Any] | None:
    """None: what is computed over areas alone, or has no cells any more."""
    indicator = find_indicator(offer.indicator)
    try:
        sheet = find_sheet(pieces, indicator, offer.product, offer.periods[-1][0])
    except (UnknownProduct, UnknownPeriod):
        return None
    grid = sheet.inputs[0].cube.grid
    keys = f"v={indicator.id}&src={offer.product}&rel={release}"
    cells = grid.nx * grid.ny
    return {
        "indicator": indicator.id,
        "product_id": offer.product,
        "periods": [address_of(period) for period in offer.periods],
        "nx": grid.nx,
        "ny": grid.ny,
        "resolution_deg": round(grid.dx, 8),
        "box": [grid.west, grid.south, grid.east, grid.north],
        "cells": cells,
        "bytes": cells * BYTES * (1 if sheet.cell_errors is None else 2),
        "at_once": cells_read(sheet, cells) <= CELLS_AT_ONCE,
        "links": {form: f"/api/v1/grid.{form}?{keys}" for form in ("tif", "nc")},
    }


@router.get("/limits", response_model=LimitsBody, tags=["service"])
def get_limits(request: Request) -> Response:
    """How much one reader may ask for, as it is set here and now."""
    per_minute: int = request.app.state.requests_per_minute
    body = {
        "window_s": WINDOW_S,
        "requests": {one.name: one.quota for one in policies(per_minute).values()},
        "requests_with_key": {
            one.name: one.quota for one in policies(WITH_KEY * per_minute).values()
        },
        "longest_address_bytes": LONGEST_URL,
        "most_areas": ask.MOST_AREAS,
        "page_rows": 10_000,
        "rows_at_once": AT_ONCE,
        "cells_at_once": CELLS_AT_ONCE,
        "most_rows": MOST_ROWS,
        "exports_kept_days": KEPT.days,
    }
    headers = {"Cache-Control": LATEST_HOLDS}
    return Response(dump(body), media_type="application/json", headers=headers)
