"""Chunks: how arrays are cut, packed and unpacked.

One period is cut in squares that suit maps and passes over the world. A block of periods is
stored with its periods side by side, so that one look-up of a cell serves all of them: cheaper to
sum, a fifth smaller, and the series of a place is in one chunk. All chunks are packed by zstd
after the bytes of a number are parted, and carry a checksum.

Chunks are unpacked here and not by zarr: its reader costs more than what is done with the cells
(measured: twice the time of the unpacking itself).
"""

import importlib
from pathlib import Path
from typing import Any, Final

import google_crc32c
import numpy as np
from numcodecs import blosc
from zarr.codecs import BloscCodec, Crc32cCodec, TransposeCodec

CHUNK: Final = 1080
"""Rows and columns of a chunk of one period: a tile of the map reads a few, the world dozens."""
BLOCK: Final = 360
"""Rows and columns of a chunk of a block of periods on a coarse grid."""
FINE_BLOCK: Final = 600
"""The same where a row of the grid has more than 5 000 cells."""

_CHECKSUM: Final = 4


def packing(shape: tuple[int, ...]) -> dict[str, Any]:
    """What zarr is told when an array (y, x) or (time, y, x) is made.

    Args:
        shape: of the array.

    Returns:
        Chunks, filters and compressors.

    Example:
        >>> packing((12, 720, 1440))["chunks"], packing((90, 180))["chunks"]
        ((12, 360, 360), (90, 180))
    """
    several = len(shape) == 3
    fine = FINE_BLOCK if shape[-1] > 5000 else BLOCK
    edge = fine if several else CHUNK
    return {
        "chunks": (*shape[:-2], *(min(edge, size) for size in shape[-2:])),
        "filters": [TransposeCodec(order=(1, 2, 0))] if several else [],
        "compressors": [BloscCodec(cname="zstd", clevel=5, shuffle="shuffle"), Crc32cCodec()],
    }


def read_chunk(
    folder: str,
    shape: tuple[int, ...],
    chunks: tuple[int, ...],
    dtype: np.dtype[Any],
    *,
    block_id: tuple[int, ...],
) -> np.ndarray[Any, Any]:
    """One chunk of an array that was made with ``packing``.

    Args:
        folder: of the array.
        shape: of the array.
        chunks: of a whole chunk.
        dtype: of the stored values.
        block_id: place of the chunk.

    Returns:
        Its values, (time, y, x) with the periods side by side in memory, or (y, x).

    Raises:
        OSError: it is not there.
        ValueError, RuntimeError: it does not have its checksum, or cannot be unpacked.
    """
    packed = Path(folder, "c", *map(str, block_id)).read_bytes()
    body, checksum = memoryview(packed)[:-_CHECKSUM], packed[-_CHECKSUM:]
    if google_crc32c.value(bytes(body)) != int.from_bytes(checksum, "little"):
        raise ValueError(f"chunk {block_id}: the checksum does not match")
    several = len(chunks) == 3
    values = np.empty((*chunks[1:], chunks[0]) if several else chunks, dtype)
    blosc.decompress(body, values)
    if several:
        values = np.moveaxis(values, -1, 0)
    there = (size - at * chunk for size, at, chunk in zip(shape, block_id, chunks, strict=True))
    return values[tuple(slice(min(n, c)) for n, c in zip(there, chunks, strict=True))]


def lazy(folder: Path, array: Any) -> Any:
    """An array as a dask array, chunk by chunk: a chunk is the unit of work and of memory.

    Args:
        folder: of the array.
        array: as zarr opened it, for its shape, chunks and type.

    Returns:
        (y, x) or (time, y, x), nothing read.
    """
    # A second to load, and a site that draws maps does without; it ships no types.
    da: Any = importlib.import_module("dask.array")
    return da.map_blocks(
        read_chunk,
        str(folder),
        array.shape,
        array.chunks,
        array.dtype,
        chunks=da.core.normalize_chunks(array.chunks, array.shape),
        dtype=array.dtype,
        meta=np.empty((0,) * array.ndim, array.dtype),
    )
