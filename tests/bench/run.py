"""Figures beside a peer's, as ratios, into ``docs/benchmarks.json`` and ``docs/benchmarks.md``.

``make bench``; ``QUICK=1``: a few minutes; ``ONLY=engine,page``: groups whose names begin so.

To add a group, add a file ``tests/bench/groups/<name>.py`` with one function:

    def figures(bench: Bench) -> Iterator[Figure]:

It yields each figure as soon as it is measured; what it has yielded is kept even if it fails
later, and takes the place of the figures of the same names. ``bench.alternate`` lets contenders
take turns, ``alone`` measures memory in a process of its own, ``bench.folder`` takes files,
``bench.quick`` asks for a few minutes instead of many. Compare the answers before you yield a
time, and raise ``Disagreement`` when they differ. Each group runs in its own process.
"""

import importlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

from soc_monitor.console import bars, emit_table, err
from tests.bench.bench import Bench
from tests.bench.figure import Figure, keep

ROOT = Path(__file__).parents[2]
GROUPS = Path(__file__).parent / "groups"


def groups(only: str = "") -> list[str]:
    """Names of the groups: the files that are there, those of ``only`` if it says any."""
    names = sorted(path.stem for path in GROUPS.glob("[!_]*.py"))
    wanted = tuple(part.strip() for part in only.split(",") if part.strip())
    return [name for name in names if not wanted or name.startswith(wanted)]


def measure(group: str, into: Path, *, quick: bool) -> None:
    """Run one group in this process; a line of JSON for each figure, as it comes."""
    module = importlib.import_module(f"tests.bench.groups.{group}")
    with tempfile.TemporaryDirectory(prefix="soc-bench-") as folder, bars() as report:
        bench = Bench(quick=quick, folder=Path(folder), report=report)
        found: Iterable[Figure] = module.figures(bench)
        for figure in found:
            with into.open("a") as file:
                file.write(json.dumps(asdict(figure)) + "\n")


def run(group: str, *, docs: Path = ROOT / "docs") -> bool:
    """Run one group in its own process and keep its figures; whether it came to its end."""
    with tempfile.TemporaryDirectory(prefix="soc-bench-") as folder:
        into = Path(folder) / "figures.jsonl"
        into.touch()
        ended = subprocess.run(
            [sys.executable, "-m", "tests.bench.run", group, str(into)], cwd=ROOT, check=False
        )
        figures = [Figure(**json.loads(line)) for line in into.read_text().splitlines()]
    keep(docs, figures)
    columns = ("name", "value", "unit", "op", "target", "holds")
    emit_table([{c: f.record()[c] for c in columns} for f in figures], as_json=False)
    return ended.returncode == 0


def main() -> int:
    """Run what ``ONLY`` asks for; 1 if a group failed, 2 if there is none of that name."""
    chosen = groups(os.environ.get("ONLY", ""))
    if not chosen:
        err.print(f"no such group; there are: {', '.join(groups())}", markup=False)
        return 2
    failed = []
    for number, group in enumerate(chosen, 1):
        err.print(f"{group} ({number} of {len(chosen)})", markup=False)
        if not run(group):
            failed.append(group)
    if failed:
        err.print(f"failed: {', '.join(failed)}", markup=False)
    return 1 if failed else 0


if __name__ == "__main__":
    if len(sys.argv) == 3:
        measure(sys.argv[1], Path(sys.argv[2]), quick=bool(os.environ.get("QUICK")))
    else:
        sys.exit(main())
