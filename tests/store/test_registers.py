"""Registers: proposed by one, reviewed by another, shown by a release, and undone again."""

import pytest
from sqlalchemy import text

from soc_monitor.errors import BadValue, NotAllowed, UnknownRecord
from soc_monitor.model import Record
from soc_monitor.store import editors, read, read_slices, registers, tabular
from soc_monitor.store.store import Store

from .conftest import Hand

VALUE = {"kpi": "a2_projects", "period": "2026", "number": 8.0}


def _published(store: Store) -> list[Record]:
    return registers.published(store, read.find_release(store), "values")


def _propose(store: Store, number: float, by: str = "Ana", reason: str = "") -> str:
    entry = ("a2", {**VALUE, "number": number})
    return registers.propose(store, "values", [entry], by=by, reason=reason)["a2"]


@pytest.fixture
def ready(hand: Hand) -> Store:
    """A store with boundaries and one release."""
    hand.boundaries()
    piece = hand.slice()
    hand.publish(hand.result({"WLD": 1.0}, (piece,)))
    return hand.store


def test_what_is_proposed_is_not_shown_until_another_has_reviewed_it(
    hand: Hand, ready: Store
) -> None:
    assert _propose(ready, 8.0) == "new"
    assert [one.key for one in registers.queue(ready)] == ["a2"]
    assert hand.publish() is None, "nothing is to be shown yet"

    with pytest.raises(NotAllowed, match="Ana has proposed it"):
        registers.review(ready, "values", "a2", 1, by="Ana", accept=True)
    registers.review(ready, "values", "a2", 1, by="Ben", accept=True)
    assert _published(ready) == []
    assert read_slices.unpublished(ready)

    assert hand.publish() is not None
    assert not read_slices.unpublished(ready)
    (shown,) = _published(ready)
    assert (shown.proposed_by, shown.reviewed_by) == ("Ana", "Ben")
    assert shown.from_release == read.find_release(ready).name


def test_the_same_again_changes_nothing(ready: Store) -> None:
    _propose(ready, 8.0)
    assert _propose(ready, 8.0) == "same"
    registers.review(ready, "values", "a2", 1, by="Ben", accept=True)
    assert _propose(ready, 8.0) == "same"
    assert len(registers.history(ready, "values", "a2")) == 1


def test_a_correction_needs_a_reason_and_keeps_what_was_before(hand: Hand, ready: Store) -> None:
    _propose(ready, 8.0)
    registers.review(ready, "values", "a2", 1, by="Ben", accept=True)
    hand.publish()
    before = read.find_release(ready)

    with pytest.raises(BadValue, match="a correction needs a reason"):
        _propose(ready, 9.0)
    assert _propose(ready, 9.0, reason="one was forgotten") == "changed"
    registers.review(ready, "values", "a2", 2, by="Ben", accept=True)
    hand.publish()

    assert [one.body["number"] for one in _published(ready)] == [9.0]
    assert [one.body["number"] for one in registers.published(ready, before, "values")] == [8.0]
    assert [one.reason for one in registers.history(ready, "values", "a2")] == [
        "one was forgotten",
        "",
    ]


def test_every_change_can_be_undone_and_the_undoing_is_reviewed_too(
    hand: Hand, ready: Store
) -> None:
    _propose(ready, 8.0)
    registers.review(ready, "values", "a2", 1, by="Ben", accept=True)
    _propose(ready, 9.0, reason="typing error")
    registers.review(ready, "values", "a2", 2, by="Ben", accept=True)
    hand.publish()

    assert registers.undo(ready, "values", "a2", 1, by="Ben", reason="9 was wrong") == "changed"
    with pytest.raises(NotAllowed):
        registers.review(ready, "values", "a2", 3, by="Ben", accept=True)
    registers.review(ready, "values", "a2", 3, by="Ana", accept=True)
    hand.publish()
    assert [one.body["number"] for one in _published(ready)] == [8.0]

    registers.propose(ready, "values", [("a2", {})], by="Ana", reason="dropped", gone=True)
    registers.review(ready, "values", "a2", 4, by="Ben", accept=True)
    hand.publish()
    assert _published(ready) == []
    assert registers.undo(ready, "values", "a2", 3, by="Ana", reason="not dropped") == "new"


def test_what_is_turned_down_is_kept_with_its_reason_and_never_shown(ready: Store) -> None:
    _propose(ready, 8.0)
    with pytest.raises(BadValue, match="needs a reason"):
        registers.review(ready, "values", "a2", 1, by="Ben", accept=False)
    registers.review(ready, "values", "a2", 1, by="Ben", accept=False, reason="no evidence")
    assert registers.queue(ready) == []
    with pytest.raises(UnknownRecord):
        registers.review(ready, "values", "a2", 1, by="Ben", accept=True)
    assert _propose(ready, 8.0) == "new", "it may be proposed again"
    verbs = [line["verb"] for line in registers.list_audit(ready)]
    assert verbs == ["propose", "reject", "propose"]


def test_a_proposal_is_whole_or_nothing(ready: Store) -> None:
    _propose(ready, 8.0)
    registers.review(ready, "values", "a2", 1, by="Ben", accept=True)
    entries = [("new", dict(VALUE)), ("a2", {**VALUE, "number": 9.0})]
    with pytest.raises(BadValue, match="reason"):
        registers.propose(ready, "values", entries, by="Ana")
    assert registers.queue(ready) == []


def test_a_source_never_takes_back_what_an_editor_has_corrected(hand: Hand, ready: Store) -> None:

    def take(number: float) -> None:
        with hand.run() as run:
            found = [("a2", {**VALUE, "number": number}), ("b", dict(VALUE))]
            run.taken = tabular.add_records(ready, run, hand.item(), "values", found)

    take(8.0)
    hand.publish()
    assert _propose(ready, 9.0, reason="seen on site") == "changed"
    registers.review(ready, "values", "a2", 2, by="Ben", accept=True)
    take(7.0)
    hand.publish()
    assert [one.body["number"] for one in _published(ready)] == [9.0, 8.0]


def test_a_key_is_known_by_its_hash_and_holds_for_what_it_was_made_for(ready: Store) -> None:
    key = editors.create(ready, "Ana", "editor", registers=("values",), days=1)
    assert editors.identify(ready, key, register="values").owner == "Ana"
    with ready.engine.connect() as connection:
        stored = connection.execute(text("SELECT * FROM app.editors")).one()
    assert key.split("_", 2)[2] not in str(stored)

    for wrong in (
        "",
        "soc",
        key[:-1],
        key + "x",
        key.replace("soc_", "xxx_"),
        "soc__",
        "\U0001f511",
    ):
        with pytest.raises(NotAllowed):
            editors.identify(ready, wrong)
    with pytest.raises(NotAllowed, match="not for partners"):
        editors.identify(ready, key, register="partners")
    with pytest.raises(NotAllowed, match="reviews nothing"):
        editors.identify(ready, key, reviews=True)

    editors.revoke(ready, editors.list_keys(ready)[0].id)
    with pytest.raises(NotAllowed, match="revoked"):
        editors.identify(ready, key)
    with pytest.raises(UnknownRecord):
        editors.revoke(ready, "none")


def test_a_key_ends_by_itself(ready: Store) -> None:
    key = editors.create(ready, "Ana", "reviewer", days=1)
    with ready.engine.begin() as connection:
        connection.execute(text("UPDATE app.editors SET expires_at = now() - interval '1 second'"))
    with pytest.raises(NotAllowed, match="expired"):
        editors.identify(ready, key)
    with pytest.raises(BadValue):
        editors.create(ready, "Ana", "king")
