"""The OGC services, read by a client that was not written for them."""

import json
import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import shapely
import uvicorn
from sqlalchemy import URL, NullPool, create_engine, text
from starlette.testclient import TestClient

from soc_monitor.api.app import create_api
from soc_monitor.errors import StoreUnavailable
from soc_monitor.settings import Settings
from soc_monitor.store import views

from .conftest import World, apart


@pytest.fixture(scope="module")
def address(world: World) -> Iterator[str]:
    """The hand-made world on a port, for programs."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    app = create_api(world.store, Settings())
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="warning"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        assert thread.is_alive()
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join()


def gdal(*command: str) -> str:
    """What one of GDAL's programs prints."""
    ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "ERROR" not in ended.stderr, ended.stderr
    return ended.stdout


def features(address: str, collection: str, *more: str) -> list[dict[str, Any]]:
    """Features as GDAL reads them."""
    command = ["ogr2ogr", "-f", "GeoJSON", *more, "/vsistdout/", f"OAPIF:{address}/ogc", collection]
    found: list[dict[str, Any]] = json.loads(gdal(*command))["features"]
    return found


def test_gdal_lists_the_collections_and_reads_every_area(address: str) -> None:
    listed = gdal("ogrinfo", f"OAPIF:{address}/ogc")
    assert all(name in listed for name in ("ogc.areas", "ogc.latest_numbers", "ogc.stations"))

    found = {one["properties"]["id"]: one for one in features(address, "ogc.areas")}
    assert found.keys() >= {"AAA", "BBB-2", "CCC-1"}
    assert found["AAA"]["properties"]["name_fr"] == "Côte d’Azur"
    corners = [
        xy for part in found["AAA"]["geometry"]["coordinates"] for ring in part for xy in ring
    ]
    assert (min(x for x, *_ in corners), max(x for x, *_ in corners)) == (0.0, 40.0)


def test_gdal_gets_the_number_that_the_api_tells(world: World, address: str) -> None:
    chosen = "area_id = 'AAA-1' AND variable = 'soc_stock_0_30cm' AND product_id = 'ipcc_tier1'"
    (feature,) = features(address, "ogc.latest_numbers", "-where", chosen)
    told = world.client.get("/api/v1/series.json?area=AAA-1&v=stock&src=ipcc_tier1&t=latest")
    row = told.json()["data"][0]

    assert feature["properties"]["value"] == pytest.approx(row["value"], abs=1e-9)
    assert feature["properties"]["release"] == world.second.name


def test_gdal_reads_the_cells_of_a_map_where_they_lie(world: World, address: str) -> None:
    where = f"/api/v1/grid.tif?v=stock&src=ipcc_tier1&rel={world.second.name}"
    found = json.loads(gdal("gdalinfo", "-json", "-stats", f"/vsicurl/{address}{where}"))
    assert found["metadata"]["IMAGE_STRUCTURE"]["LAYOUT"] == "COG"
    assert found["size"] == [36, 18]
    assert "WGS 84" in found["coordinateSystem"]["wkt"]
    told = world.client.get(
        f"/api/v1/point?lon=5&lat=45&v=stock&src=ipcc_tier1&rel={world.second.name}"
    )
    cell = gdal("gdallocationinfo", "-valonly", "-wgs84", f"/vsicurl/{address}{where}", "5", "45")
    cell_told = told.json()["cell"]
    assert [float(band) for band in cell.split()] == [cell_told["value"], cell_told["std_error"]]


def test_gdal_reads_the_geopackage_and_finds_the_numbers_in_it(
    world: World, tmp_path: Path
) -> None:
    where = f"/api/v1/map.gpkg?lvl=adm1&v=stock&src=ipcc_tier1&rel={world.second.name}"
    path = tmp_path / "map.gpkg"
    path.write_bytes(world.client.get(where).content)
    listed = gdal("ogrinfo", "-ro", "-so", str(path), "areas")
    assert "Geometry: Multi Polygon" in listed
    asked = 'SELECT area_id, value FROM "values" WHERE value IS NOT NULL'
    rows = gdal("ogr2ogr", "-f", "CSV", "-sql", asked, "/vsistdout/", str(path)).splitlines()[1:]
    numbers = {code.strip('"'): float(value) for code, value in (row.split(",") for row in rows)}
    told = world.client.get(where.replace(".gpkg", ".json")).json()["data"]
    assert numbers == {
        row["area_id"]: pytest.approx(row["value"]) for row in told if row["value"] is not None
    }


