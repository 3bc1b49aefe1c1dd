"""Remaking: products that are to be made anew and could not be yet, and what readers see meanwhile.

A row stands from the release that found it so to the one with the new numbers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, text

from soc_monitor.store.engine import transaction
from soc_monitor.store.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Remade:
    """A product that is being made anew."""

    product: str
    shown: bool
    """Whether readers see the numbers of before; else they rest on what was withdrawn."""
    reason: str = ""
    """Why what some of them rest on was withdrawn; empty: nothing was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Remaking(Remade):
    """As readers are told of it."""

    since: datetime


_KEEP = """
INSERT INTO app.remaking AS r (product, shown, reason, since)
VALUES (:product, :shown, :reason, now())
ON CONFLICT (product) DO UPDATE SET
    shown = excluded.shown,
    -- Once its slices are gone, nothing tells any longer why.
    reason = CASE WHEN excluded.reason = '' AND NOT excluded.shown
        THEN r.reason ELSE excluded.reason END,
    since = CASE WHEN r.shown = excluded.shown THEN r.since ELSE now() END
"""


def keep(connection: Connection, remade: Sequence[Remade]) -> None:
    """Inside a transaction that publishes: these, and no others."""
    gone = "DELETE FROM app.remaking WHERE product <> ALL(:products)"
    connection.execute(text(gone), {"products": [one.product for one in remade]})
    for one in remade:
        told = {"product": one.product, "shown": one.shown, "reason": one.reason}
        connection.execute(text(_KEEP), told)


def remaking(store: Store) -> list[Remaking]:
    """What is being made anew, by product."""
    query = "SELECT product, shown, reason, since FROM app.remaking ORDER BY product"
    with transaction(store.engine) as connection:
        return [Remaking(**row) for row in connection.execute(text(query)).mappings()]
