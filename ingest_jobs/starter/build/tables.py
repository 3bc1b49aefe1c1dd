"""Tables written so that a rebuild gives the same bytes."""

import csv
import gzip
import io
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

STARTER = Path(__file__).resolve().parents[1]


def say(line: str) -> None:
    """Tell the operator."""
    sys.stdout.write(f"{line}\n")


def _lines(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(["" if value is None else value for value in row] for row in rows)
    return text.getvalue().encode()


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file, compressed if its name ends in .gz, and say how large it is."""
    if path.suffix == ".gz":
        # Time and name in the gzip header would make every rebuild differ.
        content = gzip.compress(content, compresslevel=9, mtime=0)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    say(f"{path.relative_to(STARTER)}: {len(content):,} bytes")


def write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write a table as UTF-8 CSV with Unix line ends."""
    write_bytes(path, _lines(header, rows))


def read_csv(path: Path) -> list[dict[str, str]]:
    """The rows of a table, each by column name."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
