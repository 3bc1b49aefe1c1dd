"""Accessibility: axe-core on every page, a walk by keyboard alone, the pseudo-language."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from soc_monitor.store import editors, registers

AXE = Path(__file__).parent / "vendor" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
Open = Callable[..., Page]
PATHS = {
    "home": "/",
    "explorer": "/soc?area=FRA~ESP",
    "pair": "/soc?src=ipcc_tier1&lvl=adm1&parent=KEN",
    "area": "/soc/FRA",
    "division": "/soc/FRA-35",
    "within": "/soc/FRA/within",
    "compare": "/compare?area=FRA~ESP",
    "rate": "/soc?v=rate",
    "own": "/own",
    "rankings": "/rankings",
    "stations": "/data/stations",
    "station": "/data/stations/tower_readings/CA-Cbo",
    "methods": "/methods",
    "method": "/methods/soc_stock_0_30cm",
    "changes": "/changes",
    "release": "/provenance/RELEASE",
    "progress": "/progress",
    "objective": "/progress/A1",
    "late": "/progress/F3?h=2030",
    "stage": "/progress/E2",
    "measures": "/progress/A4",
    "fixed": "/progress/F2?rel=RELEASE",
    "registers": "/registers",
    "suggest": "/suggest?about=/progress/A1",
    "follow": "/subscribe?area=FRA",
    "follow what": "/subscribe?said=ended",
    "follow an objective": "/subscribe?objective=A1&said=wrong",
    "said": "/suggest?said=wrong",
    "sign in": "/ops/sign-in?said=unknown",
    "partners": "/partners",
    "actions": "/actions",
    "tools": "/tools?compare=rothc~soilgrids",
    "tool": "/tools/rothc",
    "data": "/data?area=FRA~ESP&columns=area_id,value",
    "nothing chosen": "/data?area=XXX&missed=Fr",
    "api": "/api",
    "notebook": "/api/notebooks/1-one-country",
    "status": "/status",
    "input": "/status/land_cover",
    "search": "/search?q=fr",
    "missing": "/soc/Frence",
    "accessibility": "/accessibility",
    "glossary": "/glossary",
    "help": "/help",
}
"""Every kind of page."""
WAYS = {
    "en": [("light", 1280), ("dark", 390)],
    "fr": [("dark", 1280), ("light", 390)],
    "es": [("light", 390), ("dark", 1280)],
}
"""Themes and widths by language; every one of them with every page is a soak."""


def violations(page: Page) -> list[str]:
    """What axe-core finds, in a line each."""
    found = page.evaluate(
        "rules => axe.run(document, {runOnly: {type: 'tag', values: rules}, "
        "resultTypes: ['violations']}).then(r => r.violations.map(v => "
        "v.id + ': ' + v.nodes.slice(0, 3).map(n => n.html.slice(0, 160)).join(' | ')))",
        RULES,
    )
    return [str(line) for line in found]


def check(visit: Open, path: str, code: str, ways: list[tuple[str, int]]) -> None:
    theme, width = ways[0]
    page = visit(f"/{code}{path}", width=width, color_scheme=theme, expect_404="/Frence" in path)
    if page.locator("#app").count():
        page.wait_for_selector("html[data-app=ready]")
    page.evaluate(AXE.read_text())
    for theme, width in ways:
        page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]  # light or dark
        page.set_viewport_size({"width": width, "height": 860})
        page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true })")
        assert violations(page) == [], f"{path} {code} {theme} {width}"


CODES = list(WAYS)


@pytest.mark.parametrize(("name", "code"), [(n, CODES[i % 3]) for i, n in enumerate(PATHS)])
def test_axe_finds_nothing(visit: Open, starter: Any, name: str, code: str) -> None:
    check(visit, PATHS[name].replace("RELEASE", release(starter)), code, WAYS[code])


@pytest.mark.soak
@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("name", PATHS)
def test_axe_finds_nothing_in_any_language_theme_or_width(
    visit: Open, starter: Any, name: str, code: str
) -> None:
    every = [(theme, width) for theme in ("light", "dark") for width in (1280, 390)]
    check(visit, PATHS[name].replace("RELEASE", release(starter)), code, every)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["series/FRA", "areas/FRA", "compare/FRA~ESP"])
def test_axe_finds_nothing_on_embeds(visit: Open, path: str, scheme: str) -> None:
    page = visit(f"/embed/{path}?lang=fr", width=390, color_scheme=scheme)
    page.evaluate(AXE.read_text())
    page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true })")
    assert violations(page) == []


def release(starter: Any) -> str:
    import httpx2  # noqa: PLC0415  # one call

    listed = httpx2.get(f"{starter.url}/api/v1/releases", timeout=30).json()
    return str(listed["data"][0]["name"])


def test_kenya_by_keyboard_alone(visit: Open) -> None:
    page = visit("/en/soc")
    page.wait_for_selector("html[data-app=ready]")
    tab_to(page, "#q-top")
    page.keyboard.type("kenya")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?q=kenya")
    tab_to(page, "main a[href='/en/soc/KEN']")
    page.keyboard.press("Enter")
    page.wait_for_url("**/en/soc/KEN")
    page.wait_for_selector("html[data-app=ready]")
    said = page.locator("#area-head .lead").inner_text()
    assert "Kenya" in said
    assert "95% interval" in said
    change_the_year(page)
    tab_to(page, "#area-time-foot summary")
    page.keyboard.press("Enter")
    page.wait_for_selector("#area-time-foot details[open] table")
    tab_to(page, "#area-time-foot details:nth-of-type(2) summary")
    page.keyboard.press("Enter")
    tab_to(page, "#area-time-foot a[href*='.csv']")
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    text = Path(str(download.value.path())).read_text()
    assert "KEN" in text
    assert "lower_95" in text


def change_the_year(page: Page) -> None:
    """One year back where there is one; the variable where the data have a single year."""
    several = page.locator("#a-t").count()
    name = "#a-t" if several else "#a-v"
    tab_to(page, name)
    page.keyboard.press("ArrowDown")
    page.wait_for_url("**t=*" if several else "**v=total*")
    page.wait_for_selector("#app:not([aria-busy])")
    page.keyboard.press("ArrowUp")
    page.wait_for_url("**/en/soc/KEN")
    page.wait_for_selector("#app:not([aria-busy])")


def test_a_late_objective_and_its_reason_by_keyboard_alone(visit: Open) -> None:
    page = visit("/en/progress")
    tab_to(page, "#f-st")
    page.keyboard.type("Milestone")
    tab_to(page, "form.filter button")
    page.keyboard.press("Enter")
    page.wait_for_url("**st=late*")
    tab_to(page, ".tile a")
    page.keyboard.press("Enter")
    page.wait_for_url("**/en/progress/F3")
    why = page.locator("section[aria-labelledby=why]").inner_text()
    assert "Milestone overdue" in why
    assert "was due on 31 Dec 2021" in why
    page.goto(page.url.replace("F3", "A1"))
    assert "from 2021 and therefore too old to judge" in page.locator("main").inner_text()
    tab_to(page, ".kpi a[href^='https://doi.org']")
    assert page.evaluate("document.activeElement.textContent") == "Evidence"
    # The one address of another host in these tests: a reader goes there by a link.
    page.route("https://doi.org/**", lambda route: route.fulfill(body="the paper"))
    page.keyboard.press("Enter")
    page.wait_for_url("https://doi.org/**")


@pytest.mark.parametrize(("code", "theme", "width"), [("fr", "light", 1280), ("es", "dark", 390)])
def test_the_editors_pages_by_keyboard_alone_and_axe_finds_nothing(
    visit: Open, starter: Any, code: str, theme: str, width: int
) -> None:
    store = starter.app.state.catalogue.store
    key = editors.create(store, "Ben", "reviewer")
    body = {"title": f"Soils {code}", "region": "asia", "evidence": "https://example.org/"}
    registers.propose(store, "good_practices", [(f"soils-{code}", body)], by="Ana")
    page = visit(f"/{code}/ops/queue", width=width, color_scheme=theme)
    tab_to(page, "#k-key")
    page.keyboard.type(key)
    # The address is the same before and after: what is waited for is the next page.
    with page.expect_navigation(url=f"**/{code}/ops/queue"):
        page.keyboard.press("Enter")
    assert page.locator("#k-key").count() == 0, "signed in"
    page.evaluate(AXE.read_text())
    assert violations(page) == []
    tab_to(page, "button[value=reject]")
    page.keyboard.press("Enter")
    page.wait_for_selector("[role=alert]")
    tab_to(page, "input[name=reason]")
    page.keyboard.type("no evidence")
    tab_to(page, "button[value=reject]")
    page.keyboard.press("Enter")
    page.wait_for_url("**said=rejected")
    assert registers.waiting(store, "good_practices") == 0
    page.goto(page.url.replace("queue?said=rejected", f"registers/good_practices?key=soils-{code}"))
    page.evaluate(AXE.read_text())
    assert violations(page) == []


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until an element has the focus."""
    for _ in range(400):
        page.keyboard.press("Tab")
        if page.evaluate(
            "s => document.activeElement && document.activeElement.matches(s)", selector
        ):
            return
    raise AssertionError(f"Tab never came to {selector}")
