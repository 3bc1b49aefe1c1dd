"""``/ops``: what operators see and do. For who has an operator's key, or has signed in with it."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import ValidationError

from soc_monitor.api import session
from soc_monitor.api.acts import ACTS, Act, parse_id
from soc_monitor.api.answers import dump
from soc_monitor.api.catalogue import catalogue_of
from soc_monitor.api.clock import following
from soc_monitor.api.forms import language_of, read_form, safe_path
from soc_monitor.api.plain import Whole
from soc_monitor.errors import (
    SchemaMismatch,
    SocMonitorError,
    StoreUnavailable,
    UnknownRecord,
    UnknownRun,
)
from soc_monitor.maps import step
from soc_monitor.store import (
    alerts,
    control,
    editors,
    held_readings,
    holds,
    journal,
    orders,
    read_inputs,
    sensor_watch,
    stations,
)
from soc_monitor.store import registers as audit
from soc_monitor.store import runs as stored
from soc_monitor.store.editors import Editor
from soc_monitor.store.holds import Hold
from soc_monitor.store.store import Store

SILENT = timedelta(minutes=2)
"""A worker that says nothing for so long is told to be gone."""

router = APIRouter(prefix="/ops", include_in_schema=False)


def operator(request: Request) -> Editor:
    """Who asks, when they are an operator.

    Raises:
        NotSignedIn, NotAllowed: nobody who may.
    """
    return editors.allow(session.reader(request), role="operator")


Who = Annotated[Editor, Depends(operator)]
Form = Annotated[dict[str, str], Depends(read_form)]


def _answer(body: Mapping[str, Any], status: int = 200) -> Response:
    headers = {"Cache-Control": "no-store"}
    return Response(dump(dict(body)), status, media_type="application/json", headers=headers)


@router.get("")
def overview(request: Request, who: Who) -> Response:
    """How things stand: what runs, what waits, what is wrong."""
    store = catalogue_of(request).store
    seen = control.worker_seen(store)
    return _answer(
        {
            "owner": who.owner,
            "worker_seen": seen,
            "worker_lives": seen is not None and datetime.now(UTC) - seen < SILENT,
            "runs": [_run(one) for one in stored.list_runs(store, limit=30)],
            "holds": [_hold(one) for one in holds.list_holds(store, waiting=True)],
            "alerts": [_alert(one) for one in alerts.list_alerts(store) if not one.ended_at],
            "orders": [_order(one) for one in orders.list_orders(store, limit=10)],
        }
    )


@router.get("/runs")
def list_runs(request: Request, who: Who, job: str | None = None) -> Response:
    """The newest runs."""
    found = stored.list_runs(catalogue_of(request).store, job_id=job, limit=100)
    return _answer({"owner": who.owner, "runs": [_run(one) for one in found]})


@router.get("/runs/{run_id}")
def one_run(request: Request, who: Who, run_id: str, after: Whole = 0) -> Response:
    """One run, with what it said after a line, and what it refused."""
    store, number = catalogue_of(request).store, parse_id(run_id, UnknownRun)
    found = stored.get_run(store, number)
    lines = journal.read_lines(store, number, after=after)
    return _answer(
        {
            "owner": who.owner,
            "run": _run(found),
            # What is computed follows from what comes in: it is not ordered by itself.
            "again": any(one.feed_id == found.job_id for one in read_inputs.inputs_status(store)),
            "lines": [
                {"n": x["n"], "at": x["at"], "level": x["level"], "event": x["event"],
                 "detail": x["detail"]}
                for x in lines
            ],
            "refused": control.kept_aside(store, number)[:500],
        }
    )  # fmt: skip


@router.get("/holds")
def list_holds(request: Request, who: Who) -> Response:
    """What waits for a word, then what was decided."""
    found = holds.list_holds(catalogue_of(request).store)
    return _answer({"owner": who.owner, "holds": [_hold(one) for one in found]})


@router.get("/holds/{hold_id}")
def one_hold(request: Request, who: Who, hold_id: str) -> Response:
    """What is held, with what it would change in numbers."""
    held = _held(catalogue_of(request).store, hold_id)
    both = step.read(held.preview.values, held.preview.rows, held.preview.columns)
    scales = {name: step.breaks(both, name) for name in step.PICTURES}
    body = {"owner": who.owner, "hold": _hold(held), "seen": step.summary(both)}
    return _answer({**body, "scales": scales})


@router.get("/holds/{hold_id}/{picture}.png")
def hold_picture(
    request: Request, _who: Who, hold_id: str, picture: Literal["before", "after", "change"]
) -> Response:
    """What stands before, what would, and the difference."""
    held = _held(catalogue_of(request).store, hold_id)
    both = step.read(held.preview.values, held.preview.rows, held.preview.columns)
    headers = {"Cache-Control": "no-store"}
    return Response(step.draw(both, picture), media_type="image/png", headers=headers)


@router.get("/rejections")
def list_rejections(request: Request, who: Who) -> Response:
    """What sources sent that was not taken, the newest first."""
    found = control.rejected(catalogue_of(request).store)
    return _answer({"owner": who.owner, "rejections": found})


@router.get("/sensors")
def list_sensors(request: Request, who: Who) -> Response:
    """Sensors that an operator has to look at: those that jumped, are silent, or stand still."""
    store = catalogue_of(request).store
    return _answer(
        {
            "owner": who.owner,
            # Their stations have pages.
            "open": stations.feeds_shown(store),
            "jumped": [asdict(one) for one in held_readings.list_waiting(store)],
            "still": [asdict(one) for one in sensor_watch.standing_still(store)],
            "silent": [asdict(one) for one in sensor_watch.silent(store, datetime.now(UTC))],
        }
    )


@router.get("/schedule")
def schedule(request: Request, who: Who) -> Response:
    """Every job: when it runs next, how old what it has is, whether it rests."""
    now = datetime.now(UTC)
    found = []
    for one in read_inputs.inputs_status(catalogue_of(request).store):
        state = one.state(now.date())
        clock = following(one.schedule, one.time_zone, now) if one.looked_for else None
        found.append(
            {
                "job": one.feed_id,
                "titles": one.title,
                "schedule": one.schedule,
                "time_zone": one.time_zone,
                "next": clock,
                "state": state.value,
                "paused": one.paused,
                "paused_until": one.paused_until if one.paused else None,
                "retired": one.retired,
                "age_days": one.age(now.date()),
                "allowed_days": one.max_age_days,
                "last_attempt": one.last_attempt,
                "last_success": one.last_success,
                "last_state": one.last_state,
                "last_detail": one.last_detail,
                "gone": one.gone,
                "rejections": one.rejections,
            }
        )
    waiting = [_order(one) for one in orders.list_orders(catalogue_of(request).store, limit=20)]
    return _answer({"owner": who.owner, "jobs": found, "orders": waiting})


@router.get("/alerts")
def list_alerts(request: Request, who: Who) -> Response:
    """Those that stand, then those that are over."""
    store = catalogue_of(request).store
    found = alerts.list_alerts(store)
    quiet = [asdict(one) for one in alerts.list_silences(store, datetime.now(UTC))]
    return _answer(
        {"owner": who.owner, "alerts": [_alert(one) for one in found], "silences": quiet}
    )


@router.get("/audit")
def list_audit(request: Request, who: Who) -> Response:
    """Who did what."""
    return _answer(
        {"owner": who.owner, "acts": audit.list_audit(catalogue_of(request).store, limit=200)}
    )


@router.post("/acts")
def act(request: Request, sent: Form) -> Response:
    """Do what a form of the console asks, write down who did it, and lead back to its page."""
    who = editors.allow(session.writer(request, sent), role="operator")
    lang = language_of(sent)
    back = safe_path(sent.get("back", ""), f"/{lang}/ops").partition("?")[0]
    try:
        asked = Act.model_validate({key: sent[key] for key in Act.model_fields if sent.get(key)})
        done = ACTS[asked.verb](catalogue_of(request).store, asked, who.owner)
        told = {"said": "done" if done else "same"}
    except ValidationError as error:
        first = error.errors()[0]
        told = {"said": "wrong", "why": f"{'.'.join(map(str, first['loc']))}: {first['msg']}"}
    except (StoreUnavailable, SchemaMismatch):
        raise
    except SocMonitorError as error:
        told = {"said": "wrong", "why": f"{error.title()}: {error.detail}"[:300]}
    return RedirectResponse(f"{back}?{urlencode(told)}", 303, {"Cache-Control": "no-store"})


def _held(store: Store, hold_id: str) -> Hold:
    return holds.find_hold(store, parse_id(hold_id, UnknownRecord))


def _run(one: Any) -> dict[str, Any]:
    return {
        "id": str(one.id),
        "job": one.job_id,
        "due_at": one.due_at,
        "state": one.state.value,
        "started_at": one.started_at,
        "ended_at": one.ended_at,
        "taken": one.taken,
        "rejected": one.rejected,
        "detail": one.detail,
        "job_version": one.job_version,
        "code_version": one.code_version,
    }


def _hold(one: Hold) -> dict[str, Any]:
    return {
        "id": str(one.id),
        "job": one.feed_id,
        "run": str(one.run_id),
        "item": one.item.key,
        "address": one.item.address,
        "cube": one.preview.cube_id,
        "period": one.preview.period,
        "period_before": one.preview.period_before,
        "unit": one.preview.unit,
        "rule": one.rule,
        "found": one.found,
        "at": one.at,
        "state": one.state,
        "decided_by": one.decided_by,
        "decided_at": one.decided_at,
    }


def _alert(one: alerts.Alert) -> dict[str, Any]:
    return {
        "id": one.id,
        "kind": one.kind,
        "subject": one.subject,
        "severity": one.severity,
        "what": one.what,
        "since": one.since,
        "times": one.times,
        "told_at": one.told_at,
        "ended_at": one.ended_at,
        "acked_by": one.acked_by,
    }


def _order(one: orders.Order) -> dict[str, Any]:
    return {
        "id": one.id,
        "at": one.at,
        "kind": one.kind,
        "job": one.job_id,
        "body": one.body,
        "by": one.asked_by,
        "started_at": one.started_at,
        "ended_at": one.ended_at,
        "outcome": one.outcome,
    }
