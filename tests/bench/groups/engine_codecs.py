"""Codecs: size and speed of the ways to pack a chunk, into ``docs/codecs.md``.

The stored arrays of the other groups are unpacked and packed again by each codec. Measured in one
thread, the codecs taking turns; every one has to give back the same bytes.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numcodecs import Blosc, Delta, Zstd

from soc_monitor.store.chunks import read_chunk
from tests.bench import stored
from tests.bench.bench import Bench, Disagreement, Takings
from tests.bench.figure import Figure, machine
from tests.bench.run import ROOT
from tests.bench.world import Case, cases, no_database, planar_weights

CHOSEN = "zstd 5, shuffle"
"""As ``store/chunks.py`` packs."""
WORTH = 1.25
"""What the chosen codec may be behind the smallest in size, and behind the quickest of those."""
HEAD = """# Codecs

Written by `make bench ONLY=engine_codecs`. Each codec packs the same chunks of made-up fields,
stored as the service stores its own: 16-bit integers in steps of 0.1 t/ha, the sea without data.
Size is the raw size over the packed one; speeds are of raw bytes in one thread and belong to the
machine, their order does not. **Bold** is what the store writes (`store/chunks.py`).
"""


@dataclass(frozen=True, slots=True)
class Way:
    """A codec behind filters."""

    filters: tuple[Any, ...]
    codec: Any

    def pack(self, chunk: np.ndarray[Any, Any]) -> bytes:
        """A chunk to bytes."""
        for one in self.filters:
            chunk = one.encode(chunk)
        return bytes(self.codec.encode(chunk))

    def unpack(self, packed: bytes, into: np.ndarray[Any, Any]) -> None:
        """Bytes to a chunk."""
        self.codec.decode(packed, into)
        for one in reversed(self.filters):
            into[:] = one.decode(into)


WAYS = {
    "lz4 5, shuffle": Way((), Blosc("lz4", 5, Blosc.SHUFFLE)),
    "lz4 5, bitshuffle": Way((), Blosc("lz4", 5, Blosc.BITSHUFFLE)),
    "zstd 1, shuffle": Way((), Blosc("zstd", 1, Blosc.SHUFFLE)),
    CHOSEN: Way((), Blosc("zstd", 5, Blosc.SHUFFLE)),
    "zstd 9, shuffle": Way((), Blosc("zstd", 9, Blosc.SHUFFLE)),
    "zstd 5, bitshuffle": Way((), Blosc("zstd", 5, Blosc.BITSHUFFLE)),
    "delta, zstd 5, shuffle": Way((Delta("i2"),), Blosc("zstd", 5, Blosc.SHUFFLE)),
    "zstd 3 without blosc": Way((), Zstd(3)),
}


def figures(bench: Bench) -> Iterator[Figure]:
    """A year of months side by side at 0.25°, and one map at 0.05°."""
    quarter, twentieth = cases(quick=True)
    year = Case("a", quarter.grid, 12, quarter.freq)
    one = Case("b", twentieth.grid, 1, twentieth.freq)
    parts = [HEAD, f"Machine: {machine()}.\n"]
    for case, what in ((year, "twelve months side by side at 0.25°"), (one, "one map at 0.05°")):
        chunks = some_chunks(bench, case)
        packed = {name: [way.pack(chunk) for chunk in chunks] for name, way in WAYS.items()}
        takings = measure(bench, case, chunks, packed)
        raw = sum(chunk.nbytes for chunk in chunks)
        size = {name: raw / sum(map(len, some)) for name, some in packed.items()}
        speed = {name: raw / takings.seconds(name, cpu=True) / 1e9 for name in WAYS}
        parts += [f"## {what[0].upper()}{what[1:]}\n", *rows(size, speed), ""]
        near = [name for name in WAYS if size[name] * WORTH >= max(size.values())]
        quickest = max(near, key=lambda name: speed[name])
        yield Figure(
            name=f"engine.codec_size_ratio.{case.name}",
            value=max(size.values()) / size[CHOSEN],
            target=WORTH,
            op="<=",
            peer=max(size, key=lambda name: size[name]),
            note=f"Packed size of {CHOSEN}, over that of the smallest of {len(WAYS)} codecs; "
            f"{what}. All are in `docs/codecs.md`.",
        )
        yield Figure(
            name=f"engine.codec_time_ratio.{case.name}",
            value=takings.ratio(CHOSEN, quickest, cpu=True),
            target=WORTH,
            op="<=",
            peer=quickest,
            note=f"CPU time to unpack, over the quickest of those within {WORTH} of the smallest.",
        )
    (ROOT / "docs" / "codecs.md").write_text("\n".join(parts))


def some_chunks(bench: Bench, case: Case) -> list[np.ndarray[Any, Any]]:
    """Chunks that areas touch, a dozen at most, in the order that their bytes are stored in."""
    store = no_database(stored.folder_of(bench, case))
    weights = planar_weights(case.grid)
    found = []
    for array, (_, rows, columns) in stored.chunks_of(store, stored.write(bench, store, case)):
        if not stored.weights_in(weights, rows, columns):
            continue
        at = (rows.start // array.chunks[-2], columns.start // array.chunks[-1])
        place = (0,) * (array.ndim - 2) + at
        folder = str(array.store.root)
        chunk = read_chunk(folder, array.shape, array.chunks, array.dtype, block_id=place)
        found.append(np.ascontiguousarray(np.moveaxis(chunk, 0, -1) if chunk.ndim == 3 else chunk))
    return found[:: -(-len(found) // 12)]


def measure(
    bench: Bench,
    case: Case,
    chunks: Sequence[np.ndarray[Any, Any]],
    packed: dict[str, list[bytes]],
) -> Takings:
    """Unpack all chunks by each codec in turn."""
    into = [np.empty_like(chunk).reshape(-1) for chunk in chunks]

    def unpack(name: str) -> None:
        for one, room in zip(packed[name], into, strict=True):
            WAYS[name].unpack(one, room)

    for name in WAYS:
        unpack(name)
        for room, chunk in zip(into, chunks, strict=True):
            if not np.array_equal(room, chunk.reshape(-1)):
                raise Disagreement(f"{name} does not give back what it was given")
    calls = {name: (lambda name=name: unpack(name)) for name in WAYS}
    return bench.alternate(f"codecs ({case.name})", calls, rounds=3 if bench.quick else 7)


def rows(size: dict[str, float], speed: dict[str, float]) -> list[str]:
    """The table of one kind of chunk."""
    lines = ["| codec | raw / packed | unpacked [GB/s] |", "| --- | ---: | ---: |"]
    for name in WAYS:
        label = f"**{name}**" if name == CHOSEN else name
        lines.append(f"| {label} | {size[name]:.2f} | {speed[name]:.2f} |")
    return lines