def test_vector_tiles_hold_the_areas_and_are_held_themselves(world: World) -> None:
    where = "/ogc/collections/ogc.areas/tiles/WebMercatorQuad/0/0/0"
    tile = world.client.get(where)

    assert tile.headers["content-type"] == "application/vnd.mapbox-vector-tile"
    assert b"AAA-1" in tile.content
    assert tile.headers["x-release"] == world.second.name
    again = world.client.get(where, headers={"If-None-Match": tile.headers["etag"]})
    assert again.status_code == 304


def test_vector_tiles_of_a_boundary_set_hold_for_ever_and_are_read_by_gdal(
    world: World, address: str
) -> None:
    told = world.client.get("/tiles/areas/latest/adm1/tile.json")
    assert told.headers["cache-control"] == "no-cache"
    (layer,) = told.json()["vector_layers"]
    (where,) = told.json()["tiles"]
    path = f"/tiles/areas/{world.second.boundaries_id}/adm1/0/0/0.mvt"
    assert where.format(z=0, x=0, y=0).endswith(path)

    moved = world.client.get("/tiles/areas/latest/adm1/0/0/0.mvt")
    assert (moved.status_code, moved.headers["location"]) == (307, path)
    tile = world.client.get(path)
    assert tile.headers["content-type"] == "application/vnd.mapbox-vector-tile"
    assert tile.headers["cache-control"] == "public, max-age=31536000, immutable"
    again = world.client.get(path, headers={"If-None-Match": tile.headers["etag"]})
    assert again.status_code == 304

    place = ["-oo", "X=0", "-oo", "Y=0", "-oo", "Z=0", "-t_srs", "EPSG:4326"]
    read = ["ogr2ogr", "-f", "GeoJSON", "/vsistdout/", f"MVT:/vsicurl/{address}{path}", *place]
    found = {one["properties"]["id"]: one for one in json.loads(gdal(*read))["features"]}
    assert found.keys() == {"AAA-1", "AAA-2", "BBB-1", "BBB-2", "CCC-1"}
    about = found["AAA-1"]["properties"]
    assert about.keys() - {"mvt_id"} == layer["fields"].keys()
    assert (about["name_fr"], about["area_km2"]) == ("Azur ouest", 10.0)
    ends = shapely.geometry.shape(found["AAA-1"]["geometry"]).bounds
    # At zoom 0 a tile has 4096 steps of 0.09 degrees.
    assert ends == pytest.approx((0, 40, 20, 70), abs=0.1)


def test_a_vector_tile_is_cut_to_its_box_and_the_pole_does_not_break_it(world: World) -> None:
    path = f"/tiles/areas/{world.second.boundaries_id}/adm1"

    def names(tile: str) -> set[str]:
        content = world.client.get(f"{path}/{tile}.mvt").content
        return {code for code in ("AAA-1", "AAA-2", "BBB-1", "CCC-1") if code.encode() in content}

    assert names("1/0/0") == {"AAA-1"}, "it begins at the tile's edge"
    assert names("3/4/2") == {"AAA-1", "AAA-2"}
    assert names("1/1/1") == {"CCC-1"}
    assert world.client.get(f"{path}/3/0/7.mvt").content == b""


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/ogc/collections/ogc.nothing", 404),
        ("/ogc/collections/app.editors/items", 404),
        ("/ogc/collections/ogc.areas/items?f=html", 422),
        ("/ogc/collections/ogc.areas/items?limit=-1", 422),
        ("/ogc/collections/ogc.areas/items?limit=2.0", 422),
        ("/ogc/collections/ogc.areas/items?offset=1_0", 422),
        ("/ogc/collections/ogc.areas/items?offset=%2B1", 422),
        ("/ogc/collections/ogc.areas/items?bbox=a,b", 422),
        ("/ogc/collections/ogc.areas/items?bbox=-05,42,9,51", 422),
        ("/ogc/collections/ogc.areas/items?bbox=-5,042,9,51", 422),
        ("/ogc/collections/ogc.areas/items?simplify=00.5", 422),
        ("/ogc/collections/ogc.areas/items?datetime=never", 422),
        ("/ogc/collections/ogc.areas/items?filter=id%20%3D", 422),
        ("/ogc/collections/ogc.areas/items?filter=nothing%20%3D%201", 422),
        ("/ogc/collections/ogc.areas/items?sortby=nothing", 404),
        ("/ogc/collections/ogc.areas/items?id=a%00b", 422),
        ("/ogc/collections/ogc.areas/items?simplify=-1", 422),
        ("/ogc/collections/ogc.areas/items?simplify=nan", 422),
        ("/ogc/collections/ogc.areas/tiles/WebMercatorQuad/99/0/0", 404),
        ("/ogc/nothing", 404),
    ],
)
def test_what_cannot_be_answered_is_a_problem(client: TestClient, path: str, status: int) -> None:
    answer = client.get(path)

    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert "asyncpg" not in answer.text


