"""Requests that nobody would think of, made from the document: never a fault of ours."""

from collections.abc import Callable
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from hypothesis import seed as seeded

from soc_monitor.api.app import create_api
from soc_monitor.settings import Settings

from .conftest import World

# Whether a value is one that there is follows from the data, not from the document: a text that it
# allows may be refused, as long as the answer says what would do.
CONFIG = {
    "checks": {
        "positive_data_acceptance": {
            "expected-statuses": ["2xx", "3xx", "401", "403", "404", "413", "422", "429", "503"]
        }
    }
}
SEEDS = (1,)
LONG_SEEDS = (11, 12, 13, 14, 15)
CASES, LONG_CASES = 2, 20
"""Of each operation and seed."""


def run(world: World, seed: int, cases: int) -> int:
    """Try every operation; how many requests were made.

    The application is one of its own: these requests have an event loop of theirs, and its
    connections belong to one loop.
    """
    config = schemathesis.Config.from_dict(CONFIG)
    app = create_api(world.store, Settings(data=world.app.state.desk.folder.parent))
    document = schemathesis.openapi.from_asgi("/api/openapi.json", app, config=config)
    made = 0
    for result in document.get_all_operations():
        operation: Any = result
        operation = operation.ok()

        def attempt(case: Any) -> None:
            nonlocal made
            made += 1
            case.call_and_validate()

        test = settings(
            max_examples=cases,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )(seeded(seed)(_given(operation, attempt)))
        test()
    return made


def _given(operation: Any, attempt: Callable[[Any], None]) -> Callable[[], None]:
    from hypothesis import given  # noqa: PLC0415  # beside what it is for

    strategy = operation.as_strategy()

    @given(case=strategy)
    def test(case: Any) -> None:
        attempt(case)

    found: Callable[[], None] = test
    return found


@pytest.mark.parametrize("seed", SEEDS)
def test_generated_requests_find_no_fault(world: World, seed: int) -> None:
    assert run(world, seed, CASES) > 100


@pytest.mark.soak
@pytest.mark.timeout(7200)
def test_five_seeds_of_generated_requests_find_no_fault(world: World) -> None:
    made = sum(run(world, seed, LONG_CASES) for seed in LONG_SEEDS)

    assert made >= 5000
