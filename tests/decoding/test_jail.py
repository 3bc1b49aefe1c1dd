"""The jail of the decoder: what is run in it can reach nothing but its own file."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from soc_monitor.feeds.decode import WALL_S, decode_rows, locks

PRISONER = """
import os, sys
from pathlib import Path
from soc_monitor.decoding import jail
source, folder, canary = map(Path, sys.argv[1:4])
{bounds}
jail.limit({cpu_s})
print(jail.shut(source, folder))
{crime}
"""
CRIMES = {
    "read another file": ("landlock", "print(canary.read_text())"),
    "list a folder": ("landlock", "print(os.listdir(canary.parent))"),
    "write beside the canary": ("landlock", "(canary.parent / 'new').write_text('x')"),
    "overwrite its own file": ("landlock", "source.write_text('x')"),
    "delete the canary": ("landlock", "canary.unlink()"),
    "read what the kernel says of others": ("landlock", "Path('/proc/1/environ').read_bytes()"),
    "open a socket": ("seccomp", "import socket; socket.socket()"),
    "open a socket of the machine": ("seccomp", "import socket; socket.socket(socket.AF_UNIX)"),
    "start a program": ("seccomp", "os.execv('/bin/true', ['true'])"),
}


@pytest.fixture
def places(tmp_path: Path) -> tuple[Path, Path, Path]:
    """A file of its own, a folder to write in, and a file of somebody else."""
    found = (tmp_path / "own" / "file", tmp_path / "out", tmp_path / "other" / "canary")
    for place in (found[0].parent, found[1], found[2].parent):
        place.mkdir()
    found[0].write_text("own")
    found[2].write_text("SECRET SONG")
    return found


def commit(
    crime: str, places: tuple[Path, Path, Path], bounds: str = "", cpu_s: int = 300
) -> subprocess.CompletedProcess[str]:
    program = PRISONER.format(crime=crime, bounds=bounds, cpu_s=cpu_s)
    command = [sys.executable, "-I", "-c", program, *map(str, places)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.parametrize("name", CRIMES)
def test_the_prisoner_cannot(name: str, places: tuple[Path, Path, Path]) -> None:
    lock, crime = CRIMES[name]
    if not locks()[lock]:
        pytest.skip(f"this kernel has no {lock}")
    before = places[2].stat()
    done = commit(crime, places)
    assert done.returncode == 1, done.stdout
    assert "PermissionError" in done.stderr
    assert "SONG" not in done.stdout
    after = places[2].stat()
    assert (before.st_atime_ns, before.st_mtime_ns) == (after.st_atime_ns, after.st_mtime_ns)
    assert [p.name for p in places[2].parent.iterdir()] == ["canary"]


def test_it_reads_its_own_file_and_writes_in_its_folder(places: tuple[Path, Path, Path]) -> None:
    done = commit("(folder / 'a').write_text(source.read_text() * 2)", places)
    assert done.returncode == 0, done.stderr
    assert (places[1] / "a").read_text() == "ownown"


def test_its_memory_is_bounded(places: tuple[Path, Path, Path]) -> None:
    done = commit("x = bytearray(2 * 1024**3)", places)
    assert "MemoryError" in done.stderr


def test_its_time_is_bounded(places: tuple[Path, Path, Path]) -> None:
    done = commit("while True: pass", places, cpu_s=1)
    # The soft bound is the hard one: there is nothing to be caught in between.
    assert done.returncode in {-signal.SIGXCPU, -signal.SIGKILL}


OBSERVED = """#!{python}
import resource, sys
from pathlib import Path
from soc_monitor.decoding.__main__ import main
main(sys.argv[6:])
bound = str(resource.getrlimit(resource.RLIMIT_CPU)[0])
(Path(sys.argv[8]) / "cpu").write_text(bound)
"""


@pytest.mark.parametrize(("longest_s", "cpu_s"), [(WALL_S, 300), (21_600.0, 21_600)])
def test_a_job_that_says_it_needs_longer_has_the_processor_for_as_long(
    longest_s: float, cpu_s: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    python = tmp_path / "python"
    python.write_text(OBSERVED.format(python=sys.executable))
    python.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(python))
    file = tmp_path / "own" / "file"
    file.parent.mkdir()
    file.write_text("a\n")
    assert list(decode_rows("lines", file, tmp_path / "out", longest_s))
    assert (tmp_path / "out" / "cpu").read_text() == str(cpu_s)


def test_what_it_writes_is_bounded(places: tuple[Path, Path, Path]) -> None:
    done = commit("(folder / 'a').write_bytes(bytes(5000))", places, bounds="jail.FILE = 4000")
    assert "File too large" in done.stderr
    assert (places[1] / "a").stat().st_size <= 4000


def test_its_memory_is_not_written_down_when_it_dies(places: tuple[Path, Path, Path]) -> None:
    done = commit("import resource; print(resource.getrlimit(resource.RLIMIT_CORE))", places)
    assert done.stdout.splitlines()[-1] == "(0, 0)"
