"""The built wheel, in an environment that holds nothing else of ours: it sets up and serves."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
UV = Path(sys.executable).with_name("uv")


def run(*command: str | Path, **options: object) -> str:
    """Run a command that must succeed; what it printed."""
    done = subprocess.run(
        [str(part) for part in command],
        check=False,
        capture_output=True,
        text=True,
        **options,  # type: ignore[call-overload]  # env and cwd
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return str(done.stdout)


@pytest.fixture(scope="module")
def installed() -> Iterator[Path]:
    """Folder of an environment with the lock and the wheel, far from the checkout."""
    folder = Path(tempfile.mkdtemp(prefix="soc-wheel-"))
    folder.chmod(0o755)
    try:
        run(sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, cwd=ROOT)
        (wheel,) = folder.glob("*.whl")
        assert list(folder.glob("*.tar.gz"))
        environment = {**os.environ, "VIRTUAL_ENV": str(folder / "venv")}
        run(UV, "venv", "--python", sys.executable, folder / "venv")
        lock = ROOT / "deploy" / "requirements.lock"  # what runs, without what only tests need
        run(UV, "pip", "install", "--require-hashes", "-r", lock, env=environment)
        run(UV, "pip", "install", "--no-deps", wheel, env=environment)
        yield folder
    finally:
        shutil.rmtree(folder)


def get(address: str) -> tuple[int, str]:
    """Status and body of an address of ours."""
    with urllib.request.urlopen(address, timeout=30) as answer:
        return answer.status, answer.read().decode()


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start(folder: Path, port: int) -> subprocess.Popen[str]:
    """``soc-monitor up`` of the installed wheel."""
    environment = {
        key: value for key, value in os.environ.items() if not key.startswith(("SOC_", "PYTHON"))
    } | {"SOC_DATA": str(folder / "data"), "SOC_PORT": str(port)}
    with (folder / "said.txt").open("w") as said:
        return subprocess.Popen(
            [str(folder / "venv" / "bin" / "soc-monitor"), "up"],
            cwd="/",
            env=environment,
            stderr=said,
            text=True,
        )


def wait(service: subprocess.Popen[str], folder: Path, seconds: float) -> None:
    """Until it says how to stop it, which is when it is ready."""
    end = time.monotonic() + seconds
    while "Ctrl-C" not in (folder / "said.txt").read_text():
        if service.poll() is not None or time.monotonic() > end:
            service.kill()
            raise AssertionError((folder / "said.txt").read_text())
        time.sleep(0.2)


def end(service: subprocess.Popen[str], folder: Path) -> str:
    """Stop as Ctrl-C does; what was said on the way."""
    service.send_signal(signal.SIGINT)
    service.wait(timeout=60)
    said = (folder / "said.txt").read_text()
    assert service.returncode == 0, said
    return said


def test_the_wheel_finds_its_shelves_sets_up_serves_and_starts_again_without_work(
    installed: Path,
) -> None:
    port = free_port()
    site = f"http://127.0.0.1:{port}"
    service = start(installed, port)
    try:
        wait(service, installed, 400)
        status, body = get(f"{site}/api/v1/series.json?area=FRA&v=stock")
        assert status == 200
        (row,) = json.loads(body)["data"]
        assert row["area_id"] == "FRA"
        assert 20 < row["value"] < 120
        status, page = get(f"{site}/fr/soc/FRA")
        assert status == 200
        assert "France" in page
    finally:
        said = end(service, installed)
    assert f"{site}/" in said
    assert "areas.geojson.gz" in said

    service = start(installed, port)
    try:
        wait(service, installed, 60)
    finally:
        said = end(service, installed)
    assert "areas.geojson.gz" not in said, "a second start repeats nothing"
