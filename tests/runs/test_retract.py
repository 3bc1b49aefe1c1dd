"""What is withdrawn: the last good slice is served in its place, and that is told."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import text

from soc_monitor.errors import BadValue, FeedUnreachable, UnknownPeriod, UnknownRecord
from soc_monitor.model import Run, RunState
from soc_monitor.runs.retract import retract
from soc_monitor.runs.verify import verify
from soc_monitor.store import control, read, read_inputs, read_slices, registers, runs

from .paper import EARLY, LATE, STOCK, World, field, near

CUBE = "made_up.soc_stock_0_30cm"
DOUBLE = {cell: 2 * value for cell, value in STOCK.items()}
TRIPLE = {cell: 3 * value for cell, value in STOCK.items()}


def withdraw(
    world: World, period: date = EARLY, cube: str = CUBE, reason: str = "wrong units"
) -> Run:
    return retract(world.store, cube, period, reason=reason, by="Ada", now=datetime.now(UTC))


def test_the_last_good_slice_takes_the_place_of_what_is_withdrawn(world: World) -> None:
    world.put(EARLY, field(STOCK))
    world.put(EARLY, field(DOUBLE))
    world.estimate()
    assert world.values("soc_stock_0_30cm")["AAA-1"] == near(20.0)
    wrong = read.find_release(world.store)

    ended = withdraw(world)
    assert ended.state is RunState.DONE
    assert "version 2 retracted: wrong units; as version 1 again" in ended.detail
    assert read_slices.unpublished(world.store), "the worker is told that there is work"
    assert world.estimate().state is RunState.DONE
    assert world.values("soc_stock_0_30cm")["AAA-1"] == near(10.0)
    assert not read_slices.unpublished(world.store)
    assert not list(verify(world.store)), "the array in its place is whole"

    # What was published stays in its release, and both say why.
    found = read.read_map(world.store, wrong, "soc_stock_0_30cm", "made_up", EARLY)
    assert found["AAA-1"].value == near(20.0)
    told = {}
    for one in (found["AAA-1"], world.read("soc_stock_0_30cm")["AAA-1"]):
        (row,) = read_inputs.origin(world.store, one.calculation_id)
        told[row["version"]] = (row["retracted"], row["in_place_of"], bool(row["item"]))
    assert told == {2: ("wrong units", None, True), 3: (None, "wrong units", True)}
    acts = [(act["actor"], act["verb"], act["detail"]) for act in registers.list_audit(world.store)]
    assert ("Ada", "retract", "wrong units") in acts


def test_what_is_withdrawn_twice_does_not_come_back(world: World) -> None:
    for values in (STOCK, DOUBLE, TRIPLE):
        world.put(EARLY, field(values))
    withdraw(world)
    withdraw(world, reason="wrong too")
    world.estimate()
    assert world.values("soc_stock_0_30cm")["AAA-1"] == near(10.0)
    ended = withdraw(world, reason="and that")
    assert ended.detail.endswith("nothing is in its place")


def test_where_nothing_good_is_left_there_is_no_number(world: World) -> None:
    world.put(EARLY, field(STOCK))
    world.put(LATE, field(DOUBLE))
    world.estimate()
    withdraw(world, LATE)
    assert read_slices.unpublished(world.store)
    assert world.estimate().state is RunState.DONE
    with pytest.raises(UnknownPeriod):
        world.read("soc_stock_0_30cm", LATE)
    assert world.values("soc_stock_0_30cm", EARLY)["AAA-1"] == near(10.0)
    shown = read_slices.released_slices(world.store, read.find_release(world.store))
    assert [piece.period for piece in shown if piece.cube.id == CUBE] == [EARLY]
    assert not read_slices.unpublished(world.store)
    # What its source puts there afterwards is taken and shown.
    world.put(LATE, field(TRIPLE))
    world.estimate()
    assert world.values("soc_stock_0_30cm", LATE)["AAA-1"] == near(30.0)


def test_a_retract_tells_nothing_of_how_its_source_fares(world: World) -> None:
    world.put(EARLY, field(STOCK))
    world.put(EARLY, field(DOUBLE))
    with pytest.raises(FeedUnreachable), world.run("made_up"):
        raise FeedUnreachable("answered 403")

    def stands() -> tuple[object, ...]:
        (one,) = [x for x in read_inputs.inputs_status(world.store) if x.feed_id == "made_up"]
        failed = runs.failures_in_a_row(world.store)["made_up"]
        return one, failed, control.last_due(world.store, "made_up")

    before = stands()
    assert before[1] == (1, "FeedUnreachable: answered 403")
    withdraw(world)
    assert stands()[1:] == before[1:]
    assert stands()[0] == before[0], "it is no better for it"


def test_what_cannot_be_withdrawn_is_told(world: World) -> None:
    world.put(EARLY, field(STOCK))
    before = runs.list_runs(world.store)
    with pytest.raises(UnknownRecord, match="no slice"):
        withdraw(world, LATE)
    with pytest.raises(BadValue, match="a reason has"):
        withdraw(world, reason=" ")
    with world.store.engine.begin() as connection:
        connection.execute(text("DELETE FROM app.slice_items"))
    with pytest.raises(BadValue, match="computed here"):
        withdraw(world)
    assert [piece.version for piece in read_slices.newest_slices(world.store)] == [1]
    assert runs.list_runs(world.store) == before, "nothing was begun"
