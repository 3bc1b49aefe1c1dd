"""RothC at a point: the command, its starts, and what it says of a bad file."""

import csv
import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

from soc_monitor.errors import BadValue
from soc_monitor.nowcast.point import COLUMNS, read_months, simulate

HEAD = ",".join(COLUMNS)
MILD = [f"2000,{k},{9 + k % 5},60,30,1,0.2,0" for k in range(1, 13)]


def rothc(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "soc_monitor.cli", "rothc", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def official(shared: Path) -> str:
    """The official example under our column names."""
    renamed = dict(
        zip(
            COLUMNS,
            ("year", "month", "tmp_c", "rain_mm", "pan_evap_mm", "plant_cover", "c_input_t_ha",
             "fym_t_ha"),
            strict=True,
        )
    )  # fmt: skip
    with (shared / "science/tables/rothc_v1_example_input.csv").open() as file:
        rows = [",".join(row[renamed[c]] for c in COLUMNS) for row in csv.DictReader(file)]
    return "\n".join([HEAD, *rows]) + "\n"


def test_the_command_prints_the_official_example(shared: Path, tmp_path: Path) -> None:
    file = tmp_path / "example.csv"
    file.write_text(official(shared))
    ran = rothc(
        str(file), "--clay", "13", "--depth", "25", "--iom", "3.0041",
        "--dpm-fraction", str(1.44 / 2.44), "--start", "spinup", "--json",
    )  # fmt: skip
    assert (ran.returncode, ran.stderr) == (0, "")
    found = [json.loads(line) for line in ran.stdout.splitlines()]
    with (shared / "science/tables/rothc_v1_example_monthly.csv").open() as table:
        wanted = list(csv.DictReader(table))
    assert len(found) == len(wanted) == 828
    for row, month in zip(wanted, found, strict=True):
        assert (month["year"], month["month"]) == (int(row["year"]), int(row["month"]))
        for name in ("dpm", "rpm", "bio", "hum", "soc"):
            assert month[name] == pytest.approx(float(row[name]), rel=1e-9, abs=1e-12)


def test_equilibrium_starts_where_a_spin_up_ends(shared: Path) -> None:
    rows = read_months(io.StringIO(official(shared)), 1.44 / 2.44)
    soil = {"clay": 13.0, "depth": 25.0, "iom": 3.0041}
    spun = list(simulate(rows, start="spinup", **soil))
    kept = list(simulate(rows, start="equilibrium", **soil))
    assert len(kept) == len(spun) + 12
    assert kept[-1]["soc"] == pytest.approx(spun[-1]["soc"], abs=2e-4)
    assert kept[11]["soc"] == pytest.approx(37.211184, abs=1e-6)


def test_zero_starts_from_nothing_at_the_first_row() -> None:
    rows = read_months(io.StringIO("\n".join([HEAD, *MILD])), 0.59)
    first = next(simulate(rows, clay=20, depth=23, iom=3, start="zero"))
    assert first["dpm"] == pytest.approx(0.118)
    assert first["co2"] == first["bio"] == 0
    assert first["soc"] == pytest.approx(3.2)


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([*MILD[:2], "2000,3,warm,60,30,1,0,0"], "line 4: temperature_c is warm, not a number"),
        ([*MILD[:2], "2000,3,9,-1,30,1,0,0"], "line 4: rain_mm is -1, not within 0 to 10000"),
        ([*MILD[:2], "2000,3,9,nan,30,1,0,0"], "line 4: rain_mm is nan, not within"),
        ([*MILD[:2], "2000,3,9"], "line 4: rain_mm is missing, not a number"),
        ([*MILD[:2], "", "2000,5,9,1,1,1,0,0"], "line 5: month 5 after month 2"),
        ([*MILD[:2], "2000,3.5,9,1,1,1,0,0"], "line 4: month is 3.5, not a whole number"),
        ([], "line 2: no months"),
    ],
)
def test_a_bad_row_is_told_with_its_line(rows: list[str], told: str) -> None:
    with pytest.raises(BadValue, match=told):
        read_months(io.StringIO("\n".join([HEAD, *rows])), 0.59)


def test_a_bad_file_is_one_plain_line_and_an_exit_code(tmp_path: Path) -> None:
    file = tmp_path / "bad.csv"
    file.write_text("year,month\n1,1\n")
    ran = rothc(str(file), "--clay", "20")
    assert (ran.returncode, ran.stdout) == (1, "")
    assert "line 1: no column temperature_c" in ran.stderr
    assert ran.stderr.count("\n") == 1
    assert rothc(str(file), "--clay", "120").returncode == 2
    assert rothc(str(tmp_path / "none.csv"), "--clay", "20").returncode == 2


def test_a_start_that_needs_a_year_is_refused_without_one() -> None:
    rows = read_months(io.StringIO("\n".join([HEAD, *MILD[:5]])), 0.59)
    with pytest.raises(BadValue, match="needs twelve months, the file has 5"):
        list(simulate(rows, clay=20, depth=23, iom=3, start="equilibrium"))
    frozen = [f"2000,{k},-20,60,0,0,0.2,0" for k in range(1, 13)]
    rows = read_months(io.StringIO("\n".join([HEAD, *frozen])), 0.59)
    with pytest.raises(BadValue, match="no carbon decays"):
        list(simulate(rows, clay=20, depth=23, iom=3, start="equilibrium"))
