"""One address may ask so often and no more, and is told how much is left."""

from pathlib import Path

import pytest
from sqlalchemy import event
from starlette.testclient import TestClient

from soc_monitor.api import holders, pending
from soc_monitor.api.app import create_api
from soc_monitor.making import make_next
from soc_monitor.settings import Settings
from soc_monitor.store import editors
from soc_monitor.web.client import IN_PROCESS

from .conftest import World


def still() -> float:
    """A clock that stands: what was taken does not come back while a slow machine asks."""
    return 0.0


def test_a_reader_is_told_what_is_left_and_when_to_come_again(world: World) -> None:
    app = create_api(world.store, Settings(requests_per_minute=20), still)
    client = TestClient(app)
    first = client.get("/api/v1/areas/AAA")
    assert first.headers["ratelimit-policy"] == '"default";q=20;w=60'
    assert first.headers["ratelimit"] == '"default";r=19;t=3'
    for _ in range(19):
        assert client.get("/api/v1/areas/AAA").status_code == 200

    refused = client.get("/api/v1/areas/AAA")
    assert refused.status_code == 429
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.headers["retry-after"] == "3"
    assert refused.headers["ratelimit"].startswith('"default";r=0;t=')
    assert refused.json()["hint"]
    assert refused.headers["access-control-allow-origin"] == "*"


def test_one_reader_does_not_slow_the_others(world: World) -> None:
    app = create_api(world.store, Settings(requests_per_minute=2), still)
    greedy = TestClient(app, client=("192.0.2.1", 1))
    for _ in range(5):
        greedy.get("/api/v1/areas/AAA")
    assert greedy.get("/api/v1/areas/AAA").status_code == 429

    other = TestClient(app, client=("192.0.2.2", 1))
    assert other.get("/api/v1/areas/AAA").status_code == 200
    assert greedy.get("/tiles/latest/grid/ipcc_tier1/stock/2010/0/0/0.png").status_code == 200
    assert greedy.get("/api/docs").status_code == 200
    pages = TestClient(app, client=(IN_PROCESS, 0))
    assert all(pages.get("/api/v1/areas/AAA").status_code == 200 for _ in range(5))


def test_what_computes_has_a_limit_of_its_own(world: World) -> None:
    client = TestClient(create_api(world.store, Settings(requests_per_minute=20), still))
    asked = [client.post("/api/v1/aoi/statistics", content=b"x") for _ in range(2)]

    assert asked[0].status_code == 422
    assert asked[1].status_code == 429
    assert asked[1].headers["ratelimit-policy"] == '"heavy";q=1;w=60'


def test_the_limits_in_force_are_told(world: World) -> None:
    client = TestClient(create_api(world.store, Settings(requests_per_minute=40), still))
    answer = client.get("/api/v1/limits")
    assert answer.json()["requests"] == {"default": 40, "tiles": 320, "heavy": 2}
    with_key = answer.json()["requests_with_key"]
    assert with_key == {"default": 200, "tiles": 1600, "heavy": 10}
    assert answer.headers["ratelimit-policy"] == '"default";q=40;w=60'


def test_pictures_and_files_that_are_made_for_a_reader_count_as_what_computes(
    world: World,
) -> None:
    client = TestClient(create_api(world.store, Settings(requests_per_minute=20), still))
    for method, path in (("GET", "/chart/a/b.png"), ("GET", "/og/a/b.png"), ("POST", "/en/data")):
        told = client.request(method, path).headers["ratelimit-policy"]
        assert told == '"heavy";q=1;w=60', path
    assert "ratelimit" not in client.get("/en/data").headers


def test_a_reader_with_a_whole_network_of_addresses_is_one_reader(world: World) -> None:
    app = create_api(world.store, Settings(requests_per_minute=2), still)
    codes = [
        TestClient(app, client=(f"2001:db8::{n}", 1)).get("/api/v1/areas/AAA").status_code
        for n in range(1, 5)
    ]
    assert codes[-1] == 429
    other = TestClient(app, client=("2001:db8:0:1::1", 1))
    assert other.get("/api/v1/areas/AAA").status_code == 200


def test_one_reader_does_not_fill_the_queue_of_files(world: World, tmp_path: Path) -> None:
    settings = Settings(data=tmp_path)
    app = create_api(world.store, settings.model_copy(update={"requests_per_minute": 600}))
    greedy = TestClient(app, client=("192.0.2.1", 1))
    later = {"Prefer": "respond-async"}
    codes = ("AAA", "BBB", "CCC", "WLD", "AAA-1", "AAA-2")
    asked = [f"/api/v1/series.csv?area={code}&labels=es" for code in codes]
    assert len(asked) == pending.MOST + 1
    told = [greedy.get(address, headers=later).status_code for address in asked]
    assert told == [202] * pending.MOST + [429]
    assert greedy.get(asked[0], headers=later).status_code == 202, "it is the same file"
    other = TestClient(app, client=("192.0.2.2", 1))
    assert other.get(asked[-1], headers=later).status_code == 202
    while make_next(world.store, settings) is not None:
        pass
    assert greedy.get(asked[-1], headers=later).status_code == 202, "its files are done"


