"""What goes wrong is told as a problem document, and a bad request is never a fault of ours."""

import contextlib
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from sqlalchemy import exc, text
from starlette.testclient import TestClient

from soc_monitor import errors
from soc_monitor.api.app import create_api
from soc_monitor.api.bodies.service import Problem
from soc_monitor.api.problems import STATUS
from soc_monitor.settings import Settings
from soc_monitor.store import cluster, schema
from soc_monitor.store.engine import make_engine
from soc_monitor.store.store import Store

from .conftest import World, add_areas, apart, ingest, publish_all

SAMPLES = {
    "area_id": "AAA",
    "area": "AAA",
    "objective_id": "A1",
    "register": "partners",
    "key": "nobody",
    "export_id": "0" * 32,
    "share_id": "x" * 22,
    "subscription": "x" * 22,
    "name": "latest",
    "release": "latest",
    "product": "ipcc_tier1",
    "indicator": "stock",
    "period": "latest",
    "level": "adm0",
    "style": "hatch",
    "boundaries_id": "latest",
    "z": "0",
    "x": "0",
    "y": "0",
    "cube": "ipcc_tier1.soc_stock_0_30cm",
    "calculation_id": "00000000-0000-0000-0000-000000000000",
    "feed": "towers",
    "job_id": "areas",
    "station": "t1",
    "v": "soil_moisture",
    "lon": "5",
    "lat": "45",
}


def check_problem(answer: Any, status: int | None = None) -> dict[str, Any]:
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    body: dict[str, Any] = answer.json()
    Problem.model_validate(body)
    assert body["status"] == answer.status_code
    assert status is None or answer.status_code == status, answer.text
    return body


@pytest.mark.parametrize(
    ("path", "status", "kind"),
    [
        ("/api/v1/areas/XXX", 404, "unknown-area"),
        ("/api/v1/areas/XXX/outline.geojson", 404, "unknown-area"),
        ("/api/v1/areas?parent=XXX", 404, "unknown-area"),
        ("/api/v1/areas?lvl=planet", 422, "bad-value"),
        ("/api/v1/areas?limit=0", 422, "bad-value"),
        ("/api/v1/areas?limit=many", 422, "bad-value"),
        ("/api/v1/areas?limit=2+", 422, "bad-value"),
        ("/api/v1/areas?limit=2.0", 422, "bad-value"),
        ("/api/v1/areas?limit=02", 422, "bad-value"),
        ("/api/v1/areas?cursor=1e1", 422, "bad-value"),
        ("/api/v1/releases?cursor=1_0", 422, "bad-value"),
        ("/api/v1/map.json?v=stock&b=%2B2000", 422, "bad-value"),
        ("/api/v1/point?lon=%2036&lat=1", 422, "bad-value"),
        ("/api/v1/areas?cursor=-1", 422, "bad-value"),
        ("/api/v1/areas?labels=de", 422, "bad-value"),
        ("/api/v1/outlines.geojson?set=none", 404, "unknown-area"),
        ("/api/v1/series.json?area=XXX", 404, "unknown-area"),
        ("/api/v1/series.json?v=xxx", 404, "unknown-indicator"),
        ("/api/v1/series.json?v=soc_stock_0_100cm", 404, "unknown-indicator"),
        ("/api/v1/series.json?d=0-7", 422, "bad-value"),
        ("/api/v1/series.json?src=xxx", 404, "unknown-product"),
        ("/api/v1/series.json?v=debt&src=ipcc_tier1", 404, "unknown-product"),
        ("/api/v1/series.json?rel=1999.1.1", 404, "unknown-release"),
        ("/api/v1/series.json?as_of=2000-01-01", 404, "unknown-release"),
        ("/api/v1/series.json?as_of=yesterday", 422, "bad-value"),
        ("/api/v1/series.json?as_of=2026-01-01&rel=2026.11.1", 422, "bad-value"),
        ("/api/v1/series.csv?t=1999", 404, "unknown-period"),
        ("/api/v1/map.csv?t=1999", 404, "unknown-period"),
        ("/api/v1/map.json?lvl=none", 422, "bad-value"),
        ("/api/v1/map.json?parent=XXX", 404, "unknown-area"),
        ("/api/v1/map.geojson?u=Pg", 422, "bad-value"),
        ("/api/v1/releases/1999.1.1", 404, "unknown-release"),
        ("/api/v1/provenance/none", 422, "bad-value"),
        (f"/api/v1/provenance/{SAMPLES['calculation_id']}", 404, "unknown-calculation"),
        ("/tiles/1999.1.1/grid/ipcc_tier1/stock/2010/0/0/0.png", 404, "unknown-release"),
        ("/tiles/latest/grid/xxx/stock/2010/0/0/0.png", 404, "unknown-product"),
        ("/tiles/latest/grid/ipcc_tier1/xxx/2010/0/0/0.png", 404, "unknown-indicator"),
        ("/tiles/latest/grid/ipcc_tier1/stock/1999/0/0/0.png", 404, "unknown-period"),
        ("/tiles/latest/grid/ipcc_tier1/stock/2000..2010/0/0/0.png", 404, "unknown-period"),
        ("/tiles/latest/grid/ipcc_tier1/stock/2010/0/0/1.png", 404, "unknown-tile"),
        ("/tiles/latest/grid/ipcc_tier1/stock/2010/1/-1/0.png", 404, "unknown-tile"),
        ("/tiles/latest/grid/ipcc_tier1/stock/2010/11/0/0.png", 404, "unknown-tile"),
        ("/tiles/latest/grid/ipcc_tier1/stock/2010/-1/0/0.png", 404, "unknown-tile"),
        ("/tiles/latest/fill/ipcc_tier1/stock/2010/adm9/0/0/0.png", 422, "bad-value"),
        ("/tiles/areas/nothing/adm0/0/0/0.mvt", 404, "unknown-area"),
        ("/tiles/areas/latest/adm0/15/0/0.mvt", 404, "unknown-tile"),
        ("/tiles/latest/fill/ipcc_tier1/stock/2010/adm0/9/512/0.png", 404, "unknown-tile"),
    ],
)
def test_each_wrong_word_has_its_own_problem(
    client: TestClient, path: str, status: int, kind: str
) -> None:
    body = check_problem(client.get(path), status)

    assert body["type"] == f"/api/problems/{kind}"
    assert body["instance"] == path.partition("?")[0]
    told = client.get(body["type"]).json()
    assert (told["title"], told["status"]) == (body["title"], status)


