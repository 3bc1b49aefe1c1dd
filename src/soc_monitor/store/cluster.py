"""The private PostGIS of one machine: made, healed, started and stopped by the service.

It listens on a unix socket only, and everyone who can reach the socket is let in, so the
socket's folder is closed to other accounts. Only the standard library is used: an account
that cannot read the virtualenv can still run this module.
"""

import fcntl
import hashlib
import os
import pwd
import re
import secrets
import shlex
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from soc_monitor.errors import SocMonitorError

DEBIAN = Path("/usr/lib/postgresql")
PROGRAMS = ("initdb", "pg_ctl", "pg_isready", "pg_config", "psql", "createdb")
INSTALL = "apt-get install postgresql postgresql-postgis"
OWNER = DATABASE = "soc_monitor"
# Held by whoever starts or stops, and the mark by which a folder is known as ours.
LOCK = "soc-monitor.lock"
LOG = "server.log"
SETTINGS = {
    "listen_addresses": "",
    "max_connections": "60",
    "shared_buffers": "128MB",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
}

# A socket's whole path holds 107 bytes; the server adds its own 20 or so.
SOCKET_BYTES = 80
LOG_BYTES = 10 << 20
LOG_LINES = 15
RETRY_S = 0.25
MAKE_S = 300.0
STOP_S = 60.0
# A start that fails this often on a cleared folder will not succeed by waiting.
REFUSALS = 8
ACCEPTING, NO_ANSWER = 0, 2


class PostgresMissing(SocMonitorError):
    """PostgreSQL with PostGIS is not installed."""


class ClusterBroken(SocMonitorError):
    """The private database does not come into service."""


class ClusterOutOfReach(SocMonitorError):
    """The private database's folder cannot be used by this account."""


class NotACluster(SocMonitorError):
    """The folder holds something else than a private database of ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Server:
    folder: Path
    """The cluster's own folder; the data lie in ``data`` below it."""
    programs: Path
    """Where initdb, pg_ctl and the others are."""
    account: pwd.struct_passwd | None = None
    """Who runs the server when we are root; None when we run it ourselves."""


def start(folder: Path, *, timeout_s: float = 30.0) -> str:
    """Bring the cluster in a folder into service, whatever state it was left in.

    Args:
        folder: the cluster's own folder; made if absent.
        timeout_s: how long another caller, and then the server, may take. Making a new
            cluster is not counted.

    Returns:
        The SQLAlchemy address of the database, which exists and has PostGIS.

    Raises:
        PostgresMissing: the programs, or PostGIS for them, are not installed.
        ClusterOutOfReach: the server's account cannot use the folder.
        NotACluster: the folder holds something else.
        ClusterBroken: the server does not come up; the message ends with its log.
    """
    folder = folder.resolve()
    with _reaching(folder):
        programs = find_programs(folder)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _refuse_foreign(folder)
        with _alone(folder, timeout_s) as lock:
            server = _Server(folder=folder, programs=programs, account=_account(folder))
            _hand_over(server)
            if not (folder / "data" / "PG_VERSION").exists():
                _make(server, lock)
            _serve(server, timeout_s)
    return url(folder)


def stop(folder: Path) -> bool:
    """Stop the server cleanly: open transactions are rolled back, everything is on disk.

    Returns:
        False if none ran.

    Raises:
        ClusterOutOfReach: the folder belongs to another account.
        ClusterBroken: the server does not end.
    """
    folder = folder.resolve()
    with _reaching(folder):
        if not (folder / LOCK).exists():
            return False
        with _alone(folder, STOP_S):
            return _stop(folder)


def running(folder: Path) -> bool:
    """Whether the cluster's server accepts connections.

    Raises:
        ClusterOutOfReach: the folder belongs to another account.
        PostgresMissing: there is a cluster here, but no programs to ask it with.
    """
    folder = folder.resolve()
    with _reaching(folder):
        if not (folder / "data" / "PG_VERSION").exists():
            return False
        return _answer(_Server(folder=folder, programs=find_programs(folder))) == ACCEPTING


