"""``/healthz`` and ``/readyz``: whether the process lives, and whether it can serve."""

from fastapi import APIRouter, Request

from soc_monitor.api.bodies.service import HealthBody, ReadyBody
from soc_monitor.api.catalogue import catalogue_of
from soc_monitor.errors import NothingPublished
from soc_monitor.store import read, schema

router = APIRouter(tags=["service"])


@router.get("/healthz", response_model=HealthBody)
def live() -> dict[str, str]:
    """The process answers; the database may be down."""
    return {"status": "alive"}


@router.get("/readyz", response_model=ReadyBody)
def ready(request: Request) -> dict[str, str | None]:
    """The database answers and has the schema of this program; 503 and the reason if not."""
    store = catalogue_of(request).store
    schema.check(store.engine)
    try:
        return {"status": "ready", "release": read.find_release(store).name}
    except NothingPublished:
        return {"status": "ready", "release": None}
