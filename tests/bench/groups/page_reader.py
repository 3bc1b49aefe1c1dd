"""Reader: what the reference reader waits and downloads, in a real browser over the starter data.

A phone with a dense screen on 1.6 Mb/s, 150 ms there and back, its processor slowed to a fourth.
"""

import shutil
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Browser, CDPSession, Page, sync_playwright

from tests.bench.bench import Bench
from tests.bench.figure import Figure
from tests.bench.site import site

PAGES = {"home": "/fr/", "explorer": "/fr/soc", "area": "/fr/soc/FRA"}
ARGS = ["--no-sandbox", "--disable-background-networking", "--no-first-run"]
LINE = {
    "offline": False,
    "latency": 150,
    "downloadThroughput": 1.6e6 / 8,
    "uploadThroughput": 0.75e6 / 8,
}
WATCH = """
window.seen = {shift: 0};
new PerformanceObserver(l => l.getEntries().forEach(e => {
  if (e.name === 'first-contentful-paint') seen.first = e.startTime;
})).observe({type: 'paint', buffered: true});
new PerformanceObserver(l => l.getEntries().forEach(e => { seen.largest = e.startTime; }))
  .observe({type: 'largest-contentful-paint', buffered: true});
new PerformanceObserver(l => l.getEntries().forEach(e => {
  if (!e.hadRecentInput) seen.shift += e.value;
})).observe({type: 'layout-shift', buffered: true});
"""
KIB = 1024


@dataclass(frozen=True, slots=True)
class Visit:
    """One visit to one page."""

    first_s: float
    largest_s: float
    shift: float
    ready_s: float
    """Until the app has taken over; that of the first layer where there is no app."""
    kb: float
    """Of everything that came over the line."""


def figures(bench: Bench) -> Iterator[Figure]:
    """Paints, shift and bytes: the median of some visits, each with an empty cache.

    A page's figures are told as soon as it has been visited, so that a run that is cut short
    has told some.
    """
    path = shutil.which("chromium")
    if path is None:
        return
    rounds = 1 if bench.quick else 3
    with site(bench.folder, tuple(PAGES.values())) as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGS)
        for number, (name, address) in enumerate(PAGES.items()):
            seen, again = [], []
            for turn in range(rounds):
                bench.report("reference reader", number * rounds + turn, rounds * len(PAGES))
                first, second = _visits(browser, url + address, twice=name == "area")
                seen.append(first)
                again += second
            yield from _paints(name, seen)
            if name == "area":
                yield from _bytes(seen, again)
        browser.close()


def _bytes(seen: list[Visit], again: list[Visit]) -> Iterator[Figure]:
    yield _figure(
        "page.area_first_visit_kb",
        [v.kb for v in seen],
        1150,
        "kB",
        "Area page with map, chart and scripts, gzip, on an empty cache.",
    )
    yield _figure("page.repeat_kb", [v.kb for v in again], 60, "kB", "The same page once more.")


def _paints(name: str, visits: list[Visit]) -> Iterator[Figure]:
    tail = "" if name == "area" else f".{name}"
    line = "1.6 Mb/s, 150 ms, processor slowed 4 times, 390 pixels, dense screen"
    yield _figure(f"page.first_paint_s{tail}", [v.first_s for v in visits], 1.0, "s", line)
    yield _figure(f"page.largest_paint_s{tail}", [v.largest_s for v in visits], 1.8, "s", line)
    yield _figure(f"page.shift{tail}", [v.shift for v in visits], 0.05, "1", line)
    if name != "home":
        yield _figure(f"page.ready_s{tail}", [v.ready_s for v in visits], 8.0, "s", line)


def _figure(name: str, values: list[float], target: float, unit: str, note: str) -> Figure:
    spread = f"{min(values):.3g} to {max(values):.3g}"
    return Figure(
        name=name,
        value=statistics.median(values),
        target=target,
        op="<=",
        unit=unit,
        note=f"{note}; {len(values)} visits, {spread}.",
    )


def _visits(browser: Browser, address: str, *, twice: bool) -> tuple[Visit, list[Visit]]:
    """A visit with an empty cache, and one more where it is asked for."""
    context = browser.new_context(
        viewport={"width": 390, "height": 844},
        device_scale_factor=2,
        is_mobile=True,
        has_touch=True,
        locale="fr-FR",
    )
    page = context.new_page()
    page.add_init_script(WATCH)
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", LINE)
    session.send("Emulation.setCPUThrottlingRate", {"rate": 4})
    first = _visit(page, session, address)
    found = first, [_visit(page, session, address)] if twice else []
    context.close()
    return found


def _visit(page: Page, session: CDPSession, address: str) -> Visit:
    sizes: list[float] = []

    def finished(event: Any) -> None:
        sizes.append(float(event["encodedDataLength"]))

    session.on("Network.loadingFinished", finished)
    start = time.perf_counter()
    page.goto(address, wait_until="load", timeout=60_000)
    if page.locator("#app").count():
        page.wait_for_selector("html[data-app=ready]", timeout=60_000)
    ready = time.perf_counter() - start
    # What follows takes what the map and the chart still fetch.
    page.mouse.wheel(0, 900)
    _quiet(page, sizes)
    session.remove_listener("Network.loadingFinished", finished)
    seen = page.evaluate("window.seen")
    return Visit(
        first_s=seen["first"] / 1000,
        largest_s=seen.get("largest", seen["first"]) / 1000,
        shift=seen["shift"],
        ready_s=ready,
        kb=sum(sizes) / KIB,
    )


def _quiet(page: Page, sizes: list[float]) -> None:
    """Until nothing has come over the line for two seconds, or eight are over."""
    known, since = -1, time.perf_counter()
    for _ in range(16):
        page.wait_for_timeout(500)
        if len(sizes) != known:
            known, since = len(sizes), time.perf_counter()
        elif time.perf_counter() - since >= 2:
            return
