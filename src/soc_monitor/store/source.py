"""Sources: stored arrays that a task reads for itself, chunk by chunk, wherever it runs."""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np

from soc_monitor.errors import ArrayDamaged
from soc_monitor.model import Cube
from soc_monitor.store.chunks import read_chunk
from soc_monitor.store.windows import read_box


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """An array that was made with ``packing``; what a worker elsewhere needs to read it."""

    folder: str
    shape: tuple[int, ...]
    """(y, x) or (time, y, x)."""
    chunks: tuple[int, ...]
    """Of a whole chunk."""
    dtype: np.dtype[Any]
    about: str
    """What it holds, for whoever reads that it is damaged."""

    @property
    def steps(self) -> int:
        """Periods that lie side by side; 1 where there is no time."""
        return self.shape[0] if len(self.shape) == 3 else 1

    @classmethod
    def of(cls, folder: Path, about: str) -> Self:
        """The array in a folder; all its chunks are there.

        Opening it by zarr would cost more than a chunk does.

        Raises:
            ArrayDamaged: it is not there, or chunks are missing.
        """
        try:
            made = json.loads((folder / "zarr.json").read_bytes())
            shape = tuple(made["shape"])
            chunks = tuple(made["chunk_grid"]["configuration"]["chunk_shape"])
            dtype = np.dtype(made["data_type"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ArrayDamaged(f"{about}: {error}") from error
        wanted = int(np.prod([-(-n // c) for n, c in zip(shape, chunks, strict=True)]))
        if sum(len(files) for _, _, files in os.walk(folder / "c")) < wanted:
            raise ArrayDamaged(f"{about}: chunks are missing")
        return cls(folder=str(folder), shape=shape, chunks=chunks, dtype=dtype, about=about)

    def read(self, row: int, column: int) -> np.ndarray[Any, Any]:
        """The chunk at a place of the map, of all periods (time, y, x) or (y, x).

        Raises:
            ArrayDamaged: it is not there, does not have its checksum, or cannot be unpacked.
        """
        at = (*(0 for _ in self.shape[:-2]), row, column)
        try:
            return read_chunk(self.folder, self.shape, self.chunks, self.dtype, block_id=at)
        except (OSError, ValueError, RuntimeError) as error:
            raise ArrayDamaged(f"{self.about}: {error}") from error

    def box(self, rows: slice, columns: slice) -> np.ndarray[Any, Any]:
        """Some rows and columns, of all periods (time, y, x) or (y, x); each chunk is read once.

        Raises:
            ArrayDamaged: as ``read``.
        """
        try:
            found = read_box(Path(self.folder), self.dtype, rows, columns)
        except (OSError, ValueError, KeyError, RuntimeError) as error:
            raise ArrayDamaged(f"{self.about}: {error}") from error
        return np.asarray(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One period of a stored array."""

    source: Source
    step: int | None
    """Its place among the periods that lie side by side; None: it lies alone."""
    cube: Cube
    """What the values mean."""


def read_fields(fields: Sequence[Field], rows: slice, columns: slice) -> list[np.ndarray[Any, Any]]:
    """The values of several fields in a box; an array that several lie in is read once.

    Returns:
        Each (y, x) [its cube's unit], floating; NaN means no data.

    Raises:
        ArrayDamaged: as ``Source.read``.
    """
    boxes = {one.source.folder: one.source for one in fields}
    stored = {folder: source.box(rows, columns) for folder, source in boxes.items()}
    return [
        as_floats(box if one.step is None else box[one.step], one.cube)
        for one in fields
        for box in (stored[one.source.folder],)
    ]


def as_floats(stored: np.ndarray[Any, Any], cube: Cube) -> np.ndarray[Any, Any]:
    """Stored values as what they mean [``cube.unit``]; NaN means no data."""
    kind = float_type(cube)
    values = stored.astype(kind)
    if not np.isnan(cube.fill):
        values[stored == cube.fill] = np.nan
    if cube.scale != 1.0:
        values *= kind.type(cube.scale)
    return values


def float_type(cube: Cube) -> np.dtype[Any]:
    """Of the floats that hold the values of a cube: integers up to 16 bits are exact in float32."""
    stored = np.dtype(cube.dtype)
    small = stored.itemsize <= (4 if stored.kind == "f" else 2)
    return np.dtype(np.float32 if small else np.float64)
