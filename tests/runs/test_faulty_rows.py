"""Tables, documents and polygons that cannot be taken: refused by name, and none of them kept."""

import gzip
import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from soc_monitor.decoding.bounds import TEXT
from soc_monitor.model import (
    Areas,
    DataClass,
    IngestJob,
    Observation,
    Register,
    RunState,
    Sample,
    Samples,
    Station,
    Stations,
    Target,
)
from soc_monitor.store import read_areas
from soc_monitor.store.store import Store

from .made_up import ask, files, job, rejections, run


def reading(row: dict[str, str]) -> Observation:
    time = datetime.fromisoformat(row["time"])
    return Observation(
        station=row["station"], variable="v", time=time, result_time=time,
        value=float(row["value"]), unit="1",
    )  # fmt: skip


def place(row: dict[str, str]) -> Station:
    return Station(id=row["station"], name="-", lon=float(row["lon"]), lat=float(row["lat"]))


def soil(row: dict[str, str]) -> Sample:
    return Sample(
        key=row["key"], lon=1.0, lat=2.0, top_cm=0, bottom_cm=30, variable="soc_content",
        value=float(row["value"]), unit="%", sampled_on=None, data_class=DataClass.OBSERVED,
        attributes={"note": row.get("note", "")},
    )  # fmt: skip


def records(document: Any) -> list[tuple[str, dict[str, object]]]:
    return [(entry["id"], entry) for entry in document["objectives"]]


STATIONS = Stations(
    stations="places.csv", readings="readings.csv", station_of=place, observation_of=reading
)
PLACES = "station,lon,lat\ns1,5,6\n"
READING = "station,time,value\ns1,"
LAUGHS = "\n".join(
    ["a0: &a0 [ha]", *(f"a{k}: &a{k} [{', '.join([f'*a{k - 1}'] * 9)}]" for k in range(1, 12))]
)

