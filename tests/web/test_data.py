"""Data and downloads, and the page of the API: what is shown is what is had."""

import csv
import html
import io
import json
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from playwright.sync_api import Page
from starlette.testclient import TestClient

from soc_monitor.api import files, sizes
from soc_monitor.making import make_next
from soc_monitor.model import samples
from soc_monitor.settings import Settings
from soc_monitor.web.data_view import COLUMNS
from soc_monitor.web.wish import Wish, read, settle

from .conftest import Served

Open = Callable[..., Page]
ROOT = Path(__file__).parents[2]


def fetch(url: str) -> bytes:
    with urlopen(url) as answer:
        body: bytes = answer.read()
        return body


def rows_said(page: Page) -> int:
    """The number of rows that the page promises."""
    said = page.locator("#gives .told strong").inner_text()
    found = re.match(r"([\d\s\u202f\u00a0.,]+)", said)
    assert found, said
    return int(re.sub(r"\D", "", found[1]))


def chips(page: Page) -> list[str]:
    """The names of the areas that are chosen."""
    return [text.split("\n")[0].strip(" ✕") for text in page.locator(".chips li").all_inner_texts()]


def downloaded(page: Page) -> list[dict[str, str]]:
    """The rows of the CSV behind the button."""
    with page.expect_download() as waiting:
        page.locator("#get").click()
    text = Path(waiting.value.path()).read_text("utf-8")
    return list(csv.DictReader(io.StringIO(text)))


# --- without a browser ---------------------------------------------------------------------------


def test_a_form_with_as_many_areas_as_may_be_is_read_whole() -> None:
    wish, _ = read("?" + "&".join(f"area=A{n:02d}" for n in range(300)) + "&nope=1" * 900)
    assert wish.area.split("~") == [f"A{n:02d}" for n in range(300)]


def test_the_names_of_the_columns_are_those_of_the_api(site: TestClient) -> None:
    told = site.get("/api/v1/series.size?area=AAA").json()
    assert tuple(column["name"] for column in told["columns"]) == COLUMNS


def test_where_nothing_is_chosen_the_file_is_of_the_world(site: TestClient) -> None:
    body = site.get("/en/data").text
    address = html.unescape(re.search(r'id="get" href="([^"]+)"', body)[1])  # type: ignore[index]
    rows = list(csv.DictReader(io.StringIO(site.get(address).text)))
    assert {row["area_id"] for row in rows} == {"WLD"}
    form = body.partition('id="form"')[2].partition('id="ready"')[0]
    assert "<li><span>World</span></li>" in form, "it cannot be taken out: it only stands in"
    chosen = site.get("/en/data?area=AAA").text.partition('id="form"')[2].partition("</ul>")[0]
    assert "World" not in chosen


@pytest.mark.parametrize("lang", ["en", "fr", "es"])
def test_the_form_without_scripts_gives_what_it_says(site: TestClient, lang: str) -> None:
    sent = (
        "area=AAA&add=Sandland&lvl=&v=soc_stock_0_30cm&form=csv&shape=tidy&sort=-value&t0=2000&t1="
    )
    first = site.get(f"/{lang}/data?{sent}")
    assert first.status_code == 302
    where = first.headers["location"].partition("#")[0]
    assert where == f"/{lang}/data?area=AAA~CCC&sort=-value"
    body = site.get(where).text
    address = html.unescape(re.search(r'id="get" href="([^"]+)"', body)[1])  # type: ignore[index]
    rows = list(csv.DictReader(io.StringIO(site.get(address).text)))
    assert [row["area_id"] for row in rows][:2] == ["AAA", "AAA"]
    said = re.search(r'class="told"><strong>(\d+) ', body)
    assert said
    assert int(said[1]) == len(rows) == 4
    assert {row["area_name"] for row in rows if row["area_id"] == "AAA"} == {
        {"en": "Azure Coast", "fr": "Côte d’Azur", "es": "Costa Azul"}[lang]
    }


