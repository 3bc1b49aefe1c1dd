"""Short ids: runs are told by their first digits, and found by them."""

import uuid
from datetime import timedelta

import pytest

from soc_monitor.errors import AmbiguousRun, UnknownRun
from soc_monitor.store import runs, tables
from soc_monitor.store.short_ids import short_ids, whole_id

from .conftest import Hand

TWINS = [uuid.UUID(f"abcd1234-0000-4000-8000-00000000000{n}") for n in range(5)]
ALONE = uuid.UUID("abcd9999-0000-4000-8000-000000000000")


@pytest.fixture
def listed(hand: Hand) -> Hand:
    with hand.run() as run:
        pass
    with hand.store.engine.begin() as connection:
        row = connection.execute(tables.runs.select().where(tables.runs.c.id == run.id)).mappings()
        of_it = dict(row.one())
        for lease, one in enumerate([*TWINS, ALONE], of_it["lease"] + 1):
            due = of_it["due_at"] + timedelta(days=lease)
            values = of_it | {"id": one, "due_at": due, "lease": lease}
            connection.execute(tables.runs.insert().values(values))
    return hand


def test_a_run_is_told_by_eight_digits_where_they_are_enough(listed: Hand) -> None:
    ids = [run.id for run in runs.list_runs(listed.store)]
    assert len(ids) == 7
    told = short_ids(listed.store, ids)
    assert told[ALONE] == "abcd9999"
    assert {told[one] for one in TWINS} == {str(one) for one in TWINS}
    assert all(whole_id(listed.store, told[one]) == one for one in ids)
    # Those that stand beside each other are not all there are.
    assert short_ids(listed.store, TWINS[:1]) == {TWINS[0]: str(TWINS[0])}
    assert short_ids(listed.store, []) == {}


def test_a_run_is_found_by_the_beginning_of_its_id_however_it_is_written(listed: Hand) -> None:
    for told in ("ABCD9", "abcd9999-00", str(ALONE), ALONE.hex, f" {ALONE} "):
        assert whole_id(listed.store, told) == ALONE
    unknown = uuid.uuid4()
    assert whole_id(listed.store, str(unknown)) == unknown, "whoever reads it finds out"


def test_a_beginning_that_several_have_is_refused_in_one_line(listed: Hand) -> None:
    for told in ("abcd", "abcd1234"):
        with pytest.raises(AmbiguousRun) as caught:
            whole_id(listed.store, told)
        assert str(caught.value).startswith(f"{told!r} is the beginning of {TWINS[0]}, ")
        assert str(caught.value).endswith(", …")
        assert len(str(caught.value).splitlines()) == 1
    for told in ("", "abc", "abcd8", "nope", "abcd%", "0" * 40):
        with pytest.raises(UnknownRun):
            whole_id(listed.store, told)
