"""Nowcast: the month of RothC against the published procedure, a peer, and the memory."""

import csv
import math
import os
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from soc_monitor.nowcast import rothc, rothc_kernel
from soc_monitor.nowcast.rothc import Month, Soil, State, bare_state, step_in_place, texture
from soc_monitor.nowcast.water import NONE
from tests.bench.bench import Bench, Disagreement
from tests.bench.figure import Figure

TABLES = Path(os.environ.get("SOC_TEST_SHARED", "../shared")) / "science" / "tables"
Row = tuple[float, float, float, float, float, float]
"""Temperature, rain, pan evaporation, cover, plant carbon, manure."""

CLAY, DEPTH, IOM, SHARE = 13.0, 25.0, 3.0041, 1.44 / 2.44


def month_of_a_cell(pools: list[float], row: Row, clay: float, depth: float) -> list[float]:
    """The published procedure, plainly: DPM, RPM, BIO, HUM and deficit of a cell a month on."""
    dpm, rpm, bio, hum, deficit = pools
    temperature, rain, pan, cover, plant, manure = row
    a = 0.0 if temperature < -5 else 47.91 / (1 + math.exp(106.06 / (temperature + 18.27)))
    dmax = -(20 + 1.3 * clay - 0.01 * clay**2) * depth / 23
    d1, bare = 0.444 * dmax, 0.556 * dmax
    water = min(0.0, deficit + rain - 0.75 * pan)
    deficit = max(dmax, water) if cover else max(min(bare, deficit), water)
    b = 1.0 if deficit > d1 else 0.2 + 0.8 * (dmax - deficit) / (dmax - d1)
    xi = a * b * (0.6 if cover else 1.0)
    left = [
        p * math.exp(-k * xi / 12)
        for p, k in zip((dpm, rpm, bio, hum), (10, 0.3, 0.66, 0.02), strict=True)
    ]
    lost = dpm + rpm + bio + hum - sum(left)
    x = 1.67 * (1.85 + 1.60 * math.exp(-0.0786 * clay))
    return [
        left[0] + plant * SHARE + 0.49 * manure,
        left[1] + plant * (1 - SHARE) + 0.49 * manure,
        left[2] + 0.46 * lost / (x + 1),
        left[3] + 0.54 * lost / (x + 1) + 0.02 * manure,
        deficit,
    ]


def official() -> tuple[list[Row], list[float]]:
    """The official example, and the stock at its end, from the shared tables."""
    with (TABLES / "rothc_v1_example_input.csv").open() as file:
        names = ("tmp_c", "rain_mm", "pan_evap_mm", "plant_cover", "c_input_t_ha", "fym_t_ha")
        rows = [tuple(float(row[name]) for name in names) for row in csv.DictReader(file)]
    with (TABLES / "rothc_v1_example_monthly.csv").open() as file:
        socs = [float(row["soc"]) for row in csv.DictReader(file)]
    return rows, socs  # type: ignore[return-value]  # six columns each


def plain(rows: Sequence[Row], pools: list[float]) -> list[float]:
    """A cell through some months."""
    for row in rows:
        pools = month_of_a_cell(pools, row, CLAY, DEPTH)
    return pools


def spun_up(rows: Sequence[Row]) -> list[float]:
    """From nothing, by the first twelve rows, as the makers do."""
    pools, before = [0.0] * 5, -1.0
    while abs(sum(pools[:4]) - before) >= 1e-6:
        before = sum(pools[:4])
        pools = plain(rows[:12], pools)
    return pools


def forcing(row: Row, cells: int) -> Month:
    """A month of the example at every cell, float32."""
    values = [np.full(cells, value, np.float32) for value in row]
    return Month(
        temperature=values[0], rain=values[1], evaporation=np.float32(0.75) * values[2],
        cover=rothc.cover_modifier(values[3]).astype(np.float32), plant=values[4],
        share=np.full(cells, SHARE, np.float32), manure=values[5], pace=np.ones(cells, np.float32),
        moist=np.full(cells, NONE, np.float32),
    )  # fmt: skip


CELLS = 1 << 20
BLOCK = 8192
"""Cells that go through a year together: they and their weather stay in the cache."""


def vectorised(months: Sequence[Month], soil: Soil) -> State:
    """All cells through some months, a block after the other; the state of the last block."""
    for _ in range(0, CELLS, BLOCK):
        state, clay = bare_state((BLOCK,), np.float32), texture(soil)
        for month in months:
            step_in_place(state, month, clay)
    return state


