"""What goes wrong on our side: decoders that die or hang, files left by the dead, full disks."""

import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from rasterio.transform import Affine

from soc_monitor.errors import NoSpace
from soc_monitor.model import (
    Grid,
    RunState,
)
from soc_monitor.store import read_slices, runs
from soc_monitor.store.store import Store, open_store

from .made_up import (
    GOOD_JOB,
    arrays_on_disk,
    cube,
    files,
    job,
    layer,
    nothing_left,
    raster,
    rejections,
    run,
)


@contextmanager
def hunter(number: signal.Signals) -> Iterator[list[bytes]]:
    """Sends a signal to the first decoder that this process starts; keeps its environment."""
    hit: list[bytes] = []
    stop = threading.Event()

    def hunt() -> None:
        while not stop.wait(0.002) and not hit:
            for listed in Path("/proc/self/task").glob("*/children"):
                for child in listed.read_text().split():
                    with suppress(FileNotFoundError, ProcessLookupError):
                        if b"soc_monitor.decoding" in Path(f"/proc/{child}/cmdline").read_bytes():
                            own = Path(f"/proc/{child}/environ").read_bytes()
                            os.kill(int(child), number)
                            hit.append(own)

    thread = threading.Thread(target=hunt)
    thread.start()
    try:
        yield hit
    finally:
        stop.set()
        thread.join()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV])
def test_a_decoder_that_dies_costs_its_file_alone(
    store: Store, shelf: Path, number: signal.Signals
) -> None:
    raster(shelf / "files" / "first.tif")
    made = job(files("first.tif", "good.tif"), layer("first.tif", 2000), layer("good.tif", 2001))
    with hunter(number) as hit:
        ended = run(made, store, shelf)
    assert hit
    assert ended.state is RunState.PARTLY
    assert rejections(store) == {"first.tif": ("decoder died", f"stopped by {number.name}")}
    assert [s.period.year for s in read_slices.newest_slices(store)] == [2001]
    assert nothing_left(store)


def test_a_decoder_that_hangs_is_stopped(store: Store, shelf: Path) -> None:
    with hunter(signal.SIGSTOP):
        ended = run(replace(GOOD_JOB, decode_s=1.0), store, shelf)
    assert ended.state is RunState.REFUSED
    assert rejections(store) == {"good.tif": ("decoder died", "no end after 1 s")}


def test_a_decoder_is_told_no_secret(
    store: Store, shelf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOC_CDS_KEY", "canary song")
    monkeypatch.setenv("DATABASE_URL", "postgresql://canary")
    with hunter(signal.SIGKILL) as hit:
        run(GOOD_JOB, store, shelf)
    (own,) = hit
    assert b"PATH=" in own
    assert b"canary" not in own


def test_files_that_a_killed_run_left_are_gone_after_the_next(store: Store, shelf: Path) -> None:
    left = store.arrays / ".scratch" / "made_up" / "old"
    left.mkdir(parents=True)
    (left / "0.npy").touch()
    run(GOOD_JOB, store, shelf)
    assert not left.exists()
    assert nothing_left(store)


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """As the kernel leaves a disk after a fault of its own: nothing can be written."""
    mount, umount = (str(shutil.which(name)) for name in ("mount", "umount"))
    subprocess.run([mount, "-t", "tmpfs", "-o", "ro", "tmpfs", folder], check=True)
    try:
        yield
    finally:
        subprocess.run([umount, folder], check=True)


def test_a_full_disk_shows_nothing_half_and_works_again_with_room(
    database_url: str, shelf: Path, small_disk: Path
) -> None:
    wide = Grid(nx=360, ny=180)
    noise = np.random.default_rng(1).integers(30, 120, wide.shape).astype(np.int16)
    file = shelf / "files" / "good.tif"
    raster(file, noise, transform=Affine(1, 0, -180, 0, -1, 90))
    made = job(files("good.tif"), layer("good.tif", 2000, cube=cube(wide)))
    store = open_store(database_url, small_disk, statement_s=60)
    size = file.stat().st_size
    filler = small_disk / "filler"
    try:
        # Room for nothing, for part of the file, of the decoded band, of the array.
        for share in (0, 0.5, 1.5, 1.98, 2.04):
            free = os.statvfs(small_disk).f_bavail * 4096
            filler.write_bytes(bytes(free - int(size * share)))
            with pytest.raises(NoSpace):
                run(made, store, shelf)
            assert runs.list_runs(store)[0].state is RunState.FAILED
            assert read_slices.newest_slices(store) == []
            filler.unlink()
            assert arrays_on_disk(store) == set()
        with read_only(small_disk), pytest.raises(NoSpace, match="Read-only"):
            run(made, store, shelf)
        assert run(made, store, shelf).state is RunState.DONE
        assert nothing_left(store)
    finally:
        store.close()
