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
MAPS = ("explorer-map", "explorer-map2")
"""The second one is for another period, and moves with the first."""


def layout(**_: str) -> html.Div:
    """Empty slots in the boxes of the first layer; the address says what goes into them."""
    stores = ("state", "answer", "drawn", "sync", "where", "moved")
    return html.Div(
        [
            dcc.Store(id="explorer-start", data=1),
            *(dcc.Store(id=f"explorer-{name}") for name in stores),
            html.Div(id="explorer-head", className="hero"),
            html.Div(
                [
                    html.Div(id="explorer-controls", className="full"),
                    html.Figure(
                        [
                            html.Div(id="explorer-inside"),
                            html.Div(
                                [html.Div(_pane(name), id=f"{name}-pane") for name in MAPS],
                                className="maps",
                            ),
                            html.Div(id="explorer-slider"),
                            html.Div(id="explorer-legend"),
                            html.Div(id="explorer-foot"),
                        ],
                        className="card",
                    ),
                    html.Div(
                        [html.Div(id="explorer-picked"), html.Div(id="explorer-table")],
                        className="stack",
                    ),
                ],
                id="explorer-box",
                className="explorer",
            ),
            html.Div(id="explorer-about"),
        ],
        className="wrap roomy",
    )


def _pane(name: str) -> list[Any]:
    return [html.Div(id=f"{name}-when"), html.Div(_map(name), className="mapbox")]


def _map(name: str) -> dl.Map:
    return dl.Map(
        [
            dl.TileLayer(id=f"{name}-tiles", url="", **takeover.TILES),
            dl.TileLayer(id=f"{name}-doubt", url="", zIndex=2, **takeover.TILES),
            dl.GeoJSON(
                id=f"{name}-outlines",
                style={"variable": "soil.style"},
                onEachFeature={"variable": "soil.each"},
                hideout={},
            ),
            dl.ScaleControl(imperial=False),
            dl.GestureHandling(),
        ],
        id=name,
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
    Output("explorer-state", "data"),
    Input("explorer-start", "data"),
)
clientside_callback(
    ClientsideFunction("soil", "fill"),
    Output("explorer-drawn", "data"),
    Input("explorer-answer", "data"),
)
clientside_callback(
    ClientsideFunction("soil", "clicked"),
    Output("explorer-sync", "data"),
    *(Input(name, "clickData") for name in MAPS),
    prevent_initial_call=True,
)
clientside_callback(
    ClientsideFunction("soil", "moved"),
    Output("explorer-moved", "data"),
    Input("explorer-map", "bounds"),
    State("explorer-map", "zoom"),
    prevent_initial_call=True,
)
for _name in MAPS:
    clientside_callback(
        ClientsideFunction("soil", "outlines"),
        Output(f"{_name}-outlines", "url"),
        Input(_name, "zoom"),
        Input(f"{_name}-outlines", "hideout"),
    )
for _name, _other in (MAPS, MAPS[::-1]):
    clientside_callback(
        ClientsideFunction("soil", "follow"),
        Output(_other, "viewport", allow_duplicate=True),
        Input(_name, "bounds"),
        State(_name, "zoom"),
        State(_other, "bounds"),
        State("explorer-box", "className"),
        prevent_initial_call=True,
    )


@callback(
    Output("explorer-answer", "data"),
    Output("explorer-box", "className"),
    Output("explorer-where", "data"),
    Output("explorer-map", "viewport"),
    *(
        Output(f"{name}-{part}", key)
        for name in MAPS
        for part, key in (("tiles", "url"), ("doubt", "url"), ("outlines", "hideout"))
    ),
    Input("explorer-state", "data"),
    State("explorer-where", "data"),
    prevent_initial_call=True,
)
def draw(data: Any, where: Any) -> Any:
    """The page for the address."""
    wanted = takeover.asked(data)
    if wanted is None or len(wanted.parts) != 1:
        return (no_update,) * 10
    try:
        found = takeover.explorer(wanted)
    except ApiProblem as problem:
        return takeover.failure(wanted, problem), *(no_update,) * 9
    moved = where is None or found.inside != where
    viewport: dict[str, Any] = {"bounds": found.bounds or WORLD, "transition": "fitBounds"}
    if where is None and wanted.state.view is not None:
        *center, zoom = wanted.state.view
        viewport = {"center": center, "zoom": zoom, "transition": "setView"}
    # A map that nobody sees draws nothing.
    maps = [*found.maps, (no_update,) * 3][:2]
    return (
        {**found.answer, "bounds": found.bounds or WORLD, "inside": found.inside},
        "explorer pair" if found.maps[1:] else "explorer",
        found.inside,
        viewport if moved else no_update,
        *(part for one in maps for part in one),
    )
