"""Arrays kept in memory: bounded, and each made once."""

import threading
import time
from functools import partial

import numpy as np
import pytest

from soc_monitor.maps.held import Array, Held


def test_the_least_recently_used_arrays_go_first() -> None:
    held = Held(limit=24)
    made: list[str] = []

    def make(key: str) -> Array:
        made.append(key)
        return np.zeros(8, "u1")

    for key in "abcabcd":
        held.get(key, partial(make, key))
    held.get("a", lambda: make("a again"))

    assert made == ["a", "b", "c", "d", "a again"]
    assert held.nbytes == 24


def test_an_array_larger_than_all_is_handed_out_and_not_kept() -> None:
    held = Held(limit=4)

    assert held.get("big", lambda: np.ones(100, "u1")).sum() == 100
    assert held.nbytes == 0


def test_threads_that_want_the_same_array_make_it_once() -> None:
    held = Held(limit=1000)
    made: list[int] = []

    def make() -> Array:
        made.append(1)
        time.sleep(0.05)
        return np.ones(1, "u1")

    threads = [threading.Thread(target=held.get, args=("a", make)) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert made == [1]


def test_what_fails_is_not_kept_and_is_tried_again() -> None:
    held = Held(limit=1000)

    def fail() -> Array:
        raise OSError("no disk")

    with pytest.raises(OSError, match="no disk"):
        held.get("a", fail)
    assert held.get("a", lambda: np.ones(1, "u1")).sum() == 1


def test_nobody_can_write_into_what_is_kept() -> None:
    kept = Held(limit=1000).get("a", lambda: np.ones(1, "u1"))

    with pytest.raises(ValueError, match="read-only"):
        kept[0] = 2
