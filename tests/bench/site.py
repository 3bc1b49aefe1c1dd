"""Site: the whole service on a port of its own, as ``make run`` starts it."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx2

COMMAND = str(Path(sys.executable).with_name("soc-monitor"))


@contextmanager
def site(
    folder: Path, pages: Sequence[str], more: Mapping[str, str] | None = None
) -> Iterator[str]:
    """Its address, once every page has been asked for: readers are not the first.

    Args:
        folder: for its data and its log.
        pages: paths.
        more: settings.
    """
    folder.chmod(0o755)  # As root, the database runs under another account.
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**environment_of(folder), "SOC_PORT": str(port), **(more or {})}
    with (folder / "site.log").open("wb") as log:
        running = subprocess.Popen([COMMAND, "up"], env=environment, stdout=log, stderr=log)
        url = f"http://127.0.0.1:{port}"
        try:
            _wait(url, running, folder / "site.log", pages)
            yield url
        finally:
            running.send_signal(signal.SIGINT)
            running.wait(60)


def environment_of(folder: Path) -> dict[str, str]:
    """What other commands need to reach the same data."""
    return {**os.environ, "SOC_DATA": str(folder / "data")}


def _wait(url: str, running: subprocess.Popen[bytes], log: Path, pages: Sequence[str]) -> None:
    """Until the first numbers are there and every page was asked for: readers are not the first."""
    with httpx2.Client(timeout=60) as client:
        for _ in range(600):
            assert running.poll() is None, log.read_text()[-2000:]
            try:
                if client.get(f"{url}/api/v1/series.json").status_code == 200:
                    break
            except httpx2.HTTPError:
                pass
            time.sleep(1)
        for page in pages:
            client.get(url + page).raise_for_status()