def test_more_variables_of_the_product_come_in_the_same_table(site: TestClient) -> None:
    sent = "area=AAA&v=soc_stock_0_30cm&also=soc_total_0_30cm&also=gone&form=nc&shape=wide&go=1"
    where = site.get(f"/fr/data?{sent}").headers["location"].partition("#")[0]
    assert where == "/fr/data?area=AAA&also=soc_total_0_30cm"
    body = site.get(where).text
    form = body.partition('id="form"')[2].partition('id="ready"')[0]
    assert re.search(r'name="also" value="soc_total_0_30cm" checked', form)
    assert 'value="nc"' not in form, "it holds one variable"
    assert 'value="wide"' not in form
    address = html.unescape(re.search(r'id="get" href="([^"]+)"', body)[1])  # type: ignore[index]
    rows = list(csv.DictReader(io.StringIO(site.get(address).text)))
    assert {row["variable"]: row["unit"] for row in rows} == {
        "soc_stock_0_30cm": "t C ha-1",
        "soc_total_0_30cm": "Pg C",
    }
    said = re.search(r'class="told"><strong>(\d+) ', body)
    assert said
    assert int(said[1]) == len(rows)
    left = site.get("/fr/data?also=gone").text
    assert "also=gone" in left, "it is said that there is none"


def test_an_area_that_is_not_there_is_said_with_what_comes_near(site: TestClient) -> None:
    where = site.get("/en/data?area=AAA&add=Strait").headers["location"]
    body = site.get(where.partition("#")[0]).text
    assert "There is no area called “Strait”." in body
    assert "Did you mean:" in body
    assert "area=AAA~BBB-1" in body
    for code, release in (("XXX", "1999.1.1"), ("X" * 300, "1" * 300)):
        gone = site.get(f"/en/data?area=AAA~{code}&rel={release}").text
        assert f"rel={release}" in gone
        assert 'name="rel"' not in gone
        assert f"area={code}" in gone
        assert 'name="area" value="AAA"' in gone


def test_what_the_api_refuses_is_said_and_nothing_can_be_had(site: TestClient) -> None:
    body = site.get("/en/data?area=AAA&columns=area_id,nothing").text
    assert "This cannot be had so." in body
    assert "nothing" in body
    assert re.search(r'id="get" disabled', body)


def test_the_page_of_data_lists_every_file_that_it_names(site: TestClient) -> None:
    body = site.get("/fr/data").text
    ready = body.partition('id="ready"')[2]
    found = {html.unescape(one) for one in re.findall(r'href="(/[^"#]+)"', ready)}
    files = [one for one in found if one.startswith(("/api/", "/tiles/"))]
    assert len(files) > 30
    for address in files:
        assert site.get(address).status_code == 200, address
    linked = re.search(r'<script type="application/ld\+json">(.+?)</script>', body)
    assert linked
    told = json.loads(linked[1])
    assert told["@type"] == "DataCatalog"
    assert {one["@type"] for one in told["dataset"]} == {"Dataset"}


def test_a_wish_is_its_address_and_back() -> None:
    wish = Wish(area="FRA~ESP", v="rate", t="1990..", columns="area_id,value", form="xlsx")
    assert read(wish.query()) == (wish, "")


def test_a_wish_that_cannot_be_is_settled_and_said() -> None:
    indicator = {
        "id": "soc_stock_0_30cm",
        "v": "stock",
        "d": "0-30",
        "unit_keys": ["t-ha", "kg-m2"],
        "cells": True,
        "products": [{"product_id": "p", "periods": ["1990", "2000", "2010"]}],
    }
    wish = Wish(v="xxx", t="1990..1999", form="doc", shape="wide", u="t-ha")
    settled = settle(wish, [indicator])
    assert settled.wish == Wish(shape="wide")
    assert {key for key, _, _ in settled.asked} == {"v", "t", "form"}
    assert settle(Wish(t="2000..2010"), [indicator]).wish.t == "2000.."


def test_a_card_leads_to_the_form_with_its_own_state(site: TestClient) -> None:
    body = site.get("/en/soc/AAA?v=stock&src=soil_carbon_debt").text
    found = re.search(r'href="(/en/data\?[^"]+)"', body)
    assert found
    where = html.unescape(found[1]).partition("#")[0]
    assert "area=AAA" in where
    assert "src=soil_carbon_debt" in where
    assert re.search(r'id="get" href="[^"]*soil_carbon_debt', site.get(where).text)


# --- in a browser --------------------------------------------------------------------------------


