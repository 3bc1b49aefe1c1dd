"""Chunks are packed by zarr and unpacked here."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import zarr
from hypothesis import given, settings
from hypothesis import strategies as st

from soc_monitor.store.chunks import BLOCK, CHUNK, FINE_BLOCK, lazy, packing, read_chunk


def made(folder: Path, values: np.ndarray[Any, Any], chunks: tuple[int, ...] | None = None) -> Any:
    """An array on disk."""
    how = packing(values.shape)
    if chunks is not None:
        how["chunks"] = chunks
    array = zarr.create_array(
        str(folder),
        shape=values.shape,
        dtype=values.dtype,
        fill_value=0,
        overwrite=True,
        config={"write_empty_chunks": True},
        **how,
    )
    array[:] = values
    return array


@settings(deadline=None, max_examples=30)
@given(
    steps=st.integers(0, 5), ny=st.integers(1, 9), nx=st.integers(1, 9), edge=st.integers(1, 9),
    dtype=st.sampled_from(["uint8", "int16", "float32", "float64"]),
)  # fmt: skip
def test_what_zarr_wrote_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, steps: int, ny: int, nx: int, edge: int, dtype: str
) -> None:
    folder = tmp_path_factory.mktemp("array")
    shape = (steps, ny, nx) if steps else (ny, nx)
    values = np.arange(np.prod(shape)).reshape(shape).astype(dtype)
    chunks = (*shape[:-2], min(edge, ny), min(edge, nx))
    array = made(folder, values, chunks)
    found = lazy(folder, array).compute(scheduler="synchronous")
    assert found.dtype == values.dtype
    assert np.array_equal(found, values)


def test_the_periods_of_a_cell_lie_side_by_side(tmp_path: Path) -> None:
    values = np.random.default_rng(1).integers(0, 99, (12, 20, 30)).astype(np.int16)
    made(tmp_path, values)
    block = read_chunk(str(tmp_path), (12, 20, 30), (12, 20, 30), values.dtype, block_id=(0, 0, 0))
    assert np.array_equal(block, values)
    assert np.moveaxis(block, 0, -1).flags.c_contiguous


def test_chunks_suit_what_is_read() -> None:
    assert packing((21600, 43200))["chunks"] == (CHUNK, CHUNK)
    assert packing((12, 720, 1440))["chunks"] == (12, BLOCK, BLOCK)
    assert packing((20, 3600, 7200))["chunks"] == (20, FINE_BLOCK, FINE_BLOCK)


def test_a_chunk_that_was_changed_or_cut_off_is_refused(tmp_path: Path) -> None:
    array = made(tmp_path, np.arange(600, dtype=np.int16).reshape(20, 30))
    chunk = tmp_path / "c" / "0" / "0"
    whole = chunk.read_bytes()
    for damaged in (whole[:-9], whole[:20] + b"\x00" + whole[21:], b"", whole[:3]):
        chunk.write_bytes(damaged)
        with pytest.raises((ValueError, RuntimeError)):
            lazy(tmp_path, array).compute()
    chunk.unlink()
    with pytest.raises(FileNotFoundError):
        lazy(tmp_path, array).compute()
