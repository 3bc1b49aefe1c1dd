"""Every job file: it loads, it is declared rightly, and what it needs is there."""

import csv
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pytest
from croniter import croniter

from soc_monitor.api.routes.freshness import input_rows
from soc_monitor.errors import BadJob, UnknownJob
from soc_monitor.feeds import ShelfFeed, UrlFeed
from soc_monitor.model import (
    LANGUAGES,
    Access,
    Areas,
    DataClass,
    IngestJob,
    Layer,
    Readings,
    Register,
    Samples,
    Stations,
)
from soc_monitor.model.units import factor
from soc_monitor.operations import all_jobs, broken_jobs, is_on, note_broken, run_due
from soc_monitor.runs import alerting
from soc_monitor.runs.jobs import find_job, load_job, load_jobs
from soc_monitor.settings import Settings
from soc_monitor.shelves import shelf
from soc_monitor.store import control, runs
from soc_monitor.store.read_inputs import inputs_status
from soc_monitor.store.store import Store

ALL = load_jobs([shelf("ingest_jobs")])


@pytest.fixture(params=sorted(ALL))
def job(request: pytest.FixtureRequest) -> IngestJob:
    """Each job in turn."""
    return ALL[request.param].job


def test_every_file_of_the_shelf_is_a_job() -> None:
    assert set(ALL) == {file.stem for file in shelf("ingest_jobs").glob("*.py")}
    assert len(ALL) >= 11


def test_a_job_is_named_by_its_file_and_titled_in_three_languages(job: IngestJob) -> None:
    assert (shelf("ingest_jobs") / f"{job.id}.py").is_file()
    assert set(job.title) == set(LANGUAGES)
    assert len(set(job.title.values())) == 3
    assert set(job.notes) in (set(), set(LANGUAGES))
    assert all(job.notes.values())


def test_a_job_names_licence_citation_and_a_link_to_its_source(job: IngestJob) -> None:
    assert len(job.licence) >= 3
    assert len(job.citation) > 10
    assert job.link.startswith("https://")


def test_a_map_is_modelled_or_inferred_and_only_samples_are_observed(job: IngestJob) -> None:
    # A satellite retrieves, a reanalysis models, a map of soil or of gauges is a statistical one.
    modelled = {"c3s_soil_moisture", "chirps_rain", "era5_land", "land_cover", "land_cover_yearly",
                "modis_ndvi", "temperature_normals", "terraclimate_evaporation",
                "viirs_ndvi"}  # fmt: skip
    layers = job.layers or (job.layers_of(job.example) if job.layers_of and job.example else ())
    classes = {layer.cube.data_class for layer in layers}
    expected = {DataClass.MODELLED if job.id in modelled else DataClass.INFERRED}
    assert classes in (set(), expected)


def test_its_schedule_is_a_cron_line(job: IngestJob) -> None:
    assert not job.schedule or croniter.is_valid(job.schedule)
    assert not job.schedule or job.max_age_days, "what comes again must be able to be late"


FEEDS = {job_id: shelved.job.feed for job_id, shelved in ALL.items()}
FROM_SHELF = {name: feed for name, feed in FEEDS.items() if isinstance(feed, ShelfFeed)}
FROM_OUTSIDE = {name: feed for name, feed in FEEDS.items() if isinstance(feed, UrlFeed)}


@pytest.mark.parametrize("name", FROM_SHELF)
def test_the_files_of_a_shelf_feed_come_with_the_product(name: str) -> None:
    feed = FROM_SHELF[name]
    items = list(feed.find(Access(shelf=shelf("ingest_jobs"))))
    assert [item.key for item in items] == list(feed.keys)
    for item in items:
        assert (shelf("ingest_jobs").parent / item.address).stat().st_size > 0
        assert item.version


@pytest.mark.parametrize("name", FROM_OUTSIDE)
def test_a_feed_from_outside_is_fetched_safely_and_stays_off(name: str) -> None:
    feed = FROM_OUTSIDE[name]
    # Without an address: what the operator puts into the mirror.
    assert feed.base.startswith("https://") or not feed.base
    assert not feed.base.endswith("/")
    assert feed.folder
    assert not ALL[name].job.on, "the first command works without a network"
    names = [Path(key).name for key in feed.keys]
    assert len(set(names)) == len(names)


