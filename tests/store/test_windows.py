import uuid
from datetime import date

import numpy as np
import pytest

from soc_monitor.errors import ArrayDamaged
from soc_monitor.model import Cube, DataClass, Freq, Grid, Slice
from soc_monitor.store import arrays
from soc_monitor.store.store import Store
from soc_monitor.store.windows import read_box

CUBE = Cube(
    product="p",
    variable="v",
    unit="1",
    freq=Freq.MONTH,
    grid=Grid(nx=800, ny=400),
    data_class=DataClass.MODELLED,
    dtype="int16",
    fill=-1,
)


def piece_at(path: str) -> Slice:
    return Slice(
        id=uuid.uuid4(),
        cube=CUBE,
        period=date(2020, 1, 1),
        period_end=date(2020, 1, 31),
        version=1,
        path=path,
        checksum="",
        run_id=uuid.uuid4(),
        valid_cells=0,
    )


BOXES = [
    (slice(0, 400), slice(0, 800)),
    (slice(359, 361), slice(719, 721)),
    (slice(399, 400), slice(0, 1)),
    (slice(10, 10), slice(5, 9)),
    (slice(0, 360), slice(360, 720)),
]


@pytest.mark.parametrize("steps", [0, 3])
def test_a_box_is_what_the_whole_array_has_there(store: Store, steps: int) -> None:
    path, array = arrays.create(store, CUBE, date(2020, 1, 1), steps=steps)
    values = np.random.default_rng(1).integers(-9, 999, array.shape, np.int16)
    array[...] = values
    for rows, columns in BOXES:
        box = read_box(store.arrays / path, np.dtype("int16"), rows, columns)
        assert np.array_equal(box, values[..., rows, columns])


def test_chunks_beside_the_box_are_not_read_and_a_broken_one_in_it_is_told(
    store: Store,
) -> None:
    path, array = arrays.create(store, CUBE, date(2020, 1, 1), steps=2)
    array[...] = 7
    broken = store.arrays / path / "c/0/1/2"
    broken.write_bytes(broken.read_bytes()[:-5] + b"12345")
    folder = store.arrays / path

    assert read_box(folder, np.dtype("int16"), slice(0, 360), slice(0, 800)).min() == 7
    with pytest.raises(ValueError, match="checksum"):
        read_box(folder, np.dtype("int16"), slice(0, 361), slice(0, 800))


def test_an_array_that_is_gone_is_told_as_damage(store: Store) -> None:
    piece = piece_at("nowhere")
    with pytest.raises(ArrayDamaged, match="2020-01-01"):
        arrays.read_block(store, piece, slice(0, 1), slice(0, 1))
