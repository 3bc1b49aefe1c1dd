"""What was refused stands until it is mended: taken since, or asked for again by an operator."""

import uuid
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from soc_monitor.errors import ItemRejected
from soc_monitor.model import Item
from soc_monitor.runs import alerting
from soc_monitor.runs.desk import span
from soc_monitor.runs.ingest import ingest, look_back
from soc_monitor.runs.jobs import ShelvedJob
from soc_monitor.runs.refuse import refuse
from soc_monitor.store import intake, refusals, registers, runs
from soc_monitor.store.intake import NewItem
from soc_monitor.store.store import Store

from .made_up import GOOD_JOB, ask

NOW = datetime.now(UTC)
CROWD = (
    """INSERT INTO app.runs (id, job_id, due_at, state, lease, holder, started_at, heartbeat_at,
           job_version, code_version, asked_from, asked_to)
       SELECT gen_random_uuid(), 'made_up', at, 'done', n, '-', at, at, '1', '1',
           CASE WHEN n <= :orders THEN date '2020-01-01' END, '2020-01-31'
       FROM (SELECT n, now() + n * interval '1 hour' AS at
             FROM generate_series(1, :many) n) each""",
    """INSERT INTO app.audit (at, actor, verb, subject)
       SELECT now() + interval '1 minute', 'me', 'backfill', 'made_up'
       FROM generate_series(1, :orders)""",
    """INSERT INTO app.rejections (id, feed_id, run_id, item_key, sha256, rule, found, at,
           first_day, last_day)
       SELECT gen_random_uuid(), 'made_up', (SELECT min(id::text)::uuid FROM app.runs),
           n || '.tif', '', 'crs', '-', now(), date '2026-01-01', '2026-01-31'
       FROM generate_series(1, :many) n""",
)
"""Many runs, of which some are orders of another month, and as many refused items."""


def hours(count: float) -> datetime:
    """So much later."""
    return NOW + timedelta(hours=count)


def test_what_was_refused_is_told_until_it_is_mended(store: Store) -> None:
    """A clean run of what is new mends nothing of what was refused before it."""
    runs.register_feed(store, replace(GOOD_JOB, schedule="0 6 * * *"))

    january, february = span("2026-01", "2026-01"), span("2026-02", "2026-02")

    def run_of(
        hour: int, *, wrong: str = "", taken: str = "", asked: tuple[date, date] | None = None
    ) -> None:
        with runs.open_run(store, "made_up", hours(hour), job_version="1", code_version="1") as one:
            one.asked = asked
            if wrong:
                error = ItemRejected("range", "9 kg m-2")
                item = Item(key=wrong, address="-", period=january[0], period_end=january[1])
                refuse(store, one, item, "a" * 64, error)
            if taken:
                new = NewItem(item=Item(key=taken, address="-"), sha256="b" * 64, size=1)
                intake.add_item(store, one, new, uuid.uuid4())
                one.taken += 1

    def told() -> list[str]:
        return [one.what for one in alerting.causes(store, NOW) if one.kind == "refused"]

    run_of(1, wrong="a.tif")
    assert told() == ["0 taken, 1 rejected: a.tif: range: 9 kg m-2"]
    run_of(2, taken="c.tif")
    still = ["1 refused and not taken since; a.tif: range: 9 kg m-2"]
    assert told() == still
    # It came, and was right.
    run_of(3, taken="a.tif")
    assert told() == []
    # It never came again; an operator has had it asked for, and nothing of it was refused.
    run_of(4, wrong="d.tif")
    run_of(5, wrong="d.tif", taken="e.tif", asked=january)
    run_of(6)
    assert len(told()) == 1, "the order itself met it again"
    registers.keep_note(store, "me", "backfill", "made_up", "from 2026-01, to 2026-02")
    run_of(7)
    assert len(told()) == 1, "a run by schedule, while the order waits"
    run_of(8, asked=february)
    assert len(told()) == 1, "an order of another time"
    run_of(9, asked=(january[0], february[1]))
    assert told() == []


@pytest.mark.parametrize("force", [False, True])
def test_a_run_tells_what_an_operator_had_asked_for(
    store: Store, shelf: Path, *, force: bool
) -> None:
    month = span("2000-01", "2000-01")
    shelved = ShelvedJob(GOOD_JOB, shelf, "v1")
    ingest(shelved, store, NOW)
    ingest(shelved, store, hours(1), window=None if force else month, force=force)
    asked = ask(store, "SELECT asked_from, asked_to FROM app.runs ORDER BY started_at")
    assert [tuple(row) for row in asked] == [
        (None, None), look_back(store, GOOD_JOB, hours(1).date()) if force else month,
    ]  # fmt: skip


def test_the_look_at_what_was_refused_grows_with_what_there_is_and_no_faster(store: Store) -> None:
    """As many orders, runs and refused items are not multiplied with each other."""
    runs.register_feed(store, replace(GOOD_JOB, schedule="0 6 * * *"))
    many, orders = 300, 10
    with store.engine.begin() as connection:
        for statement in CROWD:
            connection.execute(text(statement), {"many": many, "orders": orders})
        connection.execute(text("ANALYZE app.runs, app.rejections, app.audit"))
        (plan,) = connection.execute(
            text(f"EXPLAIN (ANALYZE, FORMAT JSON) {refusals.NOT_MENDED}"), {"away": ["away"]}
        ).scalar_one()
    assert touched(plan["Plan"]) < 15 * many + 2 * many * orders
    assert refusals.not_mended(store)["made_up"].count == many


def touched(node: dict[str, Any]) -> float:
    """Rows that a plan has looked at."""
    own = sum(value for key, value in node.items() if key.startswith("Rows Removed"))
    own = (own + node["Actual Rows"]) * node["Actual Loops"]
    return float(own + sum(touched(below) for below in node.get("Plans", ())))
