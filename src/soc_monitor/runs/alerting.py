"""Alerting: what is wrong now, and the words that operators are told it in."""

import logging
import shutil
import socket
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime

from soc_monitor.errors import BadSetting, FeedUnreachable
from soc_monitor.feeds.channels import Told, send
from soc_monitor.model.freshness import Freshness
from soc_monitor.store import (
    alerts,
    held_readings,
    holds,
    read_inputs,
    read_slices,
    refusals,
    runs,
)
from soc_monitor.store.alerts import Alert, Cause
from soc_monitor.store.locks import only_one
from soc_monitor.store.read_inputs import InputStatus
from soc_monitor.store.refusals import Refused
from soc_monitor.store.store import Store

log = logging.getLogger(__name__)

LEAST_FREE = 1 << 30
"""Bytes: with less room for the arrays operators are told."""

DO = {
    "late": "soc-monitor jobs run {subject}",
    "failed": "soc-monitor runs list --job {subject}",
    "refused": "soc-monitor runs list --job {subject}, then runs logs RUN; once its cause is gone: "
    "soc-monitor jobs backfill {subject} --from PERIOD --to PERIOD",
    "gone": "ask its provider, then soc-monitor jobs run {subject}, or items retract",
    "held": "soc-monitor holds list, sensors list, or the console",
    "publish": "soc-monitor estimate",
    "locks": "run the worker on a kernel with Landlock and seccomp, or acknowledge",
    "disk": "make room, or move SOC_ARRAYS",
}


def causes(
    store: Store, now: datetime, without: str | None = None, host: str = ""
) -> Iterator[Cause]:
    """Everything that is wrong now.

    Args:
        store: where things stand.
        now: the moment.
        without: what decoders are not locked in by; empty: by all there is; None: not looked at.
        host: the machine that this was looked at on.
    """
    if without:
        yield Cause(kind="locks", subject=host, severity="normal", what=without)
    failed, standing = runs.failures_in_a_row(store), refusals.not_mended(store)
    for one in read_inputs.inputs_status(store):
        state, age = one.state(now.date()), one.age(now.date())
        if state is Freshness.LATE:
            told = "nothing was ever accepted" if age is None else f"{age} days old"
            yield Cause(kind="late", subject=one.feed_id, severity="normal",
                        what=f"{told}, {one.max_age_days} allowed")  # fmt: skip
        if state not in {Freshness.PAUSED, Freshness.RETIRED}:
            yield from _refused(one, standing.get(one.feed_id))
        if one.gone and state is not Freshness.RETIRED:
            told = f"{one.gone} files are offered no longer; what they held stays"
            yield Cause(kind="gone", subject=one.feed_id, severity="normal", what=told)
        if state is Freshness.BROKEN and one.broken:
            yield Cause(kind="failed", subject=one.feed_id, severity="high",
                        what=f"its job file: {one.broken}"[:500])  # fmt: skip
        elif state is Freshness.BROKEN and one.feed_id in failed:
            count, detail = failed[one.feed_id]
            yield Cause(kind="failed", subject=one.feed_id,
                        severity="high" if count > 1 else "normal",
                        what=f"failed {count} in a row: {detail}"[:500])  # fmt: skip
    yield from _held(store)
    if read_slices.unpublished(store) and (stuck := failed.get("estimate")):
        yield Cause(kind="publish", subject="release", severity="high", what=stuck[1][:500])
    folders = (store.arrays, *store.arrays.parents)
    free = shutil.disk_usage(next(one for one in folders if one.exists())).free
    if free < LEAST_FREE:
        yield Cause(kind="disk", subject="arrays", severity="high",
                    what=f"{free >> 20} MiB are left")  # fmt: skip


def _refused(one: InputStatus, standing: Refused | None) -> Iterator[Cause]:
    """What the newest run has refused, and what was refused before and is not mended."""
    told = one.refused
    if not told and standing:
        told = f"{standing.count} refused and not taken since; {standing.newest}"
    if told:
        yield Cause(kind="refused", subject=one.feed_id, severity="normal", what=told[:500])


