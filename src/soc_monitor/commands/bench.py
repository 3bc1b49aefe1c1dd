"""``soc-monitor bench``: how fast this machine is, by the benchmarks of the source code."""

import os
import subprocess
import sys
from typing import Annotated

import typer

from soc_monitor.errors import ShelfMissing
from soc_monitor.shelves import shelf


def bench(
    *,
    quick: Annotated[bool, typer.Option("--quick", help="Minutes: fewer rounds.")] = False,
    only: Annotated[str, typer.Option(help="Groups whose names begin so: engine,api.")] = "",
) -> None:
    """Measure beside a peer, as ratios, into docs/benchmarks.md; needs a checkout of the source."""
    root = shelf("migrations").parent
    if not (root / "tests/bench/run.py").is_file():
        raise ShelfMissing(
            "the benchmarks are in the source code, which an installed package does not have",
            hint="make bench",
        )
    chosen = {"QUICK": "1" if quick else "", "ONLY": only}
    ended = subprocess.run(
        [sys.executable, "-m", "tests.bench.run"],
        cwd=root,
        env={**os.environ, **chosen},
        check=False,
    )
    sys.exit(ended.returncode)
