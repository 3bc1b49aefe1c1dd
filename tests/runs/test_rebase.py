"""A change counted from a year of the reader's choice: what it would be, had it been the base."""

import csv
import io
import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from zipfile import ZipFile

import h5netcdf
import numpy as np
import pytest
import rasterio
from soc_monitor_client import Client, Problem
from soc_monitor_client.folder import NEEDED
from sqlalchemy import event
from starlette.testclient import TestClient

from soc_monitor import server
from soc_monitor.api import based, catalogue, desk, map_since
from soc_monitor.api.app import create_api
from soc_monitor.api.routes import series
from soc_monitor.model import Freq
from soc_monitor.model.spread import STRUCTURAL, student_t
from soc_monitor.runs.estimate import estimate
from soc_monitor.runs.nowcast_inputs import STOCK
from soc_monitor.settings import Settings
from soc_monitor.store import read_slices
from soc_monitor.store.members import members_of
from soc_monitor.store.store import open_store
from soc_monitor.web.estimate import show
from soc_monitor.web.i18n import language
from tests.runs.test_nowcast import FIRST, GRID, World, months

NOW = date(2018, 1, 1)
YEARLY = "satellite"
"""A product of yearly maps, beside the nowcast of months."""
AREAS = ("WLD", "AAA", "AAA-1")
COLUMNS = (
    *("value", "std_error", "lower_95", "upper_95", "state", "base_period", "window_label"),
    *("window_years", "prob_ge_4", "min_detectable_change", "gap_t_per_year", "status"),
)


@pytest.fixture(scope="module")
def followed(
    clone: Callable[[str], str], template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    """Real weather to January 2018; a sample in each area. For tests that only read."""
    store = open_store(clone(template), tmp_path_factory.mktemp("based") / "arrays", statement_s=60)
    world = World(store)
    world.sample(date(2016, 6, 1), 0.5, 2.5)
    world.weather(FIRST, NOW)
    world.nowcast(NOW)
    for year in range(2011, 2018):
        stock = np.full(GRID.shape, 60.0 + year - 2011)
        # In the west a cell of the map was left out in one year; what is published is of the rest.
        stock[0, 0] = np.nan if year == 2014 else stock[0, 0]
        world.put(YEARLY, STOCK, date(year, 1, 1), stock, Freq.YEAR, "t ha-1")
    world.commit()
    estimate(store, datetime.now(UTC))
    yield world
    store.close()


@pytest.fixture
def api(followed: World) -> TestClient:
    settings = Settings(data=followed.store.arrays.parent, mirror="", jobs=())
    return TestClient(create_api(followed.store, settings))


def rows(api: TestClient, **keys: str) -> list[dict[str, object]]:
    asked = {"area": "~".join(AREAS), "v": "rate", "src": "nowcast", "t": "2018-01", **keys}
    answer = api.get("/api/v1/series.json", params=asked)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, object]] = answer.json()["data"]
    return found


def test_a_rate_from_a_chosen_year_has_the_spread_of_its_pairs(
    followed: World, api: TestClient
) -> None:
    pieces = {p.period: p for p in read_slices.newest_slices(followed.store, product="nowcast")
              if p.cube.variable == STOCK}  # fmt: skip
    every = [members_of(followed.store, pieces[one].id) for one in months(date(2012, 1, 1), NOW)]
    for row in rows(api, b="2012"):
        totals = np.array([one[str(row["area_id"])].totals for one in every])
        # The running mean of twelve months, and the slope through it, of each member on its own.
        means = np.array([totals[k : k + 12].mean(axis=0) for k in range(len(totals) - 11)])
        rates = 1000 * np.polyfit(np.arange(len(means)) / 12, means, 1)[0] / means[0]
        sd = float(np.hypot(rates.std(ddof=1), STRUCTURAL))
        assert row["std_error"] == pytest.approx(sd, rel=1e-9)
        # The members are about the stock that is told: their mean has its slope.
        told = means.mean(axis=1)
        slope = np.polyfit(np.arange(len(told)) / 12, told, 1)[0]
        assert row["value"] == pytest.approx(1000 * slope / told[0], abs=1e-4)
        half = student_t(0.95, len(rates) - 1) * sd
        assert row["upper_95"] == pytest.approx(row["value"] + half)  # type: ignore[operator]
        assert (row["base_period"], row["window_years"]) == ("2012", pytest.approx(61 / 12))
        assert row["window_label"] == "multi_year"
        assert (row["calculation_id"], row["state_reasons"]) == ("", "")


