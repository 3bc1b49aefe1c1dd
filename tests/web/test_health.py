"""Soil health: each indicator against what is usual of it, with its doubt; no score."""

import dataclasses
import re
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from soc_monitor import server
from soc_monitor.model import LANGUAGES, Calculation, DataClass, Estimate
from soc_monitor.store import publish, runs
from soc_monitor.web import health_view, sentences, view
from soc_monitor.web.estimate import show
from soc_monitor.web.health_view import Verdict
from soc_monitor.web.i18n import language

from .conftest import handmade

NUMBERS: dict[str, dict[str, tuple[float | None, float | None, float | None]]] = {
    "soc_clay_ratio_0_30cm": {
        "AAA": (6.0, 5.0, 7.0),
        "BBB": (8.0, 6.0, 10.0),
        "CCC": (11.0, 9.0, 13.0),
    },
    "ndvi_anomaly": {
        "AAA": (1.4, None, None),
        "BBB": (-1.0, None, None),
        "CCC": (None, None, None),
    },
    "temperature_anomaly": {"AAA": (2.5, None, None), "BBB": (0.1, None, None)},
}
"""Indicator to area to its value and the ends of its interval."""


@pytest.fixture(scope="module")
def site(new_store: Any) -> Iterator[TestClient]:
    """The hand-made world with three indicators of soil health."""
    store, settings = new_store()
    world = handmade()
    world.add_areas(store)
    made = world.ingest(store)
    world.publish_all(store, made)
    units = {"soc_clay_ratio_0_30cm": "%", "ndvi_anomaly": "1", "temperature_anomaly": "K"}
    results = []
    for indicator, areas in NUMBERS.items():
        calculation = Calculation(
            id=uuid.uuid4(),
            indicator=indicator,
            product=world.DEBT,
            period=world.YEARS[1][0],
            period_end=world.YEARS[1][1],
            unit=units[indicator],
            data_class=DataClass.MODELLED,
            boundaries_id=world.SET,
            algorithm="by hand",
            slices=tuple(sorted(made[world.DEBT, 2010])),
        )
        numbers = [
            Estimate(
                area=code,
                period=calculation.period,
                period_end=calculation.period_end,
                value=value,
                std_error=None if low is None else 0.5,
                lower_95=low,
                upper_95=high,
                mapped_ha=0.0 if value is None else 900.0,
                land_ha=1000.0,
                calculation_id=calculation.id,
                data_class=DataClass.MODELLED,
                provisional=False,
            )
            for code, (value, low, high) in areas.items()
        ]
        results.append(publish.Result(calculation, numbers))
    with runs.open_run(store, "estimate", world.now(), job_version="1", code_version="1") as run:
        assert publish.publish(store, run, world.SET, results, note="health")
    with TestClient(server.build(store, settings), follow_redirects=False) as client:
        yield client


def rows(site: TestClient, path: str) -> list[str]:
    """Texts of the rows of the table of soil health."""
    table = re.search(r'health-cap">.*?</table>', site.get(path).text, re.DOTALL)
    assert table is not None
    found = re.findall(r"<tr><th.*?</tr>", table[0], re.DOTALL)
    return [" ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in found]


def test_the_api_tells_what_is_usual(site: TestClient) -> None:
    known = {one["id"]: one["usual"] for one in site.get("/api/v1/indicators").json()["data"]}
    assert known["soc_clay_ratio_0_30cm"] == {"lowest": pytest.approx(100 / 13), "highest": None}
    assert known["ndvi_anomaly"] == {"lowest": -1.0, "highest": 1.0}
    assert known["temperature_anomaly"] is None


@pytest.mark.parametrize(
    ("area", "clay", "ndvi", "finding"),
    [
        ("AAA", "below it", "above it", "2 of 2 with a usual range stand outside of it."),
        ("BBB", "cannot be told", "within it", "0 of 2 with a usual range stand outside of it."),
        ("CCC", "within it", "no number here", "0 of 1 with a usual range stand outside of it."),
    ],
)
def test_an_indicator_stands_to_its_range_with_its_doubt(
    site: TestClient, area: str, clay: str, ndvi: str, finding: str
) -> None:
    told = rows(site, f"/en/soc/{area}")
    (of_clay,) = (row for row in told if row.startswith("Carbon to clay"))
    assert "from 7.7" in of_clay
    assert clay in of_clay
    (of_ndvi,) = (row for row in told if row.startswith("NDVI"))
    assert ndvi in of_ndvi
    assert finding in site.get(f"/en/soc/{area}").text


def test_without_a_known_range_nothing_is_judged(site: TestClient) -> None:
    (row,) = (row for row in rows(site, "/en/soc/AAA") if row.startswith("Air temperature"))
    assert "no usual range is known" in row


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_verdict_has_a_word(site: TestClient, code: str) -> None:
    words = language(code)
    listed = site.get("/api/v1/indicators").json()["data"]
    (ndvi,) = (one for one in listed if one["id"] == "ndvi_anomaly")
    row = {"area_id": "AAA", "value": 1.4, "unit": "1", "indicator": ndvi, "product_id": "x"}
    (one,) = health_view.gather([row], "AAA", "latest", words)
    assert one.verdict is Verdict.ABOVE
    assert one.said
    assert "1" in one.usual


def test_the_limits_belong_to_the_range() -> None:
    words = language("en")
    at = show({"value": 1.0, "unit": "1"}, words)
    assert health_view.judge(at, (-1.0, 1.0)) is Verdict.WITHIN
    wide = dataclasses.replace(at, low=0.5, high=1.5)
    assert health_view.judge(wide, (-1.0, 1.0)) is Verdict.UNSURE
    assert health_view.judge(dataclasses.replace(at, raw=None), None) is Verdict.NO_NUMBER


def test_a_range_is_told_as_a_range_and_an_interval_as_one() -> None:
    words = language("en")
    row = {"area_name": "A", "period": "2010", "value": 33.0, "lower_95": 22.0, "upper_95": 46.0}
    row |= {"unit": "t C ha-1", "mapped_fraction": 1.0}
    ends, errs = (show({**row, "std_error": error}, words) for error in (None, 6.0))
    assert "(range 22" in sentences.generic(ends, "Gap", words)
    assert "(95% interval 22" in sentences.generic(errs, "Gap", words)
    assert [view.interval_title([one], words) for one in (ends, errs)] == ["Range", "95% interval"]
