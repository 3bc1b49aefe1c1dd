"""A figure of the benchmarks, and the two files that keep them: a list for machines, a table."""

import json
import math
import os
import platform
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

HEAD = """# Benchmarks

Made by `make bench`; `make bench QUICK=1` takes a few minutes, `make bench ONLY=engine` runs one
group. Figures are ratios wherever they can be: contenders take turns in one run, so that a busy
machine disturbs both, and the median of the ratios of the rounds is given. Answers are compared in
the same run; a time without agreement is not reported. A target that does not hold is shown.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One measured number beside its target.

    Example:
        >>> Figure(name="engine.flox_ratio", value=31.0, target=30, op=">=").holds
        True
    """

    name: str
    """``group.what``, stable: the same name is the same measurement."""
    value: float
    unit: str = "1"
    """Unit of measure; ``1`` for ratios and counts."""
    target: float
    op: Literal["<=", ">=", "=="]
    """How the value must stand to the target."""
    peer: str = ""
    """What it is measured against, with its version; empty: nothing."""
    note: str = ""
    """What was done, how the answers agree, what was odd: a sentence or two."""

    @property
    def holds(self) -> bool:
        """Whether the target is met; a value that is no number meets none."""
        if math.isnan(self.value):
            return False
        return {
            "<=": self.value <= self.target,
            ">=": self.value >= self.target,
            "==": self.value == self.target,
        }[self.op]

    def record(self) -> dict[str, Any]:
        """As it is kept."""
        kept = asdict(self)
        order = ("name", "value", "unit", "target", "op", "holds", "peer", "note")
        # Four digits are more than any of these repeats.
        kept["value"] = float(f"{self.value:.4g}")
        return {key: self.holds if key == "holds" else kept[key] for key in order}


def keep(folder: Path, figures: Iterable[Figure]) -> list[dict[str, Any]]:
    """Put figures among those that are kept in ``folder``, and write both files anew.

    Args:
        folder: where ``benchmarks.json`` and ``benchmarks.md`` are.
        figures: take the place of those of the same name.

    Returns:
        All that is kept, by name.
    """
    folder.mkdir(exist_ok=True)
    path = folder / "benchmarks.json"
    kept = {entry["name"]: entry for entry in json.loads(path.read_text())} if path.exists() else {}
    kept |= {figure.name: figure.record() for figure in figures}
    records = [kept[name] for name in sorted(kept)]
    _replace(path, json.dumps(records, indent=1, ensure_ascii=False) + "\n")
    _replace(folder / "benchmarks.md", table(records))
    return records


def table(records: Sequence[Mapping[str, Any]]) -> str:
    """The page: a table of figures, and a line on each below it."""
    held = sum(bool(entry["holds"]) for entry in records)
    lines = [HEAD, f"{held} of {len(records)} targets hold. Last machine: {machine()}.", ""]
    lines += ["| figure | value | target | holds | beside |", "| --- | ---: | ---: | --- | --- |"]
    for entry in records:
        unit = "" if entry["unit"] == "1" else f" {entry['unit']}"
        sign = {"<=": "≤", ">=": "≥", "==": "="}[entry["op"]]
        holds = "yes" if entry["holds"] else "**no**"
        lines.append(
            f"| `{entry['name']}` | {entry['value']:,}{unit} | {sign} {entry['target']:,}{unit} "
            f"| {holds} | {entry['peer']} |"
        )
    notes = [f"- `{entry['name']}`: {entry['note']}" for entry in records if entry["note"]]
    return "\n".join([*lines, "", *notes]) + "\n"


def machine() -> str:
    """What it ran on: cores, architecture, Python."""
    cores = len(os.sched_getaffinity(0))
    return f"{cores} cores, {platform.machine()}, Python {platform.python_version()}"


def _replace(path: Path, text: str) -> None:
    """Write a file whole, or not at all."""
    draft = path.with_suffix(path.suffix + ".new")
    draft.write_text(text)
    draft.replace(path)
