"""What leaves the page: the link that never changes, and the sheet of paper."""

import re
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page

Open = Callable[..., Page]
READY = "html[data-app=ready]"


def ready(page: Page) -> Page:
    page.wait_for_selector(READY)
    return page


def numbers_of(page: Page) -> list[str]:
    return page.locator("main .big:visible").all_inner_texts()


def test_the_fixed_link_gives_another_reader_the_same_view(visit: Open, starter: Any) -> None:
    page = ready(visit("/fr/soc/FRA?u=kg-m2"))
    # The citations beside it name the fixed link too.
    share = page.locator("#area-time-foot details", has_text="Partager")
    share.locator("summary").click()
    live, fixed = share.locator("[data-copy]").evaluate_all(
        "all => all.map(one => one.dataset.copy)"
    )
    assert all(link.startswith(f"{starter.url}/fr/soc/FRA") for link in (live, fixed))
    assert "rel=" not in live
    assert re.search(r"[?&]rel=\d{4}\.\d{2}\.\d+", fixed)
    assert "u=kg-m2" in fixed
    own = numbers_of(page)
    assert own
    for link in (live, fixed):
        other = ready(visit(link.removeprefix(starter.url)))
        assert numbers_of(other) == own
        assert "kg C/m²" in other.locator(".figures").inner_text()


def test_paper_has_the_tables_the_hatch_and_the_fixed_link(visit: Open) -> None:
    page = ready(visit("/fr/soc/FRA"))
    table = page.locator("#area-time-foot details table").first
    assert not table.is_visible()
    page.emulate_media(media="print")
    assert table.bounding_box()["height"] > 40  # type: ignore[index]  # it is there
    for gone in (".top nav", ".find", ".controls", "#app-note"):
        assert not page.locator(gone).first.is_visible(), gone
    foot = page.locator("[data-fixed]")
    assert foot.is_visible()
    assert "/fr/soc/FRA" in foot.inner_text()
    assert "rel=" in foot.inner_text()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
