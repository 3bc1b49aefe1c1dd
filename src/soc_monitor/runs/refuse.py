"""Refuse: what is not taken is a record, with the rule that it breaks and what was found."""

import logging
from collections.abc import Mapping

from soc_monitor.errors import ItemHeld, ItemRejected
from soc_monitor.model import Item
from soc_monitor.store import refusals
from soc_monitor.store.runs import OpenRun
from soc_monitor.store.store import Store

log = logging.getLogger(__name__)


def refused_before(store: Store, run: OpenRun) -> Mapping[tuple[str, str], tuple[str, str]]:
    """(key, checksum) -> (rule, found) of files that a run by schedule does not read again.

    What an operator orders is read in any case: a decoder may have died for want of memory.
    """
    return refusals.refused_before(store, run) if run.most > 1 and not run.force else {}


def refuse(store: Store, run: OpenRun, item: Item, sha256: str, error: ItemRejected) -> None:
    """Write down that an item was refused, or is held; the run goes on."""
    refusals.reject(
        store,
        run,
        item.key,
        sha256=sha256,
        rule=error.rule,
        found=error.found,
        span=item.span(),
    )
    run.held += isinstance(error, ItemHeld)
    run.detail = f"{item.key}: {error}"
    event = "item held" if isinstance(error, ItemHeld) and error.waits else "item rejected"
    log.warning(event, extra={"item": item.key, "rule": error.rule, "found": error.found})