ITEMS = "/ogc/collections/ogc.areas/items"
CIRCLE = shapely.Point(10, 50).buffer(2, quad_segs=40)


@pytest.mark.parametrize(
    ("said", "count"),
    [
        ("id = 'AAA'", 1),
        ("CASEI(id) LIKE casei('aaa-%') AND NOT (id IN ('AAA-2', 'x''y'))", 1),
        (f"S_INTERSECTS(geom, {CIRCLE}) AND (id = 'AAA' OR level = 'x')", 1),
        ('{"op": "=", "args": [{"property": "id"}, "AAA"]}', 1),
        # A box; the other goes round the world, over the date line.
        ("S_INTERSECTS(geom, BBOX(1,41,2,42)) AND level = 'adm1'", 1),
        ("S_INTERSECTS(geom, BBOX(179,41,2,42)) AND level = 'adm1'", 1),
    ],
)  # fmt: skip
def test_a_filter_is_answered_as_text_and_as_json(
    client: TestClient, said: str, count: int
) -> None:
    answer = client.get(ITEMS, params={"filter": said})
    assert answer.status_code == 200, answer.text
    assert answer.json()["numberMatched"] == count


@pytest.mark.parametrize(
    "said",
    [
        "set_config('role', 'postgres', false) = 'postgres'",
        "pg_sleep(1) IS NULL",
        "id = 'AAA' OR CASEI(query_to_xml('select 1', true, true, '')) = 'x'",
        "id IN ('a', current_setting('port'))",
        '{"op": "isNull", "args": [{"op": "pg_sleep", "args": [1]}]}',
        '{"op": "=", "args": [1, {"interval": [{"op": "pg_sleep", "args": [1]}, ".."]}]}',
        # A text is parsed once more by the library.
        "'pg_sleep(1) IS NULL'",
        "'''pg_sleep(1) IS NULL'''",
        "'set_config(''role'',''none'',FALSE) = ''none'''",
        "'id = ''AAA'''",
        "id",
        "TRUE",
        "",
        "   ",
        # What PostGIS, or what makes the SQL, would end with.
        "S_INTERSECTS(geom, POLYGON((1 45,2 46)))",
        "T_EQUALS(DATE('2020-13-01'),DATE('2020-01-01'))",
        "T_AFTER(DATE('2020-01-01'),DATE('9999999-01-01'))",
        '{"op": "=", "args": ["a\\u0000", 1]}',
        '{"op": "s_intersects", "args": [{"property": "geom"}, {"bbox": [1, 2, 3]}]}',
        # Shapes of the database against each other take as long as they like.
        "S_CONTAINS(geom, geom)",
        "id = 'AAA' OR NOT S_TOUCHES(geom, geom)",
        " OR ".join(["S_INTERSECTS(geom, POINT(1 2))"] * 9),
        json.dumps(
            {
                "op": "or",
                "args": [
                    {
                        "op": "s_within",
                        "args": [
                            {"property": "geom"},
                            {"type": "Point", "coordinates": [1, 2]},
                        ],
                    }
                ]
                * 9,
            }
        ),
        # Without a bound of their own these end the process, or hold it up for hours.
        "NOT " * 1900 + "id = 'AAA'",
        "f(" * 1000 + "1" + ")" * 1000 + " = 1",
        "id = " + "1+" * 1700 + "1",
        "(" * 60,
        "(id IN (" * 20,
    ],
)
def test_a_filter_calls_no_function_and_holds_nothing_up(client: TestClient, said: str) -> None:
    answer = client.get(ITEMS, params={"filter": said})
    assert answer.status_code == 422, answer.text
    assert answer.json()["detail"].startswith("filter: ")


def test_a_filter_that_takes_too_long_is_told_so(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "STATEMENT_S", 1)
    with TestClient(create_api(world.store, Settings())) as client:
        assert client.get(ITEMS, params={"filter": "id = 'AAA'"}).status_code == 200
        with world.store.engine.connect() as connection:
            connection.execute(text("LOCK TABLE app.areas IN ACCESS EXCLUSIVE MODE"))
            answer = client.get(ITEMS, params={"filter": "id = 'BBB'"})
    assert (answer.status_code, answer.json()["detail"]) == (
        422,
        "filter: it takes too long",
    )


