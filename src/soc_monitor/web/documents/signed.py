"""Signed in: the door before pages that not every reader may see."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from soc_monitor.web.client import ApiProblem, Client
from soc_monitor.web.documents.pages import Page, respond
from soc_monitor.web.i18n import Language, language


@dataclass(frozen=True, slots=True)
class Signed:
    """Who has signed in, and the way to the API in their name."""

    owner: str
    role: str
    """``editor``, ``reviewer`` or ``operator``."""
    registers: tuple[str, ...]
    token: str
    """For the forms of the page, in a hidden field called ``token``."""
    api: Client
    cookie: str

    async def get(self, path: str) -> Any:
        """What the API answers to them; ``path`` with its query.

        Raises:
            ApiProblem: any answer that is not a success.
        """
        return await self.api.as_signed_in(path, self.cookie)


Handler = Callable[[Request, Language, Signed], Awaitable[Response]]


def signed(handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    """A page for who has signed in; all others are led to the form, and back after it."""

    async def page(request: Request) -> Response:
        words = language(request.path_params["lang"])
        api: Client = request.app.state.client
        cookie = request.headers.get("cookie", "")
        try:
            body = await api.as_signed_in("/session", cookie)
        except ApiProblem as problem:
            if problem.status != 401:
                raise
            onward = request.url.path + (f"?{request.url.query}" if request.url.query else "")
            form = f"/{words.code}/ops/sign-in?to={quote(onward, safe='/')}"
            return RedirectResponse(form, 303, {"cache-control": "no-store"})
        who = Signed(
            owner=body["owner"],
            role=body["role"],
            registers=tuple(body["registers"]),
            token=body["token"],
            api=api,
            cookie=cookie,
        )
        return await handler(request, words, who)

    return page


async def sign_in(request: Request) -> Response:
    """``/{lang}/ops/sign-in``: a key opens a session of two hours."""
    words = language(request.path_params["lang"])
    page = Page(
        template="ops/sign_in.html",
        path="/ops/sign-in",
        title=words.say("Sign in") + " · soc-monitor",
        description=words.say("For editors and operators of this service."),
        private=True,
    )
    asked = request.query_params
    return await respond(
        request, words, page, to=asked.get("to", "")[:500], said=asked.get("said", "")
    )


def query(**keys: str) -> str:
    """Keys as the end of an address; those without a value are left out."""
    kept = {key: value for key, value in keys.items() if value}
    return f"?{urlencode(kept)}" if kept else ""
