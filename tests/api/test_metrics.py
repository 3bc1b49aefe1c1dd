"""``/metrics``: for who has the token, and for nobody else."""

from pathlib import Path

import pytest
from starlette.testclient import TestClient

from soc_monitor.api.app import create_api
from soc_monitor.model import Computation
from soc_monitor.settings import Settings
from soc_monitor.store import runs
from soc_monitor.store.store import Store


@pytest.fixture
def told(store: Store) -> Store:
    """A store that knows of one input."""
    runs.register_feed(
        store,
        Computation(id="rain", title={"en": "R"}, licence="-", citation="-", link="-", notes={},
                    max_age_days=40),
    )  # fmt: skip
    return store


def ask(store: Store, folder: Path, token: str, **headers: str) -> tuple[int, str]:
    app = create_api(store, Settings(data=folder, metrics_token=token, mirror="", jobs=()))
    with TestClient(app) as client:
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
