"""The pages in a real browser, over the starter data; nothing may leave our own host."""

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest
from playwright.sync_api import Page, Route

Open = Callable[..., Page]
READY = "html[data-app=ready]"


def ready(page: Page) -> Page:
    page.wait_for_selector(READY)
    return page


@pytest.mark.parametrize("path", ["/soc", "/soc/FRA"])
def test_the_app_takes_over_and_nothing_jumps(visit: Open, path: str) -> None:
    top = "document.querySelector('h1').getBoundingClientRect().top"
    before = visit(f"/fr{path}?lite=1").evaluate(top)
    page = ready(visit(f"/fr{path}"))
    assert page.locator("h1").count() == 1
    assert page.evaluate(top) == before
    page.wait_for_timeout(400)
    assert page.evaluate("window.shift") <= 0.05, page.evaluate("window.moved")
    assert page.locator("#page h1, #page section").count() == 0
    assert page.evaluate("getComputedStyle(document.querySelector('.card')).borderRadius") == "12px"
    assert page.locator("#app").get_attribute("inert") is None
    assert page.title().endswith("soc-monitor")


@pytest.mark.parametrize("path", ["/soc", "/soc/FRA"])
def test_a_page_drawn_in_pieces_does_not_jump(visit: Open, path: str) -> None:
    for _ in range(4):  # where the pieces end differs from load to load
        page = visit(f"/fr{path}?lite=1", slow=True)
        page.wait_for_timeout(300)
        assert page.evaluate("window.shift") <= 0.05, page.evaluate("window.moved")


def test_without_scripts_the_page_is_whole(visit: Open) -> None:
    page = visit("/fr/soc/FRA", java_script_enabled=False)
    assert page.locator("h1").inner_text().startswith("France")
    assert page.locator("svg.chart:visible").count() == 3
    assert page.locator("#table").is_visible()
    page.locator("select[name=u]").select_option("kg-m2")
    page.get_by_role("button", name="Afficher").click()
    assert "kg C/m²" in page.locator(".figures").inner_text()


def test_a_choice_changes_the_page_and_its_address_and_back_undoes_it(visit: Open) -> None:
    page = ready(visit("/fr/soc"))
    page.evaluate("window.kept = 1")
    page.locator("#a-v").focus()
    page.locator("#a-v").select_option("total")
    page.wait_for_url("**/fr/soc?v=total")
    page.wait_for_selector("h1:has-text('total')")
    assert page.evaluate("document.activeElement.id") == "a-v", "focus stays on the control"
    page.go_back()
    page.wait_for_selector("h1:has-text('Stock')")
    assert page.url.endswith("/fr/soc")
    assert page.evaluate("window.kept") == 1, "no page load"


def test_another_area_comes_without_a_load(visit: Open) -> None:
    page = ready(visit("/fr/soc/FRA"))
    page.evaluate("window.kept = 1")
    page.locator("#app svg.chart:visible a", has_text="Belgique").click()
    page.wait_for_url("**/fr/soc/BEL")
    page.wait_for_selector("h1:has-text('Belgique')")
    assert page.evaluate("window.kept") == 1
    assert page.locator(".langs a[hreflang=es]").get_attribute("href") == "/es/soc/BEL"
    page.go_back()
    page.wait_for_selector("h1:has-text('France')")


def test_an_area_on_the_map_shows_its_card_and_can_be_linked(visit: Open) -> None:
    page = ready(visit("/fr/soc"))
    box = page.locator("#explorer-map").bounding_box()
    assert box is not None
    page.wait_for_selector("path.leaflet-interactive", state="attached")
    # The middle of the map lies in the Sahara.
    page.mouse.click(box["x"] + box["width"] * 0.5, box["y"] + box["height"] * 0.52)
    page.wait_for_selector("#explorer-picked .big")
    page.wait_for_url("**area=*")
    name = page.locator("#explorer-picked h2").inner_text()
    again = ready(visit("/" + page.url.split("/", 3)[3]))
    assert again.locator("#explorer-picked h2").inner_text() == name
    again.locator("#explorer-picked .chosen a.plain").click()
    again.wait_for_url("**/fr/soc")
    again.wait_for_selector("#explorer-picked:not(:has(.chosen))", state="attached")


