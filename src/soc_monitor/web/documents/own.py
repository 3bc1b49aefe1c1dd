"""Own area: shapes of the reader's own, measured like published areas."""

from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from soc_monitor.web import (
    chart_svg,
    controls,
    numbers,
    own_answers,
    own_card,
    own_map,
    own_size,
    own_view,
    own_words,
    picture,
    view,
)
from soc_monitor.web.client import ApiProblem, Client
from soc_monitor.web.controls import Option
from soc_monitor.web.documents.data import instant
from soc_monitor.web.documents.pages import Page, origin_of, reader_of, render, respond
from soc_monitor.web.documents.shapes import address
from soc_monitor.web.documents.upload import Upload, read_upload
from soc_monitor.web.i18n import Language, language
from soc_monitor.web.own_answers import Sent, Waits
from soc_monitor.web.own_text import BadLine, as_geojson
from soc_monitor.web.own_words import Refusal
from soc_monitor.web.state import Settled, State, based, bases_of, read

DAYS = (1, 7, 30, 90, 365)
"""How long shapes may be kept."""
MOST_TEXT = 300_000
"""Characters of shapes that are written back into the form: a page of more would be slow."""
FILES = {"csv": "text/csv; charset=utf-8", "json": "application/json"}
PICTURES = {"svg": "image/svg+xml", "png": "image/png"}


@dataclass(frozen=True, slots=True)
class Form:
    """What a reader has filled in."""

    text: str = ""
    together: bool = False
    keep: bool = False
    days: str = "30"
    file_name: str = ""
    """Of a file that was sent: a browser does not let us fill it in again."""


async def own(request: Request) -> Response:
    """``/{lang}/own``: the form, and with ``POST`` what it found."""
    words = language(request.path_params["lang"])
    if request.method == "POST":
        return await _measured(request, words)
    return await _page(request, words, read(request.url.query), said=_said(request))


def _said(request: Request) -> str:
    return request.query_params.get("said", "")


async def _measured(request: Request, words: Language) -> Response:
    """The numbers of what was sent, or why there are none; what was typed stays."""
    api: Client = request.app.state.client
    form, state = Form(), State()
    status = 422
    try:
        upload = await read_upload(request, (await api.get("/aoi/limits"))["bytes"])
        form, state = _form(upload), _state(upload)
        return await _done(request, words, upload, form, state)
    except Waits as waits:
        return _go(request, f"/{words.code}/own/made/{waits.export}")
    except BadLine as error:
        said = own_words.of_line(error, words)
    except ApiProblem as problem:
        said, status = own_words.refusal(problem, words), problem.status
    if _is_part(request):
        return _part(render("own/refused.html", words, refused=said))
    return await _page(request, words, state, form=form, refused=said, status=status)


async def _done(
    request: Request, words: Language, upload: Upload, form: Form, state: State
) -> Response:
    """A file, the way to a kept page, or the numbers in place.

    Raises:
        BadLine, ApiProblem: it cannot be measured.
        Waits: the worker measures it.
    """
    api: Client = request.app.state.client
    body = upload.file or (as_geojson(form.text) if form.text.strip() else b"")
    if not body:
        raise ApiProblem(422, {"type": "/nothing-sent"})
    sent = Sent(body=body, together=form.together, state=state, reader=reader_of(request))
    kind = upload.fields.get("as", "")
    if kind in FILES:
        return await _file(api, words, sent, kind)
    if kind in PICTURES:
        return await _picture(request, words, sent, kind)
    if form.keep:
        return _go(request, f"/{words.code}{await _keep(api, words, sent, form)}")
    found = await own_answers.ask(api, words, sent)
    shown = await _shown(api, words, found)
    if _is_part(request):
        return _part(render("own/result.html", words, **shown))
    if form.file_name and found.shapes and len(found.shapes) <= MOST_TEXT:
        form = replace(form, text=found.shapes.decode())
    return await _page(request, words, found.settled.state, form=form, **shown)


def _is_part(request: Request) -> bool:
    """Whether our script asks, which puts the answer into the page that it is on."""
    return request.headers.get("x-part") == "1"


def _part(text: str) -> Response:
    """A part of a page; 200 even where shapes are refused: a browser logs all else as a fault."""
    return Response(text, media_type="text/html", headers={"cache-control": "no-store"})


def _form(upload: Upload) -> Form:
    given = upload.fields
    days = given.get("days", "")
    return Form(
        text=given.get("shapes", ""),
        together=given.get("together") == "1",
        keep=given.get("keep") == "1",
        days=days if days in {str(n) for n in DAYS} else "30",
        file_name=upload.file_name if upload.file else "",
    )