def test_each_layer_becomes_one_slice_in_a_unit_that_converts(job: IngestJob) -> None:
    places = [(layer.cube.id, layer.period) for layer in job.layers]
    assert len(set(places)) == len(places)
    assert len({cube.grid.id for cube in job.cubes}) <= 1
    for layer in job.layers:
        assert factor(layer.unit, layer.cube.unit) > 0
        assert layer.cube.product == job.id
        np.dtype(layer.cube.dtype)
        assert layer.min_valid_share > 0, "an empty file would pass"
        assert layer.median or layer.cube.classes, "a wrong unit would pass"
    # One file under two declarations is one cube: they say the same of it.
    assert len({cube.id for cube in job.cubes}) == len(set(map(repr, job.cubes)))


def test_what_is_not_a_raster_names_items_of_its_feed(job: IngestJob) -> None:
    into = job.into
    match into:
        case Areas():
            named = {into.areas, into.countries, into.regions}
        case Stations():
            named = {into.stations, into.readings}
        case Samples() | Register():
            named = {into.item}
        case Readings():
            named = set()
            assert all(channel.valid[0] < channel.valid[1] for channel in into.channels.values())
            assert all(factor(channel.unit, channel.unit) for channel in into.channels.values())
        case None:
            named = {layer.item for layer in job.layers}
    assert named == set(getattr(job.feed, "keys", ()))


def test_the_version_of_a_job_is_the_checksum_of_its_file(tmp_path: Path) -> None:
    file = tmp_path / "plan.py"
    file.write_bytes((shelf("ingest_jobs") / "plan.py").read_bytes())
    before = load_job(file).version
    assert before == ALL["plan"].version
    file.write_bytes(file.read_bytes() + b"\n")
    assert load_job(file).version != before


