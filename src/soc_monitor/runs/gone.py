"""Gone: what was taken from a source that does not offer it any more."""

import logging
from collections.abc import Collection
from datetime import date

from soc_monitor.model import IngestJob, Item
from soc_monitor.store.offered import note_offered
from soc_monitor.store.runs import OpenRun
from soc_monitor.store.store import Store

log = logging.getLogger(__name__)

NAMED = 5
"""So many are named in the words of a run."""


def gone_from(
    job: IngestJob,
    store: Store,
    run: OpenRun,
    offered: Collection[Item],
    window: tuple[date, date],
) -> str:
    """Write down what is not in a listing any more, and say so; empty: nothing, or it is none.

    What was read from it stays: a listing may be broken, and releases rest on it. Only a feed that
    lists can take something back; one that makes addresses of periods cannot.
    """
    if not getattr(job.feed, "lists", False):
        return ""
    gone = note_offered(store, run, offered, window)
    if not gone:
        return ""
    for key in gone:
        log.warning("item offered no longer", extra={"item": key})
    more = f" and {len(gone) - NAMED} more" if len(gone) > NAMED else ""
    return f"offered no longer, and kept: {', '.join(gone[:NAMED])}{more}"
