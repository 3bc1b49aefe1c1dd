"""Zip: the table with its metadata, read-me, citation and licence; the same bytes every time."""

import tempfile
import zipfile
from pathlib import Path

from soc_monitor.exports import metadata
from soc_monitor.exports.delimited import write_csv
from soc_monitor.exports.table import Report, Table, silent

_EPOCH = (1980, 1, 1, 0, 0, 0)
"""The first instant that the format knows: when the file is made says nothing of what is in it."""


def write_zip(table: Table, path: Path, report: Report = silent) -> None:
    """The table as a folder that explains itself, packed."""
    about = table.about
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        data = Path(folder) / "data.csv"
        digest, size = write_csv(table, data, report)
        texts = {
            "README.md": metadata.readme(table),
            "data.csv-metadata.json": metadata.dump(metadata.csvw(table, "data.csv", digest)),
            "datapackage.json": metadata.dump(
                metadata.datapackage(table, "data.csv", digest, size)
            ),
            "CITATION.cff": metadata.citation_cff(about),
            "LICENCE.txt": metadata.licence_text(about),
            "manifest.json": metadata.dump(about.manifest),
        }
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
            with data.open("rb") as source, packed.open(_entry("data.csv"), "w") as into:
                while block := source.read(1 << 20):
                    into.write(block)
            for name, text in texts.items():
                packed.writestr(_entry(name), text.encode())


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _EPOCH)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    return entry
