"""``soc-monitor estimate``: the numbers of every area, published; or of areas of one's own."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from soc_monitor.commands import FAILED, By, Json, open_store_for_runs
from soc_monitor.commands.export import Keys, Out, address_of, write
from soc_monitor.console import bars, emit
from soc_monitor.errors import BadValue


def estimate(
    keys: Keys = None,
    *,
    by: By,
    areas: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            dir_okay=False,
            help="Shapes (GeoJSON, GeoPackage, zipped Shapefile): their numbers alone, as CSV.",
        ),
    ] = None,
    since: Annotated[
        str, typer.Option(help="With --areas: the first period that is told: 2020.")
    ] = "",
    out: Out = None,
    as_json: Json = False,
) -> None:
    """Compute what is stale for every area, and publish it; with --areas nothing is published."""
    if areas is not None:
        asked = [*(keys or ()), *([f"t={since}.."] if since else ())]
        address = address_of("aoi/statistics.csv", asked)
        write(address, out or Path("own-areas.csv"), as_json=as_json, body=areas.read_bytes())
        return
    if keys or since or out:
        raise BadValue("keys, --since and --out go with --areas", hint="--areas FILE")
    _publish(by, as_json=as_json)


def _publish(by: str, *, as_json: bool) -> None:
    from soc_monitor import operations  # noqa: PLC0415  # heavy
    from soc_monitor.store import registers as store_registers  # noqa: PLC0415

    with open_store_for_runs() as (settings, store), bars() as report:
        store_registers.keep_note(store, by, "run", "estimate")
        failures = operations.refresh(settings, store, report)
    for failure in failures:
        emit({"failed": failure}, as_json=as_json)
    if failures:
        sys.exit(FAILED)
