"""The long version of the kills: 40 of the process, 20 of the database, a reader watching."""

import threading

import numpy as np
import pytest

from soc_monitor.store.store import Store, open_store

from ..journeys.conftest import (  # noqa: TID252  # folders of tests are no packages
    Driven,
    Undisturbed,
    check_nothing_left,
    check_whole_or_nothing,
)
from .conftest import Note

pytestmark = [pytest.mark.soak, pytest.mark.timeout(3600)]


def test_forty_kills_of_the_process_under_the_eyes_of_a_reader(
    driven: Driven, undisturbed: Undisturbed, note: Note, seed: int
) -> None:
    chance = np.random.default_rng(seed)
    stop = threading.Event()
    mixed: list[AssertionError] = []
    looks = 0

    def watch(store: Store) -> None:
        nonlocal looks
        while not stop.wait(0.01) and not mixed:
            try:
                check_whole_or_nothing(store)
                looks += 1
            except AssertionError as error:
                mixed.append(error)

    store = open_store(driven.url, driven.data, statement_s=60)
    reader = threading.Thread(target=watch, args=(store,))
    reader.start()
    killed = 0
    try:
        for _ in range(40):
            driven.start()
            killed += driven.kill(chance.uniform(0, undisturbed.seconds / 6))
        driven.start()
        assert driven.end() == []
    finally:
        stop.set()
        reader.join()
        store.close()
    note(kills=killed, looks=looks, mixed=len(mixed))
    assert mixed == []
    assert killed >= 20
    assert looks > 1000
    assert driven.state() == undisturbed.state
    check_nothing_left(driven)


def test_twenty_kills_of_the_database(
    driven_alone: Driven, undisturbed: Undisturbed, note: Note, seed: int
) -> None:
    chance = np.random.default_rng(seed)
    note(kills=20)
    for _ in range(20):
        driven_alone.start()
        driven_alone.kill_database(chance.uniform(0, undisturbed.seconds))
        driven_alone.end()
        store = driven_alone.open()
        check_whole_or_nothing(store)
        store.close()
    driven_alone.start()
    assert driven_alone.end() == []
    assert driven_alone.state() == undisturbed.state
    check_nothing_left(driven_alone)
