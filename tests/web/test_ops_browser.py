"""The console in a real browser: signing in, a live run, a word on what is held; and axe."""

import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import Browser, Page

from soc_monitor import server
from soc_monitor.runs import alerting, desk
from soc_monitor.settings import Settings
from soc_monitor.store import control, editors, held_readings, holds, runs
from soc_monitor.store.store import Store

from ..runs import test_holding as holding  # noqa: TID252  # folders of tests are no packages
from ..runs import test_jumps as jumps  # noqa: TID252
from .test_accessibility import AXE, violations

ROOMS = ("", "/held", "/sensors", "/schedule", "/rejections", "/alerts", "/audit")
WAYS = {"en": ("light", 1280), "fr": ("dark", 390), "es": ("light", 390)}


@dataclass
class Site:
    """The console on a port, over a store where something is in every room."""

    url: str
    store: Store
    key: str


@pytest.fixture
def site(store: Store, tmp_path: Path) -> Iterator[Site]:
    """One month published, one held, one refused; a pause, an alert, an order."""
    settings = Settings(data=tmp_path, mirror="", jobs=(), secret="s" * 32)
    holding.Desk(store, settings, holding.shelved(holding.Scenes({1: 5000, 2: 9000}))).run()
    alerting.look(store, {}, datetime.now(UTC))
    control.set_paused(store, "ndvi", paused=True, until=datetime(2100, 1, 1, tzinfo=UTC), by="Ada")
    desk.order_backfill(store, "ndvi", "2024-01", "2024-05", "Ada")
    files = tmp_path / "stations" / "files"
    files.mkdir(parents=True)
    jumps.bring(store, files, [0.30, 0.003, 0.004])
    key = editors.create(store, "Ada", "operator")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    app = server.build(store, settings)
    running = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="error"))
    thread = threading.Thread(target=running.run, daemon=True)
    thread.start()
    while not running.started:
        time.sleep(0.05)
    yield Site(f"http://127.0.0.1:{port}", store, key)
    running.should_exit = True
    thread.join(10)
    while store.engine.pool.checkedout():  # type: ignore[attr-defined]  # of a pool with a size
        time.sleep(0.02)


@pytest.fixture
def signed_in(browser: Browser, site: Site) -> Iterator[Callable[[str], Page]]:
    """Opens the console in a language, signed in by the form; no error is let by."""
    wrong: list[str] = []
    contexts = []

    def open_in(code: str) -> Page:
        theme, width = WAYS[code]
        context = browser.new_context(
            viewport={"width": width, "height": 860},
            color_scheme=theme,  # type: ignore[arg-type]  # light or dark
        )
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
        page.goto(f"{site.url}/{code}/ops")
        page.evaluate(AXE.read_text())
        assert violations(page) == []
        page.fill("#k-key", site.key)
        page.keyboard.press("Enter")
        page.wait_for_selector(".opsbar")
        return page

    yield open_in
    for context in contexts:
        context.close()
    assert wrong == []


@pytest.mark.parametrize("code", WAYS)
def test_axe_finds_nothing_in_any_room(
    signed_in: Callable[[str], Page], site: Site, code: str
) -> None:
    page = signed_in(code)
    (held,) = holds.list_holds(site.store)
    ended = runs.list_runs(site.store)[0]
    for room in (*ROOMS, f"/held/{held.id}", f"/runs/{ended.id}"):
        page.goto(f"{site.url}/{code}/ops{room}")
        page.evaluate(AXE.read_text())
        assert violations(page) == [], f"{room} {code}"
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), room


def test_an_operator_looks_at_what_changed_and_decides(
    signed_in: Callable[[str], Page], site: Site
) -> None:
    page = signed_in("en")
    page.click("text=slice waits for a word")
    page.click("tbody a")
    page.wait_for_selector(".steps")
    assert page.evaluate(
        "Promise.all(Array.from(document.querySelectorAll('.steps img'),"
        " i => i.decode().then(() => i.naturalWidth)))"
    ) == [36, 36, 36]
    page.click("text=Accept and publish")
    page.wait_for_selector("text=Done, and written down.")
    (held,) = holds.list_holds(site.store)
    assert (held.state, held.decided_by) == ("accepted", "Ada")

    # And on a sensor by keyboard alone: list, act, record.
    def go_to(role: str, name: str) -> None:
        wanted = page.get_by_role(role, name=name, exact=True)  # type: ignore[arg-type]  # a role
        for _ in range(80):
            page.keyboard.press("Tab")
            if wanted.evaluate("one => one === document.activeElement"):
                page.keyboard.press("Enter")
                page.wait_for_load_state()
                return
        raise AssertionError(name)

    go_to("link", "Sensors")
    # By ear it is known what is taken, before it is.
    go_to("button", "Take them 2 readings of s1, soil moisture sm, sensors")
    page.wait_for_selector("text=Done, and written down.")
    assert held_readings.list_waiting(site.store) == []
    go_to("link", "Who did what")
    row = page.locator("tbody tr", has_text="2 readings of s1 soil_moisture")
    assert row.locator("td").nth(1).inner_text() == "Ada"


def test_lines_of_a_run_come_while_it_goes_on(signed_in: Callable[[str], Page], site: Site) -> None:
    page = signed_in("en")
    control.set_paused(site.store, "ndvi", paused=False)
    with runs.open_run(
        site.store, "ndvi", datetime.now(UTC), job_version="1", code_version="1"
    ) as run:
        page.goto(f"{site.url}/en/ops/runs/{run.id}")
        page.wait_for_selector("text=New lines come by themselves.")
        logging.getLogger("soc_monitor.x").info("one step further", extra={"cells": 12})
        page.wait_for_selector("#lines >> text=one step further", timeout=10_000)
        assert "cells 12" in page.inner_text("#lines")
        run.taken = 1
    page.wait_for_selector("#run .state >> text=done", timeout=10_000)
    assert page.locator("#live").count() == 0
