"""Cube: a gridded variable of one product through time. Slice: one period of it."""

import hashlib
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from soc_monitor.model.grid import Grid


class DataClass(StrEnum):
    """How a number came to be."""

    OBSERVED = "observed"
    OBSERVED_MODELLED = "observed+modelled"
    MODELLED = "modelled"
    INFERRED = "inferred"
    REPORTED = "reported"


def weakest(classes: Iterable[DataClass]) -> DataClass:
    """The class of what is made of several: that of the weakest of them.

    Example:
        >>> weakest([DataClass.OBSERVED, DataClass.INFERRED, DataClass.MODELLED]).value
        'inferred'
    """
    order = tuple(DataClass)
    return max(classes, key=order.index)


class Freq(StrEnum):
    """How the periods of a cube follow each other."""

    STATIC = "static"
    """One slice that holds for every period."""
    NORMAL = "normal"
    """Twelve months of a mean year."""
    MONTH = "month"
    YEAR = "year"
    EPOCH = "epoch"
    """Years without a fixed step, such as 1800, 1910, 1960."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cube:
    """A gridded variable of one product through time."""

    product: str
    """Id of the source of the numbers: its job's."""
    variable: str
    """What is gridded, with its depth: ``soc_stock_0_30cm``."""
    unit: str
    """Unit of measure of the stored numbers (UDUNITS); ``1`` for classes."""
    freq: Freq
    grid: Grid
    data_class: DataClass
    dtype: str = "float32"
    """NumPy type of the stored values."""
    scale: float = 1.0
    """value = stored * scale."""
    fill: float = float("nan")
    """Stored value that means: no data."""
    classes: dict[int, str] = field(default_factory=dict)
    """For categorical cubes: code to name. Empty: continuous."""

    @property
    def id(self) -> str:
        """``product.variable``."""
        return f"{self.product}.{self.variable}"

    @property
    def form(self) -> str:
        """Content hash of all but the name: slices of one form are stored and read alike.

        Example:
            >>> from dataclasses import replace
            >>> grid = Grid(nx=36, ny=18)
            >>> of = dict(variable="b", unit="1", freq=Freq.YEAR, data_class=DataClass.OBSERVED)
            >>> cube = Cube(product="a", grid=grid, **of)
            >>> others = replace(cube, product="c"), replace(cube, scale=2)
            >>> [cube.form == other.form for other in others]
            [True, False]
        """
        numbers = (repr(float(self.scale)), repr(float(self.fill)))
        told = (self.unit, self.freq, self.data_class, self.dtype, *numbers, self.grid.id)
        text = "|".join([*told, *(f"{code}={self.classes[code]}" for code in sorted(self.classes))])
        return hashlib.sha256(text.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """One period of a cube, in one version: where its array lies."""

    id: uuid.UUID
    cube: Cube
    period: date
    """First day."""
    period_end: date
    """Last day."""
    version: int
    """Grows with each revision of the same period."""
    path: str
    """Of the Zarr array, inside the arrays folder."""
    checksum: str
    """SHA-256 over the stored files of the array, each with its name."""
    run_id: uuid.UUID
    valid_cells: int
    provisional: bool = False
    """Made from inputs that are still to come or to be revised."""
    step: int | None = None
    """Place in an array of several periods; None: the array is this period alone."""
    sealed: str = ""
    """The checksum that its own array had before it was closed; empty: not known."""
