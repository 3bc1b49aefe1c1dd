"""The Python client against a real server: it waits, keeps, pins, and reads folders of files."""

import asyncio
import csv
import html
import json
import math
import re
import shlex
import shutil
import subprocess
import sys
import threading
import time
import urllib.request
import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import matplotlib.figure
import nbformat
import numpy as np
import pytest
import uvicorn
from matplotlib.lines import Line2D
from nbclient import NotebookClient
from soc_monitor_client import Client, Problem, ProvisionalWarning, StaleWarning
from soc_monitor_client.addresses import has_release
from soc_monitor_client.variables import (
    WITH_DEPTH,
    WITHOUT_DEPTH,
    is_of_change,
    variable_id,
)
from starlette.responses import HTMLResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from soc_monitor.api.app import create_api
from soc_monitor.indicators import load_indicators
from soc_monitor.settings import Settings
from soc_monitor.store import editors
from soc_monitor.store.store import Store

from .conftest import DEBT, TIER1, World

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "client"
ASKED = "AAA~CCC"
MOVING = pytest.mark.filterwarnings(
    "ignore::soc_monitor_client.ProvisionalWarning", "ignore::soc_monitor_client.StaleWarning"
)


@contextmanager
def serve(app: ASGIApp) -> Iterator[str]:
    """A real server on a port of the system's choice."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", ws="none"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            time.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="module")
def site(world: World) -> Iterator[str]:
    with serve(world.app) as url:
        yield url


@pytest.fixture
def client(site: str, tmp_path: Path) -> Client:
    return Client(site, cache=tmp_path / "cache")


def test_the_client_runs_on_python_alone(site: str) -> None:
    program = f"""
import sys
sys.path.insert(0, {str(PACKAGE / "src")!r})
from soc_monitor_client import Client
found = Client({site!r}, cache=False).series("AAA", "stock")
print(len(found.rows), found.unit, found.release)
assert not any(name.split(".")[0] in {{"pandas", "numpy", "soc_monitor"}} for name in sys.modules)
"""
    # -I -S: nothing of the environment, no installed package.
    told = subprocess.run(
        [sys.executable, "-I", "-S", "-c", program], capture_output=True, text=True, check=False
    )
    assert told.returncode == 0, told.stderr
    assert told.stdout.startswith("2 t C ha-1 20")


def test_series_become_frames_and_arrays_with_their_citation(client: Client) -> None:
    found = client.series(ASKED, "stock")
    frame = found.to_pandas()
    assert frame["area_id"].tolist() == ["AAA", "AAA", "CCC", "CCC"]
    assert str(frame["period_start"].dtype).startswith("datetime64")
    assert frame.attrs["release"] == client.release
    assert found.licence == "CC-BY-4.0"
    assert f"Release {client.release}" in found.citation
    arrays = found.to_xarray()
    assert dict(arrays.sizes) == {"area": 2, "time": 2}
    assert arrays["value"].sel(area="AAA").values.tolist() == frame["value"][:2].tolist()
    assert arrays["value"].attrs["units"] == "t C ha-1"


def heights(line: Line2D) -> list[float]:
    """What is drawn, point by point."""
    found: list[float] = np.asarray(line.get_ydata()).tolist()
    return found


def test_a_series_is_drawn_with_its_intervals_and_its_source(client: Client) -> None:
    found = client.series("AAA~AAA-1", "stock")
    axes = found.plot(matplotlib.figure.Figure().add_subplot())
    frame = found.to_pandas()

    assert [line.get_label() for line in axes.get_lines()] == ["Azure Coast", "West Azure"]
    assert heights(axes.get_lines()[0]) == frame["value"][:2].tolist()
    # Of each area the 95 % band, then the 50 % band inside of it.
    bands = [band.get_paths()[0].get_extents() for band in axes.collections]
    assert len(bands) == 4
    assert bands[0].y0 == frame["lower_95"][:2].min()
    assert bands[0].y1 == frame["upper_95"][:2].max()
    assert bands[0].y0 < bands[1].y0 < bands[1].y1 < bands[0].y1
    assert axes.get_ylabel() == "t C ha-1"
    # Broken into lines, the address too.
    assert "".join(axes.get_xlabel().split()) == "".join(found.citation.split())


def test_what_has_no_number_leaves_a_gap_and_one_area_needs_no_legend(client: Client) -> None:
    axes = client.series("CCC", "stock").plot(matplotlib.figure.Figure().add_subplot())

    (line,) = axes.get_lines()
    assert all(math.isnan(value) for value in heights(line))
    assert axes.get_legend() is None
    assert axes.get_title().endswith(", Sandland")


@MOVING
def test_a_map_and_an_own_area_are_drawn(client: Client) -> None:
    axes = client.map("stock", level="adm1").plot(matplotlib.figure.Figure().add_subplot())
    assert axes.collections
    assert "Release" in axes.get_xlabel()

    shape = {"type": "Polygon", "coordinates": [[[0, 40], [20, 40], [20, 70], [0, 70], [0, 40]]]}
    (own,) = client.own_area(shape)
    (line,) = own.plot(matplotlib.figure.Figure().add_subplot()).get_lines()
    assert heights(line) == [row["mean"] for row in own.rows]


@pytest.mark.parametrize("call", ["plot", "to_pandas", "to_xarray"])
def test_what_is_not_installed_is_named_with_what_installs_it(site: str, call: str) -> None:
    program = f"""
