"""The soak tests drive what the journeys drive, for longer, and write down what they saw."""

import fcntl
import json
import os
import time
from collections.abc import Callable, Generator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ..journeys import conftest as journeys  # noqa: TID252  # folders of tests are no packages

driven = journeys.driven
driven_alone = journeys.driven_alone
small_shelf = journeys.small_shelf
undisturbed = journeys.undisturbed

DOCS = Path(__file__).parents[2] / "docs"
HEAD = """# Soak

Made by `make soak`: each row is the last run of one long test, held or not. A seed given as
`SOC_SOAK_SEED` repeats its choices.

| test | held | figures | seed | took | on |
| --- | --- | --- | --- | --- | --- |
"""

Note = Callable[..., None]
_held = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Keep whether the body of a test held, for the row that its fixture writes."""
    report = yield
    if report.when == "call":
        item.stash[_held] = report.passed
    return report


def peak_mb(pid: int | str = "self") -> float:
    """The most memory that a process has held since it began, or since ``forget_peak`` [MiB].

    Source:
        Linux manual page proc_pid_status(5): VmHWM.
    """
    told = Path(f"/proc/{pid}/status").read_text()
    line = next(one for one in told.splitlines() if one.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def forget_peak() -> None:
    """Count the peak of this process from now on (proc_pid_clear_refs(5))."""
    Path("/proc/self/clear_refs").write_text("5")


def dose(whole: int, *, least: int = 1) -> int:
    """How much of a dose is given: all of it, or the share that ``SOC_SOAK_DOSE`` says."""
    return max(round(whole * float(os.environ.get("SOC_SOAK_DOSE", "1"))), least)


@pytest.fixture
def seed() -> int:
    """What the choices of a soak follow from."""
    return int(os.environ.get("SOC_SOAK_SEED") or np.random.SeedSequence().generate_state(1)[0])


@pytest.fixture
def note(request: pytest.FixtureRequest, seed: int) -> Iterator[Note]:
    """Takes figures by name; they stand in docs/soak.md when the test has ended, however it did."""
    figures: dict[str, float] = {}
    began = time.monotonic()
    yield lambda **found: figures.update(found)
    test = request.node.name.removeprefix("test_").replace("_", " ")
    row = {
        "held": request.node.stash.get(_held, False),
        "figures": figures,
        "seed": seed,
        "took_s": round(time.monotonic() - began),
        "on": datetime.now(UTC).date().isoformat(),
    }
    _write(test, row)


def _write(test: str, row: dict[str, object]) -> None:
    if "SOC_SOAK_DOSE" in os.environ:
        return  # A part of a dose is for trying the tests; it is no record.
    kept = DOCS / "soak.json"
    # Several processes run soaks beside each other.
    with (DOCS / "soak.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        rows = json.loads(kept.read_text()) if kept.exists() else {}
        rows[test] = row
        kept.write_text(json.dumps(rows, indent=1, sort_keys=True) + "\n")
        lines = [_line(name, entry) for name, entry in sorted(rows.items())]
        (DOCS / "soak.md").write_text(HEAD + "\n".join(lines) + "\n")


def _line(name: str, row: dict[str, Any]) -> str:
    held = "yes" if row["held"] else "**no**"
    figures = ", ".join(f"{key.replace('_', ' ')} {n}" for key, n in row["figures"].items())
    return f"| {name} | {held} | {figures} | {row['seed']} | {row['took_s']} s | {row['on']} |"
