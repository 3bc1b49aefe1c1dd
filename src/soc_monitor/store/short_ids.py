"""Short ids: the beginning of the id of a run that is enough to tell it from all others."""

import re
import uuid
from collections.abc import Sequence

from sqlalchemy import select, text

from soc_monitor.errors import AmbiguousRun, UnknownRun
from soc_monitor.store.engine import transaction
from soc_monitor.store.store import Store
from soc_monitor.store.tables import runs

SHORT = 8
"""Digits of a short id."""
_FEW = 4
"""With fewer digits it is a slip of the hand that happens to fit."""


def _span(digits: str) -> tuple[uuid.UUID, uuid.UUID]:
    """The first and the last id that begin like that: an index finds what is between them."""
    return uuid.UUID(digits.ljust(32, "0")), uuid.UUID(digits.ljust(32, "f"))


def short_ids(store: Store, ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, str]:
    """Ids of runs -> what is enough of each today: its first eight digits, or the whole of it."""
    spans = [_span(one.hex[:SHORT]) for one in ids]
    query = text(
        "SELECT o.id FROM unnest(CAST(:ids AS uuid[]), CAST(:first AS uuid[]),"
        " CAST(:last AS uuid[])) AS o(id, first, last) WHERE EXISTS (SELECT FROM app.runs r"
        " WHERE r.id BETWEEN o.first AND o.last AND r.id <> o.id)"
    )
    asked = {"ids": list(ids), "first": [x[0] for x in spans], "last": [x[1] for x in spans]}
    with transaction(store.engine) as connection:
        twins = set(connection.execute(query, asked).scalars())
    return {one: str(one) if one in twins else one.hex[:SHORT] for one in ids}


def whole_id(store: Store, told: str) -> uuid.UUID:
    """The id of the run that somebody wrote, whole or its beginning.

    Raises:
        UnknownRun: it is no id, or there is no run whose id begins so.
        AmbiguousRun: there are several.
    """
    digits = told.strip().lower().replace("-", "")
    if not re.fullmatch(f"[0-9a-f]{{{_FEW},32}}", digits):
        raise UnknownRun(f"{told!r} is not the id of a run, nor {_FEW} digits or more of one")
    if len(digits) == 32:
        return uuid.UUID(digits)
    query = select(runs.c.id).where(runs.c.id.between(*_span(digits))).order_by(runs.c.id).limit(4)
    with transaction(store.engine) as connection:
        found: list[uuid.UUID] = list(connection.execute(query).scalars())
    if not found:
        raise UnknownRun(f"no id begins with {told!r}")
    if len(found) > 1:
        some = ", ".join(str(one) for one in found[:3]) + (", …" if len(found) > 3 else "")
        raise AmbiguousRun(f"{told!r} is the beginning of {some}")
    return found[0]