def test_a_country_is_opened_on_the_map_and_left_again_by_keyboard_alone(visit: Open) -> None:
    page = ready(visit("/fr/soc?area=KEN"))
    down = page.get_by_role("link", name="Voir l’intérieur sur la carte")
    down.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**parent=KEN*")
    page.wait_for_selector("#explorer-inside [aria-current]")
    assert page.locator("#a-table tbody tr").count() == 8, "its provinces, and nothing else"
    page.locator("#explorer-inside a").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "parent" not in url)
    page.wait_for_selector("#explorer-inside:not(:has(nav))", state="attached")


def test_what_is_not_certain_is_hatched_in_both_layers(visit: Open) -> None:
    with_doubt = visit("/fr/soc", java_script_enabled=False)
    assert with_doubt.locator("svg.map pattern").count() > 0
    assert with_doubt.locator("svg.map path[fill^='url(']").count() > 10
    page = ready(visit("/fr/soc"))
    page.wait_for_selector("img.leaflet-tile-loaded[src*='/doubt/hatch/']")
    page.locator("#a-unc").select_option("off")
    page.wait_for_url("**unc=off*")
    page.wait_for_selector(".legend:not(:has(.hatch))")


def test_the_map_of_an_area_is_hatched_as_its_drawing_is(visit: Open) -> None:
    first = visit("/fr/soc/FRA", java_script_enabled=False)
    assert first.locator("svg.map path[fill^='url(']").count() > 10
    assert first.locator(".legend .hatch").count() == 1
    page = ready(visit("/fr/soc/FRA"))
    page.locator("#area-map").scroll_into_view_if_needed()
    page.wait_for_selector("#area-map img.leaflet-tile-loaded[src*='/doubt/hatch/']")
    assert page.locator("#area-legend .hatch").count() == 1


def test_the_first_view_stands_before_the_style_sheet_is_there(visit: Open) -> None:
    page = visit("/fr/soc/FRA", java_script_enabled=False)
    below = page.locator("main link[rel=stylesheet]")
    assert below.count() == 1
    where = "e => e.getBoundingClientRect().toJSON()"
    shown = [page.locator(one).evaluate(where) for one in ("header.top", ".hero", ".figures")]
    page.locator("link[rel=stylesheet]").evaluate("e => e.disabled = true")
    assert shown == [
        page.locator(one).evaluate(where) for one in ("header.top", ".hero", ".figures")
    ]


def test_the_map_is_used_by_keyboard(visit: Open) -> None:
    page = ready(visit("/fr/soc"))
    page.wait_for_selector("path.leaflet-interactive", state="attached")
    map_ = page.locator("#explorer-map")
    assert map_.get_attribute("role") == "region"
    assert "Entrée" in str(map_.get_attribute("aria-label"))
    map_.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("#explorer-picked h2")
    assert (
        page.get_by_role("button", name="Agrandir").count() == 1
    )  # the other map is not there for readers


def test_the_table_sorts_in_place(visit: Open) -> None:
    page = ready(visit("/fr/soc"))
    page.locator("#a-table thead a", has_text="Valeur").click()
    page.wait_for_url("**sort=-value")
    page.wait_for_selector("#a-table th[aria-sort=descending]")


def test_skip_links_come_first_and_lead_to_the_table(visit: Open) -> None:
    page = ready(visit("/fr/soc"))
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    link = page.locator(":focus")
    assert link.get_attribute("href") == "#a-table"
    assert link.bounding_box()["y"] >= 0  # type: ignore[index]


def test_the_theme_is_kept_and_set_before_anything_is_painted(visit: Open) -> None:
    page = visit("/fr/")
    page.locator("button.theme").click()
    page.locator("button.theme").click()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    page.reload()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(20, 24, 29)"


