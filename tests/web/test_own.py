"""Own areas: the page measures what is drawn, sent or typed, and keeps nothing unless asked."""

import io
import json
import re
import shutil
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import shapely
from playwright.sync_api import Page, Route
from sqlalchemy import text
from starlette.testclient import TestClient

from soc_monitor import server
from soc_monitor.api.routes import aoi
from soc_monitor.making import make_next
from soc_monitor.maps.shapes import Bounds
from soc_monitor.model import LANGUAGES, Level
from soc_monitor.settings import Settings
from soc_monitor.store import read, read_areas
from soc_monitor.web import numbers, own_text, own_words
from soc_monitor.web.client import ApiProblem
from soc_monitor.web.i18n import language

from .test_accessibility import AXE, violations
from .test_documents import Outline

Open = Callable[..., Page]
STATISTICS = "/api/v1/aoi/statistics"
LINES = "0 40\n40 40\n40 70\n0 70\n\n10 50\n30 50\n30 60\n10 60"
RING = shapely.Polygon(shapely.box(0, 40, 40, 70).exterior, [shapely.box(10, 50, 30, 60).exterior])


def as_json(*shapes: Any, names: tuple[str, ...] = ()) -> bytes:
    features = [
        {
            "type": "Feature",
            "properties": {"name": names[n]} if names else {},
            "geometry": shapely.geometry.mapping(shape),
        }
        for n, shape in enumerate(shapes)
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


def send(
    site: TestClient, body: bytes = b"", code: str = "en", *, button: str = "", **fields: str
) -> Any:
    """The form as a browser without scripts sends it."""
    fields |= {"as": button} if button else {}
    files = {"file": ("shape.geojson" if body else "", body)}
    return site.post(f"/{code}/own", data=fields, files=files)


def store_of(site: TestClient) -> Any:
    return site.app.state.catalogue.store  # type: ignore[attr-defined]  # FastAPI's


def kept(site: TestClient) -> int:
    with store_of(site).engine.begin() as connection:
        query = text("SELECT (SELECT count(*) FROM app.shares) + count(*) FROM app.exports")
        return int(connection.execute(query).scalar_one())


def numbers_of(html: str) -> list[str]:
    return [unescape(one) for one in re.findall(r'<p class="big">([^<]*)', html)]


# --- without scripts ---------------------------------------------------------------------------


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_page_says_its_limits_before_anything_is_sent(site: TestClient, code: str) -> None:
    html = unescape(site.get(f"/{code}/own").text)
    words = language(code)
    told = site.get("/api/v1/aoi/limits").json()
    for sentence in own_words.limits(told, words):
        assert sentence in html
    assert numbers.number(told["vertices"], code, 0) in own_words.limits(told, words)[1]
    assert words.say("What is kept") in html
    assert 'enctype="multipart/form-data"' in html


def test_the_page_is_found(site: TestClient) -> None:
    assert 'href="/fr/own"' in site.get("/fr/").text
    assert site.get("/fr/soc").text.count('href="/fr/own"') == 2, "beside the map and at the foot"
    assert 'href="/fr/own"' in site.get("/fr/soc/AAA").text
    assert "/fr/own</loc>" in site.get("/sitemap-fr-0.xml").text
    answer = site.get("/own", headers={"accept-language": "es"})
    assert (answer.status_code, answer.headers["location"]) == (308, "/es/own")


@pytest.mark.parametrize("code", LANGUAGES)
@pytest.mark.parametrize("typed", [True, False])
def test_a_shape_with_a_hole_has_the_numbers_of_the_api(
    site: TestClient, code: str, *, typed: bool
) -> None:
    before = kept(site)
    answer = send(site, code=code, shapes=LINES) if typed else send(site, as_json(RING), code)
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    Outline(answer.text)
    html = unescape(answer.text)
    row = site.post(STATISTICS, content=as_json(RING)).json()["data"][0]["data"][-1]
    assert numbers_of(answer.text)[0] == numbers.number(
        row["mean"], code, numbers.places(row["mean"], row["lower_95"], row["upper_95"])
    )
    assert language(code).say("Nothing of it is kept: leave this page, and it is gone.") in html
    assert kept(site) == before
    folder = Path(site.app.state.desk.folder).parent / "answers"  # type: ignore[attr-defined]
    held = [path.read_bytes() for path in folder.rglob("*") if path.is_file()]
    assert held
    assert not any(b"/point?" in one or b"/aoi/statistics" in one for one in held)
    # What was sent is in the form again, for the files of its numbers.
    assert ("0 40" if typed else "coordinates") in html.partition("<textarea")[2]


def test_the_files_of_what_is_not_kept_have_the_numbers_of_the_api(site: TestClient) -> None:
    table = send(site, shapes=LINES, button="csv")
    assert table.headers["content-disposition"] == 'attachment; filename="own-areas.csv"'
    assert table.text == site.post(f"{STATISTICS}.csv", content=own_text.as_geojson(LINES)).text
    found = send(site, shapes=LINES, button="json").json()
    known = site.post(STATISTICS, content=own_text.as_geojson(LINES)).json()
    assert found["data"] == known["data"]


def test_each_of_several_shapes_is_a_row_and_what_overlaps_counts_once(site: TestClient) -> None:
    two = (shapely.box(0, 40, 20, 60), shapely.box(10, 40, 30, 60))
    answer = send(site, as_json(*two, names=("Été", "Été")))
    Outline(answer.text)
    html = unescape(answer.text)
    table = html.partition('id="own-parts"')[2].partition("</table>")[0]
    assert ["1. Été" in table, "2. Été" in table, "All 2 shapes together" in table] == [True] * 3
    one = send(site, as_json(shapely.box(0, 40, 30, 60)))
    assert numbers_of(one.text) == numbers_of(answer.text)
    together = send(site, as_json(*two), together="1")
    assert 'id="own-parts"' not in together.text
    assert numbers_of(together.text) == numbers_of(answer.text)


def crossing() -> bytes:
    return as_json(shapely.Polygon([(0, 40), (10, 50), (10, 40), (0, 50)]))


def zipped() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as out:
        out.writestr("readme.txt", "text")
    return packed.getvalue()


@pytest.mark.parametrize("code", LANGUAGES)
@pytest.mark.parametrize(
    ("body", "title", "status"),
    [
        (crossing(), "The shape crosses itself", 422),
        (
            as_json(shapely.Polygon([(0, 40), (10, 50), (20, 60)])),
            "The shape encloses nothing",
            422,
        ),
        (b'{"type": "FeatureCollection", "features": []}', "The shape is empty", 422),
        (as_json(shapely.box(0, 80, 10, 95)), "The shape cannot be read", 422),
        (zipped(), "The shape cannot be read", 422),
        (b"\0\1\2", "The shape cannot be read", 422),
        (b"", "There is no shape yet", 422),
        (b" " * ((20 << 20) + 1), "The file is too large", 413),
        (b" " * ((22 << 20) + 1), "The file is too large", 413),
    ],
    ids=["crossing", "line", "empty", "off", "zip", "bytes", "nothing", "large", "larger"],
)
def test_what_cannot_be_measured_is_said_in_the_readers_language(
    site: TestClient, code: str, body: bytes, title: str, status: int
) -> None:
    answer = send(site, body, code)
    assert answer.status_code == status, answer.text[:300]
    Outline(answer.text)
    said = unescape(answer.text).partition('role="alert"')[2]
    assert language(code).say(title) in said
    assert 'role="alert"' in answer.text


def test_where_a_shape_crosses_itself_is_said_and_nothing_is_lost(site: TestClient) -> None:
    typed = "0 40\n10 50\n10 40\n0 50"
    html = unescape(send(site, code="fr", shapes=typed, keep="1", days="7", v="debt").text)
    assert 'data-at="5.0 45.0"' in html
    assert "latitude 45,0000" in html
    assert f">{typed}</textarea>" in html
    assert 'name="keep" value="1" checked' in html
    assert '<option value="7" selected>' in html
    assert '<option value="debt" selected>' in html
    html = unescape(send(site, code="fr", shapes="0 40\nParis\n1 1").text)
    assert "La ligne 2" in html
    assert "Paris</textarea>" not in html.partition("<textarea")[0]
    assert "Paris" in html.partition("<textarea")[2].partition("</textarea>")[0]


def test_every_reason_of_the_api_has_a_sentence() -> None:
    kinds = {
        "self-crossing", "empty-shape", "zero-width", "outside-grid", "too-small", "bad-shape",
        "too-many-vertices", "too-many-shapes", "too-much-to-read", "body-too-large", "too-often",
    }  # fmt: skip
    for code in LANGUAGES:
        told = {
            own_words.refusal(ApiProblem(422, {"type": f"/{kind}"}), language(code)).text
            for kind in kinds
        }
        assert len(told) == len(kinds)
    with pytest.raises(ApiProblem):
        own_words.refusal(ApiProblem(503, {"type": "/store-unavailable"}), language("en"))


def test_a_share_is_kept_as_long_as_asked_and_deleted_by_a_button(site: TestClient) -> None:
    before = kept(site)
    answer = send(site, as_json(RING, names=("Le =champ",)), "fr", keep="1", days="7")
    assert answer.status_code == 303
    where = answer.headers["location"]
    assert re.fullmatch(r"/fr/own/[\w-]{20,}", where)
    assert kept(site) == before + 1
    page = site.get(where)
    assert (page.status_code, page.headers["cache-control"]) == (200, "no-store")
    Outline(page.text)
    html = unescape(page.text)
    assert "Le =champ" in html
    assert '<meta name="robots" content="noindex">' in html
    told = site.get(f"/api/v1/aoi/shares/{where.rpartition('/')[2]}").json()["metadata"]
    day = int(told["expires_at"][8:10])
    assert re.search(rf"Gardée jusqu’au {day} ", html)
    assert numbers_of(page.text) == numbers_of(send(site, as_json(RING), "fr").text)
    # Another variable, product or unit is asked for by the page's own form.
    other = unescape(site.get(f"{where}?v=stock&u=kg-m2").text)
    assert "kg C/m²" in other.partition('class="figures"')[2][:600]
    for link in re.findall(r'href="(/api/v1/aoi/shares/[^"]+)"', page.text):
        assert site.get(unescape(link)).status_code == 200, link
    gone = site.post(where, data={"delete": "1"})
    assert (gone.status_code, gone.headers["location"]) == (303, "/fr/own?said=deleted")
    assert "oubliée" in site.get(gone.headers["location"]).text
    assert site.get(where).status_code == 404
    assert kept(site) == before


def test_the_chart_of_a_kept_shape_can_be_cited_embedded_and_had_as_a_picture(
    site: TestClient,
) -> None:
    where = send(site, as_json(RING, names=("Field",)), keep="1", days="7").headers["location"]
    page, key = site.get(where), where.rpartition("/")[2]
    html = unescape(page.text)
    mean = re.search(r'class="big">([\d.,]+)', html)
    assert mean is not None
    citation = re.search(r"soc-monitor \(\d{4}\)\. Field[^<]+", html)
    assert citation is not None
    fixed = re.search(rf"/en/own/{key}\?\S*rel=[\d.]+", citation[0])
    assert fixed is not None
    assert numbers_of(site.get(fixed[0].rstrip(".")).text) == numbers_of(page.text)
    assert "The address leads nowhere after" in html
    assert "never change" not in html.partition('class="card"')[2].partition("</figure>")[0]
    frame = re.search(r'<iframe src="http://[^/]+(/embed/own/[^"]+)"', html)
    assert frame is not None
    for path in (frame[1], *re.findall(rf'/chart/own/{key}\.(?:svg|png)[^"]*', html)):
        answer = site.get(path)
        assert answer.status_code == 200, path
        assert answer.headers["cache-control"] == "no-store", "it may be forgotten at any moment"
        assert answer.headers["x-robots-tag"] == "noindex"
        if not path.startswith("/chart") or ".svg" in path:
            assert mean[1] in answer.text
    assert frame_of(site.get(frame[1])) == "*"
    for path in set(re.findall(rf'(/api/v1/aoi/shares/{key}/statistics[^"]+)"', html)):
        assert site.get(path).status_code == 200, path
    site.post(where, data={"delete": "1"})
    assert site.get(frame[1]).status_code == 404


def frame_of(answer: Any) -> str:
    """Who may frame a page."""
    policy = str(answer.headers["content-security-policy"])
    return policy.rpartition("frame-ancestors ")[2].rstrip(";")


@pytest.mark.parametrize(("form", "begins"), [("svg", b"<svg"), ("png", b"\x89PNG")])
def test_the_picture_of_what_is_not_kept_leads_to_nothing(
    site: TestClient, form: str, begins: bytes
) -> None:
    before = kept(site)
    answer = send(site, as_json(RING, names=("Field",)), button=form)
    assert answer.status_code == 200
    assert answer.content.startswith(begins)
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-disposition"] == f'attachment; filename="own-areas.{form}"'
    if form == "svg":
        assert "Field" in answer.text
        assert not re.search(r"/own/[\w-]", answer.text)
    assert kept(site) == before


def test_the_map_to_draw_on_has_its_legend(site: TestClient) -> None:
    for variable in ("stock", "debt"):
        html = site.get(f"/en/own?v={variable}").text
        legend = html.partition('id="own-legend"')[2].partition("</div></div>")[0]
        title = re.search(r'<option value="' + variable + r'" selected>([^<]+)', html)
        assert title is not None
        assert title[1] in legend
        assert "Where there is no colour, there is no estimate." in legend


def test_a_share_that_has_ended_is_not_there(site: TestClient) -> None:
    where = send(site, as_json(RING), keep="1", days="1").headers["location"]
    with store_of(site).engine.begin() as connection:
        connection.execute(text("UPDATE app.shares SET expires_at = now() - interval '1s'"))
    assert site.get(where).status_code == 404
    assert site.post(where, data={"delete": "1"}).status_code == 404


def test_a_large_shape_is_measured_by_the_worker_and_its_page_waits(
    site: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(aoi, "Bounds", lambda: Bounds(vertices=4))
    answer = send(site, as_json(RING), "fr")
    assert answer.status_code == 303
    where = answer.headers["location"]
    waits = site.get(where)
    assert '<meta http-equiv="refresh" content="3">' in waits.text
    settings = Settings(data=Path(site.app.state.desk.folder).parent)  # type: ignore[attr-defined]
    with ThreadPoolExecutor(1) as worker:  # others' exports may wait before it
        while worker.submit(make_next, store_of(site), settings).result() is not None:
            pass
    monkeypatch.undo()
    page = site.get(where)
    assert "http-equiv" not in page.text
    Outline(page.text)
    assert numbers_of(page.text)[:2] == numbers_of(send(site, as_json(RING), "fr").text)[:2]
    with store_of(site).engine.begin() as connection:
        query = text("SELECT body FROM app.exports WHERE id = :id")
        made = {"id": urlsplit(where).path.rpartition("/")[2]}
        assert connection.execute(query, made).scalars().all() == [None]
        connection.execute(text("DELETE FROM app.exports"))
    shutil.rmtree(site.app.state.desk.folder)  # type: ignore[attr-defined]


def test_who_asks_too_often_is_told_when_to_come_again_and_loses_nothing(
    site: TestClient,
) -> None:
    settings = Settings(
        data=Path(site.app.state.desk.folder).parent,  # type: ignore[attr-defined]
        secret="s" * 32,
        requests_per_minute=20,
    )
    app = server.build(store_of(site), settings)
    with TestClient(app, follow_redirects=False) as client:
        assert send(client, shapes=LINES).status_code == 200, "one a minute"
        refused = send(client, code="fr", shapes=LINES)
        assert refused.status_code == 429
        html = unescape(refused.text)
        assert re.search(r"Réessayez dans \d+ secondes", html)
        assert f"{LINES}</textarea>" in html
        assert send(TestClient(app), shapes="").status_code == 422, "what computes nothing is free"


@pytest.mark.parametrize(
    ("typed", "rings"),
    [
        ("0 40\n10 40\n10 50", [1]),
        ("0,5 40,5\n10,5 40\n10 50", [1]),
        ("0, 40\n10, 40\n10, 50", [1]),
        ("0;40\n10;40\n10;50\n0;40\n", [1]),
        ("0\t40\n10\t40\n10\t50\n\n\n20 0\n22 0\n22 3", [1, 1]),
        (LINES, [2]),
    ],
)
def test_corners_are_typed_as_people_write_them(typed: str, rings: list[int]) -> None:
    found = json.loads(own_text.as_geojson(typed))
    assert [len(polygon) for polygon in found["coordinates"]] == rings
    assert shapely.geometry.shape(found).is_valid


# --- in a browser ------------------------------------------------------------------------------


def ready(page: Page) -> Page:
    page.wait_for_selector("html[data-own=ready]")
    return page


def measured(page: Page) -> None:
    page.locator("#own-send").click()
    page.wait_for_selector("#own-result .figures", timeout=60_000)


def downloaded(page: Page) -> Any:
    with page.expect_download() as download:
        page.locator("#own-result button[value=json]").click()
    return json.loads(Path(str(download.value.path())).read_text())


def test_a_polygon_is_drawn_and_its_numbers_are_those_of_the_api(visit: Open, starter: Any) -> None:
    page = ready(visit("/fr/own"))
    box = page.locator("#own-map").bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    for dx, dy in ((-60, -60), (60, -60), (60, 40), (-60, 40)):
        page.mouse.click(x + dx, y + dy)
    assert page.locator("#own-count").inner_text() == "Sommets\u00a0: 4"
    corner = page.locator(".own-corner").nth(1)
    corner.drag_to(page.locator("#own-map"), target_position={"x": box["width"] / 2 + 90, "y": 90})
    typed = page.locator("#own-text").input_value()
    assert len(typed.splitlines()) == 4
    measured(page)
    found = downloaded(page)
    known = page.request.post(
        f"{starter.url}{STATISTICS}?labels=en", data=own_text.as_geojson(typed)
    ).json()
    assert found["data"] == known["data"]
    mean = known["data"][0]["data"][-1]["mean"]
    shown = page.locator("#own-result .big").first.inner_text()
    assert float(re.sub(r"[^\d,]", "", shown).replace(",", ".")) == pytest.approx(mean, rel=0.05)
    assert "95" in page.locator("#own-result .figures").inner_text()
    assert page.url.endswith("/fr/own"), "in place"
    assert page.locator("#own-text").input_value() == typed


def test_a_polygon_is_drawn_by_keyboard_alone(visit: Open) -> None:
    page = ready(visit("/en/own"))
    page.locator("#own-map").focus()
    for key in ("Enter", "ArrowRight", "Enter", "ArrowDown", "Enter", "ArrowLeft", "Enter"):
        page.keyboard.press(key)
        page.wait_for_timeout(100)
        # A key that comes while the map still moves is not heard.
        still = "#own-map .leaflet-map-pane:not(.leaflet-pan-anim)"
        page.wait_for_selector(still, state="attached")
    page.keyboard.press("Backspace")
    assert len(page.locator("#own-text").input_value().splitlines()) == 3
    measured(page)
    assert page.evaluate("document.activeElement.id") == "own-result"


def test_the_outline_of_france_as_a_file_has_the_numbers_of_france(
    visit: Open, starter: Any, tmp_path: Path
) -> None:
    store = starter.app.state.catalogue.store
    release = read.find_release(store)
    shapes = dict(read_areas.geometries(store, release.boundaries_id, Level.ADM0))
    (tmp_path / "france.geojson").write_bytes(
        as_json(shapely.from_wkb(shapes["FRA"]), names=("Ma France",))
    )
    page = ready(visit("/en/own"))
    page.locator("#own-file").set_input_files(tmp_path / "france.geojson")
    measured(page)
    found = downloaded(page)["data"][0]["data"][-1]
    own = page.request.get(f"{starter.url}/api/v1/series.json?area=FRA&t=latest").json()["data"][0]
    assert found["mean"] == pytest.approx(own["value"], rel=1e-9)
    shown = page.locator("#own-result .big").all_inner_texts()
    page.goto(f"{starter.url}/en/soc/FRA?lite=1")
    known = page.locator(".figures .big").all_inner_texts()
    assert shown[0] == known[0]
    assert shown[2] == known[2]


def test_of_two_choices_the_last_one_is_shown_whichever_answer_is_late(visit: Open) -> None:
    page = ready(visit("/en/own"))
    late: list[Route] = []
    page.route(re.compile(r"/en/own\?v=rate"), lambda route: late.append(route))  # noqa: PLW0108
    first = page.locator("#own-legend h3").inner_text()
    page.locator("#own-v").select_option("rate")
    page.wait_for_function("document.querySelector('#own-v').value === 'rate'")
    with page.expect_response(re.compile(r"/en/own\?v=stock")):
        page.locator("#own-v").select_option("stock")
    with page.expect_response(re.compile(r"/en/own\?v=rate")) as answer:
        late[0].continue_()
    answer.value.finished()
    page.evaluate("new Promise(done => setTimeout(done))")
    assert page.locator("#own-legend h3").inner_text() == first


def test_a_fault_is_shown_where_it_is_and_the_drawing_stays(visit: Open) -> None:
    page = ready(visit("/es/own", width=390))
    page.locator("#own-text").fill("0 40\n10 50\n10 40\n0 50")
    page.locator("#own-send").click()
    page.wait_for_selector("#own-refused")
    assert "se cruza" in page.locator("#own-refused").inner_text()
    assert page.locator(".own-fault").count() == 1
    assert page.locator("#own-text").input_value().startswith("0 40")
    assert page.locator(".own-corner").count() == 4


def test_a_kept_shape_is_led_to_and_deleted(visit: Open) -> None:
    page = ready(visit("/en/own"))
    page.locator("#own-text").fill("0 44\n5 44\n5 48\n0 48")
    page.locator("#own-keep").check()
    page.locator("#own-send").click()
    page.wait_for_url(re.compile(r"/en/own/[\w-]{20,}$"))
    assert "Kept until" in page.locator("main").inner_text()
    page.evaluate(AXE.read_text())
    assert violations(page) == []
    page.get_by_role("button", name="Delete now").click()
    page.wait_for_url("**/en/own?said=deleted")


@pytest.mark.parametrize(("scheme", "width"), [("light", 390), ("dark", 1440)])
def test_axe_finds_nothing_on_a_result(visit: Open, scheme: str, width: int) -> None:
    page = ready(visit("/fr/own", width=width, color_scheme=scheme))
    page.locator("#own-text").fill("0 44\n5 44\n5 48\n0 48")
    measured(page)
    page.evaluate(AXE.read_text())
    page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true })")
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_without_scripts_the_form_is_whole(visit: Open) -> None:
    page = visit("/fr/own", java_script_enabled=False)
    assert not page.locator("#own-map").is_visible()
    page.locator("#own-text").fill("0 44\n5 44\n5 48\n0 48")
    page.get_by_role("button", name="Estimer").click()
    assert page.locator("#own-result .figures").is_visible()
    assert page.locator("svg.map").is_visible()
