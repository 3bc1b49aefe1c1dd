"""``soc-monitor alerts``: what operators are told of."""

import sys
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from soc_monitor.commands import NOTHING_NEW, By, Json, open_store_for_runs, read_settings
from soc_monitor.console import emit, emit_table

app = typer.Typer(help="Alerts: what operators are told of.", no_args_is_help=True)


@app.command("list")
def alerts_list(*, as_json: Json = False) -> None:
    """Those that stand, then those that are over."""
    from soc_monitor.store import alerts  # noqa: PLC0415  # heavy

    with open_store_for_runs() as (_, store):
        found = alerts.list_alerts(store)
    emit_table([asdict(one) for one in found], as_json=as_json)


@app.command("test")
def alerts_test(channel: str) -> None:
    """Send a message by a channel: ``mail``, ``hook`` or ``log``."""
    from soc_monitor.errors import BadValue  # noqa: PLC0415  # beside its use
    from soc_monitor.feeds import channels  # noqa: PLC0415  # heavy

    settings = read_settings()
    known = {"log": "", **channels.channels(settings.alert_mail, settings.alert_hook)}
    if channel not in known:
        raise BadValue(f"channel {channel!r} is not set up", allowed=tuple(known))
    told = channels.Told(
        subject="[soc-monitor] a test",
        text="Somebody has tried whether alerts come here. They do.\n",
        facts={"at": datetime.now(UTC).isoformat(timespec="seconds"), "open": [], "recovered": []},
    )
    channels.send(channel, known[channel], told)
    emit({"channel": channel, "taken": "yes"}, as_json=False)


@app.command("ack")
def alerts_ack(number: int, *, by: By, as_json: Json = False) -> None:
    """Say that somebody looks after it: it is not told again."""
    from soc_monitor.store import alerts  # noqa: PLC0415  # heavy

    with open_store_for_runs() as (_, store):
        changed = alerts.acknowledge(store, number, by)
    emit({"alert": number, "changed": changed}, as_json=as_json)
    if not changed:
        sys.exit(NOTHING_NEW)


@app.command("silence")
def alerts_silence(
    pattern: str,
    *,
    by: By,
    hours: Annotated[float, typer.Option("--for-hours", help="For how long.", min=0.1)] = 4,
) -> None:
    """Hear nothing of a job for a while; ``*`` stands for anything."""
    from soc_monitor.store import alerts  # noqa: PLC0415  # heavy

    until = datetime.now(UTC) + timedelta(hours=hours)
    with open_store_for_runs() as (_, store):
        alerts.silence(store, pattern, until, by)
    emit({"silent": pattern, "until": until.isoformat(timespec="minutes")}, as_json=False)


@app.command("look")
def alerts_look(*, as_json: Json = False) -> None:
    """Look at what is wrong now, and tell what is due; the worker does it every minute."""
    from soc_monitor.feeds import channels  # noqa: PLC0415  # heavy
    from soc_monitor.runs import alerting  # noqa: PLC0415

    with open_store_for_runs() as (settings, store):
        known = channels.channels(settings.alert_mail, settings.alert_hook)
        told = alerting.look(store, known)
    emit({"messages": told}, as_json=as_json)
