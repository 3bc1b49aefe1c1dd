"""Walks through a world of three years: by keyboard alone, in time, two dates side by side."""

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from soc_monitor import server
from soc_monitor.store import publish, runs

from .conftest import Served, add_rates, handmade, serve

READY = "html[data-app=ready]"
DEBT = "src=soil_carbon_debt"
MOST_TABS = 80
Go = Callable[[str], Page]


@pytest.fixture(scope="module")
def kenya(new_store: Any) -> Iterator[Served]:
    """The hand-made world, whose first country is called Kenya, with a third year and rates."""
    store, settings = new_store()
    world: Any = handmade()
    world.PLACES = tuple(
        (code, level, parent, ("Kenya", "Kenya", "Kenia") if code == "AAA" else names, boxes)
        for code, level, parent, names, boxes in world.PLACES
    )
    world.add_areas(store)
    made = world.ingest(store)
    world.publish_all(store, made)
    between = (date(2005, 1, 1), date(2005, 12, 31))
    results = [
        world.result(name, world.DEBT, between, made[world.DEBT, 2000], 71.5)
        for name in ("soc_stock_0_30cm", "soc_total_0_30cm")
    ]
    with runs.open_run(store, "estimate", world.now(), job_version="1", code_version="1") as run:
        assert publish.publish(store, run, world.SET, results, note="between")
    add_rates(store, made[world.DEBT, 2010])
    with serve(server.build(store, settings)) as served:
        yield served


@pytest.fixture
def go(browser: Browser, kenya: Served) -> Iterator[Go]:
    """Opens a page of that world; errors of the page fail the walk."""
    wrong: list[str] = []
    context = browser.new_context(viewport={"width": 1280, "height": 860}, accept_downloads=True)
    page = context.new_page()
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)

    def open_page(path: str) -> Page:
        page.goto(kenya.url + path)
        if "/soc" in path:
            page.wait_for_selector(READY)
        return page

    yield open_page
    context.close()
    assert not wrong


def tab_to(page: Page, selector: str, text: str = "") -> None:
    """Press Tab until what is asked for has the focus."""
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        found = page.evaluate(
            "([one, text]) => document.activeElement.matches(one) && "
            "document.activeElement.textContent.trim().includes(text)",
            [selector, text],
        )
        if found:
            return
    pytest.fail(f"Tab does not reach {selector} {text}")


def test_kenya_is_found_read_and_taken_away_by_keyboard_alone(go: Go) -> None:
    page = go("/en/")
    tab_to(page, "#q-top")
    page.keyboard.type("kenya")
    page.keyboard.press("Enter")
    page.wait_for_url("**/en/search?q=kenya")
    tab_to(page, "main a", "Kenya")
    page.keyboard.press("Enter")
    page.wait_for_url("**/en/soc/AAA")
    page.wait_for_selector(READY)

    tab_to(page, "#a-src")
    page.keyboard.press("ArrowDown")
    page.wait_for_url(f"**{DEBT}*")
    change = page.locator("#area-figures .figures > div", has_text="Change since")
    assert "−3.0‰ a year" in change.inner_text().replace("\N{NO-BREAK SPACE}", "").replace("\n", "")
    assert "95% interval: −5.0 to −1.0" in change.inner_text().replace("\N{NO-BREAK SPACE}", " ")
    assert "losing" in change.inner_text()
    page.locator("#area-time .js-plotly-plot .scatterlayer").wait_for()

    tab_to(page, "#a-t")
    page.keyboard.press("ArrowDown")
    page.wait_for_url("**t=2005*")
    page.locator("#area-head .eyebrow", has_text="2005").wait_for()
    assert page.evaluate("document.activeElement.id") == "a-t", "the focus stays"

    tab_to(page, "#area-time-foot summary", "Table")
    page.keyboard.press("Enter")
    table = page.locator("#area-time-foot details[open] table")
    rows = [row.split()[0] for row in table.locator("tbody th[scope=row]").all_inner_texts()]
    assert rows == ["2000", "2005", "2010"]

    tab_to(page, "#area-time-foot summary", "Download")
    page.keyboard.press("Enter")
    tab_to(page, "#area-time-foot a", "CSV")
    with page.expect_download() as started:
        page.keyboard.press("Enter")
    lines = Path(started.value.path()).read_text("utf-8").splitlines()
    assert len(lines) == 4
    assert all(line.startswith("AAA,Kenya,") for line in lines[1:])


def when(page: Page) -> str:
    return page.locator("#explorer-head .eyebrow").inner_text()


def test_slider_and_stepper_go_through_the_years_and_back_undoes_choices_alone(go: Go) -> None:
    page = go(f"/en/soc?{DEBT}")
    assert when(page).endswith("2010")
    page.locator("#a-lvl").select_option("adm1")
    page.wait_for_url("**lvl=adm1*")
    slider = page.locator("#a-slider")
    slider.focus()
    page.keyboard.press("ArrowLeft")
    page.wait_for_url("**t=2005*")
    page.locator("#explorer-head .eyebrow", has_text="2005").wait_for()
    assert slider.get_attribute("aria-valuetext") == "2005"
    assert page.locator("#a-t").input_value() == "2005"
    page.get_by_role("link", name="Period before").click()
    page.wait_for_url("**t=2000*")
    assert page.locator("[title='Period before']").get_attribute("aria-disabled") == "true"
    page.get_by_role("link", name="Period after").click()
    page.wait_for_url("**t=2005*")
    page.go_back()
    page.wait_for_selector("#a-lvl option[value=adm0]:checked", state="attached")
    assert "t=" not in page.url, "steps leave nothing to go back to"


def test_two_dates_stand_side_by_side_on_one_scale(go: Go) -> None:
    page = go(f"/en/soc?{DEBT}")
    page.locator("#a-t2").select_option("2000")
    page.wait_for_url("**t2=2000*")
    page.wait_for_selector("#explorer-box.pair")
    titles = page.locator(".maps .when")
    assert [text[:4] for text in titles.all_inner_texts()] == ["2010", "2000"]
    boxes = [page.locator(f"#explorer-map{n}").bounding_box() for n in ("", "2")]
    assert all(boxes)
    first, second = boxes
    assert first is not None
    assert second is not None
    assert first["y"] == second["y"]
    assert first["x"] + first["width"] <= second["x"]
    assert page.locator("#explorer-legend .legend").count() == 1
    row = page.locator("#a-table tbody tr", has_text="Kenya")
    cells = row.locator("td.num").all_inner_texts()
    page.locator("#a-t2").select_option("")
    page.wait_for_selector("#explorer-box:not(.pair)")
    alone = page.locator("#a-table tbody tr", has_text="Kenya").locator("td.num").first
    assert alone.inner_text() == cells[0]
    assert cells[0] != cells[2]
