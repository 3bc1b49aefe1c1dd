"""Answers that are worked out once, however many threads want them."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from soc_monitor.api.once import once


def test_a_crowd_makes_one_answer_and_other_questions_do_not_wait_for_it() -> None:
    begun, go = threading.Event(), threading.Event()
    made: list[str] = []

    def make(name: str) -> str:
        made.append(name)
        if name == "slow":
            begun.set()
            assert go.wait(10)
        return name.upper()

    find = once(4, make)
    with ThreadPoolExecutor(9) as pool:
        crowd = [pool.submit(find, "slow") for _ in range(8)]
        assert begun.wait(10)
        assert pool.submit(find, "quick").result(10) == "QUICK"
        go.set()
        assert {one.result(10) for one in crowd} == {"SLOW"}

    assert sorted(made) == ["quick", "slow"]


def test_what_fails_is_tried_again() -> None:
    tries: list[int] = []

    def make() -> int:
        tries.append(1)
        if len(tries) == 1:
            raise OSError("no disk")
        return len(tries)

    find = once(1, make)
    with pytest.raises(OSError, match="no disk"):
        find()
    assert not find.begun(), "what failed is paid for again"
    assert (find(), find()) == (2, 2)
    assert find.begun()


def test_who_waits_for_what_fails_works_it_out_for_all_that_come_after() -> None:
    failing, go = threading.Event(), threading.Event()
    tries: list[int] = []

    def make() -> int:
        tries.append(1)
        if len(tries) == 1:
            failing.set()
            assert go.wait(10)
            raise OSError("no disk")
        return len(tries)

    find = once(1, make)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(find)
        assert failing.wait(10)
        second = pool.submit(find)
        while find._slots[()].wanting < 2:  # noqa: SLF001  # the second one waits behind the first
            time.sleep(0.01)
        go.set()
        assert second.result(10) == 2
        with pytest.raises(OSError, match="no disk"):
            first.result(10)
    assert find.begun()
    assert (find(), len(tries)) == (2, 2)


def test_what_was_wanted_longest_ago_is_made_again() -> None:
    made: list[int] = []

    def make(number: int) -> float:
        made.append(number)
        return time.monotonic()

    find = once(2, make)
    first = find(1)
    find(2)
    assert find(1) == first
    find(3)
    find(2)

    assert made == [1, 2, 3, 2]
