"""Clock: when a schedule names its next instant."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from croniter import croniter


def following(schedule: str, zone: str, now: datetime) -> datetime:
    """The first instant after now that a schedule names, UTC.

    Args:
        schedule: a cron line.
        zone: the time zone that it is read in.
        now: the moment.

    Example:
        >>> following("0 6 * * *", "Europe/Paris", datetime(2026, 7, 1, 5, tzinfo=UTC)).isoformat()
        '2026-07-02T04:00:00+00:00'
    """
    found: datetime = croniter(schedule, now.astimezone(ZoneInfo(zone))).get_next(datetime)
    return found.astimezone(UTC)
