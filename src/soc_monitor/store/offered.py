"""Offered: which of the files that were taken their source offers no longer.

A provider may take a month back. What was read from it stays, and so does every release that rests
on it: a listing may be broken, too. That it is gone is told, and an operator decides.
"""

from collections.abc import Collection
from datetime import date

from sqlalchemy import text

from soc_monitor.model import Item
from soc_monitor.store.engine import retried, transaction
from soc_monitor.store.runs import OpenRun, hold_lease
from soc_monitor.store.store import Store

_TAKEN = text("""
SELECT i.key, min(s.period) AS first, max(s.period_end) AS last,
       bool_or(i.gone_since IS NOT NULL) AS gone
FROM app.items i
JOIN app.slice_items l ON l.item_id = i.id
JOIN app.slices s ON s.id = l.slice_id
WHERE i.feed_id = :feed AND s.retracted IS NULL
GROUP BY i.key HAVING min(s.period) >= :since AND max(s.period_end) <= :until
ORDER BY first, i.key
""")
_GONE = text("""
UPDATE app.items SET gone_since = CASE WHEN key = ANY(:gone) THEN coalesce(gone_since, now()) END
WHERE feed_id = :feed AND key = ANY(:changed)
""")


@retried
def note_offered(
    store: Store, run: OpenRun, offered: Collection[Item], window: tuple[date, date]
) -> list[str]:
    """Write down what was taken and is not in a listing any more, or is again.

    A file is not missed whose period another one is for, nor one whose entry cannot be read.

    Args:
        store: where.
        run: that has read the listing.
        offered: the whole listing of the window.
        window: first and last day of what was asked for.

    Returns:
        Names of the files that lie in the window and are not offered, oldest first.

    Raises:
        LeaseLost: another run of the job has taken over.
    """
    keys = {item.key for item in offered}
    spans = {(item.period, item.period_end) for item in offered if item.period and item.period_end}
    unread = tuple(f"{item.key}/" for item in offered if item.refused)
    gone, changed = [], []
    with transaction(store.engine) as connection:
        hold_lease(connection, run)
        known = connection.execute(
            _TAKEN, {"feed": run.job_id, "since": window[0], "until": window[1]}
        )
        for key, first, last, was_gone in known:
            is_gone = (
                key not in keys
                and not key.startswith(unread)
                and not any(one[0] <= first and last <= one[1] for one in spans)
            )
            gone += [key] * is_gone
            changed += [key] * (is_gone != was_gone)
        if changed:
            connection.execute(_GONE, {"feed": run.job_id, "gone": gone, "changed": changed})
    return gone
