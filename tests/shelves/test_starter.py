"""The starter data that come with the product: complete, plausible, small."""

import csv
import gzip
import io
import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import rasterio
import shapely
import yaml
from shapely.geometry import shape

from soc_monitor.runs.jobs import load_job

STARTER = Path(__file__).resolve().parents[2] / "ingest_jobs" / "starter"
Features = list[dict[str, Any]]
Outlines = npt.NDArray[np.object_]

NAMES = ("name_en", "name_fr", "name_es")
RASTERS = {
    "land_cover_2010.tif": ("uint8", 0, (1, 720, 1440)),
    "koppen_geiger.tif": ("uint8", 255, (1, 720, 1440)),
    "temperature_normals.tif": ("int16", -32768, (12, 240, 480)),
    "rain_normals.tif": ("int16", -32768, (12, 720, 1440)),
}
JANUARY, JULY = 0, 6


def table(name: str) -> list[dict[str, str]]:
    content = (STARTER / name).read_bytes()
    if name.endswith(".gz"):
        content = gzip.decompress(content)
    return list(csv.DictReader(io.StringIO(content.decode(), newline="")))


def at(name: str, lon: float, lat: float) -> npt.NDArray[np.float64]:
    with rasterio.open(STARTER / name) as file:
        row, column = file.index(lon, lat)
        values = file.read()[:, row, column]
        return np.asarray(values * file.scales[0], dtype=np.float64)


@pytest.fixture(scope="module")
def features() -> Features:
    content = gzip.decompress((STARTER / "areas.geojson.gz").read_bytes())
    return list(json.loads(content)["features"])


@pytest.fixture(scope="module")
def outlines(features: Features) -> Outlines:
    return np.array([shape(feature["geometry"]) for feature in features])


def test_every_area_has_a_code_of_its_own_and_names_in_three_languages(features: Features) -> None:
    assert len(features) == 4501
    codes = [feature["properties"]["code"] for feature in features]
    assert len(set(codes)) == len(codes)
    for feature in features:
        properties = feature["properties"]
        assert feature["id"] == properties["code"]
        assert all(properties[name] for name in NAMES), properties["code"]
        assert "~" not in properties["code"]
        assert properties["code"].startswith(f"{properties['country'] or 'XXX'}-")


def test_every_name_stands_by_itself_in_a_list(features: Features) -> None:
    """The source has "d'Albacete" and "canton de Berne", as in running text."""
    areas = [feature["properties"] for feature in features]
    assert [area[name] for area in areas for name in NAMES if area[name][0].islower()] == []
    french = {area["code"]: area["name_fr"] for area in areas}
    found = [french[code] for code in ("ESP-AB", "CHE-BE", "EGY-C")]
    assert found == ["Albacete", "Berne", "Le Caire"]


def test_no_feature_of_the_source_is_lost_or_used_twice(features: Features) -> None:
    ids = [ne_id for feature in features for ne_id in feature["properties"]["ne_ids"]]
    assert len(ids) == len(set(ids)) == 4596


def test_every_outline_is_valid_and_never_wraps_round_the_world(outlines: Outlines) -> None:
    assert shapely.is_valid(outlines).all()
    parts = shapely.get_parts(outlines)
    assert set(shapely.get_type_id(parts)) == {3}
    west, south, east, north = shapely.bounds(parts).T
    assert (east - west).max() < 180
    assert west.min() >= -180
    assert east.max() <= 180
    assert south.min() >= -90
    assert north.max() <= 90


def test_neighbours_share_the_same_border(features: Features, outlines: Outlines) -> None:
    # Antarctica's sectors are apart by design and border nothing else.
    inhabited = np.array([f["properties"]["country"] != "ATA" for f in features])
    assert shapely.coverage_is_valid(outlines[inhabited])


def test_countries_keep_the_size_of_the_source() -> None:
    for row in table("areas_gates.csv"):
        assert abs(float(row["difference_pct"])) < 0.1, row["country"]


