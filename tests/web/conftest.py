"""The whole application over two worlds: the hand-made one, and the starter data."""

import importlib.util
import shutil
import socket
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
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
from soc_monitor.model import Calculation, DataClass, Estimate
from soc_monitor.model.state import Reason, State
from soc_monitor.settings import Settings
from soc_monitor.store import publish, runs
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


RATES: dict[str, tuple[str, float | None, tuple[str, ...]]] = {
    "WLD": ("no_detectable_change", 0.4, ()),
    "M49-100": ("gaining", 2.0, ()),
    "M49-200": ("not_assessable", None, ("no_estimate",)),
    "AAA": ("losing", -3.0, ()),
    "BBB": ("not_assessable", -12.0, ("stale_input",)),
    "CCC": ("not_assessable", None, ("no_estimate",)),
    "AAA-1": ("above_4", 9.0, ()),
    "AAA-2": ("not_assessable", -11.0, ("low_coverage",)),
    "BBB-1": ("not_assessable", -13.0, ("stale_input",)),
    "BBB-2": ("losing", -6.0, ()),
}
"""Area to its state, its rate [permille yr-1] and why it is not assessable."""


def add_rates(store: Store, slices: list[uuid.UUID]) -> None:
    """A release with the rate of areas that can be assessed, and of some that cannot."""
    world = handmade()
    years = world.YEARS
    made = Calculation(
        id=uuid.uuid4(),
        indicator="soc_rate_0_30cm",
        product=world.DEBT,
        period=years[1][0],
        period_end=years[1][1],
        unit="permille yr-1",
        data_class=DataClass.MODELLED,
        boundaries_id=world.SET,
        algorithm="by hand",
        slices=tuple(sorted(slices)),
        base=years[0],
    )
    numbers = [
        Estimate(
            area=code,
            period=made.period,
            period_end=made.period_end,
            value=value,
            std_error=None if value is None else 1.0,
            lower_95=None if value is None else value - 2.0,
            upper_95=None if value is None else value + 2.0,
            lower_50=None if value is None else value - 0.7,
            upper_50=None if value is None else value + 0.7,
            mapped_ha=0.0 if value is None else 900.0,
            land_ha=1000.0,
            calculation_id=made.id,
            data_class=made.data_class,
            provisional=True,
            state=State(state),
            reasons=tuple(Reason(one) for one in reasons),
            base=made.base,
        )
        for code, (state, value, reasons) in RATES.items()
    ]
    with runs.open_run(store, "estimate", world.now(), job_version="1", code_version="1") as run:
        assert publish.publish(store, run, world.SET, [publish.Result(made, numbers)], note="rates")


@pytest.fixture(scope="session")
def told_site(new_store: Any) -> Iterator[TestClient]:
    """The hand-made world, with changes of which something may be said and others."""
    store, settings = new_store()
    world = handmade()
    world.add_areas(store)
    made = world.ingest(store)
    world.publish_all(store, made)
    add_rates(store, made[world.DEBT, 2010])
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


@contextmanager
def serve(app: Any) -> Iterator[Served]:
    """An application on a free port, served as readers get it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
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
def starter(new_store: Any) -> Iterator[Served]:
    """The application over the starter data."""
    store, settings = new_store()
    assert operations.set_up(settings, store) == []
    with serve(server.build(store, settings)) as served:
        yield served


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
        path: str,
        *,
        width: int = 1280,
        height: int = 860,
        expect_404: bool = False,
        slow: bool = False,
        **options: Any,
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
            "window.shift=0;window.moved=[];new PerformanceObserver(l=>l.getEntries().forEach(e=>{"
            "if(e.hadRecentInput)return;window.shift+=e.value;"
            "window.moved.push(...e.sources.map(s=>s.node&&(s.node.id||s.node.className)))}))"
            ".observe({type:'layout-shift',buffered:true})"
        )
        if slow:
            # A page that comes piece by piece is drawn piece by piece: what jumps then is seen.
            context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": 6})
        page.goto(starter.url + path)
        return page

    yield visit_page
    for context in contexts:
        context.close()
    assert not wrong
