"""Rows: areas, stations, readings, samples and registers, from decoded files into the store."""

import json
import math
import shutil
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from soc_monitor.errors import BadValue, ItemRejected
from soc_monitor.feeds.decode import decode_rows
from soc_monitor.model import (
    Areas,
    IngestJob,
    Observation,
    Readings,
    Register,
    Sample,
    Samples,
    Stations,
)
from soc_monitor.runs.boundaries import read_boundaries
from soc_monitor.runs.fetched import Fetched
from soc_monitor.runs.readings import take_rows
from soc_monitor.store import intake, tabular
from soc_monitor.store.runs import OpenRun
from soc_monitor.store.store import Store


def take_readings(into: Readings, store: Store, run: OpenRun, got: Fetched, folder: Path) -> None:
    """The readings of one file, row by row; a row that is wrong costs itself alone.

    Raises:
        ItemRejected: the file as a whole cannot be taken.
    """
    if intake.taken_item(store, run.job_id, got.new.item.key, got.new.sha256):
        return
    try:
        total = take_rows(into, store, run, got.new, _decoded(into, got, folder))
    except (ValueError, RecursionError, BadValue) as error:
        # What the reader says of the item as a whole: not the name of a known site. Or what even
        # a row that was judged good does in the database: the files after it are still taken.
        raise ItemRejected("item", str(error)) from error
    run.taken += total.accepted
    run.detail = (
        f"{run.taken} taken, {total.revised} revised, {total.duplicate} were there, "
        f"{total.aside} aside, {total.held} held"
    )


def _decoded(into: Readings, got: Fetched, folder: Path) -> Iterator[object]:
    if into.kind == "jsonl":  # written by a feed of ours, from checked JSON
        with got.file.open(encoding="utf-8") as lines:
            yield from map(json.loads, lines)
        return
    scratch = folder / uuid.uuid4().hex
    yield from _rows(into.kind, got, scratch, delimiter=into.delimiter)
    shutil.rmtree(scratch)


def take_together(
    job: IngestJob, store: Store, run: OpenRun, fetched: dict[str, Fetched], folder: Path
) -> None:
    """What several files hold together, whole or not at all.

    Raises:
        ItemRejected: a row cannot be taken.
    """
    new = [got.new for got in fetched.values()]
    same = [intake.taken_item(store, job.id, it.item.key, it.sha256) for it in new]
    if all(same):
        return
    try:
        _take(job, store, run, fetched, folder)
    except (ValueError, LookupError, TypeError, AttributeError, OverflowError, BadValue) as error:
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
            run.taken += tabular.add_observations(store, run, new, places, readings)
        case Samples() as into:
            rows = (into.sample_of(row) for row in _table(fetched[into.item], folder))
            found = [sample for sample in rows if sample is not None]
            _check_values(found)
            run.taken += tabular.add_samples(store, run, fetched[into.item].new, found)
        case Register() as into:
            records = _records(into, fetched[into.item], folder)
            run.taken += tabular.add_records(store, run, fetched[into.item].new, into.name, records)
        case Readings() | None:
            raise AssertionError("readings are taken item by item, layers too")


def _check_values(found: Sequence[Observation] | Sequence[Sample]) -> None:
    for one in found:
        if not math.isfinite(one.value):
            raise ItemRejected("value", f"{one.variable} is {one.value}")


def _table(got: Fetched, folder: Path) -> list[dict[str, str]]:
    return list(_rows("table", got, folder / uuid.uuid4().hex))


def _rows(kind: str, got: Fetched, scratch: Path, **options: str) -> Iterator[Any]:
    return decode_rows(kind, got.file, scratch, got.decode_s, **options)


def _records(into: Register, got: Fetched, folder: Path) -> Sequence[tuple[str, dict[str, object]]]:
    kind = "document" if got.file.suffix in {".yaml", ".yml", ".json"} else "table"
    rows = list(_rows(kind, got, folder / uuid.uuid4().hex))
    found = list(into.records_of(rows[0] if kind == "document" else rows))
    if not found:
        raise ItemRejected("empty", f"no record for {into.name}")
    return found


def _decode_areas(
    into: Areas, fetched: dict[str, Fetched], folder: Path
) -> tuple[list[dict[str, str]], list[dict[str, str]], list[dict[str, str]]]:
    shapes = _rows("features", fetched[into.areas], folder / uuid.uuid4().hex)
    return (
        list(shapes),
        _table(fetched[into.countries], folder),
        _table(fetched[into.regions], folder),
    )
