"""Up: all parts on one machine, started in order, watched, and stopped in reverse."""

import fcntl
import gc
import logging
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any, TextIO

from soc_monitor import logs, operations, watching
from soc_monitor.console import bars, err
from soc_monitor.errors import (
    BadSetting,
    LockedByAnotherRun,
    SchemaMismatch,
    SocMonitorError,
    StoreUnavailable,
)
from soc_monitor.runs.alerting import LEAST_FREE
from soc_monitor.runs.jobs import load_jobs
from soc_monitor.settings import Settings
from soc_monitor.store import cluster, control, read, schema
from soc_monitor.store.engine import make_engine
from soc_monitor.store.store import Store

log = logging.getLogger(__name__)

STOP_S = 10.0
READY_S = 120.0
PARENT = "SOC_UP_PID"
"""Variable that tells a part which process started it."""


def run_all(settings: Settings, *, once: bool = False) -> int:
    """Database, first data, site and worker; returns when it is told to stop.

    Killing it at any moment is safe: the next one goes on where this one was.

    Returns:
        The exit code.
    """
    if not once:
        _check_port(settings)
    # Both, for a shell that starts us in the background has interrupts ignored.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    settings.make_data_folder()
    alone = _alone(settings.data)
    err.print(f"soc-monitor: data in {settings.data}")
    url = operations.database_url(settings)
    parts: dict[str, subprocess.Popen[bytes]] = {}
    environment = {
        **os.environ,
        "DATABASE_URL": url,
        "SOC_SECRET": settings.secret or secrets.token_hex(32),
        PARENT: str(os.getpid()),
    }
    try:
        if not once:
            # Its code takes seconds to load: meanwhile the database is made ready.
            parts["web"] = _start("web", environment)
        operations.database_url(settings, start=True)
        operations.migrate(url)
        # Numbers of an earlier start can be read while we look for what is new.
        early = not once and _has_numbers(settings, url)
        if early:
            threading.Thread(target=_announce, args=(settings,), daemon=True).start()
        failures = _set_up(settings, url)
        if once:
            return int(bool(failures))
        parts["worker"] = _start("worker", environment)
        if not early:
            _announce(settings)
        _watch(settings, parts, environment)
    except KeyboardInterrupt:
        err.print("stopping")
    finally:
        for part in reversed(parts.values()):
            _stop(part)
        if not settings.database_url:
            cluster.stop(settings.postgres_folder)
        alone.close()
    return 0


