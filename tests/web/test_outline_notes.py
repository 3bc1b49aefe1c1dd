"""Outline notes: every country that counts other land than other lists is told of on its page."""

import csv
from pathlib import Path
from typing import cast

import pytest
from starlette.testclient import TestClient

from soc_monitor.shelves import shelf
from soc_monitor.web.i18n import language
from soc_monitor.web.outline_notes import ISLANDS, outline_note

EXPLAINED = shelf("ingest_jobs") / "starter/areas_explained.csv"
OF_THE_DEBT = Path(__file__).parents[1] / "golden/country_exceptions.csv"


@pytest.mark.parametrize("table", [EXPLAINED, OF_THE_DEBT])
def test_what_is_explained_in_a_table_is_told_on_the_page(table: Path) -> None:
    with table.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows
    for row in rows:
        said = {outline_note(row["country"], language(code)) for code in ("en", "fr", "es")}
        assert len(said) == 3, row  # Three languages, and none of them silent.
        assert "" not in said, row
        if table == EXPLAINED and row["country"] in ISLANDS:
            told = ISLANDS[row["country"]]
            assert told == pytest.approx(abs(float(row["difference_pct"])), abs=0.06)
        english = outline_note(row["country"], language("en"))
        if row["country"] not in ISLANDS and "%" in english:
            assert f"{abs(float(row['difference_pct'])):.0f}%" in english


def test_the_page_of_an_area_tells_the_note_of_its_outline(
    site: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "Outlines of small islands differ" not in site.get("/en/soc/AAA").text
    monkeypatch.setitem(cast("dict[str, float]", ISLANDS), "AAA", 7.4)
    assert "up to 7.4% off those of other lists" in site.get("/en/soc/AAA").text
