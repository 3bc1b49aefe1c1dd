"""Intake: the same again is no work, other content is a revision, and nonsense is refused."""

import threading
from datetime import UTC, date, datetime
from itertools import pairwise

import pytest
from sqlalchemy import text

from soc_monitor.errors import BadValue
from soc_monitor.model import DataClass, Observation, Sample, Station
from soc_monitor.model.item_versions import version_order
from soc_monitor.store import intake, read, read_areas, read_slices, tabular
from soc_monitor.store.store import Store

from .conftest import JOB, PERIODS, Hand

PLACES = [
    Station(id="s1", name="One", lon=5.5, lat=-3.25),
    Station(id="s2", name="Two", lon=-179.9, lat=80.0),
]


def ask(store: Store, query: str) -> list[tuple[object, ...]]:
    with store.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


def reading(
    day: str, value: float = 0.2, station: str = "s1", known: str | None = None
) -> Observation:
    return Observation(
        station=station,
        variable="soil_moisture",
        time=datetime.fromisoformat(day).replace(tzinfo=UTC),
        result_time=datetime.fromisoformat(known or day).replace(tzinfo=UTC),
        value=value,
        unit="m3 m-3",
    )


def observe(hand: Hand, *readings: Observation) -> int:
    with hand.run() as run:
        return tabular.add_observations(hand.store, run, [hand.item()], PLACES, list(readings))


# --- items and slices --------------------------------------------------------------------------


def test_the_same_file_twice_is_one_item(hand: Hand) -> None:
    item = hand.item()
    for period in PERIODS:
        with hand.run() as run:
            intake.add_slices(hand.store, run, [hand.piece(hand.cube(), period)], item)
    assert ask(hand.store, "SELECT count(*) FROM app.items") == [(1,)]
    assert ask(hand.store, "SELECT count(*) FROM app.slice_items") == [(2,)]
    assert intake.taken_layers(hand.store, JOB, item.sha256) == {
        (hand.cube().id, period) for period in PERIODS
    }
    assert intake.taken_item(hand.store, JOB, "file.tif", item.sha256) is not None
    assert intake.taken_item(hand.store, JOB, "other.tif", item.sha256) is None
    assert intake.taken_item(hand.store, "estimate", "file.tif", item.sha256) is None


def test_other_bytes_under_the_same_name_are_another_item(hand: Hand) -> None:
    for _ in range(2):
        hand.slice()
    rows = ask(hand.store, "SELECT key, count(*) FROM app.items GROUP BY key")
    assert rows == [("file.tif", 2)]


def test_a_checksum_that_the_source_did_not_declare_is_recorded_as_missing(hand: Hand) -> None:
    hand.slice()
    assert ask(hand.store, "SELECT verified FROM app.items") == [(False,)]


def test_what_is_no_checksum_is_refused(hand: Hand) -> None:
    with pytest.raises(BadValue, match="ck_items_sha256"), hand.run() as run:
        intake.add_slices(hand.store, run, [], hand.item(sha256="short"))


def test_versions_follow_each_other_whatever_they_are() -> None:
    rising = ["", "1", "1²", "1.9", "1.10", "1.010a", "9" * 5_000, "1" + "0" * 5_000, "v1"]
    for low, high in pairwise(sorted(rising, key=version_order)):
        assert version_order(low) < version_order(high)
    assert version_order("9" * 5_000) < version_order("1" + "0" * 5_000)
    assert version_order("0" * 5_000 + "7") == version_order("7")


def test_versions_of_a_period_count_up(hand: Hand) -> None:
    for value in (1.0, 2.0, 3.0):
        hand.slice(value=value)
    hand.slice(PERIODS[1])
    rows = ask(hand.store, "SELECT period, version FROM app.slices ORDER BY period, version")
    assert rows == [(PERIODS[0], 1), (PERIODS[0], 2), (PERIODS[0], 3), (PERIODS[1], 1)]
    newest = {s.period: s.version for s in read_slices.newest_slices(hand.store)}
    assert newest == {PERIODS[0]: 3, PERIODS[1]: 1}