def test_france_and_stock_have_the_rows_that_the_page_promises(visit: Open) -> None:
    page = visit("/fr/data")
    assert chips(page) == ["Monde"]
    page.locator("#w-add").fill("France")
    page.locator("#w-add").press("Enter")
    page.locator(".chips a", has_text="France").wait_for()
    page.locator("#get[href]").wait_for()
    page.locator("#w-v").select_option("soc_stock_0_30cm")
    page.locator("#builder:not(.busy)").wait_for()
    promised = rows_said(page)
    rows = downloaded(page)
    assert promised == len(rows) > 0
    assert {row["area_id"] for row in rows} == {"FRA"}
    page.locator("label", has_text="départements").click()
    page.wait_for_url("**lvl=adm1**")
    promised = rows_said(page)
    assert promised == len(downloaded(page)) > 50
    page.locator("label", has_text="Large").click()
    page.wait_for_url("**shape=wide**")
    wide = downloaded(page)
    assert rows_said(page) == len(wide)
    assert any(name.startswith("value_") for name in wide[0])


def test_the_address_restores_the_form(visit: Open) -> None:
    page = visit("/es/data?area=FRA~KEN&v=total&shape=wide&sort=area_name&form=xlsx&labels=fr")
    assert chips(page) == ["Francia", "Kenia"]
    assert page.locator("#w-v").input_value() == "soc_total_0_30cm"
    assert page.locator("input[name=form]:checked").input_value() == "xlsx"
    assert page.locator("input[name=shape]:checked").input_value() == "wide"
    assert page.locator("#w-sort").input_value() == "area_name"
    assert page.locator("#w-labels").input_value() == "fr"
    href = page.locator("#get").get_attribute("href") or ""
    assert "/series.xlsx?area=FRA~KEN" in href
    assert "labels=fr" in href
    page.locator(".chips a", has_text="Kenia").click()
    page.wait_for_url("**area=FRA&**")
    assert chips(page) == ["Francia"]
    assert page.locator("#w-sort").input_value() == "area_name", "nothing else is lost"


def test_a_long_file_is_prepared_and_its_page_says_how_far_it_is(
    visit: Open, starter: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "AT_ONCE", 10)
    monkeypatch.setattr(sizes, "AT_ONCE", 10)
    page = visit("/en/data?area=FRA&lvl=adm1&columns=area_id,value,period&sort=-value")
    assert page.locator("#get").inner_text() == "Prepare file"
    page.locator("#get").click()
    page.wait_for_url("**/en/data/files/**")
    assert page.locator("progress").is_visible()
    assert "waits for its turn" in page.locator("#file").inner_text()
    catalogue, desk = starter.app.state.catalogue, starter.app.state.desk
    settings = Settings(data=desk.folder.parent)
    # In a thread of its own: the browser has a loop in this one.
    worker = threading.Thread(target=make_next, args=(catalogue.store, settings))
    worker.start()
    worker.join(60)
    page.locator("#get").wait_for(timeout=15_000)
    rows = downloaded(page)
    assert list(rows[0]) == ["area_id", "value", "period"]
    values = [float(row["value"]) for row in rows if row["value"]]
    assert values == sorted(values, reverse=True)
    assert len(values) > 50


# --- the page of the API: every line is run as it is printed --------------------------------------


def printed(starter: Served) -> list[tuple[str, samples.Sample]]:
    """The lines of the page, taken from the page."""
    body = fetch(f"{starter.url}/en/api").decode()
    shown = [
        html.unescape(one) for one in re.findall(r"<pre[^>]*><code>(.*?)</code>", body, re.DOTALL)
    ]
    release = json.loads(fetch(f"{starter.url}/api/v1/releases/latest"))["name"]
    listed = json.loads(fetch(f"{starter.url}/api/v1/indicators"))["data"]
    have = {one["v"] for one in listed if one["products"]}
    found = [
        (task.id, sample)
        for task in samples.tasks(starter.url, release, have)
        for sample in task.samples
    ]
    assert {sample.text.strip() for _, sample in found} <= {text.strip() for text in shown}
    assert samples.first_lines(starter.url) in shown
    return found


def run(command: list[str], folder: Path) -> str:
    told = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False, timeout=120
    )
    assert told.returncode == 0, told.stderr
    return told.stdout


def test_the_first_lines_work_as_they_are_printed(starter: Served, tmp_path: Path) -> None:
    lines = samples.first_lines(starter.url)
    assert lines.count("\n") == 2
    assert shutil.which("curl")
    told = run(["bash", "-euc", lines], tmp_path)
    assert told.startswith("value,lower_95,upper_95,unit\n")
    assert len((tmp_path / "countries.csv").read_text("utf-8").splitlines()) > 200


