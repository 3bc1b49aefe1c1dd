"""IngestJob: fill cubes, areas, stations, samples or a register from a feed."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

from soc_monitor.model.cube import Cube
from soc_monitor.model.observation import Observation, PassOn, Refused, Sample, Station


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One thing that a feed offers: a file, in one version."""

    key: str
    """Its name in the feed."""
    address: str
    """Where it can be had, for people; never a path of this machine."""
    version: str = ""
    """The provider's own version, where there is one."""
    sha256: str = ""
    """Declared checksum; empty: the provider gives none, and that is recorded."""
    size: int | None = None
    """Declared length [bytes]; None: the provider tells none."""
    period: date | None = None
    """First day of what it is for, where its feed goes on through time."""
    period_end: date | None = None
    about: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)
    """What its catalogue says of it."""
    preliminary: bool = False
    """Its provider is still to revise it: what is made of it is provisional."""
    refused: str = ""
    """What is wrong with its entry in the catalogue: it is not fetched, and that is recorded."""

    def span(self) -> tuple[date, date] | None:
        """First and last day of what it holds; None: it tells no time.

        What is asked of sensors has no period of its own, and the days that were asked for.
        """
        first = self.period or self.about.get("since")
        last = self.period_end or self.about.get("until") or first
        return (first, last) if isinstance(first, date) and isinstance(last, date) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """What a feed may reach: given by the run, never read by the feed itself."""

    mirror: str = ""
    """Folder or address that is looked into before any outside address."""
    shelf: Path | None = None
    """The shelf of job files, for feeds whose files come with them."""
    window: tuple[date, date] = (date.min, date.max)
    """First and last day of what is wanted of feeds that go on through time."""
    today: date = date.max
    """The day that the run is for: how old a period is."""
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Variables of the environment that hold secrets, by name."""
    plain_http: bool = False
    """``http`` is allowed too: for servers that the operator runs beside this one."""


class Feed(Protocol):
    """A source of items, behind one protocol."""

    def find(self, access: Access) -> Iterable[Item]:
        """What there is, late and revised items too. Raises FeedUnreachable."""
        ...

    def fetch(self, access: Access, item: Item, folder: Path) -> Path:
        """The item as a file in ``folder``. Raises FeedUnreachable, ItemRejected."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapEdges:
    """Declared repair: edges this close to the cube's are the cube's.

    For sources whose cell size is a rounded decimal: 0.0833333 where 1/12 is meant.
    """

    tolerance_deg: float


class Repair(StrEnum):
    """Declared repairs: what is known to be wrong with a source, and is then always wrong."""

    AXES = "axes"
    """Rows are longitudes, columns latitudes."""
    NORTH_DOWN = "north_down"
    """The first row is the southern one."""
    LON_0_360 = "lon_0_360"
    """Longitudes run from 0 to 360."""
    HALF_PIXEL = "half_pixel"
    """What is told as the corner of the first cell is its centre."""
    GRID = "grid"
    """The file does not tell its grid: it is the cube's."""
    POLES = "poles"
    """The first and last rows are centred on the poles: half of them lies beyond, they are left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """Which cells of a file hold, as a band of a second file says that was fetched with it.

    Example:
        >>> good_or_marginal = Quality(asset="VI_Quality", keep=(0, 1), bits=(0, 2))
        >>> good_or_marginal.mask
        3
    """

    asset: str
    """Name of the second file, as the feed has it."""
    keep: tuple[int, ...]
    """What the bits say of a cell that holds; every other cell is no data."""
    bits: tuple[int, int] = (0, 16)
    """The first bit that is looked at, and how many are."""
    band: int = 1

    @property
    def mask(self) -> int:
        """What is left of a value once it is moved down to its first bit."""
        return (1 << self.bits[1]) - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """One band of one item, which becomes one slice of a cube."""

    cube: Cube
    item: str
    """Key of the item."""
    period: date
    """First day."""
    period_end: date
    """Last day."""
    unit: str
    """Unit of measure of the source, after its scale and the correction (UDUNITS)."""
    told_unit: str = ""
    """What the file says its unit is, where that is another one; empty: ``unit``, or nothing."""
    valid: tuple[float, float]
    """Physical range in ``unit``; a value outside refuses the item."""
    band: int = 1
    """Number of the band; in NetCDF: of the slab of the variable, in the order of the file."""
    variable: str = ""
    """Path of the variable in a NetCDF or HDF5 file; empty: the file is a GeoTIFF."""
    nodata: float | None = None
    """Value that the source must declare as nodata; None: it declares none."""
    also_nodata: tuple[float, ...] = ()
    """Other values without data: the file may hold them beside, or declare one instead. Fractions
    are compared at single precision, as most files hold them."""
    scale: float | None = 1.0
    """value = stored * scale + offset, as the source must declare them; None: as it declares."""
    also_told: tuple[float, ...] = ()
    """Other scales that the source tells for the same numbers: 1 where it tells none, 10000 where
    it means a division. What holds is ``scale``."""
    offset: float = 0.0
    correction: tuple[float, float] = (1.0, 0.0)
    """Declared correction (factor, addend) of a source that does not declare what it should."""
    median: tuple[float, float] | None = None
    """Range for the median of the valid cells [unit]: catches a unit or scale gone wrong."""
    min_valid_share: float = 0.0
    """Least share of valid cells."""
    max_outside_share: float = 0.0
    """Share of the cells that may lie outside ``valid``: they are taken as no data."""
    snap: SnapEdges | None = None
    repairs: frozenset[Repair] = frozenset()
    max_shift: float | None = None
    """Greatest step of the median from one period to the next [unit]; a greater one is refused
    until an operator has looked at it and runs the job with ``--force``."""
    at_least: Cube | None = None
    """A cube of the same product that no cell of the same period may lie below: the whole of a
    profile holds what its top holds."""
    at_most: Cube | None = None
    """One that no cell may lie above."""
    max_crossing_share: float = 0.0
    """Share of the cells which both have that may do so all the same."""
    crs: str = "EPSG:4326"
    """Of the source, as PROJ reads it; another than the cube's needs ``resample``."""
    resample: str = ""
    """How the file is brought to the cube's grid, whatever its own is: ``average``, ``mode``, or
    ``centres``, for tiles of the sinusoidal grid: a cell of ours is the mean of those whose
    centres lie in it, whatever tile they are of; or ``nested``, for classes of which a whole
    number of cells lies in each of ours: the most frequent, read band by band."""
    most_cells: int | None = None
    """Cells that a band may have, where that is more than the decoder's bound: with ``nested``."""
    quality: Quality | None = None
    """Which cells hold; None: the file tells it by its nodata alone."""

    @property
    def pick(self) -> tuple[str, int]:
        """Which band of the file it is: (variable, number)."""
        return (self.variable, self.band)


