"""Making: the API asked in this process, its answer written to a file as it comes.

The worker makes long exports so, and the command all of them: what a reader gets from the site and
what ``soc-monitor export`` writes are made by the same lines.
"""

import asyncio
import hashlib
import json
import logging
import threading
import uuid
from collections.abc import Callable, MutableMapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

from anyio.from_thread import start_blocking_portal
from fastapi import FastAPI

from soc_monitor.api.app import create_api
from soc_monitor.api.desk import EXPORTS, desk_of_app
from soc_monitor.errors import BadValue, LeaseLost, SocMonitorError
from soc_monitor.exports import Report, silent
from soc_monitor.settings import Settings
from soc_monitor.store import exports
from soc_monitor.store.exports import LEASE_S, Export
from soc_monitor.store.store import Store

log = logging.getLogger(__name__)

POLL_S = 1.0
SWEEP_S = 300.0
UNFORESEEN = "It could not be made: the log of the service says why."


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A file that was made."""

    name: str
    """That the answer gives it; empty: it gives none."""
    size: int
    sha256: str


def make(
    store: Store,
    settings: Settings,
    address: str,
    path: Path,
    *,
    body: bytes | None = None,
    report: Report = silent,
    check: Callable[[], None] = lambda: None,
) -> Made:
    """What an address of the API answers, as a file: whole, or not there.

    Args:
        store, settings: of the service.
        address: path and query.
        path: of the file; it takes its place at the end.
        body: sent with it (``POST``); None: nothing (``GET``).
        report: told how far it is.
        check: called when the file is whole; what it raises keeps the file out of its place.

    Raises:
        BadValue: the API refuses, and says why.
    """
    app = create_api(store, settings)
    app.state.desk = replace(desk_of_app(app), whole=True, report=report)
    # A file is made again from its manifest: what is late today is no part of it.
    app.state.catalogue = replace(app.state.catalogue, late=lambda *_: {})
    # Of this maker alone: one that was taken over may still be writing.
    part = path.with_name(f".{path.name}.{uuid.uuid4().hex}.part")
    try:
        # A loop of its own, whatever thread asks and whatever it runs already.
        with start_blocking_portal() as portal:
            made = portal.call(_ask, app, address, body, part)
        check()
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return made


async def _ask(app: FastAPI, address: str, body: bytes | None, path: Path) -> Made:
    where, _, query = address.partition("?")
    headers: list[tuple[bytes, bytes]] = [(b"host", b"localhost")]
    scope: dict[str, Any] = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET" if body is None else "POST",
        "scheme": "http",
        "path": where,
        "raw_path": where.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": headers,
        "client": ("127.0.0.1", 0),
        "server": ("localhost", 80),
    }
    status, told = 0, dict[bytes, bytes]()
    sent = asyncio.Event()
    digest, size, refused = hashlib.sha256(), 0, b""
    with path.open("wb") as out:

        async def receive() -> dict[str, Any]:
            if sent.is_set():
                await asyncio.Event().wait()  # we do not go away
            sent.set()
            return {"type": "http.request", "body": body or b"", "more_body": False}

        async def send(message: MutableMapping[str, Any]) -> None:
            nonlocal status, size, refused
            if message["type"] == "http.response.start":
                status = message["status"]
                told.update((key.lower(), value) for key, value in message["headers"])
            elif message["type"] == "http.response.body":
                block = message.get("body", b"")
                if status != 200:
                    refused += block
                    return
                out.write(block)
                digest.update(block)
                size += len(block)

        await app(scope, receive, send)
        out.flush()
    if status != 200:
        raise _refusal(status, refused)
    name = told.get(b"content-disposition", b"").decode().partition('filename="')[2]
    return Made(name=name.rstrip('"'), size=size, sha256=digest.hexdigest())


def _refusal(status: int, problem: bytes) -> BadValue:
    """What the API refuses, in its own words."""
    try:
        told = json.loads(problem)
        detail, title = str(told["detail"]), str(told["title"])
    except (ValueError, KeyError, TypeError):
        return BadValue(f"{status}: {problem[:200].decode('utf-8', 'replace')}")
    if title != BadValue.title():
        detail = f"{title}: {detail}"
    hint, allowed = str(told.get("hint", "")), tuple(map(str, told.get("allowed", ())))
    return BadValue(detail, hint=hint, allowed=allowed)


def make_next(store: Store, settings: Settings) -> Export | None:
    """Make the export that waits longest; None: there is none.

    Killed at any moment, its lease runs out and another takes it over; the file is there whole or
    not at all.
    """
    export = exports.claim(store)
    if export is None:
        return None
    folder = settings.data / EXPORTS
    folder.mkdir(parents=True, exist_ok=True)
    with _Held(store, export) as held:
        try:
            made = make(
                store,
                settings,
                export.address,
                folder / export.id,
                body=export.body,
                report=held.report,
                check=held.check,
            )
        except OSError:
            raise  # a full disk is no fault of the export: it waits, and is tried again
        except SocMonitorError as error:
            _give_up(store, export, held, error.detail)
            return export
        except Exception:
            log.exception("export failed", extra={"export": export.id})
            _give_up(store, export, held, UNFORESEEN)
            return export
    exports.finish(store, export, size=made.size, sha256=made.sha256)
    return export


def _give_up(store: Store, export: Export, held: "_Held", detail: str) -> None:
    """Say why an export was not made; nothing, where another makes it by now."""
    if held.lost:
        log.warning("export taken over", extra={"export": export.id})
        return
    log.warning("export failed", extra={"export": export.id, "error": detail})
    exports.fail(store, export, detail)


class _Held:
    """The lease of an export, renewed until the end."""

    def __init__(self, store: Store, export: Export) -> None:
        self.lost = False
        """Another holds the export by now."""
        self._store, self._export, self._done = store, export, 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._renew, daemon=True)

    def report(self, done: int, _: int) -> None:
        """Take down how far it is; raises ``LeaseLost`` when there is no use in going on."""
        self._done = done
        if self.lost:
            raise LeaseLost(f"export {self._export.id} is another's")

    def check(self) -> None:
        """Hold the lease for as long as it takes to put the file in its place, or raise."""
        self.lost = not exports.renew(self._store, self._export, done=self._done)
        self.report(self._done, 0)

    def _renew(self) -> None:
        told, waited, export = 0, 0.0, self._export
        while not self.lost and not self._over.wait(POLL_S):
            waited += POLL_S
            now = self._done
            if now == told and waited < LEASE_S / 3:
                continue
            told, waited = now, 0.0
            try:
                self.lost = not exports.renew(self._store, export, done=now)
            except SocMonitorError as error:
                log.warning("lease not renewed", extra={"export": export.id, "error": str(error)})

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()


def sweep(store: Store, settings: Settings) -> None:
    """Remove the files that are kept no longer, and what a killed maker has left."""
    known = exports.expire(store)
    folder = settings.data / EXPORTS
    if not folder.is_dir():
        return
    for path in folder.iterdir():
        if path.name.removeprefix(".").partition(".")[0] not in known:
            path.unlink(missing_ok=True)


def make_all(store: Store, settings: Settings, stop: threading.Event) -> None:
    """Make exports as they are asked for, until told to stop."""
    since = SWEEP_S
    while not stop.wait(POLL_S):
        try:
            while not stop.is_set() and make_next(store, settings) is not None:
                pass
            since += POLL_S
            if since >= SWEEP_S:
                since = 0.0
                sweep(store, settings)
        except (SocMonitorError, OSError) as error:
            log.error("exports wait", extra={"error": str(error)})  # noqa: TRY400  # it goes on
        except Exception:
            # The last wall: one file that nobody foresaw is no reason to make none any more.
            log.exception("exports wait")
