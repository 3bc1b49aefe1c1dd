"""STAC: the published slices as a catalogue that programs walk by themselves, version 1.1.

Static: an address of a release gives the same document for ever, and links are relative, so that
the whole of it may be copied elsewhere.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from typing import Any
from urllib.parse import urlencode

import pystac

from soc_monitor.api.desk import CELLS_AT_ONCE
from soc_monitor.api.periods import address_of
from soc_monitor.indicators import load_indicators
from soc_monitor.model import Cube, Grid, Release, Slice
from soc_monitor.model.period import period_label
from soc_monitor.store.sources import Source

TITLE = "soc-monitor: published maps"
ABOUT = "Gridded soil organic carbon and what it is computed from, release by release."
_JSON = "application/json"
_GEOJSON = "application/geo+json"


def root(releases: Sequence[Release]) -> dict[str, Any]:
    """The catalogue of all releases, the newest first."""
    made = pystac.Catalog(id="soc-monitor", title=TITLE, description=ABOUT)
    children = [("child", f"./{one.name}/catalog.json", one.name, _JSON) for one in releases]
    return _linked(made, [("root", "./catalog.json", TITLE, _JSON), *children])


def catalog(release: Release, pieces: Sequence[Slice]) -> dict[str, Any]:
    """The catalogue of one release: a collection for each cube."""
    made = pystac.Catalog(
        id=f"soc-monitor-{release.name}",
        title=f"soc-monitor, release {release.name}",
        description=ABOUT,
    )
    cubes = sorted({piece.cube.id for piece in pieces})
    children = [("child", f"./{cube}/collection.json", cube, _JSON) for cube in cubes]
    up = [("root", "../catalog.json", TITLE, _JSON), ("parent", "../catalog.json", TITLE, _JSON)]
    return _linked(made, [*up, *children])


def collection(
    release: Release, pieces: Sequence[Slice], sources: Mapping[str, Source]
) -> dict[str, Any]:
    """One cube: where its cells lie, and each of its periods.

    Args:
        release: they are part of.
        pieces: the slices of one cube, one or more.
        sources: by product.
    """
    cube = pieces[0].cube
    source = sources.get(cube.product)
    first, last = min(p.period for p in pieces), max(p.period_end for p in pieces)
    made = pystac.Collection(
        id=cube.id,
        title=f"{cube.product}: {cube.variable}",
        description=_about(cube, source),
        license="other",
        extent=pystac.Extent(
            pystac.SpatialExtent([_box(cube.grid)]),
            pystac.TemporalExtent([[_instant(first), _instant(last, end=True)]]),
        ),
        keywords=["soil organic carbon", cube.product, cube.variable],
        providers=[pystac.Provider(name="soc-monitor", roles=[pystac.ProviderRole.PROCESSOR])],
        extra_fields={
            "sci:citation": source.citation if source else "",
            "soc:licence": source.licence if source else "",
        },
    )
    items = [
        ("item", f"./{address_of((p.period, p.period_end))}.json", _label(p), _GEOJSON)
        for p in pieces
    ]
    licence = []
    if source is not None and source.link.startswith("https://"):
        licence.append(("license", source.link, source.licence, "text/html"))
    parent = f"soc-monitor, release {release.name}"
    up = [
        ("root", "../../catalog.json", TITLE, _JSON),
        ("parent", "../catalog.json", parent, _JSON),
    ]
    return _linked(made, [*up, *licence, *items])


def item(release: Release, piece: Slice, *, drawn: bool) -> dict[str, Any]:
    """One period of one cube.

    Args:
        release: it is part of.
        piece: the slice.
        drawn: there are tiles of it: an indicator hands it on.
    """
    cube = piece.cube
    box = _box(cube.grid)
    west, south, east, north = box
    when = address_of((piece.period, piece.period_end))
    made = pystac.Item(
        id=f"{cube.id}.{when}",
        geometry={
            "type": "Polygon",
            "coordinates": [
                [[west, south], [east, south], [east, north], [west, north], [west, south]]
            ],
        },
        bbox=box,
        datetime=None,
        start_datetime=_instant(piece.period),
        end_datetime=_instant(piece.period_end, end=True),
        collection=cube.id,
        properties={
            "title": f"{cube.product}: {cube.variable}, {_label(piece)}",
            "created": release.published_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "license": "other",
            "soc:unit": cube.unit,
            "soc:data_class": cube.data_class.value,
            "soc:version": piece.version,
            "soc:checksum_sha256": piece.checksum,
            "soc:valid_cells": piece.valid_cells,
            "soc:provisional": piece.provisional,
            "soc:shape": [cube.grid.ny, cube.grid.nx],
        },
    )
    for key, asset in _assets(release, piece, when).items() if drawn else ():
        made.add_asset(key, asset)
    up = [
        ("root", "../../catalog.json", TITLE, _JSON),
        ("parent", "./collection.json", cube.id, _JSON),
        ("collection", "./collection.json", cube.id, _JSON),
    ]
    return _linked(made, up)


def drawn_as(cube: Cube) -> str | None:
    """The indicator whose map is this cube itself, cell by cell; None: there is none."""
    for one in load_indicators().values():
        cells = one.compute is not None and one.over_area == "mean"
        if cells and one.inputs == (cube.variable,):
            return one.id
    return None


def _assets(release: Release, piece: Slice, when: str) -> dict[str, pystac.Asset]:
    where = f"{piece.cube.product}/{drawn_as(piece.cube)}/{when}"
    place = f"../../../tiles/{release.name}/grid/{where}"
    cube = piece.cube
    keys = {"rel": release.name, "src": cube.product, "t": when, "v": drawn_as(cube)}
    made = cube.grid.nx * cube.grid.ny <= CELLS_AT_ONCE
    return {
        "data": pystac.Asset(
            f"../../../api/v1/grid.tif?{urlencode(keys)}",
            title="Cells of the world",
            description=None if made else "Made on request: 202 and where to ask until it is there",
            media_type=pystac.MediaType.COG,
            roles=["data"],
        ),
        "thumbnail": pystac.Asset(
            f"{place}/0/0/0.png", title="Overview", media_type="image/png", roles=["thumbnail"]
        ),
        "tiles": pystac.Asset(
            f"{place}/tile.json", title="TileJSON", media_type=_JSON, roles=["tiles"]
        ),
    }


def _linked(made: pystac.STACObject, links: Sequence[tuple[str, str, str, str]]) -> dict[str, Any]:
    """The document, with the links as they are written here: relative."""
    document: dict[str, Any] = made.to_dict(include_self_link=False, transform_hrefs=False)
    document["links"] = [
        {"rel": rel, "href": href, "type": kind, "title": title} for rel, href, title, kind in links
    ]
    return document


def _about(cube: Cube, source: Source | None) -> str:
    titled = (source.title.get("en") if source else "") or cube.product
    return f"{titled}: {cube.variable} [{cube.unit}]."


def _label(piece: Slice) -> str:
    return period_label(piece.period, piece.period_end)


def _box(grid: Grid) -> list[float]:
    return [grid.west, grid.south, grid.east, grid.north]


def _instant(day: date, *, end: bool = False) -> datetime:
    return datetime.combine(day, time(23, 59, 59) if end else time(), UTC)
