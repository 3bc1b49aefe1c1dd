"""Backing: what stands behind a month of the nowcast, for every area; from rows, not from cells."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from soc_monitor.model import Calculation, Estimate
from soc_monitor.model.backing import Backing
from soc_monitor.model.state import REAL_SHARE
from soc_monitor.runs.frame import Frame
from soc_monitor.runs.nowcast_inputs import last_day
from soc_monitor.runs.support import Support
from soc_monitor.runs.tasks import Task
from soc_monitor.store.members import MemberEstimate, members_of
from soc_monitor.store.store import Store

KM2_PER_HA = 0.01


@dataclass(frozen=True, slots=True)
class Behind:
    """What of a month was observed, by area, and of the newest real month up to it."""

    month: Mapping[str, MemberEstimate]
    real: Mapping[str, MemberEstimate]
    """Empty: no month was real yet."""
    real_month: date | None

    def age(self, area: str, until: date, *, by_weather: bool) -> int | None:
        """Days since the end of the newest real month; None: it was not real in the area."""
        seen = self.real.get(area)
        if self.real_month is None or seen is None:
            return None
        share = seen.weather_share if by_weather else seen.vegetation_share
        return (until - last_day(self.real_month)).days if share >= REAL_SHARE else None


def look_behind(store: Store, task: Task, support: Support) -> Behind:
    """What the store knows of a month of the nowcast."""
    month = members_of(store, task.inputs[0].id)
    real = support.newest_real(task.period)
    piece = None if real is None else support.months.get(real)
    return Behind(month, {} if piece is None else members_of(store, piece), real)


def digest(support: Support) -> str:
    """Of the samples: what else than slices the numbers follow from."""
    told = repr(
        [(area, [tuple(v) for v in some]) for area, some in sorted(support.sampled.items())]
    )
    return hashlib.sha256(told.encode()).hexdigest()[:12]


def estimates(
    task: Task, frame: Frame, behind: Behind, support: Support, made: Calculation
) -> Iterator[Estimate]:
    """A number for every area; none for what no area holds: it has no land of its own."""
    land_ha = {area.code: area.area_km2 / KM2_PER_HA for area in frame.areas}
    countries = [frame.areas[row].code for row in frame.countries]
    land_ha[frame.areas[frame.world].code] = sum(land_ha[code] for code in countries)
    for code in (*land_ha, frame.rest.code):
        seen, land = behind.month.get(code), land_ha.get(code, 0.0)
        yield Estimate(
            area=code,
            period=task.period,
            period_end=task.period_end,
            value=_number(task, code, behind, support, land * KM2_PER_HA),
            std_error=None,
            mapped_ha=0.0 if seen is None else seen.mapped_ha,
            land_ha=land,
            calculation_id=made.id,
            data_class=made.data_class,
            provisional=any(piece.provisional for piece in task.inputs),
        )


def _number(
    task: Task, area: str, behind: Behind, support: Support, land_km2: float
) -> float | None:
    assert task.indicator.of_backing is not None
    seen = behind.month.get(area)
    if seen is None or seen.mapped_ha <= 0:
        return None
    visits = support.visits(area, task.period_end)
    found = Backing(
        weather=seen.weather_share,
        vegetation=seen.vegetation_share,
        input_age=behind.age(area, task.period_end, by_weather=support.by_weather),
        samples=len(visits),
        places=len({(visit.lon, visit.lat) for visit in visits}),
        land_km2=land_km2,
    )
    return task.indicator.of_backing(found)
