"""Drawing: tiles of a map, and once for all of them what they share."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from soc_monitor.api import places
from soc_monitor.api.ask import Choice
from soc_monitor.api.based import map_numbers, whole_map
from soc_monitor.api.catalogue import Catalogue
from soc_monitor.api.map_since import MapQuestion
from soc_monitor.api.once import once
from soc_monitor.api.periods import Period, address_of
from soc_monitor.api.rows import ends, least
from soc_monitor.indicators import load_indicators
from soc_monitor.maps.doubt import Style, doubt_table, doubt_tile, grid_doubt_tile
from soc_monitor.maps.fill import class_table, fill_tile
from soc_monitor.maps.held import Array
from soc_monitor.maps.sheet import Sheet, find_sheet
from soc_monitor.maps.tiles import grid_tile
from soc_monitor.model import Estimate, Indicator, Level, Release
from soc_monitor.model.series import NORMAL_95, is_doubtful
from soc_monitor.model.state import State
from soc_monitor.model.units import factor

MAPS = 64
"""Maps whose tables are kept."""

Tile = tuple[int, int, int]
"""Zoom, column and row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A map: an indicator of a product for one period, as a release has it."""

    release: Release
    indicator_id: str
    product: str
    period: date
    """Its first day."""
    unit: str
    """Of the areas' numbers in the release."""
    base_year: int | None = None
    """Year that a change is counted from; None: as it is published."""

    @property
    def indicator(self) -> Indicator:
        """What is drawn."""
        return load_indicators()[self.indicator_id]


def drawn(choice: Choice, period: Period) -> Drawn:
    """The map of a choice and a period."""
    return Drawn(
        release=choice.release,
        indicator_id=choice.indicator.id,
        product=choice.product,
        period=period[0],
        unit=choice.found.unit,
        base_year=choice.base_year,
    )


def tile_path(kind: str, choice: Choice, period: Period, level: str, tile: Tile) -> str:
    """Where a tile is, behind ``/tiles/`` and its release.

    Args:
        kind: ``grid``, ``fill``, ``doubt/hatch``, ``doubt/mask``.
        choice: what is drawn.
        period: when.
        level: of areas; ``grid`` for the doubt of cells; empty for cells.
        tile: zoom, column and row.
    """
    parts = (kind, choice.product, choice.indicator.id, address_of(period), level)
    return "/".join((*filter(None, parts), *map(str, tile))) + ".png"


@dataclass(frozen=True, slots=True, eq=False)
class Tables:
    """What is drawn for each label of a level, as label tiles count."""

    classes: Array
    """Its colour."""
    doubts: Array
    """Whether it has a colour, and its number is not certain."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """Draws the tiles of a catalogue's maps."""

    catalogue: Catalogue
    sheet: Callable[[Drawn], Sheet]
    """The slices that a map is made from."""
    tables: Callable[[Drawn, Level], Tables]
    """What is drawn for each label of a level."""

    def grid(self, wanted: Drawn, tile: Tile) -> bytes:
        """The cells of a map, in the colours of their classes.

        Raises:
            UnknownTile: too deep, or outside the world.
            ArrayDamaged: a stored array cannot be read.
        """
        return grid_tile(self.catalogue.store, self.catalogue.arrays, self.sheet(wanted), *tile)

    def fill(self, wanted: Drawn, level: Level, tile: Tile) -> bytes:
        """The areas of a level, in the colours of their classes.

        Raises:
            UnknownTile: too deep, or outside the world.
        """
        outlines = self.catalogue.outlines(wanted.release.boundaries_id, level)
        classes, scale = self.tables(wanted, level).classes, wanted.indicator.scale
        return fill_tile(self.catalogue.labels, outlines, classes, scale, *tile)

    def doubt(self, wanted: Drawn, style: Style, level: Level | None, tile: Tile) -> bytes:
        """What lies over the areas of a level, or over the cells, whose number is not certain.

        Raises:
            UnknownTile: too deep, or outside the world.
            ArrayDamaged: a stored array cannot be read.
        """
        if level is None:
            store, held, sheet = self.catalogue.store, self.catalogue.arrays, self.sheet(wanted)
            signed = least(wanted.indicator) is None
            return grid_doubt_tile(store, held, sheet, style, tile, signed=signed)
        outlines = self.catalogue.outlines(wanted.release.boundaries_id, level)
        doubts = self.tables(wanted, level).doubts
        return doubt_tile(self.catalogue.labels, outlines, doubts, style, tile)


def open_drawing(catalogue: Catalogue) -> Drawing:
    """Draws from a catalogue; nothing is read yet."""

    def sheet(wanted: Drawn) -> Sheet:
        pieces = catalogue.pieces(wanted.release)
        return find_sheet(
            pieces,
            wanted.indicator,
            wanted.product,
            wanted.period,
            base_year=wanted.base_year,
        )

    def tables(wanted: Drawn, level: Level) -> Tables:
        # Colours and doubt come of the same numbers, which are thousands: read once for both.
        numbers = numbers_of(catalogue, wanted, level)
        ratio = factor(wanted.unit, wanted.indicator.unit)
        values = {
            code: number.value * ratio
            for code, number in numbers.items()
            if number.value is not None and _is_coloured(number)
        }
        outlines = catalogue.outlines(wanted.release.boundaries_id, level)
        return Tables(
            class_table(outlines, values, wanted.indicator.scale),
            doubt_table(outlines, doubtful(wanted, numbers)),
        )

    return Drawing(catalogue, once(MAPS, sheet), once(MAPS, tables))


def doubtful(wanted: Drawn, numbers: Mapping[str, Estimate]) -> set[str]:
    """The areas whose number is coloured, and not certain; of a range nothing is known."""
    if wanted.indicator.most is not None:
        return set()
    indicator = wanted.indicator
    found = set()
    for code, number in numbers.items():
        # An interval that came with the number, of a change say, is not made from its error.
        low, high = number.lower_95, number.upper_95
        if low is None or high is None:
            low, high = ends(indicator, number.value, number.std_error, NORMAL_95)
        doubt = is_doubtful(number.value, low, high, signed=least(indicator) is None)
        if doubt and _is_coloured(number):
            found.add(code)
    return found


def _is_coloured(number: Estimate) -> bool:
    """Whether a map has a colour for it: that of a change not assessable would be its state."""
    return number.stands_for_area and number.state is not State.NOT_ASSESSABLE


def numbers_of(catalogue: Catalogue, wanted: Drawn, level: Level) -> Mapping[str, Estimate]:
    """The numbers of the areas of a level, as a map of them has them."""
    return map_numbers(catalogue, question_at(catalogue, wanted, level))


def question_at(catalogue: Catalogue, wanted: Drawn, level: Level) -> MapQuestion:
    """What is asked of the areas of a level: the same as for a map of all of them."""
    known = catalogue.places(wanted.release.boundaries_id)
    codes = () if wanted.base_year is None else whole_map(known, places.pick(known, level, None))
    return MapQuestion(
        release=wanted.release,
        indicator_id=wanted.indicator_id,
        product=wanted.product,
        period=wanted.period,
        base_year=wanted.base_year,
        codes=codes,
    )
