"""Rasters: the bands of a file, checked, brought to the cube's grid, and written as slices."""

import logging
import shutil
import uuid
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from soc_monitor.errors import ItemRejected
from soc_monitor.feeds.decode import decode_raster
from soc_monitor.model import IngestJob, Layer
from soc_monitor.runs.check import Tally, blocks, check_header, check_whole, take_block
from soc_monitor.runs.fetched import Fetched
from soc_monitor.runs.holding import check_double, check_shift
from soc_monitor.runs.known import tell_apart
from soc_monitor.runs.levels import Levels
from soc_monitor.runs.order import check_order
from soc_monitor.runs.place import Placed
from soc_monitor.store import arrays, intake
from soc_monitor.store.chunks import CHUNK
from soc_monitor.store.intake import NewItem, NewSlice
from soc_monitor.store.runs import OpenRun
from soc_monitor.store.store import Store

log = logging.getLogger(__name__)


def take_rasters(job: IngestJob, store: Store, run: OpenRun, got: Fetched, folder: Path) -> None:
    """Every band of a file that was not taken before; all of them, or none.

    Raises:
        ItemRejected: the file or what it holds is not as declared, or was withdrawn before.
        ItemHeld: an operator has to look at it.
    """
    final = not got.new.item.preliminary
    taken = intake.taken_layers(store, job.id, got.new.sha256, final=final)
    layers = [
        layer
        for layer in job.layers_for(got.new.item)
        if (layer.cube.id, layer.period) not in taken
    ]
    if not layers:
        intake.see_again(store, job.id, got.new)
        return
    if older := intake.newer_version(store, got.new.item, [(x.cube.id, x.period) for x in layers]):
        raise ItemRejected("version", f"{got.new.item.version!r}, {older!r} was taken before")
    made = write_layers(store, run, layers, got, folder)
    try:
        # Other bytes, as of a file that tells when it was written, and the same values.
        known = tell_apart(store, run, made)
        made = known.new
        discard(store, known.old)
        intake.add_slices(store, run, made, got.new, again=known.again)
    except BaseException:
        discard(store, made)
        raise
    intake.see_again(store, job.id, got.new)
    run.taken += len(made)
    for piece in made:
        told = {"cube": piece.cube.id, "period": piece.period.isoformat()}
        log.info("slice written", extra={**told, "valid_cells": piece.valid_cells})
    known.tell()


def write_layers(
    store: Store, run: OpenRun, layers: Sequence[Layer], got: Fetched, folder: Path
) -> list[NewSlice]:
    """The arrays of some layers of one file, written and sealed; they have no rows yet.

    Raises:
        ItemRejected, ItemHeld: as ``take_rasters``; nothing is left then.
    """
    scratch = folder / uuid.uuid4().hex
    picks = sorted({layer.pick for layer in layers})
    kind = "netcdf" if picks[-1][0] else "geotiff"
    raster = decode_raster(got.file, scratch, picks, kind, onto(layers[0]), got.decode_s)
    checked = [check_header(raster, layer) for layer in layers]
    made: list[NewSlice] = []
    try:
        for placed, layer in checked:
            made.append(_write(store, run, got.new, layer, placed))  # undone
        for layer, piece in zip(layers, made, strict=True):
            check_order(store, layer, piece, made)
    except BaseException:
        discard(store, made)
        raise
    shutil.rmtree(scratch)
    return made


def discard(store: Store, made: Sequence[NewSlice]) -> None:
    """Remove arrays that get no rows."""
    for piece in made:
        arrays.discard(store, piece.path)


def onto(layer: Layer) -> dict[str, object] | None:
    """What a file is brought to before it is read; None: it stays on its own grid."""
    if not layer.resample:
        return None
    return {
        "crs": layer.crs,
        "way": layer.resample,
        "valid": layer.valid,
        "classes": list(layer.cube.classes),
        "most_cells": layer.most_cells,
        "nodata": [one for one in (layer.nodata, *layer.also_nodata) if one is not None],
        "scale": layer.scale,
        "offset": layer.offset,
        "correction": layer.correction,
        "outside_share": layer.max_outside_share,
        "quality": asdict(layer.quality) if layer.quality else None,
        **asdict(layer.cube.grid),
    }


def _write(store: Store, run: OpenRun, new: NewItem, layer: Layer, placed: Placed) -> NewSlice:
    path, array = arrays.create(store, layer.cube, layer.period)
    tally = Tally(*layer.valid)
    try:
        levels = Levels(store, path, layer.cube)
        for rows in blocks(layer.cube.grid, CHUNK):
            block = take_block(placed.rows(rows), layer, tally)
            array[rows, :] = block
            levels.add(block)
        check_whole(layer, tally)
        if not run.force:
            check_double(store, run, new, layer, array)
            check_shift(store, run, new, layer, array, tally.median)
        checksum = arrays.seal(store, path)
    except BaseException:
        arrays.discard(store, path)
        raise
    return NewSlice(
        cube=layer.cube,
        period=layer.period,
        period_end=layer.period_end,
        path=path,
        checksum=checksum,
        valid_cells=tally.valid,
        median=tally.median,
        provisional=new.item.preliminary,
    )