def test_a_problem_says_which_key_and_which_values_would_do(client: TestClient) -> None:
    level = check_problem(client.get("/api/v1/map.json?lvl=planet"), 422)
    product = check_problem(client.get("/api/v1/series.json?src=xxx"), 404)

    assert level["parameter"] == "lvl"
    assert level["allowed"] == ["world", "m49", "adm0", "adm1"]
    assert product["allowed"] == ["ipcc_tier1", "soil_carbon_debt"]


@pytest.mark.parametrize(
    ("asked", "hint"),
    [
        ("series.csv?unit=AAA&v=stock", "Did you mean area or u?"),
        ("series.json?aera=AAA", "Did you mean area?"),
        ("map.geojson?v=stock&depth=0-100", "Did you mean d?"),
        ("areas/AAA?x=1", ""),
        ("aoi/limits?x=1", "It takes none."),
        ("series.csv?area=AAA&limit=2", "A file is whole; pages are of JSON."),
        ("map.parquet?cursor=2", "A file is whole; pages are of JSON."),
        ("sdg.json?area=AAA&limit=2", ""),
        (
            "map.csv?area=AAA&v=stock",
            "A map is of every area of a level; series has one area, in the same forms.",
        ),
    ],
)
def test_a_key_that_is_not_taken_is_refused_and_not_passed_over(
    client: TestClient, asked: str, hint: str
) -> None:
    body = check_problem(client.get(f"/api/v1/{asked}"), 422)
    assert body.get("hint", "") == hint
    assert ("v" in body.get("allowed", [])) == asked.startswith(("map", "series"))
    wrong = set(re.findall("[?&]([a-z]+)=", asked)) - set(body.get("allowed", []))
    assert body["detail"] == f"{wrong.pop()}: no key of this address"


@pytest.mark.parametrize(
    ("asked", "told", "hint"),
    [
        ("series.json?area=AAA&area=BBB&v=stock", "area: told 2 times", "area=AAA~BBB"),
        ("series.csv?area=AAA&v=stock&v=total&v=stock", "v: told 3 times", "v=stock~total"),
        ("grid.tif?bbox=0,0,1,1&bbox=1,1,2,2", "bbox: told 2 times", "It has one value here."),
        ("sdg.json?area=AAA&area=BBB", "area: told 2 times", "It has one value here."),
        ("series.json?area=AAA,BBB", "no area 'AAA,BBB'", "Several are joined by ~: AAA~BBB"),
        ("sdg.json?area=AAA,BBB", "no area 'AAA,BBB'", "finds areas by name"),
    ],
)
def test_a_key_that_is_told_twice_is_refused_and_not_the_last_one_taken(
    client: TestClient, asked: str, told: str, hint: str
) -> None:
    body = check_problem(client.get(f"/api/v1/{asked}"), 404 if "," in told else 422)
    assert body["detail"] == told
    assert body["hint"].endswith(hint)