def test_an_operators_own_jobs_stand_beside_ours(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(GOOD)
    settings = Settings(data=tmp_path, ingest_jobs=tmp_path, mirror="", jobs=())
    found = all_jobs(settings)
    assert set(found) == {*ALL, "mine"}
    assert found["mine"].folder == tmp_path
    assert not is_on(found["mine"], settings)
    assert is_on(found["mine"], Settings(data=tmp_path, jobs=("mine",), mirror=""))
    (tmp_path / "rasters").mkdir()
    assert is_on(found["mine"], Settings(data=tmp_path, jobs=(), mirror=str(tmp_path)))
    (tmp_path / "plan.py").write_bytes((shelf("ingest_jobs") / "plan.py").read_bytes())
    file = tmp_path / "plan.py"
    assert all_jobs(settings)["plan"].folder != tmp_path, "ours stays"
    assert str(broken_jobs(settings)["plan~2"]) == f"{file}: there is another job 'plan'"


def test_one_broken_file_costs_no_other_job_and_is_told_with_all_others(
    tmp_path: Path, store: Store
) -> None:
    for name, content in {
        "mine": GOOD,
        "torn": "job = (",
        "empty": "",
        "odd": GOOD.replace("schedule=", "jitter_s=None, schedule="),
        "plan": GOOD,
    }.items():
        (tmp_path / f"{name}.py").write_text(content)
    settings = Settings(data=tmp_path, ingest_jobs=tmp_path, mirror="", jobs=())
    assert set(all_jobs(settings)) == {*ALL, "mine"}
    with pytest.raises(BadJob) as caught:
        load_jobs([tmp_path])
    lines = str(caught.value).splitlines()
    assert [Path(one.partition(": ")[0]).stem for one in lines] == ["empty", "odd", "plan", "torn"]
    with pytest.raises(BadJob, match="SyntaxError"):
        run_due(settings, store, "torn", datetime.now(UTC))
    runs.register_feed(store, all_jobs(settings)["mine"].job)
    (tmp_path / "mine.py").write_text("job = (")

    def told() -> dict[str, tuple[str, str]]:
        note_broken(settings, store)
        day = date(2026, 1, 1)
        return {x.feed_id: (x.state(day).value, x.last_detail) for x in inputs_status(store)}

    found = told()
    assert set(found) == {"mine", "torn", "empty", "odd", "plan~2"}
    shown = input_rows(store, datetime(2026, 1, 1, tzinfo=UTC), "en")
    assert [one["job_id"] for one in shown] == ["mine"], "what never was a job is no input"
    assert str(tmp_path) not in str(shown)
    assert {state for state, _ in found.values()} == {"broken"}
    assert "SyntaxError" in found["mine"][1]
    causes = {one.subject: one for one in alerting.causes(store, datetime.now(UTC))}
    assert (causes["torn"].kind, causes["torn"].severity) == ("failed", "high")
    assert "SyntaxError" in causes["torn"].what
    for name in ("torn", "empty", "odd", "plan"):
        (tmp_path / f"{name}.py").unlink()
    (tmp_path / "mine.py").write_text(GOOD)
    assert {name: state for name, (state, _) in told().items()} == {"mine": "fresh"}


def test_only_what_the_worker_has_on_is_looked_for_by_itself(store: Store) -> None:
    def looked_for() -> dict[str, bool]:
        return {one.feed_id: one.looked_for for one in inputs_status(store)}

    mine, by_hand = ALL["modis_ndvi"].job, ALL["soilgrids"].job
    runs.register_feed(store, by_hand)
    assert looked_for() == {"soilgrids": False}, "no worker was ever there"
    control.note_by_itself(store, [mine, by_hand])
    assert looked_for()["modis_ndvi"], "registered as the worker has it"
    assert looked_for()["soilgrids"] is (by_hand.schedule != "")
    control.note_by_itself(store, [by_hand])
    runs.register_feed(store, mine)
    assert not looked_for()["modis_ndvi"], "taken out, and run once by hand since"


def test_an_unknown_job_is_told_what_there_is() -> None:
    with pytest.raises(UnknownJob) as caught:
        find_job(ALL, "weather")
    assert caught.value.allowed == tuple(sorted(ALL))


GOOD = """
from datetime import UTC, date, datetime
from soc_monitor.feeds import UrlFeed
from soc_monitor.model import Cube, DataClass, Freq, Grid, IngestJob, Layer
words = {"en": "a", "fr": "b", "es": "c"}
cube = Cube(product="mine", variable="v", unit="t ha-1", freq=Freq.YEAR, grid=Grid(nx=4, ny=2),
            data_class=DataClass.MODELLED, dtype="int16", fill=-1)
layer = Layer(cube=cube, item="a.tif", period=date(2010, 1, 1), period_end=date(2010, 12, 31),
              unit="t ha-1", valid=(0.0, 1000.0), nodata=-1)
job = IngestJob(id="mine", title=words, feed=UrlFeed(base="https://e.org", folder="rasters",
                keys=("a.tif",)), layers=(layer,), licence="CC0-1.0", citation="c", link="l",
                schedule="0 6 * * *", notes=words)
"""
MISTAKES = {
    "another name": ('id="mine"', 'id="yours"', "id 'yours' is not the name of the file"),
    "a language short": ("title=words", 'title={"en": "a"}', "title: needs en, fr, es"),
    "notes in one language": ("notes=words", 'notes={"en": "a"}', "notes: needs en, fr, es"),
    "no licence": ('licence="CC0-1.0"', 'licence=""', "licence, citation and link are needed"),
    "nowhere to go": ("layers=(layer,)", "layers=()", "either layers or into, not both"),
    "no such time": ('"0 6 * * *"', '"0 25 * * *"', "'0 25 * * *' is not a cron line"),
    "a decoder without time": (
        "schedule=", "decode_s=0.0, schedule=", "decode_s: not above 0 and at most 21600",
    ),
    "another product": ('product="mine"', 'product="x"', "cube.product 'x' is not the job's id"),
    "an item not offered": ('item="a.tif"', 'item="b.tif"', "'b.tif' is not among the feed's keys"),
    "ends before it begins": ("2010, 12, 31", "2009, 12, 31", "period is after period_end"),
    "nothing is valid": ("(0.0, 1000.0)", "(5.0, 5.0)", "the first is not below the second"),
    "band nought": ("nodata=-1)", "nodata=-1, band=0)", "band: counted from 1"),
    "another kind of unit": (
        'unit="t ha-1", valid', 'unit="degC", valid', "'degC' does not convert to 't ha-1'",
    ),
    "a unit that is none": ('unit="t ha-1", valid', 'unit="tons", valid', "'tons'"),
    "values that do not fit": ("1000.0", "40000.0", "0..40000 as stored does not fit int16"),
    "values that do not fit once scaled": (
        "fill=-1", "fill=-1, scale=0.01", "0..100000 as stored does not fit int16",
    ),
    "a fill value among the values": ("fill=-1", "fill=0", "holds the fill value 0"),
    "half a globe too far": ("Grid(nx=4, ny=2)", "Grid(nx=4, ny=2, east=200)", "not on the globe"),
    "a field of another name": ("nodata=-1", "no_data=-1", "no_data"),
    "no job in it": ("job = ", "task = ", "holds no IngestJob named 'job'"),
    "no Python": ("job = ", "job = = ", "SyntaxError"),
    "a name that is not there": ("import Cube,", "import Kube,", "cannot import name 'Kube'"),
}  # fmt: skip


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str], Path]:
    """Writes the job file ``mine.py``."""

    def to(text: str) -> Path:
        (tmp_path / "mine.py").write_text(text)
        return tmp_path / "mine.py"

    return to


