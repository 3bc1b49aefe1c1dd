"""HDF5, the format of NetCDF-4, looked through before anything of it is read."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from soc_monitor.decoding.bounds import OBJECTS, PIXELS, Refused, check_size
from soc_monitor.decoding.slabs import Dimension, Variable

_BY_NAME = {
    "lat": "degrees_north", "latitude": "degrees_north",
    "lon": "degrees_east", "longitude": "degrees_east",
}  # fmt: skip


class Variables:
    """The variables of an open file, by their path."""

    def __init__(self, datasets: dict[str, Any], stored: int) -> None:
        """Keep what ``_look`` has found."""
        self.datasets, self.stored = datasets, stored

    def find(self, name: str, most: int = PIXELS) -> Variable:
        """A variable by its path, without the first slash; ``most``: cells that it may have."""
        if name not in self.datasets:
            raise Refused("variable", f"{name!r} is not among {sorted(self.datasets)[:20]}")
        data = self.datasets[name]
        if data.ndim < 2 or data.dtype.kind not in "iuf":
            raise Refused("variable", f"{name} holds {data.ndim} dimensions of {data.dtype}")
        chunk = data.chunks or (*(1 for _ in data.shape[:-1]), data.shape[-1])
        block = int(np.prod(chunk, dtype=object)) * data.dtype.itemsize
        whole = int(np.prod(data.shape, dtype=object)) * data.dtype.itemsize
        check_size(data.shape[-1] * data.shape[-2], block, whole, self.stored, most)
        return Variable(
            dimensions=tuple(self._dimension(data, k) for k in range(data.ndim)),
            dtype=data.dtype,
            attributes=_attributes(data),
            read=lambda index, first, end: data[(*index, slice(first, end))],
            block_rows=chunk[-2],
        )

    def _dimension(self, data: Any, k: int) -> Dimension:
        scales = [s for s in self.datasets.values() if _is_scale_of(data, k, s)]
        if not scales:
            return Dimension(data.shape[k], None, {})
        scale = scales[0]
        if scale.shape != (data.shape[k],) or scale.dtype.kind not in "iuf":
            return Dimension(data.shape[k], None, {})
        name = scale.name.rpartition("/")[2].lower()
        said = {"units": _BY_NAME[name]} if name in _BY_NAME else {}
        return Dimension(data.shape[k], scale[:], said | _attributes(scale))


def _is_scale_of(data: Any, k: int, scale: Any) -> bool:
    """Whether a dataset is the coordinate of a dimension: as HDF5 says, never by following."""
    return bool(h5py.h5ds.is_scale(scale.id) and h5py.h5ds.is_attached(data.id, scale.id, k))


@contextmanager
def open_file(source: Path) -> Iterator[Variables]:
    """The variables of a file that refers to no other.

    What the library cannot read is refused in its words.
    """
    try:
        with h5py.File(source, "r", locking=False) as file:
            datasets: dict[str, Any] = {}
            _look(file, datasets, [0])
            yield Variables(datasets, source.stat().st_size)
    except (OSError, RuntimeError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise Refused("decode", f"{type(error).__name__}: {error}"[:500]) from error


def _look(group: Any, datasets: dict[str, Any], count: list[int], depth: int = 0) -> None:
    """Every dataset below a group; a link to another file is refused, and none is followed."""
    if depth > 32:
        raise Refused("depth", "groups more than 32 deep")
    for name in group:
        count[0] += 1
        if count[0] > OBJECTS:
            raise Refused("objects", f"more than {OBJECTS}")
        link = group.get(name, getlink=True)
        if isinstance(link, h5py.ExternalLink):
            raise Refused("refers", f"{name!r} is a link to another file")
        if isinstance(link, h5py.SoftLink):
            continue
        found = group[name]
        if isinstance(found, h5py.Group):
            _look(found, datasets, count, depth + 1)
        elif isinstance(found, h5py.Dataset):
            if found.external or found.is_virtual:
                raise Refused("refers", f"{name!r} keeps its values in another file")
            datasets[found.name.lstrip("/")] = found


def _attributes(data: Any) -> dict[str, Any]:
    """Attributes that are numbers or texts; the references of dimensions are left."""
    found = {}
    for name in data.attrs:
        try:
            value = np.asarray(data.attrs[name])
        except (OSError, TypeError):  # a kind that the library has no word for
            continue
        if value.size == 1 and value.dtype.kind in "iuf":
            found[name] = value.reshape(-1)[0]
        elif value.size == 1 and value.dtype.kind in "SUO":
            one = value.reshape(-1)[0]
            found[name] = one.decode("utf-8", "replace") if isinstance(one, bytes) else str(one)
    return found