def peer(rows: Sequence[Row], years: int) -> float:
    """pyrothc: one cell; the stock at the end."""
    from pyRothC.RothC import RothC  # noqa: PLC0415  # the peer

    year = rows[:12]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = RothC(
            temperature=[r[0] for r in year], precip=[r[1] for r in year],
            evaporation=[r[2] for r in year], years=years, clay=CLAY, soil_thickness=DEPTH,
            input_carbon=sum(r[4] for r in year), DR=1.44, C0=np.array([0, 0, 0, 0, IOM]),
        )  # fmt: skip
        found = model.compute()
    return float(found.iloc[-12:].sum(axis=1).mean())


def figures(bench: Bench) -> Iterator[Figure]:
    """Ratios to the plain loop and to the peer, and to the memory's speed."""
    rows, socs = official()
    pools = spun_up(rows)
    end = plain(rows[12:], pools)
    if abs(sum(end[:4]) + IOM - socs[-1]) > 1e-9:
        raise Disagreement("the plain loop does not give the official outputs")
    yield from _ratios(bench, rows, pools)
    yield from _bandwidth(bench, rows)


def _ratios(bench: Bench, rows: Sequence[Row], pools: list[float]) -> Iterator[Figure]:
    year = rows[12:24]
    months = [forcing(row, BLOCK) for row in year]
    soil = Soil(clay=np.full(BLOCK, CLAY, np.float32), depth=DEPTH)
    years = 50
    contenders = {
        "ours": lambda: vectorised(months, soil),
        "plain": lambda: [plain(year, [0.0] * 5) for _ in range(200)][-1],
        "pyrothc": lambda: peer(rows, years),
    }
    takings = bench.alternate("a year of RothC", contenders, rounds=2 if bench.quick else 5)
    ours, theirs = takings.answer("ours"), takings.answer("plain")
    apart = abs(float(ours.active[0]) - sum(theirs[:4]))
    if apart > 1e-4:
        raise Disagreement(f"a year from nothing differs by {apart} t/ha")
    # Each does another number of cell-months: ours a million cells, the others one at a time.
    of_plain = takings.ratio("plain", "ours", cpu=True) * CELLS / 200
    of_peer = takings.ratio("pyrothc", "ours", cpu=True) * CELLS / years
    exact = sum(pools[:4]) + IOM
    settled = peer(rows, 1500)
    yield Figure(
        name="nowcast.official_rothc_ratio",
        value=of_plain,
        target=300,
        op=">=",
        peer="the published procedure, a plain Python loop over cells",
        note=f"Cell-months a CPU second of the vectorised step, {CELLS:,} cells in blocks of "
        f"{BLOCK:,}, over the loop's. The loop gives all of the official example to 1e-9; both "
        f"agree on a year to {apart:.0e} t/ha in float32.",
    )
    yield Figure(
        name="nowcast.pyrothc_ratio",
        value=of_peer,
        target=300,
        op=">=",
        peer="pyrothc 0.0.4",
        note=f"The one packaged peer. Its numbers are wrong: {settled:.2f} t/ha at equilibrium "
        f"where the official example has {exact:.2f} ({100 * (settled / exact - 1):+.0f} %).",
    )


def _bandwidth(bench: Bench, rows: Sequence[Row]) -> Iterator[Figure]:
    """The step beside a loop that only reads and writes the same arrays."""
    month = forcing(rows[12], CELLS)
    state = [np.full(CELLS, 5.0, np.float32) for _ in range(4)]
    state += [np.zeros(CELLS, np.float32), np.empty(CELLS, np.float32)]
    clay = texture(Soil(clay=np.full(CELLS, CLAY, np.float32), depth=DEPTH))
    given = [month.temperature, month.rain, month.evaporation, month.cover,
             np.full(CELLS, -1, np.float32), month.pace, month.plant, month.manure,
             month.share]  # fmt: skip
    spare = np.empty(CELLS, np.float32)

    def floor() -> None:
        for values in (*given, clay.kept, clay.limit):
            values.sum()  # read once
        for values in state:
            np.copyto(spare, values)  # read once, and written as the step writes it back

    takings = bench.alternate(
        "memory",
        {"ours": lambda: rothc_kernel.month(clay.kept, clay.limit, *state, *given), "floor": floor},
        rounds=5 if bench.quick else 15,
    )
    rate = CELLS / takings.seconds("ours", cpu=True) / 1e6
    yield Figure(
        name="nowcast.bandwidth_ratio",
        value=takings.ratio("ours", "floor", cpu=True),
        target=3,
        op="<=",
        peer="reading and writing the same arrays once",
        note=f"Float32, {CELLS:,} cells; {rate:.0f} million cell-months a CPU second.",
    )
