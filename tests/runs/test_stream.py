"""A real broker on loopback: what is acknowledged is committed, whatever dies."""

import json
import os
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion
from sqlalchemy import text

from soc_monitor.errors import StoreUnavailable
from soc_monitor.feeds import MqttFeed, ThingsStorage, mqtt
from soc_monitor.feeds.client import Limits
from soc_monitor.feeds.lorawan import Field, counter, reader
from soc_monitor.model import Access, Channel, IngestJob, Readings, RunState
from soc_monitor.runs import readings, stream
from soc_monitor.runs.jobs import ShelvedJob
from soc_monitor.runs.stream import listen
from soc_monitor.store import control, runs
from soc_monitor.store.readings import Counts
from soc_monitor.store.runs import OpenRun
from soc_monitor.store.store import Store

from ..feeds import conftest as feeds  # noqa: TID252  # folders of tests are no packages

server = feeds.server
TOPIC = "v3/app@tenant/devices/+/up"
FIELDS = {"vwc": Field(variable="soil_moisture", unit="%")}


def job(version: int) -> IngestJob:
    return IngestJob(
        id="lora", title={"en": "L", "fr": "L", "es": "L"}, licence="CC0-1.0", citation="-",
        link="-",
        feed=MqttFeed(address_variable="BROKER", topic=TOPIC, client_id="soc", version=version),
        into=Readings(reader=reader(FIELDS), counter=counter,
                      channels={"soil_moisture": Channel(unit="m3 m-3", valid=(0, 1))}),
    )  # fmt: skip


def message(number: int, device: str = "d1") -> bytes:
    second, minute = number % 60, number // 60
    told: dict[str, Any] = {
        "end_device_ids": {"device_id": device},
        "uplink_message": {
            "f_cnt": number, "session_key_id": "k",
            "decoded_payload": {"vwc": 10 + number % 50},
            "received_at": f"2026-11-01T{minute // 60:02d}:{minute % 60:02d}:{second:02d}Z",
            "locations": {"user": {"latitude": 51.1, "longitude": 3.7}},
        },
    }  # fmt: skip
    return json.dumps(told).encode()


