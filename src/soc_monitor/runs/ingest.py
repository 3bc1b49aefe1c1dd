"""Ingest: find -> fetch -> check -> convert -> to grid -> write slice, for every item of a feed."""

import hashlib
import json
import logging
import math
import shutil
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from soc_monitor.errors import BadValue, ItemRejected, LeaseLost, NotThereYet
from soc_monitor.feeds.decode import decode_raster, decode_rows
from soc_monitor.model import (
    Access,
    Areas,
    IngestJob,
    Item,
    Layer,
    Observation,
    Readings,
    Register,
    Run,
    Sample,
    Samples,
    Stations,
)
from soc_monitor.runs.boundaries import read_boundaries
from soc_monitor.runs.check import Tally, blocks, check_header, check_whole, take_block
from soc_monitor.runs.jobs import ShelvedJob, code_version
from soc_monitor.runs.place import Placed
from soc_monitor.runs.progress import Progress, silent
from soc_monitor.runs.readings import take_rows
from soc_monitor.store import arrays, intake, runs
from soc_monitor.store.chunks import CHUNK
from soc_monitor.store.intake import NewItem, NewSlice
from soc_monitor.store.runs import OpenRun
from soc_monitor.store.store import Store

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Fetched:
    """An item as a file, with the checksum of its bytes."""

    new: NewItem
    file: Path


def ingest(
    shelved: ShelvedJob,
    store: Store,
    due_at: datetime,
    *,
    mirror: str = "",
    window: tuple[date, date] | None = None,
    secrets: Mapping[str, str] | None = None,
    plain_http: bool = False,
    force: bool = False,
    report: Progress = silent,
) -> Run:
    """Run a job: take every item that is new, refuse what is wrong, go on with the rest.

    Nothing that is refused, and nothing of a run that dies, is ever seen by readers. The same
    items again are no work.

    Args:
        shelved: the job.
        store: where it writes.
        due_at: the time that it runs for: once.
        mirror: looked into before any outside address.
        window: first and last day of what is wanted; None: from the newest period on, and what
            comes late or revised before it.
        secrets: variables that hold secrets, by name.
        plain_http: ``http`` is allowed, for servers of the operator's own.
        force: an operator has looked at a step that was refused, and takes it.
        report: told of every step.

    Returns:
        The run as it ended.

    Raises:
        FeedUnreachable: the source could not be reached; what was taken before stays.
        NoSpace: there is no room for the arrays.
        LockedByAnotherRun, AlreadyRan: see ``store.runs.open_run``.
    """
    job = shelved.job
    runs.register_feed(store, job)
    access = Access(
        mirror=mirror,
        shelf=shelved.folder,
        window=window or look_back(store, job, due_at.date()),
        secrets=secrets or {},
        plain_http=plain_http,
    )
    with (
        runs.open_run(
            store, job.id, due_at, job_version=shelved.version, code_version=code_version()
        ) as run,
        _scratch(store, job) as folder,
    ):
        intake.clear_leftovers(store, job.id)
        run.force = force
        _ingest(job, store, run, access, folder, report)
        run.detail = run.detail or f"{run.taken} taken, {run.rejected} rejected"
    return runs.get_run(store, run.id)


@contextmanager
def _scratch(store: Store, job: IngestJob) -> Iterator[Path]:
    """An empty folder for the files of one run; what a run that was killed left goes first."""
    folder = store.arrays / ".scratch" / job.id
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _ingest(
    job: IngestJob, store: Store, run: OpenRun, access: Access, folder: Path, report: Progress
) -> None:
    items = list(job.feed.find(access))
    known = intake.taken_versions(store, job.id)
    fetched: dict[str, Fetched] = {}
    missing = 0
    for number, item in enumerate(items):
        report(item.key, number, len(items))
        if run.lost.is_set():
            raise LeaseLost("stopped, or taken over by another run")
        if item.period is not None and (item.key, item.version) in known:
            continue
        try:
            got = _fetch(job, access, item, folder)
            fetched[item.key] = got
            _take_alone(job, store, run, got, folder)
        except NotThereYet:
            # What comes month by month is asked for before it is there; a fixed file must be.
            if item.period is None:
                raise
            missing += 1
        except ItemRejected as error:
            sha = fetched[item.key].new.sha256 if item.key in fetched else ""
            fetched.pop(item.key, None)
            runs.reject(store, run, item.key, sha256=sha, rule=error.rule, found=error.found)
            run.detail = f"{item.key}: {error}"
            log.warning("item rejected", extra={"item": item.key, "rule": error.rule})
    together = job.into is not None and not isinstance(job.into, Readings)
    if together and len(fetched) == len(items):
        try:
            _rows(job, store, run, fetched, folder)
        except ItemRejected as error:
            key = items[0].key
            sha = fetched[key].new.sha256
            runs.reject(store, run, key, sha256=sha, rule=error.rule, found=error.found)
            run.detail = str(error)
    if missing and not run.detail:
        run.detail = f"{run.taken} taken, {run.rejected} rejected, {missing} not there yet"
    report(job.id, len(items), len(items))


