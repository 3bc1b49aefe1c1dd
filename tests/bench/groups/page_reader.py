"""Reader: what the reference reader waits and downloads, in a real browser over the starter data.

A phone on 1.6 Mb/s with 150 ms there and back, and a processor slowed to a fourth.
"""

import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
from playwright.sync_api import Browser, CDPSession, Page, sync_playwright

from tests.bench.bench import Bench
from tests.bench.figure import Figure

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
    """Paints, shift and bytes: the median of some visits, each with an empty cache."""
    path = shutil.which("chromium")
    if path is None:
        return
    rounds = 2 if bench.quick else 5
    with _site(bench.folder) as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGS)
        seen: dict[str, list[Visit]] = {name: [] for name in PAGES}
        again = []
        for number in range(rounds):
            for name, address in PAGES.items():
                bench.report("reference reader", number * len(PAGES), rounds * len(PAGES))
                first, second = _visits(browser, url + address)
                seen[name].append(first)
                if name == "area":
                    again.append(second)
        browser.close()
    for name, visits in seen.items():
        yield from _paints(name, visits)
    yield _figure(
        "page.area_first_visit_kb",
        [v.kb for v in seen["area"]],
        1150,
        "kB",
        "Area page with map, chart and scripts, gzip, on an empty cache.",
    )
    yield _figure("page.repeat_kb", [v.kb for v in again], 60, "kB", "The same page once more.")


def _paints(name: str, visits: list[Visit]) -> Iterator[Figure]:
    tail = "" if name == "area" else f".{name}"
    line = "1.6 Mb/s, 150 ms, processor slowed 4 times, 390 pixels"
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


def _visits(browser: Browser, address: str) -> tuple[Visit, Visit]:
    """A visit with an empty cache, and one more."""
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, is_mobile=True, has_touch=True, locale="fr-FR"
    )
    page = context.new_page()
    page.add_init_script(WATCH)
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", LINE)
    session.send("Emulation.setCPUThrottlingRate", {"rate": 4})
    found = _visit(page, session, address), _visit(page, session, address)
    context.close()
    return found


def _visit(page: Page, session: CDPSession, address: str) -> Visit:
    sizes: list[float] = []

    def finished(event: Any) -> None:
        sizes.append(float(event["encodedDataLength"]))

    session.on("Network.loadingFinished", finished)
    start = time.perf_counter()
    page.goto(address, wait_until="load", timeout=120_000)
    if page.locator("#app").count():
        page.wait_for_selector("html[data-app=ready]", timeout=120_000)
    ready = time.perf_counter() - start
    # What follows takes what the map and the chart still fetch.
    page.mouse.wheel(0, 900)
    page.wait_for_timeout(4000)
    session.remove_listener("Network.loadingFinished", finished)
    seen = page.evaluate("window.seen")
    return Visit(
        first_s=seen["first"] / 1000,
        largest_s=seen.get("largest", seen["first"]) / 1000,
        shift=seen["shift"],
        ready_s=ready,
        kb=sum(sizes) / KIB,
    )


@contextmanager
def _site(folder: Path) -> Iterator[str]:
    """The whole service on a port of its own, as ``make run`` starts it."""
    folder.chmod(0o755)  # As root, the database runs under another account.
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, "SOC_DATA": str(folder / "data"), "SOC_PORT": str(port)}
    command = [str(Path(sys.executable).with_name("soc-monitor")), "up"]
    with (folder / "site.log").open("wb") as log:
        running = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        url = f"http://127.0.0.1:{port}"
        try:
            _wait(url, running, folder / "site.log")
            yield url
        finally:
            running.send_signal(signal.SIGINT)
            running.wait(60)


def _wait(url: str, running: subprocess.Popen[bytes], log: Path) -> None:
    """Until every page is there, and has been asked for once: readers are not the first."""
    for _ in range(1200):
        assert running.poll() is None, log.read_text()[-2000:]
        try:
            if all(httpx2.get(url + p, timeout=30).status_code == 200 for p in PAGES.values()):
                return
        except httpx2.HTTPError:
            pass
        time.sleep(0.5)
    message = "the site did not come"
    raise TimeoutError(message)
