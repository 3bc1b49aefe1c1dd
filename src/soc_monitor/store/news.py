"""News: what releases brought for one area, beside what was said of it before."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import text

from soc_monitor.model import Release
from soc_monitor.store.engine import transaction
from soc_monitor.store.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One number as a release told it, with what stood there before."""

    release: str
    seq: int
    published_at: datetime
    indicator: str
    product: str
    period: date
    period_end: date
    unit: str
    value: float | None
    std_error: float | None
    lower_95: float | None
    """None: that of a normal error."""
    upper_95: float | None
    state: str | None
    old_value: float | None
    """Of the same period in the release before; None: there was none."""
    old_error: float | None
    old_lower_95: float | None
    old_upper_95: float | None
    last_state: str | None
    """Of the period before, in the same release; None: there is none."""


# The period before, as the same release has it; and the same period, as it was until then.
_TOLD = """
SELECT r.name AS release, r.seq, r.published_at, c.indicator, c.product, c.period, c.period_end,
    c.unit, n.value, n.std_error, n.lower_95, n.upper_95, n.state,
    o.value AS old_value, o.std_error AS old_error,
    o.lower_95 AS old_lower_95, o.upper_95 AS old_upper_95, l.state AS last_state
FROM app.estimates n
JOIN app.calculations c ON c.id = n.calculation_id
JOIN app.releases r ON r.seq = n.from_release
LEFT JOIN LATERAL (
    SELECT e.value, e.std_error, e.lower_95, e.upper_95
    FROM app.estimates e JOIN app.calculations k ON k.id = e.calculation_id
    WHERE e.area = n.area AND e.until_release = n.from_release AND k.indicator = c.indicator
        AND k.product = c.product AND k.period = c.period LIMIT 1
) o ON true
LEFT JOIN LATERAL (
    SELECT e.state
    FROM app.estimates e JOIN app.calculations k ON k.id = e.calculation_id
    WHERE e.area = n.area AND k.indicator = c.indicator AND k.product = c.product
        AND k.period < c.period AND e.from_release <= n.from_release
        AND (e.until_release IS NULL OR e.until_release > n.from_release)
    ORDER BY k.period DESC LIMIT 1
) l ON true
WHERE n.area = :area AND n.from_release <= :seq AND n.from_release > :since
    AND c.indicator = ANY(:indicators)
ORDER BY r.seq DESC, c.indicator, c.product, c.period DESC
LIMIT :most
"""


def told_of(
    store: Store,
    release: Release,
    area: str,
    indicators: tuple[str, ...],
    *,
    since: int = 0,
    most: int = 500,
) -> list[Told]:
    """What releases after ``since`` up to one told of an area, the newest first."""
    asked = {
        "area": area,
        "seq": release.seq,
        "since": since,
        "indicators": list(indicators),
        "most": most,
    }
    with transaction(store.engine) as connection:
        return [Told(**row) for row in connection.execute(text(_TOLD), asked).mappings()]
