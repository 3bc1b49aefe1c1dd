"""Paired: how sure a change is, from the same members of an ensemble at all its dates."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import numpy as np
import numpy.typing as npt

from soc_monitor.model import Indicator
from soc_monitor.model.change import linear_rate
from soc_monitor.model.spread import STRUCTURAL, Band, band_of_members
from soc_monitor.model.state import REAL_MONTHS, REAL_SHARE
from soc_monitor.model.trend import YEAR, Course, compared
from soc_monitor.store.members import MemberTable, member_table
from soc_monitor.store.store import Store

Floats = npt.NDArray[np.float64]

MOST_MONTHS = 400
"""Months whose members are held between two changes: half a megabyte each, for all the areas."""


class Members:
    """Tables of members by month, each read once for all the changes that look at it."""

    def __init__(self, store: Store) -> None:
        """``store``: where they lie."""
        self._store = store
        self._held: OrderedDict[UUID, MemberTable] = OrderedDict()

    def of(self, slice_id: UUID) -> MemberTable:
        """The members in the month of a slice; without areas: it is of no nowcast."""
        if slice_id not in self._held:
            self._held[slice_id] = member_table(self._store, slice_id)
            if len(self._held) > MOST_MONTHS:
                self._held.popitem(last=False)
        return self._held[slice_id]


@dataclass(frozen=True, slots=True, kw_only=True)
class Paired:
    """The members of a nowcast over a change, by area; without areas for other products."""

    areas: Mapping[str, int]
    """Area to row of what follows."""
    base: Floats
    """Stock of each member at the base (area, member) [t ha-1]; NaN: not all dates have it."""
    gained: Floats
    """What each member has gained over the years (area, member) [t ha-1]."""
    real: Floats
    """Share of the months with real weather, the smallest of all, of the base's and of the last
    year's (area)."""

    def is_real(self, area: str) -> bool:
        """Whether most months are real there; True where no drivers are in play."""
        row = self.areas.get(area)
        return row is None or bool(self.real[row] >= REAL_MONTHS)


NOBODY = Paired(areas={}, base=np.empty((0, 0)), gained=np.empty((0, 0)), real=np.empty(0))
"""Of a product without members."""


def pair_up(tables: Sequence[MemberTable], how: Course | None) -> Paired:
    """The members behind all dates of a change.

    Args:
        tables: of the steps of the course, in their order; of the one date, where there is none.
        how: the course; None: there is one date only.
    """
    if not all(table.areas for table in tables):
        return NOBODY
    areas = list(tables[-1].areas)
    rows = [table.rows(areas) for table in tables]
    real = np.array(
        [table.weather[row] >= REAL_SHARE for table, row in zip(tables, rows, strict=True)]
    )
    stocks = [table.stocks[row] for table, row in zip(tables, rows, strict=True)]
    if how is None or len({stock.shape[1] for stock in stocks}) > 1:
        none = np.full((len(areas), 0), np.nan)
        base, gained, share = none, none, real.mean(axis=0)
    else:
        base, gained = compared(stocks, how)
        share = real_share(real, how)
    return Paired(
        areas={code: row for row, code in enumerate(areas)}, base=base, gained=gained, real=share
    )


def real_share(real: npt.NDArray[np.bool_], how: Course) -> Floats:
    """The smallest share of real months of a change (area): of all, of its base, of its last year.

    Between two real ends all may be filled in, and an end that is filled in follows nothing.

    Args:
        real: (month, area).
        how: the course of the change.
    """
    base = np.asarray(how.of_base) > 0
    if base.sum() < YEAR:
        # One month against another: the first may be the origin, which follows nothing by design.
        return np.asarray(real[-1], np.float64)
    parts = (real, real[base], real[-YEAR:])
    share: Floats = np.min([part.mean(axis=0) for part in parts], axis=0)
    return share


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
        mean ± t(n - 1) x sd over members that are the same at all dates; 2 permille a year for
        the structure, until resampled networks say better.
    """
    row = paired.areas.get(area)
    if row is None or indicator.of_means is None:
        return None
    before, gained = paired.base[row], paired.gained[row]
    if len(before) < 2 or not (before > 0).all() or np.isnan(gained).any():  # a spread needs two
        return None
    pairs = _pairs(before, before + gained)
    values = [indicator.of_means(after, base, years) for base, after in pairs]
    rates = [linear_rate(after, base, years) for base, after in pairs]
    # A rate in permille of the base stock, as carbon of one hectare where the number is carbon.
    scale = 1.0 if indicator.unit.startswith("‰") else float(before.mean()) / 1000
    return Doubt(
        band=band_of_members(values, common_sd=STRUCTURAL * scale),
        rate_sd=float(band_of_members(rates, common_sd=STRUCTURAL).sd),
    )


def _pairs(before: Floats, after: Floats) -> Sequence[tuple[float, float]]:
    return list(zip(before.tolist(), after.tolist(), strict=True))
