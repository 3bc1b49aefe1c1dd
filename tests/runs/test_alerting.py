"""Operators are told, by real mail and a real hook: once, again after hours, and of its end."""

import email
import json
import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import Message
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from sqlalchemy import text

from soc_monitor.errors import (
    BadSetting,
    FeedUnreachable,
    ItemHeld,
    ItemRejected,
    StoreUnavailable,
)
from soc_monitor.feeds import decode
from soc_monitor.feeds.channels import Told, channels, send
from soc_monitor.model import Computation, Item
from soc_monitor.runs import alerting
from soc_monitor.runs.refuse import refuse
from soc_monitor.store import alerts, control, holds, runs
from soc_monitor.store.holds import Preview
from soc_monitor.store.intake import NewItem
from soc_monitor.store.store import Store

from ..feeds import conftest as feeds  # noqa: TID252  # folders of tests are no packages
from .made_up import GOOD_JOB, cube, run

NOW = datetime.now(UTC)
server = feeds.server


@dataclass
class Box:
    """A mail server that keeps what it is sent."""

    mails: list[Message] = field(default_factory=list)
    address: str = ""

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802  # aiosmtpd's name
        self.mails.append(email.message_from_bytes(envelope.content))
        return "250 taken"


@pytest.fixture
def box() -> Iterator[Box]:
    """A real SMTP server on loopback."""
    made = Box()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(made, hostname="127.0.0.1", port=port)
    controller.start()
    made.address = f"smtp://127.0.0.1:{port}/?from=soc@example.org&to=ops@example.org"
    yield made
    controller.stop()


@pytest.fixture
def rain(store: Store) -> Store:
    """A store with an input that nothing was ever accepted from."""
    runs.register_feed(
        store,
        Computation(id="rain", title={"en": "R"}, licence="-", citation="-", link="-", notes={},
                    max_age_days=40),
    )  # fmt: skip
    return store


def hours(count: float) -> datetime:
    """So much later."""
    return NOW + timedelta(hours=count)


def body(mail: Message) -> str:
    raw = mail.get_payload(decode=True)
    assert isinstance(raw, bytes)
    return raw.decode()


def test_a_cause_is_told_once_again_after_hours_and_when_it_is_over(rain: Store, box: Box) -> None:
    known = channels(box.address, "")
    assert alerting.look(rain, known, NOW) == 0, "new causes wait for others"
    assert alerting.look(rain, known, NOW + timedelta(minutes=5)) == 1
    (mail,) = box.mails
    assert mail["Subject"] == "[soc-monitor] rain late"
    assert "nothing was ever accepted, 40 allowed" in body(mail)
    assert "Do       soc-monitor jobs run rain" in body(mail)
    for later in (0.2, 1, 3):
        assert alerting.look(rain, known, hours(later)) == 0
    assert alerting.look(rain, known, hours(4.2)) == 1
    assert alerting.look(rain, known, hours(5)) == 0
    control.set_paused(rain, "rain", paused=True)
    assert alerting.look(rain, known, hours(6)) == 1
    assert box.mails[-1]["Subject"] == "[recovered] rain late"
    assert "recovered after 6 h 0 min" in body(box.mails[-1])
    assert alerting.look(rain, known, hours(7)) == 0
    assert len(box.mails) == 3


def test_who_looks_after_it_or_wants_silence_is_not_told(rain: Store, box: Box) -> None:
    known, later = channels(box.address, ""), NOW + timedelta(minutes=6)
    alerts.silence(rain, "ra*", NOW + timedelta(hours=1), "Ada")
    alerting.look(rain, known, NOW)
    assert alerting.look(rain, known, later) == 0
    assert alerting.look(rain, known, NOW + timedelta(hours=2)) == 1
    (one,) = alerts.list_alerts(rain)
    assert alerts.acknowledge(rain, one.id, "Ada")
    assert not alerts.acknowledge(rain, one.id, "Bob")
    assert alerting.look(rain, known, NOW + timedelta(hours=30)) == 0
    assert len(box.mails) == 1


