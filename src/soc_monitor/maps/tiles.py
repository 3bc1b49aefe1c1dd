"""Tiles of a grid: the nearest cell for each pixel; of many in a pixel, the mean."""

from soc_monitor.maps.held import Held
from soc_monitor.maps.image import classify, clear, png
from soc_monitor.maps.runs import runs_of
from soc_monitor.maps.sheet import Sheet, cell_scale, sample
from soc_monitor.store.store import Store


def grid_tile(store: Store, held: Held, sheet: Sheet, z: int, x: int, y: int) -> bytes:
    """A PNG of 256 x 256 pixels in Web Mercator; transparent where there is no data.

    Raises:
        UnknownTile: too deep, or outside the world.
        ArrayDamaged: a stored array cannot be read.
    """
    scale, runs = cell_scale(sheet.indicator), runs_of(sheet, z, x, y)
    values = sample(store, held, sheet, runs.lons, runs.lats, runs.pixel)
    return png(runs.spread(classify(values, scale, clear(scale))), scale)
