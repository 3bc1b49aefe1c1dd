"""A disk that is full at twenty moments of an ingest."""

import os
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from rasterio.transform import Affine

from soc_monitor.errors import NoSpace
from soc_monitor.model import Grid, RunState
from soc_monitor.runs.verify import verify
from soc_monitor.store import read_slices, runs
from soc_monitor.store.store import open_store

from ..runs import conftest as fixtures  # noqa: TID252  # folders of tests are no packages
from ..runs import made_up as faults  # noqa: TID252
from .conftest import Note, dose

pytestmark = [pytest.mark.soak, pytest.mark.timeout(1800)]
small_disk, shelf = fixtures.small_disk, fixtures.shelf


def test_a_disk_full_at_any_moment_shows_nothing_half_and_works_again_with_room(
    database_url: str, shelf: Path, small_disk: Path, note: Note, seed: int
) -> None:
    chance, wide = np.random.default_rng(seed), Grid(nx=360, ny=180)
    store = open_store(database_url, small_disk, statement_s=60)
    # What is published stays: twenty maps want more than the megabyte of the short test.
    mount = shutil.which("mount")
    assert mount is not None, "the fixture has used it"
    subprocess.run([mount, "-o", "remount,size=8m", small_disk], check=True)
    filler = small_disk / "filler"
    moments, full, there = dose(20, least=4), 0, 0
    try:
        for number in range(moments):
            file = shelf / "files" / f"f{number}.tif"
            noise = chance.integers(30, 120, wide.shape).astype(np.int16)
            faults.raster(file, noise, transform=Affine(1, 0, -180, 0, -1, 90))
            layer = faults.layer(file.name, 2000 + number, cube=faults.cube(wide))
            made = faults.job(faults.files(file.name), layer)
            free = os.statvfs(small_disk).f_bavail * 4096
            room = int(file.stat().st_size * chance.uniform(0, 2.06))
            filler.write_bytes(bytes(max(free - room, 0)))
            try:
                there += faults.run(made, store, shelf).taken
            except NoSpace:
                full += 1
                assert runs.list_runs(store)[0].state is RunState.FAILED
            assert len(read_slices.newest_slices(store)) == there
            assert list(verify(store)) == []
            filler.unlink()
            # With room the same run goes on, without a new start.
            if faults.run(made, store, shelf).state is RunState.DONE:
                there += 1
            assert len(read_slices.newest_slices(store)) == there == number + 1
    finally:
        store.close()
    note(moments=moments, full=full)
    assert full >= moments // 2