@pytest.mark.parametrize(
    ("code", "lon", "lat"),
    [
        ("FRA-35", -1.68, 48.11),
        ("FRA-GF", -52.9, 4.5),
        ("UKR-43", 34.1, 44.95),
        ("RUS-CHU", -175.0, 66.5),
        ("RUS-CHU", 175.0, 66.0),
        ("FJI-N", 179.2, -16.6),
        ("USA-AK", 173.2, 52.9),
        ("NZL-CIT", -176.5, -43.95),
    ],
)
def test_a_place_lies_in_its_area(
    features: Features, outlines: Outlines, code: str, lon: float, lat: float
) -> None:
    index = next(i for i, feature in enumerate(features) if feature["id"] == code)
    assert shapely.contains_xy(outlines[index], lon, lat)


def test_every_country_with_areas_is_listed_and_the_others_say_who_holds_them(
    features: Features,
) -> None:
    with_areas = {f["properties"]["country"] for f in features} - {None}
    countries = {row["code"]: row for row in table("countries.csv")}
    assert len(countries) == 250
    assert with_areas <= set(countries)
    for code, row in countries.items():
        assert (row["within"] == "") == (code in with_areas), code
        assert not row["within"] or row["within"] in with_areas


def test_a_month_of_modis_has_the_land_of_every_area(outlines: Outlines) -> None:
    """Tiles of a sinusoidal grid: ten degrees high, and as wide along the equator."""
    tiles = load_job(STARTER.parent / "modis_ndvi.py").job.tiles
    assert tiles is not None
    lon, lat = shapely.get_coordinates(shapely.point_on_surface(outlines)).T
    column = np.floor(lon * np.cos(np.radians(lat)) / 10 + 18).astype(int)
    row = np.floor((90 - lat) / 10).astype(int)
    needed = {f"h{h:02d}v{v:02d}" for h, v in zip(column, row, strict=True) if v < 15}
    assert needed - {*tiles.names, *tiles.also} == set()
    assert not set(tiles.names) & set(tiles.also)


def test_only_two_disputed_areas_are_in_no_country(features: Features) -> None:
    nowhere = [f["properties"]["name_en"] for f in features if not f["properties"]["country"]]
    assert sorted(nowhere) == ["Siachen Glacier", "Spratly Islands"]


def test_every_country_has_a_region_and_every_region_leads_to_the_world() -> None:
    parent = {row["code"]: row["parent"] for row in table("regions.csv")}
    assert len(parent) == 23
    assert Counter(parent.values())["WLD"] == 5
    for row in table("countries.csv"):
        code, steps = row["parent"], 0
        while code != "WLD":
            code, steps = parent[code], steps + 1
        assert steps == (0 if row["code"] == "ATA" else 2), row["code"]


@pytest.mark.parametrize("name", ["regions.csv", "countries.csv"])
def test_regions_and_countries_are_named_in_three_languages(name: str) -> None:
    assert all(row[key] for row in table(name) for key in NAMES)


@pytest.mark.parametrize("name", RASTERS)
def test_a_raster_covers_the_globe_once_north_up(name: str) -> None:
    dtype, nodata, expected = RASTERS[name]
    with rasterio.open(STARTER / name) as file:
        assert file.crs.to_epsg() == 4326
        assert tuple(file.bounds) == (-180, -90, 180, 90)
        assert file.transform.e < 0
        assert (file.count, file.height, file.width) == expected
        assert set(file.dtypes) == {dtype}
        assert file.nodata == nodata
        assert file.tags()["source"]


@pytest.mark.parametrize(
    ("raster", "legend", "nodata"),
    [
        ("land_cover_2010.tif", "land_cover_classes.csv", 0),
        ("koppen_geiger.tif", "koppen_geiger_classes.csv", 255),
    ],
)
def test_every_class_of_a_raster_is_in_its_legend(raster: str, legend: str, nodata: int) -> None:
    with rasterio.open(STARTER / raster) as file:
        found = set(np.unique(file.read(1)).tolist()) - {nodata}
    assert found <= {int(row["code"]) for row in table(legend)}


