"""Signed in: the door before pages that not every reader may see."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from soc_monitor.web.client import ApiProblem, Client
from soc_monitor.web.documents.bodies import read_body
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

    async def send(self, path: str, request: Request, form: Mapping[str, str]) -> Any:
        """Hand a form of a page on to the API.

        Args:
            path: without a query.
            request: that brought the form; the API sees where it comes from.
            form: its fields, ``token`` among them.

        Raises:
            ApiProblem: what was wrong with it.
        """
        return await self.api.send(path, form, self._headers(request))

    async def send_file(
        self,
        path: str,
        request: Request,
        token: str,
        body: bytes,
        query: Sequence[tuple[str, str]],
    ) -> Any:
        """Hand a file of a page on to the API; as ``send``, with the token of its form."""
        headers = self._headers(request) | {"x-form-token": token}
        return await self.api.send_file(path, body, headers, query)

    def _headers(self, request: Request) -> dict[str, str]:
        origin = request.headers.get("sec-fetch-site")
        return {"cookie": self.cookie} | ({"sec-fetch-site": origin} if origin else {})


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


LARGEST_FORM = 64 << 10
"""Bytes."""


async def form_of(request: Request) -> dict[str, str]:
    """The fields of a form that a page has sent; what is too long or no form is empty.

    The API checks every field again, and its token first of all.
    """
    try:
        body = await read_body(request, LARGEST_FORM)
        pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=200)
    except (ApiProblem, ValueError):
        return {}
    return dict(pairs)


def query(**keys: str) -> str:
    """Keys as the end of an address; those without a value are left out."""
    kept = {key: value for key, value in keys.items() if value}
    return f"?{urlencode(kept)}" if kept else ""
