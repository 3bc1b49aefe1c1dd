"""Arrays: pixels in Zarr v3, written once, flushed to disk, with a checksum on every chunk."""

import hashlib
import os
import shutil
import time
import uuid
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
import zarr
from zarr.codecs import BloscCodec, Crc32cCodec

from soc_monitor.errors import ArrayDamaged, is_full
from soc_monitor.model import Cube, Slice
from soc_monitor.store.chunks import lazy, packing
from soc_monitor.store.source import Field, Source, as_floats, float_type
from soc_monitor.store.store import Store
from soc_monitor.store.windows import read_box

LEFT_S = 86_400
"""Age from which an array without a row is left over from a run that died."""

Index = slice | np.ndarray[Any, Any]


def create(store: Store, cube: Cube, period: date, *, steps: int = 0) -> tuple[str, Any]:
    """A new, empty array for one period of a cube, at a path that was never used.

    Args:
        store: where.
        cube: what.
        period: the first day, of the first period if there are several.
        steps: how many periods lie in it side by side; 0: it is one period.

    Returns:
        The path inside the arrays folder, and the array (y, x) or (time, y, x) to fill.
    """
    path = f"{cube.id}/{period.isoformat()}/{uuid.uuid4().hex}"
    shape = (steps, *cube.grid.shape) if steps else cube.grid.shape
    array = zarr.create_array(
        str(store.arrays / path),
        shape=shape,
        dtype=cube.dtype,
        fill_value=cube.fill,
        **packing(shape),
        # A chunk that is not there must mean damage, never "all missing".
        config={"write_empty_chunks": True},
        attributes={"unit": cube.unit, "scale": cube.scale, "grid": cube.grid.id},
    )
    return path, array


def discard(store: Store, path: str) -> None:
    """Remove an array that was never committed."""
    shutil.rmtree(store.arrays / path, ignore_errors=True)


def sweep(store: Store, product: str, known: Collection[str]) -> list[str]:
    """Remove the arrays of a product that died before their row was written.

    Called under the product's lease: nobody else writes its arrays.

    Args:
        known: paths that have a row.

    Returns:
        The paths removed.
    """
    young = time.time() - LEFT_S
    left = [
        path
        for folder in store.arrays.glob(f"{product}.*/*/*")
        if folder.stat().st_mtime < young
        and (path := folder.relative_to(store.arrays).as_posix()) not in known
    ]
    for path in left:
        discard(store, path)
    return left


@contextmanager
def reading(pieces: Sequence[Slice]) -> Iterator[None]:
    """Around what reads slices lazily: an error of a chunk is told with the slices it may be in.

    Raises:
        ArrayDamaged: a chunk is not there or does not have its checksum.
    """
    try:
        yield
    except (OSError, ValueError, RuntimeError) as error:
        if is_full(error):
            raise
        where = ", ".join(f"{piece.cube.id} {piece.period}" for piece in pieces)
        raise ArrayDamaged(f"{where}: {error}") from error


def seal(store: Store, path: str) -> str:
    """Flush an array's files and folders to disk, and take their checksum.

    Returns:
        SHA-256 over the names and contents of the files, in order of name.
    """
    root = store.arrays / path
    for folder in [root, *(p for p in root.rglob("*") if p.is_dir())]:
        _flush(folder)
    return checksum(store, path, flush=True)


def checksum(store: Store, path: str, *, flush: bool = False) -> str:
    """SHA-256 over the names and contents of an array's files.

    Raises:
        ArrayDamaged: the array is not there.
    """
    root = store.arrays / path
    digest = hashlib.sha256()
    files = sorted(p for p in root.rglob("*") if p.is_file())
    if not files:
        msg = f"no array at {path}"
        raise ArrayDamaged(msg)
    for file in files:
        if flush:
            _flush(file)
        digest.update(file.relative_to(root).as_posix().encode() + b"\0")
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    if flush:
        for folder in (*root.parents,):
            _flush(folder)
            if folder == store.arrays:
                break
    return digest.hexdigest()


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def open_raw(store: Store, piece: Slice) -> Any:
    """The stored values of a slice, lazily.

    Returns:
        (y, x) in the cube's dtype; ``cube.fill`` means no data.

    Raises:
        ArrayDamaged: files of the array are missing.
    """
    raw = lazy(store.arrays / piece.path, _open(store, piece))
    return raw if piece.step is None else raw[piece.step]


def source(store: Store, piece: Slice) -> Source:
    """The array of a slice and of those that lie beside it, to be read chunk by chunk.

    Raises:
        ArrayDamaged: files of the array are missing.
    """
    return Source.of(store.arrays / piece.path, f"{piece.cube.id} {piece.period}")


