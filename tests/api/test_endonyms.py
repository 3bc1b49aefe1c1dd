"""A country is found by what its own people call it."""

import pytest

from soc_monitor.api import endonyms, places
from soc_monitor.model import Area, Level


def country(code: str, name: str) -> Area:
    return Area(
        code=code,
        level=Level.ADM0,
        parent=None,
        name_en=name,
        name_fr=name,
        name_es=name,
        area_km2=1.0,
        bbox=None,
    )


@pytest.mark.parametrize(
    ("asked", "code"),
    [("deutschland", "DEU"), ("SUOMI", "FIN"), ("ελλάδα", "GRC"), ("日本", "JPN")],
)
def test_a_country_is_found_by_its_own_name(asked: str, code: str) -> None:
    names = {"DEU": "Germany", "FIN": "Finland", "GRC": "Greece", "JPN": "Japan"}
    known = places.make_places(country(one, name) for one, name in names.items())
    assert [area.code for area in places.search(known, asked)] == [code]


def test_the_table_is_that_of_cldr() -> None:
    assert endonyms.endonyms() == endonyms.from_cldr(), "python -m soc_monitor.api.endonyms"
