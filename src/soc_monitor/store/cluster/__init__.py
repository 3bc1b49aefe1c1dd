"""The private PostGIS of one machine: made, healed, started and stopped by the service.

It listens on a unix socket only, and everyone who can reach the socket is let in, so the
socket's folder is closed to other accounts. Only the standard library is used: an account
that cannot read the virtualenv can still run this package.
"""

import secrets
import shutil
from contextlib import suppress
from pathlib import Path

from soc_monitor.store.cluster.faults import (
    ClusterBroken,
    ClusterOutOfReach,
    NotACluster,
    PostgresMissing,
)
from soc_monitor.store.cluster.folder import (
    LOCK,
    LOG,
    alone,
    clear_leftovers,
    find_account,
    hand_over,
    reaching,
    refuse_foreign,
    refuse_strange_socket,
    socket_folder,
)
from soc_monitor.store.cluster.programs import Server, find_programs
from soc_monitor.store.cluster.server import (
    ACCEPTING,
    DATABASE,
    OWNER,
    STOP_S,
    answer,
    make,
    serve,
    shut_down,
)

__all__ = [
    "ClusterBroken",
    "ClusterOutOfReach",
    "NotACluster",
    "PostgresMissing",
    "find_programs",
    "reset",
    "running",
    "start",
    "stop",
    "url",
]


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
    with reaching(folder):
        programs = find_programs(folder)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        refuse_foreign(folder)
        with alone(folder, timeout_s) as lock:
            server = Server(folder=folder, programs=programs, account=find_account(folder))
            hand_over(server)
            if not (folder / "data" / "PG_VERSION").exists():
                make(server, lock)
            serve(server, timeout_s)
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
    with reaching(folder):
        if not (folder / LOCK).exists():
            return False
        with alone(folder, STOP_S):
            return shut_down(folder)


def running(folder: Path) -> bool:
    """Whether the cluster's server accepts connections.

    Raises:
        ClusterOutOfReach: the folder belongs to another account.
        PostgresMissing: there is a cluster here, but no programs to ask it with.
    """
    folder = folder.resolve()
    with reaching(folder):
        if not (folder / "data" / "PG_VERSION").exists():
            return False
        return answer(Server(folder=folder, programs=find_programs(folder))) == ACCEPTING


def url(folder: Path) -> str:
    """The SQLAlchemy address of the cluster's database, running or not.

    Raises:
        ClusterOutOfReach: someone else holds the place of the socket.
    """
    folder = folder.resolve()
    socket = socket_folder(folder)
    with suppress(FileNotFoundError), reaching(folder):
        refuse_strange_socket(socket, folder.stat().st_uid)
    return f"postgresql+psycopg://{OWNER}@/{DATABASE}?host={socket}"


def reset(folder: Path) -> None:
    """Stop the server and delete all its data; a folder without any stays as it is.

    Raises:
        NotACluster: the folder holds something else.
        ClusterOutOfReach: the folder belongs to another account.
        ClusterBroken: the server does not end.
    """
    folder = folder.resolve()
    with reaching(folder):
        if not folder.exists():
            return
        refuse_foreign(folder)
        with alone(folder, STOP_S):
            shut_down(folder)
            # Under its own name the data are whole or absent, even if we are killed here.
            with suppress(FileNotFoundError):
                (folder / "data").rename(folder / f"data.gone-{secrets.token_hex(4)}")
            clear_leftovers(folder)
            for socket in {folder / "run", socket_folder(folder)}:
                shutil.rmtree(socket, ignore_errors=True)
            # The lock stays: whoever waits for it must not be left with a deleted file.
            for name in (LOG, f"{LOG}.1"):
                (folder / name).unlink(missing_ok=True)
