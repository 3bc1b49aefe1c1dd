"""Series, maps and points: the numbers, their columns and their units."""

import csv
import io
from typing import Any

import pytest
from starlette.testclient import TestClient

from soc_monitor.api.bodies.numbers import COLUMNS, MapBody, SeriesBody
from soc_monitor.api.bodies.places import FeatureCollection, PlaceBody

SERIES, MAP = "/api/v1/series.json", "/api/v1/map.json"
TABLE_COLUMNS = (
    "area_id,area_name,area_level,period,period_start,period_end,variable,depth_top_cm,"
    "depth_bottom_cm,land_cover,statistic,value,unit,lower_95,upper_95,lower_50,upper_50,"
    "std_error,data_class,status,mapped_fraction,mapped_area_ha,land_area_ha,product_id,release,"
    "source_ids,calculation_id,flags,observation_weight,state,state_reasons,prob_gt_0,prob_ge_4,"
    "base_period,window_years,window_label,window_start,window_end,method,distance_to_4,"
    "min_detectable_change,gap_t_per_year,freshness_days,sample_support,n_samples,"
    "newest_input_days"
)


def ask(client: TestClient, path: str, **query: str) -> Any:
    answer = client.get(path, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def table(client: TestClient, path: str, **query: str) -> list[dict[str, str]]:
    answer = client.get(path, params=query)
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.text, newline="")))


def values(body: Any) -> dict[tuple[str, str], float | None]:
    return {(row["area_id"], row["period"]): row["value"] for row in body["data"]}


def test_a_series_has_every_column_in_the_order_of_the_table(client: TestClient) -> None:
    body = ask(client, SERIES, area="AAA-1~BBB", v="stock")

    SeriesBody.model_validate(body)
    assert ",".join(COLUMNS) == TABLE_COLUMNS
    assert [",".join(row) for row in body["data"]] == [TABLE_COLUMNS] * 4
    assert [(row["area_id"], row["period"]) for row in body["data"]] == [
        ("AAA-1", "2000"),
        ("AAA-1", "2010"),
        ("BBB", "2000"),
        ("BBB", "2010"),
    ]
    first = body["data"][0]
    assert first | {"calculation_id": "", "release": ""} == {
        "area_id": "AAA-1",
        "area_name": "West Azure",
        "area_level": "adm1",
        "period": "2000",
        "period_start": "2000-01-01",
        "period_end": "2000-12-31",
        "variable": "soc_stock_0_30cm",
        "depth_top_cm": 0,
        "depth_bottom_cm": 30,
        "land_cover": "all",
        "statistic": "mean",
        "value": 50.0,
        "unit": "t C ha-1",
        "lower_95": pytest.approx(50 - 1.959964 * 25),
        "upper_95": pytest.approx(50 + 1.959964 * 25),
        "lower_50": pytest.approx(50 - 0.674490 * 25),
        "upper_50": pytest.approx(50 + 0.674490 * 25),
        "std_error": 25.0,
        "data_class": "inferred",
        "status": "final",
        "mapped_fraction": 1.0,
        "mapped_area_ha": 1000.0,
        "land_area_ha": 1000.0,
        "product_id": "ipcc_tier1",
        "release": "",
        "source_ids": "ipcc_tier1",
        "calculation_id": "",
        "flags": "",
        "observation_weight": None,
        "state": None,
        "state_reasons": "",
        "prob_gt_0": None,
        "prob_ge_4": None,
        "base_period": None,
        "window_years": None,
        "window_label": None,
        "window_start": None,
        "window_end": None,
        "method": None,
        "distance_to_4": None,
        "min_detectable_change": None,
        "gap_t_per_year": None,
        "freshness_days": None,
        "sample_support": None,
        "n_samples": None,
        "newest_input_days": None,
    }