def url(folder: Path) -> str:
    """The SQLAlchemy address of the cluster's database, running or not.

    Raises:
        ClusterOutOfReach: someone else holds the place of the socket.
    """
    folder = folder.resolve()
    socket = _socket_folder(folder)
    with suppress(FileNotFoundError), _reaching(folder):
        _refuse_strange_socket(socket, folder.stat().st_uid)
    return f"postgresql+psycopg://{OWNER}@/{DATABASE}?host={socket}"


def reset(folder: Path) -> None:
    """Stop the server and delete all its data; a folder without any stays as it is.

    Raises:
        NotACluster: the folder holds something else.
        ClusterOutOfReach: the folder belongs to another account.
        ClusterBroken: the server does not end.
    """
    folder = folder.resolve()
    with _reaching(folder):
        if not folder.exists():
            return
        _refuse_foreign(folder)
        with _alone(folder, STOP_S):
            _stop(folder)
            # Under its own name the data are whole or absent, even if we are killed here.
            with suppress(FileNotFoundError):
                (folder / "data").rename(folder / f"data.gone-{secrets.token_hex(4)}")
            _clear_leftovers(folder)
            for socket in {folder / "run", _socket_folder(folder)}:
                shutil.rmtree(socket, ignore_errors=True)
            # The lock stays: whoever waits for it must not be left with a deleted file.
            for name in (LOG, f"{LOG}.1"):
                (folder / name).unlink(missing_ok=True)


@contextmanager
def _reaching(folder: Path) -> Iterator[None]:
    try:
        yield
    except PermissionError as error:
        who = f"uid {os.geteuid()}"
        with suppress(KeyError):
            who = pwd.getpwuid(os.geteuid()).pw_name
        message = (
            f"{error.filename or folder} is closed to the account {who}: "
            "use the account that made it, or set SOC_DATA to a folder of your own"
        )
        raise ClusterOutOfReach(message) from error


def _refuse_foreign(folder: Path) -> None:
    # A disk mounted just for this brings its own lost+found.
    there = {entry.name for entry in folder.iterdir()} - {"lost+found"}
    if there and LOCK not in there:
        message = f"{folder} holds something else than a soc-monitor database ({min(there)})"
        raise NotACluster(message)


@contextmanager
def _alone(folder: Path, timeout_s: float) -> Iterator[int]:
    flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
    lock = os.open(folder / LOCK, flags, 0o600)
    deadline = time.monotonic() + timeout_s
    try:
        while True:
            with suppress(BlockingIOError):
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            if time.monotonic() > deadline:
                message = f"{folder}: still being started or stopped by another process"
                raise ClusterBroken(message)
            time.sleep(0.02)
        yield lock
    finally:
        os.close(lock)


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


def _account(folder: Path) -> pwd.struct_passwd | None:
    """Who the server runs as: PostgreSQL refuses root, and accounts without a name."""
    if os.geteuid():
        try:
            pwd.getpwuid(os.geteuid())
        except KeyError:
            message = (
                f"uid {os.geteuid()} has no name in /etc/passwd, which PostgreSQL needs: "
                "add one, or set DATABASE_URL to a server elsewhere"
            )
            raise ClusterOutOfReach(message) from None
        return None
    with suppress(FileNotFoundError, KeyError):
        if owner := (folder / "data").stat().st_uid:
            return pwd.getpwuid(owner)
    for name in ("postgres", "nobody"):
        with suppress(KeyError):
            return pwd.getpwnam(name)
    message = "root may not run PostgreSQL, and there is no account postgres or nobody"
    raise ClusterOutOfReach(message)


def _hand_over(server: _Server) -> None:
    """Give the folder to the server's account, which has to be able to get there."""
    if server.account is None:
        return
    for name in ("", LOCK):
        os.chown(
            server.folder / name,
            server.account.pw_uid,
            server.account.pw_gid,
            follow_symlinks=False,
        )
    if not _run(server, "/usr/bin/test", "-x", server.folder).returncode:
        return
    closed = next(
        place
        for place in [*reversed(server.folder.parents), server.folder]
        if _run(server, "/usr/bin/test", "-x", place).returncode
    )
    message = (
        f"{closed} is closed to the account {server.account.pw_name}, which runs the server "
        "because root may not: set SOC_DATA to a folder elsewhere, such as /var/lib/soc-monitor"
    )
    raise ClusterOutOfReach(message)


