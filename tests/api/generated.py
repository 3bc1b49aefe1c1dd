"""Generated: requests made from the document, those that it allows and those that it forbids."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode

from soc_monitor.api.app import create_api
from soc_monitor.settings import Settings

from .conftest import World

CONFIG = {
    "checks": {
        # Whether a value is one that there is follows from the data, not from the document: a text
        # that it allows may be refused, as long as the answer says what would do.
        "positive_data_acceptance": {
            "expected-statuses": ["2xx", "3xx", "401", "403", "404", "413", "422", "429", "503"]
        },
        # What is too long is refused before it is read; 5xx is no way to refuse.
        "negative_data_rejection": {
            "expected-statuses": ["401", "403", "404", "405", "406", "413", "414", "415", "422"]
        },
    }
}


def run(world: World, seed: int, cases: int) -> Counter[str]:
    """Try every operation; how many requests of each mode were made.

    The application is one of its own: these requests have an event loop of theirs, and its
    connections belong to one loop.
    """
    config = schemathesis.Config.from_dict(CONFIG)
    app = create_api(world.store, Settings(data=world.app.state.desk.folder.parent))
    document = schemathesis.openapi.from_asgi("/api/openapi.json", app, config=config)
    made: Counter[str] = Counter()

    def attempt(case: Any) -> None:
        made[case.meta.generation.mode.value] += 1
        case.call_and_validate()

    for result in document.get_all_operations():
        operation: Any = result
        operation = operation.ok()
        for mode in GenerationMode:
            test = settings(
                max_examples=cases,
                deadline=None,
                database=None,
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            )(seeded(seed)(_given(operation, mode, attempt)))
            try:
                test()
            except Unsatisfiable:
                # What takes no parameter cannot be asked in a way that the document forbids.
                assert mode.is_negative, operation.label
    return made


def _given(
    operation: Any, mode: GenerationMode, attempt: Callable[[Any], None]
) -> Callable[[], None]:
    strategy = operation.as_strategy(generation_mode=mode)

    @given(case=strategy)
    def test(case: Any) -> None:
        attempt(case)

    found: Callable[[], None] = test
    return found
