"""Estimate and Series: the numbers, each with its interval, its class and its origin."""

import uuid
from dataclasses import dataclass
from datetime import date

from soc_monitor.model.cube import DataClass
from soc_monitor.model.state import LEAST_MAPPED, Reason, State

NO_CALCULATION = uuid.UUID(int=0)
"""Of a number that is made when it is asked for, or that was not made at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """One indicator of one product, for one area and one period."""

    area: str
    period: date
    period_end: date
    value: float | None
    """In the indicator's unit; None: no valid cell in the area."""
    std_error: float | None
    """One standard deviation of the value's error; None: the source gives none."""
    mapped_ha: float
    """Area with a valid value."""
    land_ha: float
    """Area of the polygon (for the world: of the whole grid's valid cells and the areas)."""
    calculation_id: uuid.UUID
    data_class: DataClass
    provisional: bool = False
    lower_95: float | None = None
    """Ends of the intervals, where they are those of members; None: those of a normal error."""
    upper_95: float | None = None
    lower_50: float | None = None
    upper_50: float | None = None
    state: State | None = None
    """Of a change: what may be said of it."""
    reasons: tuple[Reason, ...] = ()
    """Why it is not assessable."""
    prob_gt_0: float | None = None
    """Of a rate: probability that the soil gains."""
    prob_ge_4: float | None = None
    """Of a rate: probability that it reaches 4 permille a year."""
    observation_weight: float | None = None
    """Measured share of the information, 0 to 1; None: samples play no part in the product."""
    base: tuple[date, date] | None = None
    """Of a change: first and last day of the period that it is counted from."""

    @property
    def mapped_fraction(self) -> float | None:
        """Share of the polygon with a valid value; None where there is no polygon."""
        # Cells and polygon are measured in two ways that agree to a millionth.
        return min(self.mapped_ha / self.land_ha, 1.0) if self.land_ha > 0 else None

    @property
    def stands_for_area(self) -> bool:
        """Whether enough of the area is mapped for a colour on a map."""
        share = self.mapped_fraction
        return self.value is not None and (share is None or share >= LEAST_MAPPED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """The estimates of one indicator, product and area, oldest first."""

    indicator: str
    product: str
    area: str
    unit: str
    estimates: tuple[Estimate, ...]


NORMAL_95, NORMAL_50 = 1.959964, 0.674490
"""Half-widths of the central 95 % and 50 % of a normal distribution, in standard deviations."""


def interval(
    value: float | None,
    std_error: float | None,
    half_width: float,
    *,
    floor: float | None = None,
    ceiling: float | None = None,
) -> tuple[float | None, float | None]:
    """The interval around a value; (None, None) where there is no value or no error.

    Args:
        value: the estimate.
        std_error: one standard deviation of its error, same unit.
        half_width: in standard deviations, ``NORMAL_95`` or ``NORMAL_50``.
        floor: least possible value: 0 for a stock, which cannot be negative.
        ceiling: most that it can be: 100 for a share of land [%].

    Example:
        >>> interval(10.0, 1.0, NORMAL_95)
        (8.040036, 11.959964)
    """
    if value is None or std_error is None:
        return None, None
    low, high = value - half_width * std_error, value + half_width * std_error
    low = low if floor is None else max(low, floor)
    return low, high if ceiling is None else min(high, ceiling)


LARGEST_DOUBT = 0.5
"""Half-width of the 95 % interval, as a share of the value, above which a level is not certain."""


def is_doubtful(
    value: float | None, low: float | None, high: float | None, *, signed: bool
) -> bool:
    """Whether a number is too uncertain to be told apart; False where nothing is known of it.

    Args:
        value: the estimate.
        low: lower end of its 95 % interval.
        high: upper end.
        signed: it is a change, which can be a loss or a gain.

    Example:
        >>> is_doubtful(60.0, 50.0, 70.0, signed=False), is_doubtful(0.9, -3.2, 5.0, signed=True)
        (False, True)
        >>> is_doubtful(70.0, 30.8, 100.0, signed=False)  # cut at 100 % of the land
        True
    """
    if value is None or low is None or high is None:
        return False
    if signed:
        return low <= 0 <= high
    # The wider side: the least or the most that it can be may have cut the other one.
    return max(high - value, value - low) > LARGEST_DOUBT * abs(value)
