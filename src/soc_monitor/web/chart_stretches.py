"""Stretches of a series: where its line changes because less may be said of it."""

from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise

from soc_monitor.web.chart import Point


def stretches(run: Sequence[Point]) -> Iterator[tuple[list[Point], bool, bool]]:
    """Points that are joined, cut where they become not assessable or provisional, and back.

    What joins two points is as uncertain as the less certain of them: neighbours share a point.

    Args:
        run: points with values, without a gap.

    Yields:
        points, whether they are not assessable, whether they are provisional.

    Example:
        >>> run = [Point(label=str(n), value=1.0, untold=n > 1) for n in range(4)]
        >>> [([p.label for p in part], untold) for part, untold, _ in stretches(run)]
        [(['0', '1'], False), (['1', '2', '3'], True)]
    """
    if len(run) == 1:
        yield list(run), run[0].untold, run[0].provisional
    kinds = [(a.untold or b.untold, a.provisional or b.provisional) for a, b in pairwise(run)]
    for (untold, provisional), same in groupby(range(len(kinds)), lambda at: kinds[at]):
        joined = list(same)
        yield list(run[joined[0] : joined[-1] + 2]), untold, provisional
