"""Arrays: written once, flushed before their row, and never a number from a damaged chunk."""

import os
import shutil
import subprocess
import sys
import time
import uuid
from pathlib import Path

import numpy as np
import pytest

from soc_monitor.errors import ArrayDamaged
from soc_monitor.model import Cube, DataClass, Freq, Grid, Slice
from soc_monitor.runs.verify import verify
from soc_monitor.store import arrays, intake, read_slices
from soc_monitor.store.store import Store

from .conftest import PERIODS, Hand


@pytest.fixture
def piece(hand: Hand) -> Slice:
    """A slice with values 0 to 31, in its store."""
    cube = hand.cube()
    path, array = arrays.create(hand.store, cube, PERIODS[0])
    array[:] = np.arange(32, dtype=np.float32).reshape(4, 8)
    new = intake.NewSlice(
        cube=cube,
        period=PERIODS[0],
        period_end=PERIODS[0],
        path=path,
        checksum=arrays.seal(hand.store, path),
        valid_cells=32,
        median=None,
    )
    with hand.run() as run:
        intake.add_slices(hand.store, run, [new], hand.item())
    return read_slices.newest_slices(hand.store)[0]


def chunk(store: Store, piece: Slice) -> Path:
    (file,) = (p for p in (store.arrays / piece.path).rglob("*") if p.parent.name == "0")
    return file


def test_what_is_written_is_read_again(store: Store, piece: Slice) -> None:
    expected = np.arange(32).reshape(4, 8)
    assert (arrays.open_slice(store, piece).to_numpy() == expected).all()
    window = arrays.read_window(store, piece, np.array([3, 0]), slice(2, 4))
    assert window.tolist() == [[26.0, 27.0], [2.0, 3.0]]
    assert list(verify(store)) == []


def test_what_is_written_is_what_we_declare(store: Store, piece: Slice) -> None:
    opened = arrays.open_slice(store, piece)
    assert opened.dims == ("y", "x")
    assert opened.attrs == {"unit": "t ha-1"}


def test_integers_are_read_with_their_scale_and_their_fill_as_nan(tmp_path: Path) -> None:
    store = Store(None, tmp_path)  # type: ignore[arg-type]  # no database is asked
    cube = Cube(
        product="p", variable="v", unit="degC", freq=Freq.STATIC, grid=Grid(nx=2, ny=2),
        data_class=DataClass.MODELLED, dtype="int16", scale=0.1, fill=-32768,
    )  # fmt: skip
    path, array = arrays.create(store, cube, PERIODS[0])
    array[:] = np.array([[-32768, 215], [-5, 0]], np.int16)
    piece = as_slice(cube, path)
    found = arrays.open_slice(store, piece)
    assert found.dtype == np.float32
    np.testing.assert_array_equal(
        found.to_numpy(), np.array([[np.nan, 21.5], [-0.5, 0.0]], np.float32)
    )
    assert arrays.open_raw(store, piece).compute().tolist() == [[-32768, 215], [-5, 0]]


def as_slice(cube: Cube, path: str) -> Slice:
    return Slice(
        id=uuid.uuid4(), cube=cube, period=PERIODS[0], period_end=PERIODS[0], version=1,
        path=path, checksum="", run_id=uuid.uuid4(), valid_cells=0,
    )  # fmt: skip


def test_an_array_has_a_path_that_was_never_used(hand: Hand) -> None:
    paths = {hand.piece(hand.cube(), PERIODS[0]).path for _ in range(20)}
    assert len(paths) == 20


