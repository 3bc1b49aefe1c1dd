"""stub"""

from soc_monitor.errors import NothingToEstimate


def tier1(store, due_at, *, report=None):
    raise NothingToEstimate("stub")
