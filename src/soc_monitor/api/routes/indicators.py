"""``/indicators`` and ``/products``: what there is, and who has it."""

import inspect
import math
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel

from soc_monitor.api import ask
from soc_monitor.api.answers import Stamp, as_json, not_modified
from soc_monitor.api.based import years_of
from soc_monitor.api.bodies.catalogue import IndicatorsBody, ProductsBody
from soc_monitor.api.catalogue import Catalogue, catalogue_of
from soc_monitor.api.meta import product_body
from soc_monitor.api.units import ascii_unit, choose_unit
from soc_monitor.indicators import load_indicators
from soc_monitor.maps.sheet import cell_scale
from soc_monitor.model import Indicator, Release
from soc_monitor.model.period import period_label
from soc_monitor.model.scale import NO_DATA, Scale
from soc_monitor.model.typeset import in_language
from soc_monitor.model.units import factor
from soc_monitor.store.read import Available
from soc_monitor.store.sources import Source

router = APIRouter(tags=["catalogue"])


class ListAsk(BaseModel):
    """Keys of a list."""

    rel: ask.Rel = "latest"
    labels: ask.Lang = "en"


@router.get("/indicators", response_model=IndicatorsBody)
def list_indicators(request: Request, asked: Annotated[ListAsk, Query()]) -> Response:
    """Every indicator, with its units, its classes and the products that have it."""
    catalogue = catalogue_of(request)
    release = ask.find_release(catalogue, asked.rel)
    stamp = ask.stamp_of(request, release, asked.rel, {"labels": asked.labels})
    same = not_modified(request, stamp)
    if same is not None:
        return same
    sources = catalogue.sources(release)
    available = catalogue.available(release)
    lang = ask.language(asked.labels)
    data = [
        _indicator(indicator, available, sources, lang) for indicator in load_indicators().values()
    ]
    return as_json({"meta": _meta(release, stamp, len(data)), "data": data}, stamp)


@router.get("/products", response_model=ProductsBody)
def list_products(request: Request, asked: Annotated[ListAsk, Query()]) -> Response:
    """Every product of a release, what it has, and the feeds it rests on."""
    catalogue = catalogue_of(request)
    release = ask.find_release(catalogue, asked.rel)
    stamp = ask.stamp_of(request, release, asked.rel, {"labels": asked.labels})
    same = not_modified(request, stamp)
    if same is not None:
        return same
    sources = catalogue.sources(release)
    lang = ask.language(asked.labels)
    names = sorted({offer.product for offer in catalogue.available(release)})
    data = [_product(catalogue, release, name, sources, lang) for name in names]
    return as_json({"meta": _meta(release, stamp, len(data)), "data": data}, stamp)


def _meta(release: Release, stamp: Stamp, total: int) -> dict[str, Any]:
    return {
        "release": release.name,
        "boundaries_id": release.boundaries_id,
        "total": total,
        "links": {"pinned": stamp.location},
    }


def _indicator(
    indicator: Indicator, available: list[Available], sources: Mapping[str, Source], lang: str
) -> dict[str, Any]:
    offers = ask.offers_of(available, indicator)
    cell_unit = indicator.cell_unit or indicator.unit
    own = ascii_unit(indicator, indicator.unit)
    return {
        "id": indicator.id,
        "v": indicator.alias[0],
        "d": indicator.alias[1],
        "title": in_language(indicator.title, lang),
        "titles": indicator.title,
        "help": in_language(indicator.help, lang),
        "helps": indicator.help,
        "group": indicator.group,
        "statistic": indicator.over_area,
        "unit": own,
        "cell_unit": ascii_unit(indicator, cell_unit),
        "unit_keys": list(indicator.units),
        "units": [_unit(indicator, key) for key in indicator.units],
        "precision": indicator.precision,
        "source": indicator.source,
        "method": _method(indicator),
        "inputs": list(indicator.inputs),
        "usual": _usual(indicator.usual),
        "scale": _scale(indicator.scale, own),
        "cells": indicator.compute is not None,
        "cell_scale": _scale(cell_scale(indicator), ascii_unit(indicator, cell_unit)),
        "products": [
            _offer(offer, sources, lang, recommended=number == 0)
            | {"base_years": years_of(available, indicator, offer.product)}
            for number, offer in enumerate(offers)
        ],
    }


def _usual(ends: tuple[float, float] | None) -> dict[str, float | None] | None:
    """An open end, which no number of JSON can tell, is none."""
    if ends is None:
        return None
    lowest, highest = (end if math.isfinite(end) else None for end in ends)
    return {"lowest": lowest, "highest": highest}


def _method(indicator: Indicator) -> str:
    """What the docstring of the formula says, without its example."""
    return inspect.cleandoc(indicator.method).partition("Example:")[0].strip()


def _unit(indicator: Indicator, key: str) -> dict[str, Any]:
    shown = choose_unit(indicator, key)
    return {"key": key, "unit": shown.text, "factor": factor(indicator.unit, shown.unit)}


def _scale(scale: Scale, unit: str) -> dict[str, Any]:
    return {
        "breaks": list(scale.breaks),
        "colours": list(scale.colours),
        "no_data": NO_DATA,
        "unit": unit,
    }


def _offer(
    offer: Available, sources: Mapping[str, Source], lang: str, *, recommended: bool
) -> dict[str, Any]:
    source = sources.get(offer.product)
    periods = [period_label(*period) for period in offer.periods]
    return {
        "product_id": offer.product,
        "title": in_language(source.title, lang) if source else offer.product,
        "data_class": offer.data_class.value,
        "periods": periods,
        "provisional": [period_label(*one) for one in sorted(offer.provisional)],
        "latest": periods[-1],
        "recommended": recommended,
    }


def _product(
    catalogue: Catalogue, release: Release, name: str, sources: Mapping[str, Source], lang: str
) -> dict[str, Any]:
    feeds = catalogue.feeds_of(release, name)
    available = catalogue.available(release)
    return {
        **product_body(name, sources.get(name), lang, feeds),
        "indicators": sorted({o.indicator for o in available if o.product == name}),
        "sources": [_source(sources[feed], lang) for feed in feeds if feed in sources],
    }


def _source(source: Source, lang: str) -> dict[str, str]:
    return {
        "id": source.id,
        "title": in_language(source.title, lang),
        "licence": source.licence,
        "citation": source.citation,
        "link": source.link,
        "notes": in_language(source.notes, lang),
    }
