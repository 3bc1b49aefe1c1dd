"""Views: connections that can read the views for other programs, and nothing else."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

import asyncpg
from sqlalchemy import Engine

from soc_monitor.errors import StoreUnavailable

SCHEMA, ROLE = "ogc", "soc_reader"
STATEMENT_S = 5
MOST = 5
"""Connections."""
GONE = (OSError, TimeoutError, asyncpg.InterfaceError, asyncpg.PostgresConnectionError)
STATUS: dict[type[Exception], int] = {
    asyncpg.DataError: 422,
    asyncpg.SyntaxOrAccessError: 422,
    asyncpg.QueryCanceledError: 503,
    asyncpg.InvalidCachedStatementError: 503,
    **dict.fromkeys(GONE, 503),
}
"""What a failed statement is, told as a status."""
SAID: dict[type[Exception], str] = {
    asyncpg.UndefinedColumnError: "there is no such column",
    asyncpg.UndefinedFunctionError: "what is compared is not of one kind",
    asyncpg.DataError: "a value is none that its column could have",
}
"""The same in words of ours: those of the database may hold what a statement has read."""
REFUSED = "the database cannot answer that"


@contextmanager
def our_errors() -> Iterator[None]:
    """What the database says, in the words of the domain.

    Raises:
        StoreUnavailable: it does not answer, or refuses.
    """
    try:
        yield
    except (*GONE, asyncpg.PostgresError) as error:
        raise StoreUnavailable(str(error)) from error


async def _read_only(connection: Any) -> None:
    # The role writes nothing, but whose session it is might. What is reset between two uses of a
    # connection is all but its role.
    await connection.execute("RESET ROLE; SET default_transaction_read_only = on")


async def open_pool(engine: Engine, init: Callable[[Any], Awaitable[None]]) -> asyncpg.Pool:
    """Connections of the role that may only read the views.

    Args:
        engine: of the store: the same server and database.
        init: makes a new connection ready.

    Raises:
        StoreUnavailable: the database does not answer, or has no such role.
    """
    url = engine.url
    with our_errors():
        return await asyncpg.create_pool(
            host=url.host or url.query.get("host"),
            port=url.port,
            user=url.username,
            password=url.password,
            database=url.database,
            min_size=1,
            max_size=MOST,
            timeout=5,
            init=init,
            setup=_read_only,
            server_settings={
                "role": ROLE,
                "statement_timeout": str(STATEMENT_S * 1000),
                "application_name": "soc-monitor ogc",
            },
        )
