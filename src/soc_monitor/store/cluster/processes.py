"""Processes of one cluster's server, known by the name that it writes into each command line."""

import hashlib
import os
import signal
import time
from contextlib import suppress
from pathlib import Path

from soc_monitor.store.cluster.faults import ClusterBroken


def name_of(folder: Path) -> str:
    """Written by the server into the command line of each of its processes."""
    return f"soc-monitor-{hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]}"


def _is_ours(pid: str, folder: Path) -> bool:
    name = name_of(folder).encode()
    try:
        words = Path("/proc", pid, "cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    return words[0].startswith(b"postgres: " + name + b":") or (
        words[0].endswith(b"/postgres") and b"cluster_name=" + name in words
    )


def postmaster(folder: Path) -> int | None:
    """The id of the server's first process; None: it does not run."""
    with suppress(FileNotFoundError, IndexError, ValueError):
        pid = int((folder / "data" / "postmaster.pid").read_text().split()[0])
        if _is_ours(str(pid), folder):
            return pid
    return None


def clear_processes(folder: Path) -> None:
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
