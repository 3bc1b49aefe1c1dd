"""Soil structure: carbon over clay of every cell, its class, and where the limits say nothing."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Final

import numpy as np

from soc_monitor.model import Computation, Cube, DataClass, Run, Slice
from soc_monitor.nowcast import soil_structure as structure
from soc_monitor.runs.derived import Derived, derive, write_cells
from soc_monitor.runs.nowcast_ground import Box, Floats
from soc_monitor.runs.nowcast_months import window
from soc_monitor.runs.progress import Progress, silent
from soc_monitor.runs.soil_layers import DENSITY, STONES, Soil, find_soil, thickness
from soc_monitor.store import read_inputs
from soc_monitor.store.intake import NewSlice
from soc_monitor.store.store import Store

RATIO: Final = "soc_clay_ratio_0_30cm"
CLASS: Final = "soc_clay_class_0_30cm"
CHANCES: Final = tuple(
    f"soc_clay_{name}_expected_0_30cm" for name in ("degraded", "moderate", "good", "very_good")
)
"""How likely a place is of each class, and what is expected of the land of an area [%]."""
PARTS: Final = ("soc_content", "clay")
ENDS: Final = tuple(f"{part}_{end}" for part in PARTS for end in ("q05", "q95"))
"""Their quantiles, by layers."""

VERSION: Final = "structure-4"
"""Another version makes everything anew."""

PRODUCT = Computation(
    id="soil_structure",
    title={
        "en": "Soil structure: carbon for the clay",
        "fr": "Structure du sol : le carbone pour l’argile",
        "es": "Estructura del suelo: carbono para la arcilla",
    },
    licence="CC-BY-4.0",
    citation="soc-monitor, from the map of carbon and clay that it is made of, with the limits of "
    "Johannes et al. (2017) and Prout et al. (2021).",
    link="https://doi.org/10.1111/ejss.13012",
    notes={
        "en": "The limits are of temperate mineral soils: they are not applied to organic soils or "
        "to clay below 5 or above 60 %.",
        "fr": "Les limites sont celles de sols minéraux tempérés : elles ne s’appliquent ni aux "
        "sols organiques, ni sous 5 ou au-dessus de 60 % d’argile.",
        "es": "Los límites son de suelos minerales templados: no se aplican a suelos orgánicos ni "
        "a arcilla por debajo del 5 o por encima del 60 %.",
    },
)
CLIMATES = (
    {
        "en": " Nor to dry climates and land whose climate is not known.",
        "fr": " Ni aux climats secs et aux terres dont le climat n’est pas connu.",
        "es": " Ni a climas secos y tierras cuyo clima no se conoce.",
    },
    {
        "en": " No map of climate classes is connected: dry climates are judged like others.",
        "fr": " Aucune carte des classes de climat n’est connectée : les climats secs sont jugés "
        "comme les autres.",
        "es": " No hay mapa de clases de clima conectado: los climas secos se juzgan como los "
        "demás.",
    },
)
SOILS = (
    {
        "en": " Nor to soils of volcanic ash and strongly weathered soils of the tropics.",
        "fr": " Ni aux sols de cendres volcaniques et aux sols tropicaux très altérés.",
        "es": " Ni a suelos de ceniza volcánica y suelos tropicales muy meteorizados.",
    },
    {
        "en": " No map of soil classes is connected: soils of volcanic ash and strongly weathered "
        "soils of the tropics are judged like others.",
        "fr": " Aucune carte des classes de sols n’est connectée : les sols de cendres volcaniques "
        "et les sols tropicaux très altérés sont jugés comme les autres.",
        "es": " No hay mapa de clases de suelo conectado: los suelos de ceniza volcánica y los "
        "tropicales muy meteorizados se juzgan como los demás.",
    },
)
"""With a map of these classes, and without one."""
QUANTILES = (
    {
        "en": " How likely each class is follows from the quantiles of carbon and clay.",
        "fr": " La probabilité de chaque classe vient des quantiles du carbone et de l’argile.",
        "es": " La probabilidad de cada clase viene de los cuantiles del carbono y de la arcilla.",
    },
    {
        "en": " No quantiles of carbon and clay are connected: how likely each class is cannot be "
        "told.",
        "fr": " Aucun quantile du carbone et de l’argile n’est connecté : la probabilité de chaque "
        "classe ne peut être donnée.",
        "es": " No hay cuantiles del carbono y de la arcilla conectados: no puede darse la "
        "probabilidad de cada clase.",
    },
)
"""With them, and without."""
ONE_MAP = {
    "en": " Carbon and clay are of one map, so that their errors go together.",
    "fr": " Carbone et argile viennent d’une même carte ; leurs erreurs vont ensemble.",
    "es": " Carbono y arcilla son de un mismo mapa, así que sus errores van juntos.",
}


def soil_structure(store: Store, due_at: datetime, *, report: Progress = silent) -> Run | None:
    """Make the maps, when what they are made of is newer.

    Returns:
        The run as it ended; None: no product has carbon and clay by layers, and so no run.
    """
    return derive(store, DERIVED, due_at, report)


def gather(pieces: Iterable[Slice]) -> Soil | None:
    """What it is made of; None: something that is needed is not there."""
    return find_soil(pieces, PARTS, (DENSITY, STONES, *ENDS), ("climate", "soil"))


def _is_told(soil: Soil) -> bool:
    """Whether it is known how uncertain carbon and clay are."""
    return set(ENDS) <= set(soil.parts)


def _told(store: Store, soil: Soil) -> Computation:
    licences = {one.feed_id: one.licence for one in read_inputs.inputs_status(store)}
    climates = CLIMATES["climate" not in soil.classes]
    groups = SOILS["soil" not in soil.classes]
    chances = QUANTILES[not _is_told(soil)]
    notes = {
        code: text + climates[code] + groups[code] + ONE_MAP[code] + chances[code]
        for code, text in PRODUCT.notes.items()
    }
    licence = licences.get(soil.like.cube.product, "") or PRODUCT.licence
    return replace(PRODUCT, notes=notes, licence=licence)


def _make(store: Store, soil: Soil, report: Progress) -> tuple[list[NewSlice], str]:
    def make(box: Box) -> tuple[Floats, ...]:
        return judge(store, soil, box)

    span = (soil.like.period, soil.like.period_end)
    made = write_cells(store, _cubes(soil), span, soil, make, report)
    missing = [name for name in ("climate", "soil") if name not in soil.classes]
    lacks = [f"no map of {name} classes" for name in missing]
    lacks += [] if _is_told(soil) else ["no quantiles of carbon and clay"]
    return made, ", ".join(lacks)


def _cubes(soil: Soil) -> list[Cube]:
    like = soil.like
    ratio = Cube(
        product=PRODUCT.id,
        variable=RATIO,
        unit="%",
        freq=like.cube.freq,
        grid=like.cube.grid,
        data_class=DataClass.INFERRED,
    )
    of_class = replace(
        ratio, variable=CLASS, unit="1", dtype="uint8", fill=255, classes=structure.CLASSES
    )
    names = [name for one in CHANCES for name in (one, f"{one}_sd")] if _is_told(soil) else []
    return [ratio, of_class, *(replace(ratio, variable=name) for name in names)]


def judge(store: Store, soil: Soil, box: Box) -> tuple[Floats, ...]:
    """Maps of a block, in the order of their cubes.

    Returns:
        Carbon over clay where the limits apply (y, x) [%], and its class (y, x); where quantiles
        are known, of each class how likely it is (y, x) [%], and how far the share of a cell that
        is of it is from that (y, x) [%].
    """
    carbon, clay = (soil.layers(store, name, box) for name in PARTS)
    mass = soil.mass(store, box)
    mass = np.broadcast_to(thickness(), carbon.shape) if mass is None else mass
    # Where the density of a layer is not known the thickness stands for all of them.
    mass = np.where(np.isfinite(mass).all(axis=0), mass, thickness())
    found = structure.ratio(carbon, clay, mass)
    means = [(part * mass).sum(axis=0) / mass.sum(axis=0) for part in (carbon, clay)]
    told = structure.applies(
        means[0],
        means[1],
        None if soil.stock is None else window(store, soil.stock, soil.grid, box),
        soil.near(store, "climate", box, structure.NEAR),
        soil.known(store, "soil", box),
    )
    ratio = np.where(told, found, np.nan)
    maps = (ratio, structure.classes(found, told))
    if not _is_told(soil):
        return maps
    lows, highs = (
        [soil.layers(store, f"{name}_{end}", box) for name in PARTS] for end in ("q05", "q95")
    )
    middles = [structure.middle(low, high) for low, high in zip(lows, highs, strict=True)]
    of_carbon, of_clay = (
        structure.spread(content, low, high, mass)
        for content, low, high in zip(middles, lows, highs, strict=True)
    )
    halfway = np.where(told, structure.ratio(middles[0], middles[1], mass), np.nan)
    likely = structure.chances(halfway, of_carbon, of_clay)
    # A place is of a class or is not: the error of a share of 0 or 1 that is told as a chance.
    errors = np.sqrt(np.maximum(likely * (100 - likely), 0))
    return (*maps, *(one for pair in zip(likely, errors, strict=True) for one in pair))


DERIVED: Final = Derived(id=PRODUCT.id, version=VERSION, gather=gather, tell=_told, make=_make)
