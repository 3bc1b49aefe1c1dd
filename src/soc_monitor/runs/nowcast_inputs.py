"""What a nowcast rests on: which slices, which of them are real months, and in what order."""

import hashlib
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from soc_monitor.errors import UnitMismatch
from soc_monitor.model import Freq, Slice
from soc_monitor.model.units import factor

PRODUCT = "nowcast"
STOCK, ERROR = "soc_stock_0_30cm", "soc_stock_0_30cm_sd"

UNITS = {
    "air_temperature": "degC",
    "rain": "mm month-1",
    "potential_evaporation": "mm month-1",
    "soil_moisture": "m3 m-3",
    "ndvi": "1",
    "npp": "kg m-2 month-1",
}
"""Monthly drivers by the variable of their cube, and the unit that the model takes."""
ALSO = {
    "land_cover_class": ("land_cover",),
    "soil_moisture": ("soil_moisture_0_5cm", "soil_moisture_0_7cm"),
}
"""Other names that jobs have for the same thing."""
BEHIND = 3
"""Months by which a record may lag behind another one of the same driver and still be followed."""
WEATHER = ("air_temperature", "rain")
"""Drivers without which a month is not a real one."""
VEGETATION = ("npp", "ndvi")
"""Drivers of growth, the better one first."""

SOIL_MAPS = ("soilgrids", "gsocmap")
"""Products that are maps of the soil, the better one first: a baseline before any default."""
COMPARED = ("ipcc_tier1_2006",)
"""Products that are there to be compared with, and never a baseline."""
TABLES = ("ipcc_tier1", *COMPARED)
"""Products that are made of tables: land of one climate and use has one stock."""
LAYERS = {"0_5cm": 5.0, "5_15cm": 10.0, "15_30cm": 15.0}
"""Layers of a profile by the end of their names, and how thick each is [cm]: together 0-30 cm."""
SAMPLED = {"ipcc_tier1": "sampled_baseline"}
"""Product of a map after its field samples, where it is not ``sampled_`` and the map's name."""

REFERENCE_MONTHS, FIRST_MONTHS = 120, 36
"""A driver's mean year: of ten years up to the baseline, else of the first three of its record."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Driver:
    """A monthly driver of one product."""

    variable: str
    scale: float
    """From the cube's unit to the model's."""
    months: Mapping[date, Slice]
    """By first day of the month."""
    reference: tuple[Slice, ...]
    """Months that its mean year is made of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """All that a nowcast reads."""

    baseline: Slice
    errors: Slice | None
    """None: the map has none, and ``UNTOLD`` of its value is taken."""
    normals: Mapping[str, tuple[Slice, ...]]
    """``air_temperature`` and ``rain`` of a mean year, January first."""
    cover: Slice | None
    """Land cover; None: grassland everywhere."""
    groups: Slice | None
    """Soil classes, among which organic soils are; None: the stock alone tells of them."""
    clay: tuple[tuple[Slice, float], ...]
    """Clay of layers and the thickness of each [cm]; empty: the same everywhere, with a wide
    error."""
    drivers: Mapping[str, Driver]
    """Those that can be followed."""
    covers: Mapping[int, Slice] = field(default_factory=dict)
    """Maps of land cover by year, of one product: what the use of the land is followed by."""
    remarks: tuple[str, ...] = field(default=())
    """What was not used, and why."""

    @property
    def level(self) -> frozenset[uuid.UUID]:
        """The baseline and its errors: of another one all months are others."""
        pair = (self.baseline, self.errors)
        return frozenset(one.id for one in pair if one is not None)

    def version(self, version: str) -> str:
        """The version of the arithmetic together with the baseline: known of every run."""
        ids = ",".join(sorted(map(str, self.level)))
        return f"{version}|{hashlib.sha256(ids.encode()).hexdigest()[:16]}"

    @property
    def fixed(self) -> tuple[Slice, ...]:
        """Slices that do not change from month to month: the mean year and the ground."""
        clay = (one for one, _ in self.clay)
        own = (self.errors, self.cover, self.groups, *clay, self.seen)
        single = [one for one in own if one is not None]
        normals = [one for twelve in self.normals.values() for one in twelve]
        mean = [one for driver in self.drivers.values() for one in driver.reference]
        return (self.baseline, *single, *normals, *mean)

    @property
    def seen(self) -> Slice | None:
        """The yearly map of land cover that changes are counted from."""
        if not self.follows:
            return None
        years = [year for year in self.covers if year <= self.origin.year]
        return self.covers[max(years)] if years else None

    def turn(self, month: date) -> tuple[Slice, ...]:
        """The maps by which the use of the land turns in a month: in January, two running."""
        years = (month.year - 1, month.year)
        if month.month > 1 or self.seen is None or not set(years) <= set(self.covers):
            return ()
        return tuple(self.covers[year] for year in years)

    @property
    def leads(self) -> tuple[str, ...]:
        """Drivers that say from when and until when there is something to follow.

        Weather; without it vegetation alone, in the weather of a mean year; else nothing.
        """
        if all(name in self.drivers for name in WEATHER):
            return WEATHER
        return tuple(name for name in VEGETATION if name in self.drivers)

    @property
    def follows(self) -> bool:
        """Whether there is anything real to follow."""
        return bool(self.leads)

    @property
    def origin(self) -> date:
        """The month at whose end the soil is taken to be in equilibrium."""
        ends = [one.period for name in self.leads for one in self.drivers[name].reference]
        return max([*ends, first_day(self.baseline.period_end)])