@pytest.mark.parametrize(
    "asked",
    [
        "series.json?area=AAA&bom=1",
        "series.nc?area=AAA&bom=1",
        "series.csv?area=AAA&UTM_source=a&msclkid=1&dclid=1&gbraid=1&wbraid=1&_=1",
        "map.csv?mc_cid=1&mc_eid=2&_ga=1&igshid=1&FBCLID=1",
    ],
)
def test_what_means_nothing_here_is_passed_over(client: TestClient, asked: str) -> None:
    assert client.get(f"/api/v1/{asked}").status_code == 200


@pytest.mark.parametrize(
    ("asked", "hint"),
    [
        ("series.csv?area=all", "area=WLD is the world, area=WLD&lvl=adm0 every country"),
        ("sdg.json?area=all", "WLD is the world"),
        ("areas/all", "WLD is the world"),
        ("map.json?parent=all", "Without parent it is every area of the level"),
    ],
)
def test_who_asks_for_all_areas_is_told_how_it_is_done_there(
    client: TestClient, asked: str, hint: str
) -> None:
    body = check_problem(client.get(f"/api/v1/{asked}"), 404)
    assert body["hint"] == hint


@pytest.mark.parametrize(
    "path",
    [
        "/api/",
        "/api/v2/areas",
        "/api/v1/nothing",
        "/api/v1/areas/",
        "/api/v1/areas/A/B",
        "/api/v1/series.xml",
        "/tiles/",
        "/tiles/a/b.png",
        "/files/x",
        "/files/../../etc/passwd",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS", "DELETE", "BREW"])
def test_an_address_that_is_not_there_is_404_by_any_method(
    client: TestClient, path: str, method: str
) -> None:
    check_problem(client.request(method, path), 404)


def paths(client: TestClient) -> dict[str, Any]:
    """What can be read; what takes a body has tests of its own."""
    found: dict[str, Any] = client.get("/api/openapi.json").json()["paths"]
    assert len(found) > 15
    return {path: item for path, item in found.items() if "get" in item}


def methods(item: dict[str, Any]) -> str:
    """The methods of an address; of one that is read, mostly no others."""
    known = {name.upper() for name in item if name in {"get", "post", "delete"}}
    return ", ".join(sorted(known | {"HEAD", "OPTIONS"}))


def address(path: str, operation: dict[str, Any], bad: dict[str, str]) -> str:
    """The operation's address with samples for all it needs; ``bad`` is encoded already."""
    query = []
    for parameter in operation.get("parameters", []):
        name = parameter["name"]
        needed = parameter["in"] == "path" or parameter["required"]
        if not needed and name not in bad:
            continue
        value = bad[name] if name in bad else quote(SAMPLES[name], safe="")
        if parameter["in"] == "path":
            path = path.replace(f"{{{name}}}", value)
        else:
            query.append(f"{name}={value}")
    return path + ("?" + "&".join(query) if query else "")


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "TRACE", "BREW"])
def test_a_wrong_method_is_405_with_those_that_work(client: TestClient, method: str) -> None:
    for path, item in paths(client).items():
        if method.lower() in item:
            continue
        answer = client.request(method, address(path, item["get"], {}))
        check_problem(answer, 405)
        assert answer.headers["allow"] == methods(item)


def test_a_body_with_a_nul_changes_nothing(client: TestClient) -> None:
    for path, item in paths(client).items():
        answer = client.post(address(path, item["get"], {}), content=b'{"q": "\\u0000\x00"}')
        check_problem(answer, 405)


def test_head_is_get_without_its_body(client: TestClient) -> None:
    for path, item in paths(client).items():
        where = address(path, item["get"], {})
        head, get = client.head(where), client.get(where)
        assert head.status_code == get.status_code
        assert head.content == b""
        assert head.headers.get("etag") == get.headers.get("etag")
        assert head.headers.get("content-type") == get.headers.get("content-type")