def test_a_refusal_holds_nothing_that_the_database_says(client: TestClient) -> None:
    # PostgreSQL repeats the value that it could not read, whatever it was read from.
    for said in ("area_km2 = 'canary'", "canary = 1", "area_km2 / (area_km2 - area_km2) = 1"):
        answer = client.get(ITEMS, params={"filter": said})
        assert answer.status_code == 422, answer.text
        assert "canary" not in answer.json()["detail"]
        assert "zero" not in answer.json()["detail"]


def test_links_name_the_public_address_and_no_forged_one(world: World) -> None:
    app = create_api(world.store, Settings(public_url="https://soil.example"))
    with TestClient(app) as client:
        landing = client.get("/ogc/", headers={"Host": "evil.example"}).json()

    assert all(one["href"].startswith("https://soil.example/ogc/") for one in landing["links"])


def test_the_role_of_the_views_can_read_and_write_nothing_else(world: World) -> None:
    engine = create_engine(world.store.engine.url)
    refused = 0
    for statement in (
        "SELECT count(*) FROM app.editors",
        "DELETE FROM ogc.areas",
        "CREATE TABLE ogc.mine (id int)",
        "CREATE TABLE public.mine (id int)",
        "INSERT INTO app.pointers VALUES ('x', 1)",
    ):
        with engine.connect() as connection:
            connection.execute(text("SET ROLE soc_reader"))
            assert connection.execute(text("SELECT count(*) FROM ogc.areas")).scalar_one() > 5
            try:
                connection.execute(text(statement))
            except Exception as error:  # noqa: BLE001  # told apart by its words
                refused += "permission denied" in str(error)
    engine.dispose()

    assert refused == 5


async def _ready(_: Any) -> None:
    pass


async def _pooled(url: URL, *statements: str, password: str = "") -> list[str]:
    """Who a session of the views is, and what the database says to each statement in it."""
    pool = await views.open_pool(create_engine(url, poolclass=NullPool), _ready, password)
    async with pool, pool.acquire() as connection:
        who = await connection.fetchval("SELECT session_user || ' ' || current_user")
        said = [who]
        for statement in statements:
            try:
                said.append(await connection.execute(statement))
            except asyncpg.PostgresError as error:
                said.append(error.sqlstate)
    return said


def test_the_sessions_of_the_views_have_nobody_to_become(world: World) -> None:
    asked = (
        "DELETE FROM app.pointers",
        "SET ROLE NONE; RESET SESSION AUTHORIZATION; SET default_transaction_read_only = off",
        "DELETE FROM app.pointers",
        "SELECT * FROM app.editors",
        "SELECT pg_read_file('/etc/passwd')",
        "SET ROLE soc_monitor",
        "SET SESSION AUTHORIZATION soc_monitor",
    )
    who, first, off, *others = apart(_pooled(world.store.engine.url, *asked))
    assert (who, off) == ("soc_reader soc_reader", "SET")
    assert first in {"25006", "42501"}
    assert others == ["42501"] * 5, "permission denied"


@pytest.fixture
def strict(world: World) -> Iterator[URL]:
    """The world's database, where the role of the views needs a password, and its owner has one."""
    url = world.store.engine.url
    line = f"local {url.database} {views.ROLE} scram-sha-256\n"
    with create_engine(
        url, poolclass=NullPool, isolation_level="AUTOCOMMIT"
    ).connect() as connection:
        file = Path(connection.execute(text("SHOW hba_file")).scalar_one())
        before = file.read_text()
        file.write_text(line + before)
        connection.execute(text("SELECT pg_reload_conf()"))
        connection.execute(text("DROP ROLE IF EXISTS soc_plain"))
        connection.execute(text("CREATE ROLE soc_plain LOGIN"))
        yield url.set(password="canary")
        file.write_text(before)
        connection.execute(text("SELECT pg_reload_conf()"))
        connection.execute(text("DROP ROLE soc_plain"))
        connection.execute(text("REVOKE pg_read_all_data FROM soc_reader"))


def test_the_role_of_the_views_logs_in_by_a_password_of_its_own(strict: URL) -> None:
    for password in ("", "another", ""):
        assert apart(_pooled(strict, password=password)) == ["soc_reader soc_reader"]
    # Who may not give it one is not let in as anybody else.
    plain = strict.set(username="soc_plain")
    assert apart(_pooled(plain)) == ["soc_reader soc_reader"]
    with pytest.raises(StoreUnavailable, match="does not let soc_reader in"):
        apart(_pooled(plain, password="another"))


def test_a_role_of_the_views_that_may_more_is_not_used(world: World, strict: URL) -> None:
    with world.store.engine.begin() as connection:
        connection.execute(text("GRANT pg_read_all_data TO soc_reader"))
    with pytest.raises(StoreUnavailable, match="may more than read the views"):
        apart(_pooled(strict))
