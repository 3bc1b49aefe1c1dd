"""Backup: the database and the arrays of a moment, into a folder, and from there back.

The database is dumped first and the arrays are copied after it: a row names only arrays that were
sealed before it, and what is published is never overwritten or removed, so that all that the dump
names is copied. A folder that has a backup takes the next one for the cost of what is new.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine, text

from soc_monitor.errors import BadValue, NoSpace, StoreUnavailable
from soc_monitor.store import cluster, schema
from soc_monitor.store.engine import transaction

DUMP, ARRAYS = "database.dump", "arrays"
DRAFT = ".new"
SCHEMAS = ("app", "ogc")
"""All that is ours: PostGIS comes with the server."""

_READER = """
DO $$
BEGIN
    CREATE ROLE soc_reader NOLOGIN;
EXCEPTION
    WHEN duplicate_object OR unique_violation OR insufficient_privilege THEN NULL;
END $$
"""
"""Rights are given to this role by the dump, and a role is none of its parts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What was copied."""

    files: int
    """Of arrays: all there are."""
    copied: int
    """Those that were not there before."""
    bytes: int
    """Of what was copied, the database included."""


def back_up(engine: Engine, arrays: Path, into: Path) -> Told:
    """Write a backup; one that is there is whole until the new one is.

    Args:
        engine: of the database.
        arrays: the folder of the arrays.
        into: a folder, made if absent: empty, or with an earlier backup of the same store.

    Raises:
        NoSpace: the disk is full; the backup that was there is as it was.
        StoreUnavailable: the database cannot be dumped; likewise.
    """
    into.mkdir(parents=True, exist_ok=True)
    dump = into / DUMP
    draft = dump.with_name(DUMP + DRAFT)
    words = [f"--schema={name}" for name in SCHEMAS]
    try:
        _run("pg_dump", "--format=custom", *words, f"--file={draft}", f"--dbname={_url(engine)}")
        told = _copy(arrays, into / ARRAYS)
        draft.replace(dump)
    except OSError as error:
        raise NoSpace(f"{into}: {error.strerror}") from error
    finally:
        draft.unlink(missing_ok=True)
    return Told(files=told.files, copied=told.copied, bytes=told.bytes + dump.stat().st_size)


def restore(engine: Engine, arrays: Path, source: Path) -> Told:
    """Bring a backup into a store that has nothing.

    The database comes back in one transaction, after the arrays: until it has, there is nothing,
    and the same command does it again.

    Raises:
        BadValue: there is no whole backup, or the database has tables already.
        NoSpace: the disk is full.
        StoreUnavailable: the database does not take the dump.
    """
    dump = source / DUMP
    if not dump.is_file() or not (source / ARRAYS).is_dir():
        raise BadValue(f"{source} has no backup: {DUMP} and {ARRAYS} are wanted")
    if schema.current(engine) is not None:
        raise BadValue("the database is not empty", hint="restore into a new SOC_DATA")
    arrays.mkdir(parents=True, exist_ok=True)
    try:
        told = _copy(source / ARRAYS, arrays)
    except OSError as error:
        raise NoSpace(f"{arrays}: {error.strerror}") from error
    with transaction(engine) as connection:
        connection.execute(text(_READER))
    words = ("--exit-on-error", "--single-transaction", "--no-owner", "--no-comments")
    _run("pg_restore", *words, f"--dbname={_url(engine)}", str(dump))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))  # Without statistics the first release takes hours.
    return Told(files=told.files, copied=told.copied, bytes=told.bytes + dump.stat().st_size)


def _url(engine: Engine) -> str:
    return engine.url.set(drivername="postgresql").render_as_string(hide_password=False)


def _run(program: str, *words: str) -> None:
    """Run a program of PostgreSQL's, the newest that is installed: it reads all older servers."""
    place = cluster.find_programs(Path("/nowhere")) / program
    ended = subprocess.run([place, *words], capture_output=True, text=True, check=False)
    if ended.returncode != 0:
        said = ended.stderr.strip().splitlines()
        raise StoreUnavailable(f"{program}: {said[-1] if said else 'ended without a word'}")


def _copy(source: Path, target: Path) -> Told:
    """Copy what is not there; what is there in part, from a copy that was killed, is no file."""
    target.mkdir(parents=True, exist_ok=True)
    files = copied = size = 0
    for path, relative in _files(source):
        files += 1
        there = target / relative
        if there.exists():
            continue  # Written once: it is the same.
        there.parent.mkdir(parents=True, exist_ok=True)
        draft = there.with_name(there.name + DRAFT)
        try:
            shutil.copyfile(path, draft)
        except FileNotFoundError:
            continue  # A draft of a run that has gone: no row names it.
        with draft.open("rb") as file:
            os.fsync(file.fileno())
        size += draft.stat().st_size
        draft.replace(there)
        copied += 1
    return Told(files=files, copied=copied, bytes=size)


def _files(folder: Path) -> Iterator[tuple[Path, Path]]:
    for place, _, names in os.walk(folder):
        for name in names:
            path = Path(place, name)
            if not name.endswith(DRAFT):
                yield path, path.relative_to(folder)
