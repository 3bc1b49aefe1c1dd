"""Support: what a nowcast leans on: field samples of an area, and inputs not too old."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from soc_monitor.model import RunState, Slice
from soc_monitor.model.freshness import Freshness, age_days, judge
from soc_monitor.nowcast.sampling import VARIABLES
from soc_monitor.runs.frame import Frame
from soc_monitor.runs.nowcast_inputs import PRODUCT, STOCK, gather
from soc_monitor.store import read_inputs
from soc_monitor.store.samples import newest_samples
from soc_monitor.store.store import Store

DAYS_A_YEAR = 365.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Support:
    """What stands behind the changes of a nowcast."""

    checked: date | None
    """Last day of the baseline: until then the map stands for itself; None: there is no nowcast."""
    sampled: Mapping[str, date]
    """Area -> day of its newest field sample."""
    newest: date | None
    """Newest month of the nowcast."""
    inputs: tuple[Freshness, ...]
    """How the feeds stand that drive it."""

    def years_since_sample(self, area: str, until: date) -> float | None:
        """Years since anything was measured in an area: a sample, else what the baseline is of.

        Example:
            >>> one = Support(
            ...     checked=date(2010, 12, 31),
            ...     sampled={"A": date(2018, 6, 1)},
            ...     newest=None,
            ...     inputs=(),
            ... )
            >>> [round(one.years_since_sample(area, date(2022, 6, 1))) for area in "AB"]
            [4, 11]
        """
        if self.checked is None:
            return None
        last = max(self.checked, self.sampled.get(area, self.checked))
        return max((until - last).days, 0) / DAYS_A_YEAR

    def freshness(self, period: date) -> tuple[Freshness, ...]:
        """Of the inputs of a month: only the newest one can be waiting for them."""
        return self.inputs if period == self.newest else ()


def find_support(
    store: Store, boundaries_id: str, frame: Frame, pieces: Iterable[Slice], today: date
) -> Support:
    """What the store has to lean on."""
    every = list(pieces)
    months = [
        piece.period
        for piece in every
        if (piece.cube.product, piece.cube.variable) == (PRODUCT, STOCK)
    ]
    inputs = gather(every) if months else None
    if inputs is None:
        return Support(checked=None, sampled={}, newest=None, inputs=())
    feeds = {piece.cube.product for driver in inputs.drivers.values() for piece in driver.reference}
    return Support(
        checked=inputs.baseline.period_end,
        sampled=_rolled(frame, newest_samples(store, boundaries_id, VARIABLES)),
        newest=max(months),
        inputs=tuple(_states(store, feeds, today)),
    )


def _rolled(frame: Frame, leaves: Mapping[str, date]) -> dict[str, date]:
    """The newest sample of every area, from those of the finest ones."""
    found: dict[str, date] = dict(leaves)
    row = {area.code: number for number, area in enumerate(frame.areas)}
    for code, day in leaves.items():
        at = int(frame.parents[row[code]])
        while at >= 0:
            above = frame.areas[at].code
            found[above] = max(day, found.get(above, day))
            at = int(frame.parents[at])
    if leaves:
        found[frame.areas[frame.world].code] = max(leaves.values())
    return found


def _states(store: Store, feeds: set[str], today: date) -> Sequence[Freshness]:
    known = [one for one in read_inputs.inputs_status(store) if one.feed_id in feeds]
    return [
        judge(
            age=age_days(one.observed_until, today),
            allowed=one.max_age_days,
            last_state=None if one.last_state is None else RunState(one.last_state),
            paused=one.paused,
        )
        for one in known
    ]