@dataclass(frozen=True, slots=True, kw_only=True)
class TileSet:
    """A period comes as several files, each a part of the cube's grid, and is taken as a whole.

    A part lies where its file says, on cells of the cube; what no part covers has no data. While
    one is missing the period is not published: it is waited for, then held for an operator.

    Example:
        >>> quarters = TileSet(names=tile_names(2, 2), tile_of=lambda item: item.key[:4])
        >>> quarters.missing(["00-0", "h00v00", "h01v01"])
        ('h01v00', 'h00v01')
    """

    names: tuple[str, ...]
    """Of the tiles of a whole period: land alone, where the sea has none."""
    tile_of: Callable[[Item], str]
    """Which tile an item is; one that is not among the names is refused. With ``looks``:
    ``tile/look``."""
    wait_days: int = 0
    """Days after the end of a period in which missing tiles are waited for without a word."""
    also: tuple[str, ...] = ()
    """Tiles that a period is whole without: of small islands, or where the night is long."""
    looks: Callable[[date], tuple[str, ...]] | None = None
    """Period -> the composites that it is the mean of: every tile comes once in each. None: one."""

    def expected(self, period: date) -> tuple[str, ...]:
        """Names of all that a whole period is made of."""
        return self._looked(self.names, period)

    def known(self, name: str, period: date) -> bool:
        """Whether a period may have a part of this name."""
        return name in self.expected(period) or name in self._looked(self.also, period)

    def missing(self, there: Iterable[str], period: date = date.min) -> tuple[str, ...]:
        """Which names are not there, in their order."""
        known = set(there)
        return tuple(name for name in self.expected(period) if name not in known)

    def _looked(self, names: tuple[str, ...], period: date) -> tuple[str, ...]:
        if self.looks is None:
            return names
        return tuple(f"{name}/{look}" for look in self.looks(period) for name in names)


