"""Plotly figure of a ChartSpec: the same numbers as the server's drawing."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

import plotly.graph_objects as go

from soc_monitor.model.scale import NO_DATA
from soc_monitor.web.chart import ChartSpec, Kind, Line
from soc_monitor.web.chart_axis import placed, time_marks, value_marks
from soc_monitor.web.chart_stretches import stretches
from soc_monitor.web.chart_svg import MOST_DOTS

LIGHT = ("#3138a7", "#ee673b", "#482538", "#8d80fc", "#972e0d", "#936b80")
DARK = ("#f8d147", "#6ce9d3", "#ae9ffa", "#be3f16", "#a1788d", "#615bd1")
DASHES = ("solid", "dash", "dashdot", "dot", "longdash", "longdashdot")
SEPARATORS = {"en": ".,", "fr": ",\u202f", "es": ",."}
UNTOLD = NO_DATA
"""A change that is not assessable, as on maps."""
PROVISIONAL = "5px,4px"
"""Dashes of what may move, as the style sheet has them."""
QUIET = {"light": "#6b7280", "dark": "#9da7b3"}


def figure(spec: ChartSpec, theme: str = "light") -> go.Figure:
    """The interactive drawing.

    Args:
        spec: what to draw.
        theme: ``light`` or ``dark``.
    """
    drawn = go.Figure()
    build = _time if spec.kind is Kind.TIME else _compare
    for trace in build(spec, theme):
        drawn.add_trace(trace)
    drawn.update_layout(**_layout(spec, theme))
    return drawn


def _layout(spec: ChartSpec, theme: str) -> dict[str, Any]:
    dark = theme == "dark"
    grid, text = ("#30363d", "#e6edf3") if dark else ("#e3ded3", "#1f2328")
    height = 340 if spec.kind is Kind.TIME else 34 * len(spec.lines) + 80
    axis = {"gridcolor": grid, "zeroline": False, "fixedrange": True, "tickfont": {"color": text}}
    value_axis = {**axis, "title": {"text": spec.unit, "font": {"color": text}}}
    label_axis = {**axis, "showgrid": False, "automargin": True, "type": "category"}
    marks = value_marks(spec)
    notes: list[dict[str, Any]] = []
    if spec.kind is Kind.TIME:
        years = time_marks(spec, 5)  # as many as a phone has room for
        x = {
            **label_axis,
            "type": "linear",
            # Below the lowest label of the other axis, not beside it.
            "ticks": "outside",
            "ticklen": 6,
            "tickcolor": "rgba(0,0,0,0)",
            "tickvals": [placed(spec)(at) for at, _ in years],
            "ticktext": [text for _, text in years],
        }
        y = {**axis, "automargin": True, "range": [marks[0][0], marks[-1][0]]}
        notes = [_unit(spec, text), *_break(spec, text)]
        if spec.steps:
            y |= {"tickvals": [at for at, _ in marks], "ticktext": [text for _, text in marks]}
    else:
        x, y = {**value_axis, "rangemode": "tozero"}, {**label_axis, "autorange": "reversed"}
    return {
        "height": height,
        "margin": {"l": 44, "r": 16, "t": 30, "b": 32}
        if notes
        else {"l": 56, "r": 16, "t": 12, "b": 48},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": "system-ui, sans-serif", "size": 12, "color": text},
        "separators": SEPARATORS[spec.code],
        "showlegend": False,  # The page has one, which can be read aloud.
        "hovermode": "closest",
        "dragmode": False,
        "xaxis": x,
        "yaxis": y,
        "annotations": notes,
    }


def _unit(spec: ChartSpec, colour: str) -> dict[str, Any]:
    """The unit above its axis, as the drawing of the server has it: read without a turned head."""
    return {
        "text": spec.unit,
        "xref": "paper",
        "yref": "paper",
        "x": 0,
        "y": 1,
        "xanchor": "left",
        "yanchor": "bottom",
        "xshift": -36,
        "yshift": 8,
        "showarrow": False,
        "font": {"color": colour},
    }


def _break(spec: ChartSpec, colour: str) -> list[dict[str, Any]]:
    """Two strokes across the axis of time where years are left out."""
    if spec.far is None:
        return []
    place = placed(spec)
    after = min(p.at for line in spec.lines for p in line.points if p.at != spec.far)
    return [
        {
            "text": "//",
            "x": (place(spec.far) + after) / 2,
            "y": 0,
            "yref": "paper",
            "yanchor": "middle",
            "showarrow": False,
            "font": {"size": 15, "color": colour},
        }
    ]


def _time(spec: ChartSpec, theme: str) -> list[Any]:
    colours = DARK if theme == "dark" else LIGHT
    traces: list[Any] = []
    for index, line in enumerate(spec.lines):
        if line.aim:
            traces += _range(line, QUIET[theme])
            traces.append(_aim(line, QUIET[theme]))
            continue
        colour, dash = colours[index % len(colours)], DASHES[index % len(DASHES)]
        near = replace(line, points=tuple(p for p in line.points if p.at != spec.far))
        traces += _bands(near, colour)
        traces += _curves(near, placed(spec), colour, dash)
        if spec.far is not None:
            # Before the break of the axis: a dot of its own, never joined to the rest.
            past = replace(line, points=tuple(p for p in line.points if p.at == spec.far))
            traces += _curves(past, placed(spec), colour, dash)
    return traces


def _curves(line: Line, place: Callable[[float], float], colour: str, dash: str) -> list[Any]:
    """A series in as many traces as it has kinds of stretches; one, where all are of a kind."""
    several = sum(p.value is not None for p in line.points) > 1
    dotted = len(line.points) <= MOST_DOTS
    parts = [
        part
        for whole, run in groupby(line.points, lambda p: p.value is not None)
        if whole
        for part in stretches(list(run))
    ]
    kinds = {(untold, provisional) for _, untold, provisional in parts}
    if len(kinds) == 1:
        parts = [(list(line.points), *kinds.pop())]
    return [
        _curve(
            replace(line, points=tuple(points)),
            place,
            _Look(
                colour,
                UNTOLD if untold else colour,
                PROVISIONAL if provisional else dash,
                dotted=dotted,
                single=not several,
            ),
        )
        for points, untold, provisional in parts
    ]


@dataclass(frozen=True, slots=True)
class _Look:
    """How a stretch of a series is drawn."""

    own: str
    """Colour of the series."""
    joined: str
    """Colour of what joins its points."""
    dash: str
    dotted: bool
    single: bool
    """Its series has one value, which has its interval as a bar."""


def _curve(line: Line, place: Callable[[float], float], look: _Look) -> Any:
    return go.Scatter(
        x=[place(p.at) for p in line.points],
        y=[p.value for p in line.points],
        name=line.name,
        mode="lines+markers" if look.dotted else "lines",
        connectgaps=False,
        line={"color": look.joined, "width": 2, "dash": look.dash},
        marker={
            "size": 8,
            "symbol": ["circle-open" if p.provisional else "circle" for p in line.points],
            "color": [UNTOLD if p.untold else look.own for p in line.points],
        },
        error_y={**_error(line), "color": look.joined} if look.single else None,
        text=[p.text for p in line.points],
        customdata=[p.label for p in line.points],
        hovertemplate="%{customdata}: %{text}<extra>%{fullData.name}</extra>",
    )


def _aim(line: Line, colour: str) -> Any:
    return go.Scatter(
        x=[p.at for p in line.points],
        y=[p.value for p in line.points],
        name=line.name,
        mode="lines",
        line={"color": colour, "width": 1.5, "dash": "dot"},
        text=[p.text for p in line.points] if line.told else None,
        customdata=[p.label for p in line.points],
        hovertemplate="%{customdata}: %{text}<extra></extra>" if line.told else None,
        hoverinfo=None if line.told else "name",
    )


def _range(line: Line, colour: str) -> list[Any]:
    """The range that the levels of a plan span; nothing where each is one number."""
    if not line.told or all(p.high is None for p in line.points):
        return []
    top = [p.value if p.high is None else p.high for p in line.points]
    return [
        go.Scatter(
            x=[p.at for p in line.points] + [p.at for p in reversed(line.points)],
            y=[p.value for p in line.points] + list(reversed(top)),
            fill="toself",
            fillcolor=colour + "29",
            line={"width": 0},
            mode="lines",
            hoverinfo="skip",
            showlegend=False,
        )
    ]


def _bands(line: Line, colour: str) -> list[Any]:
    bands = []
    for low, high, alpha in (("low", "high", "24"), ("low_50", "high_50", "47")):
        edge = [(p.at, getattr(p, low), getattr(p, high), p.untold) for p in line.points]
        # Where an interval is missing or says nothing the band has a gap, and goes on after it.
        for whole, run in groupby(edge, lambda one: None not in one and not one[3]):
            part = [one[:3] for one in run]
            if whole and len(part) > 1:
                bands.append(_band(part, colour + alpha))
    return bands


def _band(edge: list[tuple[float, float, float]], colour: str) -> Any:
    return go.Scatter(
        x=[x for x, _, _ in edge] + [x for x, _, _ in reversed(edge)],
        y=[b for _, _, b in edge] + [a for _, a, _ in reversed(edge)],
        fill="toself",
        fillcolor=colour,
        line={"width": 0},
        mode="lines",
        hoverinfo="skip",
        showlegend=False,
    )


def _error(line: Line) -> dict[str, Any]:
    up = [
        p.high - p.value if p.high is not None and p.value is not None else 0 for p in line.points
    ]
    down = [
        p.value - p.low if p.low is not None and p.value is not None else 0 for p in line.points
    ]
    return {
        "type": "data",
        "symmetric": False,
        "array": up,
        "arrayminus": down,
        "thickness": 2,
        "width": 0,
    }


def _compare(spec: ChartSpec, theme: str) -> list[Any]:
    strong = (DARK if theme == "dark" else LIGHT)[0]

    def colour(line: Line) -> str:
        own = strong if line.strong else QUIET[theme]
        return UNTOLD if line.points[0].untold else own

    return [
        go.Scatter(
            x=[line.points[0].value],
            y=[line.name],
            mode="markers",
            marker={"size": 12 if line.strong else 9, "color": colour(line)},
            error_x={**_error(line), "color": colour(line)},
            text=[line.points[0].text],
            hovertemplate="%{y}: %{text}<extra></extra>",
        )
        for line in spec.lines
    ]
