"""The two locks: what runs is a part of what is tested, at the same versions and hashes."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
WHOLE = ROOT / "requirements.lock"
RUN = ROOT / "deploy" / "requirements.lock"


def pins(lock: Path) -> dict[str, list[str]]:
    """``name==version`` of a lock, with its hashes in order."""
    found: dict[str, list[str]] = {}
    pin = ""
    for line in lock.read_text().splitlines():
        if match := re.match(r"([a-z0-9._-]+)(?:\[[^]]*\])?==(\S+)", line):
            pin = f"{match[1]}=={match[2]}"
            found.setdefault(pin, [])
        found[pin] += re.findall(r"--hash=(\S+)", line)
    return found


def test_what_runs_is_what_is_tested() -> None:
    whole, run = pins(WHOLE), pins(RUN)
    assert len(run) > 50
    assert {pin: hashes for pin, hashes in whole.items() if pin in run} == run
    assert all(run.values())


def test_what_runs_has_every_dependency_and_no_tool_of_the_tests() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    names = {pin.partition("==")[0] for pin in pins(RUN)}
    for asked in project["dependencies"]:
        assert re.match(r"[a-z0-9._-]+", asked)[0] in names  # type: ignore[index]  # it matches
    assert names.isdisjoint({"pytest", "mypy", "playwright", "moto"})


def test_locks_name_no_host() -> None:
    for lock in (WHOLE, RUN):
        assert "://" not in lock.read_text()