def tile_names(columns: int, rows: int, form: str = "h{column:02d}v{row:02d}") -> tuple[str, ...]:
    """Names of the tiles of a whole grid of them, row by row from the north-west.

    Example:
        >>> tile_names(2, 1)
        ('h00v00', 'h01v00')
    """
    return tuple(
        form.format(column=column, row=row) for row in range(rows) for column in range(columns)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Areas:
    """Target: the boundary set. Files of one item set: areas, regions, countries."""

    areas: str
    """Key of the item with the finest areas (GeoJSON, gzipped)."""
    countries: str
    """Key of the item that names countries and gives their region."""
    regions: str
    """Key of the item that names regions and gives their parents."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stations:
    """Target: stations and their observations."""

    stations: str
    """Key of the item that lists the stations."""
    readings: str
    """Key of the item that lists the readings."""
    station_of: Callable[[dict[str, str]], Station]
    """A row of the first item -> Station."""
    observation_of: Callable[[dict[str, str]], Observation]
    """A row of the second item -> Observation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """A variable that sensors of a job measure: what a reading of it must be."""

    unit: str
    """Unit that it is kept in; readings in another one are converted, or kept aside."""
    valid: tuple[float, float]
    """Physical range [unit]."""
    max_step: tuple[float, float] | None = None
    """Greatest fall and greatest rise from one reading of a sensor to its next within a day
    [unit]; what lies further is held until an operator has decided, or the sensor is back: near its
    last reading, or where it stood before a step of the last day that is greater than the limit
    the other way. None: any step is taken."""
    since: datetime = datetime(1900, 1, 1, tzinfo=UTC)
    """No reading is older."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Readings:
    """Target: stations and observations, row by row; a row that is wrong costs itself alone."""

    reader: Callable[[Item], Callable[[Any], Iterable[Station | Observation | Refused]]]
    """An item -> what makes stations and observations of its rows, in their order."""
    channels: Mapping[str, Channel]
    """Variable -> what a reading of it must be; other variables are kept aside."""
    kind: str = "table"
    """How a file is read: ``table``, ``lines``, or ``jsonl`` as our own feeds write it."""
    delimiter: str = ","
    counter: Callable[[bytes], tuple[str, int]] | None = None
    """A message -> (session, number): gaps in the numbers are messages that were lost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Samples:
    """Target: soil samples."""

    item: str
    sample_of: Callable[[dict[str, str]], Sample | None]
    """A row -> Sample; None: the row holds no sample of ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Register:
    """Target: a register of records, such as the objectives of the plan."""

    name: str
    item: str
    records_of: Callable[[object], Iterable[tuple[str, dict[str, object]]]]
    """The decoded item (rows of a table, or a YAML document) -> (key, record)."""


Target = Areas | Stations | Readings | Samples | Register


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestJob:
    """Fill cubes, areas, stations, samples or a register from a feed."""

    id: str
    """The name of its file."""
    title: dict[str, str]
    """Language to title."""
    feed: Feed
    layers: tuple[Layer, ...] = ()
    """For rasters: what each band becomes."""
    layers_of: Callable[[Item], tuple[Layer, ...]] | None = None
    """For rasters that go on through time: what the bands of an item become."""
    example: Item | None = None
    """An item as the feed offers it: what ``layers_of`` makes of it is checked."""
    tiles: TileSet | None = None
    """For rasters of which each period comes as several files; None: one file is a whole one."""
    decode_s: float = 600.0
    """Longest that a file may take to be decoded, by the clock [s]: a machine that is busy with
    other things needs many times what it would alone. A job that says more may use the processor
    for as long."""
    late_days: int = 90
    """How long after the newest period late and revised items are looked for before it."""
    into: Target | None = None
    """For everything else: where the rows go."""
    licence: str
    """SPDX id, or the licence in words."""
    citation: str
    link: str
    """Where a person reads about the source."""
    pass_on: PassOn = PassOn.NOTHING
    """Of sensors: what its licence allows readers to be given."""
    schedule: str = ""
    """Cron; empty: the data do not change, one run is enough."""
    time_zone: str = "UTC"
    """Zone that the schedule is told in (IANA)."""
    jitter_s: int = 0
    """It runs up to so many seconds late, always the same for a job: sources are not asked by
    everybody at the full hour."""
    catch_up: str = "newest"
    """After a rest over several due times: ``newest``, or ``all`` of them, oldest first."""
    max_age_days: int | None = None
    """Allowed age of the end of the newest accepted observation; None: it does not age."""
    on: bool = False
    """Runs without an operator's word: only what ships with the product does."""
    notes: dict[str, str] = field(default_factory=dict)
    """Language to what a reader of its numbers must know."""

    @property
    def cubes(self) -> tuple[Cube, ...]:
        """The cubes it fills, each once, in order."""
        known = (*self.layers, *(self.layers_for(self.example) if self.example else ()))
        return tuple({layer.cube.id: layer.cube for layer in known}.values())

    def layers_for(self, item: Item) -> tuple[Layer, ...]:
        """What the bands of an item become."""
        fixed = tuple(layer for layer in self.layers if layer.item == item.key)
        return fixed + (self.layers_of(item) if self.layers_of else ())


@dataclass(frozen=True, slots=True, kw_only=True)
class Computation:
    """A product that the service computes from what it has: told to readers like a source."""

    id: str
    title: dict[str, str]
    licence: str
    citation: str
    link: str
    notes: dict[str, str]
    schedule: str = ""
    max_age_days: int | None = None
