"""A SensorThings server that others wrote: what its stations measured comes in, page by page.

``django-ogc-sensorthings`` in a process of its own, over a database of ours. It refuses pages of
more than a hundred, and does not know an order by the time of a phenomenon: so may others.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from sqlalchemy import text

from soc_monitor.errors import FeedUnreachable
from soc_monitor.feeds import SensorThingsFeed
from soc_monitor.feeds.client import Limits
from soc_monitor.feeds.sensorthings import reader
from soc_monitor.model import Channel, IngestJob, Readings, Run, RunState
from soc_monitor.runs.ingest import ingest
from soc_monitor.runs.jobs import ShelvedJob
from soc_monitor.store.store import Store

from .peers import free_port, own_database, uvicorn

HERE = Path(__file__).parent
START = datetime(2026, 10, 1, tzinfo=UTC)
HOURS = 250


@dataclass
class Peer:
    """The server, while it runs."""

    root: str
    process: subprocess.Popen[bytes]
    log: Path

    def post(self, path: str, body: Any) -> httpx2.Response:
        """Make something in it."""
        answer = httpx2.post(f"{self.root}/{path}", json=body, timeout=120)
        assert answer.status_code == 201, answer.text
        return answer

    def first(self, path: str) -> Any:
        """The first of a collection."""
        return httpx2.get(f"{self.root}/{path}", timeout=60).json()["value"][0]

    def asked(self, pattern: str) -> list[str]:
        """The lines of its log that say how it answered something."""
        return re.findall(rf'"GET [^"]*{pattern}[^"]*" (\d+)', self.log.read_text())


@pytest.fixture(scope="module")
def peer(postgis: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Peer]:
    """The server over an empty database."""
    log, port = tmp_path_factory.mktemp("peer") / "server.log", free_port()
    address = f"http://127.0.0.1:{port}/sta"
    with own_database(postgis, "things_peer") as own:
        settings = {**os.environ, "PGUSER": own.user, "PGHOST": own.folder, "PGDATABASE": own.name,
                    "SERVICE_URL": address}  # fmt: skip
        subprocess.run([sys.executable, HERE / "sensorthings_service.py"], env=settings, check=True,
                       timeout=180)  # fmt: skip
        words = ["sensorthings_service:application", "--app-dir", str(HERE)]
        with uvicorn(words, port, "/sta/v1.1/", settings, log) as process:
            yield Peer(f"{address}/v1.1", process, log)


def stream(name: str, symbol: str) -> dict[str, Any]:
    return {
        "name": name, "description": "-",
        "observationType": "http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_Measurement",
        "unitOfMeasurement": {"name": symbol, "symbol": symbol, "definition": "-"},
        "Sensor": {"name": "S", "description": "-", "encodingType": "text/html", "metadata": "-"},
        "ObservedProperty": {"name": name, "definition": f"https://example.org/{name}",
                             "description": "-"},
    }  # fmt: skip


def field(number: int, *streams: dict[str, Any]) -> dict[str, Any]:
    place = {"type": "Point", "coordinates": [8.0 + number, 49.2]}
    return {
        "name": f"Field {number}", "description": "-", "properties": {}, "Datastreams": streams,
        "Locations": [{"name": "L", "description": "-", "encodingType": "application/geo+json",
                       "location": place}],
    }  # fmt: skip


def observe(peer: Peer, name: str, *told: tuple[datetime, datetime, float]) -> None:
    """Give observations to the stream of this name: phenomenon time, result time, result."""
    streams = httpx2.get(f"{peer.root}/Datastreams?$top=100", timeout=60).json()["value"]
    (here,) = [one["@iot.id"] for one in streams if one["name"] == name]
    place = peer.first("FeaturesOfInterest")["@iot.id"]
    rows = [[at.isoformat(), since.isoformat(), value, place] for at, since, value in told]
    peer.post("CreateObservations", [{
        "Datastream": {"@iot.id": here}, "dataArray@iot.count": len(rows), "dataArray": rows,
        "components": ["phenomenonTime", "resultTime", "result", "FeatureOfInterest/id"],
    }])  # fmt: skip


def job(peer: Peer) -> IngestJob:
    channels = {"soil_moisture": Channel(unit="m3 m-3", valid=(0.0, 1.0)),
                "soil_temperature": Channel(unit="degC", valid=(-50.0, 70.0))}  # fmt: skip
    names = {"moisture": "soil_moisture", "temperature": "soil_temperature",
             "depth": "soil_moisture"}  # fmt: skip
    return IngestJob(
        id="fields", title={"en": "F", "fr": "F", "es": "F"}, licence="CC0-1.0", citation="-",
        link="-", schedule="0 * * * *", into=Readings(reader=reader(names), channels=channels,
                                                      kind="jsonl"),
        feed=SensorThingsFeed(root=peer.root, first=date(2026, 1, 1),
                              limits=Limits(pause_s=0.01, tries=2)),
    )  # fmt: skip


def run(peer: Peer, store: Store) -> Run:
    return ingest(ShelvedJob(job(peer), Path(), "v1"), store, datetime.now(UTC), plain_http=True,
                  window=(date(2026, 10, 1), date(2026, 10, 31)))  # fmt: skip


def ask(store: Store, query: str) -> list[tuple[Any, ...]]:
    with store.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


def test_stations_of_a_foreign_server_come_in_whole_late_and_revised_readings_too(
    store: Store, peer: Peer
) -> None:
    hours = [START + timedelta(hours=n) for n in range(HOURS)]
    peer.post("Things", field(1, stream("moisture", "%"), stream("wind", "m/s")))
    peer.post("Things", field(2, stream("temperature", "K"), stream("depth", "furlong")))
    feature = {"name": "-", "description": "-", "encodingType": "application/geo+json",
               "feature": {"type": "Point", "coordinates": [8.0, 49.2]}}  # fmt: skip
    peer.post("FeaturesOfInterest", feature)
    observe(peer, "moisture", *((at, at, 20 + n / 50) for n, at in enumerate(hours)))
    observe(peer, "temperature", *((at, at, 283.15) for at in hours[:30]))
    observe(peer, "wind", *((at, at, 3.0) for at in hours[:5]))
    observe(peer, "depth", (hours[0], hours[0], 1.0))
    observe(peer, "moisture", (hours[3] + timedelta(minutes=1), hours[3], 2310.0))

    ended = run(peer, store)
    assert ended.state in {RunState.DONE, RunState.PARTLY}
    told = ask(store, "SELECT rule, variable, n FROM app.quarantine ORDER BY 1")
    assert told == [
        ("range", "soil_moisture", 1), ("unit", "soil_moisture", 1), ("variable", "wind", 5),
    ]  # fmt: skip
    taken = ask(store, "SELECT variable, count(*), min(value), max(value) FROM app.observations "
                       "GROUP BY 1 ORDER BY 1")  # fmt: skip
    assert [(name, count) for name, count, _, _ in taken] == [
        ("soil_moisture", HOURS), ("soil_temperature", 30),
    ]  # fmt: skip
    (_, _, least, most), (_, _, cold, warm) = taken
    assert (least, most) == (pytest.approx(0.2), pytest.approx((20 + (HOURS - 1) / 50) / 100))
    assert (cold, warm) == (pytest.approx(10.0), pytest.approx(10.0))
    stations = ask(store, "SELECT name, ST_X(geom), ST_Y(geom) FROM app.stations ORDER BY name")
    assert stations == [("Field 1", 9.0, 49.2), ("Field 2", 10.0, 49.2)]
    # It was asked in our way once, refused, and from then on in its own.
    assert peer.asked("/Datastreams[?][^ ]*top=1000")[-1:] == ["422"]
    assert len(peer.asked("Observations[?]")) >= 2 + HOURS // 100

    again = run(peer, store)
    assert again.taken == 0
    late = (START - timedelta(days=3), START, 33.0)
    observe(peer, "moisture", late, (hours[7], hours[7] + timedelta(days=1), 44.0))
    assert run(peer, store).taken == 2
    assert ask(store, "SELECT count(*) FROM app.observations WHERE value IN (0.33, 0.44)") == [(2,)]
    readings = "SELECT count(DISTINCT (station, time)) FROM app.observations WHERE variable = "
    assert ask(store, f"{readings}'soil_moisture'") == [(HOURS + 1,)]


def test_a_server_that_dies_fails_the_run_in_words(store: Store, peer: Peer) -> None:
    # The last test of this file: the server does not come back.
    peer.process.kill()
    peer.process.wait()
    with pytest.raises(FeedUnreachable, match="Connect"):
        run(peer, store)
