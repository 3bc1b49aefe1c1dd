"""How errors go together is drawn once for a map and its areas, not month by month."""

import logging
from datetime import UTC, date, datetime

import numpy as np
import pytest

from soc_monitor.aggregate import PAIRS
from soc_monitor.model import Freq
from soc_monitor.model.error_model import MAPS
from soc_monitor.runs.correlation import MODEL
from soc_monitor.runs.estimate import VERSION, estimate
from soc_monitor.runs.nowcast_inputs import ERROR
from soc_monitor.store.store import Store
from tests.runs.test_nowcast import FIRST, World

LAST, NEW = date(2011, 3, 1), date(2011, 4, 1)


class Watched:
    """A world whose draws are counted by what the log says, and by the rows that are kept."""

    def __init__(self, world: World, caplog: pytest.LogCaptureFixture) -> None:
        self.world, self.caplog = world, caplog

    def publish(self, to: date) -> list[str]:
        """Carry on, estimate, and tell of which maps of errors pairs were drawn."""
        self.world.nowcast(to)
        self.caplog.clear()
        with self.caplog.at_level(logging.INFO, "soc_monitor.runs.correlation"):
            estimate(self.world.store, datetime.now(UTC))
        told = [one for one in self.caplog.records if one.message == "pairs drawn"]
        return [getattr(one, "cube") for one in told]  # noqa: B009  # a field of the event

    def kept(self) -> list[tuple[object, ...]]:
        query = "SELECT slice_id, area, model, value FROM app.correlations ORDER BY 1, 2"
        return self.world.ask(query)

    def errors(self) -> dict[date, float]:
        """Standard error of the stock of the world, by month."""
        query = (
            "SELECT c.period, e.std_error FROM app.estimates e"
            " JOIN app.calculations c ON c.id = e.calculation_id"
            " WHERE c.indicator = 'soc_stock_0_30cm' AND c.product = 'nowcast' AND e.area = 'WLD'"
            " AND e.until_release IS NULL"
        )
        return {row[0]: row[1] for row in self.world.ask(query)}  # type: ignore[misc]  # as selected


@pytest.fixture
def watched(store: Store, caplog: pytest.LogCaptureFixture) -> Watched:
    world = World(store)
    world.weather(FIRST, LAST)
    return Watched(world, caplog)


def test_a_new_month_and_a_revised_one_draw_no_pair(watched: Watched) -> None:
    assert sorted(watched.publish(LAST)) == [f"map.{ERROR}", f"nowcast.{ERROR}"]
    first, before = watched.kept(), watched.errors()
    # Two finest areas, their country, its region and the world, for each of both maps.
    assert len(first) == 2 * 5
    assert {row[2] for row in first} == {f"{MAPS}, {PAIRS} pairs"}
    assert MODEL in VERSION, "printed with every number"

    watched.world.month(NEW)
    assert watched.publish(NEW) == []
    watched.world.month(LAST, warmer=2.0)
    assert watched.publish(NEW) == []
    assert watched.kept() == first

    # The new month has its error, and the revised one another than before.
    after = watched.errors()
    assert set(after) - set(before) == {NEW}
    assert after[LAST] != before[LAST]
    by_area = {area: value for _, area, _, value in first[:5]}
    assert all(0 < value <= 1 for value in by_area.values())  # type: ignore[operator]  # numbers


def test_another_baseline_draws_anew(watched: Watched) -> None:
    watched.publish(LAST)
    known = {row[0] for row in watched.kept()}
    error = np.array([[24.0, 24.0, 6.0, 6.0]] * 4)
    watched.world.put("map", ERROR, date(2010, 1, 1), error, Freq.YEAR, "t ha-1")
    assert sorted(watched.publish(LAST)) == [f"map.{ERROR}", f"nowcast.{ERROR}"]
    assert len({row[0] for row in watched.kept()} - known) == 2
