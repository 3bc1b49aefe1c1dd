"""Replay: the files of an earlier run, read again by today's rules, beside what is stored."""

import logging
import shutil
import tempfile
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np

from soc_monitor.errors import ItemRejected, NotKept
from soc_monitor.model import IngestJob, Layer, Slice
from soc_monitor.runs.fetched import Fetched
from soc_monitor.runs.jobs import ShelvedJob, code_version
from soc_monitor.runs.rasters import discard, write_layers
from soc_monitor.store import arrays, intake, read_slices, runs, versions
from soc_monitor.store.files import Kept
from soc_monitor.store.intake import NewItem, NewSlice
from soc_monitor.store.runs import OpenRun
from soc_monitor.store.store import Store

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What one band of one file comes to now, beside what is stored."""

    item: str
    cube: str
    period: date | None
    outcome: str
    """``same``, ``changed``, ``new``, ``withdrawn``, ``refused`` or ``not kept``."""
    cells: int = 0
    """Cells that differ."""
    greatest: float = 0.0
    """Greatest difference of a cell that both have [unit of the cube]."""
    told: str = ""


def replay(
    shelved: ShelvedJob,
    store: Store,
    run_id: uuid.UUID,
    kept: Kept,
    *,
    dry_run: bool = False,
) -> list[Difference]:
    """Read the files of a run again, and take what comes out otherwise as a new version.

    What comes out the same is left as it is, and what an operator has withdrawn stays so. Nothing
    is fetched: the source counts as old as it was before.

    Args:
        shelved: the job as it is declared now.
        store: where its slices are.
        run_id: the run whose files are read again.
        kept: the files.
        dry_run: say what differs, and change nothing.

    Returns:
        One for each band of each file.

    Raises:
        UnknownRun: there is none with this id.
        NotKept: the job's files are not rasters, or none of the run's is kept any longer.
    """
    job = shelved.job
    runs.get_run(store, run_id)
    found = intake.items_of_run(store, run_id)
    if not (job.layers or job.layers_of):
        raise NotKept(f"{job.id}: rasters alone are read again", hint="Run the job again instead")
    if job.tiles is not None:
        raise NotKept(
            f"{job.id}: of tiles no single file is a slice", hint="Run the job again instead"
        )
    if not any(kept.find(new.sha256) for new in found):
        raise NotKept(f"none of the {len(found)} files of run {run_id} is kept")
    with (
        runs.open_run(
            store,
            job.id,
            datetime.now(UTC),
            job_version=f"{runs.REPLAY} {shelved.version}",
            code_version=code_version(),
        ) as run,
        tempfile.TemporaryDirectory(dir=_scratch(store)) as folder,
    ):
        run.force = True  # These very files were taken before.
        told = [
            one
            for new in found
            for one in _one(job, store, run, new, kept, Path(folder), dry_run=dry_run)
        ]
        changed = sum(one.outcome in {"changed", "new"} for one in told)
        run.detail = f"replay of {run_id}: {changed} of {len(told)} differ"
        run.detail += ", nothing changed (dry run)" if dry_run else ""
    return told


def _scratch(store: Store) -> Path:
    folder = store.arrays / ".scratch"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _one(
    job: IngestJob,
    store: Store,
    run: OpenRun,
    new: NewItem,
    kept: Kept,
    folder: Path,
    *,
    dry_run: bool,
) -> list[Difference]:
    file = kept.find(new.sha256)
    if file is None:
        return [Difference(item=new.item.key, cube="", period=None, outcome="not kept")]
    place = folder / uuid.uuid4().hex
    place.mkdir()
    got = Fetched(new, Path(shutil.copyfile(file, place / "file")), job.decode_s)
    span = intake.span_of(store, new)
    item = replace(new.item, period=span[0], period_end=span[1]) if span else new.item
    layers = job.layers_for(item)
    try:
        made = write_layers(store, run, layers, got, folder)
    except ItemRejected as error:
        told = str(error)
        return [
            Difference(item=new.item.key, cube=layer.cube.id, period=layer.period,
                       outcome="refused", told=told)
            for layer in layers
        ]  # fmt: skip
    differences = [
        _compare(store, new.item.key, layer, piece)
        for layer, piece in zip(layers, made, strict=True)
    ]
    take = [
        piece
        for piece, one in zip(made, differences, strict=True)
        if one.outcome in {"changed", "new"} and not dry_run
    ]
    discard(store, [piece for piece in made if piece not in take])
    if take:
        intake.add_slices(store, run, take, new)
        run.taken += len(take)
    return differences


def _compare(store: Store, key: str, layer: Layer, piece: NewSlice) -> Difference:
    old = _stored(store, layer)
    bad = versions.withdrawn(store, piece)
    if bad is not None and versions.standing(store, piece) is None:
        return Difference(item=key, cube=layer.cube.id, period=layer.period,
                          outcome="withdrawn", told=bad[1])  # fmt: skip
    if old is None:
        return Difference(item=key, cube=layer.cube.id, period=layer.period, outcome="new")
    if old.cube.form != layer.cube.form:  # Stored otherwise, the numbers cannot be compared.
        return Difference(item=key, cube=layer.cube.id, period=layer.period,
                          outcome="changed", cells=piece.valid_cells)  # fmt: skip
    before = arrays.read_window(store, old)
    after = arrays.read_path(store, piece.path)
    fill = before.dtype.type(layer.cube.fill)
    holes = [np.isnan(x) if np.isnan(fill) else x == fill for x in (before, after)]
    both = ~(holes[0] | holes[1])
    steps = np.abs(after[both].astype(float) - before[both].astype(float))
    cells = int((steps > 0).sum() + (holes[0] ^ holes[1]).sum())
    return Difference(
        item=key,
        cube=layer.cube.id,
        period=layer.period,
        outcome="changed" if cells else "same",
        cells=cells,
        greatest=float(steps.max(initial=0.0) * layer.cube.scale),
    )


def _stored(store: Store, layer: Layer) -> Slice | None:
    pieces: Sequence[Slice] = read_slices.newest_slices(store)
    return next(
        (one for one in pieces if (one.cube.id, one.period) == (layer.cube.id, layer.period)), None
    )