def _take_alone(job: IngestJob, store: Store, run: OpenRun, got: Fetched, folder: Path) -> None:
    """What is taken file by file; the rest is taken when every file is there."""
    if job.layers or job.layers_of:
        _rasters(job, store, run, got, folder)
    elif isinstance(job.into, Readings):
        _readings(job.into, store, run, got, folder)
    else:
        return
    shutil.rmtree(got.file.parent)


def look_back(store: Store, job: IngestJob, today: date) -> tuple[date, date]:
    """The window of an ordinary run: from what is newest on, and ``late_days`` before it.

    The first run of a source that goes on through time begins ``late_days`` ago: its history is
    asked for by a backfill, never by itself. What does not go on is taken whole.
    """
    newest = intake.newest_period(store, job.id)
    if newest is None and not job.schedule:
        return date.min, today
    return (newest or today) - timedelta(days=job.late_days), today


def _fetch(job: IngestJob, access: Access, item: Item, folder: Path) -> Fetched:
    if item.refused:
        raise ItemRejected("catalogue", item.refused)
    place = folder / uuid.uuid4().hex
    place.mkdir()
    file = job.feed.fetch(access, item, place)
    digest = hashlib.sha256()
    with file.open("rb") as content:
        while chunk := content.read(1 << 20):
            digest.update(chunk)
    sha256 = digest.hexdigest()
    if item.sha256 and item.sha256 != sha256:
        raise ItemRejected("checksum", f"{sha256}, {item.sha256} is declared")
    return Fetched(NewItem(item=item, sha256=sha256, size=file.stat().st_size), file)


# --- rasters -----------------------------------------------------------------------------------


def _rasters(job: IngestJob, store: Store, run: OpenRun, got: Fetched, folder: Path) -> None:
    taken = intake.taken_layers(store, job.id, got.new.sha256)
    layers = [
        layer
        for layer in job.layers_for(got.new.item)
        if (layer.cube.id, layer.period) not in taken
    ]
    if not layers:
        return
    if older := intake.newer_version(store, got.new.item, [(x.cube.id, x.period) for x in layers]):
        raise ItemRejected("version", f"{got.new.item.version!r}, {older!r} was taken before")
    scratch = folder / uuid.uuid4().hex
    picks = sorted({layer.pick for layer in layers})
    kind = "netcdf" if picks[-1][0] else "geotiff"
    raster = decode_raster(got.file, scratch, picks, kind, onto(layers[0]))
    checked = [check_header(raster, layer) for layer in layers]
    # The rows of one file are committed together: half a file is nothing.
    made: list[NewSlice] = []
    try:
        for placed, layer in checked:
            made.append(_write(store, layer, placed, force=run.force))  # undone
    except BaseException:
        for piece in made:
            arrays.discard(store, piece.path)
        raise
    intake.add_slices(store, run, made, got.new)
    run.taken += len(made)
    shutil.rmtree(scratch)


def onto(layer: Layer) -> dict[str, object] | None:
    """What a file is brought to before it is read; None: it stays on its own grid."""
    if not layer.resample:
        return None
    return {"crs": layer.crs, "way": layer.resample, **asdict(layer.cube.grid)}


def _check_shift(store: Store, layer: Layer, median: float | None) -> None:
    """A step from one period to the next that is too great to be believed unseen."""
    before = intake.median_before(store, layer.cube.id, layer.period)
    if layer.max_shift is None or median is None or before is None:
        return
    period, old = before
    if abs(median - old) > layer.max_shift:
        told = f"median {median:.4g}, {old:.4g} in {period}: {layer.max_shift:g} is the most"
        raise ItemRejected("shift", f"{told}; jobs run --force takes it")


