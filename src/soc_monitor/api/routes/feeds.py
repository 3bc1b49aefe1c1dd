"""``/atom``: what is new, for those who follow an area, an objective, releases or inputs."""

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel

from soc_monitor.api import ask, places
from soc_monitor.api import news as plan_news
from soc_monitor.api.answers import LATEST_HOLDS, Stamp, not_modified
from soc_monitor.api.area_news import FOLLOWED, news_of
from soc_monitor.api.atom import MEDIA_TYPE, Entry, write
from soc_monitor.api.catalogue import catalogue_of
from soc_monitor.api.followed import check_objective, titles_of
from soc_monitor.api.late import late_inputs
from soc_monitor.store import news, read, verdicts

router = APIRouter(prefix="/atom", tags=["standards"])

MOST = 50
ANSWER: dict[int | str, dict[str, Any]] = {200: {"content": {MEDIA_TYPE: {}}}}
TITLES = {
    "releases": {
        "en": "soc-monitor: releases",
        "fr": "soc-monitor\u00a0: versions publiées",
        "es": "soc-monitor: versiones publicadas",
    },
    "area": {
        "en": "{name}: soil carbon, what is new",
        "fr": "{name}\u00a0: carbone du sol, ce qui est nouveau",
        "es": "{name}: carbono del suelo, novedades",
    },
    "inputs": {
        "en": "soc-monitor: late inputs",
        "fr": "soc-monitor\u00a0: données en retard",
        "es": "soc-monitor: datos atrasados",
    },
    "objective": {
        "en": "Objective {name}: what changed",
        "fr": "Objectif {name}\u00a0: ce qui a changé",
        "es": "Objetivo {name}: qué ha cambiado",
    },
    "release": {
        "en": "Release {name}",
        "fr": "Version {name}",
        "es": "Versión {name}",
    },
}


class FeedAsk(BaseModel):
    """Keys of a feed."""

    labels: ask.Lang = "en"


Asked = Annotated[FeedAsk, Query()]
Objective = Annotated[str, Path(max_length=ask.LONGEST, examples=["A1"])]


def _origin(request: Request) -> str:
    return str(request.app.state.public_url or request.base_url).rstrip("/")


def _stamp(request: Request, path: str, asked: FeedAsk) -> Stamp:
    release = catalogue_of(request).newest()
    return Stamp(path=path, keys={"labels": asked.labels}, release=release, pinned=False)


def _path(path: str, lang: str) -> str:
    return f"{path}?labels={lang}"


@router.get("/releases.atom", response_class=Response, responses=ANSWER)
def releases_feed(request: Request, asked: Asked) -> Response:
    """Releases, the newest first."""
    stamp = _stamp(request, request.url.path, asked)
    same = not_modified(request, stamp)
    if same is not None:
        return same
    lang = ask.language(asked.labels)
    found = read.list_releases(catalogue_of(request).store, limit=MOST)
    entries = [
        Entry(
            key=f"/api/v1/releases/{one.name}",
            title=TITLES["release"][lang].format(name=one.name),
            at=one.published_at,
            page=f"/{lang}/changes/{one.name}",
            summary=one.note,
        )
        for one in found
    ]
    body = write(
        _origin(request),
        _path("/atom/releases.atom", lang),
        lang=lang,
        title=TITLES["releases"][lang],
        page=f"/{lang}/changes",
        at=found[0].published_at,
        entries=entries,
    )
    return Response(body, media_type=MEDIA_TYPE, headers=stamp.headers)


@router.get("/areas/{area_id}.atom", response_class=Response, responses=ANSWER)
def area_feed(request: Request, area_id: ask.Code, asked: Asked) -> Response:
    """News of an area: first numbers, states of change (a chance above 0.9), corrections."""
    catalogue = catalogue_of(request)
    release = catalogue.newest()
    (area,) = places.get(catalogue.places(release.boundaries_id), [area_id])
    stamp = _stamp(request, f"/atom/areas/{area_id}.atom", asked)
    same = not_modified(request, stamp)
    if same is not None:
        return same
    lang = ask.language(asked.labels)
    told = news.told_of(catalogue.store, release, area.code, FOLLOWED)
    titles = titles_of(catalogue, release, lang)
    entries = [
        Entry(
            key=f"/atom/areas/{area.code}#{one.key}",
            title=one.sentence,
            at=one.at,
            page=f"/{lang}/soc/{area.code}?rel={one.release}",
        )
        for one in news_of(told, area.name(lang), lang, titles)[:MOST]
    ]
    body = write(
        _origin(request),
        _path(f"/atom/areas/{area.code}.atom", lang),
        lang=lang,
        title=TITLES["area"][lang].format(name=area.name(lang)),
        page=f"/{lang}/soc/{area.code}",
        at=release.published_at,
        entries=entries,
    )
    return Response(body, media_type=MEDIA_TYPE, headers=stamp.headers)


@router.get("/objectives/{objective_id}.atom", response_class=Response, responses=ANSWER)
def objective_feed(request: Request, objective_id: Objective, asked: Asked) -> Response:
    """Values, milestones and evidence of one objective, as they were published."""
    catalogue = catalogue_of(request)
    release = catalogue.newest()
    check_objective(catalogue, release, objective_id)
    lang = ask.language(asked.labels)
    page = f"/progress/{objective_id}"
    entries = [
        Entry(
            key=f"/api/v1/news#{one.id}",
            title=one.title,
            at=one.at,
            page=f"/{lang}{one.page}",
            summary=one.summary,
        )
        for one in plan_news.news(catalogue, release, lang, 20 * MOST)
        if one.objective_id == objective_id
    ][:MOST]
    # The nightly judgement changes statuses without a release.
    stamp = Stamp(
        path=f"/atom/objectives/{objective_id}.atom",
        keys={"labels": asked.labels},
        release=release,
        pinned=False,
        salt=verdicts.newest(catalogue.store),
    )
    body = write(
        _origin(request),
        _path(f"/atom/objectives/{objective_id}.atom", lang),
        lang=lang,
        title=TITLES["objective"][lang].format(name=objective_id),
        page=f"/{lang}{page}",
        at=release.published_at,
        entries=entries,
    )
    same = not_modified(request, stamp)
    return same or Response(body, media_type=MEDIA_TYPE, headers=stamp.headers)


@router.get("/inputs.atom", response_class=Response, responses=ANSWER)
def inputs_feed(request: Request, asked: Asked) -> Response:
    """Inputs that are late now, each with the day it became so."""
    lang = ask.language(asked.labels)
    now = datetime.now(UTC)
    entries = [
        Entry(key=f"/en/status#{one.key}", title=one.sentence, at=one.since, page=f"/{lang}/status")
        for one in late_inputs(catalogue_of(request).store, now.date(), lang)
    ]
    body = write(
        _origin(request),
        _path("/atom/inputs.atom", lang),
        lang=lang,
        title=TITLES["inputs"][lang],
        page=f"/{lang}/status",
        at=now,
        entries=sorted(entries, key=lambda entry: entry.at, reverse=True),
    )
    return Response(body, media_type=MEDIA_TYPE, headers={"Cache-Control": LATEST_HOLDS})
