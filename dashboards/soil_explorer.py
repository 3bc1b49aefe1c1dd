"""E2: soil explorer. A map of the world's areas, with their numbers beside it."""

from typing import Any

import dash_leaflet as dl
from dash import (
    ClientsideFunction,
    Input,
    Output,
    State,
    callback,
    clientside_callback,
    dcc,
    html,
    no_update,
    register_page,
)

from soc_monitor.web import takeover
from soc_monitor.web.client import ApiProblem

register_page(  # type: ignore[no-untyped-call]
    __name__, path_template="/<lang>/soc", title="soc-monitor", order=1
)


WORLD = [[-50, -125], [68, 150]]
GLOBE = [[-85.05, -180], [85.05, 180]]


def layout(**_: str) -> html.Div:
    """Empty slots in the boxes of the first layer; the address says what goes into them."""
    return html.Div(
        [
            dcc.Store(id="explorer-start", data=1),
            dcc.Store(id="explorer-state"),
            dcc.Store(id="explorer-answer"),
            dcc.Store(id="explorer-drawn"),
            dcc.Store(id="explorer-clicked"),
            dcc.Store(id="explorer-shown"),
            html.Div(id="explorer-head", className="hero"),
            html.Div(
                [
                    html.Div(id="explorer-controls", className="full"),
                    html.Figure(
                        [
                            html.Div(_map(), className="mapbox"),
                            html.Div(id="explorer-legend"),
                        ],
                        className="card",
                    ),
                    html.Div(
                        [html.Div(id="explorer-picked"), html.Div(id="explorer-table")],
                        className="stack",
                    ),
                ],
                className="explorer",
            ),
            html.Div(id="explorer-about"),
        ],
        className="wrap roomy",
    )


def _map() -> dl.Map:
    return dl.Map(
        [
            dl.TileLayer(id="explorer-tiles", url="", maxZoom=9, noWrap=True, bounds=GLOBE),
            dl.GeoJSON(
                id="explorer-outlines",
                style={"variable": "soil.style"},
                onEachFeature={"variable": "soil.each"},
                hideout={},
            ),
            dl.ScaleControl(imperial=False),
            dl.GestureHandling(),
        ],
        id="explorer-map",
        center=[25, 10],
        zoom=1,
        viewport={"bounds": WORLD, "transition": "fitBounds"},
        zoomSnap=0.5,
        minZoom=0,
        maxZoom=9,
        scrollWheelZoom=False,
        attributionControl=False,
        worldCopyJump=False,
    )


clientside_callback(
    ClientsideFunction("soil", "start"),
    Output("explorer-state", "data"),
    Input("explorer-start", "data"),
)
clientside_callback(
    ClientsideFunction("soil", "fill"),
    Output("explorer-drawn", "data"),
    Input("explorer-answer", "data"),
)
clientside_callback(
    ClientsideFunction("soil", "picked"),
    Output("explorer-shown", "data"),
    Input("explorer-clicked", "data"),
)
clientside_callback(
    ClientsideFunction("soil", "outlines"),
    Output("explorer-outlines", "url"),
    Input("explorer-map", "zoom"),
    Input("explorer-outlines", "hideout"),
)


@callback(
    Output("explorer-answer", "data"),
    Output("explorer-tiles", "url"),
    Output("explorer-outlines", "hideout"),
    Input("explorer-state", "data"),
    prevent_initial_call=True,
)
def draw(data: Any) -> Any:
    """The page for the address."""
    wanted = takeover.asked(data)
    if wanted is None or len(wanted.parts) != 1:
        return no_update, no_update, no_update
    try:
        return takeover.explorer(wanted)
    except ApiProblem:
        return takeover.failure(wanted), no_update, no_update


@callback(
    Output("explorer-clicked", "data"),
    Input("explorer-map", "clickData"),
    State("explorer-state", "data"),
    prevent_initial_call=True,
)
def pick(click: Any, data: Any) -> Any:
    """The card of the area under the pointer."""
    wanted = takeover.asked(data)
    if wanted is None or not isinstance(click, dict) or "latlng" not in click:
        return no_update
    where = click["latlng"]
    return takeover.picked(wanted, float(where["lng"]), float(where["lat"]))