def _state(upload: Upload) -> State:
    given = {key: upload.fields.get(key, "")[:100] for key in ("v", "b")}
    return State(**{key: value for key, value in given.items() if value})


async def _since(api: Client, words: Language, state: State) -> str:
    """The year that changes are counted from; empty: as they are published."""
    _, settled = await own_answers.settled_of(api, words, state)
    return based(settled, settled.product)


async def _file(api: Client, words: Language, sent: Sent, kind: str) -> Response:
    """The numbers of what was sent, as a file."""
    path = own_answers.PATH + (".csv" if kind == "csv" else "")
    together = "1" if sent.together else ""
    answer = await api.post(
        path,
        sent.body,
        reader=sent.reader,
        v=sent.state.v,
        b=await _since(api, words, sent.state),
        together=together,
    )
    if answer.status_code == 202:
        raise Waits(str(answer.json()["id"]))
    headers = {
        "cache-control": "no-store",
        "content-disposition": f'attachment; filename="own-areas.{kind}"',
    }
    return Response(answer.content, media_type=FILES[kind], headers=headers)


async def _picture(request: Request, words: Language, sent: Sent, kind: str) -> Response:
    """The chart of what was sent, as a file that leads to nothing."""
    found = await own_answers.ask(request.app.state.client, words, sent)
    card = own_card.of_shapes(own_view.build(found, words), words)
    drawn = picture.svg(card, origin_of(request), words)
    about = picture.about(card, origin_of(request))
    png = kind == "png"
    body = await run_in_threadpool(picture.png, drawn, about) if png else drawn.encode()
    headers = {
        "cache-control": "no-store",
        "content-disposition": f'attachment; filename="own-areas.{kind}"',
    }
    return Response(body, media_type=PICTURES[kind], headers=headers)


async def _keep(api: Client, words: Language, sent: Sent, form: Form) -> str:
    """Keep the shapes under an address of their own; its path, without the language."""
    answer = await api.post(
        "/aoi/shares",
        sent.body,
        reader=sent.reader,
        v=sent.state.v,
        b=await _since(api, words, sent.state),
        days=form.days,
        together="1" if sent.together else "",
    )
    return str(answer.json()["page"])


def _go(request: Request, where: str) -> Response:
    """On to another page; a script is told, for it cannot see where an answer leads."""
    headers = {"cache-control": "no-store"}
    if _is_part(request):
        return JSONResponse({"go": where}, headers=headers)
    return RedirectResponse(where, 303, headers)


