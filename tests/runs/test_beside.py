"""The numbers are made beside the queue and the orders: no feed waits for them."""

import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from soc_monitor import operations
from soc_monitor.runs.registers import JUDGE
from soc_monitor.settings import Settings
from soc_monitor.store import orders, read, read_slices

from .paper import EARLY, STOCK, World, field, near


def test_neither_a_due_time_nor_an_order_waits_for_numbers_which_a_thread_makes(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(data=tmp_path, mirror="", jobs=())
    world.put(EARLY, field(STOCK))
    assert read_slices.unpublished(world.store)
    operations.run_due(settings, world.store, JUDGE, datetime.now(UTC))
    orders.give(world.store, "run", "nothing", {}, "Ada")
    assert operations.obey(settings, world.store)
    assert orders.list_orders(world.store)[0].ended_at is not None
    assert read.list_releases(world.store) == []

    monkeypatch.setattr(operations, "NUMBERS_S", 0.01)
    stop = threading.Event()
    keepers = operations.start_keepers(settings, world.store, stop)
    try:
        end = time.monotonic() + 120
        while read_slices.unpublished(world.store):
            assert time.monotonic() < end, "nobody made the numbers"
            time.sleep(0.05)
    finally:
        stop.set()
        for keeper in keepers:
            keeper.join()
    assert world.values("soc_stock_0_30cm")["AAA-1"] == near(10.0)
    made = read.list_releases(world.store)
    operations.publish_new(settings, world.store)
    assert read.list_releases(world.store) == made, "nothing is made twice"
