"""The pages' own way to the public API: in this process, and to nothing else.

Documents await it on the application's loop. Dash callbacks run in threads of their own and
hand the same coroutine to that loop (:func:`wait_for`).
"""

import asyncio
from collections import OrderedDict
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import urlencode

import httpx2
from starlette.types import ASGIApp

T = TypeVar("T")

BASE = "/api/v1"
KEPT = 256
"""Answers kept for conditional requests."""
KEPT_CHARS = 8_000_000
"""Longer answers are not kept."""


class ApiProblem(Exception):
    """The API answered with a problem document."""

    def __init__(self, status: int, problem: dict[str, Any]) -> None:
        """Keep what the API said."""
        super().__init__(str(problem.get("detail") or problem.get("title") or status))
        self.status = status
        self.kind = str(problem.get("type", "")).rpartition("/")[2]
        """The last word of the problem's type: ``nothing-published``."""
        self.detail = str(problem.get("detail", ""))
        self.hint = str(problem.get("hint") or "")
        self.allowed = tuple(str(value) for value in problem.get("allowed") or ())


@dataclass(slots=True)
class Client:
    """Reads the public API. One a worker process; its loop is the application's."""

    http: httpx2.AsyncClient
    loop: asyncio.AbstractEventLoop
    _answers: OrderedDict[str, tuple[str, Any]] = field(default_factory=OrderedDict)

    async def get(self, path: str, **query: str | None) -> Any:
        """What ``/api/v1`` + ``path`` answers, decoded; keys without a value are left out.

        Raises:
            ApiProblem: any answer that is not a success.
        """
        keys = {key: value for key, value in query.items() if value}
        address = BASE + path + (f"?{urlencode(keys)}" if keys else "")
        known = self._answers.get(address)
        headers = {"if-none-match": known[0]} if known else {}
        answer = await self.http.get(address, headers=headers)
        if answer.status_code == 304 and known:
            self._answers.move_to_end(address)
            return known[1]
        if not answer.is_success:
            raise ApiProblem(answer.status_code, _problem(answer))
        body = answer.json()
        etag = answer.headers.get("etag")
        if etag and len(answer.content) <= KEPT_CHARS:
            self._answers[address] = (etag, body)
            while len(self._answers) > KEPT:
                self._answers.popitem(last=False)
        return body


def _problem(answer: httpx2.Response) -> dict[str, Any]:
    try:
        body = answer.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def open_client(app: ASGIApp) -> Client:
    """A client of an application, on the loop that runs now."""
    transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
    http = httpx2.AsyncClient(transport=transport, base_url="http://localhost", timeout=30)
    http.headers["accept-encoding"] = "identity"  # never leaves the process
    return Client(http, asyncio.get_running_loop())


# Dash finds its pages and callbacks by import, so what they share has to be found by import too.
_current: list[Client] = []


def set_client(client: Client | None) -> None:
    """Say which client the callbacks of this process use; None when the application stops."""
    _current[:] = [] if client is None else [client]


def client() -> Client:
    """The client of this process."""
    assert _current, "the application has not started"
    return _current[0]


def wait_for(work: Coroutine[Any, Any, T], timeout_s: float = 30) -> T:
    """Run a coroutine on the application's loop, from a thread of Dash."""
    loop = client().loop
    try:
        running: asyncio.AbstractEventLoop | None = asyncio.get_running_loop()
    except RuntimeError:
        running = None
    assert running is not loop, "waiting on the loop's own thread would never end"
    return asyncio.run_coroutine_threadsafe(work, loop).result(timeout=timeout_s)
