"""Other names: words under which people look for what is called differently here."""

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

router = APIRouter(include_in_schema=False)

NAMES = {
    "areas.geojson": "outlines.geojson",
    "feeds": "freshness",
    "sources": "freshness",
    "units": "areas",
    "variables": "indicators",
}


def _lead(request: Request) -> Response:
    folder, _, name = request.url.path.rpartition("/")
    query = f"?{request.url.query}" if request.url.query else ""
    return RedirectResponse(f"{folder}/{NAMES[name]}{query}", 307)


for _name in NAMES:
    router.add_api_route(f"/{_name}", _lead, methods=["GET"])