def _make(server: _Server, lock: int) -> None:
    # The folder may have been deleted under a server that has not noticed yet, and that
    # would take our new socket with it when it ends.
    _clear_processes(server.folder)
    _clear_leftovers(server.folder)
    fresh = server.folder / "data.new"
    made = _run(
        server,
        *(server.programs / "initdb", "-D", fresh.name, "-U", OWNER, "-A", "trust"),
        *("-E", "UTF8", "--locale=C.UTF-8", "--data-checksums"),
        timeout_s=MAKE_S,
        # Should we be killed, the next caller waits until initdb is done with the folder.
        holding=(lock,),
    )
    if made.returncode:
        message = f"{server.folder}: initdb failed\n{made.stderr.strip()}"
        raise ClusterBroken(message)
    try:
        fresh.rename(server.folder / "data")
    except OSError as error:
        message = f"{server.folder}: there are data without PG_VERSION; db reset deletes them"
        raise ClusterBroken(message) from error
    folder = os.open(server.folder, os.O_RDONLY)
    os.fsync(folder)
    os.close(folder)


def _serve(server: _Server, timeout_s: float) -> None:
    deadline = time.monotonic() + timeout_s
    refused = 0
    said = "no answer"
    while True:
        answer = _answer(server)
        if answer == ACCEPTING:
            tried = _furnish(server)
            if not tried.returncode:
                return
            refused, said = refused + 1, tried.stderr
        elif _postmaster(server.folder):
            said = "the server runs, but does not accept connections"
            _end_if_socket_is_lost(server.folder)
        elif answer == NO_ANSWER:
            tried = _launch(server, deadline - time.monotonic())
            if not tried.returncode:
                continue
            refused, said = refused + 1, tried.stderr
        if refused == REFUSALS or time.monotonic() > deadline:
            message = f"{server.folder}: {said.strip()}\n{_end_of_log(server.folder)}".strip()
            raise ClusterBroken(message)
        time.sleep(RETRY_S)


def _answer(server: _Server) -> int:
    # pg_ctl status believes a dead server's pid file; this asks the socket.
    ask = (server.programs / "pg_isready", "-q", "-t", "3", "-h", _socket_folder(server.folder))
    return _run(server, *ask).returncode


def _launch(server: _Server, timeout_s: float) -> subprocess.CompletedProcess[str]:
    folder, socket = server.folder, _socket_folder(server.folder)
    # The server would believe the pid of a dead one that nobody reaped, or whose number
    # another process has by now. Its lock on shared memory still guards the data.
    _clear_processes(folder)
    for stale in (folder / "data" / "postmaster.pid", *socket.glob(".s.PGSQL.*")):
        stale.unlink(missing_ok=True)
    _open_socket_folder(server, socket)
    _own_data(server)
    log = folder / LOG
    if log.exists() and log.stat().st_size > LOG_BYTES:
        log.rename(folder / f"{LOG}.1")
    settings = {
        **SETTINGS,
        "unix_socket_directories": str(socket),
        "cluster_name": _name(folder),
    }
    options = " ".join(f"-c {shlex.quote(f'{key}={value}')}" for key, value in settings.items())
    wait_s = max(1, int(timeout_s))
    # Relative paths: pg_ctl hands them to a shell, and the folder's may hold anything.
    return _run(
        server,
        *(server.programs / "pg_ctl", "start", "-D", "data", "-l", LOG, "-o", options),
        *("-w", "-t", str(wait_s)),
        timeout_s=wait_s + 5,
    )


def _furnish(server: _Server) -> subprocess.CompletedProcess[str]:
    place = ("-h", _socket_folder(server.folder), "-U", OWNER)
    extension = (
        *(server.programs / "psql", "-X", "-q", *place, "-d", DATABASE),
        *("-c", "create extension if not exists postgis"),
    )
    done = _run(server, *extension)
    if done.returncode:
        _run(server, server.programs / "createdb", *place, DATABASE)
        done = _run(server, *extension)
    return done


