"""Bands on disk: what every raster decoder gives back, and how it writes its cells."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

Pick = tuple[str, int]
"""A variable (empty in a GeoTIFF) and the number of its band, from 1."""


def write(target: Path, shape: tuple[int, int], dtype: Any, pieces: Iterable[Any]) -> None:
    """Pieces of rows as one ``.npy``, from the first row on.

    Written piece by piece, not mapped: a map would count against the memory bound.
    """
    kind = np.dtype(dtype)
    header = {"descr": kind.newbyteorder("<").str, "fortran_order": False, "shape": shape}
    with target.open("wb") as out:
        np.lib.format.write_array_header_2_0(out, header)
        for piece in pieces:
            out.write(np.ascontiguousarray(piece, kind.newbyteorder("<")).tobytes())


def rows_at_once(width: int, itemsize: int, least: int = 1) -> int:
    """Rows of about 8 MiB together, a whole number of ``least``.

    Example:
        >>> rows_at_once(1440, 4, 256)
        1280
    """
    least = max(1, least)
    return max(least, (8 * 1024**2 // max(1, width * itemsize)) // least * least)


def number(value: Any) -> str | None:
    """A number as text, for JSON has no NaN; None stays None."""
    return None if value is None else repr(float(value))
