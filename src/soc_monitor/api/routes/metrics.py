"""``/metrics``: how inputs, work and traffic stand, for the operator's monitoring. Not public."""

import hmac
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time

from fastapi import APIRouter, Request
from fastapi.responses import Response
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.exceptions import HTTPException

from soc_monitor.api.catalogue import catalogue_of
from soc_monitor.errors import NothingPublished
from soc_monitor.model import RunState
from soc_monitor.model.freshness import Freshness
from soc_monitor.store import read, read_inputs
from soc_monitor.store.read_inputs import InputStatus
from soc_monitor.store.store import Store
from soc_monitor.store.work import work_of

router = APIRouter(tags=["service"])
DAY_S = 86_400
ENDS = tuple(state for state in RunState if state is not RunState.RUNNING)
TEXT = "text/plain; version=0.0.4; charset=utf-8"


@router.get("/metrics", include_in_schema=False)
def metrics(request: Request) -> Response:
    """Figures as Prometheus reads them, for who has the token that SOC_METRICS_TOKEN holds.

    Without a token there is no such page.
    """
    wanted: str = request.app.state.metrics_token
    told = request.headers.get("authorization", "").removeprefix("Bearer ")
    if not wanted or not hmac.compare_digest(told.encode(), wanted.encode()):
        raise HTTPException(404)
    registry = CollectorRegistry(auto_describe=False)
    store = catalogue_of(request).store
    registry.register(Inputs(store))
    registry.register(Working(store))
    traffic = generate_latest(request.app.state.traffic.registry)
    return Response(generate_latest(registry) + traffic, media_type=TEXT)


class Inputs(Collector):
    """What the store says of every input, at the moment that it is asked."""

    def __init__(self, store: Store) -> None:
        """``store``: asked once for each page."""
        self.store = store

    def collect(self) -> Iterator[Metric]:
        """Every figure."""
        found = read_inputs.inputs_status(self.store)
        yield _gauge(
            "last_observation_timestamp_seconds",
            "End of the newest accepted observation.",
            {one.feed_id: _instant(one.observed_until) for one in found if one.observed_until},
        )
        yield _gauge(
            "allowed_age_seconds",
            "Age that is allowed.",
            {one.feed_id: one.max_age_days * DAY_S for one in found if one.max_age_days},
        )
        yield _gauge(
            "last_success_timestamp_seconds",
            "End of the last run that did not fail.",
            {one.feed_id: one.last_success.timestamp() for one in found if one.last_success},
        )
        yield _gauge(
            "rejections",
            "Items that were refused.",
            {one.feed_id: one.rejections for one in found},
        )
        yield _states(found)
        yield from _release(self.store)


class Working(Collector):
    """How runs, alerts and exports stand."""

    def __init__(self, store: Store) -> None:
        """``store``: asked once for each page."""
        self.store = store

    def collect(self) -> Iterator[Metric]:
        """Every figure."""
        found = work_of(self.store)
        yield _by("runs_in_progress", "Runs that go on.", "job", found.running)
        status = GaugeMetricFamily(
            "soc_monitor_job_last_run_status",
            "1 for the state that the last run of a job ended in.",
            labels=["job", "status"],
        )
        for job_id, (state, _) in found.last.items():
            for each in ENDS:
                status.add_metric([job_id, each.value], float(state == each))
        yield status
        took = {job_id: seconds for job_id, (_, seconds) in found.last.items()}
        yield _by("job_last_run_seconds", "How long the last run of a job took.", "job", took)
        yield _by("alerts_open", "Causes that operators are told of.", "severity", found.alerts)
        yield _by("export_jobs", "Exports that are kept.", "state", found.exports)
        if found.worker_seen is not None:
            beat = GaugeMetricFamily(
                "soc_monitor_scheduler_heartbeat_timestamp_seconds",
                "When a worker last said that it lives.",
            )
            beat.add_metric([], found.worker_seen.timestamp())
            yield beat
        if found.connections is not None:
            used = GaugeMetricFamily(
                "soc_monitor_db_pool_in_use", "Connections of this process that are in use."
            )
            used.add_metric([], found.connections)
            yield used


def _by(name: str, told: str, label: str, values: Mapping[str, float]) -> Metric:
    made = GaugeMetricFamily(f"soc_monitor_{name}", told, labels=[label])
    for key, value in values.items():
        made.add_metric([key], value)
    return made


def _gauge(name: str, told: str, values: dict[str, float]) -> Metric:
    made = GaugeMetricFamily(f"soc_monitor_input_{name}", told, labels=["input"])
    for key, value in values.items():
        made.add_metric([key], value)
    return made


def _states(found: list[InputStatus]) -> Metric:
    made = GaugeMetricFamily(
        "soc_monitor_input_state", "1 for the state that it is in.", labels=["input", "state"]
    )
    today = datetime.now(UTC).date()
    for one in found:
        state = one.state(today)
        for each in Freshness:
            made.add_metric([one.feed_id, each.value], float(each is state))
    return made


def _release(store: Store) -> Iterator[Metric]:
    try:
        newest = read.find_release(store)
    except NothingPublished:
        return
    info = InfoMetricFamily("soc_monitor_release", "What readers see.")
    info.add_metric([], {"release": newest.name})
    yield info
    made = GaugeMetricFamily("soc_monitor_release_timestamp_seconds", "When it was published.")
    made.add_metric([], newest.published_at.timestamp())
    yield made


def _instant(day: date) -> float:
    return datetime.combine(day, time.max, UTC).timestamp()
