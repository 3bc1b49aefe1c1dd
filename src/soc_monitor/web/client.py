"""The pages' own way to the public API: in this process, and to nothing else.

Documents await it on the application's loop. Dash callbacks run in threads of their own and
hand the same coroutine to that loop (:func:`wait_for`).
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Coroutine, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import urlencode

import httpx2
from starlette.types import ASGIApp

from soc_monitor.web.kept import MOST_FILES, Kept, stale

T = TypeVar("T")

BASE = "/api/v1"
IN_PROCESS = "in-process"
"""The address that this client has: the API's limits are for readers outside."""
KEPT = 256
"""Answers kept for conditional requests."""
KEPT_CHARS = 8_000_000
"""Longer answers are not kept."""
SOON_S = 2.0
"""How long a page waits for what it can do without."""
RENEWED_S = 60.0
"""How old an answer on disk may be while it is still read from the database."""


class ApiProblem(Exception):
    """The API answered with a problem document."""

    def __init__(self, status: int, problem: dict[str, Any], *, wait_s: int = 0) -> None:
        """Keep what the API said; ``wait_s``: when it may be asked again."""
        super().__init__(str(problem.get("detail") or problem.get("title") or status))
        self.status = status
        self.kind = str(problem.get("type", "")).rpartition("/")[2]
        """The last word of the problem's type: ``nothing-published``."""
        self.detail = str(problem.get("detail", ""))
        self.hint = str(problem.get("hint") or "")
        self.allowed = tuple(str(value) for value in problem.get("allowed") or ())
        self.wait_s = wait_s

    @property
    def is_empty(self) -> bool:
        """Whether nothing has been published yet: no failure, and nothing to fall back on."""
        return self.kind == "nothing-published"


