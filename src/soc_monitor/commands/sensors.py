"""``soc-monitor sensors``: those that jumped, fell silent or stand still."""

import sys
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated

import typer

from soc_monitor.commands import NOTHING_NEW, By, Json, open_store_for_runs
from soc_monitor.console import emit, emit_table

app = typer.Typer(
    help="Sensors: those that jumped, fell silent or stand still.", no_args_is_help=True
)

Seen = Annotated[
    datetime | None,
    typer.Option(
        formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S.%f"],
        help="As the list has it, in UTC: what was written down later goes on to wait.",
    ),
]


@app.command("list")
def sensors_list(*, as_json: Json = False) -> None:
    """Sensors that somebody has to look at: ``jumped`` ones wait for a word, under their id."""
    from soc_monitor.store import held_readings, sensor_watch  # noqa: PLC0415  # heavy

    with open_store_for_runs() as (_, store):
        waiting = held_readings.list_waiting(store)
        silent = sensor_watch.silent(store, datetime.now(UTC))
        still = sensor_watch.standing_still(store)
    rows: list[dict[str, object]] = [
        {
            "what": "jumped",
            "sensor": one.id,
            "job": one.feed_id,
            "station": one.station,
            "variable": one.variable,
            "datastream": one.datastream,
            "last": one.last,
            "seen": one.seen.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f"),
            "told": f"{one.n} readings, {one.low:g}..{one.high:g} {one.unit} after {one.before:g}",
        }
        for one in waiting
    ]
    for what, some in (("silent", silent), ("still", still)):
        for one in some:
            about = asdict(one)
            rows.append(
                {
                    "what": what,
                    "sensor": "",
                    "job": one.feed_id,
                    **{key: about[key] for key in ("station", "variable", "datastream", "last")},
                    "seen": "",
                    "told": f"{one.days} days, {one.value:g} {one.unit}",
                }
            )
    emit_table(rows, as_json=as_json)


@app.command("accept")
def sensors_accept(sensor: str, *, by: By, seen: Seen = None, as_json: Json = False) -> None:
    """Take the readings of a sensor that wait: they are published with their days and months."""
    _decide(sensor, "accepted", by, seen, as_json=as_json)


@app.command("reject")
def sensors_reject(sensor: str, *, by: By, seen: Seen = None, as_json: Json = False) -> None:
    """Refuse them for good; the sensor goes on to be held until it is back where it was."""
    _decide(sensor, "rejected", by, seen, as_json=as_json)


def _decide(sensor: str, state: str, by: str, seen: datetime | None, *, as_json: bool) -> None:
    from soc_monitor.store import held_readings  # noqa: PLC0415  # heavy

    with open_store_for_runs() as (_, store):
        count = held_readings.decide(store, sensor, state, by, seen and seen.replace(tzinfo=UTC))
    emit({"sensor": sensor, "state": state, "readings": count}, as_json=as_json)
    if not count:
        sys.exit(NOTHING_NEW)