@dataclass
class Broker:
    """A mosquitto that keeps what it has to on disk."""

    folder: Path
    port: int
    program: str
    process: subprocess.Popen[bytes] | None = None
    anonymous: bool = True
    """Whoever comes is let in."""

    def start(self) -> None:
        """Start it, and wait until it listens."""
        config = self.folder / "mosquitto.conf"
        config.write_text(
            f"listener {self.port} 127.0.0.1\n"
            f"allow_anonymous {str(self.anonymous).lower()}\npersistence true\n"
            f"persistence_location {self.folder}/\nautosave_interval 1\n"
            "autosave_on_changes false\nmax_queued_messages 0\nmax_inflight_messages 0\n"
        )
        self.process = subprocess.Popen(
            [self.program, "-c", str(config)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        until(self.listens)

    def listens(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def stop(self) -> None:
        """Stop it in order: what it has is then on disk."""
        if self.process is not None:
            self.process.terminate()
            self.process.wait(30)

    def send(self, payloads: list[bytes]) -> None:
        """Publish with quality of service 1, and wait until the broker has it all."""
        client = Client(CallbackAPIVersion.VERSION2)
        client.max_inflight_messages_set(1000)
        client.connect("127.0.0.1", self.port)
        client.loop_start()
        told = [client.publish("v3/app@tenant/devices/d1/up", p, qos=1) for p in payloads]
        for one in told:
            one.wait_for_publish(60)
        client.disconnect()
        client.loop_stop()


def until(true: Callable[[], object], seconds: float = 90) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)


@pytest.fixture
def broker() -> Iterator[Broker]:
    """The broker, running."""
    program = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin")
    if program is None:
        pytest.skip("mosquitto is not installed")
    # Not below the tests' own folder, which is closed to others: it runs under another account.
    folder = Path(tempfile.mkdtemp(prefix="soc-broker-"))
    folder.chmod(0o755)
    if os.geteuid() == 0:
        shutil.chown(folder, "mosquitto", "mosquitto")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    made = Broker(folder, port, program)
    made.start()
    yield made
    made.stop()
    shutil.rmtree(folder)


@contextmanager
def listening(
    made: IngestJob, store: Store, broker: Broker, more: dict[str, str] | None = None
) -> Iterator[None]:
    """The stream, in a thread, for as long as the block runs."""
    stop = threading.Event()
    secrets = {"BROKER": f"mqtt://127.0.0.1:{broker.port}", **(more or {})}
    thread = threading.Thread(
        target=listen,
        args=(ShelvedJob(made, Path(), "v1"), store, stop, secrets),
        kwargs={"plain_http": True},
    )
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(60)
        assert not thread.is_alive()


def count(store: Store) -> int:
    with store.engine.connect() as connection:
        found: int = connection.execute(text("SELECT count(*) FROM app.observations")).scalar_one()
    return found


@pytest.mark.parametrize("version", [5, 3])
def test_what_was_sent_while_nobody_listened_is_taken_and_repeats_are_not(
    store: Store, broker: Broker, version: int
) -> None:
    made = job(version)
    with listening(made, store, broker):
        until(lambda: subscribed(store, broker))
    before = count(store)
    broker.send([message(n) for n in range(1000, 1300)] + [message(n) for n in range(1000, 1030)])
    assert count(store) == before, "nobody listens"
    with listening(made, store, broker):
        until(lambda: count(store) == before + 300)
        broker.stop()
        broker.start()
        broker.send([message(n) for n in range(1290, 1400)])
        until(lambda: count(store) == before + 400)
    with store.engine.connect() as connection:
        values = connection.execute(
            text("SELECT min(value), max(value) FROM app.observations")
        ).one()
        aside = connection.execute(text("SELECT count(*) FROM app.quarantine")).scalar_one()
    assert tuple(values) == (0.1, 0.59)
    assert aside == 0


def parts(seconds: int, rate: int, chance: np.random.Generator) -> Iterator[list[bytes]]:
    """A second's messages at a time, a tenth of them sent before; number 0 was."""
    sent = 1
    for _ in range(seconds):
        new = list(range(sent, sent + rate * 9 // 10))
        sent = new[-1] + 1
        again = chance.integers(0, sent, rate // 10).tolist()
        yield [message(n) for n in (*new, *again)]


def test_a_small_flood_with_repeats_and_a_restart_is_kept_whole(
    store: Store, broker: Broker
) -> None:
    """As many as come in three seconds, as fast as they are taken; ``make soak`` sends a minute."""
    with listening(job(5), store, broker):
        until(lambda: subscribed(store, broker))
        for number, part in enumerate(parts(3, 1000, np.random.default_rng(7))):
            broker.send(part)
            if number == 1:
                broker.stop()
                broker.start()
        until(lambda: count(store) >= 1 + 2700)
    assert count(store) == 1 + 2700
    with store.engine.connect() as connection:
        aside = connection.execute(text("SELECT count(*) FROM app.quarantine")).scalar_one()
    assert aside == 0


def subscribed(store: Store, broker: Broker, before: int = 0) -> bool:
    """A message that is sent now arrives."""
    broker.send([message(0)])
    end = time.monotonic() + 2
    while time.monotonic() < end:
        if count(store) > before:
            return True
        time.sleep(0.1)
    return False


def test_what_is_not_committed_is_not_acknowledged(
    store: Store, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, real, failed = job(5), readings.take_messages, threading.Event()
    monkeypatch.setattr(stream, "PAUSE_S", 0.1)

    def breaks(*arguments: Any) -> Any:
        if not failed.is_set():
            failed.set()
            raise StoreUnavailable("the database is gone")
        return real(*arguments)

    with listening(made, store, broker):
        until(lambda: subscribed(store, broker))
        before = count(store)
        monkeypatch.setattr(stream, "take_messages", breaks)
        broker.send([message(n) for n in range(2000, 2100)])
        until(lambda: count(store) == before + 100)
    assert failed.is_set()


HOSTILE = {
    "nested too deep": b"[" * 30_000,
    "a NUL in a name": message(1, "a\0b"),
    "a NUL in a name without a place": message(1, "a\0b").replace(b'"latitude"', b'"lat"'),
    "half a character": message(1, "\ud800"),
    "nowhere": message(1).replace(b"51.1", b"1e999"),
    "beyond the pole": message(1).replace(b"51.1", b"511"),
    "an offset of a day": message(1).replace(b"00:00:01Z", b"00:00:01+23:59"),
    "a counter without end": message(1).replace(b'"f_cnt": 1', b'"f_cnt": 1e999'),
}  # fmt: skip


def test_a_message_of_any_content_costs_itself_alone(
    store: Store, broker: Broker, caplog: pytest.LogCaptureFixture
) -> None:
    with listening(job(5), store, broker):
        until(lambda: subscribed(store, broker))
        for number, payload in enumerate(HOSTILE.values(), start=1):
            broker.send([payload, message(100 + number)])
            until(lambda: has(store, message(100 + number)), 20)  # noqa: B023  # called at once
    assert "stream broken" not in caplog.text
    with store.engine.connect() as connection:
        aside = connection.execute(text("SELECT rule, count(*) FROM app.quarantine GROUP BY 1"))
        assert {row[0]: row[1] for row in aside} == {"row": 1, "text": 4, "place": 2}


def has(store: Store, payload: bytes) -> bool:
    """Whether the reading of a message is there."""
    time = json.loads(payload)["uplink_message"]["received_at"]
    query = text("SELECT count(*) FROM app.observations WHERE time = :time")
    with store.engine.connect() as connection:
        return bool(connection.execute(query, {"time": time}).scalar_one())


@pytest.mark.parametrize("version", [5, 3])
def test_a_message_that_is_too_large_is_a_record_and_does_not_come_again(
    store: Store, broker: Broker, version: int
) -> None:
    large = message(1) + b" " * (mqtt.MESSAGE + 1 - len(message(1)))
    fits = message(2) + b" " * (mqtt.MESSAGE - len(message(2)))
    with listening(job(version), store, broker):
        until(lambda: subscribed(store, broker))
        broker.send([large, fits])
        until(lambda: has(store, message(2)))
    with listening(job(version), store, broker):
        broker.send([message(3)])
        until(lambda: has(store, message(3)))
    assert not has(store, message(1))
    with store.engine.connect() as connection:
        refused = connection.execute(text("SELECT rule, found FROM app.rejections")).all()
        told = connection.execute(text("SELECT detail FROM app.runs ORDER BY started_at")).scalars()
        assert [tuple(row) for row in refused] == [("size", "a message of more than 65536 bytes")]
        assert "1 messages too large" in next(iter(told))


def test_a_device_that_sends_nothing_that_fits_is_one_record_and_does_not_fail_the_run(
    store: Store, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    handed, real = list[int](), readings.take_messages

    def takes(into: Readings, store: Store, run: OpenRun, payloads: list[bytes]) -> Counts:
        handed.append(len(payloads))
        return real(into, store, run, payloads)

    with listening(job(5), store, broker):
        until(lambda: subscribed(store, broker))
    monkeypatch.setattr(stream, "take_messages", takes)
    with listening(job(5), store, broker):
        broker.send([b" " * (mqtt.MESSAGE + 1) for _ in range(20)])
        until(lambda: refusals(store))
        # What was there already: nothing is taken in this run.
        broker.send([message(0)])
        until(lambda: 1 in handed)
    assert refusals(store) == 1
    assert 0 not in handed
    newest = runs.list_runs(store, job_id="lora", limit=1)[0]
    assert (newest.state, newest.taken, newest.rejected) == (RunState.PARTLY, 0, 20)
    assert "20 messages too large" in newest.detail


def test_what_is_too_large_is_told_once_though_what_came_with_it_comes_again(
    store: Store, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, failed = readings.take_messages, threading.Event()
    monkeypatch.setattr(stream, "PAUSE_S", 0.1)

    def breaks(*arguments: Any) -> Any:
        if not failed.is_set():
            failed.set()
            raise StoreUnavailable("the database is gone")
        return real(*arguments)

    with listening(job(5), store, broker):
        until(lambda: subscribed(store, broker))
    # Sent while nobody listens: both are in one batch.
    broker.send([b" " * (mqtt.MESSAGE + 1), message(5)])
    monkeypatch.setattr(stream, "take_messages", breaks)
    with listening(job(5), store, broker):
        until(lambda: has(store, message(5)) and refusals(store))
    assert failed.is_set()
    assert refusals(store) == 1


def refusals(store: Store) -> int:
    """How many records of a refusal there are."""
    with store.engine.connect() as connection:
        found = connection.execute(text("SELECT count(*) FROM app.rejections")).scalar_one()
    return int(found)


@pytest.mark.parametrize("how", ["pause", "retire", "cancel"])
def test_a_stream_that_an_operator_stops_takes_nothing_until_it_may_go_on(
    store: Store, broker: Broker, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "PAUSE_S", 0.2)
    with listening(job(5), store, broker):
        until(lambda: subscribed(store, broker))
        before = count(store)
        (first,) = runs.list_runs(store)
        if how == "pause":
            control.set_paused(store, "lora", paused=True)
        elif how == "retire":
            control.set_retired(store, "lora", retired=True)
        else:
            control.cancel(store, first.id)
        until(lambda: runs.get_run(store, first.id).ended_at is not None)
        # A cancelled run still holds the job's lock until it has noticed.
        until(lambda: not ask_locks(store))
        broker.send([message(1000)])
        time.sleep(1.5)  # Many looks.
        assert count(store) == before
        assert len(runs.list_runs(store)) == 1
        control.set_paused(store, "lora", paused=False)
        control.set_retired(store, "lora", retired=False)
        with store.engine.begin() as connection:
            connection.execute(text("UPDATE app.runs SET started_at = now() - interval '2 hours'"))
        until(lambda: count(store) == before + 1)


def ask_locks(store: Store) -> int:
    """How many jobs run."""
    with store.engine.connect() as connection:
        query = (
            "SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database "
            "WHERE locktype = 'advisory' AND d.datname = current_database()"
        )
        found: int = connection.execute(text(query)).scalar_one()
    return found


def test_a_broker_that_refuses_us_is_told(store: Store, broker: Broker) -> None:
    broker.stop()
    broker.anonymous = False
    broker.start()
    query = text(
        "SELECT count(*) FROM app.runs WHERE detail LIKE '%the broker refuses us: Not auth%'"
    )
    with listening(job(5), store, broker), store.engine.connect() as connection:

        def told() -> object:
            connection.rollback()
            return connection.execute(query).scalar_one()

        until(told)


def test_a_subscription_that_nobody_empties_can_still_be_left(
    broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mqtt, "QUEUE", 3)
    feed = job(5).feed
    assert isinstance(feed, MqttFeed)
    access = Access(secrets={"BROKER": f"mqtt://127.0.0.1:{broker.port}"})
    left = threading.Event()

    def leave() -> None:
        with feed.listen(access) as subscription:
            until(subscription.client.is_connected)
            end = time.monotonic() + 20
            while not subscription.waiting.full() and time.monotonic() < end:
                broker.send([message(n) for n in range(10)])
        left.set()

    threading.Thread(target=leave, daemon=True).start()
    assert left.wait(60), "it hangs"
    with feed.listen(access) as subscription:
        assert len(subscription.batch(5, 3)) == 3, "what was not acknowledged comes again"


def test_a_stream_goes_on_after_what_nobody_thought_of(
    store: Store, broker: Broker, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(stream, "PAUSE_S", 0.1)
    real, failed = readings.take_messages, threading.Event()

    def breaks(*arguments: Any) -> Any:
        if not failed.is_set():
            failed.set()
            raise ZeroDivisionError
        return real(*arguments)

    monkeypatch.setattr(stream, "take_messages", breaks)
    with listening(job(5), store, broker):
        until(lambda: subscribed(store, broker))
    assert failed.is_set()
    assert "ZeroDivisionError" in caplog.text


def test_what_was_lost_on_the_way_is_had_from_the_storage_and_said(
    store: Store, broker: Broker, server: feeds.Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "FILL_S", 0.2)
    plain = job(5)
    assert isinstance(plain.feed, MqttFeed)
    storage = ThingsStorage(address_variable="STORAGE", secret="KEY", limits=Limits(pause_s=0.01))
    made = replace(plain, feed=replace(plain.feed, storage=storage))

    def stored(*numbers: int) -> bytes:
        results = [json.loads(message(n)) for n in numbers]
        for one in results:
            one["received_at"] = one["uplink_message"]["received_at"]
        return b"".join(json.dumps({"result": one}).encode() + b"\n\n" for one in results)

    server.on(
        "/storage",
        feeds.send(b"", status=503),
        feeds.send(b""),
        feeds.send(stored(5, 6, 7, 8, 9)),
    )
    told = {"STORAGE": f"{server.address}/storage", "KEY": "secret"}
    with listening(made, store, broker, told):
        until(lambda: subscribed(store, broker))
        broker.send([message(n) for n in (1, 2, 3, 4, 9)])
        until(lambda: count(store) == 10)
    assert "4 messages missing by their counters" in details(store)
    assert "4 readings had from the storage" in details(store)
    assert server.asked[0].headers["accept"] == "text/event-stream"
    assert server.asked[0].headers["authorization"] == "Bearer secret"
    assert "after=2026-" in server.asked[-1].path


def details(store: Store) -> str:
    with store.engine.connect() as connection:
        return str(connection.execute(text("SELECT detail FROM app.runs")).scalar_one())