def test_counted_from_the_year_that_is_published_nothing_changes(api: TestClient) -> None:
    for v in ("rate", "change", "distance", "aspiration-gap", "rate-compound"):
        published, again = rows(api, v=v), rows(api, v=v, b="2011")
        assert published[0]["base_period"] == "2011"
        for one, other in zip(published, again, strict=True):
            for column in COLUMNS:
                told = one[column]
                expected = pytest.approx(told, rel=1e-9) if isinstance(told, float) else told
                assert other[column] == expected, (v, column)


def test_close_to_the_base_no_state_is_told_and_before_it_nothing(api: TestClient) -> None:
    found = rows(api, b="2016", area="AAA", t="..latest")
    assert [row["period"] for row in found][:1] == ["2017-01"]
    labels = [row["window_label"] for row in found]
    # Until a mean of twelve months lies a year after the base the same month is compared.
    assert labels == ["provisional"] * 11 + ["annual"] * 2
    assert {row["state_reasons"] for row in found} == {"short_window"}
    assert found[3]["base_period"] == "2016-04"


def test_a_year_that_cannot_be_the_base_is_refused_with_those_that_can(api: TestClient) -> None:
    asked = {"area": "AAA", "v": "rate", "src": "nowcast"}
    for year in ("2018", "2010", "1900"):
        answer = api.get("/api/v1/series.json", params={**asked, "b": year})
        assert answer.status_code == 422
        assert answer.json()["allowed"] == [str(one) for one in range(2011, 2018)]
    answer = api.get("/api/v1/series.json", params={"area": "AAA", "v": "stock", "b": "2012"})
    assert answer.status_code == 422
    offers = api.get("/api/v1/indicators").json()["data"]
    told = {one["v"]: p["base_years"] for one in offers for p in one["products"]
            if p["product_id"] == "nowcast"}  # fmt: skip
    assert (told["rate"], told["stock"]) == (list(range(2011, 2018)), [])


def test_where_the_land_has_changed_no_number_is_made_and_that_is_told(api: TestClient) -> None:
    asked = {"src": YEARLY, "area": "AAA-1~AAA-2", "t": "2017"}
    published = {row["area_id"]: row["value"] for row in rows(api, **asked)}
    assert None not in published.values()
    west, east = rows(api, **asked, b="2012")
    assert (west["area_id"], west["value"], west["state"]) == ("AAA-1", None, "not_assessable")
    assert str(west["state_reasons"]).split(";")[0] == "land_changed"
    assert east["value"] is not None
    assert "land_changed" not in str(east["state_reasons"])
    # From a year after the gap all dates have the same land again.
    again, _ = rows(api, **asked, b="2015")
    assert again["value"] is not None


def test_products_that_cannot_be_counted_from_the_year_are_in_no_chart_and_are_named(
    followed: World,
) -> None:
    settings = Settings(data=followed.store.arrays.parent, mirror="", jobs=())
    named = f"Left out, since they cannot be counted from 2017: {YEARLY}."
    with TestClient(server.build(followed.store, settings)) as site:
        asked = "/en/soc/AAA-2?v=rate&src=nowcast&lite=1"
        late, both, usual = (site.get(f"{asked}{b}").text for b in ("&b=2017", "&b=2012", ""))
    # The maps of years have nothing a year or more after 2017.
    assert named in late
    assert f"2017: {YEARLY}" not in late.replace(named, "")
    for html in (both, usual):
        assert "Left out, since" not in html
        assert f"2017: {YEARLY}" in html, "the newest number of each product"