def _held(store: Store) -> Iterator[Cause]:
    """What waits for an operator's word: slices, and readings that jumped."""
    waiting: dict[str, int] = {}
    for held in holds.list_holds(store, waiting=True):
        waiting[held.feed_id] = waiting.get(held.feed_id, 0) + 1
    jumped: dict[str, list[int]] = {}
    for sensor in held_readings.list_waiting(store):
        jumped.setdefault(sensor.feed_id, []).append(sensor.n)
    for job_id in sorted(waiting.keys() | jumped.keys()):
        parts = [f"{waiting[job_id]} waiting for an operator's word"] if job_id in waiting else []
        if job_id in jumped:
            n, sensors = sum(jumped[job_id]), len(jumped[job_id])
            parts.append(f"{n} readings of {sensors} sensors jumped: they wait for an operator")
        yield Cause(kind="held", subject=job_id, severity="normal", what="; ".join(parts))


def look(
    store: Store,
    channels: Mapping[str, str],
    now: datetime | None = None,
    *,
    without: str | None = None,
    host: str | None = None,
) -> int:
    """Look at what is wrong, and tell operators what they have to be told; how many messages.

    Args:
        store: where things stand.
        channels: name -> address, as ``feeds.channels`` has them; the log hears everything.
        now: the moment; None: this one.
        without: what decoders are not locked in by; empty: by all there is; None: not looked at.
        host: the machine that this was looked at on; None: this one. Workers may run on several.
    """
    moment = now or datetime.now(UTC)
    host = socket.gethostname() if host is None else host
    with only_one(store, "alerts") as mine:
        if not mine:
            return 0
        found = causes(store, moment, without, host)
        alerts.settle(store, found, moment, locks_of="" if without is None else host)
        standing, over = alerts.to_tell(store, moment)
        if not standing and not over:
            return 0
        message = word(standing, over, moment)
        if tell(channels, message):
            alerts.mark_told(store, standing, over, moment)
            return 1
    return 0


def tell(channels: Mapping[str, str], message: Told) -> bool:
    """Tell operators by every channel; False: there are some, and none took it."""
    send("log", "", message)
    taken = not channels
    for name, address in channels.items():
        try:
            send(name, address, message)
            taken = True
        except (FeedUnreachable, BadSetting) as error:
            # Its address may hold a password: its name is all that is said.
            log.error("alert not taken", extra={"channel": name, "error": str(error)})  # noqa: TRY400
        except Exception as error:  # noqa: BLE001  # nothing keeps the other channels from being told
            log.error("alert not taken", extra={"channel": name, "error": type(error).__name__})  # noqa: TRY400
    return taken


def word(standing: Sequence[Alert], over: Sequence[Alert], now: datetime) -> Told:
    """One message for all that is to be told now, the gravest first."""
    standing = sorted(standing, key=lambda one: one.severity != "high")
    first = (*standing, *over)[0]
    more = len(standing) + len(over) - 1
    tail = f" and {more} more" if more else ""
    if standing:
        high = any(one.severity == "high" for one in standing)
        subject = f"[{'HIGH' if high else 'soc-monitor'}] {first.subject} {first.kind}{tail}"
    else:
        subject = f"[recovered] {first.subject} {first.kind}{tail}"
    parts = [_standing(one) for one in standing] + [_over(one) for one in over]
    facts = {
        "at": now.isoformat(timespec="seconds"),
        "open": [_fact(one) for one in standing],
        "recovered": [_fact(one) for one in over],
    }
    return Told(subject=" ".join(subject.split()), text="\n\n".join(parts) + "\n", facts=facts)


def _standing(one: Alert) -> str:
    level = "HIGH" if one.severity == "high" else "NOTE"
    told = f", told {one.times} times before" if one.times else ""
    return "\n".join(
        [
            f"[{level}] {one.subject} {one.kind} (since {one.since:%Y-%m-%d %H:%M} UTC{told})",
            f"What     {one.what}",
            f"Do       {DO[one.kind].format(subject=one.subject)}",
            f"Ack      soc-monitor alerts ack {one.id}",
        ]
    )


def _over(one: Alert) -> str:
    assert one.ended_at is not None
    minutes = int((one.ended_at - one.since).total_seconds() // 60)
    lasted = f"{minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"{minutes} min"
    return f"[RECOVERED] {one.subject} {one.kind}: recovered after {lasted}"


def _fact(one: Alert) -> dict[str, object]:
    return {
        "id": one.id,
        "kind": one.kind,
        "subject": one.subject,
        "severity": one.severity,
        "what": one.what,
        "since": one.since.isoformat(timespec="seconds"),
    }
