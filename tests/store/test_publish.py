"""Publishing: one transaction, all or nothing; old releases keep their numbers."""

import threading
import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import text

from soc_monitor.errors import BadValue, LeaseLost, NothingPublished, UnknownRelease
from soc_monitor.model import RunState
from soc_monitor.store import intake, publish, read, read_inputs, read_slices, runs
from soc_monitor.store.store import Store

from .conftest import PERIODS, Hand

INDICATOR = "soc_stock_0_30cm"


def values(store: Store, release: str = "latest", period: date = PERIODS[0]) -> dict[str, object]:
    found = read.read_map(store, read.find_release(store, release), INDICATOR, "made_up", period)
    return {area: estimate.value for area, estimate in found.items()}


def count(store: Store, table: str, where: str = "true") -> int:
    with store.engine.connect() as connection:
        query = text(f"SELECT count(*) FROM app.{table} WHERE {where}")  # noqa: S608  # ours
        return int(connection.execute(query).scalar_one())


@pytest.fixture
def world(hand: Hand) -> Hand:
    """A store with boundaries."""
    hand.boundaries()
    return hand


def test_nothing_is_seen_before_the_first_release(world: Hand) -> None:
    world.slice()
    with pytest.raises(NothingPublished):
        read.find_release(world.store)


def test_a_release_shows_numbers_slices_and_the_end_of_its_run_together(world: Hand) -> None:
    piece = world.slice()
    with world.run("estimate") as run:
        name = publish.publish(
            world.store, run, "hand", [world.result({"AAA": 1.5, "BBB": None}, (piece,))]
        )
        # The run has ended with the release, not when its process leaves.
        ended = runs.get_run(world.store, run.id)
        assert (ended.state, ended.taken) == (RunState.DONE, 2)
    assert ended.detail == f"release {name}: 2 numbers, 1 slices"
    assert values(world.store) == {"AAA": 1.5, "BBB": None}
    release = read.find_release(world.store)
    assert [s.id for s in read_slices.released_slices(world.store, release)] == [piece]


def test_releases_are_named_by_month_and_counted_from_one(world: Hand) -> None:
    piece = world.slice()
    made = [world.publish(world.result({"AAA": float(k)}, (piece,))) for k in range(11)]
    month = datetime.now(UTC).strftime("%Y.%m")
    assert made == [f"{month}.{k}" for k in range(1, 12)]
    assert [r.name for r in read.list_releases(world.store)] == made[::-1]
    assert [r.seq for r in read.list_releases(world.store)] == list(range(11, 0, -1))
    with pytest.raises(UnknownRelease):
        read.find_release(world.store, f"{month}.12")


def test_only_rows_that_changed_are_written(world: Hand) -> None:
    piece = world.slice()
    first = world.result({"AAA": 1.0, "BBB": 2.0}, (piece,))
    world.publish(first)
    second = world.result({"AAA": 1.0, "BBB": 3.0}, (world.slice(value=2.0),))
    world.publish(second)
    assert count(world.store, "estimates") == 3
    found = read.read_map(
        world.store, read.find_release(world.store), INDICATOR, "made_up", PERIODS[0]
    )
    # AAA did not change: its row, and with it its origin, is still the first one.
    assert found["AAA"].calculation_id == first.calculation.id
    assert found["BBB"].calculation_id == second.calculation.id


def test_a_number_that_becomes_unknown_is_a_change(world: Hand) -> None:
    piece = world.slice()
    world.publish(world.result({"AAA": 1.0}, (piece,)))
    assert world.publish(world.result({"AAA": None}, (piece,)))
    assert values(world.store) == {"AAA": None}
    assert world.publish(world.result({"AAA": None}, (piece,))) is None


def test_nothing_changed_makes_no_release(world: Hand) -> None:
    piece = world.slice()
    world.publish(world.result({"AAA": 1.0}, (piece,)))
    before = read.find_release(world.store)
    with world.run("estimate") as run:
        same = world.result({"AAA": 1.0}, (piece,))
        assert publish.publish(world.store, run, "hand", [same]) is None
    assert runs.get_run(world.store, run.id).state is RunState.NOTHING_NEW
    assert read.find_release(world.store) == before
    assert count(world.store, "estimates") == 1


