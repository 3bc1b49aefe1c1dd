"""Planned: what the next release would make anew, told and not done."""

from collections import Counter
from dataclasses import dataclass
from datetime import date

from soc_monitor.errors import NothingToEstimate
from soc_monitor.runs.current import current
from soc_monitor.runs.estimate import stale_of
from soc_monitor.runs.frame import make_frame
from soc_monitor.runs.support import find_support
from soc_monitor.runs.tasks import plan
from soc_monitor.store import read_areas, read_slices
from soc_monitor.store.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """What the next release would make anew of an indicator and a product."""

    indicator: str
    product: str
    periods: int


def planned(store: Store, today: date) -> list[Planned]:
    """What ``estimate`` would compute now; nothing is written.

    Raises:
        NothingToEstimate: there are no boundaries yet.
    """
    boundaries_id = read_areas.newest_boundaries(store)
    if boundaries_id is None:
        raise NothingToEstimate("no areas have been ingested", hint="jobs run areas")
    pieces = current(store, read_slices.newest_slices(store))
    frame = make_frame(read_areas.list_areas(store, boundaries_id))
    support = find_support(store, boundaries_id, frame, pieces, today)
    made = read_slices.newest_calculations(store)
    stale = stale_of(made, boundaries_id, list(plan(pieces)), support)
    counted = Counter((task.indicator.id, task.product) for task in stale)
    return [
        Planned(indicator=indicator, product=product, periods=periods)
        for (indicator, product), periods in sorted(counted.items())
    ]
