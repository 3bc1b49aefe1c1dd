"""The server of a cluster: made, brought into service whatever state it is in, shut down."""

import os
import shlex
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

from soc_monitor.store.cluster.faults import ClusterBroken
from soc_monitor.store.cluster.folder import (
    LOG,
    clear_leftovers,
    end_of_log,
    open_socket_folder,
    own_data,
    socket_folder,
)
from soc_monitor.store.cluster.processes import clear_processes, name_of, postmaster
from soc_monitor.store.cluster.programs import Server, run_program

OWNER = DATABASE = "soc_monitor"
SETTINGS = {
    "listen_addresses": "",
    # Two web processes hold 18 each, the worker with all its jobs at work two dozen, a command 5.
    "max_connections": "100",
    "shared_buffers": "128MB",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
}
LOG_BYTES = 10 << 20
RETRY_S = 0.25
MAKE_S = 300.0
STOP_S = 60.0
# A start that fails this often on a cleared folder will not succeed by waiting.
REFUSALS = 8
ACCEPTING, NO_ANSWER = 0, 2


def make(server: Server, lock: int) -> None:
    """A new cluster in the folder; ``lock``: held on by what is started for it."""
    # The folder may have been deleted under a server that has not noticed yet, and that
    # would take our new socket with it when it ends.
    clear_processes(server.folder)
    clear_leftovers(server.folder)
    fresh = server.folder / "data.new"
    made = run_program(
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


def serve(server: Server, timeout_s: float) -> None:
    """Bring the server up, whatever state the last one left, with our database and PostGIS in it.

    Raises:
        ClusterBroken: it does not come up; the message ends with its log.
    """
    deadline = time.monotonic() + timeout_s
    refused = 0
    said = "no answer"
    while True:
        told = answer(server)
        if told == ACCEPTING:
            tried = _furnish(server)
            if not tried.returncode:
                return
            refused, said = refused + 1, tried.stderr
        elif postmaster(server.folder):
            said = "the server runs, but does not accept connections"
            _end_if_socket_is_lost(server.folder)
        elif told == NO_ANSWER:
            tried = _launch(server, deadline - time.monotonic())
            if not tried.returncode:
                continue
            refused, said = refused + 1, tried.stderr
        if refused == REFUSALS or time.monotonic() > deadline:
            message = f"{server.folder}: {said.strip()}\n{end_of_log(server.folder)}".strip()
            raise ClusterBroken(message)
        time.sleep(RETRY_S)


def answer(server: Server) -> int:
    """What the server says when asked: ``ACCEPTING``, ``NO_ANSWER``, or that it is not ready."""
    # pg_ctl status believes a dead server's pid file; this asks the socket.
    # Asked by another name, it would write FATAL into the log each time.
    whom = ("-h", socket_folder(server.folder), "-U", OWNER, "-d", "postgres")
    ask = (server.programs / "pg_isready", "-q", "-t", "3", *whom)
    return run_program(server, *ask).returncode


def _launch(server: Server, timeout_s: float) -> subprocess.CompletedProcess[str]:
    folder, socket = server.folder, socket_folder(server.folder)
    # The server would believe the pid of a dead one that nobody reaped, or whose number
    # another process has by now. Its lock on shared memory still guards the data.
    clear_processes(folder)
    for stale in (folder / "data" / "postmaster.pid", *socket.glob(".s.PGSQL.*")):
        stale.unlink(missing_ok=True)
    open_socket_folder(server, socket)
    own_data(server)
    log = folder / LOG
    if log.exists() and log.stat().st_size > LOG_BYTES:
        log.rename(folder / f"{LOG}.1")
    settings = {
        **SETTINGS,
        "unix_socket_directories": str(socket),
        "cluster_name": name_of(folder),
    }
    options = " ".join(f"-c {shlex.quote(f'{key}={value}')}" for key, value in settings.items())
    wait_s = max(1, int(timeout_s))
    # Relative paths: pg_ctl hands them to a shell, and the folder's may hold anything.
    return run_program(
        server,
        *(server.programs / "pg_ctl", "start", "-D", "data", "-l", LOG, "-o", options),
        *("-w", "-t", str(wait_s)),
        timeout_s=wait_s + 5,
    )


def _furnish(server: Server) -> subprocess.CompletedProcess[str]:
    place = ("-h", socket_folder(server.folder), "-U", OWNER)
    extension = (
        *(server.programs / "psql", "-X", "-q", *place, "-d", DATABASE),
        *("-c", "create extension if not exists postgis"),
    )
    done = run_program(server, *extension)
    if done.returncode:
        run_program(server, server.programs / "createdb", *place, DATABASE)
        done = run_program(server, *extension)
    return done


def shut_down(folder: Path) -> bool:
    """End the server cleanly, then what is left of it; False: none ran.

    Raises:
        ClusterBroken: it does not end.
    """
    running = postmaster(folder)
    if running:
        os.kill(running, signal.SIGINT)
        deadline = time.monotonic() + STOP_S
        while postmaster(folder):
            if time.monotonic() > deadline:
                message = f"{folder}: does not stop in {STOP_S:.0f} s\n{end_of_log(folder)}"
                raise ClusterBroken(message)
            time.sleep(0.02)
    clear_processes(folder)
    return running is not None


def _end_if_socket_is_lost(folder: Path) -> None:
    """A server whose socket file was deleted runs on, and never makes another."""
    socket = socket_folder(folder) / ".s.PGSQL.5432"
    status = ""
    with suppress(FileNotFoundError, IndexError):
        status = (folder / "data" / "postmaster.pid").read_text().splitlines()[7]
    if status.strip() == "ready" and not socket.exists():
        shut_down(folder)
