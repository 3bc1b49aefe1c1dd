"""The long runs, one after the other where they measure, beside each other where they do not.

``make soak``; ``ONLY=kills,flood``: those whose names hold one of the words; ``SOC_SOAK_DOSE=0.1``:
a tenth of each, for trying: nothing is written down then.
"""

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from soc_monitor.console import err

ROOT = Path(__file__).parents[2]
ALONE = ("test_soak_flood", "test_soak_load")
"""They measure how long answers take."""
LANES = 3
"""One more than cores: schedulers mostly wait."""
APART = ("mutants", "killpoints")
"""Whose cases stand by themselves."""
LONGEST = (
    "test_soak_killpoints",
    "test_soak_schedulers",
    "test_soak_kills",
    "test_soak_mutants",
    "test_soak_database",
)
"""Begun first, so that none is left over at the end."""


def collect() -> list[str]:
    """What there is to run: a file each, or a test each where its cases stand by themselves."""
    tests = (ROOT / "tests").rglob("test_*.py")
    files = sorted(str(file) for file in tests if "mark.soak" in file.read_text())
    command = [sys.executable, "-m", "pytest", "-m", "soak", "--collect-only", "-q", "-rN", *files]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    nodes = [line for line in told.stdout.splitlines() if "::" in line]
    assert nodes, told.stdout + told.stderr
    names = (node if any(x in node for x in APART) else node.partition("::")[0] for node in nodes)
    return list(dict.fromkeys(names))


def run(node: str) -> bool:
    """One of them, in a process of its own; whether it held."""
    start = time.monotonic()
    command = [sys.executable, "-m", "pytest", "-m", "soak", "-q", "--no-header", node]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    held = ended.returncode == 0
    told = "held" if held else "did not hold"
    err.print(f"{node}: {told}, {time.monotonic() - start:.0f} s", markup=False, soft_wrap=True)
    if not held:
        err.print((ended.stdout + ended.stderr)[-6000:], markup=False)
    return held


def weight(node: str) -> int:
    """Its place in line."""
    return next((n for n, name in enumerate(LONGEST) if name in node), len(LONGEST))


def main() -> int:
    """Run all; 1 if any did not hold, 2 if there is none of that name."""
    only = [word for word in os.environ.get("ONLY", "").split(",") if word]
    nodes = [n for n in collect() if not only or any(word in n for word in only)]
    if not nodes:
        err.print("no such soak")
        return 2
    alone = [node for node in nodes if any(name in node for name in ALONE)]
    beside = sorted((node for node in nodes if node not in alone), key=weight)
    held = [run(node) for node in alone]
    with ThreadPoolExecutor(LANES) as lanes:
        held += lanes.map(run, beside)
    err.print(f"{sum(held)} of {len(held)} held; docs/soak.md has the figures")
    return 0 if all(held) else 1


if __name__ == "__main__":
    sys.exit(main())
