"""Connections to PostGIS, with limits on every wait."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache, wraps
from typing import ParamSpec, TypeVar

import psycopg
from psycopg import errors as postgres
from psycopg.conninfo import make_conninfo
from sqlalchemy import Connection, Engine, create_engine, exc, make_url

from soc_monitor.errors import BadSetting, BadValue, SchemaMismatch, StoreUnavailable

P = ParamSpec("P")
T = TypeVar("T")
TRIES = 3
"""How often a transaction is tried that others were in the way of."""
SPARE = 3
"""Connections beyond those that all routes at work may hold: who looks which release is the newest,
how the service stands or what is to be drawn ahead waits for none of them."""
_IN_THE_WAY = (postgres.DeadlockDetected, postgres.SerializationFailure)


def make_engine(url: str, *, statement_s: float = 5.0, pool: int = 5) -> Engine:
    """An engine whose statements, lock waits and idle transactions end by themselves.

    Args:
        url: ``postgresql://…`` or ``postgresql+psycopg://…``.
        statement_s: longest statement [s]; 0: no limit, for migrations.
        pool: connections kept; as many again, and some to spare, may be opened under load.

    Raises:
        BadSetting: it is no address of a database.

    Example:
        >>> make_engine("postgresql://localhost/soc_monitor").url.drivername
        'postgresql+psycopg'
    """
    if url.startswith("postgresql://"):
        url = "postgresql+psycopg" + url.removeprefix("postgresql")
    _check(url)
    # Who may wait long for an answer may wait long for a lock, too. A page asks several things one
    # after another, and each may meet the lock: little more than PostgreSQL itself takes to see
    # that two wait for each other, which is done again.
    patient = not 0 < statement_s <= 60
    limits = (
        f"-c statement_timeout={int(statement_s * 1000)}",
        f"-c lock_timeout={60000 if patient else 1200}",
        f"-c idle_in_transaction_session_timeout={600000 if patient else 30000}",
        "-c timezone=UTC",
        # A statement whose client was killed would go on, and keep its locks.
        "-c client_connection_check_interval=5000",
    )
    return create_engine(
        url,
        pool_size=pool,
        max_overflow=pool + SPARE,
        pool_timeout=3,
        # A server that was restarted leaves dead connections in the pool.
        pool_pre_ping=True,
        connect_args={
            "options": " ".join(limits),
            "connect_timeout": 5,
            "application_name": "soc-monitor",
        },
    )


def _check(url: str) -> None:
    try:
        parts = make_url(url)
        make_conninfo(**dict.fromkeys(parts.query, ""))
    except (exc.ArgumentError, ValueError, psycopg.ProgrammingError):
        parts = None
    if parts is None or parts.drivername != "postgresql+psycopg":
        # What is wrong may stand in the password: of what was found nothing is told.
        raise BadSetting(
            "DATABASE_URL: postgresql://user:password@host:5432/name is its shape,"
            " with %40 for an @ in the password, %2F for a /, %3A for a :"
        )


@contextmanager
def transaction(engine: Engine) -> Iterator[Connection]:
    """One transaction: committed at the end, rolled back on any error.

    Raises:
        StoreUnavailable: the database cannot be reached, or ended a statement that took too long.
        SchemaMismatch: a table or a column is not there: the database was not brought up yet.
        BadValue: a value breaks a rule of its table, or is none that PostgreSQL can hold.
    """
    with our_errors(), engine.begin() as connection:
        yield connection


@contextmanager
def one_look(engine: Engine) -> Iterator[Connection]:
    """A connection for a single statement that reads: no transaction is begun and ended around it.

    Raises:
        StoreUnavailable, SchemaMismatch: as ``transaction``.
    """
    with our_errors(), _alone(engine).connect() as connection:
        yield connection


@lru_cache(maxsize=4)
def _alone(engine: Engine) -> Engine:
    """The same engine and its pool, without transactions; putting it together takes a while."""
    return engine.execution_options(isolation_level="AUTOCOMMIT")


def retried(work: Callable[P, T]) -> Callable[P, T]:
    """A function that is one transaction, done again if another one was in its way.

    Of two transactions that wait for each other the server ends one: it has changed nothing, and
    succeeds once the other is through.
    """

    @wraps(work)
    def again(*args: P.args, **kwargs: P.kwargs) -> T:
        for _ in range(TRIES - 1):
            try:
                return work(*args, **kwargs)
            except StoreUnavailable as error:
                if not error.again:
                    raise
        return work(*args, **kwargs)

    return again


@contextmanager
def our_errors() -> Iterator[None]:
    """What the database says, in the words of the domain; see ``transaction``."""
    try:
        yield
    except exc.TimeoutError as error:
        raise StoreUnavailable(_reason(error)) from error
    except (exc.OperationalError, exc.InterfaceError) as error:
        ours = StoreUnavailable(_reason(error))
        ours.again = isinstance(error.orig, _IN_THE_WAY)
        raise ours from error
    except (exc.IntegrityError, exc.DataError) as error:
        raise BadValue(_reason(error)) from error
    except exc.ProgrammingError as error:
        if isinstance(error.orig, postgres.UndefinedTable | postgres.UndefinedColumn):
            raise SchemaMismatch("the database has no schema that fits") from error
        raise


def _reason(error: exc.SQLAlchemyError) -> str:
    return str(getattr(error, "orig", None) or error).strip().splitlines()[0]
