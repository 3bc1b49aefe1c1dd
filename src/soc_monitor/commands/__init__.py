"""Commands: the verbs of ``soc-monitor``, one file a noun, and the door they come in by."""

import getpass
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer
from pydantic import ValidationError

from soc_monitor.errors import BadSetting, StoreUnavailable
from soc_monitor.settings import Settings

Json = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]
RunId = Annotated[str, typer.Argument(help="Id of the run, or the beginning of one.")]


def account() -> str:
    """Who types a command, as far as the machine knows: the account, and not root who they became.

    A number with no name in the machine's list of accounts is told as one.
    """
    try:
        return os.environ.get("SUDO_USER") or getpass.getuser()
    except (KeyError, OSError):
        return f"uid {os.geteuid()}"


By = Annotated[
    str,
    typer.Option(
        "--by",
        default_factory=account,
        show_default="your account",
        help="Who does it: written down beside what was done, see ``audit``.",
    ),
]
"""Of every command that changes something."""

DONE, FAILED, USAGE, NOTHING_NEW, QUALITY, UNREACHABLE, LOCKED, PARTLY = range(8)
"""Exit codes, the same for every verb."""


def read_settings() -> Settings:
    """The settings of the environment.

    Raises:
        BadSetting: one of them has a value that cannot be used; says which.
    """
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = "SOC_" + "_".join(map(str, first["loc"])).upper()
        raise BadSetting(f"{name}: {first['msg']}") from error


@contextmanager
def open_store_for_runs() -> Iterator[tuple[Settings, Any]]:
    """Settings and a store, with the private database started where it is ours.

    Raises:
        StoreUnavailable: there is none; a folder whose name was mistyped is not made.
    """
    from soc_monitor import operations  # noqa: PLC0415  # heavy: only verbs that work need it

    settings = read_settings()
    if not settings.database_url and not settings.postgres_folder.exists():
        raise StoreUnavailable(
            f"nothing has been set up in {settings.data}",
            hint="SOC_DATA names the folder; soc-monitor up sets it up",
        )
    store = operations.open_for_runs(settings, operations.database_url(settings, start=True))
    try:
        yield settings, store
    finally:
        store.close()
