"""Of two transactions that wait for each other, the one that is ended is done again; addresses."""

import threading

import pytest
from sqlalchemy import text

from soc_monitor.errors import BadSetting, StoreUnavailable
from soc_monitor.store.engine import make_engine, retried, transaction

from .conftest import Hand


def cross(hand: Hand, *, again: bool) -> list[StoreUnavailable]:
    """Two threads take the same two rows, each first what the other takes last; what failed."""
    both, met = threading.Barrier(2), set[str]()
    failed: list[StoreUnavailable] = []
    take = text("UPDATE app.feeds SET link = link || '.' WHERE id = :id")

    def work(first: str, second: str) -> None:
        with transaction(hand.store.engine) as connection:
            connection.execute(take, {"id": first})
            if first not in met:  # Done again, it meets nobody.
                met.add(first)
                both.wait(60)
            connection.execute(take, {"id": second})

    def run(first: str, second: str) -> None:
        try:
            (retried(work) if again else work)(first, second)
        except StoreUnavailable as error:
            failed.append(error)

    names = ("made_up", "estimate")
    threads = [threading.Thread(target=run, args=order) for order in (names, names[::-1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    return failed


def links(hand: Hand) -> set[str]:
    with transaction(hand.store.engine) as connection:
        return set(connection.execute(text("SELECT link FROM app.feeds")).scalars())


def test_of_two_that_wait_for_each_other_one_is_ended_and_says_that_it_may_go_again(
    hand: Hand,
) -> None:
    (error,) = cross(hand, again=False)
    assert "deadlock" in str(error)
    assert error.again
    assert links(hand) == {"-."}


def test_what_was_ended_is_done_again(hand: Hand) -> None:
    assert cross(hand, again=True) == []
    assert links(hand) == {"-.."}


def test_a_database_that_is_away_is_not_asked_again(hand: Hand) -> None:
    asked: list[int] = []

    @retried
    def work() -> None:
        asked.append(1)
        with transaction(hand.store.engine) as connection:
            connection.execute(text("SET LOCAL statement_timeout = 50"))
            connection.execute(text("SELECT pg_sleep(5)"))

    with pytest.raises(StoreUnavailable) as caught:
        work()
    assert not caught.value.again
    assert asked == [1]


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://me:hidden@host:none/soc",
        "postgres://me:hidden@host/soc",
        "mysql://me:hidden@host/soc",
        "postgresql://me:hidden@host/soc?no_such_option=hidden",
        "hidden",
    ],
)
def test_an_address_that_is_none_is_told_by_its_setting_and_not_by_what_it_says(
    address: str,
) -> None:
    with pytest.raises(BadSetting, match=r"^DATABASE_URL: postgresql://user") as caught:
        make_engine(address)
    assert "hidden" not in str(caught.value)
    assert caught.value.__context__ is None, "a trace would tell it"
    for right in (
        "postgresql://host/soc",
        "postgresql+psycopg://me:a%40b@[::1]:5/x?sslmode=require",
    ):
        make_engine(right).dispose()
