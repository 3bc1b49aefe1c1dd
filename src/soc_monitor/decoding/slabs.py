"""Variables of a file on a grid, as the decoders of both NetCDF formats hand them on."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Dimension:
    """A dimension with its coordinate: values and what is said of them; None: it has none."""

    size: int
    values: Any
    attributes: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable of a file, as a decoder found it."""

    dimensions: tuple[Dimension, ...]
    dtype: Any
    attributes: dict[str, Any]
    read: Callable[[tuple[int, ...], int, int], Any]
    """(index of each leading dimension, first row, end) -> rows of the last two dimensions."""
    block_rows: int
    """Rows that a stored block has."""
