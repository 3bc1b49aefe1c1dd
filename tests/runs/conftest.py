"""What tests of runs share."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from soc_monitor.store.store import Store

from .made_up import raster
from .paper import World

collect_ignore = ["sensorthings_service.py"]
"""Programs of others, which are started as processes."""


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    """A folder of job files with a good file, ``files/good.tif``."""
    (tmp_path / "shelf" / "files").mkdir(parents=True)
    raster(tmp_path / "shelf" / "files" / "good.tif")
    return tmp_path / "shelf"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of one megabyte."""
    folder = tmp_path / "small"
    folder.mkdir()
    mount, umount = map(shutil.which, ("mount", "umount"))
    if mount is None or umount is None:
        pytest.skip("no program to mount a small file system with")
    command = [mount, "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)]
    told = subprocess.run(command, capture_output=True, text=True, check=False)
    if told.returncode:
        pytest.skip(f"only root may mount a small file system: {told.stderr.strip()}")
    yield folder
    # Lazily: the kernel may hold a file of a decoder that has just ended for a moment.
    subprocess.run([umount, "--lazy", folder], check=True)


@pytest.fixture
def world(store: Store) -> World:
    """The world of ``paper``, with its areas and no field."""
    made = World(store)
    made.areas()
    return made
