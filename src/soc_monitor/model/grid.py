"""Grid: a regular longitude-latitude grid, row 0 in the north."""

import hashlib
from dataclasses import dataclass

from soc_monitor.errors import BadValue


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """A regular grid on WGS 84, told by its outer edges and its shape.

    Edges are kept, not cell sizes: 1/12 of a degree has no exact decimal, the edges have.

    Example:
        >>> grid = Grid(nx=4320, ny=2160)
        >>> grid.dx == 360 / 4320, grid.shape
        (True, (2160, 4320))
    """

    nx: int
    """Columns."""
    ny: int
    """Rows."""
    west: float = -180.0
    """Western edge [degrees]."""
    south: float = -90.0
    """Southern edge [degrees]."""
    east: float = 180.0
    """Eastern edge [degrees]."""
    north: float = 90.0
    """Northern edge [degrees]."""

    def __post_init__(self) -> None:
        """Refuse what is not a grid."""
        if self.nx < 1 or self.ny < 1 or self.east <= self.west or self.north <= self.south:
            msg = f"not a grid: {self}"
            raise BadValue(msg)
        if not -90.0 <= self.south < self.north <= 90.0 or self.east - self.west > 360.0:
            msg = f"not on the globe: {self}"
            raise BadValue(msg)

    @property
    def dx(self) -> float:
        """Width of a cell [degrees]."""
        return (self.east - self.west) / self.nx

    @property
    def dy(self) -> float:
        """Height of a cell [degrees]."""
        return (self.north - self.south) / self.ny

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, columns)."""
        return (self.ny, self.nx)

    @property
    def id(self) -> str:
        """Content hash, 16 hexadecimal digits: the same grid always has the same id."""
        edges = (self.west, self.south, self.east, self.north)
        text = "EPSG:4326|" + "|".join(map(repr, (*map(float, edges), self.nx, self.ny)))
        return hashlib.sha256(text.encode()).hexdigest()[:16]