import sys
sys.path.insert(0, {str(PACKAGE / "src")!r})
from soc_monitor_client import Client
Client({site!r}, cache=False).series("AAA", "stock").{call}()
"""
    told = subprocess.run(
        [sys.executable, "-I", "-S", "-c", program], capture_output=True, text=True, check=False
    )
    needed = {"plot": "matplotlib", "to_pandas": "pandas", "to_xarray": "xarray"}[call]
    extra = "plot" if call == "plot" else needed
    hint = f"{needed} is not installed: pip install 'soc-monitor-client[{extra}]'"
    assert told.returncode == 1
    assert told.stderr.strip().endswith(f"ImportError: {hint}")


@MOVING
def test_a_map_becomes_a_frame_with_outlines(client: Client) -> None:
    frame = client.map("stock", level="adm1").to_geopandas()
    assert frame["area_id"].tolist() == ["AAA-1", "AAA-2", "BBB-1", "BBB-2", "CCC-1"]
    assert frame.crs.to_epsg() == 4326
    assert frame.geometry.is_valid.all()


def test_the_release_is_pinned_and_a_kept_answer_is_not_asked_for_again(client: Client) -> None:
    first = client.series("AAA")
    asked = client.http.counts["asked"]
    again = client.series("AAA")
    assert again.rows == first.rows
    assert client.http.counts["asked"] == asked, "pinned: it holds for ever"
    assert f"rel={client.release}" in first.meta["links"]["pinned"]


def test_an_answer_that_may_change_is_asked_for_by_its_etag(client: Client) -> None:
    for expected in (0, 1):
        client.http.get("/api/v1/series.json?area=AAA")
        assert client.http.counts["kept"] == expected


def test_provisional_numbers_are_warned_of_once(site: str) -> None:
    fresh = Client(site, cache=False)
    with pytest.warns(ProvisionalWarning, match="provisional"):
        fresh.series("BBB")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fresh.series("BBB")


def test_an_input_that_is_late_is_warned_of_once_where_the_newest_release_is_meant(
    site: str, world: World
) -> None:
    fresh = Client(site, cache=False)
    with pytest.warns(StaleWarning, match="Soil carbon debt is late"):
        fresh.series("AAA", src=DEBT)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fresh.series("AAA", src=DEBT)
        fresh.series("AAA")
        Client(site, cache=False, release=world.second.name).series("AAA", src=DEBT)


def test_a_refusal_says_what_would_be_right(client: Client) -> None:
    with pytest.raises(Problem, match="no area 'XXX'") as caught:
        client.series("XXX")
    assert caught.value.status == 404
    assert caught.value.hint
    with pytest.raises(Problem, match="depht: no key of this address: one of area, "):
        client.series("AAA", depht="0-30")


def test_an_address_of_a_page_is_said_to_be_that_of_no_api() -> None:
    with (
        serve(HTMLResponse("<h1>Not here</h1>", 404)) as url,
        pytest.raises(Problem, match="/en has none: Give the address of the service alone"),
    ):
        _ = Client(f"{url}/en/", cache=False).release


class Busy:
    """In front of an application: answers so many times that it has no time."""

    def __init__(self, app: ASGIApp, status: int, times: int, word: str = "series") -> None:
        self.app, self.status, self.left, self.word = app, status, times, word
        self.at: list[float] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or self.word not in scope["path"]:
            await self.app(scope, receive, send)
            return
        self.at.append(time.monotonic())
        if self.left == 0:
            await self.app(scope, receive, send)
            return
        self.left -= 1
        headers = [(b"retry-after", b"1")]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": b"{}"})


@pytest.mark.parametrize("status", [429, 503])
def test_the_client_waits_as_long_as_it_is_told_to(world: World, status: int) -> None:
    busy = Busy(world.app, status, 2)
    with serve(busy) as url:
        assert len(Client(url, cache=False).series("AAA").rows) == 2
    waits = [later - sooner for sooner, later in zip(busy.at, busy.at[1:], strict=False)]
    assert len(waits) == 2
    assert all(0.95 < wait < 5 for wait in waits)


@pytest.mark.parametrize("status", [429, 503, 500])
def test_numbers_that_have_come_are_given_whether_or_not_it_is_known_what_is_late(
    world: World, status: int
) -> None:
    busy = Busy(world.app, status, 100, "freshness")
    with serve(busy) as url:
        client = Client(url, cache=False)
        with pytest.warns(StaleWarning, match="is not known"):
            found = client.series("AAA", src=DEBT)
        again = client.series("AAA", src=DEBT)  # said once
    assert len(found.rows) == len(again.rows) == 2
    assert len(busy.at) == 1, "asked once, and not waited for"
    assert client.http.counts["waited"] == 0


def test_each_late_input_is_warned_of() -> None:
    client = Client("http://127.0.0.1:9", cache=False, release="latest")
    told = [{"code": "stale", "input": one, "detail": f"{one} is late."} for one in ("A", "B")]
    with pytest.warns(StaleWarning) as said:
        client._told({"warnings": told})  # noqa: SLF001  # no product of the small world has two
    assert [str(one.message) for one in said] == ["A is late.", "B is late."]


def test_pages_are_followed_to_their_end(client: Client) -> None:
    whole, _ = client.pages("/series.json", {"area": ASKED})
    parts, _ = client.pages("/series.json", {"area": ASKED, "limit": "1"})
    assert parts == whole
    assert len(parts) == 4


@MOVING
def test_a_release_is_told_to_the_addresses_that_have_one_and_to_no_other(
    client: Client, tmp_path: Path
) -> None:
    described = client.http.get("/api/openapi.json").json()["paths"]
    for path, ways in described.items():
        for way in ways.values() if path.startswith("/api/v1/") else ():
            takes = any(one["name"] == "rel" for one in way.get("parameters", ()))
            filled = re.sub("{[a-z_]+}", "a-1", path.removeprefix("/api/v1"))
            assert has_release(filled) == takes, path
    names = ("stations", "outlines.geojson", "releases", "freshness", "status", "news", "limits")
    for name in (*names, "registers/partners/template.csv", "registers/partners.csv", "map.csv"):
        assert client.download(name, tmp_path / "a").stat().st_size > 0
    assert client.pages("/stations", {})[0] == []
    assert client.pages("/releases", {})[0][0]["name"] == client.release


@MOVING
def test_a_depth_of_maps_and_shapes_is_named_as_of_series(client: Client, offline: Client) -> None:
    asked = {"level": "adm1", "src": DEBT, "depth": "0-30"}
    assert client.map("stock", **asked).rows == offline.map("stock", **asked).rows
    with pytest.raises(Problem, match="no map of soc_stock_0_100cm"):
        offline.map("stock", **{**asked, "depth": "0-100"})
    box = {"type": "Polygon", "coordinates": [[[0, 40], [20, 40], [20, 70], [0, 70], [0, 40]]]}
    (deep,) = client.own_area(box, depth="0-30")
    assert deep.rows == client.own_area(box)[0].rows


def test_a_file_is_downloaded_whole(client: Client, tmp_path: Path) -> None:
    path = client.download("series.parquet", tmp_path / "a.parquet", area=ASKED)
    assert path.read_bytes()[:4] == b"PAR1"
    assert list(tmp_path.glob(".*.part")) == []


def test_a_shape_of_ones_own_gets_its_numbers(client: Client) -> None:
    box = {"type": "Polygon", "coordinates": [[[0, 40], [40, 40], [40, 70], [0, 70], [0, 40]]]}
    (own,) = client.own_area(box, "stock")
    assert [row["period"] for row in own.rows] == ["2000", "2010"]
    assert own.area_ha > 0


@MOVING
@pytest.mark.parametrize("form", ["csv", "json", "zip"])
def test_a_folder_of_exported_files_answers_like_the_service(
    client: Client, tmp_path: Path, form: str
) -> None:
    folder = tmp_path / "exported"
    folder.mkdir()
    client.download(f"series.{form}", folder / f"a.{form}", area="AAA~BBB~CCC", v="stock")
    offline = Client(folder.as_uri())
    assert offline.release == client.release
    found, expected = offline.series("BBB"), client.series("BBB")
    assert found.rows == expected.rows
    assert found.unit == expected.unit
    assert [row["period"] for row in offline.series("AAA", t="..2005").rows] == ["2000"]
    with pytest.raises(Problem):
        offline.series("AAA", "total")


def test_short_names_mean_the_same_offline_as_the_service_says() -> None:
    for name, indicator in load_indicators().items():
        short, depth = indicator.alias
        assert variable_id(short, depth or None) == name
        assert variable_id(name) == name
        assert is_of_change(name) == (indicator.of_means is not None)
    assert {i.alias[0] for i in load_indicators().values()} == set(WITH_DEPTH) | set(WITHOUT_DEPTH)


@pytest.fixture
def offline(client: Client, tmp_path: Path) -> Client:
    """A folder with several variables, products, levels and a map."""
    folder = tmp_path / "exported"
    folder.mkdir()
    for src in (TIER1, DEBT):
        client.download(
            "series.csv", folder / f"{src}.csv", area="AAA~BBB~CCC", v="stock~total", src=src
        )
    client.download("series.csv", folder / "debts.csv", area="AAA", v="debt", src=DEBT)
    client.download("series.csv", folder / "low.csv", area="WLD", lvl="adm1", v="stock", src=DEBT)
    client.download("map.geojson", folder / "map.geojson", lvl="adm1", v="stock", src=DEBT)
    client.download("areas", folder / "areas.json")
    client.download("objectives", folder / "objectives.json")
    return Client(folder.as_uri())


@MOVING
@pytest.mark.parametrize(
    ("area", "variable", "keys"),
    [
        ("AAA", "total", {"src": TIER1}),
        ("AAA", "stock", {"src": DEBT, "t": "2010"}),
        ("CCC~AAA", ["total", "stock"], {"src": DEBT}),
        ("AAA", "debt", {}),
        ("AAA", "soc_stock_0_30cm", {"src": TIER1, "depth": "0-30", "t": "2001..latest"}),
        ("WLD", "stock", {"src": DEBT, "level": "adm1"}),
        ("AAA", "stock", {"src": DEBT, "level": "adm1", "t": "latest"}),
    ],
)
def test_files_answer_what_the_service_answers(
    client: Client, offline: Client, area: str, variable: str | list[str], keys: dict[str, str]
) -> None:
    expected = client.series(area, variable, **keys)
    found = offline.series(area, variable, **keys)
    assert found.rows == expected.rows
    assert found.unit == expected.unit


@MOVING
@pytest.mark.parametrize(
    ("area", "variable", "keys", "said"),
    [
        ("AAA", "stock", {}, "several products"),
        ("AAA", "stock", {"src": DEBT, "depth": "0-100"}, "no soc_stock_0_100cm"),
        ("AAA", "soc_stock_0_30cm", {"src": DEBT, "depth": "0-100"}, "not of 0-100 cm"),
        ("AAA", "debt-total", {}, "no soc_debt_total_0_30cm"),
        ("AAA~BBB", "debt", {}, "of BBB"),
        ("AAA", "stock", {"src": DEBT, "u": "kg-m2"}, "u: a folder"),
        ("M49-100", "stock", {"src": DEBT, "level": "adm0"}, "Name the areas"),
        ("AAA", "stock", {"src": DEBT, "t": "2011.."}, "for t=2011"),
    ],
)
def test_files_never_answer_with_another_number(
    offline: Client, area: str, variable: str, keys: dict[str, str], said: str
) -> None:
    with pytest.raises(Problem, match=said):
        offline.series(area, variable, **keys)


def test_numbers_in_two_units_and_a_part_of_a_table_are_refused(
    client: Client, tmp_path: Path
) -> None:
    folder = tmp_path / "exported"
    folder.mkdir()
    asked = {"v": "stock", "src": DEBT}
    client.download("series.csv", folder / "a.csv", area="AAA", **asked)
    client.download("series.csv", folder / "b.csv", area="CCC", u="kg-m2", **asked)
    with pytest.raises(Problem, match="several units"):
        Client(folder.as_uri()).series("AAA~CCC")
    client.download("series.json", folder / "c.json", area="AAA~CCC", limit="1", **asked)
    with pytest.raises(Problem, match="first page alone"):
        Client(folder.as_uri()).series("AAA")


@MOVING
def test_maps_areas_and_objectives_are_read_from_files_too(client: Client, offline: Client) -> None:
    asked = {"level": "adm1", "src": DEBT}
    found, expected = offline.map("stock", **asked), client.map("stock", **asked)
    assert found.rows == expected.rows
    assert found.to_geopandas().equals(expected.to_geopandas())
    # A folder has no address to follow: what it was is told in words.
    path = expected.meta["manifest"]["address"]
    address = expected.meta["address"]
    assert found.citation == expected.citation.replace(f". {address}", f", path {path}.")
    assert offline.objectives() == client.objectives()
    assert offline.areas(level="adm1") == client.areas(level="adm1")
    assert [one["id"] for one in offline.areas("arenal")] == ["CCC"]
    with pytest.raises(Problem, match="no map of soc_stock_0_30cm of level adm0"):
        offline.map("stock", level="adm0", src=DEBT)
    with pytest.raises(Problem, match="needs a service"):
        offline.own_area({})


def test_provisional_numbers_of_files_are_warned_of_too(offline: Client) -> None:
    with pytest.warns(ProvisionalWarning, match="provisional"):
        offline.series("BBB", src=DEBT)


def test_an_empty_folder_says_so(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="holds no CSV"):
        Client(tmp_path.as_uri()).series("AAA")


# --- lines of the API page -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def printed(site: str) -> dict[str, str]:
    """The lines that the page of the API prints, by their titles."""
    with urllib.request.urlopen(f"{site}/api/docs") as answer:
        page = answer.read().decode()
    found = re.findall(r"<h3>([^<]*)</h3><pre><code>(.*?)</code></pre>", page, re.DOTALL)
    return {html.unescape(title): html.unescape(lines) for title, lines in found}


@pytest.mark.parametrize("title", ["Python", "Python, with the client"])
def test_the_lines_for_python_work_as_printed(
    printed: dict[str, str], title: str, tmp_path: Path
) -> None:
    program = f"{printed[title]}\nassert len(df) == 2 and df['value'].notna().all(), df"
    environment = {"PYTHONPATH": str(PACKAGE / "src"), "XDG_CACHE_HOME": str(tmp_path)}
    told = subprocess.run(
        [sys.executable, "-c", program],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stderr


def test_the_line_for_r_is_a_plain_strict_table_and_runs_where_r_is(
    printed: dict[str, str],
) -> None:
    url = printed["R"].partition('"')[2].rpartition('"')[0]
    with urllib.request.urlopen(url) as answer:
        assert answer.status == 200
        lines = list(csv.reader(answer.read().decode("ascii").splitlines(), strict=True))
    assert {len(line) for line in lines} == {len(lines[0])}
    program = shutil.which("Rscript")
    if program is not None:
        check = f"{printed['R']}; stopifnot(nrow(d) == 2, is.numeric(d$value))"
        subprocess.run([program, "-e", check], check=True, capture_output=True)


def test_the_line_for_a_spreadsheet_gives_a_table_with_a_byte_order_mark(
    printed: dict[str, str],
) -> None:
    url = printed["Spreadsheet"].rpartition(" ")[2]
    with urllib.request.urlopen(url) as answer:
        assert answer.read().startswith(b"\xef\xbb\xbfarea_id,")


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_the_line_for_a_shell_brings_a_file(printed: dict[str, str], tmp_path: Path) -> None:
    command = shlex.split(printed["Shell"])
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    (file,) = tmp_path.iterdir()
    assert file.suffix == ".parquet"
    assert file.read_bytes()[:4] == b"PAR1"


# --- notebooks ---------------------------------------------------------------------------------

Serve = Callable[[ASGIApp], AbstractContextManager[str]]


@pytest.fixture(scope="module")
def starter_site(starter_store: Store, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    settings = Settings(data=tmp_path_factory.mktemp("site"))
    with serve(create_api(starter_store, settings)) as url:
        yield url


@pytest.mark.parametrize(
    "path", sorted((PACKAGE / "notebooks").glob("*.ipynb")), ids=lambda p: p.stem
)
def test_a_notebook_runs_from_top_to_end(
    starter_site: str, path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOC_MONITOR_URL", starter_site)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", str(PACKAGE / "src"))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    read: Any = nbformat.from_dict
    book = read(json.loads(path.read_text("utf-8")))
    assert all(not cell.get("outputs") for cell in book.cells), "kept without outputs"
    run_notebook(book, tmp_path)
    shown = json.dumps([cell.outputs for cell in book.cells if cell.cell_type == "code"])
    # Of what it shows, not of the folder that it runs in.
    assert "soc-monitor (" in shown, "says how to cite its numbers"


def run_notebook(book: Any, folder: Path) -> None:
    """In a thread of its own: a browser of other tests may have a loop in this one."""
    failed: list[BaseException] = []

    def run() -> None:
        with warnings.catch_warnings():
            # Its libraries warn of their own doings.
            warnings.simplefilter("ignore")
            try:
                notebook = NotebookClient(
                    book,
                    timeout=120,
                    kernel_name="python3",
                    resources={"metadata": {"path": str(folder)}},
                )
                # Its plain `execute` leaves the loop of the thread open.
                asyncio.run(notebook.async_execute())
            except BaseException as error:  # noqa: BLE001  # raised again below
                failed.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if failed:
        raise failed[0]


def test_a_key_is_told_to_its_own_service_alone(world: World, tmp_path: Path, site: str) -> None:
    heard: list[tuple[str, str]] = []
    app = create_api(world.store, Settings(data=tmp_path, requests_per_minute=20))

    async def listening(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            told = dict(scope["headers"]).get(b"authorization", b"").decode()
            heard.append((scope["path"], told))
            if scope["path"] == "/elsewhere":
                headers = [(b"location", b"/api/v1/releases/latest")]
                await send({"type": "http.response.start", "status": 307, "headers": headers})
                await send({"type": "http.response.body"})
                return
        await app(scope, receive, send)

    key = editors.create(world.store, "Ana", "analyst")
    with serve(listening) as own:
        client = Client(own, cache=False, key=key)
        told = client.http.send("/api/v1/releases/latest")
        assert told.headers["ratelimit-policy"] == '"default";q=100;w=60'
        assert client.http.send("/elsewhere").status == 200
        other = Client(site, cache=False, key=key)
        assert other.http.send(f"{own}/api/v1/releases/latest").status == 200
    assert key not in repr(client.http)
    assert [told for _, told in heard] == [f"Bearer {key}", f"Bearer {key}", "", ""]
