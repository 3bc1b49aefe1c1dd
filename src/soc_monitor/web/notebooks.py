"""Notebooks of the Python client: read from the shelf, for pages and to be taken away."""

import json
import re
from dataclasses import dataclass
from functools import lru_cache

from markupsafe import Markup, escape

from soc_monitor.shelves import shelf

FOLDER = "client/notebooks"
LOCAL = "http://127.0.0.1:8000"
"""Address of a site that runs on the reader's own machine: what the notebooks ask by default."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell."""

    kind: str
    """``text`` or ``code``."""
    source: str


@dataclass(frozen=True, slots=True)
class Notebook:
    """A notebook, without outputs: those come from the reader's own run."""

    name: str
    title: str
    cells: tuple[Cell, ...]
    document: str
    """The file as it is kept."""

    def for_site(self, origin: str) -> str:
        """The file, asking this site where nothing else is said."""
        return self.document.replace(LOCAL, origin)


@lru_cache(maxsize=1)
def notebooks() -> dict[str, Notebook]:
    """Every notebook by its name, in order."""
    found = {}
    for path in sorted(shelf(FOLDER).glob("*.ipynb")):
        text = path.read_text("utf-8")
        cells = tuple(
            Cell("code" if one["cell_type"] == "code" else "text", "".join(one["source"]))
            for one in json.loads(text)["cells"]
        )
        title = next((c.source.splitlines()[0] for c in cells if c.source.startswith("# ")), "# ")
        found[path.stem] = Notebook(path.stem, title[2:] or path.stem, cells, text)
    return found


def prose(source: str) -> Markup:
    r"""The text of a cell: headings, paragraphs and code words, which is all that ours have.

    Example:
        >>> str(prose("# One\n\nRun it with `release=`."))
        '<h2>One</h2><p>Run it with <code>release=</code>.</p>'
    """
    made = []
    for part in source.split("\n\n"):
        heading = re.match(r"#+ (.*)", part)
        text = str(escape(heading[1] if heading else part))
        text = re.sub(r"`([^`]+)`", r"<code>\1</code>", text)
        made.append(f"<h2>{text}</h2>" if heading else f"<p>{text}</p>")
    return Markup("".join(made))  # noqa: S704  # escaped above
