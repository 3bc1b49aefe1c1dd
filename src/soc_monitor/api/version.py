"""Version of this program, as readers are told it."""

from functools import lru_cache
from importlib import metadata


@lru_cache(maxsize=1)
def version() -> str:
    """The version; ``0`` where the program runs from its source without being installed."""
    try:
        return metadata.version("soc-monitor")
    except metadata.PackageNotFoundError:
        return "0"
