"""Exports in a real spreadsheet: LibreOffice opens them, and what it shows is looked at."""

import csv
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from .conftest import World

ADDRESS = "/api/v1/series.{form}?area=AAA~BBB~AAA-2&v=debt"

SPREADSHEET = shutil.which("soffice") or shutil.which("libreoffice")


@pytest.mark.skipif(SPREADSHEET is None, reason="LibreOffice Calc is not installed")
@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a_spreadsheet_sees_numbers_as_numbers_and_runs_nothing(
    world: World, tmp_path: Path, form: str
) -> None:
    assert SPREADSHEET is not None
    source = tmp_path / f"table.{form}"
    source.write_bytes(world.client.get(ADDRESS.format(form=form)).content)
    out = tmp_path / "out"
    # Flat XML shows the type of each cell, and whether it has a formula.
    command = [SPREADSHEET, f"-env:UserInstallation=file://{tmp_path}/profile", "--headless"]
    filters = ["--infilter=CSV:44,34,76,1,,1033"] if form == "csv" else []
    subprocess.run(
        [*command, *filters, "--convert-to", "fods", "--outdir", str(out), str(source)],
        check=True,
        capture_output=True,
        timeout=120,
    )
    content = (out / "table.fods").read_text("utf-8")
    assert "table:formula" not in content
    rows: list[dict[str, Any]] = world.client.get(ADDRESS.format(form="json")).json()["data"]
    values = [row["value"] for row in rows if row["value"] is not None]
    assert any(value < 0 for value in values)
    for value in values:
        assert f'office:value-type="float" office:value="{value:.15g}"' in content, value
    shown = "HYPERLINK(1)" in content
    assert shown, "the name is there, as text"


def test_negative_numbers_and_dangerous_names_stand_in_the_csv_as_they_should(
    world: World,
) -> None:
    text = world.client.get(ADDRESS.format(form="csv")).text
    lines = list(csv.DictReader(text.splitlines()))
    assert any(line["value"].startswith("-") for line in lines)
    assert {line["area_name"] for line in lines} >= {"'=HYPERLINK(1)", '\'+East, "Azure"'}
