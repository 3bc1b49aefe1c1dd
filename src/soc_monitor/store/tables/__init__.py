"""The tables, in schema ``app``. DDL is in ``migrations/``; this is what queries are built from."""

from soc_monitor.store.tables.bounds import areas, boundaries, boundary_items
from soc_monitor.store.tables.common import metadata
from soc_monitor.store.tables.ground import (
    held_readings,
    observations,
    quarantine,
    samples,
    station_periods,
    stations,
)
from soc_monitor.store.tables.inflow import feeds, items, leases, rejections, runs
from soc_monitor.store.tables.numbers import (
    calculation_slices,
    calculations,
    estimates,
    pointers,
    releases,
    sources,
)
from soc_monitor.store.tables.people import (
    audit,
    editors,
    exports,
    records,
    service_days,
    shares,
    verdicts,
    watched_days,
)
from soc_monitor.store.tables.pieces import (
    correlations,
    cubes,
    member_estimates,
    nowcast_months,
    outlooks,
    slice_grounds,
    slice_items,
    slice_parents,
    slices,
)

__all__ = [
    "areas",
    "audit",
    "boundaries",
    "boundary_items",
    "calculation_slices",
    "calculations",
    "correlations",
    "cubes",
    "editors",
    "estimates",
    "exports",
    "feeds",
    "held_readings",
    "items",
    "leases",
    "member_estimates",
    "metadata",
    "nowcast_months",
    "observations",
    "outlooks",
    "pointers",
    "quarantine",
    "records",
    "rejections",
    "releases",
    "runs",
    "samples",
    "service_days",
    "shares",
    "slice_grounds",
    "slice_items",
    "slice_parents",
    "slices",
    "sources",
    "station_periods",
    "stations",
    "verdicts",
    "watched_days",
]
