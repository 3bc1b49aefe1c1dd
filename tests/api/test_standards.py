"""What programs of others read: STAC, TileJSON, Atom, SDG summaries, citations."""

import calendar
import io
import uuid
from dataclasses import replace
from datetime import date
from typing import Any
from xml.etree import ElementTree as ET

import httpx2
import numpy as np
import pystac
import pytest
import rasterio
import yaml
from PIL import Image
from pystac.stac_io import DefaultStacIO
from starlette.testclient import TestClient

from soc_monitor.api.area_news import news_of
from soc_monitor.api.routes.sdg import by_year
from soc_monitor.model import DataClass, Estimate
from soc_monitor.store import news

from .conftest import World, field

A = "{http://www.w3.org/2005/Atom}"


class Through(DefaultStacIO):
    """Lets pystac read from a client of this process."""

    client: TestClient

    def read_text(self, source: Any, *_: Any, **__: Any) -> str:
        answer = self.client.get(str(source).removeprefix("https://soil.example"))
        assert answer.status_code == 200, answer.text
        return answer.text


def test_pystac_walks_the_catalogue_and_finds_it_valid(world: World) -> None:
    reader = Through()
    reader.client = world.client
    root = pystac.Catalog.from_file("https://soil.example/stac/catalog.json", stac_io=reader)
    root.validate()
    releases = list(root.get_children())
    assert len(releases) == 2

    items = 0
    for release in releases:
        release.validate()
        for cube in release.get_children():
            assert isinstance(cube, pystac.Collection)
            cube.validate()
            for item in cube.get_items():
                item.validate()
                items += 1
                assert item.properties["soc:checksum_sha256"]
                for asset in item.assets.values():
                    href = asset.get_absolute_href()
                    assert href is not None
                    found = world.client.get(href.removeprefix("https://soil.example"))
                    assert found.status_code == 200, href
                    assert found.headers["content-type"] == asset.media_type
    assert items == 12


def test_the_cells_of_an_item_are_those_that_were_published(world: World) -> None:
    where = f"/stac/{world.first.name}/ipcc_tier1.soc_stock_0_30cm/2010.json"
    item = pystac.Item.from_dict(world.client.get(where).json())
    item.set_self_href(f"https://soil.example{where}")
    href = item.assets["data"].get_absolute_href()
    assert href is not None
    answer = world.client.get(href.removeprefix("https://soil.example"))
    assert "immutable" in answer.headers["cache-control"]
    with rasterio.MemoryFile(answer.content) as held, held.open() as cells:
        assert [*cells.bounds] == item.bbox
        read = cells.read(1, masked=True).filled(np.nan)
    np.testing.assert_allclose(read, field(2010))


def test_a_release_of_the_catalogue_never_changes(world: World) -> None:
    where = f"/stac/{world.first.name}/ipcc_tier1.soc_stock_0_30cm/2010.json"
    one = world.client.get(where)
    assert "immutable" in one.headers["cache-control"]
    latest = world.client.get("/stac/latest/ipcc_tier1.soc_stock_0_30cm/2010.json")
    checksums = {a.json()["properties"]["soc:checksum_sha256"] for a in (one, latest)}
    assert len(checksums) == 2, "the second release has a newer version of the slice"
    assert latest.headers["cache-control"] == "no-cache"
    assert "https://" not in str(one.json()["links"]), "it may be copied elsewhere"


@pytest.mark.parametrize("kind", ["grid", "fill"])
def test_tiles_have_the_colours_that_their_tilejson_tells(client: TestClient, kind: str) -> None:
    level = "" if kind == "grid" else "/adm1"
    told = client.get(f"/tiles/latest/{kind}/ipcc_tier1/stock/2010{level}/tile.json").json()
    assert told["tilejson"] == "3.0.0"
    (template,) = told["tiles"]
    path = template.removeprefix("http://testserver").format(z=0, x=0, y=0)
    tile = client.get(path)
    assert "immutable" in tile.headers["cache-control"]

    image = Image.open(io.BytesIO(tile.content)).convert("RGBA")
    pixels = np.asarray(image).reshape(-1, 4)
    shown = {f"#{r:02x}{g:02x}{b:02x}" for r, g, b, a in np.unique(pixels, axis=0) if a}
    legend = {one["colour"].lower() for one in told["legend"]}
    grey = shown - legend
    assert shown & legend
    assert len(grey) <= (kind == "fill"), "areas without an estimate have one colour of their own"


def entries(answer: httpx2.Response) -> list[ET.Element]:
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("application/atom+xml")
    feed = ET.fromstring(answer.content)  # noqa: S314  # our own
    for name in ("id", "title", "updated"):
        assert feed.findtext(A + name)
    return feed.findall(A + "entry")


