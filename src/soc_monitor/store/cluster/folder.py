"""The folder of a cluster: whose it is, who may work in it, and where its socket is."""

import fcntl
import os
import pwd
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from soc_monitor.store.cluster.faults import ClusterBroken, ClusterOutOfReach, NotACluster
from soc_monitor.store.cluster.processes import name_of
from soc_monitor.store.cluster.programs import Server, run_program

# Held by whoever starts or stops, and the mark by which a folder is known as ours.
LOCK = "soc-monitor.lock"
LOG = "server.log"
LOG_LINES = 15

# A socket's whole path holds 107 bytes; the server adds its own 20 or so.
SOCKET_BYTES = 80


@contextmanager
def reaching(folder: Path) -> Iterator[None]:
    """What the account may not reach is told with the account's name and a way out."""
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


def refuse_foreign(folder: Path) -> None:
    """A folder that holds something else is left alone."""
    # A disk mounted just for this brings its own lost+found.
    there = {entry.name for entry in folder.iterdir()} - {"lost+found"}
    if there and LOCK not in there:
        message = f"{folder} holds something else than a soc-monitor database ({min(there)})"
        raise NotACluster(message)


@contextmanager
def alone(folder: Path, timeout_s: float) -> Iterator[int]:
    """The only one to start or stop this cluster, for as long as the block lasts.

    Returns:
        The open lock, to be handed to children that must not be left alone.

    Raises:
        ClusterBroken: another process has it for longer than that.
    """
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


def find_account(folder: Path) -> pwd.struct_passwd | None:
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


def hand_over(server: Server) -> None:
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
    if not run_program(server, "/usr/bin/test", "-x", server.folder).returncode:
        return
    closed = next(
        place
        for place in [*reversed(server.folder.parents), server.folder]
        if run_program(server, "/usr/bin/test", "-x", place).returncode
    )
    message = (
        f"{closed} is closed to the account {server.account.pw_name}, which runs the server "
        "because root may not: set SOC_DATA to a folder elsewhere, such as /var/lib/soc-monitor"
    )
    raise ClusterOutOfReach(message)


def own_data(server: Server) -> None:
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


def clear_leftovers(folder: Path) -> None:
    """Remove what a make or a reset that was killed has left."""
    for left in (folder / "data.new", *folder.glob("data.gone-*")):
        with suppress(FileNotFoundError):
            shutil.rmtree(left)


def socket_folder(folder: Path) -> Path:
    """Where the socket of a cluster is."""
    # Blanks and commas would need three kinds of quoting: server, shell and address.
    inside = folder / "run"
    if len(os.fsencode(inside)) < SOCKET_BYTES and re.fullmatch(r"[\w./-]+", str(inside), re.ASCII):
        return inside
    # Not TMPDIR: every process has to find the same one.
    return Path("/tmp", name_of(folder))  # noqa: S108


def open_socket_folder(server: Server, socket: Path) -> None:
    """Make that folder, closed to other accounts."""
    uid = server.account.pw_uid if server.account else os.geteuid()
    with suppress(FileExistsError):
        socket.mkdir(mode=0o700)
    if server.account and socket.lstat().st_uid == 0:
        os.chown(socket, uid, server.account.pw_gid, follow_symlinks=False)
    refuse_strange_socket(socket, uid)


def refuse_strange_socket(socket: Path, uid: int) -> None:
    """A folder that others could have put there, or can write to, is not used."""
    # Anyone may make this name in /tmp first, and then answer for our server.
    found = socket.lstat()
    if not socket.is_dir() or socket.is_symlink() or found.st_uid != uid or found.st_mode & 0o077:
        message = f"{socket} is not a folder of the server's account alone: delete it"
        raise ClusterOutOfReach(message)


def end_of_log(folder: Path) -> str:
    """The last lines that the server wrote."""
    with suppress(FileNotFoundError):
        lines = (folder / LOG).read_text(errors="replace").splitlines()
        return "\n".join(lines[-LOG_LINES:])
    return ""