def test_the_lines_for_a_shell_give_files(starter: Served, tmp_path: Path) -> None:
    for task, sample in printed(starter):
        if sample.tool == "curl":
            folder = tmp_path / task
            folder.mkdir()
            told = run(["bash", "-euc", sample.text], folder)
            assert told or [path for path in folder.iterdir() if path.stat().st_size], task


@pytest.mark.parametrize("tool", ["pandas", "client", "python"])
def test_the_lines_for_python_run(starter: Served, tmp_path: Path, tool: str) -> None:
    done = 0
    for _, sample in printed(starter):
        if sample.tool == tool:
            check = "\nassert len(df) > 0\n" if "df = " in sample.text else ""
            program = f"import sys; sys.path.insert(0, {str(ROOT / 'client/src')!r})\n"
            run([sys.executable, "-W", "ignore", "-c", program + sample.text + check], tmp_path)
            done += 1
    assert done


def test_the_lines_for_r_run(starter: Served, tmp_path: Path) -> None:
    rscript = shutil.which("Rscript")
    if rscript is None:
        pytest.skip("no Rscript here: make system")
    for _, sample in printed(starter):
        if sample.tool == "r":
            run([rscript, "-e", f"{sample.text}\nstopifnot(nrow(d) > 0)"], tmp_path)


def test_the_line_for_a_spreadsheet_opens_in_one(starter: Served, tmp_path: Path) -> None:
    office = shutil.which("soffice") or shutil.which("libreoffice")
    if office is None:
        pytest.skip("LibreOffice Calc is not installed")
    (url,) = (sample.text for _, sample in printed(starter) if sample.tool == "spreadsheet")
    (tmp_path / "table.csv").write_bytes(fetch(url))
    command = [office, f"-env:UserInstallation=file://{tmp_path}/profile", "--headless"]
    more = ["--infilter=CSV:44,34,76,1,,1033", "--convert-to", "fods", "--outdir", str(tmp_path)]
    run([*command, *more, str(tmp_path / "table.csv")], tmp_path)
    content = (tmp_path / "table.fods").read_text("utf-8")
    assert ">area_id<" in content, "the mark is no part of the first name"
    assert 'office:value-type="float"' in content


def test_the_page_of_the_api_says_the_limits_in_force(site: TestClient) -> None:
    open_to_all = html.unescape(site.get("/en/api").text)
    assert "no limit is set here" in open_to_all
    state = site.app.state  # type: ignore[attr-defined]
    before, state.requests_per_minute = state.requests_per_minute, 760
    try:
        limits = site.get("/api/v1/limits").json()
        page = html.unescape(site.get("/fr/api").text)
    finally:
        state.requests_per_minute = before
    assert limits["requests"] == {"default": 760, "tiles": 6080, "heavy": 38}
    body = re.sub(r"[\s\u202f\u00a0]", "", page)
    for number in (*limits["requests"].values(), limits["rows_at_once"]):
        assert f"<dd>{number}</dd>" in body
    assert limits["requests_with_key"] == {"default": 3800, "tiles": 30_400, "heavy": 190}
    assert "Avecuneclé,onpeutdemander5foisplussouvent" in body
    assert "5 times as often" not in open_to_all


def test_what_the_page_of_the_api_links_to_is_there(site: TestClient) -> None:
    body = site.get("/en/api").text.partition('id="main"')[2].partition("<footer")[0]
    for address in sorted(set(re.findall(r'href="(/[^"#]+)"', body))):
        answer = site.get(html.unescape(address).replace("FRA", "AAA"), follow_redirects=True)
        expected = 422 if "sort=nothing" in address else 200
        assert answer.status_code == expected, address


def test_a_notebook_is_read_as_a_page_and_taken_away_asking_this_site(site: TestClient) -> None:
    for path in sorted((ROOT / "client/notebooks").glob("*.ipynb")):
        page = site.get(f"/en/api/notebooks/{path.stem}")
        assert page.status_code == 200
        kept = json.loads(path.read_text("utf-8"))
        for cell in kept["cells"]:
            if cell["cell_type"] == "code":
                assert str(html.escape("".join(cell["source"]), quote=False))[:40] in (
                    page.text.replace("&#34;", '"').replace("&#39;", "'")
                )
        file = site.get(f"/en/api/notebooks/{path.stem}.ipynb")
        assert file.headers["content-disposition"].endswith('.ipynb"')
        taken: Any = json.loads(file.text)
        assert len(taken["cells"]) == len(kept["cells"])
        assert "http://testserver" in file.text
    assert site.get("/en/api/notebooks/none").status_code == 404