async def _shown(
    api: Client,
    words: Language,
    found: own_answers.OwnAnswers,
    *,
    kept: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """What the templates of a result need."""
    built = own_view.build(found, words)
    return {
        "view": built,
        "kept": kept,
        "drawing": await own_map.drawing(api, found.shapes, built, words),
        "time_svg": chart_svg.figure(built.spec, "time"),
        "compare_svg": chart_svg.figure(built.compare, "compare") if built.compare else "",
        "forgotten": found.shapes is None,
        "own_card": None,
    }


async def _page(
    request: Request,
    words: Language,
    state: State,
    *,
    form: Form = Form(),
    refused: Refusal | None = None,
    said: str = "",
    status: int = 200,
    **shown: Any,
) -> Response:
    """The form, with what was filled in and what was found."""
    api: Client = request.app.state.client
    limits = await api.get("/aoi/limits")
    indicators, settled = await own_answers.settled_of(api, words, state)
    releases = await api.get("/releases", limit="1")
    grids = (await api.get("/grids"))["data"]
    page = Page(
        template="own/page.html",
        path="/own",
        title=words.say("Your own area · soc-monitor"),
        description=words.say(
            "Draw a shape or send a file: how much carbon its soil holds, how sure that is, and "
            "where the number comes from."
        ),
        status=status,
    )
    period = settled.period.partition("/")[0]
    where = f"{settled.product}/{settled.indicator['id']}/{period}"
    release, since = releases["data"][0]["name"], based(settled, settled.product)
    return await respond(
        request,
        words,
        page,
        cacheable=request.method == "GET" and not said,
        form=form,
        refused=refused,
        said=said,
        days=[Option(str(n), _days(n, words), str(n) == form.days) for n in DAYS],
        variables=[
            Option(str(one["v"]), words.pick(one["titles"]), one["v"] == settled.state.v)
            for one in _each_once(indicators)
        ],
        limits=own_words.limits(limits, words),
        largest=limits["bytes"],
        result_days=limits["result_days"],
        cell_km=own_size.cell_km(grids, settled.indicator["id"], settled.product),
        bases=_bases(settled, indicators, words),
        tiles=f"/tiles/{release}/grid/{where}/{{z}}/{{x}}/{{y}}.png" + (since and f"?b={since}"),
        map_legend=view.legend(dict(settled.indicator), "", words),
        map_title=words.pick(settled.indicator["titles"]),
        outlines=address(str(releases["data"][0]["boundaries_id"]), "adm0", words.code, "fine"),
        **{"view": None, **shown},
    )


def _each_once(indicators: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Every variable once, at the depth that is asked for where none is chosen."""
    found: dict[str, dict[str, Any]] = {}
    for one in indicators:
        if one["d"] == State().d or one["v"] not in found:
            found[str(one["v"])] = one
    return list(found.values())


def _bases(settled: Settled, indicators: list[dict[str, Any]], words: Language) -> list[Option]:
    """Years that changes can be counted from: of the variable, or of any where it is no change."""
    years = bases_of(settled.indicator, settled.product)
    if not years:
        offered = (
            y for i in indicators for p in i["products"][:1] for y in bases_of(i, p["product_id"])
        )
        years = sorted(set(offered))
    return controls.since(years, settled.state.b, words)


def _days(n: int, words: Language) -> str:
    return words.say_n("{n} day", "{n} days", n, n=numbers.number(n, words.code, 0))


async def kept(request: Request) -> Response:
    """``/{lang}/own/{key}``: shapes that were kept, until they are forgotten."""
    words = language(request.path_params["lang"])
    api: Client = request.app.state.client
    key = quote(request.path_params["key"], safe="")
    if request.method == "POST":
        await api.delete(f"/aoi/shares/{key}")
        return RedirectResponse(f"/{words.code}/own?said=deleted", 303)
    share = await own_answers.share(api, key)
    state = read(request.url.query) if request.url.query else None
    try:
        found = await own_answers.ask(api, words, share.sent(state, reader_of(request)))
    except Waits as waits:
        return _go(request, f"/{words.code}/own/made/{waits.export}")
    except ApiProblem as problem:
        return await _refused(request, words, own_words.refusal(problem, words), problem.status)
    settled = found.settled.state
    since = based(found.settled, found.settled.product)
    asked = f"?v={settled.v}&d={settled.d}&src={found.settled.product}"
    asked += f"&b={since}" if since else ""
    base = f"/api/v1/aoi/shares/{key}"
    until = numbers.instant(instant(share.expires_at), words.code)
    keep = {
        "until": until,
        "links": {
            "CSV": f"{base}/statistics.csv{asked}",
            "JSON": f"{base}/statistics.json{asked}",
            words.say("The shape (GeoJSON)"): base,
        },
    }
    shown = await _shown(api, words, found, kept=keep)
    shown["own_card"] = own_card.of_shapes(shown["view"], words, key=key, until=until)
    here = f"/{words.code}/own/{key}"
    return await respond(
        request,
        words,
        _private(f"/own/{key}", shown["view"].name, words),
        cacheable=False,
        here=here,
        **shown,
    )


def _private(path: str, name: str, words: Language) -> Page:
    """A page that no search engine is to know."""
    title = f"{name} · soc-monitor"
    return Page(
        template="own/kept.html",
        path=path,
        title=title if len(title) <= 60 else name[:60],
        description=words.say("Numbers of a shape that its reader drew or sent."),
        noindex=True,
    )


async def _refused(request: Request, words: Language, said: Refusal, status: int) -> Response:
    """Kept shapes that cannot be measured now."""
    return await _page(request, words, State(), refused=said, status=status)


async def made(request: Request) -> Response:
    """``/{lang}/own/made/{export}``: what the worker measures; it asks for itself again."""
    words = language(request.path_params["lang"])
    api: Client = request.app.state.client
    key = quote(request.path_params["export"], safe="")
    export = await api.fresh(f"/exports/{key}")
    if export["state"] == "done" and "/aoi/statistics" in export["address"]:
        found = await own_answers.made(api, words, export)
        keep = {
            "until": numbers.instant(instant(export["expires_at"]), words.code),
            "links": {"JSON": f"/api/v1/exports/{key}/file"},
        }
        shown = await _shown(api, words, found, kept=keep)
        page = _private(f"/own/made/{key}", shown["view"].name, words)
        return await respond(request, words, page, cacheable=False, here="", **shown)
    page = Page(
        template="own/waits.html",
        path=f"/own/made/{key}",
        title=words.say("Being measured · soc-monitor"),
        description=words.say("A large shape is being measured."),
        noindex=True,
    )
    return await respond(
        request,
        words,
        page,
        cacheable=False,
        export=export,
        failed=export["state"] == "failed",
        share=round(100 * export["done"] / export["total"]) if export["total"] else 0,
    )