@dataclass(slots=True)
class Client:
    """Reads the public API. One a worker process; its loop is the application's."""

    http: httpx2.AsyncClient
    loop: asyncio.AbstractEventLoop
    kept: Kept | None = None
    """Answers for when the database does not answer; None: there are none."""
    app: ASGIApp | None = None
    """The application itself, for what is asked in a reader's own name."""
    _answers: OrderedDict[str, tuple[str, Any]] = field(default_factory=OrderedDict)
    _written: OrderedDict[str, float] = field(default_factory=OrderedDict)
    _writing: set[asyncio.Task[None]] = field(default_factory=set)
    _overdue: dict[str, asyncio.Task[Any]] = field(default_factory=dict)

    async def get(self, path: str, **query: str | None) -> Any:
        """What ``/api/v1`` + ``path`` answers, decoded; keys without a value are left out.

        Raises:
            ApiProblem: any answer that is not a success.
        """
        address = _address(path, query)
        # A page that has begun with what was kept goes on so: each question would wait for itself.
        if self.kept is not None and stale.get():
            found = await self.kept.find(address)
            if found is not None:
                return found
        known = self._answers.get(address)
        headers = {"if-none-match": known[0]} if known else {}
        answer = await self.http.get(address, headers=headers)
        if answer.status_code == 304 and known:
            # Written again, not moved: while we waited others may have pushed it out.
            self._answers[address] = known
            self._answers.move_to_end(address)
            self._keep(address, known[1])
            return known[1]
        if not answer.is_success:
            return await self._instead(address, answer)
        body = answer.json()
        self._keep(address, body)
        etag = answer.headers.get("etag")
        if etag and len(answer.content) <= KEPT_CHARS:
            self._answers[address] = (etag, body)
            while len(self._answers) > KEPT:
                self._answers.popitem(last=False)
        return body

    async def soon(self, path: str, wait_s: float = 0.0, /, **query: str | None) -> Any:
        """What ``get`` answers if it does so soon, else what was kept: for what may be lacking.

        While an answer is overdue none waits for it anew: a database that is frozen would be asked
        by every reader, and hold a thread for each.

        Args:
            path: as of ``get``, and ``query``, too.
            wait_s: how long is soon [s]; 0: ``SOON_S``.

        Raises:
            ApiProblem: any answer that is not a success, or none soon and none kept.
        """
        address = _address(path, query)
        if address not in self._overdue:
            task = self.loop.create_task(self.get(path, **query))
            done, _ = await asyncio.wait({task}, timeout=wait_s or SOON_S)
            if done:
                return task.result()
            self._overdue[address] = task
            task.add_done_callback(lambda ended: self._came(address, ended))
        found = None if self.kept is None else await self.kept.find(address)
        if found is None:
            raise ApiProblem(503, {"title": "No answer yet"})
        return found

    def _came(self, address: str, ended: asyncio.Task[Any]) -> None:
        if self._overdue.get(address) is ended:
            del self._overdue[address]
        if not ended.cancelled():
            ended.exception()  # Looked at, or the loop would tell of it.

    async def fresh(self, path: str, **query: str | None) -> Any:
        """What ``get`` answers, read anew: what is a reader's own is kept nowhere.

        Raises:
            ApiProblem: any answer that is not a success.
        """
        answer = await self.http.get(_address(path, query))
        if not answer.is_success:
            raise ApiProblem(answer.status_code, _problem(answer))
        return answer.json()

    async def as_signed_in(self, path: str, cookie: str) -> Any:
        """What ``/api/v1`` + ``path`` answers to who has signed in; never kept.

        Args:
            path: with its query.
            cookie: the header that the reader sent.

        Raises:
            ApiProblem: any answer that is not a success; 401: nobody has signed in.
        """
        answer = await self.http.get(_within(path), headers=_as_sent({"cookie": cookie}))
        if not answer.is_success:
            raise ApiProblem(answer.status_code, _problem(answer))
        return answer.json()

    async def send(self, path: str, form: Mapping[str, str], headers: Mapping[str, str]) -> Any:
        """What ``/api/v1`` + ``path`` answers to a form; nothing of it is kept.

        Args:
            path: without a query.
            form: its fields.
            headers: of the reader's own request, those that say who asks.

        Raises:
            ApiProblem: any answer that is not a success.
        """
        answer = await self.http.post(_within(path), data=dict(form), headers=_as_sent(headers))
        if not answer.is_success:
            raise ApiProblem(answer.status_code, _problem(answer))
        return answer.json()

    async def send_file(
        self, path: str, body: bytes, headers: Mapping[str, str], query: Sequence[tuple[str, str]]
    ) -> Any:
        """What ``/api/v1`` + ``path`` answers to a file; nothing of it is kept.

        Args:
            path: without a query.
            body: of the file.
            headers: of the reader's own request, those that say who asks.
            query: keys, each as often as it has values.

        Raises:
            ApiProblem: any answer that is not a success.
        """
        address = f"{_within(path)}?{urlencode(query)}"
        answer = await self.http.post(address, content=body, headers=_as_sent(headers))
        if not answer.is_success:
            raise ApiProblem(answer.status_code, _problem(answer))
        return answer.json()

    async def order(self, path: str, *, reader: str, **query: str | None) -> Any:
        """Have a file made, however short it is, and be told where it will be.

        Args:
            path: without a query.
            reader: address that the request counts for.
            query: keys; those without a value are left out.

        Raises:
            ApiProblem: any answer that is not a success.
        """
        headers = {"prefer": "respond-async"}
        address = f"http://localhost{_address(path, query)}"
        answer = await self._as(reader, httpx2.Request("GET", address, headers=headers))
        return answer.json()

    async def post(
        self, path: str, body: bytes, *, reader: str = IN_PROCESS, **query: str | None
    ) -> httpx2.Response:
        """What ``/api/v1`` + ``path`` answers to a body; nothing of it is kept.

        Args:
            path: without a query.
            body: any bytes.
            reader: address that the request counts for: what computes long has a limit.
            query: keys; those without a value are left out.

        Raises:
            ApiProblem: any answer that is not a success.
        """
        address = f"http://localhost{_address(path, query)}"
        return await self._as(reader, httpx2.Request("POST", address, content=body))

    async def _as(self, reader: str, request: httpx2.Request) -> httpx2.Response:
        """What the application answers to a request that counts for a reader's address."""
        assert self.app is not None
        transport = httpx2.ASGITransport(
            app=self.app, raise_app_exceptions=False, client=(reader, 0)
        )
        answer = await transport.handle_async_request(request)
        await answer.aread()
        if not answer.is_success:
            wait = answer.headers.get("retry-after", "")
            wait_s = int(wait) if wait.isdecimal() else 0
            raise ApiProblem(answer.status_code, _problem(answer), wait_s=wait_s)
        return answer

    async def delete(self, path: str) -> None:
        """Have something forgotten.

        Raises:
            ApiProblem: any answer that is not a success.
        """
        answer = await self.http.delete(_within(path))
        if not answer.is_success:
            raise ApiProblem(answer.status_code, _problem(answer))

    async def read_ahead(self, path: str, **query: str | None) -> None:
        """Write an answer down for when the database does not answer, and hold nothing of it.

        Raises:
            ApiProblem: any answer that is not a success.
        """
        address = _address(path, query)
        answer = await self.http.get(address)
        if not answer.is_success:
            raise ApiProblem(answer.status_code, _problem(answer))
        if self.kept is not None:
            await self.kept.keep(address, answer.json())

    async def _instead(self, address: str, answer: httpx2.Response) -> Any:
        """The kept answer where the service fails; a reader's mistake stays one."""
        problem = ApiProblem(answer.status_code, _problem(answer))
        if self.kept is not None and answer.status_code >= 500 and not problem.is_empty:
            found = await self.kept.find(address)
            if found is not None:
                return found
        raise problem

    def _keep(self, address: str, body: Any) -> None:
        """Write an answer down for when the database does not answer: once a minute at most."""
        now = time.monotonic()
        if self.kept is None or now - self._written.get(address, -RENEWED_S) < RENEWED_S:
            return
        self._written[address] = now
        while len(self._written) > MOST_FILES:
            self._written.popitem(last=False)
        task = self.loop.create_task(self.kept.keep(address, body))
        self._writing.add(task)
        task.add_done_callback(self._writing.discard)


