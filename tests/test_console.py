"""Tables of the command: what is one word stands whole, in a window of any width and in a pipe."""

import io
from typing import Any

import pytest
from rich.console import Console

from soc_monitor import console

SENSOR = "d13e854c29bc4175b3d502198f8b058d"
ROW: dict[str, Any] = {
    "sensor": SENSOR, "station": "By the [old] mill, field 7, second probe from the gate",
    "seen": "2026-11-27T12:00:00.123456", "told": "12 readings, 0.4..0.9 m3 m-3 after 0.12",
}  # fmt: skip


def printed(
    monkeypatch: pytest.MonkeyPatch, width: int, *, terminal: bool = True, row: dict[str, Any] = ROW
) -> str:
    made = Console(file=io.StringIO(), width=width, force_terminal=terminal, color_system=None,
                   soft_wrap=True, highlight=False)  # fmt: skip
    monkeypatch.setattr(console, "out", made)
    console.emit_table([row, row], as_json=False)
    file = made.file
    assert isinstance(file, io.StringIO)
    return file.getvalue()


@pytest.mark.parametrize("width", [40, 80, 118, 200])
def test_an_id_is_never_broken_and_no_line_is_wider_than_the_window(
    monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    told = printed(monkeypatch, width)
    assert told.count(SENSOR) == 2
    assert told.count(str(ROW["seen"])) == 2
    as_table = told.startswith("sensor  ")
    assert as_table is (width > 80)
    assert "sensor: " + SENSOR in told or as_table
    assert not as_table or max(map(len, told.splitlines())) <= width
    assert "[old]" in told


def test_what_is_piped_is_a_row_a_line_whatever_the_width(monkeypatch: pytest.MonkeyPatch) -> None:
    header, *rows = printed(monkeypatch, 40, terminal=False).splitlines()
    assert header.split() == list(ROW)
    assert [row.count("  ") >= 3 and str(ROW["told"]) in row for row in rows] == [True, True]


def test_in_a_pipe_tabs_and_line_breaks_of_a_cell_are_spaces(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    row = {**ROW, "told": "no file\nfor\r\n2026\tor\u2028later\xa0on"}
    header, *rows = printed(monkeypatch, 40, terminal=False, row=row).splitlines()
    assert "\t" not in header
    assert [line.rstrip().endswith("no file for 2026 or later\xa0on") for line in rows] == [
        True
    ] * 2
