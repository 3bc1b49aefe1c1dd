"""Decode: stored values as numbers."""

import numpy as np

from soc_monitor.maps.held import Array
from soc_monitor.model import Cube


def decode(raw: Array, cube: Cube) -> Array:
    """Stored values as numbers [the cube's unit]; NaN means no data."""
    # Integers up to 16 bits are exact in float32, and so are read everywhere else.
    small = np.dtype(cube.dtype).kind != "f" and np.dtype(cube.dtype).itemsize <= 2
    kind = np.float32 if small else np.float64
    values = np.where(raw == cube.fill, kind("nan"), raw.astype(kind))
    return values if cube.scale == 1.0 else values * kind(cube.scale)
