"""Verify: every published array, read again and compared with its row."""

from collections.abc import Iterator

from soc_monitor.errors import ArrayDamaged
from soc_monitor.store import arrays, read_slices
from soc_monitor.store.store import Store


def verify(store: Store) -> Iterator[str]:
    """What is damaged or missing: one line a slice; nothing when all is as it was written."""
    found: dict[str, str] = {}
    for piece in read_slices.newest_slices(store):
        where = f"{piece.cube.id} {piece.period.isoformat()} v{piece.version}"
        try:
            if piece.path not in found:  # a block of periods is read once
                found[piece.path] = arrays.checksum(store, piece.path)
            if found[piece.path] != piece.checksum:
                yield f"{where}: its files have changed since they were written"
        except ArrayDamaged as error:
            yield f"{where}: {error}"
