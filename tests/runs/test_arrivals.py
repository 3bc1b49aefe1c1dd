"""What an input has brought, and what of its months never came."""

from datetime import date

import numpy as np
from sqlalchemy import text

from soc_monitor.model import Freq
from soc_monitor.store.read_arrivals import arrivals, missing

from .paper import GRID, World


def test_months_that_never_came_are_told_and_one_that_was_taken_back_is_one(world: World) -> None:
    for month in (1, 2, 3, 6, 9):
        world.put(date(2020, month, 1), np.ones(GRID.shape, np.float32), "ndvi", Freq.MONTH)
    with world.store.engine.begin() as connection:
        (feed,) = connection.execute(
            text("SELECT DISTINCT i.feed_id FROM app.items i "
                 "JOIN app.slice_items l ON l.item_id = i.id")
        ).scalars()  # fmt: skip
        connection.execute(
            text("UPDATE app.slices SET retracted = 'spoilt' WHERE period = '2020-02-01'")
        )
    holes = [(one.first, one.last) for one in missing(world.store, feed)]
    assert holes == [
        (date(2020, 7, 1), date(2020, 8, 1)),
        (date(2020, 4, 1), date(2020, 5, 1)),
        (date(2020, 2, 1), date(2020, 2, 1)),
    ]
    brought = arrivals(world.store, feed, 2)
    assert [one.first for one in brought] == [date(2020, 9, 1), date(2020, 6, 1)]