@pytest.mark.parametrize(
    ("symbol", "lon", "lat"),
    [("Dfb", 37.6, 55.75), ("BWh", 10, 24), ("Cfb", 2.35, 48.85), ("Af", 103.85, 1.4)],
)
def test_the_climate_class_of_a_place_is_known(symbol: str, lon: float, lat: float) -> None:
    legend = {int(row["code"]): row["symbol"] for row in table("koppen_geiger_classes.csv")}
    assert legend[int(at("koppen_geiger.tif", lon, lat)[0])] == symbol


@pytest.mark.parametrize(
    ("use", "lon", "lat"),
    [("bare", 10, 24), ("cropland", -93.6, 42), ("forest", -62, -6), ("ice", -40, 72)],
)
def test_the_land_cover_of_a_place_is_known(use: str, lon: float, lat: float) -> None:
    legend = {int(row["code"]): row["ipcc_land_use"] for row in table("land_cover_classes.csv")}
    assert legend[int(at("land_cover_2010.tif", lon, lat)[0])] == use


def test_climates_of_the_legend_are_those_of_the_default_tables() -> None:
    climates = {row["climate"] for row in table("ipcc/ipcc2019_socref.csv")}
    for row in table("koppen_geiger_classes.csv"):
        assert row["ipcc_climate"] in climates
        assert bool(row["cool_mat_c"]) == bool(row["if_colder"])
        assert bool(row["warm_mat_c"]) == bool(row["if_warmer"])
        assert {row["if_colder"], row["if_warmer"]} <= climates | {""}


def test_temperature_normals_are_those_of_known_places() -> None:
    paris, yakutsk = (
        at("temperature_normals.tif", 2.35, 48.85),
        at("temperature_normals.tif", 129.7, 62),
    )
    assert 17 < paris[JULY] < 21
    assert 2 < paris[JANUARY] < 6
    assert yakutsk[JANUARY] < -33
    # Seasons are the other way round in the south: months and rows are in order.
    sydney = at("temperature_normals.tif", 150.9, -33.8)
    assert sydney[JANUARY] > 20
    assert sydney[JULY] < 14


def test_rain_normals_are_those_of_known_places() -> None:
    assert 2000 < at("rain_normals.tif", 103.85, 1.4).sum() < 2800
    assert at("rain_normals.tif", 10, 24).sum() < 50
    mumbai = at("rain_normals.tif", 72.95, 19.1)
    assert mumbai[JULY] > 500
    assert mumbai[JANUARY] < 20


def test_rain_is_never_negative_and_known_wherever_there_is_an_area(features: Features) -> None:
    with rasterio.open(STARTER / "rain_normals.tif") as file:
        rain = file.read(masked=True)
        assert rain.min() >= 0
        points = [shape(f["geometry"]).representative_point() for f in features]
        values = np.array(list(file.sample([(p.x, p.y) for p in points])))
    assert (values != RASTERS["rain_normals.tif"][1]).all()


def test_tower_readings_belong_to_stations_and_are_in_utc() -> None:
    stations = {row["station_id"]: row for row in table("tower_stations.csv")}
    readings = table("tower_readings.csv.gz")
    assert len(stations) == 63
    assert len(readings) == 4906
    assert {row["station_id"] for row in readings} == set(stations)
    keys = [(row["station_id"], row["time"], row["variable"]) for row in readings]
    assert len(keys) == len(set(keys))
    assert all(
        "2019-01-01" < row["time"] < "2024" and row["time"].endswith("Z") for row in readings
    )
    for row in stations.values():
        assert -180 <= float(row["lon"]) <= 180
        assert -90 <= float(row["lat"]) <= 90
    units = {(row["variable"], row["unit"]) for row in readings}
    assert ("soil_moisture_surface", "m3 m-3") in units
    assert len(units) == 5