def test_reads_are_open_to_pages_from_elsewhere(client: TestClient) -> None:
    for path, item in paths(client).items():
        if not path.startswith(("/api", "/tiles")):
            continue
        where = address(path, item["get"], {})
        asked = {"Origin": "https://elsewhere.example", "Access-Control-Request-Method": "GET"}
        preflight = client.options(where, headers=asked)
        assert preflight.status_code == 204
        assert preflight.headers["allow"] == methods(item)
        assert preflight.headers["access-control-allow-methods"] == methods(item)
        answer = client.get(where, headers={"Origin": "https://elsewhere.example"})
        assert answer.headers["access-control-allow-origin"] == "*"
        assert "access-control-allow-credentials" not in answer.headers


NOT_TEXT = ["%00", "a%00b", "%ED%A0%80", "a%ED%BF%BFb", "%FF", "%C3"]
ODD = [
    "a" * 201,
    "a" * 7000,
    "%F0%9F%8C%B1" * 100,
    "%E2%80%AE",
    "%0D%0AX:%20y",
    "%27%3B--",
    "%25%5F",
]
ODD += ["..%2F..%2Fetc", "%7B%7B1%7D%7D", "NaN", "-1", "9" * 100, "1e400", "%EF%BC%9D1%2B1", "0x10"]


def texts(client: TestClient) -> list[tuple[str, dict[str, Any], dict[str, Any]]]:
    """Every parameter of every route, from the document: new routes are tried on arrival."""
    return [
        (path, item["get"], parameter)
        for path, item in paths(client).items()
        for parameter in item["get"].get("parameters", [])
    ]


def test_nul_and_broken_text_are_refused_in_every_parameter(client: TestClient) -> None:
    found = texts(client)
    assert len(found) > 80
    for path, operation, parameter in found:
        for bad in NOT_TEXT:
            answer = client.get(address(path, operation, {parameter["name"]: bad}))
            body = check_problem(answer)
            where = 404 if parameter["in"] == "path" else 422
            assert answer.status_code == where, (path, parameter["name"], bad, answer.text)
            if where == 422:
                assert body["parameter"] == parameter["name"]


def test_odd_text_is_never_a_fault_of_ours(client: TestClient) -> None:
    for path, operation, parameter in texts(client):
        for odd in ODD:
            answer = client.get(address(path, operation, {parameter["name"]: odd}))
            assert answer.status_code < 500, (path, parameter["name"], odd, answer.text)
            if answer.status_code >= 400:
                check_problem(answer)


def test_text_is_bounded_in_every_parameter(client: TestClient) -> None:
    for path, operation, parameter in texts(client):
        answer = client.get(address(path, operation, {parameter["name"]: "a" * 6001}))
        check_problem(answer)
        assert answer.status_code in {404, 422}, (path, parameter["name"])


def test_a_key_of_how_a_page_looks_or_of_who_shared_it_is_passed_over(client: TestClient) -> None:
    known = client.get("/api/v1/series.json?area=AAA")
    more = client.get("/api/v1/series.json?area=AAA&theme=dark&v=stock&utm_source=x")

    assert more.status_code == 200
    assert more.headers["etag"] == known.headers["etag"]


def test_an_address_is_bounded(client: TestClient) -> None:
    check_problem(client.get("/api/v1/series.json?x=" + "a" * 9000), 414)
    check_problem(client.get("/api/v1/" + "a" * 9000), 414)
    check_problem(client.get("/api/v1/areas/a%00b"), 404)


def test_every_error_that_a_reader_can_cause_has_a_status() -> None:
    asked = [kind for kind in vars(errors).values() if isinstance(kind, type)]
    unknown = {kind for kind in asked if kind.__name__.startswith("Unknown")}

    assert unknown <= set(STATUS)


def test_a_fault_of_ours_tells_no_internals(world: World) -> None:
    app = create_api(world.store, Settings())

    @app.get("/boom")
    def boom() -> None:
        raise RuntimeError("secret in /var/lib")

    answer = TestClient(app, raise_server_exceptions=False).get("/boom")
    body = check_problem(answer, 500)
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text
    assert body["title"] == "Internal Server Error"


