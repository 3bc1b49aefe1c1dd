"""The plan: the 24 objectives of the '4 per 1000' Initiative, A1 to F3.

Source: Plan stratégique of the Initiative, 15 June 2020; the French cells are verbatim.
"""

from collections.abc import Iterable
from typing import Any, cast

from soc_monitor.feeds import ShelfFeed
from soc_monitor.model import IngestJob, Register


def objectives(document: object) -> Iterable[tuple[str, dict[str, object]]]:
    """The objectives of the document, in their order, each with the plan's version."""
    content = cast("dict[str, Any]", document)
    version = content["plan"]["version_id"]
    for objective in content["objectives"]:
        yield objective["id"], {"plan_version": version, **objective}


job = IngestJob(
    id="plan",
    title={
        "en": "Strategic plan of the '4 per 1000' Initiative",
        "fr": "Plan stratégique de l’Initiative « 4 pour 1000 »",
        "es": "Plan estratégico de la Iniciativa «4 por 1000»",
    },
    feed=ShelfFeed(folder="starter", keys=("objectives.yaml",), version="2020-06-15"),
    into=Register(name="objectives", item="objectives.yaml", records_of=objectives),
    licence="Published by the Initiative; quoted with its source",
    citation="4 per 1000 Initiative (2020). Plan stratégique, 15 June 2020.",
    link="https://4p1000.org/",
    on=True,
)
