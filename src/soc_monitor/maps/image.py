"""Image: class numbers to a palette PNG."""

import io

import numpy as np
from PIL import Image

from soc_monitor.maps.held import Array
from soc_monitor.model.scale import NO_DATA, Scale


def classify(values: Array, scale: Scale, missing: int) -> Array:
    """The class of every value; ``missing`` where there is none.

    Args:
        values: (any dims) [the scale's unit]; NaN means no data.

    Example:
        >>> scale = Scale(breaks=(20.0, 30.0), colours=("#ffffff", "#aaaaaa", "#000000"))
        >>> classify(np.array([20.0, np.nan, 5.0]), scale, 9).tolist()
        [1, 9, 0]
    """
    classes = np.searchsorted(np.array(scale.breaks), values, side="right")
    return np.where(np.isnan(values), missing, classes).astype(np.uint8)


def no_data(scale: Scale) -> int:
    """Number of the flat grey for areas without an estimate."""
    return len(scale.colours)


def clear(scale: Scale) -> int:
    """Number of the transparent colour."""
    return len(scale.colours) + 1


def png(classes: Array, scale: Scale) -> bytes:
    """A PNG of class numbers (y, x), with the colours of the scale."""
    colours = (*scale.colours, NO_DATA, "#000000")
    image = Image.frombytes("P", classes.shape[::-1], np.ascontiguousarray(classes).tobytes())
    image.putpalette(b"".join(bytes.fromhex(colour[1:]) for colour in colours))
    alpha = b"\xff" * (len(colours) - 1) + b"\x00"
    buffer = io.BytesIO()
    image.save(buffer, "PNG", transparency=alpha, compress_level=1)
    return buffer.getvalue()