def test_decoders_that_nothing_locks_in_are_told(store: Store, box: Box) -> None:
    lack = decode.told_lack({"landlock": 0, "seccomp": 1})
    known = channels(box.address, "")
    alerting.look(store, known, NOW, without=lack)
    assert alerting.look(store, known, hours(0.1), without=lack) == 1
    assert "decoders run without landlock" in body(box.mails[-1])
    # What this machine has is what its decoders say themselves.
    assert decode.lack_of_locks() == decode.told_lack(decode.locks())


def test_what_one_machine_lacks_is_not_over_when_another_looks(store: Store, box: Box) -> None:
    lack = decode.told_lack({"landlock": 0, "seccomp": 1})
    known = channels(box.address, "")
    alerting.look(store, known, NOW, without=lack, host="old")
    alerting.look(store, known, hours(0.01), without="", host="new")
    # The command, too, looks at no locks.
    alerting.look(store, known, hours(0.02))
    assert alerting.look(store, known, hours(0.1), without="", host="new") == 1
    assert "[NOTE] old locks" in body(box.mails[-1])
    alerting.look(store, known, hours(0.2), without="", host="old")
    assert [one.ended_at for one in alerts.list_alerts(store)] == [hours(0.2)]


def test_a_machine_that_is_gone_leaves_no_alert_that_stands_for_ever(store: Store) -> None:
    lack = decode.told_lack({"landlock": 0, "seccomp": 1})
    alerting.look(store, {}, NOW, without=lack, host="gone")
    alerting.look(store, {}, hours(24), without="", host="there")
    assert [one.ended_at for one in alerts.list_alerts(store)] == [None]
    alerting.look(store, {}, hours(24.1), without="", host="there")
    assert [one.ended_at for one in alerts.list_alerts(store)] == [hours(24.1)]


def test_a_decoder_without_a_folder_is_told_and_asked_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    decode.locks.cache_clear()
    with monkeypatch.context() as missing:
        missing.setattr(tempfile, "tempdir", str(tmp_path / "none"))
        assert "the decoder does not start: " in decode.lack_of_locks()
    assert decode.lack_of_locks() == decode.told_lack(decode.locks())


def fail(store: Store, number: int) -> None:
    """A run of ``rain`` that cannot reach its source."""
    due = NOW + timedelta(minutes=number)
    with (
        pytest.raises(FeedUnreachable),
        runs.open_run(store, "rain", due, job_version="1", code_version="1"),
    ):
        raise FeedUnreachable("the source answered 503")


def test_what_becomes_grave_is_told_at_once_whoever_looks_after_it(rain: Store, box: Box) -> None:
    known = channels(box.address, "")
    fail(rain, 0)
    alerting.look(rain, known, NOW)
    assert alerting.look(rain, known, hours(0.1)) == 1
    (one,) = [one for one in alerts.list_alerts(rain) if one.kind == "failed"]
    assert one.severity == "normal"
    assert alerts.acknowledge(rain, one.id, "Ada")
    fail(rain, 1)
    # Minutes later, and not after the four hours of a repeat.
    assert alerting.look(rain, known, hours(0.2)) == 1
    assert box.mails[-1]["Subject"].startswith("[HIGH] rain failed")
    assert "told 1 times before" in body(box.mails[-1])
    # Told once: it is no rise any more.
    assert alerting.look(rain, known, hours(0.3)) == 0


