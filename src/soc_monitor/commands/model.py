"""``soc-monitor nowcast`` and ``rothc``: the soil model, over the map and at a point."""

import csv
import sys
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from soc_monitor.commands import DONE, NOTHING_NEW, By, Json, open_store_for_runs
from soc_monitor.console import bars, emit
from soc_monitor.errors import BadValue
from soc_monitor.model import RunState
from soc_monitor.model.period import parse_period


class Start(StrEnum):
    """Where a run at a point begins."""

    ZERO = "zero"
    EQUILIBRIUM = "equilibrium"
    SPINUP = "spinup"


def nowcast(
    *,
    by: By,
    to: Annotated[str | None, typer.Option(help="Last month, such as 2026-10.")] = None,
    as_json: Json = False,
) -> None:
    """Carry the baseline forward by the drivers that are there; readers see it with a release."""
    from soc_monitor.runs.nowcast import nowcast as carry  # noqa: PLC0415  # heavy
    from soc_monitor.store import registers  # noqa: PLC0415

    last = None if to is None else parse_period(to)
    with open_store_for_runs() as (settings, store), bars() as report:
        registers.keep_note(store, by, "run", "nowcast", "" if to is None else f"to {to}")
        run = carry(store, datetime.now(UTC), to=last, report=report, dask=settings.dask)
    emit({"state": run.state, "months": run.taken, "detail": run.detail}, as_json=as_json)
    sys.exit(NOTHING_NEW if run.state is RunState.NOTHING_NEW else DONE)


def rothc(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="CSV, a row a month.")],
    *,
    clay: Annotated[float, typer.Option(min=0, max=100, help="Clay, %.")],
    depth: Annotated[float, typer.Option(min=1, max=300, help="Of the layer, cm.")] = 23.0,
    iom: Annotated[float, typer.Option(min=0, help="Inert organic matter, t C/ha.")] = 0.0,
    dpm_fraction: Annotated[
        float, typer.Option(min=0, max=1, help="Decomposable share of plant carbon.")
    ] = 0.59,
    start: Annotated[
        Start, typer.Option(help="zero, equilibrium, or spinup by the first twelve rows.")
    ] = Start.EQUILIBRIUM,
    as_json: Json = False,
) -> None:
    """Run RothC-26.3 at one point; a line a month, t C/ha.

    Columns: year, month, temperature_c, rain_mm, pan_evaporation_mm, cover, carbon_input_t_ha,
    manure_t_ha.
    """
    from soc_monitor.nowcast.point import read_months, simulate  # noqa: PLC0415  # heavy

    try:
        with file.open(newline="", encoding="utf-8-sig") as table:
            rows = read_months(table, dpm_fraction)
    except (UnicodeDecodeError, csv.Error) as error:
        raise BadValue(f"{file.name} is not a table in UTF-8: {error}") from error
    months = simulate(rows, clay=clay, depth=depth, iom=iom, start=start)
    if as_json:
        for month in months:
            emit(month, as_json=True)
        return
    writer = None
    for month in months:
        if writer is None:
            writer = csv.DictWriter(sys.stdout, fieldnames=list(month), lineterminator="\n")
            writer.writeheader()
        writer.writerow(month)
