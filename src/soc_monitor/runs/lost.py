"""Lost: items that could not be had. Each costs itself alone, unless the source itself is away."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass, field

from soc_monitor.errors import FeedUnreachable, ItemRejected
from soc_monitor.model import Item
from soc_monitor.runs.refuse import refuse
from soc_monitor.store import refusals
from soc_monitor.store.runs import OpenRun
from soc_monitor.store.store import Store

log = logging.getLogger(__name__)

IN_A_ROW = 3
"""So many items one after the other that cannot be had: it is the source, the rest is not asked."""


@dataclass
class Lost:
    """What a run could not have."""

    store: Store
    run: OpenRun
    had: bool = False
    """Some item could be: the source is there."""
    away: bool = False
    """The source is not: nothing more is asked of it."""
    errors: list[tuple[Item, FeedUnreachable]] = field(default_factory=list)
    row: int = 0

    def order(self, items: Iterable[Item]) -> list[Item]:
        """Those that could not be had before come last, so that no other has to wait for them."""
        before = refusals.unreachable(self.store, self.run.job_id)
        return sorted(items, key=lambda item: before[item.key].at_s if item.key in before else 0.0)

    def reached(self) -> None:
        """An item was had."""
        self.had, self.row = True, 0

    def note(self, item: Item, error: FeedUnreachable) -> None:
        """An item could not be had; the run goes on."""
        self.errors.append((item, error))
        self.row += 1
        self.away = self.row >= IN_A_ROW
        log.warning("item not had", extra={"item": item.key, "found": str(error)})

    def end(self) -> None:
        """Write down what could not be had; the run fails if it was the source that was away.

        It was not if another item could be had: in this run, or in the one that lost this item
        first. What does not go on through time has to be there as a whole.

        Raises:
            FeedUnreachable: it was; with what was found last.
        """
        if not self.errors:
            return
        before = refusals.unreachable(self.store, self.run.job_id)
        alone = all(item.key in before and before[item.key].alone for item, _ in self.errors)
        whole = any(item.period is None for item, _ in self.errors)
        there = not whole and (self.had or alone)
        for item, error in self.errors:
            rule = refusals.UNREACHABLE if there else refusals.AWAY
            refuse(self.store, self.run, item, "", ItemRejected(rule, str(error)))
        if not there:
            raise self.errors[-1][1]
        self.run.again = True
