"""Tries of a computation: what has failed or died is tried again, after a growing pause."""

from contextlib import suppress

from sqlalchemy import text

from soc_monitor.errors import SocMonitorError
from soc_monitor.store.runs import PAUSES_S
from soc_monitor.store.store import Store
from soc_monitor.store.tries import Tries, newest_tries

from .conftest import JOB, Hand

WELL, RESTS = Tries(ended=True, due=True), Tries(ended=False, due=False)
AGAIN = Tries(ended=False, due=True)


def fail(hand: Hand) -> None:
    with suppress(SocMonitorError), hand.run():
        raise SocMonitorError("no")


def pass_by(store: Store, seconds: int) -> None:
    """Make every run so much older."""
    columns = ("started_at", "heartbeat_at", "ended_at")
    older = ", ".join(f"{one} = {one} - interval '{seconds} seconds'" for one in columns)
    with store.engine.begin() as connection:
        connection.execute(text(f"UPDATE app.runs SET {older}"))  # noqa: S608  # ours


def test_what_failed_rests_longer_each_time_and_what_ended_well_is_not_tried_again(
    hand: Hand,
) -> None:
    store = hand.store
    assert newest_tries(store, JOB, "1") is None
    for pause in PAUSES_S:
        fail(hand)
        pass_by(store, pause - 60)
        assert newest_tries(store, JOB, "1") == RESTS
        pass_by(store, 60)
        assert newest_tries(store, JOB, "1") == AGAIN
    fail(hand)
    pass_by(store, PAUSES_S[-1])
    assert newest_tries(store, JOB, "1") == AGAIN, "it is never given up"
    assert newest_tries(store, JOB, "2") is None, "failures of another version count for nothing"
    with hand.run():
        assert newest_tries(store, JOB, "1") == RESTS, "one is under way"
    assert newest_tries(store, JOB, "1") == WELL
    fail(hand)
    pass_by(store, 120)
    assert newest_tries(store, JOB, "1") == RESTS
    with store.engine.begin() as connection:
        dead = "UPDATE app.runs SET state = 'running', ended_at = NULL WHERE state = 'failed'"
        connection.execute(text(dead))
    assert newest_tries(store, JOB, "1") == AGAIN, "it gives no sign: its process is dead"
    pass_by(store, PAUSES_S[0])
    fail(hand)
    pass_by(store, PAUSES_S[0])
    assert newest_tries(store, JOB, "1") == RESTS, "it has died, and failed after it"
