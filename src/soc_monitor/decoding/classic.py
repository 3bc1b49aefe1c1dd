"""The classic NetCDF format, read from its header: where every value lies is computed.

A library reads a file that was cut as if its end held fill values; here the end of the last
variable must lie within the file.

Source:
    NetCDF Classic and 64-bit Data Format Specifications, Unidata; also OGC 10-092r3.
"""

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from soc_monitor.decoding.bounds import OBJECTS, PIXELS, Refused, check_size
from soc_monitor.decoding.slabs import Dimension, Variable

_TYPES = {1: "i1", 2: "S1", 3: ">i2", 4: ">i4", 5: ">f4", 6: ">f8",
          7: "u1", 8: ">u2", 9: ">u4", 10: ">i8", 11: ">u8"}  # fmt: skip
_DIMENSIONS, _VARIABLES, _ATTRIBUTES = 10, 11, 12
_HEADER = 16 * 1024**2


@dataclass(frozen=True, slots=True)
class _Entry:
    """A variable of the header."""

    dimensions: tuple[int, ...]
    attributes: dict[str, Any]
    dtype: Any
    begin: int


class _Header:
    """A walk through the header."""

    def __init__(self, file: BinaryIO) -> None:
        self.raw = file.read(_HEADER)
        version = self.raw[3]
        self.place = 4
        self.count_format = ">q" if version == 5 else ">i"
        self.offset_format = ">i" if version == 1 else ">q"
        records = self.number()
        self.names: list[str] = []
        self.sizes: list[int] = []
        for _ in range(self.entries(_DIMENSIONS)):
            self.names.append(self.name())
            self.sizes.append(self.number())
        self.records = records
        self.attributes()
        self.variables = {self.name(): self.variable() for _ in range(self.entries(_VARIABLES))}

    def take(self, layout: str) -> int:
        size = struct.calcsize(layout)
        if self.place + size > len(self.raw):
            raise Refused("length", "the file ends in its header")
        (value,) = struct.unpack_from(layout, self.raw, self.place)
        self.place += size
        return int(value)

    def number(self) -> int:
        value = self.take(self.count_format)
        if value < 0:
            raise Refused("format", f"a count of {value}")
        return value

    def entries(self, expected: int) -> int:
        tag, count = self.take(">i"), self.number()
        if tag not in {0, expected} or (tag == 0 and count) or count > OBJECTS:
            raise Refused("format", f"{count} entries under the tag {tag}, {expected} is expected")
        return count

    def text(self, size: int) -> bytes:
        if self.place + size > len(self.raw):
            raise Refused("length", "the file ends in its header")
        found = self.raw[self.place : self.place + size]
        self.place += (size + 3) // 4 * 4
        return found

    def name(self) -> str:
        return self.text(self.number()).decode("utf-8", "replace")

    def kind(self) -> Any:
        number = self.take(">i")
        if number not in _TYPES:
            raise Refused("format", f"a type of number {number}")
        return np.dtype(_TYPES[number])

    def attributes(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for _ in range(self.entries(_ATTRIBUTES)):
            name, kind, count = self.name(), self.kind(), self.number()
            raw = self.text(count * kind.itemsize)
            if kind.kind == "S":
                found[name] = raw.decode("utf-8", "replace")
            elif count == 1:
                found[name] = np.frombuffer(raw, kind)[0]
        return found

    def variable(self) -> _Entry:
        dimensions = tuple(self.number() for _ in range(self.number()))
        if any(k >= len(self.sizes) for k in dimensions):
            raise Refused("format", "a variable of a dimension that is not there")
        attributes, kind = self.attributes(), self.kind()
        self.number()  # the size is computed: the one that is told overflows in large files
        return _Entry(dimensions, attributes, kind, self.take(self.offset_format))


class Variables:
    """The variables of an open file, by name."""

    def __init__(self, file: BinaryIO, stored: int) -> None:
        """Read the header, and refuse a file that is shorter than it says."""
        self.file, self.stored = file, stored
        self.header = _Header(file)
        moving = [e for e in self.header.variables.values() if self._moves(e)]
        sizes = [self._record_bytes(entry) for entry in moving]
        # One variable alone is not padded between its records.
        self.step = sizes[0] if len(moving) == 1 else sum((s + 3) // 4 * 4 for s in sizes)
        for name, entry in self.header.variables.items():
            end = entry.begin + self._record_bytes(entry)
            if self._moves(entry):
                end += max(0, self.header.records - 1) * self.step
                end = entry.begin if self.header.records == 0 else end
            if entry.begin < 0 or end > stored:
                raise Refused("length", f"{name} ends at byte {end} of {stored}")

    def _moves(self, entry: _Entry) -> bool:
        return bool(entry.dimensions) and self.header.sizes[entry.dimensions[0]] == 0

    def _shape(self, entry: _Entry) -> tuple[int, ...]:
        sizes = [self.header.sizes[k] for k in entry.dimensions]
        return (self.header.records, *sizes[1:]) if self._moves(entry) else tuple(sizes)

    def _record_bytes(self, entry: _Entry) -> int:
        inner = self._shape(entry)[1:] if self._moves(entry) else self._shape(entry)
        return int(np.prod(inner, dtype=object)) * int(entry.dtype.itemsize)

    def find(self, name: str, most: int = PIXELS) -> Variable:
        """A variable by its name; ``most``: cells that it may have."""
        known = self.header.variables
        if name not in known:
            raise Refused("variable", f"{name!r} is not among {sorted(known)[:20]}")
        entry = known[name]
        shape = self._shape(entry)
        if len(shape) < 2 or entry.dtype.kind not in "iuf":
            raise Refused("variable", f"{name} holds {len(shape)} dimensions of {entry.dtype}")
        whole = int(np.prod(shape, dtype=object)) * int(entry.dtype.itemsize)
        row = shape[-1] * entry.dtype.itemsize
        check_size(shape[-1] * shape[-2], row, whole, self.stored, most)
        return Variable(
            dimensions=tuple(self._dimension(k, shape[n]) for n, k in enumerate(entry.dimensions)),
            dtype=entry.dtype,
            attributes=entry.attributes,
            read=lambda index, first, end: self._rows(entry, shape, index, first, end),
            block_rows=1,
        )

    def _dimension(self, number: int, size: int) -> Dimension:
        entry = self.header.variables.get(self.header.names[number])
        if entry is None or entry.dimensions != (number,) or entry.dtype.kind not in "iuf":
            return Dimension(size, None, {})
        if self._moves(entry):
            values = np.array([self._read(entry, entry.begin + k * self.step, 1)[0]
                               for k in range(size)])  # fmt: skip
        else:
            values = self._read(entry, entry.begin, size)
        return Dimension(size, values, entry.attributes)

    def _rows(
        self, entry: _Entry, shape: tuple[int, ...], index: tuple[int, ...], first: int, end: int
    ) -> Any:
        place, inner = entry.begin, index
        sizes = shape[:-2]
        if self._moves(entry):
            if len(shape) == 2:
                raise Refused("grid", "rows of the grid are records")
            place, inner, sizes = place + index[0] * self.step, index[1:], shape[1:-2]
        number = int(np.ravel_multi_index(inner, sizes)) if sizes else 0
        cells = (number * shape[-2] + first) * shape[-1]
        found = self._read(entry, place + cells * entry.dtype.itemsize, (end - first) * shape[-1])
        return found.reshape(end - first, shape[-1])

    def _read(self, entry: _Entry, place: int, count: int) -> Any:
        self.file.seek(place)
        return np.frombuffer(self.file.read(count * entry.dtype.itemsize), entry.dtype)


@contextmanager
def open_file(source: Path) -> Iterator[Variables]:
    """The variables of a file that is complete."""
    with source.open("rb") as file:
        yield Variables(file, source.stat().st_size)
