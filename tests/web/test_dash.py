"""The Dash half: its addresses, its guard, its scripts, its callbacks."""

import json
import re
import threading
import time
from contextvars import copy_context
from pathlib import Path
from typing import Any

import pytest
from plotly.offline import get_plotlyjs_version
from starlette.testclient import TestClient

from soc_monitor import server
from soc_monitor.web import suites, takeover
from soc_monitor.web.app import LARGEST_CALLBACK
from soc_monitor.web.client import ApiProblem, client, serve_with, wait_for

CALLBACK = "/_dash-update-component"


MAP = [("tiles", "url"), ("doubt", "url"), ("outlines", "hideout")]
OUTPUTS = {
    "explorer": [
        ("answer", "data"),
        ("box", "className"),
        ("where", "data"),
        ("map", "viewport"),
        *((f"map-{part}", key) for part, key in MAP),
        *((f"map2-{part}", key) for part, key in MAP),
    ],
    "area": [
        ("answer", "data"),
        ("time", "children"),
        ("tiles", "url"),
        ("doubt", "url"),
        ("outlines", "url"),
        ("outlines", "hideout"),
        ("map", "viewport"),
    ],
}


def named(page: str) -> list[dict[str, str]]:
    return [{"id": f"{page}-{one}", "property": prop} for one, prop in OUTPUTS[page]]


def output(page: str) -> str:
    return "..{}..".format("...".join(f"{o['id']}.{o['property']}" for o in named(page)))


def ask(path: str, search: str = "") -> dict[str, Any]:
    page = "area" if path.count("/") == 3 else "explorer"
    value = {"path": path, "search": search, "theme": "light", "origin": "http://x.org"}
    where = [{"id": "explorer-where", "property": "data", "value": None}]
    return {
        "output": output(page),
        "outputs": named(page),
        "inputs": [{"id": f"{page}-state", "property": "data", "value": value}],
        "changedPropIds": [f"{page}-state.data"],
        "state": where if page == "explorer" else [],
    }


def test_dash_runs_in_the_mode_that_was_tried(site: TestClient) -> None:
    dependencies = site.get(behind(site, "/fr/soc") + "_dash-dependencies").json()
    assert {output("explorer"), output("area")} <= {one["output"] for one in dependencies}


def behind(site: TestClient, path: str) -> str:
    found = re.search(r'"requests_pathname_prefix":"([^"]+)"', site.get(path).text)
    assert found is not None
    return found[1]


@pytest.mark.parametrize(
    ("path", "own", "others"),
    [("/fr/soc", "explorer-map", "area-map"), ("/fr/soc/AAA", "area-map", "explorer-map")],
)
def test_a_page_is_taken_over_by_its_own_layout_which_browsers_keep(
    site: TestClient, path: str, own: str, others: str
) -> None:
    under = behind(site, path)
    answer = site.get(under + "_dash-layout")
    assert f'"{own}"' in answer.text
    assert f'"{others}"' not in answer.text
    assert "immutable" in answer.headers["cache-control"]
    asked = site.post(under + CALLBACK[1:], json=ask(path))
    assert asked.json() == site.post(CALLBACK, json=ask(path)).json()


@pytest.mark.parametrize("name", ["_dash-layout", "_dash-nope", "_reload-hash"])
def test_a_layout_of_another_version_and_all_else_of_dash_is_404(
    site: TestClient, name: str
) -> None:
    under = "/_dash/0123456789abcdef/soil_area/"
    assert site.get(under + name).status_code == 404
    assert site.post(under + name).status_code == 404
    assert site.get(f"/{name}").status_code == 404


def test_nothing_is_said_twice_in_the_settings_of_dash(site: TestClient) -> None:
    page = site.get("/fr/soc/AAA").text
    written = re.search(r'id="_dash-config"[^>]*>(.+?)</script>', page)
    assert written is not None
    config = json.loads(written[1])
    assert all(props for one in config["children_props"].values() for props in one.values())


def test_no_script_is_on_the_page_that_no_part_of_it_needs(site: TestClient) -> None:
    scripts = re.findall(r'<script src="([^"]+)"', site.get("/fr/soc").text)
    assert not [one for one in scripts if "polyfill" in one or "dash_table" in one]
    charted = re.findall(r'<script src="([^"]+)"', site.get("/fr/soc/AAA").text)
    # The part of Dash that draws charts takes ``regeneratorRuntime`` from there.
    assert [one for one in charted if one not in scripts and "polyfill" in one]
    ahead = re.search(r'<link rel="preload" as="script" href="([^"]+)"', site.get("/fr/soc").text)
    assert ahead is not None
    assert site.get(ahead[1]).status_code == 200


@pytest.mark.parametrize(("path", "slots"), [("/fr/soc", 6), ("/fr/soc/AAA", 10)])
def test_a_callback_answers_with_the_markup_of_the_first_layer(
    site: TestClient, path: str, slots: int
) -> None:
    answer = site.post(CALLBACK, json=ask(path))
    assert answer.status_code == 200, answer.text[:500]
    found = next(iter(answer.json()["response"].values()))["data"]
    assert found["path"] == path
    assert found["search"] == ""
    assert len(found["slots"]) >= slots
    page = site.get(path).text
    head = next(html for name, html in found["slots"].items() if name.endswith("-head"))
    assert head.strip() in page


