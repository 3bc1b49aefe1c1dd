"""Newest inputs: how old the newest input is that the periods of a product rest on."""

from bisect import bisect_right
from datetime import date
from itertools import groupby
from operator import itemgetter

from sqlalchemy import text

from soc_monitor.model import Release
from soc_monitor.store.engine import transaction
from soc_monitor.store.store import Store

# A month reads its own inputs and goes on from the month before: that one's are read with it.
_ENDS = text("""
WITH shown AS (
    SELECT c.id, c.period, c.period_end FROM app.calculations c
    WHERE c.indicator = 'input_age' AND c.product = :product AND EXISTS (
        SELECT FROM app.estimates e WHERE e.calculation_id = c.id AND e.from_release <= :seq
        AND (e.until_release IS NULL OR e.until_release > :seq))
)
SELECT DISTINCT c.period, c.period_end, coalesce(read.period_end, s.period_end) AS observed
FROM shown c
JOIN app.calculation_slices l ON l.calculation_id = c.id
JOIN app.slices s ON s.id = l.slice_id
LEFT JOIN app.slice_parents p ON p.slice_id = s.id
LEFT JOIN app.slices read ON read.id = p.parent_id
ORDER BY c.period, c.period_end
""")


def newest_input_days(store: Store, release: Release, product: str) -> dict[date, int]:
    """Age of the newest input at the end of each period that tells of the age of its inputs.

    It follows from what the release was made from, not from the day on which it is asked.

    Returns:
        First day of the period -> days from the end of the newest input up to that day; of a
        period before all inputs there is none.
    """
    asked = {"product": product, "seq": release.seq}
    with transaction(store.engine) as connection:
        rows = connection.execute(_ENDS, asked).all()
    observed: list[date] = []
    found: dict[date, int] = {}
    for (period, period_end), read in groupby(rows, key=itemgetter(0, 1)):
        observed = sorted({*observed, *(until for _, _, until in read)})
        # A mean year is of later years, too: what was not yet to be had is no input of the period.
        if past := bisect_right(observed, period_end):
            found[period] = (period_end - observed[past - 1]).days
    return found
