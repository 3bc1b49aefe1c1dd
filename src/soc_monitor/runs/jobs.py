"""Jobs: found by being in a folder of job files, checked before they are used."""

import hashlib
import importlib.util
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
from croniter import croniter

from soc_monitor.errors import BadJob, SocMonitorError, UnknownJob
from soc_monitor.model import LANGUAGES, IngestJob, Item, Layer, Repair
from soc_monitor.model.units import affine, convert

MOST_MISSED = 1_000
"""Due times that are caught up with, at most, after a long rest."""
LONGEST_DECODE_S = 6 * 3600.0
"""No job may give its decoder longer [s]."""


@dataclass(frozen=True, slots=True)
class ShelvedJob:
    """A job with the folder that its file is in, and the version of that file."""

    job: IngestJob
    folder: Path
    version: str
    """SHA-256 of the job file."""


def code_version() -> str:
    """Version of this program, as runs write it down."""
    return version("soc-monitor")


def read_jobs(folders: Iterable[Path]) -> tuple[dict[str, ShelvedJob], dict[str, BadJob]]:
    """Every job of some folders, by id, and the files that are none: one is no matter of another.

    Returns:
        The jobs, and what is wrong: by the name of the file, which is the id that it should have;
        the second file for an id is ``id~2``. No place of a file is in what it is known by.
    """
    found: dict[str, ShelvedJob] = {}
    broken: dict[str, BadJob] = {}
    for folder in folders:
        for file in sorted(folder.glob("*.py")):
            if file.stem in found or file.stem in broken:
                number = 2 + sum(one.startswith(f"{file.stem}~") for one in broken)
                broken[f"{file.stem}~{number}"] = BadJob(
                    f"{file}: there is another job {file.stem!r}"
                )
                continue
            try:
                found[file.stem] = load_job(file)
            except BadJob as error:
                broken[file.stem] = error
    return found, broken


def load_jobs(folders: Iterable[Path]) -> dict[str, ShelvedJob]:
    """Every job of some folders, by id, all of them right.

    Raises:
        BadJob: a file does not load, is declared wrongly, or has the id of another; tells all.
    """
    found, broken = read_jobs(folders)
    if broken:
        raise BadJob("\n".join(str(error) for error in broken.values()))
    return found


def find_job(jobs: dict[str, ShelvedJob], job_id: str) -> ShelvedJob:
    """A job by its id.

    Raises:
        UnknownJob: there is none.
    """
    if job_id not in jobs:
        raise UnknownJob(f"no job {job_id!r}", allowed=tuple(sorted(jobs)))
    return jobs[job_id]


