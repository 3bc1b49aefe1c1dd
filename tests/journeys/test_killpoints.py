"""kill -9 at every point at which something becomes lasting, one after the other."""

import json
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from soc_monitor.runs.estimate import estimate
from soc_monitor.runs.ingest import ingest
from soc_monitor.runs.jobs import ShelvedJob
from soc_monitor.store.store import Store

from ..runs.made_up import raster  # noqa: TID252  # folders of tests are no packages
from ..runs.paper import World  # noqa: TID252  # the same
from . import killpoints

SHARE = 12
"""One point in so many, others every time; the soak takes them all."""


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    """A file for each year; the carbon of every cell is the year less 1900."""
    folder = tmp_path / "shelf" / "files"
    folder.mkdir(parents=True)
    for year in range(1950, 2300):
        raster(folder / f"{year}.tif", np.full((18, 36), year - 1900, np.int16))
    return tmp_path / "shelf"


def kill_at_points(store: Store, shelf: Path, stride: int, offset: int) -> list[dict[str, object]]:
    """What was found at each of some points, until a run came to its end unharmed."""
    World(store).areas()
    ingest(ShelvedJob(killpoints.job(1950), shelf, "v1"), store, datetime.now(UTC))
    estimate(store, datetime.now(UTC))
    url = store.engine.url.render_as_string(hide_password=False)
    command = [sys.executable, killpoints.__file__, url, str(store.arrays), str(shelf),
               str(stride), str(offset)]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=3600)
    assert done.returncode == 0, done.stderr[-4000:]
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert [one["recovered"] for one in found] == [0] * len(found), done.stderr[-4000:]
    assert [one["ended"] for one in found] == [-signal.SIGKILL] * (len(found) - 1) + [0]
    return found


@pytest.mark.timeout(600)
def test_a_run_killed_at_points_is_ended_by_the_next_whole_and_once(
    store: Store, shelf: Path
) -> None:
    offset = int(datetime.now(UTC).timestamp()) % SHARE
    found = kill_at_points(store, shelf, SHARE, offset)
    assert len(found) > 5
    # Before the last commit nothing is seen of the year, and after it all.
    assert found[0]["seen"] is False
    assert {one["left"] for one in found} == {0}
