"""Sampling: from layers as laboratories report them to what a cell of a map is told."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from soc_monitor.errors import BadValue
from soc_monitor.model import Grid, Sample
from soc_monitor.nowcast import organic
from soc_monitor.nowcast.assimilation import Observations, once, together
from soc_monitor.nowcast.depth import (
    BULK_DENSITY_SD,
    Layer,
    Stock,
    density_of,
    layer_error,
    layer_stock,
    to_reference,
)

Floats = npt.NDArray[np.float64]

VARIABLES = ("soc_content", "soc_per_volume", "soc_stock")
"""What is read: content by mass, mass per volume, stock of the layer."""

CONTENT_CV = 0.10
"""Error of laboratory and sampling, as a share of the value."""
METHOD = 0.7
"""Correlation of the errors of cores of one field: one laboratory, one way to read the density and
to go on to 30 cm. Shared, and so not divided by their number."""
DENSITY_CV, COARSE_SD = 0.05, 0.03
"""Errors of a density that was measured, as a share of it, and of a share of coarse fragments."""
_COARSE = "coarse_fragments_pct"
FIELD_CV = 0.35
"""How far the mean of one field stands from that of its cell of 25 km, as a share of it."""
DRIFT_CV = 0.005
"""What a year between the sample and the map adds, as a share of the value."""
OLDEST_YEARS = 20
"""Years that a sample without a date is taken to be away."""


@dataclass(frozen=True, slots=True)
class Profile:
    """One place on one day, down to 30 cm."""

    lon: float
    lat: float
    sampled_on: date | None
    stock: Stock
    ids: tuple[str, ...] = ()
    """Feed and key of each of its samples."""

    def cell(self, grid: Grid) -> int:
        """Row times columns plus column of the cell that holds it; -1 outside of the grid."""
        row = math.floor((grid.north - self.lat) / grid.dy)
        column = math.floor((self.lon - grid.west) / grid.dx)
        inside = 0 <= row < grid.ny and 0 <= column < grid.nx
        return row * grid.nx + column if inside else -1


def profiles(found: Iterable[tuple[str, Sample]], left_out: Counter[str]) -> list[Profile]:
    """Profiles of samples; a sample that comes twice, by its id, day and layer, is counted once.

    Several samples of one layer in one place and on one day, of ids of their own, are cores beside
    each other: the first of every layer makes one profile, the second another one.

    Args:
        found: feeds and samples.
        left_out: is told how many were not taken, by reason.

    Returns:
        Profiles, in order of place and day.
    """
    places: dict[tuple[float, float, date | None], list[tuple[str, Sample]]] = defaultdict(list)
    for feed, sample in found:
        if sample.lon is None or sample.lat is None:
            left_out["without a place"] += 1
            continue
        places[sample.lon, sample.lat, sample.sampled_on].append((feed, sample))
    made = []
    for (lon, lat, day), some in sorted(places.items(), key=lambda one: str(one[0])):
        layers = once(some, key=lambda one: (one[1].key, *_layer_of(one[1])))
        left_out["twice under one id"] += len(some) - len(layers)
        for core in _cores(layers):
            try:
                stock = to_reference([to_layer(sample) for _, sample in core])
            except BadValue as error:
                left_out[error.detail.split(":")[0]] += len(core)
                continue
            ids = tuple(f"{feed}:{sample.key}" for feed, sample in core)
            made.append(Profile(lon, lat, day, stock, ids))
    return made


def _layer_of(sample: Sample) -> tuple[str, float, float]:
    return sample.variable, sample.top_cm, sample.bottom_cm


def _cores(layers: Sequence[tuple[str, Sample]]) -> list[list[tuple[str, Sample]]]:
    """Samples of one place and day, parted so that no layer is twice in a part."""
    cores: list[list[tuple[str, Sample]]] = []
    seen: Counter[tuple[str, float, float]] = Counter()
    for one in sorted(layers, key=lambda each: (each[0], each[1].key)):
        number = seen[_layer_of(one[1])]
        seen[_layer_of(one[1])] += 1
        if number == len(cores):
            cores.append([])
        cores[number].append(one)
    return cores


def _told(sample: Sample, name: str) -> float | None:
    """A number that the source gives with a sample; None: it does not.

    Raises:
        BadValue: it is none, or below 0.
    """
    text = sample.attributes.get(name, "")
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not (math.isfinite(value) and value >= 0):
        raise BadValue(f"a sample with an odd {name}: {text}")
    return value


def to_layer(sample: Sample) -> Layer:
    """A layer's stock with its error.

    What the source tells of the very sample is taken, from its attributes: ``sd``, the error of the
    value in its unit; of a content ``bulk_density_g_cm3``, of the fine earth, and
    ``coarse_fragments_pct``, by volume. Else the error is a tenth, density is read off the content,
    and there are no coarse fragments.

    Raises:
        BadValue: no depth, a value below 0, an organic soil, a quantity that is not known, or an
            attribute that cannot be.

    Example:
        >>> one = Sample(
        ...     key="a",
        ...     lon=0,
        ...     lat=0,
        ...     top_cm=0,
        ...     bottom_cm=30,
        ...     variable="soc_per_volume",
        ...     value=10.0,
        ...     unit="g dm-3",
        ...     sampled_on=None,
        ...     data_class="observed",
        ...     attributes={},
        ... )
        >>> to_layer(one).stock
        30.0
        >>> from dataclasses import replace
        >>> told = {"bulk_density_g_cm3": "1.4", "coarse_fragments_pct": "12", "sd": "0.06"}
        >>> layer = replace(one, variable="soc_content", unit="%", value=1.2, attributes=told)
        >>> round(to_layer(replace(layer, bottom_cm=15)).stock, 3)
        22.176
    """
    thickness = sample.bottom_cm - sample.top_cm
    if not (math.isfinite(thickness) and thickness > 0):
        raise BadValue("a sample without depth")
    if not (math.isfinite(sample.value) and sample.value >= 0):
        raise BadValue("a sample without a value, or with one below 0")
    if sample.variable == "soc_content" and sample.unit == "%":
        if sample.value >= organic.CARBON:
            raise BadValue("organic soil")
        own, coarse = (_told(sample, name) for name in ("bulk_density_g_cm3", _COARSE))
        if coarse is not None and coarse >= 100:
            raise BadValue(f"a sample with an odd {_COARSE}: {coarse:g}")
        density = own or density_of(sample.value)
        stones = (coarse or 0.0) / 100
        stock = layer_stock(sample.value, density, thickness, stones)
        density_cv = DENSITY_CV if own else BULK_DENSITY_SD / density
        cv = layer_error(_value_cv(sample), density_cv, stones, COARSE_SD if stones else 0.0)
    elif sample.variable == "soc_per_volume" and sample.unit == "g dm-3":
        # g dm-3 = kg m-3; 1 cm of it is 0.01 kg m-2, which is 0.1 t ha-1.
        stock, cv = sample.value * thickness / 10, _value_cv(sample)
    elif sample.variable == "soc_stock" and sample.unit == "t ha-1":
        stock, cv = sample.value, _value_cv(sample)
    else:
        raise BadValue(f"{sample.variable} in {sample.unit} is not known")
    return Layer(top_cm=sample.top_cm, bottom_cm=sample.bottom_cm, stock=stock, sd=stock * cv)


def _value_cv(sample: Sample) -> float:
    """Relative error of the value: its own, else a tenth."""
    sd = _told(sample, "sd")
    return CONTENT_CV if sd is None or sample.value == 0 else sd / sample.value


def each(
    some: Sequence[Profile], grid: Grid, valid: Mapping[int, int], mean: Floats, map_year: int
) -> Observations:
    """What every profile by itself tells of its cell, in their order: to see which cannot be.

    Args:
        some: profiles, all in cells that have a value; the others as in ``observe``.
    """
    cell = np.array([valid[one.cell(grid)] for one in some], np.int64)
    sd = np.array([one.stock.sd for one in some])
    common = np.array([_drift(one, map_year) for one in some]) * mean[cell]
    variance = sd**2 + common**2 + (FIELD_CV * mean[cell]) ** 2
    value = np.array([one.stock.value for one in some])
    return Observations(cell=cell, value=value, variance=variance, common=common)


def observe(
    some: Sequence[Profile], grid: Grid, valid: Mapping[int, int], mean: Floats, map_year: int
) -> Observations:
    """What the cells of a map are told: one number a cell, however many cores its field has.

    Cores of one field share what the field is to its cell, and how they were measured: those
    errors are not divided by their number. What the field is to its cell is a share of what the map
    says, not of what was measured: else a wild value would excuse itself. It is that field's own;
    what laboratory, conversion and years to the map add is common to fields that lie near.

    Source:
        R = lab^2 + sampling^2 + representativeness^2 + depth^2 + date^2; errors of samples of one
        survey are correlated by 0.7, as those of layers of one profile are.

    Args:
        some: profiles.
        grid: of the map.
        valid: cell of the grid -> index among the cells that have a value.
        mean: what the map says of those cells (n) [t ha-1].
        map_year: the year that the map stands for.

    Example:
        >>> stock = Stock(value=50.0, sd=5.0, inferred=False)
        >>> field = [Profile(0.1, 0.1, date(2010, 6, 1), stock)] * 25
        >>> told = observe(field, Grid(nx=360, ny=180), {180 + 360 * 89: 0}, np.array([50.0]), 2010)
        >>> round(float(told.value[0]), 9), round(float(told.variance[0]), 2)
        (50.0, 324.05)
    """
    rows = []
    for one in some:
        at = valid.get(one.cell(grid))
        if at is not None:
            rows.append((at, one.stock.value, one.stock.sd, _drift(one, map_year)))
    if not rows:
        empty = np.array([])
        return Observations(cell=empty.astype(np.int64), value=empty, variance=empty, common=empty)
    cell, value, sd, drift = (np.array(column) for column in zip(*rows, strict=True))
    # The error of each core grows with its value: weights by value would favour the poor ones.
    counts = np.bincount(cell)
    equal = np.bincount(cell, sd**2) / np.maximum(counts, 1)
    alone = (1 - METHOD) * equal[cell] + 1e-9
    told = together(Observations(cell=cell.astype(np.int64), value=value, variance=alone))
    worst = np.array([drift[cell == one].max() for one in told.cell])
    common = np.hypot(np.sqrt(METHOD * equal[told.cell]), worst * mean[told.cell])
    own = FIELD_CV * mean[told.cell]
    variance = told.variance + common**2 + own**2
    return Observations(cell=told.cell, value=told.value, variance=variance, common=common)


def _drift(one: Profile, map_year: int) -> float:
    years = OLDEST_YEARS if one.sampled_on is None else abs(one.sampled_on.year - map_year)
    return DRIFT_CV * years