def _stop(folder: Path) -> bool:
    postmaster = _postmaster(folder)
    if postmaster:
        os.kill(postmaster, signal.SIGINT)
        deadline = time.monotonic() + STOP_S
        while _postmaster(folder):
            if time.monotonic() > deadline:
                message = f"{folder}: does not stop in {STOP_S:.0f} s\n{_end_of_log(folder)}"
                raise ClusterBroken(message)
            time.sleep(0.02)
    _clear_processes(folder)
    return postmaster is not None


def _end_if_socket_is_lost(folder: Path) -> None:
    """A server whose socket file was deleted runs on, and never makes another."""
    socket = _socket_folder(folder) / ".s.PGSQL.5432"
    status = ""
    with suppress(FileNotFoundError, IndexError):
        status = (folder / "data" / "postmaster.pid").read_text().splitlines()[7]
    if status.strip() == "ready" and not socket.exists():
        _stop(folder)


def _name(folder: Path) -> str:
    """Written by the server into the command line of each of its processes."""
    return f"soc-monitor-{hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]}"


def _is_ours(pid: str, folder: Path) -> bool:
    name = _name(folder).encode()
    try:
        words = Path("/proc", pid, "cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    return words[0].startswith(b"postgres: " + name + b":") or (
        words[0].endswith(b"/postgres") and b"cluster_name=" + name in words
    )


def _postmaster(folder: Path) -> int | None:
    with suppress(FileNotFoundError, IndexError, ValueError):
        pid = int((folder / "data" / "postmaster.pid").read_text().split()[0])
        if _is_ours(str(pid), folder):
            return pid
    return None


def _clear_processes(folder: Path) -> None:
    """End what a dead server left: a busy backend may not notice for hours.

    Nothing is lost by force here: what was committed is in the write-ahead log.
    """
    deadline = time.monotonic() + 5
    while left := [p.name for p in Path("/proc").glob("[0-9]*") if _is_ours(p.name, folder)]:
        for pid in left:
            with suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGKILL)
        if time.monotonic() > deadline:
            message = f"{folder}: processes of an earlier server do not end: {', '.join(left)}"
            raise ClusterBroken(message)
        time.sleep(0.02)


def _clear_leftovers(folder: Path) -> None:
    for left in (folder / "data.new", *folder.glob("data.gone-*")):
        with suppress(FileNotFoundError):
            shutil.rmtree(left)


def _socket_folder(folder: Path) -> Path:
    # Blanks and commas would need three kinds of quoting: server, shell and address.
    inside = folder / "run"
    if len(os.fsencode(inside)) < SOCKET_BYTES and re.fullmatch(r"[\w./-]+", str(inside), re.ASCII):
        return inside
    # Not TMPDIR: every process has to find the same one.
    return Path("/tmp", _name(folder))  # noqa: S108


def _open_socket_folder(server: _Server, socket: Path) -> None:
    uid = server.account.pw_uid if server.account else os.geteuid()
    with suppress(FileExistsError):
        socket.mkdir(mode=0o700)
    if server.account and socket.lstat().st_uid == 0:
        os.chown(socket, uid, server.account.pw_gid, follow_symlinks=False)
    _refuse_strange_socket(socket, uid)


def _refuse_strange_socket(socket: Path, uid: int) -> None:
    # Anyone may make this name in /tmp first, and then answer for our server.
    found = socket.lstat()
    if not socket.is_dir() or socket.is_symlink() or found.st_uid != uid or found.st_mode & 0o077:
        message = f"{socket} is not a folder of the server's account alone: delete it"
        raise ClusterOutOfReach(message)


def _own_data(server: _Server) -> None:
    """Hand data to the server's account that came from elsewhere, as by a restore."""
    data = server.folder / "data"
    if server.account is None or data.stat().st_uid == server.account.pw_uid:
        return
    for place, folders, files in os.walk(data):
        for name in ("", *folders, *files):
            os.chown(
                Path(place, name),
                server.account.pw_uid,
                server.account.pw_gid,
                follow_symlinks=False,
            )


def _end_of_log(folder: Path) -> str:
    with suppress(FileNotFoundError):
        lines = (folder / LOG).read_text(errors="replace").splitlines()
        return "\n".join(lines[-LOG_LINES:])
    return ""


def _run(
    server: _Server,
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
