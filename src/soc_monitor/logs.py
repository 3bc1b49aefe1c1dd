"""Logs: one JSON object a line, with the run's id on it."""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from pythonjsonlogger.json import JsonFormatter

from soc_monitor.errors import BadSetting

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")

_run: ContextVar[str] = ContextVar("run", default="")


class _RunFilter(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        if _run.get():
            record.run = _run.get()
        return True


def current_run() -> str:
    """The id of the run that this thread is in; empty: none."""
    return _run.get()


@contextmanager
def run_context(run_id: str) -> Iterator[None]:
    """Put the run's id on every line logged inside."""
    token = _run.set(run_id)
    try:
        yield
    finally:
        _run.reset(token)


def configure(level: str = "INFO") -> None:
    """Log to standard error; called once, by the command.

    Raises:
        BadSetting: there is no such level.
    """
    level = level.upper()
    if level not in LEVELS:
        raise BadSetting(f"SOC_LOG_LEVEL: {level!r} is no level", allowed=LEVELS)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        JsonFormatter(
            "{levelname}{name}{message}",
            style="{",
            rename_fields={"levelname": "level", "name": "logger", "message": "event"},
            timestamp="time",
        )
    )
    handler.addFilter(_RunFilter())
    # Runs keep more of what they say than the process tells.
    handler.setLevel(level)
    logging.basicConfig(level=level, handlers=[handler], force=True)
    # They tell of every step of their own, at a level where we tell of runs.
    for name in ("alembic", "procrastinate", "httpx2"):
        logging.getLogger(name).setLevel(max(logging.WARNING, logging.getLogger().level))