def test_failures_in_a_row_are_grave_and_those_of_one_look_are_told_together(
    rain: Store,
    server: feeds.Server,
) -> None:
    server.on("/hook", feeds.send(b"", status=204))
    for minute in range(2):
        with (
            pytest.raises(FeedUnreachable),
            runs.open_run(
                rain, "rain", NOW + timedelta(minutes=minute), job_version="1", code_version="1"
            ),
        ):
            raise FeedUnreachable("the source answered 503")
    runs.register_feed(
        rain,
        Computation(id="snow", title={"en": "S"}, licence="-", citation="-", link="-", notes={},
                    max_age_days=40),
    )  # fmt: skip
    known = channels("", f"{server.address}/hook")
    alerting.look(rain, known, NOW)
    assert alerting.look(rain, known, NOW + timedelta(minutes=5)) == 1
    (asked,) = server.asked
    told = json.loads(asked.body)
    assert told["subject"] == "[HIGH] rain failed and 1 more"
    assert {(one["subject"], one["kind"]) for one in told["open"]} == {
        ("rain", "failed"), ("snow", "late"),
    }  # fmt: skip
    assert "failed 2 in a row: FeedUnreachable: the source answered 503" in told["text"]


def test_an_alert_of_a_due_time_that_is_tried_again_stands_and_grows_grave(
    rain: Store, box: Box
) -> None:
    known = channels(box.address, "")

    def stands() -> list[tuple[str, str]]:
        return [(one.severity, one.kind) for one in alerts.list_alerts(rain) if not one.ended_at]

    def fail(at: datetime, before: tuple[str, str]) -> None:
        with runs.open_run(
            rain, "rain", NOW, job_version="1", code_version="1", tries=runs.MOST_TRIES
        ):
            alerting.look(rain, known, at)
            assert stands() == [before], "in the middle of a try"
            raise FeedUnreachable("answered 403")

    before = ("normal", "late")
    for attempt, severity in enumerate(("normal", "high", "high")):
        at = NOW + timedelta(minutes=10 * attempt)
        with pytest.raises(FeedUnreachable):
            fail(at, before)
        before = (severity, "failed")
        alerting.look(rain, known, at + timedelta(minutes=1))
        assert stands() == [before]
        with rain.engine.begin() as connection:
            connection.execute(text("UPDATE app.runs SET retry_at = now()"))
    assert [mail["Subject"] for mail in box.mails] == [
        "[soc-monitor] rain failed", "[HIGH] rain failed",
    ]  # fmt: skip
    (alert,) = [one for one in alerts.list_alerts(rain) if not one.ended_at]
    assert alert.what == "failed 3 in a row: FeedUnreachable: answered 403"


def test_what_a_source_sent_and_was_refused_is_told_and_does_not_break_the_feed(
    rain: Store,
) -> None:
    def opened(at: datetime) -> AbstractContextManager[runs.OpenRun]:
        return runs.open_run(rain, "rain", at, job_version="1", code_version="1")

    with opened(NOW) as run:
        refuse(rain, run, Item(key="a", address="-"), "", ItemRejected("crs", "none"))
    found = {(one.kind, one.what) for one in alerting.causes(rain, NOW)}
    assert ("refused", "0 taken, 1 rejected: a: crs: none") in found
    assert "failed" not in {kind for kind, _ in found}
    # What is held is told as such, and once.
    with opened(NOW + timedelta(hours=1)) as run:
        refuse(rain, run, Item(key="a", address="-"), "", ItemHeld("shift", "9", waits=True))
    assert "refused" not in {one.kind for one in alerting.causes(rain, NOW)}


