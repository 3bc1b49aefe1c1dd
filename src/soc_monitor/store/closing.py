"""Closing: periods that lie alone are written side by side, and their rows moved there."""

import os
from collections.abc import Sequence
from typing import Any

import numpy as np
from sqlalchemy import Connection, update

from soc_monitor.errors import LeaseLost
from soc_monitor.model import Slice
from soc_monitor.store import arrays, levels
from soc_monitor.store.chunks import CHUNK
from soc_monitor.store.engine import transaction
from soc_monitor.store.runs import OpenRun, hold_lease
from soc_monitor.store.store import Store
from soc_monitor.store.tables import slices


def close(store: Store, run: OpenRun, pieces: Sequence[Slice]) -> str:
    """Write some periods of a cube as one block, and move their rows there in one transaction.

    What readers see stays the same: the same slices, with the same values. The old arrays are
    left for a day to those who read them now, then swept. Killed at any moment, either all rows
    have moved or none.

    Args:
        store: where.
        run: whose lease is held.
        pieces: slices of one cube, in the order of their periods; those that do not lie alone
            are copied from the block that they are in.

    Returns:
        The path of the block.

    Raises:
        ArrayDamaged: one of them cannot be read; nothing is moved.
        LeaseLost: a later run has taken over, or moved a row; nothing is moved.
    """
    path, array = arrays.create(store, pieces[0].cube, pieces[0].period, steps=len(pieces))
    try:
        _fill(store, pieces, array)
        levels.join(store, pieces, path)
        checksum = arrays.seal(store, path)
        for piece in pieces:
            os.utime(store.arrays / piece.path)  # its day as a leftover begins now
        with transaction(store.engine) as connection:
            hold_lease(connection, run)
            for step, piece in enumerate(pieces):
                _move(connection, piece, path, step, checksum)
    except BaseException:
        arrays.discard(store, path)
        raise
    return path


def _fill(store: Store, pieces: Sequence[Slice], array: Any) -> None:
    """Copy band by band: a chunk high, so that every chunk of the periods is unpacked once."""
    for top in range(0, array.shape[1], CHUNK):
        rows = slice(top, min(top + CHUNK, array.shape[1]))
        band = np.empty((len(pieces), rows.stop - top, array.shape[2]), array.dtype)
        for step, piece in enumerate(pieces):
            band[step] = arrays.read_window(store, piece, rows)
        array[:, rows, :] = band


def _move(connection: Connection, piece: Slice, path: str, step: int, checksum: str) -> None:
    moved = connection.execute(
        update(slices)
        .where(slices.c.id == piece.id, slices.c.path == piece.path)
        .values(path=path, step=step, checksum=checksum)
    )
    if moved.rowcount != 1:
        raise LeaseLost(f"{piece.cube.id} {piece.period}: somebody else has moved its array")