def test_the_state_of_a_callback_is_settled_like_that_of_a_page(site: TestClient) -> None:
    answer = site.post(CALLBACK, json=ask("/en/soc", "?v=nope&t=2000&lvl=m49"))
    found = answer.json()["response"]
    assert found["explorer-answer"]["data"]["search"] == "?t=2000&lvl=m49"
    assert "/2000/m49/" in found["explorer-map-tiles"]["url"]


def test_a_callback_reads_the_application_that_it_was_sent_to(
    site: TestClient, new_store: Any
) -> None:
    store, settings = new_store()
    with TestClient(server.build(store, settings)) as other:
        full, empty = (one.post(CALLBACK, json=ask("/fr/soc")).text for one in (site, other))
    assert '"slots"' in full
    assert '"slots"' not in empty


def test_a_callback_is_sent_no_more_than_it_may_hold(site: TestClient) -> None:
    body = json.dumps({**ask("/fr/soc"), "more": "x" * LARGEST_CALLBACK})
    answer = site.post(CALLBACK, content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 413


@pytest.mark.parametrize(
    "body",
    [
        "{}",
        "[]",
        "null",
        "[" * 20_000,
        '"x"',
        '{"output": "nope.data", "inputs": []}',
        json.dumps({**ask("/fr/soc"), "inputs": []}),
        json.dumps({**ask("/fr/soc"), "outputs": None}),
        json.dumps({**ask("/fr/soc"), "outputs": [1]}),
        json.dumps({**ask("/fr/soc"), "changedPropIds": 1}),
        json.dumps({**ask("/fr/soc"), "inputs": [{"id": "x", "property": "data"}]}),
        json.dumps({**ask("/fr/soc"), "output": 7}),
    ],
)
def test_what_is_no_callback_is_400(site: TestClient, body: str) -> None:
    answer = site.post(CALLBACK, content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 400


@pytest.mark.parametrize(
    "data",
    [None, 7, [], {}, {"path": "/xx/soc"}, {"path": "/fr/soc/a/b"}, {"path": ["/fr/soc"]}],
)
def test_what_is_no_state_of_ours_changes_nothing(site: TestClient, data: Any) -> None:
    body = ask("/fr/soc")
    body["inputs"][0]["value"] = data
    assert takeover.asked(data) is None
    assert site.post(CALLBACK, json=body).status_code in {200, 204}


def test_every_script_of_the_page_is_there_packed_and_kept(site: TestClient) -> None:
    scripts = re.findall(r'<script src="([^"]+)"', site.get("/fr/soc").text)
    assert len(scripts) >= 7
    for script in scripts:
        answer = site.get(script, headers={"accept-encoding": "br"})
        assert answer.status_code == 200, script
        assert answer.headers["content-encoding"] == "br"
        assert "immutable" in answer.headers["cache-control"]


@pytest.mark.parametrize(
    "name", ["nope/x.js", "dash/nope.js", "dash/../../../etc/passwd", "x" * 400]
)
def test_scripts_that_are_not_there_are_404(site: TestClient, name: str) -> None:
    assert site.get(f"{suites.PREFIX}/{name}").status_code == 404


def test_the_small_plotly_is_served_and_of_the_version_that_is_wanted(site: TestClient) -> None:
    answer = site.get(f"{suites.PREFIX}/plotly/package_data/plotly.min.js")
    assert f"plotly.js (basic - minified) v{get_plotlyjs_version()}" in answer.text[:200]
    listed = (Path(suites.BASIC).parent / "VENDORED.md").read_text()
    assert get_plotlyjs_version() in listed


def test_a_slow_callback_holds_up_no_api_call(
    site: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = threading.Event()

    def slow(_wanted: object) -> None:
        started.set()
        time.sleep(1.5)
        raise ApiProblem(503, {})

    monkeypatch.setattr(takeover, "explorer", slow)
    thread = threading.Thread(target=lambda: _quietly(site))
    thread.start()
    assert started.wait(5)
    before = time.perf_counter()
    assert site.get("/api/v1/releases").status_code == 200
    assert time.perf_counter() - before < 1.0
    thread.join()


def _quietly(site: TestClient) -> None:
    try:
        site.post(CALLBACK, json=ask("/fr/soc"))
    except ApiProblem:
        return


def test_callbacks_reach_the_api_through_the_loop_of_the_application(
    site: TestClient, empty_site: TestClient
) -> None:
    assert copy_context().run(_from_a_callback, site, "/releases")["data"][0]["name"]
    for of, kind in ((site, "unknown-area"), (empty_site, "nothing-published")):
        with pytest.raises(ApiProblem) as caught:
            copy_context().run(_from_a_callback, of, "/areas/XXX")
        assert caught.value.kind == kind


def _from_a_callback(of: TestClient, path: str) -> Any:
    """What a callback of the site reads, in a thread that is not its loop's."""
    serve_with(of.app.state.client)  # type: ignore[attr-defined]  # ours
    return wait_for(client().get(path))
