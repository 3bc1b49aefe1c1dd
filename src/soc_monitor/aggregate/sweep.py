"""The sweep: outlines to exact coverage of cells, without touching the inside.

Coordinates are in cells: x to the east, y to the south. Each edge adds, per cell it crosses, the
area between it and the right side of the cell; the rest goes to the next column. The running sum
along a row is then the share of each cell that is covered.

Source:
    signed-area accumulation, as font rasterisers do (R. Levien, font-rs, 2016); here with the
    density of the ellipsoid across a row, so that the share is one of true area.
"""

import numpy as np
import numpy.typing as npt

from soc_monitor.aggregate.jit import compiled

TOLERANCE = 1e-9
"""Shares nearer to 0 or to 1 than this are 0 or 1 [1]."""
OVERLAP = 1e-6
"""A share this far outside of 0..1 means that an outline crosses itself [1]."""

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


@compiled
def _strip(a: float, b: float, skew: float, curve: float) -> float:
    """Share of a row's area between the heights a and b, from its top at 0 to its bottom at 1."""
    return (b - a) * (
        1.0 + skew * (1.0 - (a + b)) + curve * (1.0 - 3.0 * (a + b) + 2.0 * (a * a + a * b + b * b))
    )


@compiled
def _rest(a: float, b: float, xa: float, xb: float, skew: float, curve: float) -> float:
    """Integral of the density times x from (a, xa) to (b, xb): Simpson's rule is exact here."""
    m = 0.5 * (a + b)
    da = 1.0 + skew * (1.0 - 2.0 * a) + curve * (1.0 - 6.0 * a * (1.0 - a))
    dm = 1.0 + skew * (1.0 - 2.0 * m) + curve * (1.0 - 6.0 * m * (1.0 - m))
    db = 1.0 + skew * (1.0 - 2.0 * b) + curve * (1.0 - 6.0 * b * (1.0 - b))
    return (b - a) / 6.0 * (da * xa + 2.0 * dm * (xa + xb) + db * xb)


@compiled
def sweep(  # noqa: C901, PLR0912, PLR0915 - one loop over edges, rows and columns
    xy: Floats, ring_ptr: Integers, ny: int, nx: int, skew: Floats, curve: Floats
) -> tuple[Integers, Floats]:
    """Steps of the coverage of one area.

    Args:
        xy: vertices (vertex, 2) [cells].
        ring_ptr: bounds of the rings in ``xy`` (ring + 1) [1].
        ny: rows.
        nx: columns.
        skew: slope of the density in a row (y,) [1]; 0 for planar shares.
        curve: curvature of the density in a row (y,) [1]; 0 for planar shares.

    Returns:
        place: row * (nx + 1) + column (n,) [1]; step: what the share rises by there (n,) [1].
    """
    place = np.empty(4 * xy.shape[0] + 64, np.int64)
    step = np.empty(place.size, np.float64)
    n = 0
    for ring in range(ring_ptr.size - 1):
        for i in range(ring_ptr[ring], ring_ptr[ring + 1] - 1):
            xa, ya, xb, yb = xy[i, 0], xy[i, 1], xy[i + 1, 0], xy[i + 1, 1]
            if ya == yb:
                continue
            sign = 1.0
            if ya > yb:
                xa, ya, xb, yb = xb, yb, xa, ya
                sign = -1.0
            if yb <= 0.0 or ya >= ny:
                continue
            slope = (xb - xa) / (yb - ya)
            first = max(0, int(np.floor(ya)))
            last = min(ny - 1, int(np.ceil(yb)) - 1)
            for r in range(first, last + 1):
                u0 = max(ya, float(r))
                u1 = min(yb, float(r + 1))
                if u1 <= u0:
                    continue
                p = xa + (u0 - ya) * slope if u0 > ya else xa
                q = xa + (u1 - ya) * slope if u1 < yb else xb
                a, b = u0 - r, u1 - r
                west, east = min(p, q), max(p, q)
                c0, c1 = int(np.floor(west)), int(np.ceil(east)) - 1
                c1 = max(c0, c1)
                # West of the grid all columns together are one, -1; and east of it, nx.
                c = min(max(c0, -1), nx)
                end = max(min(c1, nx), c)
                if n + 2 * (end - c + 1) > place.size:
                    more = np.empty(2 * place.size + 2 * (end - c + 1), np.int64)
                    more[:n] = place[:n]
                    place = more
                    grown = np.empty(place.size, np.float64)
                    grown[:n] = step[:n]
                    step = grown
                # Heights where the edge enters (f, at x = g) and leaves a column, west to east.
                back = q < p
                f, g = (b, q) if back else (a, p)
                close = a if back else b
                while c <= end:
                    k, h = close, east
                    if c < end:
                        h = float(c + 1)
                        k = a + (h - p) / (q - p) * (b - a)
                        k = min(max(k, a), b)
                    lo, hi = (k, f) if back else (f, k)
                    xlo, xhi = (h, g) if back else (g, h)
                    if hi > lo:
                        whole = sign * _strip(lo, hi, skew[r], curve[r])
                        if c < 0 or c >= nx:
                            place[n] = r * (nx + 1) + max(c, 0)
                            step[n] = whole
                            n += 1
                        else:
                            rest = sign * _rest(lo, hi, xlo - c, xhi - c, skew[r], curve[r])
                            place[n] = r * (nx + 1) + c
                            step[n] = whole - rest
                            n += 1
                            if rest != 0.0:
                                place[n] = r * (nx + 1) + c + 1
                                step[n] = rest
                                n += 1
                    f, g = k, h
                    c += 1
    return place[:n], step[:n]


