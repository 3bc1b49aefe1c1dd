"""The whole application over two worlds: the hand-made one, and the starter data."""

import importlib.util
import shutil
import socket
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import uvicorn
from playwright.sync_api import Browser, Page, Route, sync_playwright
from sqlalchemy import create_engine, text
from starlette.testclient import TestClient

from soc_monitor import operations, server
from soc_monitor.settings import Settings
from soc_monitor.store.engine import make_engine
from soc_monitor.store.store import Store, open_store

TESTS = Path(__file__).parents[1]
ARGS = [
    "--no-sandbox",
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--disable-background-networking",
    "--no-first-run",
]
Open = Callable[..., Page]


def handmade() -> ModuleType:
    """The hand-made world of the tests of the API."""
    spec = importlib.util.spec_from_file_location("handmade", TESTS / "api" / "conftest.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def new_store(postgis: str, template: str) -> Iterator[Any]:
    """Makes stores of their own database."""
    head, _, tail = postgis.partition("?")
    base = head.rpartition("/")[0]
    admin = create_engine(f"{base}/postgres?{tail}", isolation_level="AUTOCOMMIT")
    made: list[tuple[str, Store, Path]] = []

    def make() -> tuple[Store, Settings]:
        name, folder = f"web{uuid.uuid4().hex}", Path(tempfile.mkdtemp(prefix="soc-web-"))
        with admin.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template}"))
        store = open_store(f"{base}/{name}?{tail}", folder / "arrays", statement_s=60)
        made.append((name, store, folder))
        return store, Settings(data=folder, secret="s" * 32)

    yield make
    for name, store, folder in made:
        store.close()
        with admin.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        shutil.rmtree(folder)
    admin.dispose()


@pytest.fixture(scope="session")
def site(new_store: Any) -> Iterator[TestClient]:
    """The application over the hand-made world."""
    store, settings = new_store()
    handmade().fill(store)
    with TestClient(server.build(store, settings), follow_redirects=False) as client:
        yield client


@pytest.fixture(scope="session")
def empty_site(new_store: Any) -> Iterator[TestClient]:
    """The application before anything is published."""
    store, settings = new_store()
    with TestClient(server.build(store, settings), follow_redirects=False) as client:
        yield client


@pytest.fixture(scope="session")
def broken_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """The application while its database is down."""
    folder = tmp_path_factory.mktemp("broken")
    engine = make_engine("postgresql://nobody@127.0.0.1:1/nothing?connect_timeout=1")
    app = server.build(Store(engine, folder), Settings(data=folder))
    with TestClient(app, follow_redirects=False) as client:
        yield client
    engine.dispose()


@dataclass(frozen=True)
class Served:
    """An application on a port."""

    url: str
    app: Any


@pytest.fixture(scope="session")
def starter(new_store: Any) -> Iterator[Served]:
    """The application over the starter data, served as readers get it."""
    store, settings = new_store()
    assert operations.set_up(settings, store) == []
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    app = server.build(store, settings)
    running = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="error"))
    thread = threading.Thread(target=running.run, daemon=True)
    thread.start()
    for _ in range(200):
        if running.started:
            break
        time.sleep(0.05)
    assert running.started
    yield Served(f"http://127.0.0.1:{port}", app)
    running.should_exit = True
    thread.join(10)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium."""
    path = shutil.which("chromium")
    if path is None:
        pytest.skip("no chromium here: make system")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=ARGS)
        yield running
        running.close()


@pytest.fixture
def visit(browser: Browser, starter: Any) -> Iterator[Open]:
    """Opens pages; fails on errors, on policy violations, and on any request to elsewhere."""
    wrong: list[str] = []
    contexts = []

    def refuse(route: Route) -> None:
        wrong.append(f"left for {route.request.url}")
        route.abort()

    def visit_page(
        path: str, *, width: int = 1280, height: int = 860, expect_404: bool = False, **options: Any
    ) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": height}, locale="fr-FR", **options
        )
        contexts.append(context)
        context.route(lambda url: not url.startswith((starter.url, "data:", "blob:")), refuse)
        page = context.new_page()
        page.on("pageerror", lambda error: wrong.append(f"{path}: {error}"))
        page.on(
            "console",
            lambda said: (
                wrong.append(f"{path}: {said.text}")
                if said.type == "error" and not (expect_404 and "404" in said.text)
                else None
            ),
        )
        page.add_init_script(
            "window.shift=0;new PerformanceObserver(l=>l.getEntries().forEach(e=>{"
            "if(!e.hadRecentInput)window.shift+=e.value}))"
            ".observe({type:'layout-shift',buffered:true})"
        )
        page.goto(starter.url + path)
        return page

    yield visit_page
    for context in contexts:
        context.close()
    assert not wrong