def test_old_releases_keep_their_numbers_to_the_last_bit(world: Hand) -> None:
    numbers = [0.1, 0.1 + 2**-54 + 2**-55, 1 / 3, 1e-300, 1.7976931348623157e308]
    names = []
    for number in numbers:
        names.append(world.publish(world.result({"AAA": number, "BBB": -number}, (world.slice(),))))
        assert names[-1] is not None
    for name, number in zip(names, numbers, strict=True):
        found = values(world.store, str(name))
        assert {area: float(str(v)).hex() for area, v in found.items()} == {
            "AAA": number.hex(),
            "BBB": (-number).hex(),
        }


def test_a_release_is_found_by_an_instant(world: Hand) -> None:
    piece = world.slice()
    first, _ = (world.publish(world.result({"AAA": v}, (piece,))) for v in (1.0, 2.0))
    made = read.find_release(world.store, str(first))
    assert read.find_release(world.store, as_of=made.published_at) == made
    with pytest.raises(NothingPublished):
        read.find_release(world.store, as_of=datetime(2020, 1, 1, tzinfo=UTC))


def test_an_area_that_is_gone_is_closed_and_stays_in_older_releases(world: Hand) -> None:
    piece = world.slice()
    first = world.publish(world.result({"AAA": 1.0, "BBB": 2.0}, (piece,)))
    other = world.result({"BBB": 5.0}, (piece,), period=PERIODS[1])
    world.publish(other)
    world.boundaries("smaller", ("AAA",))
    second = world.publish(
        world.result({"AAA": 1.0}, (piece,), boundaries="smaller"), boundaries="smaller"
    )
    assert second is not None
    assert values(world.store) == {"AAA": 1.0}
    assert values(world.store, str(first)) == {"AAA": 1.0, "BBB": 2.0}
    # A period that was not computed again is left as it was.
    assert values(world.store, period=PERIODS[1]) == {"BBB": 5.0}


def test_new_boundaries_alone_make_a_release(world: Hand) -> None:
    world.publish(world.result({"AAA": 1.0}, (world.slice(),)))
    world.boundaries("other")
    name = world.publish(boundaries="other")
    assert read.find_release(world.store, str(name)).boundaries_id == "other"


def test_a_slice_is_superseded_by_its_next_version(world: Hand) -> None:
    one = world.slice(value=1.0)
    apart = world.slice(PERIODS[1])
    first = world.publish(
        world.result({"AAA": 1.0}, (one,)), world.result({"AAA": 9.0}, (apart,), PERIODS[1])
    )
    two = world.slice(value=2.0)
    second = world.publish(world.result({"AAA": 2.0}, (two,)))

    def seen(name: str | None) -> dict[uuid.UUID, int]:
        release = read.find_release(world.store, str(name))
        return {s.id: s.version for s in read_slices.released_slices(world.store, release)}

    assert seen(first) == {one: 1, apart: 1}
    assert seen(second) == {two: 2, apart: 1}


def test_what_a_slice_was_computed_from_is_shown_with_it(world: Hand) -> None:
    parent = world.slice()
    with world.run() as run:
        made = world.piece(world.cube("derived"), PERIODS[0])
        made = intake.NewSlice(
            **{f: getattr(made, f) for f in made.__dataclass_fields__ if f != "parents"},
            parents=(parent,),
        )
        (child,) = intake.add_slices(world.store, run, [made], None)
    world.publish(world.result({"AAA": 1.0}, (child,)))
    release = read.find_release(world.store)
    assert {s.id for s in read_slices.released_slices(world.store, release)} == {parent, child}
    assert {
        row["item"]
        for row in read_inputs.origin(
            world.store, read_slices.newest_calculations(world.store)[0].id
        )
    } == {None, "file.tif"}


def test_infinity_is_refused_and_nothing_of_the_release_is_seen(world: Hand) -> None:
    results = [
        world.result({"AAA": 1.0}, (world.slice(),)),
        world.result({"AAA": float("inf")}, (world.slice(PERIODS[1]),), PERIODS[1]),
    ]
    with pytest.raises(BadValue, match="ck_estimates_finite"):
        world.publish(*results)
    assert count(world.store, "releases") == 0
    assert count(world.store, "calculations") == 0
    assert count(world.store, "slices", "from_release IS NOT NULL") == 0
    assert runs.list_runs(world.store)[0].state is RunState.FAILED