def test_an_area_is_followed_in_the_readers_language(world: World) -> None:
    french = entries(world.client.get("/atom/areas/AAA-1.atom?labels=fr"))
    titles = [str(one.findtext(A + "title")) for one in french]
    corrected = next(title for title in titles if "corrigé" in title)

    assert "Azur ouest\u00a0: le nombre de 2010" in corrected
    assert "de 45 à 95 t C/ha" in corrected
    assert "95 %" in corrected
    assert len({one.findtext(A + "id") for one in french}) == len(french)
    english = entries(world.client.get("/atom/areas/AAA-1.atom"))
    assert [one.findtext(A + "updated") for one in english] == [
        one.findtext(A + "updated") for one in french
    ]


def test_what_is_not_certain_is_no_news(world: World) -> None:
    told = news.told_of(world.store, world.second, "AAA-1", ("soc_stock_0_30cm",))
    without = [one for one in told if one.product == "soil_carbon_debt"]
    assert without
    assert all(one.std_error is None for one in without)
    assert news_of(without, "West Azure", "en") == []
    assert world.client.get("/atom/areas/CCC-1.atom").status_code == 200
    assert entries(world.client.get("/atom/areas/CCC-1.atom")) == [], "it has no number"


def test_a_state_is_news_when_it_is_certain_and_new() -> None:
    told = news.Told(
        release="2026.11.2",
        seq=2,
        published_at=world_time(),
        indicator="soc_rate_0_30cm",
        product="nowcast",
        period=world_time().date(),
        period_end=world_time().date(),
        unit="‰ yr-1",
        value=-1.234,
        std_error=0.2,
        lower_95=-1.6,
        upper_95=-0.8,
        state="losing",
        old_value=None,
        old_error=None,
        old_lower_95=None,
        old_upper_95=None,
        last_state="no_detectable_change",
    )
    (one,) = news_of([told], "Kenya", "es")
    assert one.kind == "state"
    assert one.sentence.startswith("Kenya pierde carbono del suelo: −1,23 ‰ al año")
    assert "(de −1,6 a −0,8, 95 %)" in one.sentence

    values = {name: getattr(told, name) for name in told.__dataclass_fields__}
    for changes in (
        {"last_state": "losing"},
        {"state": "no_detectable_change"},
        {"state": "not_assessable"},
        {"std_error": None, "lower_95": None, "upper_95": None},
    ):
        assert news_of([news.Told(**(values | changes))], "Kenya", "es") == []


def world_time() -> Any:
    from datetime import UTC, datetime  # noqa: PLC0415  # this test's alone

    return datetime(2026, 11, 1, tzinfo=UTC)


def test_releases_objectives_and_late_inputs_are_followed(world: World) -> None:
    found = entries(world.client.get("/atom/releases.atom?labels=es"))
    assert [one.findtext(A + "title") for one in found] == [
        f"Versión {one.name}" for one in (world.second, world.first)
    ]
    assert entries(world.client.get("/atom/objectives/A1.atom")) == []
    assert world.client.get("/atom/objectives/Z9.atom").status_code == 404
    late = entries(world.client.get("/atom/inputs.atom?labels=fr"))
    assert any("est en retard" in str(one.findtext(A + "title")) for one in late)


def test_the_summary_for_sdg_15_3_1_has_tonnes_by_year(world: World) -> None:
    body = world.client.get("/api/v1/sdg.json?area=AAA").json()
    stock = body["land_condition"]["baseline"]["soil_organic_carbon"]["soc_stock_by_year"]
    told = world.client.get("/api/v1/series.json?area=AAA&v=total&u=Mt").json()["data"]

    assert stock["unit"] == "tonnes"
    assert {year: one["All land"] for year, one in stock["values"].items()} == {
        row["period"]: pytest.approx(row["value"] * 1e6) for row in told
    }


def monthly(year: int, month: int, value: float | None) -> Estimate:
    last = calendar.monthrange(year, month)[1]
    return Estimate(
        area="AAA",
        period=date(year, month, 1),
        period_end=date(year, month, last),
        value=value,
        std_error=None,
        mapped_ha=1.0,
        land_ha=1.0,
        calculation_id=uuid.uuid4(),
        data_class=DataClass.MODELLED,
    )


def test_a_year_of_months_is_their_mean_and_an_open_year_has_no_number() -> None:
    whole = [monthly(2020, month, float(month)) for month in range(1, 13)]
    opened = [monthly(2021, month, 50.0) for month in range(1, 8)]
    holed = [monthly(2022, month, None if month == 3 else 50.0) for month in range(1, 13)]
    yearly = replace(monthly(2019, 12, 9.0), period=date(2019, 1, 1))
    assert by_year([yearly, *whole, *opened, *holed]) == (
        {"2019": 9.0, "2020": 6.5},
        ["2021", "2022"],
    )


def test_a_release_says_how_it_is_quoted_and_numbers_what_to_cite(world: World) -> None:
    answer = world.client.get(f"/api/v1/releases/{world.first.name}/citation.cff")
    found = yaml.safe_load(answer.text)
    assert (found["cff-version"], found["version"]) == ("1.2.0", world.first.name)
    assert found["date-released"] == world.first.published_at.date()
    assert any("Somebody 2020" in one["notes"] for one in found["references"])

    numbers = world.client.get("/api/v1/series.json?area=AAA")
    assert numbers.links["cite-as"]["url"] == numbers.headers["content-location"]