def _alone(folder: Path) -> TextIO:
    """Hold the data folder: a second ``up`` would stop the database under the first."""
    lock = (folder / "up.lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        lock.close()
        raise LockedByAnotherRun(f"soc-monitor is already up on {folder}") from error
    return lock


def _has_numbers(settings: Settings, url: str) -> bool:
    store = operations.open_for_runs(settings, url)
    try:
        return bool(read.list_releases(store, limit=1))
    finally:
        store.close()


def _set_up(settings: Settings, url: str) -> list[str]:
    store = operations.open_for_runs(settings, url)
    try:
        with bars() as report:
            failures = operations.set_up(settings, store, report)
    finally:
        store.close()
    for failure in failures:
        err.print(f"not done: {failure}", style="yellow")
    return failures


def _check_port(settings: Settings) -> None:
    six = ":" in settings.host
    with socket.socket(socket.AF_INET6 if six else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if six:
            probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            where = f"{settings.host}:{settings.port}"
            raise BadSetting(
                f"{where} cannot be listened on: {error.strerror}",
                hint="Another program may use it; SOC_PORT chooses another port",
            ) from error


def _announce(settings: Settings) -> None:
    """Say the address once it answers."""
    if _ready(settings):
        err.print(f"soc-monitor: http://{settings.host}:{settings.port}/", style="bold green")
        err.print("Ctrl-C stops it.")


def _watch(
    settings: Settings, parts: dict[str, subprocess.Popen[bytes]], environment: dict[str, str]
) -> None:
    """Until it is told to stop."""
    while True:
        time.sleep(1.0)
        _heal(settings, parts, environment)


def _start(name: str, environment: dict[str, str]) -> subprocess.Popen[bytes]:
    # A session of its own: Ctrl-C reaches only us, and we stop the parts in order.
    command = [sys.executable, "-m", "soc_monitor.cli", name]
    return subprocess.Popen(command, env=environment, start_new_session=True)


def _heal(
    settings: Settings, parts: dict[str, subprocess.Popen[bytes]], environment: dict[str, str]
) -> None:
    """Start again what has died: each part is safe to kill at any moment."""
    if not settings.database_url and not cluster.running(settings.postgres_folder):
        err.print("the database has died: starting it again", style="yellow")
        try:
            cluster.start(settings.postgres_folder)
        except SocMonitorError as error:
            err.print(str(error), style="red")
    for name, part in parts.items():
        if part.poll() is not None:
            err.print(f"{name} ended with {part.returncode}: starting it again", style="yellow")
            time.sleep(1.0)
            parts[name] = _start(name, environment)


def _stop(part: subprocess.Popen[bytes]) -> None:
    part.terminate()
    try:
        part.wait(STOP_S)
    except subprocess.TimeoutExpired:
        part.kill()
        part.wait()


def _ready(settings: Settings) -> bool:
    end = time.monotonic() + READY_S
    while time.monotonic() < end:
        try:
            address = f"http://{settings.host}:{settings.port}/healthz"
            with urllib.request.urlopen(address, timeout=5):
                return True
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    return False


def _end_with_parent() -> None:
    """End when ``up`` has died without stopping us: a port and a database would stay taken."""
    parent = os.environ.get(PARENT)
    if parent is None:
        return

    def watch() -> None:
        while os.getppid() == int(parent):
            time.sleep(1.0)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, daemon=True).start()


# --- the parts ---------------------------------------------------------------------------------


def serve(settings: Settings) -> None:
    """The web process; refuses a port that is taken, and a schema that it does not know."""
    _check_port(settings)
    url = operations.database_url(settings)
    import uvicorn  # noqa: PLC0415  # only this process needs it

    from soc_monitor import (  # noqa: PLC0415  # the slow part, before the database
        server,  # noqa: F401
        serving,
    )

    _end_with_parent()
    _await_schema(url, READY_S if PARENT in os.environ else 0.0)
    os.environ.update(
        DATABASE_URL=url,
        SOC_SECRET=settings.secret or secrets.token_hex(32),
        SOC_HOST=settings.host,
        SOC_PORT=str(settings.port),
    )
    uvicorn.run(
        "soc_monitor.up:web_app",
        factory=True,
        **serving.options(settings),
    )


def _await_schema(url: str, seconds: float) -> None:
    """Go on once the database has our schema; ``up`` makes it while we load."""
    end = time.monotonic() + seconds
    engine = make_engine(url)
    while True:
        try:
            schema.check(engine)
        except (StoreUnavailable, SchemaMismatch):
            if time.monotonic() >= end:
                raise
            time.sleep(0.2)
        else:
            engine.dispose()
            return


def web_app() -> Any:
    """The ASGI app of one web process, from the environment that ``serve`` has set."""
    from soc_monitor.server import build  # noqa: PLC0415  # heavy, and only this process needs it

    if not logging.getLogger().handlers:  # one of several, which knows nothing of the first
        logs.configure(os.environ.get("SOC_LOG_LEVEL", "WARNING"))
    # Five milliseconds by default: with ten threads that compute, the loop would wait fifty.
    sys.setswitchinterval(0.001)
    settings = Settings()
    store = Store(make_engine(settings.database_url), settings.arrays_folder)
    app = build(store, settings)
    # What is loaded stays: to look all of it through for garbage, whenever something was read,
    # would stop every thread for a third of a second.
    gc.collect()
    gc.freeze()
    return app


def work(settings: Settings) -> None:
    """The worker process."""
    from soc_monitor.api import premade  # noqa: PLC0415  # only this process needs it
    from soc_monitor.api.premade import Premade  # noqa: PLC0415  # the same
    from soc_monitor.feeds.decode import lack_of_locks  # noqa: PLC0415  # the same
    from soc_monitor.making import make_all  # noqa: PLC0415  # only this process needs it
    from soc_monitor.telling import tell_all  # noqa: PLC0415  # the same
    from soc_monitor.worker import make_queue, work_off  # noqa: PLC0415  # the same

    _end_with_parent()
    url = operations.database_url(settings)
    jobs = {
        job_id: shelved
        for job_id, shelved in operations.all_jobs(settings).items()
        if operations.is_on(shelved, settings)
    }
    if lack := lack_of_locks():
        log.warning("decoder not locked in", extra={"found": lack})
    # Every run holds a session for its lock.
    store = operations.open_for_runs(settings, url, runs=len(jobs))
    control.note_by_itself(store, [shelved.job for shelved in jobs.values()])
    queue = make_queue(
        url.replace("postgresql+psycopg://", "postgresql://"),
        jobs,
        lambda job_id, due_at: operations.run_due(settings, store, job_id, due_at),
    )
    stop = threading.Event()
    streams = operations.start_streams(jobs, store, stop)
    maker = threading.Thread(target=make_all, args=(store, settings, stop), name="exports")
    # A long file is no reason not to stop: what is half made is begun again by the next one.
    maker.daemon = True
    maker.start()
    # Nor is a subscriber who answers slowly: what was not taken is sent again.
    threading.Thread(
        target=tell_all, args=(store, settings, stop), name="subscribers", daemon=True
    ).start()
    # Nor is a look at the site: its turn is looked at by another, or by nobody.
    threading.Thread(
        target=watching.watch_all, args=(store, settings, stop), name="looks", daemon=True
    ).start()
    # Nor is a picture of the world: a tile that is not there is drawn for who asks for it.
    tiles = Premade(settings.data / premade.FOLDER)
    threading.Thread(
        target=premade.keep_up, args=(store, tiles, stop), name="tiles", daemon=True
    ).start()
    streams += operations.start_keepers(settings, store, stop)
    try:
        work_off(queue, jobs)
    finally:
        stop.set()
        for stream in streams:
            if not stream.daemon:
                stream.join(STOP_S)
        store.close()


def openapi_document(settings: Settings) -> dict[str, Any]:
    """The OpenAPI document of the API; no database is needed for it."""
    from soc_monitor.api.app import create_api  # noqa: PLC0415  # only this verb needs it alone

    store = Store(make_engine("postgresql://nowhere/none"), settings.arrays_folder)
    return create_api(store, settings).openapi()


def examine(settings: Settings) -> list[dict[str, Any]]:
    """What the service needs, one finding each."""
    findings = [_finding("data folder", settings.data, lambda: _writable(settings))]
    if not settings.database_url:
        findings.append(
            _finding(
                "PostgreSQL with PostGIS",
                "private",
                lambda: str(cluster.find_programs(settings.postgres_folder)),
            )
        )
    findings.append(_finding("database", "", lambda: _schema(settings)))
    findings.append(_finding("locks of the decoder", "kernel", _locks))
    folders = operations.job_folders(settings)
    findings.append(_finding("jobs", "", lambda: f"{len(load_jobs(folders))}"))
    return findings


def _finding(what: str, where: object, look: Any) -> dict[str, Any]:
    try:
        return {"what": what, "where": str(where), "state": "ok", "found": look()}
    except (SocMonitorError, OSError) as error:
        return {"what": what, "where": str(where), "state": "missing", "found": str(error)}


def _writable(settings: Settings) -> str:
    # Where it would be made: to look makes nothing.
    place = next(one for one in (settings.data, *settings.data.absolute().parents) if one.exists())
    if not (place.is_dir() and os.access(place, os.W_OK)):
        raise BadSetting(f"{place} cannot be written to")
    free = shutil.disk_usage(place).free
    if free < LEAST_FREE:
        raise BadSetting(f"{free >> 20} MiB are left, {LEAST_FREE >> 20} are needed")
    return f"{free / 1024**3:.1f} GiB free"


def _locks() -> str:
    from soc_monitor.feeds.decode import locks, told_lack  # noqa: PLC0415  # only this verb needs it

    return told_lack(locks()) or "landlock, seccomp"


def _schema(settings: Settings) -> str:
    engine = make_engine(operations.database_url(settings))
    try:
        schema.check(engine)
        return f"schema {schema.head()}"
    finally:
        engine.dispose()
