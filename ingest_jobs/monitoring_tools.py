"""Monitoring tools and methods (objective E1): facts, each with its source and the day it was read.

Source: documentation of the tools' owners and publications; the file names it field by field.
"""

from collections.abc import Iterable
from typing import Any, cast

from soc_monitor.feeds import ShelfFeed
from soc_monitor.model import IngestJob, Register


def tools(document: object) -> Iterable[tuple[str, dict[str, object]]]:
    """One record a tool: every field with its value, its source and the day it was read."""
    content = cast("dict[str, Any]", document)
    for tool in content["tools"]:
        fields = {
            name: {
                "value": value,
                "source": tool["sources"][source],
                "read_on": tool.get("read_on", content["read_on"]),
            }
            for name, (value, source) in tool["fields"].items()
        }
        yield tool["key"], {"link": tool["link"], "fields": fields}


job = IngestJob(
    id="monitoring_tools",
    title={
        "en": "Monitoring tools and methods",
        "fr": "Outils et méthodes de suivi",
        "es": "Herramientas y métodos de seguimiento",
    },
    feed=ShelfFeed(folder="starter/progress", keys=("tools.yaml",), version="2026-11"),
    into=Register(name="tools", item="tools.yaml", records_of=tools),
    licence="Facts, each with its source",
    citation="See the source of each field.",
    link="https://4p1000.org/",
    on=True,
)