def _address(path: str, query: Mapping[str, str | None]) -> str:
    """Of the API; keys without a value are left out."""
    keys = {key: value for key, value in query.items() if value}
    return _within(path) + (f"?{urlencode(keys)}" if keys else "")


def _within(path: str) -> str:
    """Of the API. Names come out of readers' addresses: one of dots would lead to another route.

    Raises:
        ApiProblem: 404: nothing has such a name.
    """
    if {".", ".."}.intersection(path.partition("?")[0].split("/")):
        raise ApiProblem(404, {"detail": "There is nothing at this address."})
    return BASE + path


def _as_sent(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    """Headers of a reader's own request, byte by byte.

    Cookies of other programs of the same host come along, and they need not be ASCII.
    """
    return [(name.encode(), told.encode("latin-1", "replace")) for name, told in headers.items()]


def _problem(answer: httpx2.Response) -> dict[str, Any]:
    try:
        body = answer.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def open_client(app: ASGIApp, kept: Kept | None = None) -> Client:
    """A client of an application, on the loop that runs now.

    Args:
        app: the application.
        kept: where answers are kept for when the database does not answer.
    """
    transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False, client=(IN_PROCESS, 0))
    http = httpx2.AsyncClient(transport=transport, base_url="http://localhost", timeout=30)
    http.headers["accept-encoding"] = "identity"  # never leaves the process
    return Client(http, asyncio.get_running_loop(), kept, app)


# Dash finds its pages and callbacks by import, so what they share has to be found by import too.
_serving: ContextVar[Client] = ContextVar("serving")


def serve_with(client: Client) -> None:
    """Say whose request is answered from here on: its callback reads that application's API."""
    _serving.set(client)


def client() -> Client:
    """The client of the application whose request is answered now; nowhere else is there one."""
    return _serving.get()


def wait_for(work: Coroutine[Any, Any, T], timeout_s: float = 30) -> T:
    """Run a coroutine on the application's loop, from a thread of Dash."""
    loop = client().loop
    try:
        running: asyncio.AbstractEventLoop | None = asyncio.get_running_loop()
    except RuntimeError:
        running = None
    assert running is not loop, "waiting on the loop's own thread would never end"
    return asyncio.run_coroutine_threadsafe(work, loop).result(timeout=timeout_s)
