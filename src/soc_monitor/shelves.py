"""Where a shelf lies: a folder of declarations, in a checkout or inside an installed wheel."""

from importlib.resources import files
from pathlib import Path

from soc_monitor.errors import ShelfMissing


def shelf(name: str) -> Path:
    """The folder of ``dashboards``, ``ingest_jobs`` or ``migrations``.

    A wheel carries the shelves in ``soc_monitor/_shelves``; a checkout has them at its top.

    Raises:
        ShelfMissing: the folder is in neither place.

    Example:
        >>> shelf("migrations").name
        'migrations'
    """
    package = Path(str(files("soc_monitor")))
    for folder in (package / "_shelves" / name, package.parents[1] / name):
        if folder.is_dir():
            return folder
    msg = f"no folder {name!r} beside or inside {package}"
    raise ShelfMissing(msg)
