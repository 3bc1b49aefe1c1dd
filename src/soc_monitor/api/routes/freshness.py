"""``/freshness``: how old every input is, what one of them has brought; ``/status/days``."""

from collections import Counter
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel

from soc_monitor.api import ask
from soc_monitor.api.answers import LATEST_HOLDS, dump
from soc_monitor.api.bodies.service import FreshnessBody, InputRecordBody, WatchedBody
from soc_monitor.api.catalogue import catalogue_of
from soc_monitor.api.clock import following
from soc_monitor.errors import UnknownJob
from soc_monitor.model.freshness import Freshness
from soc_monitor.model.typeset import in_language
from soc_monitor.model.watch import EVERY, Watched, watched
from soc_monitor.store import read_arrivals, watch
from soc_monitor.store.read_inputs import InputStatus, inputs_status
from soc_monitor.store.remaking import Remaking, remaking
from soc_monitor.store.store import Store

router = APIRouter(tags=["service"])

ARRIVALS = 30
"""The newest files of an input that are told."""
GAPS = 100
"""The newest gaps that are told."""


class FreshnessAsk(BaseModel):
    """Keys of ``/freshness``."""

    labels: ask.Lang = "en"


@router.get("/freshness", response_model=FreshnessBody)
def list_inputs(request: Request, asked: Annotated[FreshnessAsk, Query()]) -> Response:
    """Every input with its age, counted from the end of what was observed, and its state."""
    now = datetime.now(UTC)
    data = input_rows(catalogue_of(request).store, now, ask.language(asked.labels))
    found = Counter(one["state"] for one in data)
    meta = {
        "checked_at": now,
        "total": len(data),
        "counts": {state.value: found[state.value] for state in Freshness},
    }
    body = dump({"meta": meta, "data": data})
    headers = {"Cache-Control": LATEST_HOLDS}
    return Response(body, media_type="application/json", headers=headers)


@router.get("/freshness/{job_id}", response_model=InputRecordBody)
def show_input(
    request: Request,
    job_id: Annotated[
        str, Path(max_length=100, description="Id of an input", examples=["land_cover"])
    ],
    asked: Annotated[FreshnessAsk, Query()],
) -> Response:
    """One input: how it stands, its newest files, what is missing between them, what was refused.

    A gap is of months or years that are not there, between others that are: they never came, were
    refused, or were taken back.
    """
    now, store = datetime.now(UTC), catalogue_of(request).store
    rows = input_rows(store, now, ask.language(asked.labels))
    found = next((one for one in rows if one["job_id"] == job_id), None)
    if found is None:
        raise UnknownJob(f"no input {job_id!r}", hint="/api/v1/freshness lists them.")
    holes = read_arrivals.missing(store, job_id)
    record = {
        **found,
        "arrivals": [asdict(one) for one in read_arrivals.arrivals(store, job_id, ARRIVALS)],
        "gaps": [asdict(one) for one in holes[:GAPS]],
        "refusals": [asdict(one) for one in read_arrivals.refusals(store, job_id)],
    }
    body = dump({"meta": {"checked_at": now, "total_gaps": len(holes)}, "data": record})
    headers = {"Cache-Control": LATEST_HOLDS}
    return Response(body, media_type="application/json", headers=headers)


def input_rows(store: Store, now: datetime, lang: str) -> list[dict[str, Any]]:
    """Every input as it stands now; a job file that never was one is the operator's alone."""
    anew = {one.product: one for one in remaking(store)}
    return [
        {**_input(one, now, lang), "made_anew": _made_anew(anew.get(one.feed_id))}
        for one in inputs_status(store)
        if one.declared
    ]


def _made_anew(one: Remaking | None) -> dict[str, Any] | None:
    if one is None:
        return None
    return {"since": one.since, "shown": one.shown, "reason": one.reason}


def _input(one: InputStatus, now: datetime, lang: str) -> dict[str, Any]:
    age, state = one.age(now.date()), one.state(now.date())
    return {
        "job_id": one.feed_id,
        "title": in_language(one.title, lang),
        "titles": one.title,
        "licence": one.licence,
        "citation": one.citation,
        "link": one.link,
        "notes": in_language(one.notes, lang),
        "state": state.value,
        "last_observation_end": one.observed_until,
        "age_days": age,
        "allowed_days": one.max_age_days,
        "schedule": one.schedule,
        "next_look": _next_look(one, now),
        "file_broken": one.broken != "",
        "last_attempt": one.last_attempt,
        "last_success": one.last_success,
        "last_state": one.last_state,
        "items": one.items,
        "gone": one.gone,
        "rejections": one.rejections,
    }


def _next_look(one: InputStatus, now: datetime) -> datetime | None:
    """None: nothing looks for it by itself."""
    return following(one.schedule, one.time_zone, now) if one.looked_for else None


@router.get("/status/days", response_model=WatchedBody)
def list_days(request: Request) -> Response:
    """How each part of the service and each input stood on the last 90 days, today included.

    It is looked at every five minutes. What was not looked at counts neither as well nor as ill.
    """
    now = datetime.now(UTC)
    found = watch.read(catalogue_of(request).store, now.date())
    meta = {
        "first_day": watch.first_day(now.date()),
        "last_day": now.date(),
        "every_s": int(EVERY.total_seconds()),
    }
    body = dump({"meta": meta, "data": [watched_row(one) for one in watched(found, now)]})
    headers = {"Cache-Control": LATEST_HOLDS}
    return Response(body, media_type="application/json", headers=headers)


def watched_row(one: Watched) -> dict[str, Any]:
    """The record of a part, as it is told."""
    return {
        "kind": one.kind.value,
        "id": one.part,
        "state": one.state,
        "seen": one.seen,
        "well_share": one.well,
        "watched_share": one.watched,
        "incidents": one.incidents,
        "days": [
            {"day": day.day, "state": day.state, "checks": day.checks, "due": day.due,
             "bad": day.bad, "began": day.began}
            for day in one.days
        ],
    }  # fmt: skip
