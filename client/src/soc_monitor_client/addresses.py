"""Addresses: which of the API have a release, and which are of the service itself."""

import re

_OF_NO_RELEASE = re.compile(
    r"(?:exports|freshness|limits|news|observations|outlines|provenance|releases|runs"
    r"|stations|status|subscriptions|suggestions)\b"
    r"|aoi/(?:limits|shapes|shares(?!/[^/]+/statistics\.))\b"
    r"|objectives/[^/]+/judgements$"
    r"|registers/[^/]+/(?:template\.|[^/]+/history$)"
)
"""Stations, outlines and the state of the service are what they are now, whatever the release."""


def has_release(path: str) -> bool:
    """Whether an address, without its keys, takes ``rel``.

    Args:
        path: below the API's root: ``series.csv``, ``/stations``.

    Example:
        >>> has_release("series.csv"), has_release("/stations"), has_release("observations.csv")
        (True, False, False)
        >>> has_release("registers/partners.csv"), has_release("registers/partners/template.csv")
        (True, False)
    """
    return _OF_NO_RELEASE.match(path.lstrip("/")) is None
