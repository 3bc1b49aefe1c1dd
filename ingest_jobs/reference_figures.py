"""Published figures that the numbers here are set beside: totals of the world, by product.

Each line carries its own source and whether it was read there or recomputed.
"""

from collections.abc import Iterable
from typing import cast

from soc_monitor.feeds import ShelfFeed
from soc_monitor.model import IngestJob, Register


def figures(rows: object) -> Iterable[tuple[str, dict[str, object]]]:
    """One record a line; product and layer are its key."""
    for row in cast("list[dict[str, object]]", rows):
        yield f"{row['product']} | {row['layer_cm']}", row


job = IngestJob(
    id="reference_figures",
    title={
        "en": "Published totals of soil carbon",
        "fr": "Totaux publiés du carbone des sols",
        "es": "Totales publicados del carbono del suelo",
    },
    feed=ShelfFeed(
        folder="starter/reference_figures", keys=("global_soc_totals.csv",), version="2026-11"
    ),
    into=Register(name="global_soc_totals", item="global_soc_totals.csv", records_of=figures),
    licence="Facts, each with its source",
    citation="See the source of each line.",
    link="https://4p1000.org/",
    on=True,
)
