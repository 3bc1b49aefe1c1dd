"""Paired: how sure a change is, from the same members of an ensemble at both dates."""

from collections.abc import Mapping
from dataclasses import dataclass

from soc_monitor.model import Indicator
from soc_monitor.model.change import linear_rate
from soc_monitor.model.spread import STRUCTURAL, Band, band_of_members
from soc_monitor.model.state import REAL_SHARE
from soc_monitor.runs.tasks import Task
from soc_monitor.store.members import MemberEstimate, members_of
from soc_monitor.store.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Paired:
    """The members of a nowcast at both dates, by area; empty for other products."""

    now: Mapping[str, MemberEstimate]
    base: Mapping[str, MemberEstimate]

    def is_real(self, area: str) -> bool:
        """Whether the weather of the month is real there; True where no drivers are in play."""
        seen = self.now.get(area)
        return seen is None or seen.weather_share >= REAL_SHARE


def pair_up(store: Store, task: Task) -> Paired:
    """The members behind both dates of a change."""
    base = members_of(store, task.base[0].id) if task.base else {}
    return Paired(now=members_of(store, task.inputs[0].id), base=base)


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """Errors of a change."""

    band: Band
    """Around the mean of the members, in the indicator's unit."""
    rate_sd: float
    """[permille yr-1]."""


def doubt_of(indicator: Indicator, paired: Paired, area: str, years: float) -> Doubt | None:
    """How sure the change of an area is; None: there are no members to say so.

    The members carry the errors of parameters, drivers and baseline; the shape of the model and
    its start in equilibrium are added to every one of them, for the whole area together.

    Source:
        mean ± t(n - 1) x sd over members that are the same at both dates; 2 permille a year for
        the structure, until resampled networks say better.
    """
    now, base = paired.now.get(area), paired.base.get(area)
    if now is None or base is None or indicator.of_means is None:
        return None
    if len(now.totals) != len(base.totals) or len(now.totals) < 2:  # a spread
        return None
    if min(now.mapped_ha, base.mapped_ha, *base.totals) <= 0:
        return None
    pairs = [
        (after / now.mapped_ha, before / base.mapped_ha)
        for after, before in zip(now.totals, base.totals, strict=True)
    ]
    values = [indicator.of_means(after, before, years) for after, before in pairs]
    rates = [linear_rate(after, before, years) for after, before in pairs]
    middle = sum(before for _, before in pairs) / len(pairs)
    # A rate in permille of the base stock, as carbon of one hectare where the number is carbon.
    scale = 1.0 if indicator.unit.startswith("‰") else middle / 1000
    return Doubt(
        band=band_of_members(values, common_sd=STRUCTURAL * scale),
        rate_sd=float(band_of_members(rates, common_sd=STRUCTURAL).sd),
    )