def test_the_job_that_the_mistakes_are_made_in_is_right(write: Callable[[str], Path]) -> None:
    assert load_job(write(GOOD)).job.layers[0].period == date(2010, 1, 1)


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_told_with_its_file(write: Callable[[str], Path], name: str) -> None:
    right, wrong, told = MISTAKES[name]
    assert GOOD.count(right) == 1
    file = write(GOOD.replace(right, wrong))
    with pytest.raises(BadJob) as caught:
        load_job(file)
    assert str(caught.value).startswith(f"{file}: ")
    assert told in str(caught.value)


def test_every_mistake_is_told_at_once(write: Callable[[str], Path]) -> None:
    text = GOOD.replace('licence="CC0-1.0"', 'licence=""').replace("(0.0, 1000.0)", "(5.0, 5.0)")
    with pytest.raises(BadJob, match=r"licence.*; layers\[0\]: valid"):
        load_job(write(text))


def test_a_valid_unit_that_stores_another_is_right(write: Callable[[str], Path]) -> None:
    text = GOOD.replace('unit="t ha-1", valid', 'unit="kg m-2", valid').replace("1000.0", "100.0")
    assert load_job(write(text)).job.layers[0].unit == "kg m-2"


def test_the_legends_of_class_maps_are_those_of_the_files() -> None:
    for job_id, name in (
        ("land_cover", "land_cover_classes.csv"),
        ("koppen_geiger", "koppen_geiger_classes.csv"),
    ):
        (layer,) = ALL[job_id].job.layers
        with (shelf("ingest_jobs") / "starter" / name).open(encoding="utf-8") as file:
            codes = {int(row["code"]) for row in csv.DictReader(file)}
        assert set(layer.cube.classes) == codes
        assert layer.valid[0] <= min(codes)
        assert max(codes) <= layer.valid[1]


def test_both_maps_of_land_cover_have_every_class_of_their_source() -> None:
    def classes(layer: Layer) -> dict[int, str]:
        return dict(layer.cube.classes)

    fixed, yearly = ALL["land_cover"].job, ALL["land_cover_yearly"].job
    assert yearly.layers_of is not None
    assert yearly.example is not None
    (layer,) = yearly.layers_of(yearly.example)
    assert classes(layer) == classes(fixed.layers[0])
    # What is in no list of classes is in no coarser level, and has no name on a map.
    assert {11, 12, 61, 62, 121, 122, 153, 201, 202} < classes(layer).keys()
