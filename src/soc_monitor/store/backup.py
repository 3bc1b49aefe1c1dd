"""Backup: the database and the arrays of a moment, into a folder, and from there back.

The database is dumped first and the arrays are copied after it: a row names only arrays that were
sealed before it, and what is published is never overwritten or removed, so that all that the dump
names is copied. Arrays that are being written meanwhile are copied as they are, and again by the
next backup. A folder that has a backup takes the next one for the cost of what is new.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine, text

from soc_monitor.errors import FULL, BadValue, NoSpace, StoreUnavailable, is_full
from soc_monitor.store import cluster, schema
from soc_monitor.store.engine import transaction

DUMP, ARRAYS = "database.dump", "arrays"
DRAFT = ".new"
SCHEMAS = ("app", "queue", "ogc")
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
        BadValue: the folder cannot be written to; likewise.
        StoreUnavailable: the database cannot be dumped; likewise.
    """
    dump = into / DUMP
    draft = dump.with_name(DUMP + DRAFT)
    words = [f"--schema={name}" for name in SCHEMAS]
    with _in_words(into):
        into.mkdir(parents=True, exist_ok=True)
        try:
            _run(engine, "pg_dump", "--format=custom", *words, f"--file={draft}")
            told = _copy(arrays, into / ARRAYS)
            draft.replace(dump)
        finally:
            draft.unlink(missing_ok=True)
    return Told(files=told.files, copied=told.copied, bytes=told.bytes + dump.stat().st_size)


def restore(engine: Engine, arrays: Path, source: Path) -> Told:
    """Bring a backup into a store that has nothing.

    The database comes back in one transaction, after the arrays: until it has, there is nothing,
    and the same command does it again.

    Raises:
        BadValue: there is no whole backup, the database has tables already, or the folder of the
            arrays cannot be written to.
        NoSpace: the disk is full.
        StoreUnavailable: the database does not take the dump.
    """
    dump = source / DUMP
    if not dump.is_file() or not (source / ARRAYS).is_dir():
        raise BadValue(f"{source} has no backup: {DUMP} and {ARRAYS} are wanted")
    if schema.current(engine) is not None:
        raise BadValue("the database is not empty", hint="restore into a new SOC_DATA")
    with _in_words(arrays):
        arrays.mkdir(parents=True, exist_ok=True)
        told = _copy(source / ARRAYS, arrays)
    with transaction(engine) as connection:
        connection.execute(text(_READER))
    words = ("--exit-on-error", "--single-transaction", "--no-owner")
    _run(engine, "pg_restore", *words, str(dump))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))  # Without statistics the first release takes hours.
    return Told(files=told.files, copied=told.copied, bytes=told.bytes + dump.stat().st_size)


@contextmanager
def _in_words(folder: Path) -> Iterator[None]:
    """Say what stands against writing into a folder."""
    try:
        yield
    except OSError as error:
        said = f"{folder}: {error.strerror}"
        raise (NoSpace(said) if is_full(error) else BadValue(said)) from error


def _run(engine: Engine, program: str, *words: str) -> None:
    """Run a program of PostgreSQL's, the newest that is installed: it reads all older servers."""
    place = cluster.find_programs(Path("/nowhere")) / program
    # Everyone on the machine can read the words of a command, and nobody its environment.
    url = engine.url.set(drivername="postgresql", password=None).render_as_string()
    secret = {"PGPASSWORD": engine.url.password} if engine.url.password else {}
    ended = subprocess.run(
        [place, f"--dbname={url}", *words],
        env={**os.environ, **secret, "LC_ALL": "C"},
        capture_output=True,
        text=True,
        check=False,
    )
    if ended.returncode != 0:
        said = ended.stderr.strip().splitlines()
        told = f"{program}: {said[-1] if said else 'ended without a word'}"
        # It tells a number of the system only in its words: those of the locale C.
        full = any(os.strerror(number) in ended.stderr for number in FULL)
        raise (NoSpace if full else StoreUnavailable)(told)


def _copy(source: Path, target: Path) -> Told:
    """Copy what is not there as it is here: of the same size and time.

    A copy that was killed has left a draft, which is no file.
    """
    target.mkdir(parents=True, exist_ok=True)
    files = copied = size = 0
    for path, relative in _files(source):
        there = target / relative
        try:
            # Its time is taken before its bytes: what changes meanwhile differs the next time.
            now = path.stat()
            files += 1
            if _is_same(there, now):
                continue
            there.parent.mkdir(parents=True, exist_ok=True)
            draft = there.with_name(there.name + DRAFT)
            shutil.copyfile(path, draft)
        except FileNotFoundError:
            continue  # Of a run that has gone: no row names it.
        with draft.open("rb") as file:
            os.fsync(file.fileno())
        os.utime(draft, ns=(now.st_atime_ns, now.st_mtime_ns))
        draft.replace(there)
        size += now.st_size
        copied += 1
    return Told(files=files, copied=copied, bytes=size)


def _is_same(there: Path, now: os.stat_result) -> bool:
    try:
        told = there.stat()
    except FileNotFoundError:
        return False
    return (told.st_size, told.st_mtime_ns) == (now.st_size, now.st_mtime_ns)


def _files(folder: Path) -> Iterator[tuple[Path, Path]]:
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]  # Scratch of runs.
        for name in names:
            path = Path(place, name)
            if not name.endswith(DRAFT):
                yield path, path.relative_to(folder)
