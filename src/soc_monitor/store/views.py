"""Views: connections that can read the views for other programs, and nothing else."""

import asyncio
import hmac
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import asyncpg
from sqlalchemy import Engine, exc

from soc_monitor.errors import StoreUnavailable

SCHEMA, ROLE = "ogc", "soc_reader"
STATEMENT_S = 5
MOST = 5
"""Connections."""
NO_LOGIN = asyncpg.InvalidAuthorizationSpecificationError
"""A wrong password is one of these, too."""
_MORE = """
SELECT rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication OR rolbypassrls
    OR EXISTS (SELECT FROM pg_auth_members m WHERE m.member = r.oid)
FROM pg_roles r WHERE rolname = session_user
"""
GONE = (OSError, TimeoutError, asyncpg.InterfaceError, asyncpg.PostgresConnectionError)
STATUS: dict[type[Exception], int] = {
    asyncpg.DataError: 422,
    asyncpg.SyntaxOrAccessError: 422,
    asyncpg.InvalidCachedStatementError: 503,
    **dict.fromkeys(GONE, 503),
}
"""What a failed statement is, told as a status."""
BY_FILTER: dict[type[Exception], str] = {
    asyncpg.QueryCanceledError: "it takes too long",
    asyncpg.InternalServerError: "it has a shape that cannot be compared",
}
"""What a filter alone can bring about: the same without one is a fault, or a busy database."""
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


async def open_pool(
    engine: Engine, init: Callable[[Any], Awaitable[None]], password: str = ""
) -> asyncpg.Pool:
    """Connections of a role that has the views and nothing else to go back to.

    They log in as that role: who only puts it on, as ``SET ROLE`` does, can put it off again.

    Args:
        engine: of the store: the same server and database.
        init: makes a new connection ready.
        password: of the role; empty: made from that of the engine.

    Raises:
        StoreUnavailable: the database does not answer, lets no such role in, or has given it more
            than the views.
    """
    password = password or derived(engine.url.password)
    with our_errors():
        try:
            return await _open(engine, init, password)
        except NO_LOGIN:
            await asyncio.to_thread(_let_in, engine, password)
        try:
            return await _open(engine, init, password)
        except NO_LOGIN as error:
            said = f"the database does not let {ROLE} in: deploy/README.md says what it takes"
            raise StoreUnavailable(said) from error


def derived(password: str | None) -> str:
    """The role's password: known to whoever knows the owner's, and telling nothing of it.

    Example:
        >>> derived(None), derived("a")[:8]
        ('', '2f8dc2a3')
    """
    if not password:
        return ""
    return hmac.digest(str(password).encode(), ROLE.encode(), "sha256").hex()


def _let_in(engine: Engine, password: str) -> None:
    """Give the role its login, where the owner of the database may; else it stays as it is."""
    with suppress(exc.DBAPIError), engine.begin() as connection:
        words = ""
        if password:
            # A statement that fails is written into the server's log.
            protocol: Any = connection.connection.driver_connection
            asked = (password.encode(), ROLE.encode(), b"scram-sha-256")
            words = f" PASSWORD '{protocol.pgconn.encrypt_password(*asked).decode()}'"
        connection.exec_driver_sql(f"ALTER ROLE {ROLE} LOGIN{words}")


async def _open(
    engine: Engine, init: Callable[[Any], Awaitable[None]], password: str
) -> asyncpg.Pool:
    async def ready(connection: Any) -> None:
        if await connection.fetchval(_MORE):
            raise StoreUnavailable(
                f"{ROLE} may more than read the views: take it away from the role"
            )
        await init(connection)

    url = engine.url
    return await asyncpg.create_pool(
        host=url.host or url.query.get("host"),
        port=url.port,
        user=ROLE,
        password=password,
        database=url.database,
        min_size=1,
        max_size=MOST,
        timeout=5,
        init=ready,
        setup=_read_only,
        server_settings={
            "statement_timeout": str(STATEMENT_S * 1000),
            "application_name": "soc-monitor ogc",
        },
    )


async def _read_only(connection: Any) -> None:
    # What anybody may write: temporary tables and large objects. Reset between two uses.
    await connection.execute("SET default_transaction_read_only = on")