def test_the_slices_of_a_file_are_written_together_or_not_at_all(hand: Hand) -> None:
    good, twin = (hand.piece(hand.cube(), period) for period in PERIODS)
    twin = intake.NewSlice(
        **{f: getattr(twin, f) for f in twin.__dataclass_fields__ if f != "path"}, path=good.path
    )
    with pytest.raises(BadValue, match="uq_slices_path"), hand.run() as run:
        intake.add_slices(hand.store, run, [good, twin], hand.item())
    assert ask(hand.store, "SELECT count(*) FROM app.slices") == [(0,)]
    assert ask(hand.store, "SELECT count(*) FROM app.items") == [(0,)]


def test_a_boundary_set_is_written_once(hand: Hand) -> None:
    hand.boundaries()
    hand.boundaries()
    assert ask(hand.store, "SELECT count(*) FROM app.areas") == [(3,)]
    assert read_areas.newest_boundaries(hand.store) == "hand"


# --- observations ------------------------------------------------------------------------------


def test_the_same_reading_again_is_not_written_twice(hand: Hand) -> None:
    readings = [
        reading("2020-01-31T23:30"),
        reading("2020-02-01"),
        reading("2020-02-01", 0.3, "s2"),
    ]
    assert observe(hand, *readings) == 3
    assert observe(hand, *readings[::-1]) == 0
    assert observe(hand, readings[1], reading("2020-02-02")) == 1
    assert ask(hand.store, "SELECT count(*) FROM app.observations") == [(4,)]
    assert ask(hand.store, "SELECT count(*) FROM app.stations") == [(2,)]


def test_a_reading_made_known_later_is_kept_beside_the_earlier_one(hand: Hand) -> None:
    observe(hand, reading("2020-01-01", 0.1))
    assert observe(hand, reading("2020-01-01", 0.2, known="2020-03-01")) == 1
    rows = ask(hand.store, "SELECT value FROM app.observations ORDER BY result_time")
    assert rows == [(0.1,), (0.2,)]


def test_each_month_of_readings_has_its_partition(hand: Hand) -> None:
    observe(
        hand,
        reading("2019-12-31T23:59:59.999999"),
        reading("2020-01-01"),
        reading("2020-02-29T12:00"),
        reading("2024-12-01"),
    )
    rows = ask(
        hand.store,
        "SELECT tableoid::regclass::text, count(*) FROM app.observations GROUP BY 1 ORDER BY 1",
    )
    months = ("201912", "202001", "202002", "202412")
    assert rows == [(f"app.observations_{month}", 1) for month in months]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_a_reading_that_is_no_number_is_refused_with_all_that_came_with_it(
    hand: Hand, value: float
) -> None:
    with pytest.raises(BadValue, match="finite"):
        observe(hand, reading("2020-01-01"), reading("2020-01-02", value))
    assert ask(hand.store, "SELECT count(*) FROM app.observations") == [(0,)]
    assert ask(hand.store, "SELECT count(*) FROM app.items") == [(0,)]


def test_no_readings_are_no_error(hand: Hand) -> None:
    assert observe(hand) == 0


