"""Faults: what can be wrong with a private database."""

from soc_monitor.errors import SocMonitorError


class PostgresMissing(SocMonitorError):
    """PostgreSQL with PostGIS is not installed."""


class ClusterBroken(SocMonitorError):
    """The private database does not come into service."""


class ClusterOutOfReach(SocMonitorError):
    """The private database's folder cannot be used by this account."""


class NotACluster(SocMonitorError):
    """The folder holds something else than a private database of ours."""
