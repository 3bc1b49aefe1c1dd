"""Tiles of a grid: the cells as they are, the nearest one for each pixel."""

from soc_monitor.maps.held import Held
from soc_monitor.maps.image import classify, clear, png
from soc_monitor.maps.mercator import check_tile, pixel_centres
from soc_monitor.maps.sheet import Sheet, cell_scale, sample
from soc_monitor.store.store import Store


def grid_tile(store: Store, held: Held, sheet: Sheet, z: int, x: int, y: int) -> bytes:
    """A PNG of 256 x 256 pixels in Web Mercator; transparent where there is no data.

    Raises:
        UnknownTile: too deep, or outside the world.
        ArrayDamaged: a stored array cannot be read.
    """
    check_tile(z, x, y)
    scale = cell_scale(sheet.indicator)
    lons, lats = pixel_centres(z, x, y)
    values = sample(store, held, sheet, lons, lats)
    return png(classify(values, scale, clear(scale)), scale)
