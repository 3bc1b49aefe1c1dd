"""Frame: the areas of a boundary set, in the order of the rows of moments."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from soc_monitor.aggregate import Moments
from soc_monitor.model import UNASSIGNED, WORLD, Area, Level

M2_PER_HA = 1e4


@dataclass(frozen=True, slots=True)
class Frame:
    """The areas of a boundary set as rows of a table of moments."""

    areas: tuple[Area, ...]
    """Leaves first, then the world, then the others."""
    leaves: int
    parents: npt.NDArray[np.int64]
    """Row of each area's parent, -1 for none; regions and countries only."""
    rest: Area
    order: npt.NDArray[np.int64]
    """Leaves in an order in which those of every area stand together."""
    ranges: npt.NDArray[np.int64]
    """First and last plus one of each area's leaves in that order; of the world: empty."""

    @property
    def world(self) -> int:
        """Row of the world: the whole grid."""
        return self.leaves

    @property
    def countries(self) -> list[int]:
        """Rows of the countries."""
        return [i for i, area in enumerate(self.areas) if area.level is Level.ADM0]

    def rolled(self, sums: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Sums of the leaves (field, leaf) added up to all that they are part of (field, area)."""
        found = np.zeros((len(sums), len(self.areas)))
        leaves = np.arange(sums.shape[1])
        at = leaves
        while len(at):
            np.add.at(found.T, at, sums[:, leaves].T)
            up = self.parents[at]
            at, leaves = up[up >= 0], leaves[up >= 0]
        return found

    def land(self, rest: Moments) -> tuple[list[float], float]:
        """Land of each area, and of what no area holds [ha].

        The world's is every polygon, and the cells outside of all polygons that hold soil.
        """
        land = [area.area_km2 * 100 for area in self.areas]
        rest_ha = float(rest.mapped_m2[0]) / M2_PER_HA
        land[self.world] = sum(land[i] for i in self.countries) + rest_ha
        return land, rest_ha


def make_frame(areas: Sequence[Area]) -> Frame:
    """Put the areas of a boundary set in the order of the rows of moments."""
    leaves = sorted((a for a in areas if a.level is Level.ADM1), key=lambda a: a.code)
    world = next(a for a in areas if a.code == WORLD)
    rest = next(a for a in areas if a.code == UNASSIGNED)
    others = [a for a in areas if a.level is not Level.ADM1 and a not in (world, rest)]
    order = (*leaves, world, *others)
    row = {area.code: number for number, area in enumerate(order)}
    # The world is every cell of the grid, counted by itself, never the sum of the countries.
    outside = {None, WORLD, UNASSIGNED}
    parents = [-1 if area.parent in outside else row[str(area.parent)] for area in order]
    walk, ranges = _walk(parents, len(leaves))
    return Frame(order, len(leaves), np.array(parents), rest, walk, ranges)


def _walk(
    parents: Sequence[int], leaves: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Leaves in depth-first order, and where those of each row stand in it."""
    children: dict[int, list[int]] = defaultdict(list)
    for row, parent in enumerate(parents):
        children[parent].append(row)
    walk: list[int] = []
    ranges = np.zeros((len(parents), 2), np.int64)

    def visit(row: int) -> None:
        first = len(walk)
        if row < leaves:
            walk.append(row)
        for child in children.get(row, ()):
            visit(child)
        ranges[row] = first, len(walk)

    for root in children[-1]:
        visit(root)
    return np.array(walk, np.int64), ranges
