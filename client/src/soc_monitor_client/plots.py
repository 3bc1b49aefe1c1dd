"""Plots: a line for each area with its bands, or a map, and under it where the numbers are from."""

import importlib
import math
import textwrap
from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BANDS = (("95", 0.15), ("50", 0.3))
"""Intervals that are drawn [%], and how dense."""
SOURCE_WIDTH = 88
"""Characters of a line of the source."""

Row = Mapping[str, Any]


def need(name: str, extra: str) -> Any:
    """A package that only some answers need.

    Args:
        name: of the package.
        extra: what installs it.

    Raises:
        ImportError: it is not installed; says what to install.
    """
    try:
        return importlib.import_module(name)
    except ImportError as error:
        package = name.partition(".")[0]
        hint = f"{package} is not installed: pip install 'soc-monitor-client[{extra}]'"
        raise ImportError(hint, name=package) from error


def new_axes() -> "Axes":
    """Axes of a new figure.

    Raises:
        ImportError: matplotlib is not installed.
    """
    axes: Axes = need("matplotlib.pyplot", "plot").subplots(layout="constrained")[1]
    return axes


def lines(axes: "Axes", rows: Sequence[Row], value: str) -> None:
    """A line for each area, with the intervals around it; a gap where there is no number.

    Args:
        axes: to draw on.
        rows: an area and a period each.
        value: the column that is drawn.
    """
    areas: dict[str, list[Row]] = {}
    for row in sorted(rows, key=lambda row: str(row["period_start"])):
        areas.setdefault(str(row.get("area_name", "")), []).append(row)
    for name, own in areas.items():
        when: list[Any] = [_middle(row) for row in own]
        marker = "o" if len(own) == 1 else ""
        (line,) = axes.plot(when, _column(own, value), label=name, marker=marker)
        for band, density in BANDS:
            low, high = (_column(own, f"{end}_{band}") for end in ("lower", "upper"))
            axes.fill_between(when, low, high, color=line.get_color(), alpha=density, linewidth=0)
    if len(areas) > 1:
        axes.legend(frameon=False)


def caption(axes: "Axes", *, title: str, unit: str, source: str) -> None:
    """Title, unit and source of what is drawn."""
    axes.set_title(title)
    axes.set_ylabel(unit)
    told = textwrap.wrap(source, SOURCE_WIDTH, break_on_hyphens=False)
    axes.set_xlabel("\n".join(told), loc="left", fontsize="x-small")


def _middle(row: Row) -> date:
    first, last = (date.fromisoformat(str(row[name])) for name in ("period_start", "period_end"))
    return first + (last - first) / 2


def _column(rows: Sequence[Row], name: str) -> list[float]:
    return [math.nan if row.get(name) is None else float(row[name]) for row in rows]