def test_without_keys_a_series_is_the_stock_of_the_world_from_the_preferred_product(
    client: TestClient,
) -> None:
    body = ask(client, SERIES)

    assert {row["area_id"] for row in body["data"]} == {"WLD"}
    assert body["meta"]["indicator"] == "soc_stock_0_30cm"
    assert body["meta"]["product"]["id"] == "ipcc_tier1"


def test_an_indicator_of_one_product_alone_is_that_product_s(client: TestClient) -> None:
    body = ask(client, SERIES, v="debt")

    assert body["meta"]["product"]["id"] == "soil_carbon_debt"
    assert body["data"][0]["data_class"] == "modelled"


def test_another_product_is_asked_for_by_its_id(client: TestClient) -> None:
    own = ask(client, SERIES, area="AAA-1", src="soil_carbon_debt")

    assert values(own) == {("AAA-1", "2000"): 70.0, ("AAA-1", "2010"): 69.0}
    assert {row["std_error"] for row in own["data"]} == {None}
    assert "no interval" in own["meta"]["interval_note"]


@pytest.mark.parametrize(
    ("v", "u", "unit", "ratio"),
    [
        ("stock", "t-ha", "t C ha-1", 1.0),
        ("stock", "kg-m2", "kg C m-2", 0.1),
        ("total", "Pg", "Pg C", 1.0),
        ("total", "Mt", "Mt C", 1000.0),
    ],
)
def test_a_unit_is_the_same_quantity(
    client: TestClient, v: str, u: str, unit: str, ratio: float
) -> None:
    own = ask(client, SERIES, area="AAA", v=v)["data"]
    other = ask(client, SERIES, area="AAA", v=v, u=u)["data"]

    for before, after in zip(own, other, strict=True):
        assert after["unit"] == unit
        for column in ("value", "std_error", "lower_95", "upper_95", "lower_50", "upper_50"):
            assert after[column] == pytest.approx(before[column] * ratio)


@pytest.mark.parametrize(("v", "u"), [("stock", "Pg"), ("total", "t-ha"), ("stock", "furlong")])
def test_a_unit_that_does_not_fit_is_refused_with_those_that_do(
    client: TestClient, v: str, u: str
) -> None:
    answer = client.get(SERIES, params={"v": v, "u": u})

    assert answer.status_code == 422
    assert answer.json()["allowed"] in (["t-ha", "kg-m2"], ["Pg", "Mt"])


def test_a_stock_has_no_interval_below_zero_and_a_debt_has(client: TestClient) -> None:
    stock = ask(client, MAP, v="stock", t="2000", lvl="adm1")

    # Half of the value is the standard error: 1.96 of them reach just above zero.
    assert all(row["lower_95"] is None or row["lower_95"] >= 0 for row in stock["data"])
    debt = ask(client, SERIES, v="debt", area="AAA-1")
    assert debt["data"][0]["value"] == -10.0


@pytest.mark.parametrize(
    ("t", "periods"),
    [
        ("latest", ["2010"]),
        ("2000", ["2000"]),
        ("2000..2010", ["2000", "2010"]),
        ("1990..2005", ["2000"]),
        ("..2009", ["2000"]),
        ("..2010", ["2000", "2010"]),
        ("2001..", ["2010"]),
        ("1800..latest", ["2000", "2010"]),
        ("..latest", ["2000", "2010"]),
        ("latest..", ["2010"]),
        ("2010-01", ["2010"]),
        ("2010-01-01", ["2010"]),
        ("", ["2000", "2010"]),
    ],
)
def test_a_range_has_the_periods_that_begin_inside(
    client: TestClient, t: str, periods: list[str]
) -> None:
    body = ask(client, SERIES, t=t)

    assert [row["period"] for row in body["data"]] == periods


