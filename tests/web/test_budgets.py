"""Bytes, counted on the starter data: limits, not wishes."""

import gzip
import re
from contextvars import copy_context
from typing import Any

import httpx2
import pytest

from soc_monitor.web import static_files
from soc_monitor.web.client import serve_with

KIB = 1024


def packed(text: str | bytes) -> int:
    return len(gzip.compress(text.encode() if isinstance(text, str) else text, 6))


def get(url: str, **headers: str) -> httpx2.Response:
    return httpx2.get(url, headers=headers, timeout=60)


@pytest.mark.parametrize(
    ("path", "limit"),
    [
        ("/fr/", 45),
        ("/fr/soc", 45),
        ("/fr/soc/WLD", 45),
        ("/fr/soc/FRA", 30),
        ("/fr/soc/USA", 30),
        ("/fr/soc/FRA-35", 30),
        ("/fr/compare", 30),
        ("/fr/rankings", 30),
        ("/fr/own", 30),
        ("/fr/changes", 30),
        ("/fr/accessibility", 30),
        ("/embed/series/FRA?lang=fr", 40),
        ("/fr/progress", 30),
        ("/fr/progress/A1", 30),
        ("/fr/tools", 30),
        ("/fr/data?area=FRA", 30),
        ("/fr/api", 30),
        ("/fr/status", 30),
        ("/fr/methods", 30),
        ("/fr/search?q=a", 30),
    ],
)
def test_html_is_small(starter: Any, path: str, limit: int) -> None:
    answer = get(starter.url + path)
    assert answer.status_code == 200
    style = "".join(re.findall(r"<style>(.+?)</style>", answer.text, re.DOTALL))
    assert packed(answer.text.replace(style, "") if style else answer.text) <= limit * KIB
    assert packed(style) <= 8 * KIB


def test_the_map_of_the_world_is_small(starter: Any) -> None:
    svg = re.search(r'<svg class="map".*?</svg>', get(f"{starter.url}/fr/").text, re.DOTALL)
    assert svg is not None
    assert packed(svg[0]) <= 30 * KIB
    assert svg[0].count("<a ") > 200


def test_style_and_scripts_of_ours_are_small() -> None:
    files = static_files.files()
    assert len(files["site.css"].gz) <= 20 * KIB
    assert len(files["site.js"].gz) + len(files["workbench.js"].gz) <= 15 * KIB
    assert len(files["site.js"].gz) + len(files["data.js"].gz) <= 15 * KIB
    assert len(files["site.js"].gz) + len(files["own.js"].gz) <= 15 * KIB


def test_the_workbench_is_small(starter: Any) -> None:
    html = get(f"{starter.url}/fr/soc").text
    scripts = re.findall(r'<script src="(/_dash[^"]+)"', html)
    sizes = {s: int(_length(starter.url + s)) for s in scripts}
    base = sum(size for name, size in sizes.items() if "leaflet" not in name)
    leaflet = sum(size for name, size in sizes.items() if "leaflet" in name)
    assert base <= 520 * KIB
    assert leaflet <= 110 * KIB


def _length(url: str) -> int:
    with httpx2.stream("GET", url, headers={"accept-encoding": "gzip"}, timeout=60) as answer:
        return sum(len(part) for part in answer.iter_raw())


def test_outlines_of_the_first_view_are_small(starter: Any) -> None:
    release = get(f"{starter.url}/api/v1/releases").json()["data"][0]
    address = f"{starter.url}/outlines/{release['boundaries_id']}/adm0.coarse.fr.geojson"
    assert _length(address) <= 60 * KIB


def test_an_update_of_the_app_is_small(starter: Any) -> None:
    from soc_monitor.web import takeover  # noqa: PLC0415

    def update() -> str:
        serve_with(starter.app.state.client)  # as for a callback of it
        wanted = takeover.asked({"path": "/fr/soc", "search": "", "theme": "light"})
        assert wanted is not None
        return str(takeover.explorer(wanted))

    assert packed(copy_context().run(update)) <= 30 * KIB
