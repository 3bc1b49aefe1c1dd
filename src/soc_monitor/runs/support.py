"""Support: what a nowcast leans on: field samples of an area, and inputs not too old."""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from soc_monitor.model import RunState, Slice
from soc_monitor.model.freshness import Freshness, age_days, judge
from soc_monitor.model.state import STALE, UNSAMPLED_YEARS
from soc_monitor.nowcast.places import number_places
from soc_monitor.nowcast.sampling import VARIABLES
from soc_monitor.runs.frame import Frame
from soc_monitor.runs.nowcast_inputs import PRODUCT, STOCK, VEGETATION, WEATHER, Inputs, gather
from soc_monitor.store import read_inputs
from soc_monitor.store.samples import Visit, sampled_visits
from soc_monitor.store.store import Store

DAYS_A_YEAR = 365.25
_NOWCAST = (PRODUCT, STOCK)


@dataclass(frozen=True, slots=True, kw_only=True)
class Support:
    """What stands behind the changes of a nowcast."""

    checked: date | None
    """Last day of the baseline: until then the map stands for itself; None: there is no nowcast."""
    sampled: Mapping[str, Sequence[Visit]]
    """Area -> when places in it were sampled, by day; a visit has the position of its place."""
    newest: date | None
    """Newest month of the nowcast."""
    months: Mapping[date, uuid.UUID]
    """Months of the nowcast, and their slices."""
    real: Sequence[date]
    """Months with all inputs that a month cannot be real without, in order."""
    by_weather: bool
    """Whether these are the weather; else they are the vegetation alone."""
    inputs: tuple[Freshness, ...]
    """How the feeds stand that drive it."""

    def years_since_sample(self, area: str, until: date) -> float | None:
        """Years since anything was measured in an area: a sample, else what the baseline is of.

        Example:
            >>> one = Support(
            ...     checked=date(2010, 12, 31),
            ...     sampled={"A": [Visit(date(2018, 6, 1), 2.0, 46.0)]},
            ...     newest=None,
            ...     months={},
            ...     real=(),
            ...     by_weather=True,
            ...     inputs=(),
            ... )
            >>> [round(one.years_since_sample(area, date(2022, 6, 1))) for area in "AB"]
            [4, 11]
        """
        if self.checked is None:
            return None
        last = max([self.checked, *(visit.day for visit in self.sampled.get(area, ()))])
        return max((until - last).days, 0) / DAYS_A_YEAR

    def visits(self, area: str, until: date) -> list[Visit]:
        """Visits of places in an area in the ten years up to a day.

        Example:
            >>> days = [date(2009, 1, 1), date(2015, 6, 1), date(2018, 6, 1)]
            >>> from dataclasses import replace
            >>> one = replace(NOTHING, sampled={"A": [Visit(day, 2.0, 46.0) for day in days]})
            >>> seen = one.visits("A", date(2022, 6, 30))
            >>> len(seen), len({(visit.lon, visit.lat) for visit in seen})
            (2, 1)
        """
        every = self.sampled.get(area, ())
        ages = ((until - visit.day).days / DAYS_A_YEAR for visit in every)
        return [v for v, age in zip(every, ages, strict=True) if 0 <= age <= UNSAMPLED_YEARS]

    def newest_real(self, month: date) -> date | None:
        """The newest month up to one that has all that a month cannot be real without."""
        return max((one for one in self.real if one <= month), default=None)

    def freshness(self, period: date) -> tuple[Freshness, ...]:
        """Of the inputs of a month: only the newest one can be waiting for them."""
        return self.inputs if period == self.newest else ()


NOTHING = Support(
    checked=None, sampled={}, newest=None, months={}, real=(), by_weather=True, inputs=()
)
"""Where there is no nowcast."""


def find_support(
    store: Store, boundaries_id: str, frame: Frame, pieces: Iterable[Slice], today: date
) -> Support:
    """What the store has to lean on."""
    every = list(pieces)
    months = {
        piece.period: piece.id
        for piece in every
        if (piece.cube.product, piece.cube.variable) == _NOWCAST
    }
    inputs = gather(every) if months else None
    if inputs is None:
        return NOTHING
    return Support(
        checked=inputs.baseline.period_end,
        sampled=_rolled(frame, at_places(sampled_visits(store, boundaries_id, VARIABLES))),
        newest=max(months),
        months=months,
        real=_real(inputs),
        by_weather=inputs.leads == WEATHER,
        inputs=tuple(_states(store, inputs, today)),
    )


def at_places(sampled: Mapping[str, Sequence[Visit]]) -> dict[str, list[Visit]]:
    """The visits as those of places: each at the first position of its place, one a day.

    Example:
        >>> day = date(2015, 6, 1)
        >>> at_places({"A": [Visit(day, 2.4304, 46.5)], "B": [Visit(day, 2.4306, 46.5)]})["B"]
        [Visit(day=datetime.date(2015, 6, 1), lon=2.4304, lat=46.5)]
    """
    positions = sorted({(v.lon, v.lat) for visits in sampled.values() for v in visits})
    lon, lat = np.array(positions, np.float64).reshape(-1, 2).T
    first = [positions[place] for place in number_places(lon, lat)]
    place = dict(zip(positions, first, strict=True))
    return {
        area: sorted({Visit(v.day, *place[v.lon, v.lat]) for v in visits})
        for area, visits in sampled.items()
    }


def _rolled(frame: Frame, leaves: Mapping[str, Sequence[Visit]]) -> dict[str, list[Visit]]:
    """The visits of every area, from those of the finest ones."""
    found: dict[str, list[Visit]] = defaultdict(list)
    row = {area.code: number for number, area in enumerate(frame.areas)}
    for code, visits in leaves.items():
        at = row[code]
        while at >= 0:
            found[frame.areas[at].code] += visits
            at = int(frame.parents[at])
        # The world is no area's parent: it is every cell of the grid.
        found[frame.areas[frame.world].code] += visits
    # A place on a border is in both areas, and once in what holds them.
    return {code: sorted(set(visits)) for code, visits in found.items()}


def _real(inputs: Inputs) -> list[date]:
    """Months that have all inputs that lead."""
    have = [set(inputs.drivers[name].months) for name in inputs.leads]
    return sorted(set.intersection(*have)) if have else []


def stale_month(store: Store, pieces: Sequence[Slice], today: date) -> date | None:
    """The newest month of the nowcast, if a feed that drives it is late or broken; else None."""
    months = [one.period for one in pieces if (one.cube.product, one.cube.variable) == _NOWCAST]
    inputs = gather(pieces) if months else None
    if inputs is None or not STALE & set(_states(store, inputs, today)):
        return None
    return max(months)


def _states(store: Store, inputs: Inputs, today: date) -> Sequence[Freshness]:
    """Of what leads and of vegetation: without another driver the model has its own balance."""
    judged = (inputs.drivers[name] for name in {*inputs.leads, *VEGETATION} & inputs.drivers.keys())
    feeds = {piece.cube.product for driver in judged for piece in driver.reference}
    known = [one for one in read_inputs.inputs_status(store) if one.feed_id in feeds]
    return [
        judge(
            age=age_days(one.observed_until, today),
            allowed=one.max_age_days,
            last_state=None if one.ended_state is None else RunState(one.ended_state),
            taken=one.items > 0,
            paused=one.paused,
        )
        for one in known
    ]
