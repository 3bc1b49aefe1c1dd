"""Lines to begin with, at the head of the documents of the API."""

import html

from soc_monitor.model.samples import for_series

_TITLES = {
    "pandas": "Python",
    "client": "Python, with the client",
    "r": "R",
    "spreadsheet": "Spreadsheet",
    "curl": "Shell",
}


def sample_lines(origin: str, release: str) -> dict[str, str]:
    """Title to lines, for this very site.

    Args:
        origin: scheme and host of the site.
        release: name of the newest one: who keeps the line keeps the numbers.

    Example:
        >>> sample_lines("https://example.org", "2026.11.1")["R"]
        'd <- read.csv("https://example.org/api/v1/series.csv?area=WLD&v=stock&rel=2026.11.1")'
    """
    keys = {"area": "WLD", "v": "stock", "rel": release}
    found = {one.tool: one.text for one in for_series(origin, keys, "parquet")}
    found["spreadsheet"] = f"Data > From Web > {found['spreadsheet']}"
    return {title: found[tool] for tool, title in _TITLES.items()}


def sample_section(origin: str, release: str) -> str:
    """The lines as a part of a page."""
    parts = [
        f"<h3>{html.escape(title)}</h3><pre><code>{html.escape(lines)}</code></pre>"
        for title, lines in sample_lines(origin, release).items()
    ]
    return f"<h2>In one minute</h2>{''.join(parts)}"
