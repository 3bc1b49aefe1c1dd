"""``/metrics``: for who has the token, and for nobody else."""

import re
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient

from soc_monitor.api.app import create_api
from soc_monitor.model import Computation
from soc_monitor.settings import Settings
from soc_monitor.store import alerts, runs
from soc_monitor.store.store import Store

from .conftest import World

ROOT = Path(__file__).parents[2]


@pytest.fixture
def told(store: Store) -> Store:
    """A store that knows of one input."""
    runs.register_feed(
        store,
        Computation(id="rain", title={"en": "R"}, licence="-", citation="-", link="-", notes={},
                    max_age_days=40),
    )  # fmt: skip
    return store


def ask(store: Store, folder: Path, token: str, *before: str, **headers: str) -> tuple[int, str]:
    """The page, after some other requests."""
    app = create_api(store, Settings(data=folder, metrics_token=token, mirror="", jobs=()))
    with TestClient(app) as client:
        for path in before:
            client.get(path)
        answer = client.get("/metrics", headers=headers)
    return answer.status_code, answer.text


def test_the_figures_are_those_of_the_store(told: Store, tmp_path: Path) -> None:
    status, page = ask(told, tmp_path, "secret", Authorization="Bearer secret")
    assert status == 200
    assert 'soc_monitor_input_allowed_age_seconds{input="rain"} 3.456e+06' in page
    assert 'soc_monitor_input_state{input="rain",state="late"} 1.0' in page
    assert 'soc_monitor_input_state{input="rain",state="fresh"} 0.0' in page


@pytest.mark.parametrize(
    ("token", "headers"),
    [("", {}), ("", {"Authorization": "Bearer "}), ("secret", {}),
     ("secret", {"Authorization": "Bearer other"})],
)  # fmt: skip
def test_without_the_token_there_is_no_such_page(
    told: Store, tmp_path: Path, token: str, headers: dict[str, str]
) -> None:
    status, page = ask(told, tmp_path, token, **headers)
    assert status == 404
    assert "soc_monitor_input" not in page


def test_runs_alerts_and_connections_are_told(told: Store, tmp_path: Path) -> None:
    now = datetime.now(UTC)
    with pytest.raises(ValueError, match="broken"), _run(told, "rain", now):
        raise ValueError("broken")
    with _run(told, "rain", now + timedelta(hours=1)):
        alerts.settle(
            told, [alerts.Cause(kind="late", subject="rain", severity="high", what="-")], now
        )
        _, page = ask(told, tmp_path, "secret", Authorization="Bearer secret")
    assert 'soc_monitor_runs_in_progress{job="rain"} 1.0' in page
    assert 'soc_monitor_job_last_run_status{job="rain",status="failed"} 1.0' in page
    assert 'soc_monitor_job_last_run_status{job="rain",status="done"} 0.0' in page
    assert 'soc_monitor_job_last_run_seconds{job="rain"}' in page
    assert 'soc_monitor_alerts_open{severity="high"} 1.0' in page
    assert "soc_monitor_db_pool_in_use" in page


def _run(store: Store, job: str, due: datetime) -> AbstractContextManager[runs.OpenRun]:
    return runs.open_run(store, job, due, job_version="1", code_version="1")


def test_requests_are_counted_by_part_and_never_by_address(told: Store, tmp_path: Path) -> None:
    paths = ("/healthz", "/api/v1/areas/XYZ", "/api/v1/nope/XYZ", "/tiles/1/2/3/XYZ.png")
    _, page = ask(told, tmp_path, "secret", *paths, Authorization="Bearer secret")
    lines = [line for line in page.splitlines() if line.startswith("soc_monitor_http_requests_t")]
    assert 'soc_monitor_http_requests_total{code="200",method="GET",route="/pages"} 1.0' in lines
    assert 'soc_monitor_http_requests_total{code="404",method="GET",route="/api"} 1.0' in lines
    assert any('route="/api/v1/areas"' in line for line in lines)
    assert any('route="/tiles"' in line for line in lines)
    assert "XYZ" not in page
    assert 'soc_monitor_http_request_duration_seconds_count{route="/tiles"} 1.0' in page


def test_each_figure_of_the_example_rules_is_told(told: Store, tmp_path: Path) -> None:
    """A rule on a figure of another name would be silent for ever."""
    rules = yaml.safe_load((ROOT / "deploy" / "alerts.yaml").read_text())
    wanted = {
        name
        for group in rules["groups"]
        for rule in group["rules"]
        for name in re.findall(r"soc_monitor_\w+", rule["expr"])
    }
    source = "".join(
        (ROOT / "src/soc_monitor/api" / file).read_text()
        for file in ("routes/metrics.py", "traffic.py")
    )
    for name in wanted:
        told_as = name.removesuffix("_total").removesuffix("_bucket")
        short = told_as.removeprefix("soc_monitor_").removeprefix("input_")
        assert f'"{told_as}"' in source or f'"{short}"' in source, name
    _, page = ask(told, tmp_path, "secret", "/healthz", Authorization="Bearer secret")
    assert "soc_monitor_http_request_duration_seconds_bucket" in page
    assert "soc_monitor_http_requests_total" in page


def test_the_release_that_readers_see_is_told_with_its_time(world: World, tmp_path: Path) -> None:
    _, page = ask(world.store, tmp_path, "secret", Authorization="Bearer secret")
    samples = {
        sample.name: sample
        for family in text_string_to_metric_families(page)
        for sample in family.samples
    }
    assert samples["soc_monitor_release_info"].labels == {"release": world.second.name}
    told = samples["soc_monitor_release_timestamp_seconds"].value
    assert told == pytest.approx(world.second.published_at.timestamp())