@pytest.mark.parametrize(
    ("t", "status"),
    [
        ("1999", 404),
        ("2010-02", 404),
        ("2010..2000", 422),
        ("2010-13", 422),
        ("soon", 422),
        ("latest..2010", 422),
        ("..x", 422),
        ("10000", 422),
        ("²010", 422),
    ],
)
def test_a_period_that_is_not_there_is_told_from_one_that_cannot_be(
    client: TestClient, t: str, status: int
) -> None:
    answer = client.get(SERIES, params={"t": t})

    assert answer.status_code == status
    if status == 404:
        assert answer.json()["allowed"] == ["2000", "2010"]


def test_names_come_in_three_languages_and_titles_with_them(client: TestClient) -> None:
    french = ask(client, SERIES, area="AAA", labels="fr")
    none = ask(client, SERIES, area="AAA", labels="none")

    assert french["data"][0]["area_name"] == "Côte d’Azur"
    assert french["meta"]["title"] == "Stock de carbone organique du sol, 0–30 cm"
    assert french["meta"]["product"]["notes"] == "Fait main."
    assert none["data"][0]["area_name"] == "Azure Coast"


def test_a_depth_that_contradicts_the_variable_is_refused(client: TestClient) -> None:
    answer = client.get(SERIES, params={"v": "soc_stock_0_30cm", "d": "0-100"})

    assert answer.status_code == 422
    assert answer.json()["allowed"] == ["0-30"]


def test_an_area_without_data_has_rows_without_numbers(client: TestClient) -> None:
    (row, _) = ask(client, SERIES, area="CCC-1")["data"]

    assert row["value"] is None
    assert row["mapped_fraction"] == 0
    assert row["flags"] == "no_estimate"
    assert table(client, "/api/v1/series.csv", area="CCC-1")[0]["value"] == ""


def test_an_area_mapped_by_less_than_half_is_flagged(client: TestClient) -> None:
    assert ask(client, SERIES, area="AAA-2")["data"][0]["flags"] == "low_coverage"


def test_provisional_numbers_say_so_and_so_does_the_block_beside_them(client: TestClient) -> None:
    body = ask(client, SERIES, area="BBB~AAA")

    found = {(row["area_id"], row["period"]): row["status"] for row in body["data"]}
    assert found["BBB", "2010"] == "provisional"
    assert found["BBB", "2000"] == "final"
    assert body["meta"]["warnings"][0]["code"] == "provisional"
    assert body["meta"]["warnings"][0]["areas"] == ["BBB"]


def test_areas_come_once_each_in_the_order_asked(client: TestClient) -> None:
    body = ask(client, SERIES, area="BBB~AAA~BBB", t="2000")

    assert [row["area_id"] for row in body["data"]] == ["BBB", "AAA"]


@pytest.mark.parametrize("area", ["~", "~~~", "~".join(f"A{n}" for n in range(301))])
def test_no_area_and_too_many_are_refused(client: TestClient, area: str) -> None:
    assert client.get(SERIES, params={"area": area}).status_code == 422


def test_long_answers_come_in_pages_that_make_the_whole(client: TestClient) -> None:
    whole = ask(client, SERIES, area="AAA~BBB~CCC")["data"]
    address: str | None = f"{SERIES}?area=AAA~BBB~CCC&limit=4"
    pages = []
    while address:
        body = client.get(address).json()
        assert body["meta"]["total_rows"] == 6
        pages.append(body["data"])
        address = body["meta"]["links"].get("next")

    assert [len(page) for page in pages] == [4, 2]
    assert [row for page in pages for row in page] == whole


# --- maps --------------------------------------------------------------------------------------


def test_a_map_has_every_country_once_and_the_remainder_and_the_world_apart(
    client: TestClient,
) -> None:
    body = ask(client, MAP, v="total", t="2000")

    MapBody.model_validate(body)
    assert [row["area_id"] for row in body["data"]] == ["AAA", "BBB", "CCC"]
    assert body["remainder"]["area_id"] == "unassigned"
    assert body["world"]["area_id"] == "WLD"
    sums = sum(row["value"] or 0 for row in body["data"]) + body["remainder"]["value"]
    assert sums == pytest.approx(body["world"]["value"])
    check = body["meta"]["sum_check"]
    assert check["difference"] == pytest.approx(0, abs=1e-12)
    assert check["unit"] == "Pg C"


