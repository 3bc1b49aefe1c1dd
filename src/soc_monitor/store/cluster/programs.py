"""Programs of PostgreSQL: which of those on this machine, and how one of them is run."""

import os
import pwd
import re
import shutil
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from soc_monitor.store.cluster.faults import PostgresMissing

DEBIAN = Path("/usr/lib/postgresql")
PROGRAMS = (
    "initdb", "pg_ctl", "pg_isready", "pg_config", "psql", "createdb", "pg_dump", "pg_restore",
)  # fmt: skip
INSTALL = "apt-get install postgresql postgresql-postgis"


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A cluster, and what runs it."""

    folder: Path
    """The cluster's own folder; the data lie in ``data`` below it."""
    programs: Path
    """Where initdb, pg_ctl and the others are."""
    account: pwd.struct_passwd | None = None
    """Who runs the server when we are root; None when we run it ourselves."""


def find_programs(folder: Path) -> Path:
    """The newest programs that have PostGIS and can read the data that are there."""
    places = sorted(
        (place for place in DEBIAN.glob("*/bin") if place.parent.name.isdecimal()),
        key=lambda place: int(place.parent.name),
        reverse=True,
    )
    if found := shutil.which("initdb"):
        places.append(Path(found).resolve().parent)
    wanted = None
    with suppress(FileNotFoundError):
        wanted = (folder / "data" / "PG_VERSION").read_text().strip()
    for place in places:
        version = _version_with_postgis(place)
        if version and wanted in {None, version}:
            return place
    if wanted:
        message = (
            f"PostgreSQL {wanted} with PostGIS, which wrote {folder}, is not installed: "
            f"apt-get install postgresql-{wanted} postgresql-{wanted}-postgis-3"
        )
        raise PostgresMissing(message)
    message = f"PostgreSQL with PostGIS is not installed: {INSTALL}"
    raise PostgresMissing(message)


def _version_with_postgis(programs: Path) -> str | None:
    if not all(os.access(programs / name, os.X_OK) for name in PROGRAMS):
        return None
    told = subprocess.run(
        [programs / "pg_config", "--version", "--sharedir"],
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    found = re.match(r"PostgreSQL (\d+).*\n(.+)", told)
    if not found or not Path(found[2], "extension", "postgis.control").exists():
        return None
    return found[1]


def run_program(
    server: Server,
    *command: str | Path,
    timeout_s: float = 15.0,
    holding: tuple[int, ...] = (),
) -> subprocess.CompletedProcess[str]:
    """Run a program in the cluster's folder, as the server's account."""
    words = [str(word) for word in command]
    kept = {key: value for key, value in os.environ.items() if not key.startswith("PG")}
    account = server.account
    try:
        return subprocess.run(
            words,
            cwd=server.folder,
            env={**kept, "LC_ALL": "C", "PGCONNECT_TIMEOUT": "10"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            timeout=timeout_s,
            umask=0o077,
            pass_fds=holding,
            user=account.pw_uid if account else None,
            group=account.pw_gid if account else None,
            extra_groups=[] if account else None,
        )
    except subprocess.TimeoutExpired:
        why = f"{Path(words[0]).name} did not end in {timeout_s:.0f} s"
        return subprocess.CompletedProcess(words, returncode=124, stdout="", stderr=why)
