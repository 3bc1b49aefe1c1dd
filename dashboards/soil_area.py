"""E2: soil, one area. Its numbers with their intervals, beside others, over time and inside."""

from typing import Any

import dash_leaflet as dl
from dash import (
    ClientsideFunction,
    Input,
    Output,
    callback,
    clientside_callback,
    dcc,
    html,
    no_update,
    register_page,
)

from soc_monitor.web import takeover, takeover_area
from soc_monitor.web.client import ApiProblem

register_page(  # type: ignore[no-untyped-call]
    __name__, path_template="/<lang>/soc/<area>", title="soc-monitor", order=2
)


def layout(**_: str) -> html.Div:
    """Empty slots in the boxes of the first layer; the address says what goes into them."""
    return html.Div(
        [
            dcc.Store(id="area-start", data=1),
            dcc.Store(id="area-state"),
            dcc.Store(id="area-answer"),
            dcc.Store(id="area-drawn"),
            html.Div(id="area-crumbs"),
            html.Div(id="area-head", className="hero"),
            html.Div(id="area-figures"),
            html.Section(id="area-controls"),
            html.Section(
                html.Figure(
                    [
                        html.Div(id="area-time-cap"),
                        html.Div(
                            [html.Div(id="area-time"), html.Div(id="area-time-dots")],
                            className="body",
                        ),
                        html.Div(id="area-time-foot"),
                    ],
                    className="card",
                )
            ),
            html.Div(id="area-others"),
            html.Section(html.Figure(id="area-compare", className="card")),
            html.Section(
                [
                    html.Figure(
                        [
                            html.Div(id="area-where", className="cap"),
                            html.Div(_map(), className="mapbox"),
                            html.Div(id="area-legend"),
                        ],
                        className="card",
                    ),
                    html.Div(id="area-inside"),
                ],
                className="two place",
            ),
            html.Section(id="area-series"),
            html.Div(id="area-about"),
        ],
        className="wrap",
    )


def _map() -> dl.Map:
    return dl.Map(
        [
            dl.TileLayer(id="area-tiles", url="", **takeover.TILES),
            dl.TileLayer(id="area-doubt", url="", zIndex=2, **takeover.TILES),
            dl.GeoJSON(
                id="area-outlines",
                style={"variable": "soil.style"},
                onEachFeature={"variable": "soil.each"},
                hideout={},
            ),
            dl.ScaleControl(imperial=False),
            dl.GestureHandling(),
        ],
        id="area-map",
        center=[25, 10],
        zoom=1,
        zoomSnap=0.5,
        minZoom=0,
        maxZoom=takeover.CLOSEST,
        scrollWheelZoom=False,
        attributionControl=False,
        worldCopyJump=False,
    )


clientside_callback(
    ClientsideFunction("soil", "start"),
    Output("area-state", "data"),
    Input("area-start", "data"),
)
clientside_callback(
    ClientsideFunction("soil", "fill"),
    Output("area-drawn", "data"),
    Input("area-answer", "data"),
)


@callback(
    Output("area-answer", "data"),
    Output("area-time", "children"),
    Output("area-tiles", "url"),
    Output("area-doubt", "url"),
    Output("area-outlines", "url"),
    Output("area-outlines", "hideout"),
    Output("area-map", "viewport"),
    Input("area-state", "data"),
    prevent_initial_call=True,
)
def draw(data: Any) -> Any:
    """The page for the address."""
    wanted = takeover.asked(data)
    if wanted is None or len(wanted.parts) != 2:
        return (no_update,) * 7
    try:
        found = takeover_area.area(wanted)
    except ApiProblem as problem:
        return takeover.failure(wanted, problem), *(no_update,) * 6
    chart = None
    if found.figure is not None:
        settings: Any = {"displayModeBar": False, "responsive": True}
        chart = dcc.Graph(figure=found.figure, config=settings)
    return (
        found.answer,
        chart,
        found.tiles,
        found.doubt,
        found.outlines,
        found.hideout,
        {"bounds": found.bounds, "transition": "fitBounds"},
    )