@compiled
def _runs_and_edges(  # noqa: C901 - called twice: to count, then to fill
    place: Integers, step: Floats, nx: int, runs: Integers, edges: Integers, shares: Floats
) -> tuple[int, int, float]:
    """Sorted steps to runs (row, c0, c1) and edge cells (row, col); empty arrays: only count."""
    n_runs, n_edges, worst = 0, 0, 0.0
    row, reached, share = -1, 0, 0.0
    i = 0
    while i < place.size:
        here = place[i]
        r = here // (nx + 1)
        c = here - r * (nx + 1)
        if r != row:
            row, reached, share = r, 0, 0.0
        # The share holds from the last step to here, then changes in this cell.
        for part in range(2):
            c0, c1 = (reached, c) if part == 0 else (c, c + 1)
            if part == 1:
                while i < place.size and place[i] == here:
                    share += step[i]
                    i += 1
                worst = max(worst, -share, share - 1.0)
                c1 = min(c1, nx)
            if c1 <= c0 or share <= TOLERANCE:
                continue
            if share >= 1.0 - TOLERANCE:
                joined = (
                    n_runs > 0
                    and runs.shape[0] > 0
                    and runs[n_runs - 1, 0] == row
                    and runs[n_runs - 1, 2] == c0
                )
                if joined:
                    runs[n_runs - 1, 2] = c1
                    continue
                if runs.shape[0] > 0:
                    runs[n_runs, 0] = row
                    runs[n_runs, 1] = c0
                    runs[n_runs, 2] = c1
                n_runs += 1
                continue
            if edges.shape[0] > 0:
                for cc in range(c0, c1):
                    edges[n_edges + cc - c0, 0] = row
                    edges[n_edges + cc - c0, 1] = cc
                    shares[n_edges + cc - c0] = share
            n_edges += c1 - c0
        reached = c + 1
    return n_runs, n_edges, worst


def scan(place: Integers, step: Floats, nx: int) -> tuple[Integers, Integers, Floats, float]:
    """Steps of one area to its runs and edge cells.

    Args:
        place: row * (nx + 1) + column (n,) [1], in any order.
        step: what the share rises by there (n,) [1].
        nx: columns.

    Returns:
        runs: row, first column, end (run, 3) [1]; edges: row, column (edge, 2) [1];
        shares of the edge cells (edge,) [1], between 0 and 1; how far a share left 0..1 [1].

    Example:
        >>> scan(np.array([0, 0, 2]), np.array([0.5, 0.5, -1.0]), 3)[0].tolist()
        [[0, 0, 2]]
    """
    order = np.argsort(place, kind="stable")
    place, step = place[order], step[order]
    none = np.empty((0, 3), np.int64)
    n_runs, n_edges, worst = _runs_and_edges(place, step, nx, none, none, step[:0])
    runs = np.empty((n_runs + 1, 3), np.int64)
    edges = np.empty((n_edges + 1, 2), np.int64)
    shares = np.empty(n_edges + 1, np.float64)
    n_runs, n_edges, worst = _runs_and_edges(place, step, nx, runs, edges, shares)
    return runs[:n_runs], edges[:n_edges], shares[:n_edges], worst