def load_job(file: Path) -> ShelvedJob:
    """The job of one file.

    Raises:
        BadJob: the file does not load or is declared wrongly; says where.
    """
    spec = importlib.util.spec_from_file_location(f"_job_{file.stem}", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except Exception as error:  # a job file is code: whatever it raises, it is told with its place
        raise BadJob(f"{file}: {type(error).__name__}: {error}") from error
    job = getattr(module, "job", None)
    if not isinstance(job, IngestJob):
        raise BadJob(f"{file}: holds no IngestJob named 'job'")
    try:
        mistakes = list(check_job(job, file))
    except Exception as error:  # a declaration of other types than it should hold
        raise BadJob(f"{file}: {type(error).__name__}: {error}") from error
    if mistakes:
        raise BadJob(f"{file}: " + "; ".join(mistakes))
    return ShelvedJob(job, file.parent, hashlib.sha256(file.read_bytes()).hexdigest())


def is_due(job: IngestJob, at: datetime) -> bool:
    """Whether an instant is a due time of the schedule that a job has now.

    Example:
        >>> from types import SimpleNamespace as Some
        >>> six = Some(schedule="0 6 * * *", time_zone="Europe/Paris")
        >>> [is_due(six, datetime(2026, 7, 1, hour, tzinfo=UTC)) for hour in (4, 6)]
        [True, False]
    """
    here = at.astimezone(ZoneInfo(job.time_zone))
    # In the hour that comes twice a year both are, by the clock on the wall; for the one that is
    # left out the next hour stands, which only the walk through the schedule finds.
    if croniter.match(job.schedule, here.replace(tzinfo=None)):
        return True
    newest: datetime = croniter(job.schedule, here + timedelta(seconds=1)).get_prev(datetime)
    return newest == at


def missed(
    job: IngestJob,
    last: datetime | None,
    due_at: datetime,
    settled: Collection[datetime] = frozenset(),
) -> list[datetime]:
    """The due times between the last that a job ran for and this one, which it wants to run for.

    A job catches up by the newest alone, unless it says that it wants all.

    Args:
        job: as it is declared now.
        last: up to when it has run; None: it never has.
        due_at: this one.
        settled: those that there is nothing to do for now.
    """
    if job.catch_up != "all" or last is None:
        return []
    clock = croniter(job.schedule, last.astimezone(ZoneInfo(job.time_zone)))
    found: list[datetime] = []
    while len(found) < MOST_MISSED:
        after: datetime = clock.get_next(datetime)
        if after >= due_at:
            break
        if after not in settled:
            found.append(after.astimezone(UTC))
    return found


def check_job(job: IngestJob, file: Path) -> Iterable[str]:
    """What is wrong with a declaration: one line a mistake."""
    if job.id != file.stem:
        yield f"id {job.id!r} is not the name of the file"
    if set(job.title) != set(LANGUAGES):
        yield f"title: needs {', '.join(LANGUAGES)}"
    if job.notes and set(job.notes) != set(LANGUAGES):
        yield f"notes: needs {', '.join(LANGUAGES)}"
    if not (job.licence and job.citation and job.link):
        yield "licence, citation and link are needed"
    yield from _check_target(job)
    yield from _check_clock(job)
    yield from _check_tiles(job)
    keys = set(getattr(job.feed, "keys", ()))
    for number, layer in enumerate(job.layers):
        for mistake in _check_layer(job, layer, keys):
            yield f"layers[{number}]: {mistake}"


def _check_clock(job: IngestJob) -> Iterable[str]:
    """When it runs."""
    if job.schedule and not croniter.is_valid(job.schedule):
        yield f"schedule: {job.schedule!r} is not a cron line"
    try:
        ZoneInfo(job.time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        yield f"time_zone: {job.time_zone!r} is not known"
    if job.catch_up not in {"newest", "all"}:
        yield f"catch_up: {job.catch_up!r} is neither 'newest' nor 'all'"
    if job.jitter_s < 0:
        yield "jitter_s: below 0"
    if not 0 < job.decode_s <= LONGEST_DECODE_S:
        yield f"decode_s: not above 0 and at most {LONGEST_DECODE_S:.0f}"


def _check_tiles(job: IngestJob) -> Iterable[str]:
    """Of what files a period is made."""
    if job.tiles is None:
        return
    if not job.tiles.names or len(set(job.tiles.names)) != len(job.tiles.names):
        yield "tiles: needs names, each once"
    if job.tiles.wait_days < 0:
        yield "tiles: wait_days is below 0"
    if job.layers_of is None or job.example is None:
        yield "tiles: needs layers_of and an example"
        return
    try:
        name = job.tiles.tile_of(job.example)
        layers = job.layers_for(job.example)
    except Exception as error:  # noqa: BLE001  # code of a job file: whatever it raises is told
        yield f"tiles: {type(error).__name__}: {error}"
        return
    if not job.tiles.known(name, job.example.period or date.min):
        yield f"tiles: tile_of(example) is {name!r}, which is not among the names"
    if any(layer.resample not in {"", "centres"} for layer in layers):
        yield "tiles: a part is brought to the grid by 'centres' alone"
    if any(layer.repairs - {Repair.NORTH_DOWN} for layer in layers):
        yield "tiles: of the repairs, only north_down is for a part"


def _check_target(job: IngestJob) -> Iterable[str]:
    """Where it goes."""
    if bool(job.layers or job.layers_of) == (job.into is not None):
        yield "either layers or into, not both"
    if (job.layers_of is None) != (job.example is None):
        yield "layers_of and example go together"
    elif job.layers_of and job.example:
        yield from _check_example(job, job.example)


def _check_example(job: IngestJob, example: Item) -> Iterable[str]:
    """What the job makes of the item that it gives as an example."""
    try:
        layers = job.layers_for(example)
    except Exception as error:  # noqa: BLE001  # code of a job file: whatever it raises is told
        yield f"layers_of: {type(error).__name__}: {error}"
        return
    if not layers:
        yield "layers_of: makes no layer of the example"
    for number, layer in enumerate(layers):
        for mistake in _check_layer(job, layer, {example.key}):
            yield f"layers_of(example)[{number}]: {mistake}"


def _check_layer(job: IngestJob, layer: Layer, keys: set[str]) -> Iterable[str]:
    if layer.cube.product != job.id:
        yield f"cube.product {layer.cube.product!r} is not the job's id"
    if keys and layer.item not in keys:
        yield f"item {layer.item!r} is not among the feed's keys"
    if layer.period > layer.period_end:
        yield "period is after period_end"
    if layer.valid[0] >= layer.valid[1]:
        yield "valid: the first is not below the second"
    if layer.band < 1:
        yield "band: counted from 1"
    yield from _check_reading(job, layer)
    yield from _check_others(job, layer)
    try:
        affine(layer.unit, layer.cube.unit)
    except SocMonitorError as error:
        yield str(error)
    else:
        yield from _check_stored(layer)


def _check_others(job: IngestJob, layer: Layer) -> Iterable[str]:
    """The cubes that it is compared with."""
    for name, other in (("at_least", layer.at_least), ("at_most", layer.at_most)):
        if other is None:
            continue
        if other.product != job.id or other.grid != layer.cube.grid:
            yield f"{name}: {other.id} is of another product, or on another grid"
        elif other.unit != layer.cube.unit:
            yield f"{name}: {other.id} has another unit"


def _check_reading(job: IngestJob, layer: Layer) -> Iterable[str]:
    """How the file is read."""
    if layer.resample not in {"", "average", "mode", "centres", "nested"}:
        yield f"resample: {layer.resample!r} is none of 'average', 'mode', 'centres', 'nested'"
    if layer.variable and layer.resample not in {"", "nested"}:
        yield "resample: for a GeoTIFF alone"
    if layer.resample == "nested" and not layer.cube.classes:
        yield "resample: 'nested' is for classes"
    if layer.most_cells is not None and layer.resample != "nested":
        yield "most_cells: with resample='nested' alone"
    if layer.crs != "EPSG:4326" and not layer.resample:
        yield f"crs: {layer.crs} needs resample"
    if layer.scale == 0 or layer.correction[0] == 0:
        yield "scale or correction: 0 leaves nothing"
    # A file is brought to the grid once, for all of its bands.
    others = job.layers + (job.layers_of(job.example) if job.layers_of and job.example else ())
    if layer.resample and len({_reading(x) for x in others if x.item == layer.item}) > 1:
        yield f"resample, crs, valid or quality: not the same for every band of {layer.item!r}"
    yield from _check_quality(job, layer)


def _reading(layer: Layer) -> tuple[object, ...]:
    return (layer.resample, layer.crs, layer.valid, layer.correction, layer.max_outside_share,
            layer.quality, layer.cube.grid)  # fmt: skip


def _check_quality(job: IngestJob, layer: Layer) -> Iterable[str]:
    """What is only read where tiles are."""
    if layer.resample == "centres" and job.tiles is None:
        yield "resample: 'centres' is for tiles"
    if layer.quality is None:
        return
    if layer.resample != "centres":
        yield "quality: is read with resample='centres' alone"
    if layer.quality.asset not in getattr(job.feed, "beside", ()):
        yield f"quality: {layer.quality.asset!r} is not fetched: name it in the feed's beside"
    if not layer.quality.keep:
        yield "quality: keep names nothing"


def _check_stored(layer: Layer) -> Iterable[str]:
    """The valid range as the cube stores it must fit its type, and leave the fill value free."""
    kind = np.dtype(layer.cube.dtype)
    if kind.kind not in "iu":
        return
    ours = (convert(edge, layer.unit, layer.cube.unit) for edge in layer.valid)
    low, high = (round(edge / layer.cube.scale) for edge in ours)
    if low < np.iinfo(kind).min or high > np.iinfo(kind).max:
        yield f"valid: {low}..{high} as stored does not fit {kind}"
    if low <= layer.cube.fill <= high:
        yield f"valid: {low}..{high} as stored holds the fill value {layer.cube.fill:g}"
