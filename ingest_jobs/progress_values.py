"""Published values of the plan's kpis, each with its own denominator and source.

Source: the plan itself and the literature; the file names it value by value.
"""

from collections.abc import Iterable
from typing import Any, cast

from soc_monitor.feeds import ShelfFeed
from soc_monitor.model import IngestJob, Register
from soc_monitor.progress.registers import REGISTERS, check, key_of


def values(document: object) -> Iterable[tuple[str, dict[str, object]]]:
    """The values of the document, checked as an editor's would be."""
    spec = REGISTERS["values"]
    for entry in cast("dict[str, Any]", document)["values"]:
        body = check(spec, entry)
        yield key_of(spec, body), body


job = IngestJob(
    id="progress_values",
    title={
        "en": "Published values of the plan's measures",
        "fr": "Valeurs publiées des mesures du plan",
        "es": "Valores publicados de las medidas del plan",
    },
    feed=ShelfFeed(folder="starter/progress", keys=("values.yaml",), version="2026-11"),
    into=Register(name="values", item="values.yaml", records_of=values),
    licence="Facts, each with its source",
    citation="See the source of each value.",
    link="https://4p1000.org/",
    on=True,
)