def test_means_of_countries_and_remainder_weigh_up_to_that_of_the_world(client: TestClient) -> None:
    check = ask(client, MAP, v="stock")["meta"]["sum_check"]

    assert check["areas"] + check["remainder"] == pytest.approx(check["world"])


@pytest.mark.parametrize(
    ("lvl", "parent", "codes"),
    [
        ("world", "", ["WLD"]),
        ("m49", "", ["M49-100", "M49-200"]),
        ("adm0", "M49-100", ["AAA", "BBB"]),
        ("adm1", "", ["AAA-1", "AAA-2", "BBB-1", "BBB-2", "CCC-1"]),
        ("adm1", "M49-100", ["AAA-1", "AAA-2", "BBB-1", "BBB-2"]),
        ("adm1", "BBB", ["BBB-1", "BBB-2"]),
        ("adm0", "BBB-1", []),
    ],
)
def test_a_map_can_be_of_a_level_below_an_area(
    client: TestClient, lvl: str, parent: str, codes: list[str]
) -> None:
    body = ask(client, MAP, lvl=lvl, parent=parent)

    assert [row["area_id"] for row in body["data"]] == codes
    assert (body["remainder"] is None) == (lvl != "adm0" or bool(parent))


def test_a_map_shows_the_newest_period_of_a_range(client: TestClient) -> None:
    assert ask(client, MAP, t="..2009")["meta"]["period"] == "2000"
    assert ask(client, MAP)["meta"]["period"] == "2010"


def test_the_map_as_geojson_has_shapes_and_the_columns_as_properties(client: TestClient) -> None:
    body = ask(client, "/api/v1/map.geojson", lvl="adm0", t="2000")

    FeatureCollection.model_validate(body)
    assert [feature["id"] for feature in body["features"]] == ["AAA", "BBB", "CCC"]
    assert ",".join(body["features"][0]["properties"]) == TABLE_COLUMNS
    assert len(body["features"][1]["geometry"]["coordinates"]) == 2, "cut at the antimeridian"
    assert body["metadata"]["links"]["csv"].startswith("/api/v1/map.csv?")


# --- tables ------------------------------------------------------------------------------------


def test_the_table_has_the_numbers_of_the_json(client: TestClient) -> None:
    rows = table(client, "/api/v1/series.csv", area="AAA~CCC")
    body = ask(client, SERIES, area="AAA~CCC")

    for line, row in zip(rows, body["data"], strict=True):
        assert ",".join(line) == TABLE_COLUMNS
        assert line["value"] == ("" if row["value"] is None else repr(row["value"]))
        assert float(line["mapped_area_ha"]) == row["mapped_area_ha"]


def test_the_table_of_the_world_ends_with_what_is_unassigned(client: TestClient) -> None:
    rows = table(client, "/api/v1/map.csv", v="total", t="2000")

    assert [row["area_id"] for row in rows] == ["AAA", "BBB", "CCC", "unassigned"]
    assert rows[-1]["flags"] == "remainder"


def test_text_that_a_spreadsheet_would_run_is_neutralised_in_tables_alone(
    client: TestClient,
) -> None:
    rows = table(client, "/api/v1/map.csv", lvl="adm1", t="2000")
    countries = table(client, "/api/v1/map.csv", t="2000")

    assert rows[1]["area_name"] == '\'+East, "Azure"'
    assert countries[1]["area_name"] == "'=HYPERLINK(1)"
    assert ask(client, MAP, t="2000")["data"][1]["area_name"] == "=HYPERLINK(1)"
    debts = table(client, "/api/v1/series.csv", v="debt", area="AAA-1")
    assert debts[0]["value"] == "-10.0", "a negative number stays a number"


