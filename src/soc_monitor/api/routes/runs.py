"""``/runs``: what the service has done by itself, told to everybody."""

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel

from soc_monitor.api import ask
from soc_monitor.api.answers import LATEST_HOLDS, dump
from soc_monitor.api.bodies.service import RunsBody
from soc_monitor.api.catalogue import catalogue_of
from soc_monitor.errors import UnknownJob
from soc_monitor.model import Run
from soc_monitor.store import read_inputs
from soc_monitor.store.runs import count_runs, list_runs

router = APIRouter(tags=["service"])


class RunsAsk(BaseModel):
    """Keys of ``/runs``."""

    job: Annotated[
        str | None,
        Query(description="Only those of one job", max_length=100, examples=["land_cover"]),
    ] = None
    limit: ask.Limit = 100
    cursor: ask.Cursor = 0


@router.get("/runs", response_model=RunsBody)
def list_all(request: Request, asked: Annotated[RunsAsk, Query()]) -> Response:
    """Every look at an input and every calculation, the newest first, and how it ended.

    What a run said may name hosts and folders of the operator: that is told to operators alone.
    """
    store = catalogue_of(request).store
    total = count_runs(store, asked.job)
    if not total and asked.job is not None and asked.job not in _inputs(request):
        raise UnknownJob(f"no job {asked.job!r}", hint="/api/v1/freshness lists the inputs.")
    found = list_runs(store, job_id=asked.job, limit=asked.limit, offset=asked.cursor)
    links, following = {}, asked.cursor + asked.limit
    if following < total:
        chosen = "" if asked.job is None else f"job={asked.job}&"
        links["next"] = f"{request.url.path}?{chosen}limit={asked.limit}&cursor={following}"
    meta = {"checked_at": datetime.now(UTC), "total": total, "links": links}
    body = dump({"meta": meta, "data": [_told(one) for one in found]})
    headers = {"Cache-Control": LATEST_HOLDS}
    return Response(body, media_type="application/json", headers=headers)


def _inputs(request: Request) -> set[str]:
    return {one.feed_id for one in read_inputs.inputs_status(catalogue_of(request).store)}


def _told(one: Run) -> dict[str, Any]:
    return {
        "id": str(one.id),
        "job_id": one.job_id,
        "state": one.state.value,
        "due_at": one.due_at,
        "started_at": one.started_at,
        "ended_at": one.ended_at,
        "taken": one.taken,
        "rejected": one.rejected,
        "job_version": one.job_version,
        "code_version": one.code_version,
    }
