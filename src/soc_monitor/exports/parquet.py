"""Parquet: typed columns, dates as dates, dictionary-coded text, zstd."""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from soc_monitor.exports.columns import Column
from soc_monitor.exports.table import Report, Row, Table, silent

_TYPES: Mapping[str, pa.DataType] = {
    "text": pa.string(),
    "integer": pa.int32(),
    "number": pa.float64(),
    "date": pa.date32(),
}


def write_parquet(table: Table, path: Path, report: Report = silent) -> None:
    """The table as a file, a row group to a batch."""
    about = table.about
    told = {
        "title": about.title,
        "citation": about.quote,
        "release": about.release,
        "licence": about.licence,
        **({"source_url": about.url} if about.url else {}),
        "published_at": about.published_at.isoformat(),
        "manifest": json.dumps(about.manifest, ensure_ascii=False),
    }
    schema = pa.schema([_field(column) for column in table.columns], metadata=told)
    done = 0
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for batch in table.batches():
            columns = [_column(column, batch) for column in table.columns]
            writer.write_batch(pa.record_batch(columns, schema=schema))
            done += len(batch)
            report(min(done, table.total), table.total)


def _field(column: Column) -> pa.Field:
    told = {"description": column.about, "title": column.title("en")}
    return pa.field(column.name, _TYPES[column.kind], nullable=not column.required, metadata=told)


def _column(column: Column, rows: Sequence[Row]) -> pa.Array:
    values: list[Any] = [row[column.name] for row in rows]
    if column.kind == "date":
        values = [None if value is None else date.fromisoformat(value) for value in values]
    return pa.array(values, _TYPES[column.kind])
