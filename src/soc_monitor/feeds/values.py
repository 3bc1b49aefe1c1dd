"""Values that sources tell as numbers: what is none is refused in place."""

from dataclasses import replace
from typing import Any

from soc_monitor.model import Observation, Refused


def valued(reading: Observation, told: Any) -> Observation | Refused:
    """The reading with the value that is told, or the record that it is no number.

    Args:
        reading: all but its value.
        told: as the source has it; text is a number only where the source has nothing but text,
            and is then given as a float.

    Example:
        >>> from datetime import UTC, datetime
        >>> at = datetime(2026, 1, 1, tzinfo=UTC)
        >>> reading = Observation(
        ...     station="s", variable="t", time=at, result_time=at, value=0, unit="degC"
        ... )
        >>> valued(reading, 3).value
        3.0
        >>> [valued(reading, told).found for told in ("wet", None, True, 10**400)]
        ["no number: 'wet'", 'no number: None', 'no number: True', 'no number: too large']
    """
    if isinstance(told, bool) or not isinstance(told, int | float):
        return _refused(reading, repr(told)[:200])
    try:
        return replace(reading, value=float(told))
    except OverflowError:
        return _refused(reading, "too large")


def valued_text(reading: Observation, told: str) -> Observation | Refused:
    """The same for a cell of a table, where numbers are text."""
    try:
        value = float(told)
    except ValueError:
        return _refused(reading, repr(told)[:200])
    # Python takes "0.1_5"; a logger that writes so has lost something between the two.
    return _refused(reading, repr(told)) if "_" in told else replace(reading, value=value)


def _refused(reading: Observation, told: str) -> Refused:
    identity = (reading.station, reading.variable, reading.datastream, reading.time.isoformat())
    return Refused(
        rule="value",
        found=f"no number: {told}",
        station=reading.station,
        variable=reading.variable,
        datastream=reading.datastream,
        raw="|".join((*identity, told)),
        time=reading.time,
    )