def test_a_table_is_utf_8_with_crlf_and_a_mark_only_when_asked(client: TestClient) -> None:
    plain = client.get("/api/v1/series.csv?area=AAA&labels=fr")
    marked = client.get("/api/v1/series.csv?area=AAA&labels=fr&bom=1")

    assert plain.headers["content-type"] == "text/csv; charset=utf-8"
    assert "Côte d’Azur".encode() in plain.content
    assert plain.content.count(b"\r\n") == plain.content.count(b"\n") == 3
    assert marked.content == b"\xef\xbb\xbf" + plain.content
    name = plain.headers["content-disposition"]
    release = plain.headers["x-release"]
    assert name == f'attachment; filename="soc-stock_AAA_0-30cm_2000-2010_r{release}.csv"'


# --- points ------------------------------------------------------------------------------------


def test_a_point_has_its_cell_and_the_areas_that_hold_it(client: TestClient) -> None:
    body = ask(client, "/api/v1/point", lon="5", lat="45", t="2000")

    PlaceBody.model_validate(body)
    # Row 4 from the north, column 18 from the west, in the year 2000.
    assert (body["cell"]["row"], body["cell"]["column"]) == (4, 18)
    assert body["cell"]["bounds"] == [0.0, 40.0, 10.0, 50.0]
    assert body["cell"]["value"] == 10 + 10 * ((4 * 36 + 18 + 1) % 13)
    assert [row["area_id"] for row in body["data"]] == ["WLD", "M49-100", "AAA", "AAA-1"]


def test_a_point_s_cell_has_its_interval_where_the_product_gives_an_error(
    client: TestClient,
) -> None:
    first = ask(client, "/api/v1/releases")["data"][-1]["name"]
    cell = ask(client, "/api/v1/point", lon="5", lat="45", t="2010", rel=first)["cell"]

    assert cell["value"] == 70.0
    assert cell["std_error"] == pytest.approx(7.0)
    assert cell["upper_95"] == pytest.approx(70 + 1.959964 * 7)


@pytest.mark.parametrize(
    ("lon", "lat", "areas", "value"),
    [
        ("180", "60", ["WLD", "M49-100", "BBB", "BBB-1", "BBB-2"], True),
        ("-170", "60", ["WLD", "M49-100", "BBB", "BBB-2"], True),
        ("100", "0", ["WLD"], True),
        ("15", "-20", ["WLD", "M49-200", "CCC", "CCC-1"], False),
        ("0", "-90", ["WLD"], False),
        ("0", "90", ["WLD"], True),
    ],
)
def test_points_on_seas_poles_and_the_antimeridian(
    client: TestClient, lon: str, lat: str, areas: list[str], *, value: bool
) -> None:
    body = ask(client, "/api/v1/point", lon=lon, lat=lat)

    assert [row["area_id"] for row in body["data"]] == areas
    assert (body["cell"]["value"] is not None) == value


def test_the_cell_of_a_total_is_a_stock_and_that_of_a_debt_a_difference(client: TestClient) -> None:
    total = ask(client, "/api/v1/point", lon="5", lat="45", v="total", t="2000", u="Mt")
    debt = ask(client, "/api/v1/point", lon="5", lat="45", v="debt", t="2010", u="kg-m2")

    assert total["cell"]["unit"] == "t C ha-1"
    assert total["data"][0]["unit"] == "Mt C"
    assert debt["cell"]["value"] == pytest.approx(0.3), "3 t/ha by hand"
    assert debt["cell"]["unit"] == "kg C m-2"


@pytest.mark.parametrize(
    "bad", ["lon=181&lat=0", "lon=0&lat=-91", "lon=nan&lat=0", "lon=x&lat=0", "lon=0"]
)
def test_a_point_off_the_globe_is_refused(client: TestClient, bad: str) -> None:
    answer = client.get(f"/api/v1/point?{bad}")

    assert answer.status_code == 422
    assert answer.json()["parameter"] in {"lon", "lat"}
