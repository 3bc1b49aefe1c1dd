"""What people write into tables, read or refused in words."""

from datetime import date, datetime

import pytest

from soc_monitor.errors import BadValue
from soc_monitor.progress import cells
from soc_monitor.progress.importing import preview
from soc_monitor.progress.registers import REGISTERS


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2024-03-05", "2024-03-05"),
        ("5 mars 2024", "2024-03-05"),
        ("1er mars 2024", "2024-03-01"),
        ("5 de marzo de 2024", "2024-03-05"),
        ("5 Mar 2024", "2024-03-05"),
        ("25/03/2024", "2024-03-25"),
        ("05.05.2024", "2024-05-05"),
        (45356, "2024-03-05"),
        (45356.75, "2024-03-05"),
        (datetime(2024, 3, 5, 23, 59), "2024-03-05"),  # noqa: DTZ001  # as spreadsheets give it
        (date(2024, 3, 5), "2024-03-05"),
        ("2024-03-05T10:00:00Z", "2024-03-05"),
    ],
)
def test_a_day_is_read_however_it_is_written(written: cells.Cell, read: str) -> None:
    assert cells.day(written, whole=True) == read


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("03/05/2024", "two ways"),
        ("31/02/2024", "no date"),
        ("2024", "no day"),
        ("soon", "no date"),
        (3.5, "no date"),
        ("32 mars 2024", "no date"),
    ],
)
def test_a_day_that_is_none_or_two_is_refused(written: cells.Cell, why: str) -> None:
    with pytest.raises(BadValue, match=why):
        cells.day(written, whole=True)


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("Côte d’Ivoire", "CIV"),
        ("COTE D'IVOIRE", "CIV"),
        ("Alemania", "DEU"),
        ("Allemagne", "DEU"),
        ("germany", "DEU"),
        ("fr", "FRA"),
        (" KEN ", "KEN"),
        ("Türkiye", "TUR"),
    ],
)
def test_a_country_is_found_by_code_and_by_its_name_in_three_languages(
    written: str, code: str
) -> None:
    assert cells.country(written) == code


def test_a_number_that_can_be_read_in_two_ways_is_refused() -> None:
    with pytest.raises(BadValue, match="two ways"):
        cells.number("1,234")
    with pytest.raises(BadValue, match="no number"):
        cells.number("many")
    assert cells.number("12,5") == 12.5
    # Of a column with decimal commas a point may be one of thousands.
    assert cells.number("1.234") == 1.234
    with pytest.raises(BadValue, match="two ways"):
        cells.number("1.234", comma=True)
    assert cells.number("1.234,5", comma=True) == 1234.5
    assert cells.number("−3") == -3.0  # a minus sign


def test_a_column_that_has_decimal_commas_refuses_a_point_that_may_group_thousands() -> None:
    table = [["total_eur", "core_eur"], ["1.234,5", "1.234"], ["2.500", "1.234"], ["2.500,0", "7"]]
    found = preview(REGISTERS["budgets"], table)
    told = ["two ways" in one.message for one in found.results]
    assert told == [False, True, False], "the second column has no comma"
    assert found.results[1].message == (
        "total_eur: '2.500' can be read in two ways beside numbers with a comma: "
        "write it without a dot"
    )