def first_day(day: date) -> date:
    """First day of the month of a day."""
    return day.replace(day=1)


def next_month(month: date, step: int = 1) -> date:
    """First day of a month some months later.

    Example:
        >>> next_month(date(2020, 12, 1)), next_month(date(2020, 1, 1), -1)
        (datetime.date(2021, 1, 1), datetime.date(2019, 12, 1))
    """
    number = month.year * 12 + month.month - 1 + step
    return date(number // 12, number % 12 + 1, 1)


def last_day(month: date) -> date:
    """Last day of a month, of its first."""
    return next_month(month) - timedelta(days=1)


def number_of(month: date) -> int:
    """Months since the year 0: what errors are drawn from."""
    return month.year * 12 + month.month


def years_carried(origin: date, month: date) -> float:
    """Years from the end of the origin to the end of a month.

    Example:
        >>> years_carried(date(2010, 12, 1), date(2012, 6, 1))
        1.5
    """
    return (number_of(month) - number_of(origin)) / 12


ByCube = Mapping[str, Mapping[date, Slice]]
"""Cube -> first day of a period -> slice."""


def sort_out(pieces: Iterable[Slice]) -> ByCube:
    """Slices by cube and period, without those of the nowcast itself."""
    found: dict[str, dict[date, Slice]] = {}
    for piece in pieces:
        if piece.cube.product != PRODUCT:
            found.setdefault(piece.cube.id, {})[piece.period] = piece
    return found


def gather(pieces: Iterable[Slice]) -> Inputs | None:
    """Choose what a nowcast reads of the newest slices; None: no baseline or no mean year."""
    by_cube = sort_out(pieces)
    pair = _baseline(by_cube)
    normals = {name: normals_of(by_cube, name) for name in WEATHER}
    if pair is None or not all(normals.values()):
        return None
    remarks: list[str] = []
    until = pair[0].period_end
    return Inputs(
        baseline=pair[0],
        errors=pair[1],
        normals=normals,
        cover=map_at(by_cube, "land_cover_class", until),
        groups=map_at(by_cube, "soil_class", until),
        clay=part_of(by_cube, "clay", until),
        drivers=dict(_drivers(by_cube, until, remarks)),
        covers=_covers(by_cube),
        remarks=tuple(remarks),
    )


def sampled(product: str) -> str:
    """Id of the product that is a map after its field samples.

    Example:
        >>> sampled("ipcc_tier1"), sampled("soilgrids")
        ('sampled_baseline', 'sampled_soilgrids')
    """
    return SAMPLED.get(product, f"sampled_{product}")


def is_sampled(product: str) -> bool:
    """Whether a product is a map after its field samples.

    Example:
        >>> is_sampled("sampled_baseline"), is_sampled("sampled_soilgrids"), is_sampled("soilgrids")
        (True, True, False)
    """
    return product.startswith("sampled_")


def best_map(by_cube: ByCube) -> tuple[Slice, Slice | None] | None:
    """A stock and its errors: a map of the soil if there is one, else the newest with errors.

    What field samples have made of a map is not looked at; None: there is no map.
    """
    soils = (one for one in _maps(by_cube) if one[0].cube.product not in COMPARED)
    return _best(one for one in soils if one[1] or one[0].cube.product in SOIL_MAPS)


def real_map(by_cube: ByCube) -> tuple[Slice, Slice | None] | None:
    """The best map whose stocks differ within land of one climate and use, with or without errors.

    As its field samples have corrected it; None: there are tables alone.
    """
    best = _best(one for one in _maps(by_cube) if one[0].cube.product not in TABLES)
    return None if best is None else _after_samples(by_cube, best)


def _maps(by_cube: ByCube) -> Iterator[tuple[Slice, Slice | None]]:
    """The newest stock of every product, with its errors, but for what samples made of them."""
    for cube_id, periods in by_cube.items():
        product, _, variable = cube_id.partition(".")
        if variable == STOCK and not is_sampled(product):
            newest = max(periods)
            yield periods[newest], by_cube.get(f"{product}.{ERROR}", {}).get(newest)


def _best(maps: Iterable[tuple[Slice, Slice | None]]) -> tuple[Slice, Slice | None] | None:
    def rank(one: tuple[Slice, Slice | None]) -> tuple[int, date, str]:
        product = one[0].cube.product
        place = SOIL_MAPS.index(product) if product in SOIL_MAPS else len(SOIL_MAPS)
        return -place, one[0].period, product

    return max(maps, key=rank, default=None)


def _baseline(by_cube: ByCube) -> tuple[Slice, Slice | None] | None:
    """The best map, as its field samples have corrected it."""
    best = best_map(by_cube)
    return None if best is None else _after_samples(by_cube, best)


def _after_samples(by_cube: ByCube, best: tuple[Slice, Slice | None]) -> tuple[Slice, Slice | None]:
    product, period = sampled(best[0].cube.product), best[0].period
    pair = [by_cube.get(f"{product}.{name}", {}).get(period) for name in (STOCK, ERROR)]
    return best if pair[0] is None else (pair[0], pair[1])


def _of(by_cube: ByCube, variable: str, freq: set[Freq]) -> Iterator[Mapping[date, Slice]]:
    for cube_id, periods in sorted(by_cube.items()):
        cube = next(iter(periods.values())).cube
        names = (variable, *ALSO.get(variable, ()))
        if cube_id.partition(".")[2] in names and cube.freq in freq:
            yield periods


def normals_of(by_cube: ByCube, variable: str) -> tuple[Slice, ...]:
    """The twelve months of a mean year, January first; empty: they are not there."""
    for periods in _of(by_cube, variable, {Freq.NORMAL}):
        if sorted(month.month for month in periods) == list(range(1, 13)):
            return tuple(sorted(periods.values(), key=lambda one: one.period.month))
    return ()


def map_at(by_cube: ByCube, variable: str, until: date) -> Slice | None:
    """The newest map that is not newer than a day, else the oldest."""
    for periods in _of(by_cube, variable, set(Freq) - {Freq.MONTH, Freq.NORMAL}):
        old = [month for month in periods if month <= until]
        return periods[max(old) if old else min(periods)]
    return None


def part_of(by_cube: ByCube, name: str, until: date) -> tuple[tuple[Slice, float], ...]:
    """A part of the soil, such as clay, of 0-30 cm: slices and the thickness of each [cm].

    Of one map, else of the layers of one product; else of what there is.
    """
    for whole_name in (name, f"{name}_0_30cm"):
        whole = map_at(by_cube, whole_name, until)
        if whole is not None:
            return ((whole, 30.0),)
    found = []
    for layer_name, thick in LAYERS.items():
        layer = map_at(by_cube, f"{name}_{layer_name}", until)
        if layer is not None:
            found.append((layer, thick))
    return tuple(one for one in found if one[0].cube.product == found[0][0].cube.product)


def _covers(by_cube: ByCube) -> dict[int, Slice]:
    """The longest record of yearly land cover; empty: there is no year to compare with another."""
    records = list(_of(by_cube, "land_cover_class", {Freq.YEAR}))
    longest = max(records, key=len, default={})
    return {day.year: piece for day, piece in longest.items()} if len(longest) > 1 else {}


def _followed(records: Sequence[Mapping[date, Slice]]) -> Mapping[date, Slice]:
    """The record of a driver that is followed: the one that reaches back furthest, if it goes on.

    Not the newest: of two sources that come on different days of a month each would be it in
    turn, and every month of the past would be made anew from the other one.
    """
    newest = max(max(one) for one in records)
    on = [one for one in records if number_of(newest) - number_of(max(one)) <= BEHIND]
    return min(on, key=lambda one: (min(one), next(iter(one.values())).cube.id))


def _drivers(by_cube: ByCube, until: date, remarks: list[str]) -> Iterator[tuple[str, Driver]]:
    for variable, unit in UNITS.items():
        records = list(_of(by_cube, variable, {Freq.MONTH}))
        if not records:
            continue
        months = _followed(records)
        cube = next(iter(months.values())).cube
        try:
            scale = factor(cube.unit, unit)
        except UnitMismatch as error:
            remarks.append(f"{cube.id} not used: {error}")
            continue
        reference = mean_year(months, until)
        if not reference:
            remarks.append(
                f"{cube.id} not used: {len(months)} months, {FIRST_MONTHS} are needed for a mean"
                " year to compare with"
            )
            continue
        yield variable, Driver(variable=variable, scale=scale, months=months, reference=reference)


def mean_year(months: Mapping[date, Slice], until: date) -> tuple[Slice, ...]:
    """The months that a driver's mean year is made of; empty: the record is too short.

    A driver is compared with its own record alone: two sources differ by more than the climate
    changes, and the difference would pass for a change of the soil.
    """
    before = sorted(month for month in months if month <= until)
    before = [month for month in before if month > next_month(before[-1], -REFERENCE_MONTHS)]
    if _every_month(before, 3):
        return tuple(months[month] for month in before)
    first = min(months)
    end = next_month(first, FIRST_MONTHS)
    early = sorted(month for month in months if month < end)
    if max(months) >= next_month(end, -1) and _every_month(early, 2):
        return tuple(months[month] for month in early)
    return ()


def _every_month(months: Sequence[date], times: int) -> bool:
    counts = Counter(month.month for month in months)
    return all(counts[number] >= times for number in range(1, 13))