def test_who_hangs_up_has_caused_no_fault(world: World, caplog: pytest.LogCaptureFixture) -> None:
    came = iter([{"type": "http.request", "body": b"{", "more_body": True}])
    sent: list[Any] = []

    async def receive() -> Any:
        return next(came, {"type": "http.disconnect"})

    async def send(message: Any) -> None:
        sent.append(message)

    path = "/api/v1/aoi/statistics"
    scope = {
        "type": "http", "method": "POST", "path": path, "raw_path": path.encode(), "scheme": "http",
        "headers": [(b"host", b"a")], "query_string": b"", "http_version": "1.1", "root_path": "",
        "server": ("a", 80), "client": ("127.0.0.1", 1),
    }  # fmt: skip
    apart(create_api(world.store, Settings())(scope, receive, send))
    assert sent[0]["status"] == 400
    assert caplog.text == ""


# --- the database is down ----------------------------------------------------------------------


@pytest.fixture
def own_cluster() -> Iterator[Path]:
    """A folder for a database of this test's own, which it may stop."""
    folder = Path(tempfile.mkdtemp(prefix="soc-down-"))
    folder.chmod(0o755)
    yield folder / "pg"
    cluster.reset(folder / "pg")
    shutil.rmtree(folder)


def test_without_its_database_the_service_says_so_and_comes_back_by_itself(
    own_cluster: Path, tmp_path: Path
) -> None:
    url = cluster.start(own_cluster)
    cluster.stop(own_cluster)
    store = Store(make_engine(url), tmp_path / "arrays")
    client = TestClient(create_api(store, Settings()), follow_redirects=False)

    check_down(client)

    cluster.start(own_cluster)
    not_made = check_problem(client.get("/readyz"), 503)
    assert not_made["title"] == errors.SchemaMismatch.title()
    check_problem(client.get("/api/v1/areas"), 503)

    schema.upgrade(store.engine)
    assert client.get("/readyz").json() == {"status": "ready", "release": None}
    assert client.get("/api/v1/status").json()["status"] == "empty"
    empty = check_problem(client.get("/api/v1/areas"), 503)
    assert empty["title"] == errors.NothingPublished.title()
    assert client.get("/api/v1/freshness").json()["data"] == []
    assert client.get("/api/v1/releases").json()["data"] == []

    add_areas(store)
    publish_all(store, ingest(store))
    assert client.get("/api/v1/series.json?area=AAA").status_code == 200

    cluster.stop(own_cluster)
    check_down(client)

    cluster.start(own_cluster)
    assert client.get("/readyz").status_code == 200
    assert client.get("/api/v1/series.json?area=AAA").status_code == 200
    store.close()


def test_a_lock_that_somebody_holds_is_not_waited_for_long(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    client = TestClient(create_api(world.store, Settings()))
    with world.store.engine.connect() as other:
        other.execute(text("LOCK TABLE app.releases IN ACCESS EXCLUSIVE MODE"))
        answer = client.get("/readyz")
        assert check_problem(answer, 503)["title"] == errors.StoreUnavailable.title()
        assert answer.headers["retry-after"] == "5"
        assert client.get("/healthz").status_code == 200
    assert client.get("/readyz").status_code == 200
    reasons = [str(vars(one).get("reason", "")) for one in caplog.records]
    assert "canceling statement due to lock timeout" in reasons, "not that of statements"


def test_when_all_connections_are_taken_readers_are_told_so_and_served_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(make_engine(str(world.store.engine.url), pool=1), world.store.arrays)
    monkeypatch.setattr(store.engine.pool, "_timeout", 0.1)  # three seconds in earnest
    client = TestClient(create_api(store, Settings()))
    with contextlib.ExitStack() as held:
        with contextlib.suppress(exc.TimeoutError):
            while True:
                held.enter_context(store.engine.connect())
        answer = client.get("/api/v1/areas")
        assert check_problem(answer, 503)["title"] == errors.StoreUnavailable.title()
        assert answer.headers["retry-after"] == "5"
        assert client.get("/healthz").status_code == 200
    assert client.get("/api/v1/areas").status_code == 200
    store.close()


def check_down(client: TestClient) -> None:
    assert client.get("/healthz").json() == {"status": "alive"}
    assert client.get("/api/docs").status_code == 200
    assert client.get("/api/openapi.json").status_code == 200
    check_problem(client.get("/api/v1/nothing"), 404)
    for path, item in paths(client).items():
        # A template and the limits are made from the program alone.
        if path == "/healthz" or "/template." in path or path.endswith("/limits"):
            continue
        answer = client.get(address(path, item["get"], {}))
        body = check_problem(answer, 503)
        assert answer.headers["retry-after"] == "5"
        assert body["title"] == errors.StoreUnavailable.title()
        assert "socket" not in answer.text
        assert "soc-down-" not in answer.text
