"""Labels: areas parted by a second layer, such as land cover, in the same pass over the values."""

import numpy as np
import numpy.typing as npt

from soc_monitor.aggregate.blocks import BlockOperator
from soc_monitor.aggregate.jit import compiled
from soc_monitor.errors import BadValue

Cells = npt.NDArray[np.generic]
Integers = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]


def part(operator: BlockOperator, labels: Cells, n_labels: int) -> BlockOperator:
    """The weights of a block, each area parted by the labels of its cells.

    Args:
        operator: the weights of the block.
        labels: labels of the cells (y, x) [1], integers.
        n_labels: labels 0 to n_labels - 1 count; a cell with another one is left out.

    Returns:
        The operator of the parts: label l of area a is area a * n_labels + l.

    Raises:
        BadValue: the labels are not integers.

    Example:
        >>> import shapely
        >>> from soc_monitor.aggregate.blocks import cut
        >>> from soc_monitor.aggregate.weights import build_weights
        >>> from soc_monitor.model.grid import Grid
        >>> grid = Grid(nx=3, ny=1, west=0, south=0, east=3, north=1)
        >>> whole = cut(build_weights([shapely.box(0, 0, 3, 1)], grid), 0, 1, 0, 3)
        >>> parts = part(whole, np.array([[1, 1, 0]]), 2)
        >>> parts.areas.tolist(), parts.length.tolist()
        ([0, 1], [1, 2])
    """
    if labels.dtype.kind not in "iu":
        msg = f"labels of type {labels.dtype} are not classes"
        raise BadValue(msg)
    flat = np.ascontiguousarray(labels).reshape(-1)
    runs = (operator.ptr, operator.offset, operator.length, operator.weight)
    counts = np.zeros(len(operator.areas) * n_labels, np.int64)
    none = np.empty(0, np.int32)
    _part(flat, n_labels, *runs, counts, none, none, none.astype(np.int64))
    ends = np.cumsum(counts)
    offset, length = np.empty(ends[-1:].sum(), np.int32), np.empty(ends[-1:].sum(), np.int32)
    weight = np.empty(len(offset), np.int64)
    _part(flat, n_labels, *runs, ends - counts, offset, length, weight)
    some = np.flatnonzero(counts)
    areas = operator.areas.astype(np.int64)[some // n_labels] * n_labels + some % n_labels
    return BlockOperator(
        areas=areas.astype(np.int32),
        ptr=np.concatenate([[0], ends[some]]).astype(np.int64),
        offset=offset,
        length=length,
        weight=weight,
        quantum=operator.quantum,
    )


@compiled
def _part(
    labels: Cells, n_labels: int, ptr: Longs, offset: Integers, length: Integers, weight: Longs,
    place: Longs, out_offset: Integers, out_length: Integers, out_weight: Longs,
) -> None:  # fmt: skip
    """Cut the runs where the label changes; ``place`` moves on, and nothing is filled if empty."""
    for k in range(ptr.size - 1):
        for i in range(ptr[k], ptr[k + 1]):
            j, end = np.int64(offset[i]), np.int64(offset[i]) + length[i]
            while j < end:
                label, first = np.int64(labels[j]), j
                while j < end and np.int64(labels[j]) == label:
                    j += 1
                if label < 0 or label >= n_labels:
                    continue
                at = place[k * n_labels + label]
                if out_offset.size > 0:
                    out_offset[at] = first
                    out_length[at] = j - first
                    out_weight[at] = weight[i]
                place[k * n_labels + label] = at + 1
