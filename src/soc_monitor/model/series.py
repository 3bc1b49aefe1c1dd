"""Estimate and Series: the numbers, each with its interval, its class and its origin."""

import uuid
from dataclasses import dataclass
from datetime import date

from soc_monitor.model.cube import DataClass


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

    @property
    def mapped_fraction(self) -> float | None:
        """Share of the polygon with a valid value; None where there is no polygon."""
        return self.mapped_ha / self.land_ha if self.land_ha > 0 else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """The estimates of one indicator, product and area, oldest first."""

    indicator: str
    product: str
    area: str
    unit: str
    estimates: tuple[Estimate, ...]
