"""Versions of items: which of two that a provider tells is the newer."""

import re
from string import digits


def is_ordered(version: str) -> bool:
    """Whether a version says which is newer: an entity tag does not, told as such or alone."""
    tag = version.startswith("etag:") or re.fullmatch(r"[0-9a-f]{32}(-[0-9]+)?", version)
    return bool(version) and not tag


def version_order(version: str) -> list[tuple[int, str]]:
    """How versions follow each other: numbers as numbers, the rest as text.

    A number is ordered by its digits and never made: a catalogue may send thousands of them.

    Example:
        >>> version_order("v1.10") > version_order("v1.9")
        True
        >>> version_order("v02") == version_order("v2"), version_order("2²") > version_order("2")
        (True, True)
    """
    parts = re.findall(r"[0-9]+|[^0-9]+", version)
    return [_digits(part.lstrip("0")) if part[0] in digits else (-1, part) for part in parts]


def _digits(significant: str) -> tuple[int, str]:
    return len(significant), significant