def test_any_flipped_bit_of_a_chunk_is_an_error_and_never_a_number(
    store: Store, piece: Slice
) -> None:
    file = chunk(store, piece)
    whole = file.read_bytes()
    for bit in np.random.default_rng(7).choice(8 * len(whole), 60, replace=False).tolist():
        damaged = bytearray(whole)
        damaged[bit // 8] ^= 1 << bit % 8
        file.write_bytes(damaged)
        with pytest.raises(ArrayDamaged, match=r"made_up\.soc_stock_0_30cm 2000-01-01"):
            arrays.read_window(store, piece)
        with (
            pytest.raises(ArrayDamaged, match=r"made_up\.soc_stock_0_30cm 2000-01-01"),
            arrays.reading([piece]),
        ):
            arrays.open_slice(store, piece).compute()
    file.write_bytes(whole)
    assert arrays.read_window(store, piece).sum() == 31 * 16


def test_verify_names_every_slice_that_has_changed(hand: Hand, piece: Slice) -> None:
    file = chunk(hand.store, piece)
    file.write_bytes(file.read_bytes()[:-1] + b"x")
    hand.slice(PERIODS[1])
    assert list(verify(hand.store)) == [
        "made_up.soc_stock_0_30cm 2000-01-01 v1: its files have changed since they were written"
    ]
    shutil.rmtree(hand.store.arrays / piece.path)
    (line,) = verify(hand.store)
    assert "no array at" in line


def test_a_chunk_cut_short_is_an_error(store: Store, piece: Slice) -> None:
    file = chunk(store, piece)
    whole = file.read_bytes()
    for length in range(0, len(whole), 5):
        file.write_bytes(whole[:length])
        with pytest.raises(ArrayDamaged):
            arrays.read_window(store, piece)


def test_a_missing_chunk_is_an_error_and_not_missing_data(store: Store, piece: Slice) -> None:
    chunk(store, piece).unlink()
    for look in (arrays.open_raw, arrays.open_slice, arrays.read_window):
        with pytest.raises(ArrayDamaged, match="chunks are missing"):
            look(store, piece)


def test_a_chunk_of_no_data_is_written_all_the_same(hand: Hand) -> None:
    new = hand.piece(hand.cube(), PERIODS[0], float("nan"))
    found = arrays.read_window(hand.store, as_slice(new.cube, new.path))
    assert np.isnan(found).all()


def test_a_missing_array_is_an_error(store: Store, piece: Slice) -> None:
    shutil.rmtree(store.arrays / piece.path)
    for look in (arrays.open_raw, arrays.read_window):
        with pytest.raises(ArrayDamaged):
            look(store, piece)


def test_the_checksum_covers_names_and_contents(hand: Hand) -> None:
    new = hand.piece(hand.cube(), PERIODS[0])
    root = hand.store.arrays / new.path
    assert arrays.checksum(hand.store, new.path) == new.checksum
    (root / "stray").touch()
    assert arrays.checksum(hand.store, new.path) != new.checksum
    (root / "stray").unlink()
    assert arrays.checksum(hand.store, new.path) == new.checksum
    arrays.discard(hand.store, new.path)
    assert not root.exists()
    with pytest.raises(ArrayDamaged, match="no array"):
        arrays.checksum(hand.store, new.path)
    arrays.discard(hand.store, new.path)  # Again is no error.


def test_every_file_and_folder_is_flushed_files_before_the_folders_above(
    hand: Hand, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, array = arrays.create(hand.store, hand.cube(), PERIODS[0])
    array[:] = 1
    flushed: list[Path] = []
    real = os.fsync

    def note(handle: int) -> None:
        flushed.append(Path(f"/proc/self/fd/{handle}").readlink())
        real(handle)

    monkeypatch.setattr(os, "fsync", note)
    arrays.seal(hand.store, path)
    root = (hand.store.arrays / path).resolve()
    assert {root, *root.rglob("*")} <= set(flushed)
    # The names of the array itself, its period and its cube hang on the folders above.
    above = [root.parent, root.parent.parent, hand.store.arrays.resolve()]
    assert flushed[-3:] == above
    last_file = max(flushed.index(p) for p in root.rglob("*") if p.is_file())
    assert last_file < flushed.index(root.parent)


def test_arrays_left_by_a_run_that_died_are_removed_after_a_day(hand: Hand, piece: Slice) -> None:
    store = hand.store
    old, young = (hand.piece(hand.cube(), PERIODS[0]).path for _ in range(2))
    other = f"other.v/2000-01-01/{old.rpartition('/')[2]}"
    shutil.copytree(store.arrays / old, store.arrays / other)
    day_ago = time.time() - 86_500
    for path in (old, other, piece.path):
        os.utime(store.arrays / path, (day_ago, day_ago))
    assert intake.clear_leftovers(store, "made_up") == [old]
    assert not (store.arrays / old).exists()
    for path in (young, other, piece.path):
        assert (store.arrays / path).exists()
    assert list(verify(store)) == []


TABLES: dict[str, np.ndarray] = {
    "a": np.arange(1000, dtype=np.int64),
    "b": np.zeros(5),
    "none": np.zeros(0, np.int32),
}


def test_a_group_is_kept_and_read_again(store: Store) -> None:
    assert arrays.load_group(store.arrays, "weights/x") is None
    arrays.save_group(store, "weights/x", TABLES)
    found = arrays.load_group(store.arrays, "weights/x")
    assert found is not None
    assert found.keys() == TABLES.keys()
    for name, table in TABLES.items():
        assert found[name].dtype == table.dtype
        np.testing.assert_array_equal(found[name], table)


def test_a_group_is_never_written_again(store: Store) -> None:
    arrays.save_group(store, "weights/x", TABLES)
    arrays.save_group(store, "weights/x", {"a": np.ones(1)})
    found = arrays.load_group(store.arrays, "weights/x")
    assert found is not None
    assert len(found["a"]) == 1000


@pytest.mark.parametrize("table", ["a", "b"])
def test_a_group_with_a_damaged_or_missing_chunk_is_an_error(store: Store, table: str) -> None:
    arrays.save_group(store, "weights/x", TABLES)
    file = store.arrays / "weights/x" / table / "c" / "0"
    file.write_bytes(file.read_bytes()[:-1] + b"x")
    with pytest.raises(ArrayDamaged, match="weights/x"):
        arrays.load_group(store.arrays, "weights/x")
    file.unlink()
    with pytest.raises(ArrayDamaged, match="weights/x"):
        arrays.load_group(store.arrays, "weights/x")


def test_a_group_is_whole_or_not_there_when_its_writer_is_killed(tmp_path: Path) -> None:
    code = """
import sys
from pathlib import Path
import numpy as np
from soc_monitor.store import arrays
from soc_monitor.store.store import Store
print("ready", flush=True)
for number in range(10_000):
    arrays.save_group(Store(None, Path(sys.argv[1])), f"weights/{number}",
                      {name: np.arange(1000) for name in "abcd"})
"""
    command = [sys.executable, "-c", code, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        child.stdout.readline()
        while not (tmp_path / "weights" / "3").exists():
            time.sleep(0.005)
        child.kill()
    store = Store(None, tmp_path)  # type: ignore[arg-type]  # no database is asked
    whole = [p.name for p in (tmp_path / "weights").iterdir() if "." not in p.name]
    assert len(whole) > 3
    for name in whole:
        found = arrays.load_group(store.arrays, f"weights/{name}")
        assert found is not None
        assert {len(table) for table in found.values()} == {1000}
