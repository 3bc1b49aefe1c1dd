"""Step: what a held slice would change, as three pictures: before, after, and the difference."""

import io

import numpy as np
from PIL import Image

from soc_monitor.maps.held import Array
from soc_monitor.model.scale import LOSS_TO_GAIN, NO_DATA, SOIL

PICTURES = ("before", "after", "change")


def read(values: bytes, rows: int, columns: int) -> Array:
    """What was kept of a hold.

    Returns:
        (before and after, y, x) [unit of the cube]; NaN means no data.
    """
    return np.frombuffer(values, "<f4").reshape(2, rows, columns)


def breaks(both: Array, picture: str) -> list[float]:
    """The limits of the classes of a picture: of both states together, or around no change.

    Args:
        both: (before and after, y, x); NaN means no data.
        picture: ``before``, ``after`` or ``change``.

    Returns:
        Ascending limits, one less than there are colours [unit of the cube].

    Example:
        >>> breaks(np.array([[[0.0, 7.0]], [[0.0, 14.0]]]), "change")
        [-5.44, -3.89, -2.33, -0.778, 0.778, 2.33, 3.89, 5.44]
    """
    if picture == "change":
        steps = np.abs(both[1] - both[0])
        most = float(np.nanmax(steps)) if np.isfinite(steps).any() else 0.0
        return [float(f"{x:.3g}") for x in np.linspace(-1, 1, 10)[1:-1] * (most or 1.0)]
    if not np.isfinite(both).any():
        return [float(n) for n in range(1, len(SOIL))]
    low, high = (float(x) for x in np.nanpercentile(both, [2, 98]))
    high = high if high > low else low + 1.0
    return [float(f"{x:.3g}") for x in np.linspace(low, high, len(SOIL) + 1)[1:-1]]


def draw(both: Array, picture: str) -> bytes:
    """One of the pictures, a PNG with a pixel for each cell.

    Args:
        both: (before and after, y, x); NaN means no data.
        picture: ``before``, ``after`` or ``change``.
    """
    assert picture in PICTURES
    values = both[1] - both[0] if picture == "change" else both[PICTURES.index(picture)]
    colours = LOSS_TO_GAIN if picture == "change" else SOIL
    classes = np.searchsorted(np.array(breaks(both, picture)), values, side="right")
    classes = np.where(np.isnan(values), len(colours), classes).astype(np.uint8)
    image = Image.frombytes("P", classes.shape[::-1], classes.tobytes())
    image.putpalette(b"".join(bytes.fromhex(colour[1:]) for colour in (*colours, NO_DATA)))
    buffer = io.BytesIO()
    image.save(buffer, "PNG", compress_level=6)
    return buffer.getvalue()


def summary(both: Array) -> dict[str, float | int | None]:
    """What a picture shows, in numbers: cells that have a value, and the middle of each state.

    Example:
        >>> summary(np.array([[[1.0, np.nan]], [[2.0, 4.0]]]))
        {'before': 1.0, 'after': 3.0, 'cells_before': 1, 'cells_after': 2, 'changed': 1}
    """
    found: dict[str, float | int | None] = {}
    for name, values in zip(("before", "after"), both, strict=True):
        found[name] = float(np.nanmedian(values)) if np.isfinite(values).any() else None
    for name, values in zip(("cells_before", "cells_after"), both, strict=True):
        found[name] = int(np.isfinite(values).sum())
    found["changed"] = int((np.abs(both[1] - both[0]) > 0).sum())
    return found
