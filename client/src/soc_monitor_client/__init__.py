"""Read soc-monitor from Python: from a service, or from a folder of files exported from one.

A package of its own, and not a module of ``soc_monitor``: who installs that gets a database driver,
compilers and a web server, half a gigabyte of them. This one has no dependency at all; it asks for
pandas, xarray or geopandas at the moment that an answer is turned into theirs.

Example:
    >>> from soc_monitor_client import Client
    >>> Client("http://127.0.0.1:8000").series("FRA", "stock").to_pandas()  # doctest: +SKIP
"""

from soc_monitor_client.answers import Areas, Numbers, OwnArea
from soc_monitor_client.client import Client
from soc_monitor_client.transport import Problem, ProvisionalWarning, StaleWarning

__all__ = [
    "Areas",
    "Client",
    "Numbers",
    "OwnArea",
    "Problem",
    "ProvisionalWarning",
    "StaleWarning",
]