def test_a_publication_that_is_cut_off_shows_nothing(world: Hand) -> None:
    piece = world.slice()

    def broken() -> Iterator[publish.Result]:
        yield world.result({"AAA": 1.0}, (piece,))
        raise RuntimeError("cut off")

    with pytest.raises(RuntimeError, match="cut off"), world.run("estimate") as run:
        publish.publish(world.store, run, "hand", broken())
    assert count(world.store, "calculations") == count(world.store, "releases") == 0


def test_two_that_publish_at_once_make_two_releases_one_after_the_other(world: Hand) -> None:
    """Two jobs that compute release their numbers at the same moment."""
    piece = world.slice()
    ready, names = threading.Barrier(2), []

    def work(job: str, period: date) -> None:
        with world.run(job) as run:
            ready.wait()
            result = world.result({"AAA": 1.0}, (piece,), period)
            names.append(publish.publish(world.store, run, "hand", [result]))

    threads = [
        threading.Thread(target=work, args=pair)
        for pair in zip(("estimate", "made_up"), PERIODS, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(set(names)) == 2
    assert values(world.store) == values(world.store, period=PERIODS[1]) == {"AAA": 1.0}


def test_readers_see_all_of_a_release_or_nothing_of_it(world: Hand) -> None:
    """Every number of a release is its sequence number; a reader who sees two has seen a mix."""
    areas = [f"A{k:02d}" for k in range(40)]
    mixed: list[tuple[int, object]] = []
    stop, seen = threading.Event(), set()

    def watch() -> None:
        while not stop.is_set():
            try:
                release = read.find_release(world.store)
            except NothingPublished:
                continue
            found = [values(world.store, release.name, period) for period in PERIODS]
            numbers = {v for numbers in found for v in numbers.values()}
            pieces = read_slices.released_slices(world.store, release)
            seen.add(release.seq)
            whole = all(len(numbers) == 40 for numbers in found)
            versions = [(s.period, s.version) for s in pieces]
            if numbers != {float(release.seq)} or not whole:
                mixed.append((release.seq, numbers))
            if versions != [(period, release.seq) for period in PERIODS]:
                mixed.append((release.seq, versions))

    reader = threading.Thread(target=watch)
    reader.start()
    try:
        for seq in range(1, 13):
            slices = [world.slice(period, float(seq)) for period in PERIODS]
            world.publish(
                *(
                    world.result(dict.fromkeys(areas, float(seq)), (piece,), period)
                    for piece, period in zip(slices, PERIODS, strict=True)
                )
            )
    finally:
        stop.set()
        reader.join(30)
    assert mixed == []
    assert len(seen) > 1, "the reader was too slow to see a change"


def test_a_stale_lease_is_found_inside_the_publishing_transaction(world: Hand) -> None:
    result = world.result({"AAA": 1.0}, (world.slice(),))
    with world.run("estimate") as run:
        run.lease -= 1
        with pytest.raises(LeaseLost):
            publish.publish(world.store, run, "hand", [result])
    assert count(world.store, "calculations") == 0


def test_what_is_not_published_yet_is_known(world: Hand) -> None:
    assert read_slices.unpublished(world.store)  # The boundaries.
    piece = world.slice()
    world.publish(world.result({"AAA": 1.0}, (piece,)))
    assert not read_slices.unpublished(world.store)
    later = [world.slice(value=value) for value in (2.0, 3.0)]
    assert read_slices.unpublished(world.store)
    # The one between was never shown and never will be.
    world.publish(world.result({"AAA": 3.0}, (later[1],)))
    assert not read_slices.unpublished(world.store)


def test_what_is_left_behind_takes_with_it_what_readers_see_of_its_period(world: Hand) -> None:
    seen, other = world.slice(), world.slice(PERIODS[1])
    assert world.publish(world.result({"AAA": 1.0}, (seen, other)))
    newer = world.slice(value=2.0)

    def leave() -> str | None:
        with world.run("estimate") as run:
            return publish.publish(world.store, run, "hand", (), left=(newer,))

    older = read.find_release(world.store)
    assert leave(), "no reader has seen the newer one, and yet the older one is not of now"
    newest = read.find_release(world.store)
    told = [read_slices.released_slices(world.store, one) for one in (older, newest)]
    assert [[piece.id for piece in pieces] for pieces in told] == [[seen, other], [other]]
    assert leave() is None
    assert not read_slices.unpublished(world.store)
