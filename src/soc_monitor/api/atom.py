"""Atom: feeds for readers' own programs, without an account."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from xml.etree import ElementTree as ET

ATOM = "http://www.w3.org/2005/Atom"
MEDIA_TYPE = "application/atom+xml"
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing that happened."""

    key: str
    """Address, without scheme and host, that tells it from every other one."""
    title: str
    at: datetime
    page: str
    """Path of the page that shows it."""
    summary: str = ""


def write(
    origin: str,
    path: str,
    *,
    lang: str,
    title: str,
    page: str,
    at: datetime,
    entries: Sequence[Entry],
) -> bytes:
    """A feed (RFC 4287).

    Args:
        origin: scheme and host.
        path: of the feed, with its keys.
        lang: its language.
        title: of the feed.
        page: path of the page that shows the same.
        at: when it changed, if it has no entries.
        entries: the newest first.
    """
    ET.register_namespace("", ATOM)
    feed = ET.Element(f"{{{ATOM}}}feed", {_LANG: lang})
    _add(feed, "id", f"{origin}{path}")
    _add(feed, "title", title)
    _add(feed, "updated", (entries[0].at if entries else at).isoformat())
    _add(ET.SubElement(feed, f"{{{ATOM}}}author"), "name", "soc-monitor")
    _link(feed, f"{origin}{path}", "self")
    _link(feed, f"{origin}{page}", "alternate")
    for one in entries:
        entry = ET.SubElement(feed, f"{{{ATOM}}}entry")
        _add(entry, "id", f"{origin}{one.key}")
        _add(entry, "title", one.title)
        _add(entry, "updated", one.at.isoformat())
        _link(entry, f"{origin}{one.page}", "alternate")
        _add(entry, "summary", one.summary or one.title)
    written: bytes = ET.tostring(feed, encoding="utf-8", xml_declaration=True)
    return written


def _add(parent: ET.Element, name: str, text: str) -> None:
    # XML has no place for most control characters, not even escaped.
    plain = "".join(c for c in text if c >= " " or c in "\t\n")
    ET.SubElement(parent, f"{{{ATOM}}}{name}").text = plain


def _link(parent: ET.Element, address: str, kind: str) -> None:
    ET.SubElement(parent, f"{{{ATOM}}}link", {"rel": kind, "href": address})