@pytest.mark.parametrize("role", editors.ROLES)
def test_a_key_raises_limits_whatever_the_address(world: World, role: str) -> None:
    app = create_api(world.store, Settings(requests_per_minute=2), still)
    key = editors.create(world.store, "Ana", role)
    sent = {"Authorization": f"Bearer {key}"}
    near, far = (TestClient(app, client=(f"192.0.2.{n}", 1)) for n in (1, 2))
    for _ in range(3):
        plain = near.get("/api/v1/areas/AAA")
    assert plain.status_code == 429
    assert "A key raises limits" in plain.json()["hint"]

    told = near.get("/api/v1/areas/AAA", headers=sent)
    assert (told.status_code, told.headers["ratelimit-policy"]) == (200, '"default";q=10;w=60')
    assert told.headers["ratelimit"].startswith('"default";r=9;')
    moved = far.get("/api/v1/areas/AAA", headers=sent)
    assert moved.headers["ratelimit"].startswith('"default";r=8;'), "it is the key that counts"
    assert far.get("/api/v1/areas/AAA").headers["ratelimit"].startswith('"default";r=1;')
    codes = [near.get("/api/v1/areas/AAA", headers=sent).status_code for _ in range(9)]
    assert codes == [200] * 8 + [429]
    heavy = near.post("/api/v1/aoi/statistics", content=b"x", headers=sent)
    assert heavy.headers["ratelimit-policy"] == '"heavy";q=1;w=60'


def test_a_key_that_is_nobodys_raises_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = create_api(world.store, Settings(requests_per_minute=2), still)
    client = TestClient(app)
    key = editors.create(world.store, "Ana", "analyst")
    for wrong in (f"Bearer {key[:-2]}", f"Basic {key}", "Bearer soc_0f_x", "Bearer \xff"):
        told = client.get("/api/v1/releases", headers={b"Authorization": wrong.encode("latin-1")})
        assert told.headers["ratelimit-policy"] == '"default";q=2;w=60', wrong
    sent = {"Authorization": f"Bearer {key}"}
    assert client.get("/api/v1/releases", headers=sent).status_code == 200
    editors.revoke(world.store, editors.list_keys(world.store)[0].id)
    monkeypatch.setattr(holders, "REMEMBERED_S", 0.0)
    fresh = TestClient(create_api(world.store, Settings(requests_per_minute=2), still))
    told = fresh.get("/api/v1/releases", headers=sent)
    assert told.headers["ratelimit-policy"] == '"default";q=2;w=60'


def test_guesses_of_keys_do_not_wear_the_database_out(world: World) -> None:
    app = create_api(world.store, Settings(requests_per_minute=600), still)
    client = TestClient(app)
    for n in range(70):
        guess = {"Authorization": f"Bearer soc_{n:08x}_{'x' * 43}"}
        assert client.get("/api/v1/limits", headers=guess).status_code == 200
    good = {"Authorization": f"Bearer {editors.create(world.store, 'Ana', 'analyst')}"}
    told = client.get("/api/v1/limits", headers=good)
    assert told.headers["ratelimit-policy"] == '"default";q=600;w=60', "it is not looked up"
    other = TestClient(app, client=("192.0.2.9", 1)).get("/api/v1/limits", headers=good)
    assert other.headers["ratelimit-policy"] == '"default";q=3000;w=60'


def test_a_key_that_only_raises_limits_has_answers_from_memory_and_opens_nothing(
    world: World, tmp_path: Path
) -> None:
    app = create_api(world.store, Settings(data=tmp_path, requests_per_minute=600))
    client = TestClient(app)
    sent = {"Authorization": f"Bearer {editors.create(world.store, 'Ana', 'analyst')}"}
    for path in ("/api/v1/session", "/api/v1/ops/holds"):
        assert client.get(path, headers=sent).status_code in {401, 403}, path
    form = {"do": "remove", "key": "x"}
    told = client.post("/api/v1/editing/registers/partners", data=form, headers=sent)
    assert told.status_code in {401, 403}

    address = "/api/v1/series.json?area=AAA&v=stock"
    whole = client.get(address).content
    asked: list[str] = []
    event.listen(world.store.engine, "before_cursor_execute", lambda *told: asked.append(told[2]))
    assert client.get(address, headers=sent).content == whole
    assert asked, "the newest release is looked at"
    assert not any("estimates" in statement for statement in asked)
    # Where no limit is set the key is seen by the routes, and still opens nothing.
    free = TestClient(create_api(world.store, Settings(data=tmp_path, requests_per_minute=0)))
    refused = free.get("/api/v1/session", headers=sent)
    assert refused.status_code == 403
    assert "opens nothing" in refused.json()["detail"]