PHONE = ("/fr/", "/fr/soc", "/es/soc/FRA", "/en/soc/FRA-35", "/fr/status", "/fr/methods", "/fr/own")


@pytest.mark.parametrize("path", PHONE)
def test_no_page_scrolls_sideways_on_a_small_phone(visit: Open, path: str) -> None:
    page = visit(path, width=320, height=640)
    if "/soc" in path:
        ready(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert page.locator(".top").evaluate("e => e.offsetHeight") <= 110, "two rows: name, places"
    small = page.evaluate(
        "[...document.querySelectorAll('button,.button,select,input,nav a')]"
        ".filter(e=>e.offsetParent&&e.getBoundingClientRect().height<24)"
        ".map(e=>e.outerHTML.slice(0,80))"
    )
    assert small == []


CUT = """[...document.querySelectorAll('.controls select')].filter(e => {
    const pen = document.createElement('canvas').getContext('2d'), box = getComputedStyle(e);
    pen.font = `${box.fontSize} ${box.fontFamily}`;  // of a field `font` is empty
    const room = e.clientWidth - parseFloat(box.paddingLeft) - parseFloat(box.paddingRight) - 16;
    return pen.measureText(e.selectedOptions[0].text).width > room + 1;
}).map(e => e.selectedOptions[0].text)"""
"""Words chosen that are longer than their field; 16 pixels are the arrow's."""


@pytest.mark.parametrize("path", ["/fr/soc?lite=1", "/fr/compare?area=FRA~ESP"])
def test_what_is_chosen_can_be_read_on_a_wide_screen(visit: Open, path: str) -> None:
    page = visit(path, width=1440)
    assert page.locator(".controls select").count() >= 4
    longest = (
        "Estimation par défaut de niveau 1 du GIEC, occupation du sol 2010, sans carte des sols"
    )
    page.evaluate(
        "text => document.querySelectorAll('.controls .broad select')"
        ".forEach(e => { e.selectedOptions[0].text = text; })",
        longest,
    )
    assert page.evaluate(CUT) == [], "nor the longest name of a product of the first data"


@pytest.mark.parametrize("path", ["/es/soc/FRA?lite=1", "/fr/rankings"])
def test_meanings_of_terms_are_seen_whole_on_a_phone(visit: Open, path: str) -> None:
    page = visit(path, width=360)
    terms = page.locator(".term").all()
    assert terms
    for term in terms:
        term.focus()
        content = "getComputedStyle(document.activeElement,'::after').content"
        assert page.evaluate(content) not in ("none", "normal"), "it is shown"
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        width = page.evaluate("getComputedStyle(document.activeElement,'::after').width")
        assert float(width.removesuffix("px")) <= 328


def test_the_search_field_of_a_page_suggests_and_is_worked_by_keys(visit: Open) -> None:
    page = visit("/fr/status")
    field = page.locator("#q-top")
    assert field.get_attribute("role") == "combobox"
    field.press_sequentially("franc")
    options = page.locator("#found-0 [role=option]")
    options.first.wait_for()
    assert field.get_attribute("aria-expanded") == "true"
    field.press("ArrowDown")
    first = options.first
    assert field.get_attribute("aria-activedescendant") == first.get_attribute("id")
    assert first.get_attribute("aria-selected") == "true"
    # One step back is the reader's own words; Escape puts the list away and leaves them.
    field.press("ArrowUp")
    assert field.get_attribute("aria-activedescendant") is None
    field.press("Escape")
    assert field.get_attribute("aria-expanded") == "false"
    assert field.input_value() == "franc"
    field.press("ArrowDown")
    with page.expect_navigation():
        field.press("Enter")
    assert "/fr/soc/FRA" in page.url


def test_suggestions_are_of_the_words_that_stand_in_the_field(visit: Open) -> None:
    page = visit("/fr/status")
    field, options = page.locator("#q-top"), page.locator("#found-0 [role=option]")
    field.fill("franc")
    options.first.wait_for()
    # What is asked for of these words never comes.
    page.route(re.compile(r"search\.json\?q=(alle|francx)"), lambda _: None)
    with page.expect_request(re.compile("q=alle")):
        field.fill("allem")
    # The words of before again: what is on its way to others is not wanted any more.
    with page.expect_event("requestfailed"):
        field.fill("franc")
    field.fill("")
    page.wait_for_selector("#q-top[aria-expanded=false]")
    field.press("ArrowDown")
    assert (options.count(), field.get_attribute("aria-expanded")) == (0, "false")
    field.fill("franc")
    options.first.wait_for()
    field.press("ArrowDown")
    field.press("x")
    with page.expect_navigation():
        field.press("Enter")
    assert page.url.endswith("/fr/search?q=francx")


@pytest.mark.parametrize("path", ["/data/stations", "/changes", "/registers", "/status"])
def test_on_a_phone_no_heading_stands_before_nothing(starter: Any, path: str) -> None:
    html = httpx2.get(f"{starter.url}/fr{path}", timeout=60).text
    cells = re.findall(r"<td([^>]*data-th[^>]*)>\s*–\s*</td>", html)
    assert [one for one in cells if "nothing" not in one] == []
    assert ">–</td>" in html, "the rule is for a table that has such cells"


def test_when_the_app_does_not_come_the_page_says_so_and_stays(visit: Open) -> None:
    page = visit("/fr/soc/FRA", java_script_enabled=True)
    ready(page)
    context = page.context
    context.route("**/dash-renderer/**", lambda route: route.fulfill(body="", status=200))
    late = context.new_page()
    late.clock.install()
    late.goto(page.url)
    late.clock.fast_forward(21_000)
    late.wait_for_selector("#app-note a")
    assert late.locator("h1").inner_text().startswith("France")
    late.close()


def contrast(page: Page) -> list[str]:
    """Texts whose colour and background differ too little."""
    found: list[str] = page.evaluate(
        """() => {
        const lum = c => { const v = c.map(x => { x /= 255; return x <= .03928 ? x / 12.92
          : Math.pow((x + .055) / 1.055, 2.4) }); return .2126*v[0] + .7152*v[1] + .0722*v[2] };
        const rgb = s => s.match(/[\\d.]+/g).map(Number);
        const back = e => { for (; e; e = e.parentElement) { const c = rgb(
          getComputedStyle(e).backgroundColor); if (c.length < 4 || c[3] > .9) return c }
          return [255, 255, 255] };
        const bad = [];
        document.querySelectorAll('main *, header *, footer *').forEach(e => {
          if (e.closest('svg') || e.closest('.leaflet-container') || !e.offsetParent) return;
          if (![...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim())) return;
          const s = getComputedStyle(e), a = lum(rgb(s.color)), b = lum(back(e));
          const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
          const large = parseFloat(s.fontSize) >= 24;
          if (ratio < (large ? 3 : 4.5)) bad.push(
            ratio.toFixed(2) + ' ' + e.textContent.slice(0, 40));
        }); return bad }"""
    )
    return found


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/fr/", "/fr/soc/FRA", "/fr/status", "/fr/methods", "/fr/own"])
def test_text_stands_out_from_its_background(visit: Open, path: str, scheme: str) -> None:
    page = visit(path, color_scheme=scheme)
    if "/soc" in path:
        ready(page)
    assert contrast(page) == []


SHOTS = {"home": "/fr/", "explorer": "/fr/soc", "area": "/fr/soc/FRA", "status": "/fr/status"}


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", SHOTS)
def test_screenshots(visit: Open, tmp_path: Path, name: str, scheme: str, width: int) -> None:
    folder = Path(os.environ.get("SOC_TEST_SCREENSHOTS", tmp_path))
    folder.mkdir(parents=True, exist_ok=True)
    page = visit(SHOTS[name], width=width, height=900, color_scheme=scheme)
    if "/soc" in SHOTS[name]:
        ready(page)
        page.wait_for_selector(".leaflet-tile-loaded")
        page.wait_for_timeout(1200)
    picture = folder / f"{name}-{width}-{scheme}.png"
    page.screenshot(path=picture, full_page=True)
    assert picture.stat().st_size > 20_000


def test_where_the_map_was_moved_to_is_in_its_address(visit: Open, starter: Any) -> None:
    page = ready(visit("/fr/soc?ll=46.50,2.40&z=5"))
    scale = page.locator("#explorer-map .leaflet-control-scale-line")
    page.wait_for_function(
        "() => parseInt(document.querySelector('.leaflet-control-scale-line').innerText) < 1000"
    )
    before = scale.inner_text()
    page.locator("#explorer-map").focus()
    page.keyboard.press("+")
    page.wait_for_url("**z=6*")
    assert "ll=46." in page.url
    assert scale.inner_text() != before
    other = ready(visit(page.url.removeprefix(starter.url)))
    other.wait_for_function(
        "text => document.querySelector('.leaflet-control-scale-line').innerText === text",
        arg=scale.inner_text(),
    )
    page.locator("#a-v").select_option("total")
    page.wait_for_url("**v=total*z=6*")


def apart(page: Page) -> Page:
    """The same page in a tab whose errors are not counted: they are what is looked at."""
    tab = page.context.new_page()
    tab.goto(page.url)
    return ready(tab)


@pytest.mark.parametrize(
    ("path", "key", "other"), [("/fr/soc", "v", "total"), ("/fr/soc/FRA", "u", "kg-m2")]
)
def test_an_answer_that_does_not_come_is_told_and_asked_for_again(
    visit: Open, path: str, key: str, other: str
) -> None:
    page = apart(ready(visit(path)))
    select = page.locator(f"#a-{key}")
    before, heading = select.input_value(), page.locator("h1").inner_text()
    asked: list[str] = []

    def refuse(route: Route) -> None:
        asked.append(route.request.url)
        route.abort()

    page.route("**/_dash-update-component*", refuse)
    select.focus()
    select.select_option(other)
    bar = page.get_by_role("alert").filter(has_text="Les chiffres ne peuvent pas")
    bar.wait_for()
    assert "E-0" in bar.inner_text()
    assert len(asked) == 2, "once more by itself"
    assert page.locator("#app").get_attribute("aria-busy") is None
    assert page.locator("#app.busy").count() == 0
    assert page.locator(f"#a-{key}").input_value() == before, "the select shows what the page does"
    assert page.evaluate("document.activeElement.id") == f"a-{key}"
    assert page.locator("h1").inner_text() == heading
    page.unroute("**/_dash-update-component*")
    bar.get_by_role("button").click()
    page.wait_for_url(f"**{key}={other}*")
    page.wait_for_selector("#app-trouble", state="hidden")
    assert page.locator(f"#a-{key}").input_value() == other


def test_who_is_offline_is_told_from_when_the_page_is(visit: Open) -> None:
    page = apart(ready(visit("/fr/soc/FRA")))
    page.context.set_offline(True)
    bar = page.locator("#app-trouble")
    bar.wait_for()
    assert re.search(r"hors ligne.*\d\d:\d\d", bar.inner_text())
    page.locator("#a-u").select_option("kg-m2")
    bar.get_by_role("button").wait_for()
    assert page.locator("#app.busy").count() == 0
    page.context.set_offline(False)
    page.wait_for_url("**u=kg-m2*")  # what was given up is asked for again
    page.wait_for_selector("#app-trouble", state="hidden")
    assert page.locator("#a-u").input_value() == "kg-m2"


def test_a_country_of_many_islands_is_drawn_and_the_live_map_opens_on_it(visit: Open) -> None:
    assert visit("/en/soc/FJI?lite=1").locator("svg.map a path").count() >= 4
    page = ready(visit("/en/soc/FJI"))
    page.wait_for_function(
        "/^\\d{2,3} km$/.test(document.querySelector('.leaflet-control-scale-line')?.textContent)"
    )
