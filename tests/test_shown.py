"""What the lists of faults and guards name as shown by a test is shown by one that exists."""

import ast
import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
DOCS = TESTS.parent / "docs"


def functions(source: str) -> set[str]:
    """Names of the tests of a file."""
    return {one.name for one in ast.parse(source).body if isinstance(one, ast.FunctionDef)}


def named(page: Path) -> list[tuple[str, str, str]]:
    """(file, name in words, which case of it) of every test that a table names in its last column.

    Of several tests of one file the file is named once.
    """
    found = []
    for line in page.read_text("utf-8").splitlines():
        if not line.startswith("| ") or line.startswith(("| ---", "| what goes", "| guard |")):
            continue
        file = ""
        for part in line.split(" | ")[-1].removesuffix(" |").split("; "):
            match = re.fullmatch(r"(?:`([a-z0-9_/.]+)`: )?(.+?)(?: \(([^)]*)\))?", part.strip())
            assert match is not None, line
            file = match[1] or file
            assert file, line
            found.append((file, match[2], match[3] or ""))
    return found


@pytest.mark.parametrize("page", ["faults.md", "guards.md"])
def test_every_test_that_a_list_names_is_there(page: str) -> None:
    wanted = named(DOCS / page)
    assert len(wanted) > 60
    known: dict[str, tuple[str, set[str]]] = {}
    for file in {file for file, _, _ in wanted}:
        source = (TESTS / file).read_text("utf-8") if (TESTS / file).is_file() else ""
        known[file] = (source, functions(source))
    missing = [
        f"{file}: {words} ({case})"
        for file, words, case in wanted
        if f"test_{words.replace(' ', '_')}" not in known[file][1] or case not in known[file][0]
    ]
    assert missing == []