def test_a_file_says_since_when_it_counts(api: TestClient) -> None:
    asked = {"area": "AAA", "v": "rate", "src": "nowcast", "b": "2012"}
    answer = api.get("/api/v1/series.csv", params=asked)
    assert "since-2012" in answer.headers["content-disposition"]
    assert "b=2012" in answer.headers["content-location"]
    assert ",2012," in answer.text.splitlines()[-1]
    mixed = api.get("/api/v1/series.json", params={**asked, "v": "stock~rate", "t": "latest"})
    told = {row["variable"]: row["base_period"] for row in mixed.json()["data"]}
    assert told == {"soc_stock_0_30cm": None, "soc_rate_0_30cm": "2012"}


def test_a_file_is_counted_a_few_areas_at_a_time_and_an_answer_is_refused(
    api: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = rows(api, b="2012")
    monkeypatch.setattr(based, "MOST_AREAS", len(AREAS) - 1)
    asked = {"area": "~".join(AREAS), "v": "rate", "src": "nowcast", "t": "2018-01", "b": "2012"}
    answer = api.get("/api/v1/series.csv", params=asked)
    assert answer.status_code == 200, answer.text
    found = list(csv.DictReader(io.StringIO(answer.text)))
    assert [(one["area_id"], float(one["value"])) for one in found] == [
        (row["area_id"], row["value"]) for row in told
    ]
    # In other words: this answer is in memory.
    refused = api.get("/api/v1/series.json", params={**asked, "labels": "fr"})
    assert refused.status_code == 422
    assert "series.csv" in refused.json()["hint"]


def test_files_answer_with_changes_from_the_year_that_is_asked_for_alone(
    api: TestClient, tmp_path: Path
) -> None:
    asked = {"area": "AAA", "v": "rate", "src": "nowcast", "t": "2018-01"}
    ((first,), (second,)) = told = [rows(api, area="AAA", **since) for since in ({}, {"b": "2012"})]
    assert first["value"] != second["value"]
    for form in ("csv", "zip", "json", "csv, alone"):
        folder = tmp_path / form
        folder.mkdir()
        files = [form.partition(",")[0], *(["csv-metadata.json"] if form == "csv" else [])]
        for name, since in {"a": {"b": "2012", "v": "stock~rate"}, "b": {}}.items():
            for ending in files:
                answer = api.get(f"/api/v1/series.{ending}", params={**asked, **since})
                assert answer.status_code == 200, answer.text
                (folder / f"{name}.{ending}").write_bytes(answer.content)
        offline = Client(folder.as_uri())
        found = [offline.series("AAA", "rate", **since) for since in ({}, {"b": "2012"})]
        assert [one.rows[0]["value"] for one in found] == [one[0]["value"] for one in told], form
        with pytest.raises(Problem, match="no soc_rate_0_30cm since 2013 of AAA"):
            offline.series("AAA", "rate", b="2013")
        (folder / f"b.{files[0]}").unlink()
        with pytest.raises(Problem, match="no soc_rate_0_30cm of AAA"):
            offline.series("AAA", "rate")
        # What does not change with the base stands in the same file, as it is published.
        (stock,) = rows(api, area="AAA", v="stock")
        assert offline.series("AAA", "stock").rows[0]["value"] == stock["value"], form
        with pytest.raises(Problem, match="only a change is counted from a year"):
            offline.series("AAA", "stock", b="2012")


@pytest.mark.parametrize("left_out", ["base_period", "calculation_id"])
def test_a_table_that_does_not_tell_the_year_of_its_changes_is_no_answer(
    api: TestClient, tmp_path: Path, left_out: str
) -> None:
    needed = {*NEEDED, "base_period", "calculation_id"} - {left_out}
    asked = {"area": "AAA", "v": "stock~rate", "src": "nowcast", "t": "2018-01"}
    told = {**asked, "b": "2012", "columns": ",".join(sorted(needed))}
    (tmp_path / "a.csv").write_bytes(api.get("/api/v1/series.csv", params=told).content)
    offline = Client(tmp_path.as_uri())
    for since in ({}, {"b": "2012"}):
        with pytest.raises(Problem, match="no column base_period or calculation_id") as caught:
            offline.series("AAA", "rate", **since)
        assert "csv-metadata.json" in caught.value.hint
    assert offline.series("AAA", "stock").rows[0]["unit"] == "t C ha-1"
    # Beside what makes it again, it tells.
    beside = api.get("/api/v1/series.csv-metadata.json", params=told)
    (tmp_path / "a.csv-metadata.json").write_bytes(beside.content)
    (row,) = rows(api, area="AAA", b="2012")
    assert offline.series("AAA", "rate", b="2012").rows[0]["value"] == row["value"]


def test_the_members_are_looked_at_once_for_a_rate_and_its_gap(
    followed: World, api: TestClient
) -> None:
    asked: list[str] = []

    def note(*told: object) -> None:
        asked.append(str(told[2]))

    event.listen(followed.store.engine, "before_cursor_execute", note)
    try:
        (*_, row) = rows(api, b="2013")
    finally:
        event.remove(followed.store.engine, "before_cursor_execute", note)
    assert row["gap_t_per_year"] is not None
    assert sum("member_estimates" in statement for statement in asked) == 1


def test_many_changes_counted_anew_are_a_heavy_request_and_few_or_published_ones_are_not(
    followed: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(data=followed.store.arrays.parent, mirror="", requests_per_minute=20)
    reader = TestClient(create_api(followed.store, settings))
    asked = {"area": "AAA~AAA-1", "v": "rate", "src": "nowcast", "t": "2018-01"}
    # From the end of 2012 on there are 61 months, so that two areas take 122.
    for most, told in (
        (122 * desk.LIGHT, [200, 200, 200]),
        (122 * desk.LIGHT - 1, [200, 429, 429]),
    ):
        monkeypatch.setattr(series, "AT_ONCE", most)
        paths = ("series.json", "series.csv", "series.csv-metadata.json")
        again = {**asked, "b": "2012", "labels": "fr" if told[1] == 200 else "es"}
        codes = [reader.get(f"/api/v1/{path}", params=again).status_code for path in paths]
        assert codes == told
    sized = reader.get("/api/v1/series.size", params={**asked, "b": "2012"})
    assert sized.status_code == 429, "its first rows are counted anew"
    assert reader.get("/api/v1/series.json", params=asked).status_code == 200


def test_the_page_of_an_area_counts_from_the_year_that_is_chosen(
    followed: World, api: TestClient
) -> None:
    settings = Settings(data=followed.store.arrays.parent, mirror="", jobs=())
    with TestClient(server.build(followed.store, settings)) as site:
        published = site.get("/en/soc/AAA?v=rate&src=nowcast&lite=1").text
        html = site.get("/en/soc/AAA?v=rate&src=nowcast&b=2012&lite=1").text
        early = site.get("/en/soc/AAA?v=rate&src=nowcast&b=2016&t=2015-06&lite=1")
    assert '<option value="2012" selected>2012</option>' in html
    assert '<option value="2012">2012</option>' in published
    assert "&amp;b=2012" in html, "its files are those of the numbers shown"
    # The area, what it is a part of, and the parts in the table: all from the same year.
    for row in rows(api, b="2012", area="AAA~AAA-1~AAA-2~WLD"):
        assert show(row, language("en")).interval in html, row["area_id"]
        assert show(row, language("en")).interval not in published, row["area_id"]
    # A link to a year that does not come before the period stands, and says what it shows.
    assert early.status_code == 200


SHAPE = {"type": "Polygon", "coordinates": [[[2, 40], [4, 40], [4, 44], [2, 44], [2, 40]]]}
MAP = {"lvl": "adm0", "v": "rate", "src": "nowcast", "t": "2018-01"}


def test_a_map_its_files_and_its_pages_have_the_numbers_of_the_series(
    followed: World, api: TestClient
) -> None:
    told = {str(row["area_id"]): row for row in rows(api, b="2012", area="AAA~WLD")}
    answer = api.get("/api/v1/map.json", params={**MAP, "b": "2012"})
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert [*body["data"], body["world"]] == list(told.values()), "to the last digit"
    assert "b=2012" in answer.headers["content-location"]
    table = api.get("/api/v1/map.csv", params={**MAP, "b": "2012"})
    assert "since-2012" in table.headers["content-disposition"]
    (line,) = (one for one in csv.DictReader(io.StringIO(table.text)) if one["area_id"] == "AAA")
    assert (float(line["value"]), line["base_period"]) == (told["AAA"]["value"], "2012")
    shapes = api.get("/api/v1/map.geojson", params={**MAP, "b": "2012"}).json()
    assert [one["properties"] for one in shapes["features"]] == [told["AAA"]]
    place = {key: MAP[key] for key in ("v", "src", "t")} | {"lon": "0.5", "lat": "42.5"}
    at = api.get("/api/v1/point", params={**place, "b": "2012"}).json()
    assert {row["area_id"]: row["value"] for row in at["data"]}["AAA"] == told["AAA"]["value"]
    settings = Settings(data=followed.store.arrays.parent, mirror="", jobs=())
    with TestClient(server.build(followed.store, settings)) as site:
        html = site.get("/en/soc?v=rate&src=nowcast&t=2018-01&b=2012&lite=1").text
        usual = site.get("/en/soc?v=rate&src=nowcast&t=2018-01&lite=1").text
        own = site.post("/en/own", data={"shapes": json.dumps(SHAPE), "v": "rate"}).text
    assert "<li>counted from 2011</li>" in own
    assert "Of a change no interval is made for shapes of one’s own." in own
    assert "The source gives no interval" not in own
    shown = show(told["AAA"], language("en"))
    assert shown.interval in html
    assert shown.interval not in usual
    assert '<option value="2012" selected>2012</option>' in html
    assert "counted from 2012" in html
    assert "counted from 2011" in usual, "since when it counts is told in any case"
    assert len(re.findall(r"map[.]\w+[?][^\"]*&amp;b=2012", html)) >= 3, "and so are its files"


def test_each_map_of_a_pair_tells_since_when_it_counts(followed: World) -> None:
    settings = Settings(data=followed.store.arrays.parent, mirror="", jobs=())
    pair = "soc?v=rate&src=nowcast&t=2018-01&t2={}&lite=1"
    with TestClient(server.build(followed.store, settings)) as site:
        html = site.get("/en/" + pair.format("2012-07")).text
        french = site.get("/fr/" + pair.format("2012-07")).text
        same = site.get("/en/" + pair.format("2015-06")).text
    first, second = "January 2018, counted from 2011", "July 2012, counted from July 2011"
    assert f"<li>{first}</li><li>{second}</li>" in html
    # In the citation as text, for BibTeX and as CSL-JSON.
    assert len(re.findall(f"soil organic carbon, 0–30 cm. {first} / {second}", html)) >= 2
    assert re.search(rf"title.+u201330 cm. {first} / {second}", html)
    assert "juillet 2012, compté depuis juillet 2011" in french
    assert "<li>counted from 2011</li>" in same
    assert "January 2018 / June 2015, counted from 2011" in same


def test_tiles_and_cells_are_counted_from_the_year_that_is_asked_for(api: TestClient) -> None:
    def tile(since: str) -> bytes:
        answer = api.get(f"/tiles/latest/fill/nowcast/rate/2018-01/adm1/0/0/0.png{since}")
        assert (answer.status_code, str(answer.url).endswith(since)) == (200, True)
        return bytes(answer.content)

    # From 2016 there is no state yet, and all is grey.
    assert tile("?b=2012") != tile("?b=2016")
    asked = {"v": "rate", "src": YEARLY, "t": "2017", "lon": "3.5", "lat": "42.5"}
    cells = [api.get("/api/v1/point", params=asked | since).json()["cell"]["value"]
             for since in ({}, {"b": "2012"})]  # fmt: skip
    assert cells == pytest.approx([1000 / 60, 1000 / 61], rel=1e-6)
    assert api.get("/tiles/latest/grid/satellite/rate/2017/0/0/0.png?b=2012").status_code == 200
    told = api.get("/tiles/latest/fill/satellite/rate/2017/adm0/tile.json?b=2012").json()
    assert told["tiles"][0].endswith("/{z}/{x}/{y}.png?b=2012")
    assert (
        api.get("/tiles/latest/fill/satellite/rate/2017/adm0/0/0/0.png?b=2017").status_code == 422
    )


def test_a_shape_of_ones_own_is_counted_from_the_year_that_is_chosen(api: TestClient) -> None:
    (row,) = rows(api, area="AAA-2", src=YEARLY, t="2017", b="2012")
    asked = {"v": "rate", "src": YEARLY, "t": "2017"}

    def own(**since: str) -> float:
        answer = api.post(
            "/api/v1/aoi/statistics", params={**asked, **since}, content=json.dumps(SHAPE)
        )
        assert answer.status_code == 200, answer.text
        return float(answer.json()["data"][0]["data"][-1]["mean"])

    assert own(b="2012") == pytest.approx(row["value"], rel=1e-9)
    assert own() != pytest.approx(row["value"], rel=1e-3)


def test_the_page_of_a_shape_offers_the_years_and_keeps_the_one_that_is_chosen(
    followed: World, api: TestClient
) -> None:
    settings = Settings(data=followed.store.arrays.parent, mirror="", jobs=(), secret="s" * 32)
    sent = {"v": "rate", "b": "2012", "shapes": json.dumps(SHAPE)}
    row, _ = own_row(api, v="rate", b="2012", src="nowcast")
    assert row["mean"] != own_row(api, v="rate", src="nowcast")[0]["mean"]
    with TestClient(server.build(followed.store, settings), follow_redirects=False) as site:
        # Without scripts the variable is chosen in the same form: the years are there before.
        form = site.get("/en/own").text
        assert '<label for="own-b">Changes counted from</label>' in form
        assert re.findall(r'<option value="(20\d\d)"', form)[:3] == ["2020", "2017", "2016"]
        chosen = site.get("/en/own?v=rate&b=2012").text
        assert '<option value="2012" selected>' in chosen
        assert "/{z}/{x}/{y}.png?b=2012" in chosen, "the map is of the same year"
        found = site.post("/en/own", data=sent).text
        assert "counted from 2012" in found
        told = json.loads(site.post("/en/own", data=sent | {"as": "json"}).text)
        assert told["data"][0]["data"][-1]["mean"] == row["mean"]
        assert "counted from 2012" not in site.post("/en/own", data=sent | {"v": "stock"}).text
        place = site.post("/en/own", data=sent | {"keep": "1", "days": "1"}).headers["location"]
        kept = site.get(place).text
        assert "counted from 2012" in kept
        assert re.search(r'statistics[.]csv[?]v=rate[^"]*b=2012"', kept)


def own_row(api: TestClient, **keys: str) -> tuple[dict[str, object], str]:
    """The newest row of a shape of one's own, and what is said of its interval."""
    answer = api.post("/api/v1/aoi/statistics", params=keys, content=json.dumps(SHAPE))
    assert answer.status_code == 200, answer.text
    body = answer.json()
    return body["data"][0]["data"][-1], body["meta"]["interval_note"]


def test_an_interval_of_a_change_is_told_as_what_it_is(api: TestClient) -> None:
    keys = {"area": "AAA", "v": "rate", "src": "nowcast", "t": "2018-01"}

    def told(**other: str) -> str:
        answer = api.get("/api/v1/series.json", params=keys | other)
        return str(answer.json()["meta"]["interval_note"])

    assert "Student" in told()
    with ZipFile(io.BytesIO(api.get("/api/v1/series.zip", params=keys).content)) as whole:
        assert told() in whole.read("README.md").decode()
    assert "1.96" not in told()
    assert (told(v="stock").count("1.96"), told(v="stock").count("Student")) == (1, 0)
    both = told(v="stock~rate")
    assert both.index("1.96") < both.index("Student")
    none = told(src=YEARLY, t="2017")
    assert none.startswith("Of a change there is an interval where members")
    assert told(src=YEARLY, t="2017", labels="fr").startswith("Une variation a un intervalle")
    cells = "Of a change no interval is made for shapes and cells of one’s own."
    row, note = own_row(api, v="rate", src="nowcast", t="2018-01")
    assert (row["lower_95"], note) == (None, cells)
    assert "1.96" in own_row(api, v="stock", src="nowcast", t="2018-01")[1]


def test_a_shape_says_since_when_it_counts_and_so_does_a_grid(api: TestClient) -> None:
    for src, t, b in ((YEARLY, "2017", "2012"), ("nowcast", "2018-01", "2012")):
        for since in ({}, {"b": b}):
            keys = {"v": "rate", "src": src, "t": t, **since}
            (published,) = rows(api, area="AAA-2", **keys)
            own, _ = own_row(api, **keys)
            for column in ("base_period", "window_years"):
                assert (own[column], own[column] is None) == (published[column], False)
    table = api.post("/api/v1/aoi/statistics.csv", params=keys, content=json.dumps(SHAPE)).text
    (line,) = csv.DictReader(io.StringIO(table))
    assert (line["base_period"], line["window_years"]) == ("2012", str(own["window_years"]))
    assert own_row(api, v="stock", src="nowcast", t="2018-01")[0]["base_period"] is None
    cut = {"v": "rate", "src": YEARLY, "t": "2017", "b": "2012", "labels": "fr"}
    with rasterio.MemoryFile(api.get("/api/v1/grid.tif", params=cut).content) as file:
        tags = file.open().tags()
    assert tags["base_period"] == "2012"
    assert tags["title"].endswith("2017, compté depuis 2012")
    usual = api.get("/api/v1/grid.nc", params={**cut, "b": "2011", "labels": "en"})
    with h5netcdf.File(io.BytesIO(usual.content)) as file:
        assert file.attrs["base_period"] == "2011"
        assert file.attrs["title"].endswith("2017, counted from 2011")
        assert "no interval is made for shapes and cells" in file.attrs["comment"]


def test_a_map_that_is_counted_anew_is_so_once_and_pays_once(
    followed: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(data=followed.store.arrays.parent, mirror="", requests_per_minute=40)
    reader = TestClient(create_api(followed.store, settings))
    made: list[object] = []
    usual = map_since.count_map

    def noted(*told: object) -> object:
        made.append(told[-1])
        return usual(*told)  # type: ignore[arg-type]

    monkeypatch.setattr(catalogue, "count_map", noted)
    fill = "/tiles/latest/fill/satellite/rate/2017/adm0/0/0/0.png?b=2012"
    yearly = {**MAP, "src": YEARLY, "t": "2017", "b": "2012"}
    codes = [
        reader.get(fill).status_code,
        reader.get("/api/v1/map.csv", params=yearly).status_code,
    ]
    codes += [
        reader.get(f"/api/v1/map.{form}", params=yearly).status_code for form in ("json", "zip")
    ]
    assert codes == [200] * 4
    assert len({one.indicator_id for one in made}) == len(made)  # type: ignore[attr-defined]
    # Of forty requests a minute two are heavy ones, and the second one of these is another year.
    other = [reader.get("/api/v1/map.json", params={**yearly, "b": b}).status_code
             for b in ("2013", "2014", "2015")]  # fmt: skip
    assert other == [200, 429, 429]
