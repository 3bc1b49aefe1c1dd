"""Pages: templates in, answers out, with the headers that every page has."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from soc_monitor.model import LANGUAGES
from soc_monitor.model.scale import NO_DATA
from soc_monitor.web import card, estimate, numbers, theme
from soc_monitor.web.documents.data import newest_release
from soc_monitor.web.glossary_words import Glossed
from soc_monitor.web.i18n import ENDONYMS, Language
from soc_monitor.web.kept import stale
from soc_monitor.web.licence_words import licence
from soc_monitor.web.static_files import Packed, first_view, static_path

TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True, slots=True)
class DashParts:
    """What a page needs so that Dash can take over."""

    app_entry: Markup
    configs: dict[str, Markup]
    """Settings, by the name of the page on the shelf."""
    scripts: dict[str, Markup]
    """By the name of the page, too."""
    renderer: Markup
    hashes: tuple[str, ...]
    """Of Dash's inline scripts, for the policy."""
    files: dict[tuple[str, str, str], Packed]
    """Layouts and what they listen to: by tag, page and the word that Dash has for them."""


@dataclass(frozen=True, slots=True)
class Site:
    """What the pages of one application share."""

    dash: DashParts
    public_url: str


@lru_cache(maxsize=1)
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def words_of(words: Language) -> dict[str, Any]:
    """What every template may say."""
    return {
        "lang": words.code,
        "say": words.say,
        "say_n": words.say_n,
        "num": numbers.Numbers(words.code),
        "class_word": partial(estimate.class_word, words=words),
        "class_meaning": partial(estimate.class_meaning, words=words),
        "class_mark": estimate.class_mark,
        "licence": partial(licence, words=words),
        "age": partial(estimate.age, words=words),
        "level_word": partial(estimate.level_word, words=words),
        "kind_word": partial(estimate.kind_word, words=words),
        "no_data": NO_DATA,
        "gloss": Glossed(words),
    }


def render(template: str, words: Language, **context: Any) -> Markup:
    """A template in a language; used for whole pages and for the parts that Dash shows."""
    environment = _environment()
    said = {"ns": "", **words_of(words), **context}
    said["parts"] = environment.get_template("parts.html").make_module(said)
    return Markup(environment.get_template(template).render(said))  # noqa: S704  # autoescaped


@dataclass(frozen=True, slots=True)
class Page:
    """One page: its template and what is particular to it."""

    template: str
    path: str
    """Without the language: ``/soc/FRA``."""
    title: str
    description: str
    status: int = 200
    social: str = ""
    """Path of the picture that a shared link shows."""
    noindex: bool = False
    private: bool = False
    """For who has signed in: kept by nobody, and nothing in it but our own."""


def origin_of(request: Request) -> str:
    """Scheme and host of the site, as readers see them."""
    site: Site = request.app.state.site
    return site.public_url.rstrip("/") or str(request.base_url).rstrip("/")


def reader_of(request: Request) -> str:
    """Address that a question counts for."""
    return request.client.host if request.client else ""


def _told(at: float, words: Language) -> str:
    """When kept answers were read, and how long ago that was."""
    read = datetime.fromtimestamp(at, UTC)
    minutes = max(0, int((datetime.now(UTC) - read).total_seconds() // 60))
    hours = minutes // 60
    ago = (
        words.say_n("{n} hour ago", "{n} hours ago", hours, n=numbers.number(hours, words.code, 0))
        if hours
        else words.say_n("{n} minute ago", "{n} minutes ago", minutes, n=minutes)
    )
    return words.say("{time} ({ago})", time=numbers.instant(read, words.code), ago=ago)


async def respond(
    request: Request, words: Language, page: Page, *, cacheable: bool = True, **context: Any
) -> Response:
    """A page as an answer: with its policy, and 304 for a reader who has it."""
    site: Site = request.app.state.site
    release = await newest_release(request.app.state.client, words)
    ages = stale.get()
    cacheable = cacheable and not ages and not page.private
    body = render(
        page.template,
        words,
        title=page.title,
        description=page.description,
        path=page.path,
        asked=f"?{request.url.query}" if request.url.query and not page.private else "",
        social=page.social,
        noindex=page.noindex or page.private or page.status != 200,
        origin=origin_of(request),
        languages=LANGUAGES,
        endonyms=ENDONYMS,
        static=static_path,
        first_view=first_view,
        cite=partial(card.cite, words=words),
        head_script=Markup(theme.HEAD_SCRIPT),  # noqa: S704  # a constant
        release=release,
        kept_at=_told(min(ages), words) if ages else "",
        **{"roomy": False, "dash": None, **context},
    )
    headers = {
        "content-security-policy": theme.strict_policy()
        if page.private
        else theme.policy(site.dash.hashes if context.get("dash") else ()),
        "content-language": words.code,
        # Asked for while the page itself still comes.
        "link": f"<{static_path('site.css')}>; rel=preload; as=style",
        "referrer-policy": "strict-origin-when-cross-origin",
        "x-content-type-options": "nosniff",
        "cache-control": "no-cache" if cacheable else "no-store",
    }
    if cacheable and page.status == 200:
        tag = hashlib.sha256(body.encode()).hexdigest()[:32]
        headers["etag"] = f'W/"{tag}"'
        if headers["etag"] in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
    return HTMLResponse(body, page.status, headers)
