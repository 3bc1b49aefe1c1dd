"""Sources: stored arrays that a task reads for itself, chunk by chunk, wherever it runs."""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np

from soc_monitor.errors import ArrayDamaged
from soc_monitor.store.chunks import read_chunk


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
