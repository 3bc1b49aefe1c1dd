"""How the stock lies within an area: the page says what the API says."""

import re
from html import unescape

import pytest
from starlette.testclient import TestClient

from soc_monitor.web.numbers import number


@pytest.mark.parametrize("area", ["AAA", "WLD"])
@pytest.mark.parametrize("code", ["en", "fr", "es"])
def test_the_table_has_every_number_of_the_api(site: TestClient, area: str, code: str) -> None:
    told = site.get(f"/api/v1/areas/{area}/distribution").json()["data"]
    page = site.get(f"/{code}/soc/{area}/within")
    assert page.status_code == 200
    rows = re.findall(r'<tr role="row"><th scope="row".*?</tr>', page.text)
    assert len(rows) == len(told) > 0
    for row, one in zip(rows, told, strict=True):
        cells = re.findall(r'<td role="cell" class="num"[^>]*>(.*?)</td>', row)
        assert [unescape(cell) for cell in cells][1:] == [
            number(one["median_t_ha"], code),
            f"{number(one['q25_t_ha'], code)} – {number(one['q75_t_ha'], code)}",
            f"{number(one['q05_t_ha'], code)} – {number(one['q95_t_ha'], code)}",
            number(one["mean_t_ha"], code),
            number(one["total_t"] / 1e6, code),
        ]


def test_the_sentence_holds_where_many_cells_have_one_number(site: TestClient) -> None:
    told = site.get("/api/v1/areas/AAA/distribution").json()["data"][0]
    middle = number(told["median_t_ha"], "en")
    page = unescape(site.get("/en/soc/AAA/within").text)
    assert f"at least half holds {middle} or more, at least half {middle} or less." in page


def test_the_page_of_an_area_leads_there_with_what_was_chosen(site: TestClient) -> None:
    page = site.get("/en/soc/AAA?rel=latest").text
    (href,) = re.findall(r'href="(/en/soc/AAA/within[^"]*)"', page)
    assert site.get(unescape(href)).status_code == 200
    assert "/within" not in site.get("/en/soc/AAA?v=total").text


def test_an_area_that_is_not_there_is_a_page_of_404(site: TestClient) -> None:
    assert site.get("/en/soc/QQQ/within").status_code == 404