def test_field_samples_are_where_and_what_they_say() -> None:
    samples = table("limesoda/field_samples.csv.gz")
    assert len(samples) == len({row["sample_id"] for row in samples}) == 1788
    assert Counter(row["soc_unit"] for row in samples) == {"%": 1513, "g dm-3": 44, "": 231}
    for row in samples:
        assert bool(row["soc_value"]) != bool(row["som_pct"])
        assert 0 <= float(row["soc_value"] or row["som_pct"]) < 25
        assert row["soc_unit"] != "%" or float(row["soc_value"]) < 12
        assert 0 == float(row["depth_top_cm"]) < float(row["depth_bottom_cm"]) <= 30
        assert not row["clay_pct"] or 0 < float(row["clay_pct"]) < 100


@pytest.mark.parametrize(
    ("dataset", "country"),
    [
        ("B.204", "BRA"),
        ("BB.250", "DEU"),
        ("H.138", "CHN"),
        ("NSW.52", "AUS"),
        ("SM.40", "CZE"),
        ("SP.231", "JPN"),
    ],
)
def test_a_set_of_samples_lies_in_its_country(
    features: Features, outlines: Outlines, dataset: str, country: str
) -> None:
    sample = next(r for r in table("limesoda/field_samples.csv.gz") if r["dataset"] == dataset)
    point = shapely.Point(float(sample["lon"]), float(sample["lat"]))
    found = [
        f for f, inside in zip(features, shapely.contains(outlines, point), strict=True) if inside
    ]
    assert [f["properties"]["country"] for f in found] == [country]


def test_dutch_profiles_go_down_without_gaps_and_add_up() -> None:
    profiles: dict[str, list[dict[str, str]]] = {}
    for row in table("dutch_profiles.csv.gz"):
        profiles.setdefault(row["profile_id"], []).append(row)
    assert len(profiles) == 368
    for layers in profiles.values():
        tops = [float(layer["top_cm"]) for layer in layers]
        bottoms = [float(layer["bottom_cm"]) for layer in layers]
        assert tops == [0.0, *bottoms[:-1]]
        assert {layer["data_class"] for layer in layers} == {"inferred"}
        whole = sum(float(layer["soc_stock_t_ha"]) for layer in layers)
        assert 0 < float(layers[0]["soc_stock_0_30cm_t_ha"]) < min(whole + 0.1, 450)


def test_the_first_dutch_profile_is_what_paper_gives() -> None:
    layers = [row for row in table("dutch_profiles.csv.gz") if row["profile_id"] == "1010"]
    # 35 % and 25 % organic matter, 20 cm of 0.477 and 10 cm of 0.619 g cm-3.
    expected = (35 * 0.477 * 20 + 25 * 0.619 * 10) / 1.724
    assert float(layers[0]["soc_stock_0_30cm_t_ha"]) == pytest.approx(expected, abs=0.01)


def test_the_plan_has_its_objectives_and_its_text() -> None:
    assert yaml.safe_load((STARTER / "objectives.yaml").read_text())["plan"]["language"] == "fr"
    assert (STARTER / "plan-strategique.fr.txt").stat().st_size > 1000


def test_the_starter_data_stay_small() -> None:
    sizes = {path: path.stat().st_size for path in STARTER.rglob("*") if path.is_file()}
    assert sum(sizes.values()) < 8_000_000
    assert max(sizes.values()) < 4_000_000


def test_every_file_is_described() -> None:
    described = (STARTER / "README.md").read_text()
    for path in STARTER.rglob("*"):
        if path.suffix in {".csv", ".gz", ".tif", ".yaml", ".txt"} and path.parent.name not in {
            "ipcc",
            "reference_figures",
        }:
            assert path.name in described, path.name
