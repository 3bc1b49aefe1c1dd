"""Every page that search engines are told of is there, over the starter data."""

import re

import httpx2

from .conftest import Served


def test_every_page_that_is_listed_answers(starter: Served) -> None:
    with httpx2.Client(base_url=starter.url, timeout=60) as reader:
        index = reader.get("/sitemap.xml").text
        (file,) = (one for one in re.findall("<loc>[^<]*(/sitemap-es-[^<]+)</loc>", index))
        listed = re.findall(r"<loc>https?://[^/]+(/[^<]+)</loc>", reader.get(file).text)
        assert len(listed) > 4000
        # Of the thousands of areas a few stand for all.
        areas = [path for path in listed if "/soc/" in path]
        asked = [path for path in listed if path not in areas] + areas[::700]
        assert {"/es/tools/icos", "/es/progress/F3", "/es/status/land_cover"} <= set(asked)
        ill = {path: code for path in asked if (code := reader.get(path).status_code) != 200}
        assert ill == {}
