"""Point: RothC at one place, from a table of months, for anyone with a file."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TextIO

import numpy as np

from soc_monitor.errors import BadValue
from soc_monitor.nowcast.equilibrium import equilibrium
from soc_monitor.nowcast.rothc import (
    PAN,
    POOLS,
    Month,
    Soil,
    State,
    bare_state,
    cover_modifier,
    run,
    step,
)

COLUMNS = (
    "year", "month", "temperature_c", "rain_mm", "pan_evaporation_mm", "cover",
    "carbon_input_t_ha", "manure_t_ha",
)  # fmt: skip
STARTS = ("zero", "equilibrium", "spinup")
RANGES: dict[str, tuple[float, float]] = {
    "year": (-100_000, 100_000),
    "month": (1, 12),
    "temperature_c": (-90, 60),
    "rain_mm": (0, 10_000),
    # Dew may gather in a pan: the official example has such a month.
    "pan_evaporation_mm": (-100, 2_000),
    "cover": (0, 1),
    "carbon_input_t_ha": (0, 1_000),
    "manure_t_ha": (0, 1_000),
}
YEARS = 100_000
"""More than any spin-up takes, if carbon decays at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A month of the table."""

    year: int
    number: int
    """1 to 12."""
    line: int
    """Of the table, for messages."""
    forcing: Month


def read_months(file: TextIO, dpm_fraction: float) -> list[Row]:
    """The months of a table, checked.

    Args:
        file: CSV with the columns of ``COLUMNS`` in any order; pan evaporation in mm of an open
            pan, cover as a share of the ground.
        dpm_fraction: decomposable share of the plant carbon [1].

    Raises:
        BadValue: a column is missing, or a value is no number or out of its range; says the line.
    """
    table = csv.DictReader(file)
    missing = [name for name in COLUMNS if name not in (table.fieldnames or ())]
    if missing:
        raise BadValue(f"line 1: no column {', '.join(missing)}")
    rows = [_row(line, dpm_fraction, table.line_num) for line in table]
    if not rows:
        raise BadValue("line 2: no months")
    for before, row in pairwise(rows):
        if row.number != before.number % 12 + 1:
            raise BadValue(f"line {row.line}: month {row.number} after month {before.number}")
    return rows


def _row(line: dict[str, str | None], share: float, number: int) -> Row:
    values = {name: _number(line[name], name, number) for name in COLUMNS}

    def one(name: str) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
        return np.full(1, values[name])

    forcing = Month(
        temperature=one("temperature_c"),
        rain=one("rain_mm"),
        evaporation=PAN * one("pan_evaporation_mm"),
        cover=cover_modifier(one("cover")),
        plant=one("carbon_input_t_ha"),
        share=np.full(1, share),
        manure=one("manure_t_ha"),
    )
    year, month = int(values["year"]), int(values["month"])
    return Row(year=year, number=month, line=number, forcing=forcing)


def _number(given: str | None, name: str, line: int) -> float:
    try:
        value = float(given or "")
    except ValueError:
        raise BadValue(f"line {line}: {name} is {given or 'missing'}, not a number") from None
    low, high = RANGES[name]
    if not low <= value <= high:
        raise BadValue(f"line {line}: {name} is {given}, not within {low:g} to {high:g}")
    if name in {"year", "month"} and value != int(value):
        raise BadValue(f"line {line}: {name} is {given}, not a whole number")
    return value


def simulate(
    rows: Sequence[Row], *, clay: float, depth: float, iom: float, start: str
) -> Iterator[dict[str, float]]:
    """Every month of the table, one after another.

    Args:
        rows: as ``read_months`` gave them.
        clay: [%], 0 to 100.
        depth: of the layer [cm].
        iom: inert organic matter [t ha-1].
        start: ``zero``: no active carbon, field capacity, from the first row on. ``equilibrium``:
            the state that the first twelve rows keep for ever, then on from the first row.
            ``spinup``: the first twelve rows over and over from nothing, until a year changes the
            active carbon by less than 1e-6, then on from the thirteenth row (a file of twelve rows
            goes through them once more).

    Yields:
        ``year, month, dpm, rpm, bio, hum, iom, soc`` [t ha-1], ``deficit_mm``, ``co2`` [t ha-1] of
        the month.

    Raises:
        BadValue: the first year is not whole, or nothing decays in it.
    """
    soil = Soil(clay=np.full(1, clay), depth=depth)
    year = [row.forcing for row in rows[:12]]
    if start != "zero" and len(year) < 12:
        raise BadValue(f"--start {start} needs twelve months, the file has {len(year)}")
    state = {"zero": _nothing, "equilibrium": equilibrium, "spinup": _spin_up}[start](year, soil)
    if not np.isfinite(state.active).all():
        raise BadValue("there is no equilibrium: no carbon decays in the first twelve months")
    for row in rows[12:] if start == "spinup" and len(rows) > 12 else rows:
        state, co2 = step(state, row.forcing, soil)
        pools = {name: float(getattr(state, name)[0]) for name in POOLS}
        yield {
            "year": row.year,
            "month": row.number,
            **pools,
            "iom": iom,
            "soc": sum(pools.values()) + iom,
            "deficit_mm": float(state.deficit[0]),
            "co2": float(co2[0]),
        }


def _nothing(year: Sequence[Month], soil: Soil) -> State:  # noqa: ARG001  # one of three starts
    return bare_state((1,))


def _spin_up(year: Sequence[Month], soil: Soil) -> State:
    state, before = bare_state((1,)), -1.0
    for _ in range(YEARS):
        if abs(state.active[0] - before) < 1e-6:
            return state
        before = float(state.active[0])
        state = run(state, year, soil)
    return replace(state, hum=np.full(1, np.nan))
