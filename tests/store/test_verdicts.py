"""Verdicts: a row for every change, what it was before, and nothing for a night without one."""

from dataclasses import dataclass

from soc_monitor.store import read, verdicts

from .conftest import Hand


@dataclass(frozen=True)
class Found:
    status: str
    kpi: str = "a1_ndc_soc_share"
    rule: str = "1"
    reason: str = "ratio"
    ratio: float | None = 0.7


def test_every_change_is_kept_with_what_it_was_before(hand: Hand) -> None:
    hand.boundaries()
    piece = hand.slice()
    hand.publish(hand.result({"WLD": 1.0}, (piece,)))
    store, release = hand.store, read.find_release(hand.store)
    assert verdicts.newest(store) == ""

    def night(status: str, rule: str = "1") -> int:
        found = {("A1", 2030): Found(status, rule=rule), ("A2", 2030): Found("late")}
        return verdicts.keep(store, release, found)

    assert night("on_track") == 2
    assert night("on_track") == 0, "a night in which nothing changed leaves no row"
    first = verdicts.newest(store)
    assert night("accelerate") == 1
    assert verdicts.newest(store) > first
    assert night("accelerate", rule="2") == 1, "another rule is told even when the status stays"

    told = verdicts.past(store, "A1")
    assert [(one.status, one.before, one.rule) for one in told] == [
        ("accelerate", "accelerate", "2"),
        ("accelerate", "on_track", "1"),
        ("on_track", None, "1"),
    ]
    assert {one.release for one in told} == {release.name}
    assert [one.objective for one in verdicts.past(store, limit=2)] == ["A1", "A1"]
