"""``soc-monitor backup`` and ``restore``: all that is stored, into a folder and back."""

import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from soc_monitor.commands import FAILED, Json, open_store_for_runs, read_settings
from soc_monitor.console import emit
from soc_monitor.errors import BadValue
from soc_monitor.settings import Settings

Folder = Annotated[Path, typer.Argument(help="Outside of the data folder, best on another disk.")]


def backup(folder: Folder, *, as_json: Json = False) -> None:
    """Write database and arrays into a folder, while the service runs.

    Into the same folder again, it copies what is new. Files that sources sent are not part of it.
    """
    from soc_monitor.store.backup import back_up  # noqa: PLC0415  # heavy

    _check_place(folder, read_settings())
    with open_store_for_runs() as (settings, store):
        told = back_up(store.engine, settings.arrays_folder, folder)
    emit(asdict(told), as_json=as_json)


def _check_place(folder: Path, settings: Settings) -> None:
    """Refuse a folder that would be lost with what it is a backup of, or is a part of it.

    Raises:
        BadValue: says which.
    """
    for own in (settings.data, settings.arrays_folder):
        if any(place.resolve().is_relative_to(own.resolve()) for place in _written(folder)):
            raise BadValue(
                f"{folder}: a backup cannot be inside of {own}", hint="Best on another disk"
            )


def _written(folder: Path) -> tuple[Path, Path]:
    from soc_monitor.store.backup import ARRAYS  # noqa: PLC0415  # heavy

    return folder, folder / ARRAYS


def restore(folder: Folder, *, as_json: Json = False) -> None:
    """Bring a backup into an empty data folder, and read every array again.

    The service must not run on that folder. ``soc-monitor up`` goes on from there.
    """
    from soc_monitor import operations  # noqa: PLC0415  # heavy
    from soc_monitor.runs.verify import verify  # noqa: PLC0415  # heavy
    from soc_monitor.store import backup as backups  # noqa: PLC0415  # heavy
    from soc_monitor.store.engine import make_engine  # noqa: PLC0415  # heavy

    settings = read_settings()
    settings.make_data_folder()
    engine = make_engine(operations.database_url(settings, start=True), statement_s=0)
    try:
        told = backups.restore(engine, settings.arrays_folder, folder)
    finally:
        engine.dispose()
    operations.migrate(operations.database_url(settings))
    with open_store_for_runs() as (_, store):
        damaged = list(verify(store))
    for line in damaged:
        emit({"damaged": line}, as_json=as_json)
    if damaged:
        sys.exit(FAILED)
    emit({**asdict(told), "arrays": "all as they were written"}, as_json=as_json)
