"""Names: what a source calls its files, as the name of a file of ours."""

from pathlib import PurePosixPath
from urllib.parse import urlsplit

LONGEST = 120
"""Bytes: with what is written behind it while it is fetched, no file system refuses it."""


def file_name(told: str) -> str:
    """The last part of an address or of a key, in a form that lies in its folder.

    Its ending stays, for it tells how some files are read.

    Example:
        >>> (
        ...     file_name("https://example.org/a/b.tif?x=1"),
        ...     file_name("a/.."),
        ...     file_name("x" * 999)[:3],
        ... )
        ('b.tif', 'file', 'xxx')
    """
    path = urlsplit(told).path if "://" in told else told
    name = PurePosixPath(path).name.encode("utf-8", "replace")[-LONGEST:].decode("utf-8", "ignore")
    return "file" if name in {"", ".", ".."} else name
