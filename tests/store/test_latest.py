"""Latest: what readers see when they name no release, and an operator's hand on it."""

import json
import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from soc_monitor.errors import BadValue, NothingPublished, UnknownRelease
from soc_monitor.store import history, latest, read, registers
from soc_monitor.store.store import Store

from .conftest import PERIODS, Hand


@pytest.fixture
def releases(hand: Hand) -> list[str]:
    """Two releases: in the second A is another, B as before, and C new in another period."""
    hand.boundaries(codes=("AAA", "BBB", "CCC"))
    piece = hand.slice()
    first = hand.publish(hand.result({"AAA": 1.0, "BBB": 5.0}, (piece,)))
    second = hand.publish(
        hand.result({"AAA": 4.0, "BBB": 5.0}, (piece,)),
        hand.result({"CCC": 7.0}, (piece,), PERIODS[1]),
    )
    assert first is not None
    assert second is not None
    return [first, second]


def told(store: Store, release: str = "latest", period: date = PERIODS[0]) -> dict[str, object]:
    found = read.find_release(store, release)
    numbers = read.read_map(store, found, "soc_stock_0_30cm", "made_up", period)
    return {area: estimate.value for area, estimate in numbers.items()}


def test_before_the_first_release_there_is_nothing_to_hold(hand: Hand) -> None:
    with pytest.raises(NothingPublished):
        latest.standing(hand.store)
    with pytest.raises(NothingPublished):
        latest.follow(hand.store, "ana")


def test_latest_follows_what_is_published(hand: Hand, releases: list[str]) -> None:
    found = latest.standing(hand.store)
    assert (found.release, found.newest, found.held_by) == (releases[1], releases[1], None)
    assert not latest.follow(hand.store, "ana")


def test_a_held_release_is_shown_whatever_is_published(hand: Hand, releases: list[str]) -> None:
    latest.hold(hand.store, releases[0], "ana", " wrong unit in the second ")
    assert told(hand.store) == {"AAA": 1.0, "BBB": 5.0}
    third = hand.publish(hand.result({"AAA": 9.0, "BBB": 5.0}, (hand.slice(value=2.0),)))
    assert told(hand.store)["AAA"] == 1.0
    found = latest.standing(hand.store)
    assert (found.release, found.newest, found.held_by) == (releases[0], third, "ana")
    assert found.reason == "wrong unit in the second"
    # Who has pinned a release goes on reading it.
    assert told(hand.store, releases[1])["AAA"] == 4.0


def test_let_go_it_is_the_newest_again_and_follows(hand: Hand, releases: list[str]) -> None:
    latest.hold(hand.store, releases[0], "ana", "wrong")
    assert latest.follow(hand.store, "ben")
    assert told(hand.store)["AAA"] == 4.0
    third = hand.publish(hand.result({"AAA": 9.0, "BBB": 5.0}, (hand.slice(value=2.0),)))
    assert latest.standing(hand.store).release == third
    said = [(row["actor"], row["verb"], row["subject"]) for row in registers.list_audit(hand.store)]
    assert said == [
        ("ben", "release publish", releases[1]),
        ("ana", "release rollback", releases[0]),
    ]


def test_nothing_is_published_again_and_again_while_held(hand: Hand, releases: list[str]) -> None:
    """The boundaries that readers see are older than the newest then: that is no news."""
    hand.boundaries("moved", codes=("AAA", "BBB"))
    piece = hand.slice(value=2.0)
    result = hand.result({"AAA": 3.0}, (piece,), boundaries="moved")
    assert hand.publish(result, boundaries="moved") is not None
    latest.hold(hand.store, releases[0], "ana", "wrong borders")
    assert hand.publish(boundaries="moved") is None


def test_a_hold_needs_a_reason_and_a_release(hand: Hand, releases: list[str]) -> None:
    with pytest.raises(BadValue, match="reason"):
        latest.hold(hand.store, releases[0], "ana", "  ")
    with pytest.raises(UnknownRelease, match="1999"):
        latest.hold(hand.store, "1999.01.1", "ana", "why not")
    assert latest.standing(hand.store).held_by is None


def test_two_releases_are_compared_in_either_order(hand: Hand, releases: list[str]) -> None:
    old, new = (read.find_release(hand.store, name) for name in releases)
    (found,) = history.moved(hand.store, old, new)
    assert (found.numbers, found.new, found.gone, found.moved) == (2, 1, 0, 1)
    assert (found.largest, found.area, found.period) == (3.0, "AAA", PERIODS[0])
    (back,) = history.moved(hand.store, new, old)
    assert (back.new, back.gone, back.moved) == (0, 1, 1)
    assert history.moved(hand.store, new, new) == []


def test_the_command_does_it(hand: Hand, releases: list[str], tmp_path: Path) -> None:
    def command(*words: str) -> tuple[int, list[dict[str, object]]]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith("SOC_")}
        url = hand.store.engine.url.render_as_string(hide_password=False)
        done = subprocess.run(
            [sys.executable, "-m", "soc_monitor.cli", "release", *words, "--json"],
            env=kept
            | {"SOC_DATA": str(tmp_path / "data"), "SOC_ARRAYS": str(hand.store.arrays),
               "DATABASE_URL": url.replace("+psycopg", "")},
            capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        assert done.returncode in {0, 3}, done.stderr
        return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]

    code, rows = command("rollback", releases[0], "--reason", "wrong", "--by", "ana")
    assert (code, rows[0]["release"], rows[0]["held_by"]) == (0, releases[0], "ana")
    _, rows = command("list")
    assert [row["latest"] for row in rows] == [False, True]
    _, rows = command("diff", *releases)
    assert [(row["moved"], row["largest"]) for row in rows] == [(1, 3.0)]
    code, rows = command("publish", "--by", "ana")
    assert (code, rows[0]["release"], rows[0]["held_by"]) == (0, releases[1], None)
    code, _ = command("publish", "--by", "ana")
    assert code == 3
