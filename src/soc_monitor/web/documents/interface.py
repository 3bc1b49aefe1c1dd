"""The page of the API, and the notebooks: how to ask, by what one wants to know."""

import asyncio
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from soc_monitor.model import samples
from soc_monitor.web import numbers
from soc_monitor.web.client import ApiProblem, Client
from soc_monitor.web.documents.downloads import tool_words
from soc_monitor.web.documents.pages import Page, origin_of, respond
from soc_monitor.web.i18n import Language, language
from soc_monitor.web.notebooks import notebooks, prose

DOCUMENT = "/api/openapi.json"


async def interface(request: Request) -> Response:
    """``/{lang}/api``."""
    words = language(request.path_params["lang"])
    api: Client = request.app.state.client
    origin = origin_of(request)
    indicators, limits, document = await asyncio.gather(
        api.get("/indicators", labels=words.code), api.get("/limits"), api.http.get(DOCUMENT)
    )
    have = {one["v"] for one in indicators["data"] if one["products"]}
    release_name = str(indicators["meta"]["release"])
    page = Page(
        template="api.html",
        path="/api",
        title=words.say("API and notebooks · soc-monitor"),
        description=words.say(
            "Ask for the numbers by program: lines that work as they are printed, for this site."
        ),
    )
    return await respond(
        request,
        words,
        page,
        start=samples.first_lines(origin),
        tasks=[
            (_task_words(words, rate="rate" in have)[task.id], task)
            for task in samples.tasks(origin, release_name, have)
        ],
        tools=tool_words(words),
        endpoints=_endpoints(document.json()),
        keys=_keys(words),
        forms=_forms(words),
        limits=_limits(limits, words),
        times=_times(limits),
        kept_days=limits["exports_kept_days"],
        books=list(notebooks().values()),
        release_name=release_name,
    )


def _task_words(words: Language, *, rate: bool) -> dict[str, str]:
    return {
        "one_country": words.say("The series of one country"),
        "all_countries": words.say("The rates of all countries, latest")
        if rate
        else words.say("The stock of all countries, latest (no rate is published yet)"),
        "basin": words.say("The cells of a river basin: the Congo"),
        "objective": words.say("The value of an objective over time"),
        "late": words.say("What is late"),
    }


def _endpoints(document: dict[str, Any]) -> list[tuple[str, list[tuple[str, str, str]]]]:
    """Method, path and first sentence of every address, under the words of its tag."""
    found = []
    for tag in document["tags"]:
        listed = [
            (method.upper(), path, str(operation.get("description", "")).partition("\n\n")[0])
            for path, item in document["paths"].items()
            for method, operation in item.items()
            if tag["name"] in operation.get("tags", [])
        ]
        if listed:
            found.append((str(tag["description"]), listed))
    return found


def _keys(words: Language) -> list[tuple[str, str, str]]:
    """Key, what it means, an example."""
    return [
        ("area", words.say("Areas by their id, joined by ~"), "FRA~ESP"),
        ("lvl", words.say("All areas of a level inside of them"), "m49, adm0, adm1"),
        ("v, d", words.say("Variable and depth in centimetres"), "stock, 0-30"),
        ("t", words.say("Period or range"), "latest, 2010, 1960..1990"),
        ("b", words.say("Year that a change is counted from, in place of the usual one"), "1990"),
        ("src", words.say("Data product; the recommended one if not given"), "ipcc_tier1"),
        ("u", words.say("Unit of measure"), "t-ha, Pg, permille"),
        ("rel", words.say("Release: with it an answer never changes"), "2026.11.1"),
        ("as_of", words.say("An instant: the release that was the newest then"), "2026-11-22"),
        ("labels", words.say("Language of names; the columns stay English"), "en, fr, es, none"),
        ("shape", words.say("A row for each period, or for each area"), "tidy, wide"),
        ("columns", words.say("Columns wanted, in this order"), "area_id,period,value"),
        ("sort", words.say("Order of the rows; a minus: largest first"), "-value"),
        ("bbox", words.say("Cells of a box: west, south, east, north"), "12,-13,34,9"),
        ("bom", words.say("CSV for old spreadsheets"), "1"),
        ("limit, cursor", words.say("Pages of JSON; the next one is in links.next"), "1000, 1000"),
    ]


def _forms(words: Language) -> list[tuple[str, str]]:
    return [
        (".csv", words.say("UTF-8, comma, point; described by CSVW and Frictionless beside it")),
        (".json", words.say("With a block that says what the numbers are; in pages")),
        (".xlsx", words.say("True numbers and dates; a sheet to read first, one of the columns")),
        (".parquet", words.say("Typed columns, with the citation inside")),
        (".nc", words.say("NetCDF, CF-1.11: areas by time, or cells")),
        (".gpkg", words.say("GeoPackage: outlines, and the table beside them")),
        (".geojson", words.say("Maps alone: outlines with the columns as properties")),
        (".tif", words.say("Cells, as a cloud-optimised GeoTIFF")),
        (".zip", words.say("CSV with its description, citation, licence and manifest")),
    ]


def _limits(limits: dict[str, Any], words: Language) -> list[tuple[str, str]]:
    kinds = {
        "default": words.say("Requests a minute of one address"),
        "tiles": words.say("Map tiles a minute"),
        "heavy": words.say("Computations a minute, such as own areas"),
    }
    found = [
        (kinds[name], numbers.number(quota, words.code, 0))
        for name, quota in limits["requests"].items()
    ] or [(kinds["default"], words.say("no limit is set here"))]
    rest = (
        ("rows_at_once", words.say("Rows of a file that is made at once; a longer one is a job")),
        ("most_rows", words.say("Rows of one file")),
        ("cells_at_once", words.say("Cells of a cut-out that is made at once")),
        ("page_rows", words.say("Rows in one page of JSON")),
        ("most_areas", words.say("Areas in one question")),
        ("longest_address_bytes", words.say("Bytes of an address")),
    )
    return found + [(text, numbers.number(limits[key], words.code, 0)) for key, text in rest]


def _times(limits: dict[str, Any]) -> int:
    """How many times as often one may ask with a key; 0: no limit is set."""
    plain = limits["requests"].get("default", 0)
    return int(limits["requests_with_key"]["default"] // plain) if plain else 0


async def notebook(request: Request) -> Response:
    """``/{lang}/api/notebooks/{name}``: one to be read, or its file."""
    words = language(request.path_params["lang"])
    asked = request.path_params["name"]
    found = notebooks().get(asked.removesuffix(".ipynb"))
    if found is None:
        raise ApiProblem(404, {})
    if asked.endswith(".ipynb"):
        headers = {
            "content-disposition": f'attachment; filename="{found.name}.ipynb"',
            "cache-control": "no-cache",
            "x-content-type-options": "nosniff",
        }
        body = found.for_site(origin_of(request))
        return Response(body, media_type="application/x-ipynb+json", headers=headers)
    page = Page(
        template="notebook.html",
        path=f"/api/notebooks/{found.name}",
        title=f"{found.title} · soc-monitor"[:60],
        description=words.say("A notebook of the Python client, to be read and to be run."),
    )
    return await respond(request, words, page, book=found, prose=prose)
