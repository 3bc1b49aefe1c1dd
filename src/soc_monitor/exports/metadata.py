"""Metadata: one description of the columns, as CSVW, as Frictionless and for people to read.

Source:
    W3C, Metadata Vocabulary for Tabular Data (2015); Frictionless Data Package 2.0;
    Citation File Format 1.2.0.
"""

import json
from typing import Any

from soc_monitor.exports.columns import Column
from soc_monitor.exports.table import About, Table
from soc_monitor.model import LANGUAGES

_CSVW = {"text": "string", "integer": "integer", "number": "number", "date": "date"}
_FRICTIONLESS = {"text": "string", "integer": "integer", "number": "number", "date": "date"}
_KNOWN = {
    "CC-BY-4.0": ("https://creativecommons.org/licenses/by/4.0/", "Attribution 4.0 International"),
    "CC-BY-SA-4.0": (
        "https://creativecommons.org/licenses/by-sa/4.0/",
        "Attribution-ShareAlike 4.0 International",
    ),
    "CC0-1.0": (
        "https://creativecommons.org/publicdomain/zero/1.0/",
        "CC0 1.0 Universal Public Domain Dedication",
    ),
}
"""Licences by their SPDX ids: address of the text, name."""
_ROWS = {
    "tidy": "a row for each area and period",
    "wide": "a row for each area, with columns for each period",
}


def dump(content: object) -> str:
    """JSON for people to read too."""
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def csvw(table: Table, url: str, digest: str = "") -> dict[str, Any]:
    """The table described as CSV on the Web.

    Args:
        table: its columns and what is told of it.
        url: where the CSV is, as seen from the description.
        digest: SHA-256 of the CSV; empty: not known.
    """
    about = table.about
    return {
        "@context": ["http://www.w3.org/ns/csvw", {"@language": "en"}],
        "url": url,
        "dc:title": about.title,
        "dc:description": about.summary,
        "dc:license": {"@id": licence_link(about)} if licence_link(about) else about.licence,
        "dc:source": about.citation,
        "dc:bibliographicCitation": about.quote,
        **({"dc:identifier": about.url} if about.url else {}),
        "dc:modified": {"@value": about.published_at.date().isoformat(), "@type": "date"},
        "schema:version": about.release,
        "soc:manifest": json.dumps(about.manifest, ensure_ascii=False),
        **({"soc:sha256": digest} if digest else {}),
        "dialect": {"header": True, "encoding": "utf-8", "delimiter": ",", "quoteChar": '"'},
        "tableSchema": {
            "columns": [_csvw_column(column) for column in table.columns],
            **_key(table),
        },
    }


def _csvw_column(column: Column) -> dict[str, Any]:
    titles = {language: column.title(language) for language in LANGUAGES}
    datatype: Any = _CSVW[column.kind]
    if column.allowed:
        choices = "|".join(word.replace("+", "\\+") for word in column.allowed)
        datatype = {"base": "string", "format": f"^({choices})$"}
    return {
        "name": column.name,
        # The name is in the header row: a reader that checks it must find it among the titles.
        "titles": {**titles, "en": [column.name, titles["en"]]},
        "dc:description": column.about,
        "datatype": datatype,
        "required": column.required,
    }


def _key(table: Table) -> dict[str, list[str]]:
    return {"primaryKey": list(table.key)} if table.key else {}


def datapackage(
    table: Table, path: str, digest: str = "", size: int = 0, *, bom: bool = False
) -> dict[str, Any]:
    """The same as a Frictionless data package.

    Args:
        table: its columns and what is told of it.
        path: where the CSV is, as seen from the package.
        digest: SHA-256 of the CSV; empty: not known.
        size: of the CSV [bytes].
        bom: whether the CSV begins with a byte order mark.
    """
    about = table.about
    resource: dict[str, Any] = {
        "name": "data",
        "type": "table",
        "path": path,
        "profile": "tabular-data-resource",
        "scheme": "file",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8-sig" if bom else "utf-8",
        "schema": {
            "fields": [_field(column) for column in table.columns],
            "missingValues": [""],
            **_key(table),
        },
    }
    if digest:
        resource |= {"hash": f"sha256:{digest}", "bytes": size}
    licence: dict[str, str] = {"name": about.licence} if about.licence else {}
    if licence and licence_link(about):
        licence["path"] = licence_link(about)
    homepage = about.origin or about.link
    return {
        "name": "soc-monitor",
        **({"id": about.url} if about.url else {}),
        "title": about.title,
        "description": about.summary,
        "version": about.release,
        "created": about.published_at.isoformat(),
        **({"homepage": homepage} if homepage else {}),
        **({"licenses": [licence]} if licence else {}),
        "sources": [
            {"title": about.citation or about.product}
            | ({"path": about.link} if about.link else {})
        ],
        "manifest": about.manifest,
        "resources": [resource],
    }


