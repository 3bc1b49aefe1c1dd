"""The long doses of ingest: mutated files of every format, and a flood of messages."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import text

from soc_monitor.errors import ItemRejected
from soc_monitor.store.store import Store

from ..decoding.test_rasters import (  # noqa: TID252  # folders of tests are no packages
    FORMATS,
    layer,
    mutate,
    take,
)
from ..runs import test_stream as streams  # noqa: TID252
from .conftest import Note

pytestmark = [pytest.mark.soak, pytest.mark.timeout(7200)]
broker = streams.broker
MUTANTS, RATE, SECONDS = 1000, 1000, 60


@pytest.mark.parametrize("name", FORMATS)
def test_a_thousand_mutated_files_are_refused_or_hold_plausible_values(
    name: str, tmp_path: Path, note: Note, seed: int
) -> None:
    make, variable = FORMATS[name]
    chance, whole, refused = np.random.default_rng(seed), make(), 0
    rules: dict[str, int] = {}
    for number in range(MUTANTS):
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "a").write_bytes(mutate(whole, chance))
        try:
            found = take(folder / "a", layer(variable=variable))
        except ItemRejected as error:
            refused += 1
            rules[error.rule] = rules.get(error.rule, 0) + 1
        else:
            assert found.shape == (4, 8)
            assert np.nanmin(found) >= 0
            assert np.nanmax(found) <= 1000
    note(files=MUTANTS, refused=refused, decoder_died=rules.get("decoder died", 0))
    assert refused


def test_a_flood_of_messages_with_repeats_and_a_restart_is_kept_whole(
    store: Store, broker: streams.Broker, note: Note, seed: int
) -> None:
    made, chance = streams.job(5), np.random.default_rng(seed)
    distinct = RATE * SECONDS * 9 // 10
    began, slowest = time.monotonic(), 0.0

    def parts() -> Iterator[list[bytes]]:
        """A second's messages at a time, a tenth of them sent before."""
        sent = 0
        for _ in range(SECONDS):
            new = list(range(sent, sent + RATE * 9 // 10))
            sent = new[-1] + 1
            again = chance.integers(0, sent, RATE // 10).tolist()
            yield [streams.message(n) for n in (*new, *again)]

    with streams.listening(made, store, broker):
        streams.until(lambda: streams._subscribed(store, broker))  # noqa: SLF001  # its test's own
        for number, part in enumerate(parts()):
            start = time.monotonic()
            broker.send(part)
            if number == SECONDS // 2:
                broker.stop()
                broker.start()
            slowest = max(slowest, time.monotonic() - start)
            time.sleep(max(0.0, 1 - (time.monotonic() - start)))
        sending = time.monotonic() - began
        streams.until(lambda: streams.count(store) >= distinct, 600)
    with store.engine.connect() as connection:
        aside = connection.execute(text("SELECT count(*) FROM app.quarantine")).scalar_one()
    note(
        sent=RATE * SECONDS,
        distinct=distinct,
        stored=streams.count(store),
        aside=aside,
        sending_s=round(sending, 1),
        all_stored_after_s=round(time.monotonic() - began, 1),
    )
    assert streams.count(store) == distinct
    assert aside == 0
    assert threading.active_count() < 50
