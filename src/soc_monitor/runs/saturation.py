"""Saturation: how much carbon the fine particles of a soil could still hold, as a range."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Final

import numpy as np

from soc_monitor.model import Computation, Cube, DataClass, Run, Slice
from soc_monitor.nowcast import saturation as fine
from soc_monitor.runs.derived import Derived, derive, write_cells
from soc_monitor.runs.nowcast_ground import Box, Floats, uses
from soc_monitor.runs.nowcast_months import window
from soc_monitor.runs.progress import Progress, silent
from soc_monitor.runs.soil_layers import DENSITY, STONES, Soil, find_soil
from soc_monitor.store import read_inputs
from soc_monitor.store.intake import NewSlice
from soc_monitor.store.store import Store

GAP: Final = "soc_gap_saturation_0_30cm"
ENDS: Final = (GAP, "soc_gap_saturation_least_0_30cm", "soc_gap_saturation_most_0_30cm")
"""The middle, and the ends of the range."""

VERSION: Final = "saturation-1"
"""Another version makes everything anew."""

PRODUCT = Computation(
    id="saturation",
    title={
        "en": "Saturation: what fine particles could hold",
        "fr": "Saturation : ce que les particules fines pourraient retenir",
        "es": "Saturación: lo que las partículas finas podrían retener",
    },
    licence="CC-BY-4.0",
    citation="soc-monitor, from the map of the soil that it is made of, with the line of Hassink "
    "(1997), Plant and Soil 191, 77–87.",
    link="https://doi.org/10.1023/A:1004213929699",
    notes={
        "en": "What clay and fine silt could hold more than they do, by one line for all mineral "
        "soils. A range: from 0.7 to 0.9 of the silt and clay below 20 µm, and ten "
        "percentage points of all carbon more or less in fine particles; the error of the line and "
        "of the map are not in it. A stock with an end, no rate; it is not added to the debt.",
        "fr": "Ce que l’argile et le limon fin pourraient retenir de plus, selon une même droite "
        "pour tous les sols minéraux. Une fourchette : de 0,7 à 0,9 de l’argile et du limon sous "
        "20 µm, et dix points de pourcentage de tout le carbone en plus ou en moins dans les "
        "particules fines ; l’erreur de la droite et celle de la carte n’y sont pas. Un stock qui "
        "a une fin, pas un rythme ; il ne s’ajoute pas à la dette.",
        "es": "Lo que la arcilla y el limo fino podrían retener de más, según una misma recta para "
        "todos los suelos minerales. Un rango: de 0,7 a 0,9 de la arcilla y el limo por debajo de "
        "20 µm, y diez puntos porcentuales de todo el carbono más o menos en partículas finas; "
        "no incluye el error de la recta ni el del mapa. Una reserva con final, no un ritmo; no "
        "se suma a la deuda.",
    },
)
LACKING = (
    (
        "soil",
        {
            "en": " No map of soil classes is connected: soils of volcanic ash are not left out.",
            "fr": " Aucune carte des classes de sols n’est connectée : les sols de cendres "
            "volcaniques ne sont pas exclus.",
            "es": " No hay mapa de clases de suelo conectado: no se excluyen los suelos de ceniza "
            "volcánica.",
        },
    ),
    (
        STONES,
        {
            "en": " Stones are not known, and not taken off.",
            "fr": " La part de cailloux n’est pas connue, ni déduite.",
            "es": " No se conoce la parte de piedras, ni se descuenta.",
        },
    ),
)
"""What is said where something is not there."""


def saturation(store: Store, due_at: datetime, *, report: Progress = silent) -> Run | None:
    """Make the maps, when what they are made of is newer.

    Returns:
        The run as it ended; None: no product has the stock with clay, silt and density by layers,
        or there is no land cover, and so no run.
    """
    return derive(store, DERIVED, due_at, report)


def gather(pieces: Iterable[Slice]) -> Soil | None:
    """What it is made of; None: something that is needed is not there."""
    found = find_soil(pieces, ("clay", "silt", DENSITY), (STONES,), ("soil", "cover"))
    whole = found is not None and found.stock is not None and "cover" in found.classes
    return found if whole else None


def _told(store: Store, soil: Soil) -> Computation:
    notes = dict(PRODUCT.notes)
    for name, words in LACKING:
        if name not in soil.classes and name not in soil.parts:
            notes = {code: text + words[code] for code, text in notes.items()}
    licences = {one.feed_id: one.licence for one in read_inputs.inputs_status(store)}
    licence = licences.get(soil.like.cube.product, "") or PRODUCT.licence
    return replace(PRODUCT, notes=notes, licence=licence)


def _make(store: Store, soil: Soil, report: Progress) -> tuple[list[NewSlice], str]:
    def make(box: Box) -> tuple[Floats, ...]:
        return gaps(store, soil, box)

    span = (soil.like.period, soil.like.period_end)
    made = write_cells(store, _cubes(soil.like), span, soil, make, report)
    detail = "" if "soil" in soil.classes else "no map of soil classes"
    return made, detail


def _cubes(like: Slice) -> list[Cube]:
    return [
        Cube(
            product=PRODUCT.id,
            variable=name,
            unit="t ha-1",
            freq=like.cube.freq,
            grid=like.cube.grid,
            data_class=DataClass.INFERRED,
        )
        for name in ENDS
    ]


def gaps(store: Store, soil: Soil, box: Box) -> tuple[Floats, ...]:
    """The middle and the ends of a block (y, x) [t ha-1]."""
    mass, cover = soil.mass(store, box), soil.known(store, "cover", box)
    assert mass is not None  # as ``gather`` has it
    assert cover is not None
    assert soil.stock is not None
    stock = window(store, soil.stock, soil.grid, box)
    fines = soil.layers(store, "clay", box) + soil.layers(store, "silt", box)
    told = fine.applies(stock, soil.known(store, "soil", box))
    use = uses(cover)
    every = (fine.gap(fines, mass, stock, use, how) for how in (fine.MIDDLE, fine.LEAST, fine.MOST))
    return tuple(np.where(told, one, np.nan) for one in every)


DERIVED: Final = Derived(id=PRODUCT.id, version=VERSION, gather=gather, tell=_told, make=_make)