def test_what_cannot_be_published_what_is_held_and_little_room_are_told(
    store: Store, shelf: Path, box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = run(GOOD_JOB, store, shelf)
    with (
        pytest.raises(StoreUnavailable),
        runs.open_run(store, "estimate", NOW, job_version="1", code_version="1"),
    ):
        raise StoreUnavailable("no room for the table")
    new = NewItem(item=Item(key="b.tif", address="-"), sha256="b" * 64, size=1)
    picture = Preview(
        cube_id=cube().id, period=NOW.date(), period_before=NOW.date(), unit="t ha-1",
        rows=1, columns=1, values=bytes(8),
    )  # fmt: skip
    with runs.open_run(store, "made_up", NOW, job_version="1", code_version="1") as other:
        assert other.id != ended.id
        holds.hold(store, other, new, picture, "shift", "told")
    free = shutil.disk_usage(store.arrays).free
    monkeypatch.setattr(alerting, "LEAST_FREE", free * 2)
    known = channels(box.address, "")
    alerting.look(store, known, NOW)
    assert alerting.look(store, known, NOW + timedelta(minutes=5)) == 1
    told = body(box.mails[-1])
    assert "[HIGH] release publish" in told
    assert "What     StoreUnavailable: no room for the table" in told
    assert "[NOTE] made_up held" in told
    assert "1 waiting for an operator's word" in told
    assert "[HIGH] arrays disk" in told
    assert " MiB are left" in told
    monkeypatch.setattr(alerting, "LEAST_FREE", 0)
    assert alerting.look(store, known, NOW + timedelta(minutes=6)) == 1
    assert box.mails[-1]["Subject"] == "[recovered] arrays disk"


def test_what_no_channel_takes_is_told_at_the_next_look(
    rain: Store,
    server: feeds.Server,
) -> None:
    server.on("/hook", feeds.send(b"", status=403), feeds.send(b"ok"))
    known = channels("", f"{server.address}/hook")
    alerting.look(rain, known, NOW)
    assert alerting.look(rain, known, NOW + timedelta(minutes=5)) == 0
    assert alerting.look(rain, known, NOW + timedelta(minutes=6)) == 1
    assert len(server.asked) == 2


NO_ADDRESSES = [
    ("mail", "smtp://host"), ("mail", "mailto:a@b.org"), ("mail", "smtp://h/?from=a@b.org"),
    ("mail", "smtp://me:hidden@h:none/?from=a@b.org&to=c@d.org"),
    ("mail", "smtp://h/?from=a@b.org%0aBcc:+hidden&to=c@d.org"),
    ("mail", "smtp://a..b/?from=a@b.org&to=c@d.org"),
    ("mail", f"smtp://{'h' * 64}/?from=a@b.org&to=c@d.org"),
    ("mail", 'smtp://h/?from="&to=c@d.org'), ("mail", "smtp://h/?from=a@b.org&to=a@["),
    ("hook", "hidden"), ("hook", "https://h:none/hidden"), ("hook", "https://[h/hidden"),
    ("hook", "https://a..b/hidden"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "address"), NO_ADDRESSES)
def test_a_channel_whose_address_is_none_says_so(name: str, address: str) -> None:
    with pytest.raises(BadSetting, match=f"SOC_ALERT_{name.upper()}") as caught:
        send(name, address, Told(subject="s", text="t", facts={}))
    assert "hidden" not in str(caught.value)


def test_a_channel_that_cannot_be_used_takes_nothing_from_the_other(
    server: feeds.Server, box: Box, caplog: pytest.LogCaptureFixture
) -> None:
    server.on("/hook", feeds.send(b"ok"))
    server.on("/hidden", feeds.send(bytes(17 << 20)))
    other = {"mail": {"hook": f"{server.address}/hook"}, "hook": {"mail": box.address}}
    broken = [*NO_ADDRESSES, ("hook", f"{server.address}/hidden")]
    broken.append(("hook", "https://localhost/hidden\udc80"))  # as a byte beyond UTF-8 is read
    for name, address in broken:
        assert alerting.tell(
            {name: address, **other[name]}, Told(subject="s", text="t", facts={})
        ), address
    assert len(box.mails) + len(server.asked) == len(broken) + 1
    said = [str(one.__dict__) for one in caplog.records if one.message == "alert not taken"]
    assert len(said) == len(broken)
    assert "hidden" not in "".join(said), "of many a hook the path is its secret"


def test_a_password_is_not_sent_over_an_open_line(box: Box) -> None:
    address = box.address.replace("smtp://", "smtp://me:secret@")
    with pytest.raises(FeedUnreachable, match="no password is sent"):
        send("mail", address, Told(subject="s", text="t", facts={}))
    assert box.mails == []