def _write(store: Store, layer: Layer, placed: Placed, *, force: bool) -> NewSlice:
    path, array = arrays.create(store, layer.cube, layer.period)
    tally = Tally(*layer.valid)
    try:
        for rows in blocks(layer.cube.grid, CHUNK):
            array[rows, :] = take_block(placed.rows(rows), layer, tally)
        check_whole(layer, tally)
        if not force:
            _check_shift(store, layer, tally.median)
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
    )


# --- readings ----------------------------------------------------------------------------------


def _readings(into: Readings, store: Store, run: OpenRun, got: Fetched, folder: Path) -> None:
    if intake.taken_item(store, run.job_id, got.new.item.key, got.new.sha256):
        return
    try:
        total = take_rows(into, store, run, got.new, _decoded(into, got.file, folder))
    except ValueError as error:
        # What the reader says of the item as a whole: not the name of a known site.
        raise ItemRejected("item", str(error)) from error
    run.taken += total.accepted
    run.detail = (
        f"{run.taken} taken, {total.revised} revised, {total.duplicate} were there, "
        f"{total.aside} aside"
    )


def _decoded(into: Readings, file: Path, folder: Path) -> Iterator[object]:
    if into.kind == "jsonl":  # written by a feed of ours, from checked JSON
        with file.open(encoding="utf-8") as lines:
            yield from map(json.loads, lines)
        return
    scratch = folder / uuid.uuid4().hex
    yield from decode_rows(into.kind, file, scratch, delimiter=into.delimiter)
    shutil.rmtree(scratch)


# --- everything else ---------------------------------------------------------------------------


def _rows(
    job: IngestJob, store: Store, run: OpenRun, fetched: dict[str, Fetched], folder: Path
) -> None:
    new = [got.new for got in fetched.values()]
    same = [intake.taken_item(store, job.id, it.item.key, it.sha256) for it in new]
    if all(same):
        return
    try:
        _take(job, store, run, fetched, folder)
    except (ValueError, LookupError, TypeError, AttributeError, BadValue) as error:
        # A row that a job's own function cannot read, or the database cannot hold: the source
        # has changed its shape.
        raise ItemRejected("row", f"{type(error).__name__}: {error}") from error


def _take(
    job: IngestJob, store: Store, run: OpenRun, fetched: dict[str, Fetched], folder: Path
) -> None:
    new = [got.new for got in fetched.values()]
    match job.into:
        case Areas() as into:
            run.taken += read_boundaries(store, run, _decode_areas(into, fetched, folder), new)
        case Stations() as into:
            places = [into.station_of(r) for r in _table(fetched[into.stations], folder)]
            readings = [into.observation_of(r) for r in _table(fetched[into.readings], folder)]
            _check_values(readings)
            if naive := next((r for r in readings if r.time.utcoffset() is None), None):
                raise ItemRejected("time zone", f"none in {naive.time.isoformat()}")
            run.taken += intake.add_observations(store, run, new, places, readings)
        case Samples() as into:
            rows = (into.sample_of(row) for row in _table(fetched[into.item], folder))
            found = [sample for sample in rows if sample is not None]
            _check_values(found)
            run.taken += intake.add_samples(store, run, fetched[into.item].new, found)
        case Register() as into:
            records = _records(into, fetched[into.item], folder)
            run.taken += intake.add_records(store, run, fetched[into.item].new, into.name, records)
        case Readings() | None:
            raise AssertionError("readings are taken item by item, layers too")


def _check_values(found: Sequence[Observation] | Sequence[Sample]) -> None:
    for one in found:
        if not math.isfinite(one.value):
            raise ItemRejected("value", f"{one.variable} is {one.value}")


def _table(got: Fetched, folder: Path) -> list[dict[str, str]]:
    return list(decode_rows("table", got.file, folder / uuid.uuid4().hex))


def _records(into: Register, got: Fetched, folder: Path) -> Sequence[tuple[str, dict[str, object]]]:
    kind = "document" if got.file.suffix in {".yaml", ".yml", ".json"} else "table"
    rows = list(decode_rows(kind, got.file, folder / uuid.uuid4().hex))
    found = list(into.records_of(rows[0] if kind == "document" else rows))
    if not found:
        raise ItemRejected("empty", f"no record for {into.name}")
    return found


def _decode_areas(
    into: Areas, fetched: dict[str, Fetched], folder: Path
) -> tuple[list[dict[str, str]], list[dict[str, str]], list[dict[str, str]]]:
    shapes = decode_rows("features", fetched[into.areas].file, folder / uuid.uuid4().hex)
    return (
        list(shapes),
        _table(fetched[into.countries], folder),
        _table(fetched[into.regions], folder),
    )
