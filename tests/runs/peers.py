"""Peers: servers that others wrote, each in a process and a database of its own."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

import httpx2

from ..conftest import _admin, database  # noqa: TID252  # folders of tests are no packages

BIN = Path(sys.executable).parent


@dataclass(frozen=True)
class Own:
    """A database for one peer."""

    user: str
    folder: str
    """Of the socket."""
    name: str


@contextmanager
def own_database(postgis: str, name: str) -> Iterator[Own]:
    """An empty database for as long as the block lasts."""
    _admin(postgis, f"CREATE DATABASE {name}")
    try:
        user = database(postgis, name).partition("://")[2].partition("@")[0]
        yield Own(user, unquote(postgis.partition("host=")[2]), name)
    finally:
        _admin(postgis, f"DROP DATABASE {name} WITH (FORCE)")


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


@contextmanager
def uvicorn(
    words: list[str], port: int, ready: str, environment: dict[str, str], log: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """A server that answers at ``ready``; killed in the end, by its number."""
    command = [str(BIN / "uvicorn"), *words, "--port", str(port)]
    with log.open("wb") as out:
        process = subprocess.Popen(command, env=environment, stdout=out, stderr=out, cwd=log.parent)
    try:
        until = time.monotonic() + 180
        while not _answers(f"http://127.0.0.1:{port}{ready}"):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < until, log.read_text()
            time.sleep(0.2)
        yield process
    finally:
        process.kill()
        process.wait()


def _answers(address: str) -> bool:
    try:
        return httpx2.get(address, timeout=30).is_success
    except httpx2.TransportError:
        return False