def _field(column: Column) -> dict[str, Any]:
    constraints: dict[str, Any] = {}
    if column.required:
        constraints["required"] = True
    if column.allowed:
        constraints["enum"] = list(column.allowed)
    return {
        "name": column.name,
        "type": _FRICTIONLESS[column.kind],
        "title": column.title("en"),
        "titles": {language: column.title(language) for language in LANGUAGES},
        "description": column.about,
    } | ({"constraints": constraints} if constraints else {})


def licence_link(about: About) -> str:
    """Where the text of the licence is; empty: not known."""
    return licence_address(about.licence)


def licence_address(licence: str) -> str:
    """Where the text of a licence is, by its SPDX id; empty: not known.

    Example:
        >>> licence_address("CC0-1.0"), licence_address("of our own")
        ('https://creativecommons.org/publicdomain/zero/1.0/', '')
    """
    return _KNOWN.get(licence, ("", ""))[0]


def licence_text(about: About) -> str:
    """What a reader may do with the numbers, in words."""
    link, name = _KNOWN.get(about.licence, ("", ""))
    lines = [f"Licence of the data: {about.licence or 'not stated by the source'}"]
    if name:
        lines += [name, link]
    lines += [
        "",
        f"Source: {about.citation or about.product}",
        *([about.link] if about.link else []),
        "",
        "Whoever passes the numbers on names the source and the release.",
    ]
    return "\n".join(lines) + "\n"


def citation_cff(about: About) -> str:
    """The citation as a Citation File Format document: YAML, of which JSON is a part."""
    document: dict[str, Any] = {
        "cff-version": "1.2.0",
        "message": "Please cite the data with their source and release.",
        "type": "dataset",
        "title": about.title,
        "abstract": about.summary,
        "authors": [{"name": "soc-monitor"}],
        "version": about.release,
        "date-released": about.published_at.date().isoformat(),
        "references": [
            {
                "type": "data",
                "title": about.citation or about.product,
                "authors": [{"name": about.product}],
            }
        ],
    }
    if about.url:
        document["url"] = about.url
    if about.licence in _KNOWN:
        document["license"] = about.licence
    return "".join(
        f"{key}: {json.dumps(value, ensure_ascii=False)}\n" for key, value in document.items()
    )


def readme(table: Table) -> str:
    """What stands in the folder, and how to read it."""
    about = table.about
    columns = "\n".join(
        f"| `{column.name}` | {column.kind} | {column.about} |" for column in table.columns
    )
    notes = f"\n{about.notes}\n" if about.notes else ""
    return f"""# {about.title}

{about.summary}
{notes}
| | |
| --- | --- |
| Unit | {about.unit} |
| Product | {about.product} |
| Release | {about.release}, published {about.published_at.date().isoformat()} |
| Licence | {about.licence or "not stated by the source"} |
| Interval | {about.interval_note} |
| Address | {about.where} |

## How to cite

{about.quote}

## Files

- `data.csv`: the numbers, {_ROWS[table.shape]}, UTF-8.
- `data.csv-metadata.json`: its columns as CSV on the Web; `datapackage.json`: the same for
  Frictionless, with the SHA-256 of the data.
- `CITATION.cff`, `LICENCE.txt`.
- `manifest.json`: makes this file again, `soc-monitor export --manifest manifest.json`.

An empty cell is a number that is not known, never zero. A name that a spreadsheet would take for
a formula has an apostrophe before it. Plus means that the soil gained carbon.

## Columns

| name | type | what |
| --- | --- | --- |
{columns}
"""
