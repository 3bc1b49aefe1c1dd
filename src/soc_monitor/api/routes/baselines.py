"""``/baselines``: an area by climate, soil and land use, as impact tools ask for it."""

from typing import TYPE_CHECKING, Annotated, Any

import shapely
from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel

from soc_monitor.api import ask
from soc_monitor.api.answers import Stamp, as_json, as_table, not_modified
from soc_monitor.api.catalogue import catalogue_of
from soc_monitor.errors import BadValue, UnknownArea
from soc_monitor.model import Release
from soc_monitor.store.places import area_shape

if TYPE_CHECKING:
    from soc_monitor.maps.baselines import Stratum

router = APIRouter(tags=["numbers"])

METHOD = "IPCC Tier-1 default, 2010 land cover, no soil map"
SOURCE = (
    "IPCC (2019) Refinement, Vol. 4: climate by Annex 3A.5, stocks by Table 2.3, factors by Table "
    "5.5; ESA CCI Land Cover 2010; ITU-R P.1510 and P.837 normals"
)
_CLIMATE = {
    "polar": ("Polar", "Moist"),
    "boreal": ("Boreal", "Moist"),
    "tropical_montane": ("Tropical Montane", "Moist"),
}
"""Climates that the Guidelines do not part by moisture: their one row is the moist one."""
_SOIL = {"HAC": "HAC Soils", "LAC": "LAC Soils"}
_USE = {
    "cropland": ("Cropland", "Annual crops"),
    "cropland_perennial": ("Cropland", "Perennial crops"),
    "paddy": ("Cropland", "Paddy rice"),
    "forest": ("Forest land", "Forest"),
    "grassland": ("Grassland", "Grassland"),
    "shrub": ("Grassland", "Shrubland"),
    "sparse": ("Other land", "Sparse vegetation"),
    "wetland": ("Wetlands", "Flooded woods, shrub or herbs"),
    "artificial": ("Settlements", "Artificial surfaces"),
    "bare": ("Other land", "Bare land"),
    "water": ("Wetlands", "Water"),
    "ice": ("Other land", "Ice and snow"),
}
"""Land uses as the IPCC's six categories, and what they are in plain words."""
COLUMNS = (
    "area_id",
    "area_name",
    "climate",
    "moisture",
    "ipcc_climate",
    "soil",
    "soil_basis",
    "land_use_category",
    "land_use",
    "area_ha",
    "share",
    "soc_t_ha",
    "soc_std_error_t_ha",
    "soc_total_t",
    "estimated_ha",
    "depth_top_cm",
    "depth_bottom_cm",
    "data_class",
    "method",
    "source",
    "release",
)


class BaselineAsk(BaseModel):
    """Keys of a baseline."""

    area: Annotated[str, Query(max_length=40, description="Id of one area", examples=["FRA"])]
    rel: ask.Rel = "latest"
    labels: ask.Lang = "en"


class TableAsk(BaselineAsk):
    """Keys of a table."""

    bom: ask.Bom = "0"


class BaselineRow(BaseModel):
    """A part of an area: one climate, one soil, one land use."""

    area_id: str
    area_name: str
    climate: str
    moisture: str
    ipcc_climate: str
    soil: str
    soil_basis: str
    land_use_category: str
    land_use: str
    area_ha: float
    share: float
    soc_t_ha: float | None
    soc_std_error_t_ha: float | None
    soc_total_t: float | None
    estimated_ha: float
    depth_top_cm: int
    depth_bottom_cm: int
    data_class: str
    method: str
    source: str
    release: str


class BaselineMeta(BaseModel):
    """Of which area, and how much of it."""

    release: str
    area_id: str
    total: int
    area_ha: float
    links: dict[str, str]


class BaselineBody(BaseModel):
    """An area by climate, soil and land use."""

    meta: BaselineMeta
    data: list[BaselineRow]


def _stamp(request: Request, asked: BaselineAsk, **more: str) -> tuple[Release, Stamp]:
    release = ask.find_release(catalogue_of(request), asked.rel)
    keys = {"area": asked.area, "labels": asked.labels, **more}
    return release, ask.stamp_of(request, release, asked.rel, keys)


def _rows(request: Request, asked: BaselineAsk, release: Release) -> list[dict[str, Any]]:
    from soc_monitor.maps.baselines import baseline  # noqa: PLC0415  # the engine

    catalogue = catalogue_of(request)
    known = catalogue.places(release.boundaries_id)
    area = known.by_code.get(asked.area)
    if area is None:
        raise UnknownArea(f"no area {asked.area!r}")
    shape = area_shape(catalogue.store, release.boundaries_id, area.code)
    if shape is None:
        raise BadValue(
            f"area: {asked.area} has no outline of its own",
            hint="Ask for a region, a country or a part of one",
        )
    parts = baseline(
        catalogue.store, catalogue.pieces(release), shapely.from_wkb(shape), catalogue.arrays
    )
    name = area.name(ask.language(asked.labels))
    return [_row(asked.area, name, one, release) for one in parts]


def _row(area_id: str, name: str, one: "Stratum", release: Release) -> dict[str, Any]:
    climate, moisture = _CLIMATE.get(one.climate, ("", ""))
    if not climate:
        head, _, last = one.climate.rpartition("_")
        climate, moisture = (head or last).replace("_", " ").title(), last.title() if head else ""
    category, use = _USE.get(one.land_use, ("Unknown", "Unknown"))
    return {
        "area_id": area_id,
        "area_name": name,
        "climate": climate,
        "moisture": moisture,
        "ipcc_climate": one.climate,
        "soil": _SOIL.get(one.soil, "Unknown"),
        "soil_basis": "assumed",
        "land_use_category": category,
        "land_use": use,
        "area_ha": round(one.area_ha, 1),
        "share": round(one.share, 6),
        "soc_t_ha": None if one.stock is None else round(one.stock, 3),
        "soc_std_error_t_ha": None if one.std_error is None else round(one.std_error, 3),
        "soc_total_t": None if one.total is None else round(one.total, 0),
        "estimated_ha": round(one.estimated_ha, 1),
        "depth_top_cm": 0,
        "depth_bottom_cm": 30,
        "data_class": "inferred",
        "method": METHOD,
        "source": SOURCE,
        "release": release.name,
    }


@router.get("/baselines.json", response_model=BaselineBody)
def baselines_json(request: Request, asked: Annotated[BaselineAsk, Query()]) -> Response:
    """An area by climate, soil and land use, with its carbon: where EX-ACT and CBP begin."""
    release, stamp = _stamp(request, asked)
    same = not_modified(request, stamp)
    if same is not None:
        return same
    rows = _rows(request, asked, release)
    meta = {
        "release": release.name,
        "area_id": asked.area,
        "total": len(rows),
        "area_ha": round(sum(row["area_ha"] for row in rows), 1),
        "links": {"pinned": stamp.location, "csv": stamp.form("csv")},
    }
    return as_json({"meta": meta, "data": rows}, stamp)


@router.get(
    "/baselines.csv", response_class=Response, responses={200: {"content": {"text/csv": {}}}}
)
def baselines_csv(request: Request, asked: Annotated[TableAsk, Query()]) -> Response:
    """The same as a table."""
    bom = asked.bom == "1"
    release, stamp = _stamp(request, asked, bom="1" if bom else "")
    same = not_modified(request, stamp)
    if same is not None:
        return same
    rows = _rows(request, asked, release)
    name = f"baseline_{asked.area}_r{release.name}"
    return as_table(COLUMNS, rows, stamp, name=name, bom=bom)
