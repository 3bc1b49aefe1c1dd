"""OpenAPI: the document, with problems where FastAPI would put its own errors."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from starlette.routing import BaseRoute

from soc_monitor.api.bodies.service import Problem
from soc_monitor.api.problems import MEDIA_TYPE
from soc_monitor.api.version import version

TITLE = "soc-monitor"
ABOUT = (
    "Soil organic carbon of the world, its countries and their parts: numbers with their interval, "
    "their class and their origin. Readable without a key. Addresses are those of the pages."
)
_PROBLEMS = {
    "404": "There is no such thing",
    "405": "The address does not take this method",
    "414": "The address is too long",
    "422": "A parameter has a value that cannot be used",
    "429": "Too many requests from one address; ask again after `Retry-After` seconds",
    "500": "A fault of ours",
    "503": "The database does not answer, or the first numbers are still being made; "
    "ask again after `Retry-After` seconds",
}
_REF = {"$ref": "#/components/schemas/Problem"}


def describe(app: FastAPI, ways: list[BaseRoute], address: str) -> dict[str, Any]:
    """The document of an application; made once.

    Args:
        ways: the routes that it tells of; pages are not among them.
        address: the public one; empty: wherever the document was read.
    """
    if app.openapi_schema is None:
        made = get_openapi(
            title=TITLE,
            version=version(),
            description=ABOUT,
            routes=ways,
            tags=_TAGS,
            servers=[{"url": address or "/"}],
        )
        schemas = made.setdefault("components", {}).setdefault("schemas", {})
        schemas["Problem"] = Problem.model_json_schema()
        for name in ("HTTPValidationError", "ValidationError"):
            schemas.pop(name, None)
        _hoist(made, schemas)
        for path in made["paths"].values():
            for operation in path.values():
                _tell_problems(operation["responses"])
        app.openapi_schema = made
    return app.openapi_schema


_TAGS = [
    {"name": "numbers", "description": "Series, maps and points"},
    {"name": "areas", "description": "Places that numbers are reported for"},
    {"name": "catalogue", "description": "What there is, and where it comes from"},
    {"name": "stations", "description": "Sensors in the ground, and what they measured"},
    {"name": "progress", "description": "The 24 objectives of the Initiative, and its registers"},
    {"name": "tiles", "description": "Maps as images"},
    {"name": "standards", "description": "The same for programs of others: STAC, Atom, SDG"},
    {"name": "service", "description": "How the service stands"},
]


def _hoist(part: Any, schemas: dict[str, Any]) -> None:
    """Move definitions that a schema brought along to where the document keeps all of them."""
    if isinstance(part, list):
        for one in part:
            _hoist(one, schemas)
    elif isinstance(part, dict):
        brought = part.pop("$defs", {})
        for name, schema in brought.items():
            schemas.setdefault(name, schema)
        if str(part.get("$ref", "")).startswith("#/$defs/"):
            part["$ref"] = part["$ref"].replace("#/$defs/", "#/components/schemas/")
        for one in [*part.values(), *brought.values()]:
            _hoist(one, schemas)


def _tell_problems(responses: dict[str, Any]) -> None:
    for status, words in _PROBLEMS.items():
        responses[status] = {"description": words, "content": {MEDIA_TYPE: {"schema": _REF}}}
    if "200" in responses:
        responses["304"] = {"description": "The reader has it already (`If-None-Match`)"}
