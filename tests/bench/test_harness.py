import json
from pathlib import Path

from soc_monitor.runs.progress import silent
from tests.bench.bench import Bench, alone
from tests.bench.figure import Figure, keep
from tests.bench.run import groups


def figure(name: str, value: float) -> Figure:
    return Figure(name=name, value=value, target=2, op="<=", note="n")


def test_a_group_replaces_its_own_figures_and_leaves_the_others(tmp_path: Path) -> None:
    keep(tmp_path, [figure("page.a", 1), figure("engine.b", 3)])
    keep(tmp_path, [figure("engine.b", 2)])
    kept = json.loads((tmp_path / "benchmarks.json").read_text())
    assert [(f["name"], f["value"], f["holds"]) for f in kept] == [
        ("engine.b", 2.0, True),
        ("page.a", 1.0, True),
    ]
    assert "`page.a`" in (tmp_path / "benchmarks.md").read_text()


def test_a_target_that_is_missed_or_not_measured_does_not_hold(tmp_path: Path) -> None:
    assert not figure("a", 2.1).holds
    assert not figure("a", float("nan")).holds
    keep(tmp_path, [figure("a", 2.1)])
    assert "**no**" in (tmp_path / "benchmarks.md").read_text()


def test_groups_are_found_by_being_there_and_chosen_by_the_start_of_their_name() -> None:
    assert "engine_weights" in groups()
    assert set(groups("engine")) <= set(groups())
    assert groups("no-such-group") == []


def test_contenders_take_turns_and_the_first_call_of_each_is_not_counted(tmp_path: Path) -> None:
    calls: list[str] = []
    bench = Bench(quick=True, folder=tmp_path, report=silent)
    takings = bench.alternate(
        "t", {"a": lambda: calls.append("a"), "b": lambda: calls.append("b")}, rounds=2
    )
    assert calls == ["b", "a", "a", "b", "b", "a"]
    assert len(takings["a"]) == len(takings["b"]) == 2


def hold(size: int) -> int:
    return len(bytearray(size))


def test_the_memory_of_a_process_of_its_own_is_its_own() -> None:
    ballast = bytearray(400_000_000)
    size, small = alone(hold, 1000)
    _, large = alone(hold, 300_000_000)
    assert size == 1000
    assert small < 0.3 < large < small + 0.35
    assert len(ballast) == 400_000_000
