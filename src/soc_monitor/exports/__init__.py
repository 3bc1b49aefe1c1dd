"""Exports: rows in, files out, each with what is needed to cite it and to make it again."""

from soc_monitor.exports.columns import COLUMNS, Column
from soc_monitor.exports.layout import Layout, arrange, lay_out
from soc_monitor.exports.table import About, Report, Row, Table, silent

__all__ = [
    "COLUMNS",
    "About",
    "Column",
    "Layout",
    "Report",
    "Row",
    "Table",
    "arrange",
    "lay_out",
    "silent",
]