def test_two_sources_that_send_the_same_month_at_once_both_arrive(hand: Hand) -> None:
    """Both make the same partition."""
    errors: list[BaseException] = []
    ready = threading.Barrier(2)

    def work(job: str) -> None:
        try:
            with hand.run(job) as run:
                ready.wait()
                items = [hand.item()]
                readings = [reading(f"2031-0{month}-01") for month in range(1, 9)]
                tabular.add_observations(hand.store, run, items, PLACES, readings)
        except BaseException as error:  # noqa: BLE001  # told below
            errors.append(error)

    threads = [threading.Thread(target=work, args=(job,)) for job in (JOB, "estimate")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert errors == []
    assert ask(hand.store, "SELECT count(*) FROM app.observations") == [(16,)]


# --- samples and records -----------------------------------------------------------------------


def sample(key: str = "a", lon: float | None = 7.5, **other: object) -> Sample:
    values: dict[str, object] = {
        "key": key,
        "lon": lon,
        "lat": 46.25,
        "top_cm": 0.0,
        "bottom_cm": 30.0,
        "variable": "soc_content",
        "value": 2.5,
        "unit": "%",
        "sampled_on": date(2017, 2, 1),
        "data_class": DataClass.OBSERVED,
        "attributes": {"method": "dry combustion"},
    }
    return Sample(**{**values, **other})  # type: ignore[arg-type]  # by name


def take(hand: Hand, *found: Sample) -> int:
    with hand.run() as run:
        return tabular.add_samples(hand.store, run, hand.item(), list(found))


def test_a_sample_is_kept_with_its_place_and_brought_up_to_date(hand: Hand) -> None:
    assert take(hand, sample(), sample("b", lon=None)) == 2
    assert take(hand, sample(value=2.75)) == 1
    rows = ask(
        hand.store,
        "SELECT key, value, ST_X(geom), ST_Y(geom), attributes->>'method' FROM app.samples "
        "ORDER BY key",
    )
    assert rows == [
        ("a", 2.75, 7.5, 46.25, "dry combustion"),
        ("b", 2.5, None, None, "dry combustion"),
    ]


def test_a_sample_upside_down_is_refused(hand: Hand) -> None:
    with pytest.raises(BadValue, match="ck_samples_depth"):
        take(hand, sample(top_cm=30.0, bottom_cm=0.0))


def test_text_that_the_database_cannot_hold_is_refused_as_a_bad_value(hand: Hand) -> None:
    with pytest.raises(BadValue, match="NUL"):
        take(hand, sample("a\0b"))
    with pytest.raises(BadValue, match="Unicode"):
        take(hand, sample(attributes={"note": "\0"}))


def record(hand: Hand, *found: tuple[str, dict[str, int]]) -> int:
    with hand.run() as run:
        return tabular.add_records(
            hand.store, run, hand.item(), "plan", [(k, {**b}) for k, b in found]
        )


def test_a_register_follows_its_source_and_keeps_every_version(hand: Hand) -> None:
    one, two, three = ("a", {"n": 1}), ("b", {"n": 2}), ("c", {"n": 3})
    assert record(hand, one, two) == 2
    assert record(hand, one, two) == 0
    assert record(hand, one, ("b", {"n": 22}), three) == 2
    assert read.read_records(hand.store, "plan") == [one, ("b", {"n": 22}), three]
    # Gone, moved, and back again.
    assert record(hand, three, one) == 3
    assert read.read_records(hand.store, "plan") == [three, one]
    assert record(hand, three, one, two) == 1
    assert read.read_records(hand.store, "plan") == [three, one, two]
    rows = ask(
        hand.store,
        "SELECT key, version, body->>'n', live FROM app.records WHERE key = 'b' ORDER BY version",
    )
    assert rows == [("b", 1, "2", False), ("b", 2, "22", False), ("b", 3, "2", True)]


def test_registers_do_not_touch_each_other(hand: Hand) -> None:
    record(hand, ("a", {"n": 1}))
    with hand.run() as run:
        tabular.add_records(hand.store, run, hand.item(), "other", [("z", {})])
    assert read.read_records(hand.store, "plan") == [("a", {"n": 1})]


def test_a_row_names_its_run_and_its_file(hand: Hand) -> None:
    observe(hand, reading("2020-01-01"))
    take(hand, sample())
    record(hand, ("a", {}))
    hand.slice()
    for table, column in (
        ("observations", "item_id"),
        ("samples", "item_id"),
        ("records", "item_id"),
    ):
        (row,) = ask(
            hand.store,
            f"SELECT r.job_id, i.run_id = t.run_id FROM app.{table} t "  # noqa: S608  # ours
            f"JOIN app.runs r ON r.id = t.run_id JOIN app.items i ON i.id = t.{column}",
        )
        assert row == (JOB, True), table
    (slice_run,) = ask(
        hand.store, "SELECT r.job_id FROM app.slices s JOIN app.runs r ON r.id = s.run_id"
    )
    assert slice_run == (JOB,)