ROWS: dict[str, tuple[Target, dict[str, str], str, str]] = {
    "a column is missing": (
        STATIONS, {"places.csv": PLACES, "readings.csv": "station,value\ns1,1\n"},
        "row", "KeyError: 'time'",
    ),
    "a reading is not a number": (
        STATIONS, {"places.csv": PLACES, "readings.csv": READING + "2020-01-01T00:00Z,x\n"},
        "row", "could not convert",
    ),
    "a reading is NaN": (
        STATIONS, {"places.csv": PLACES, "readings.csv": READING + "2020-01-01T00:00Z,nan\n"},
        "value", "v is nan",
    ),
    "a reading is beyond all numbers": (
        STATIONS, {"places.csv": PLACES, "readings.csv": READING + "2020-01-01T00:00Z,1e999\n"},
        "value", "v is inf",
    ),
    "a time has no zone": (
        STATIONS, {"places.csv": PLACES, "readings.csv": READING + "2020-01-01T00:00,1\n"},
        "time zone", "2020-01-01T00:00:00",
    ),
    "a row is longer than the header": (
        STATIONS, {"places.csv": PLACES, "readings.csv": READING + "2020-01-01T00:00Z,1,2\n"},
        "format", "another number of values",
    ),
    "a table is not in UTF-8": (
        Samples(item="samples.csv", sample_of=soil), {"samples.csv": "key,value\n\udce9,1\n"},
        "encoding", "not UTF-8",
    ),
    "a sample has no value": (
        Samples(item="samples.csv", sample_of=soil), {"samples.csv": "key,value\na,inf\n"},
        "value", "soc_content is inf",
    ),
    "a text holds a NUL": (
        Samples(item="samples.csv", sample_of=soil), {"samples.csv": "key,value,note\na,1,\0\n"},
        "row", "Unicode",
    ),
    "a document has another shape": (
        Register(name="plan", item="plan.yaml", records_of=records), {"plan.yaml": "- a\n- b\n"},
        "row", "TypeError",
    ),
    "a document has no record": (
        Register(name="plan", item="plan.yaml", records_of=records),
        {"plan.yaml": "objectives: []"},
        "empty", "no record for plan",
    ),
    "a document is no YAML": (
        Register(name="plan", item="plan.yaml", records_of=records), {"plan.yaml": "a: [1, 2"},
        "format", "expected",
    ),
    "a document refers to itself": (
        Register(name="plan", item="plan.yaml", records_of=records), {"plan.yaml": "a: &a [*a]"},
        "alias", "refers to another",
    ),
    "a document would make an object": (
        Register(name="plan", item="plan.yaml", records_of=records),
        {"plan.yaml": "a: !!python/object/apply:os.system ['true']"},
        "format", "could not determine a constructor",
    ),
    "a document is a bomb": (
        Register(name="plan", item="plan.yaml", records_of=records), {"plan.yaml": LAUGHS},
        "alias", "refers to another",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ROWS)
def test_rows_that_cannot_be_taken_are_refused_and_none_is_kept(
    store: Store, tmp_path: Path, name: str
) -> None:
    into, contents, rule, told = ROWS[name]
    folder = tmp_path / "shelf" / "files"
    folder.mkdir(parents=True)
    for key, content in contents.items():
        (folder / key).write_bytes(content.encode("utf-8", "surrogateescape"))
    ended = run(job(files(*contents), into=into), store, tmp_path / "shelf")
    assert ended.state is RunState.REFUSED
    ((found_rule, found),) = rejections(store).values()
    assert found_rule == rule, found
    assert told in found
    for table in ("items", "observations", "stations", "samples", "records"):
        assert ask(store, f"SELECT count(*) FROM app.{table}") == [(0,)], table  # noqa: S608


def test_a_packed_text_is_refused_by_what_it_holds(store: Store, tmp_path: Path) -> None:
    folder = tmp_path / "shelf" / "files"
    folder.mkdir(parents=True)
    # A packed file may be several, one after the other: half a gibibyte in half a megabyte.
    (folder / "samples.csv").write_bytes(gzip.compress(b"key,value\n" + bytes(1 << 20)) * 512)
    made = job(files("samples.csv"), into=Samples(item="samples.csv", sample_of=soil))
    assert run(made, store, tmp_path / "shelf").state is RunState.REFUSED
    assert rejections(store) == {"samples.csv": ("size", f"more than {TEXT} bytes when unpacked")}


def box(west: float, south: float, east: float, north: float) -> list[Any]:
    corners = [(west, south), (east, south), (east, north), (west, north), (west, south)]
    return [[list(corner) for corner in corners]]


POLYGONS = {
    "a band across the map": (box(-179, 60, 179, 70), "a band across the map"),
    "beyond the antimeridian": (box(170, 0, 190, 10), "outside the globe"),
    "beyond the pole": (box(0, 80, 10, 91), "outside the globe"),
    "a bow tie": ([[[0, 0], [10, 10], [10, 0], [0, 10], [0, 0]]], "Self-intersection"),
    "a line": ([[[0, 0], [10, 10]]], ""),
}
TABLES = {
    "countries.csv": "code,parent,name_en,name_fr,name_es\nAAA,WLD,A,A,A\n",
    "regions.csv": "code,parent,name_en,name_fr,name_es\nWLD,,World,Monde,Mundo\n",
}


def areas_job(folder: Path, features: list[dict[str, Any]]) -> IngestJob:
    (folder / "files").mkdir(parents=True, exist_ok=True)
    for key, content in TABLES.items():
        (folder / "files" / key).write_text(content)
    content = json.dumps({"type": "FeatureCollection", "features": features})
    (folder / "files" / "areas.geojson").write_text(content)
    into = Areas(areas="areas.geojson", countries="countries.csv", regions="regions.csv")
    return job(files("areas.geojson", *TABLES), into=into)


def feature(coordinates: list[Any], code: str = "AAA-1", country: str = "AAA") -> dict[str, Any]:
    names = {"code": code, "country": country, "name_en": "A", "name_fr": "A", "name_es": "A"}
    return {
        "type": "Feature",
        "properties": names,
        "geometry": {"type": "Polygon", "coordinates": coordinates},
    }


@pytest.mark.parametrize("name", POLYGONS)
def test_a_polygon_that_is_none_refuses_the_boundaries(
    store: Store, tmp_path: Path, name: str
) -> None:
    coordinates, told = POLYGONS[name]
    made = areas_job(tmp_path, [feature(box(0, 0, 5, 5)), feature(coordinates, "AAA-2")])
    assert run(made, store, tmp_path).state is RunState.REFUSED
    ((rule, found),) = rejections(store).values()
    assert rule in {"geometry", "format"}
    assert told in found
    assert read_areas.newest_boundaries(store) is None


@pytest.mark.parametrize(
    ("features", "rule"),
    [
        ([], "empty"),
        ([feature(box(0, 0, 5, 5)), feature(box(5, 0, 9, 5))], "area code"),
        ([feature(box(0, 0, 5, 5), country="ZZZ")], "area parent"),
    ],
)
def test_boundaries_that_do_not_nest_are_refused(
    store: Store, tmp_path: Path, features: list[dict[str, Any]], rule: str
) -> None:
    assert run(areas_job(tmp_path, features), store, tmp_path).state is RunState.REFUSED
    assert next(iter(rejections(store).values()))[0] == rule
    assert read_areas.newest_boundaries(store) is None


def test_boundaries_that_are_right_are_taken_once(store: Store, tmp_path: Path) -> None:
    made = areas_job(tmp_path, [feature(box(0, 0, 5, 5))])
    assert run(made, store, tmp_path).state is RunState.DONE
    assert run(made, store, tmp_path).state is RunState.NOTHING_NEW
    # Other bytes, the same areas: a file packed anew is not a new set.
    file = tmp_path / "files" / "areas.geojson"
    file.write_text(file.read_text() + "\n")
    assert run(made, store, tmp_path).state is RunState.NOTHING_NEW
    assert ask(store, "SELECT count(*) FROM app.boundaries") == [(1,)]