def stored_field(store: Store, piece: Slice) -> Field:
    """A slice as a field, to be read box by box.

    Raises:
        ArrayDamaged: files of the array are missing.
    """
    return Field(source=source(store, piece), step=piece.step, cube=piece.cube)


def _open(store: Store, piece: Slice) -> Any:
    """The array of a slice; all its chunks are there."""
    try:
        array = zarr.open_array(str(store.arrays / piece.path), mode="r")
    except (FileNotFoundError, ValueError, KeyError) as error:
        raise ArrayDamaged(f"{piece.cube.id} {piece.period}: {error}") from error
    if array.nchunks_initialized != array.nchunks:
        raise ArrayDamaged(f"{piece.cube.id} {piece.period}: chunks are missing")
    return array


def open_slice(store: Store, piece: Slice) -> xr.DataArray:
    """The values of a slice, lazily.

    Returns:
        (y, x) [``cube.unit``], floating; NaN means no data.

    Raises:
        ArrayDamaged: files of the array are missing.
    """
    raw, kind = open_raw(store, piece), float_type(piece.cube)
    values = raw.map_blocks(as_floats, piece.cube, dtype=kind, meta=np.empty((0, 0), kind))
    return xr.DataArray(values, dims=("y", "x"), attrs={"unit": piece.cube.unit})


def read_window(
    store: Store, piece: Slice, rows: Index = slice(None), cols: Index = slice(None)
) -> np.ndarray[Any, Any]:
    """The stored values of some rows and columns of a slice, read now.

    Args:
        rows, cols: a slice, or the numbers of rows and of columns, each on its own axis.

    Returns:
        (y, x) in the cube's dtype; ``cube.fill`` means no data.

    Raises:
        ArrayDamaged: files of the array are missing or do not have their checksum.
    """
    try:
        array = _open(store, piece)
        where = (rows, cols) if piece.step is None else (piece.step, rows, cols)
        return np.asarray(array.oindex[where])
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        raise ArrayDamaged(f"{piece.cube.id} {piece.period}: {error}") from error


def read_path(store: Store, path: str, rows: slice = slice(None)) -> np.ndarray[Any, Any]:
    """The values of an array that has no row yet, as they were written (y, x)."""
    return np.asarray(zarr.open_array(str(store.arrays / path), mode="r")[rows])


def read_block(store: Store, piece: Slice, rows: slice, cols: slice) -> np.ndarray[Any, Any]:
    """The stored values of a box of a slice and of those that lie beside it, read now.

    Returns:
        (time, y, x) in the cube's dtype, ``piece.step`` the place of the slice; a slice that lies
        alone is a block of one.

    Raises:
        ArrayDamaged: files of the array are missing or do not have their checksum.
    """
    try:
        box = read_box(store.arrays / piece.path, np.dtype(piece.cube.dtype), rows, cols)
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        raise ArrayDamaged(f"{piece.cube.id} {piece.period}: {error}") from error
    return np.asarray(box[None] if piece.step is None else box)


def save_group(store: Store, path: str, tables: Mapping[str, np.ndarray[Any, Any]]) -> None:
    """Keep some one-dimensional arrays under a path that names their content.

    They are whole or not there: a path that exists is never written again.
    """
    target = store.arrays / path
    if target.exists():
        return
    draft = f"{path}.{uuid.uuid4().hex}"
    group = zarr.create_group(str(store.arrays / draft))
    for name, table in tables.items():
        made = group.create_array(
            name,
            shape=table.shape,
            dtype=table.dtype,
            chunks=(max(1, min(len(table), 1 << 20)),),
            compressors=[BloscCodec(cname="zstd", clevel=5, shuffle="shuffle"), Crc32cCodec()],
            config={"write_empty_chunks": True},
        )
        made[:] = table
    # Its name must never stand for files that a power cut has emptied.
    seal(store, draft)
    try:
        (store.arrays / draft).rename(target)
    except OSError:
        discard(store, draft)
        if not target.exists():
            raise


def load_group(folder: Path, path: str) -> dict[str, np.ndarray[Any, Any]] | None:
    """What ``save_group`` kept; None: nothing is there.

    Args:
        folder: of the arrays: all that a worker elsewhere has of a store.
        path: as it was saved.

    Raises:
        ArrayDamaged: it is there and cannot be read.
    """
    target = folder / path
    if not target.exists():
        return None
    try:
        group = zarr.open_group(str(target), mode="r")
        tables = dict(group.arrays())
        if any(table.nchunks_initialized != table.nchunks for table in tables.values()):
            raise ArrayDamaged(f"{path}: chunks are missing")
        return {name: np.asarray(table[:]) for name, table in tables.items()}
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        raise ArrayDamaged(f"{path}: {error}") from error
