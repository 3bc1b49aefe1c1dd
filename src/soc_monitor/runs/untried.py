"""Untried: whether a product could be made of the newest slices, and is not there."""

from collections.abc import Sequence

from soc_monitor.model import Computation, Slice
from soc_monitor.runs import assimilate, scenarios, tier1
from soc_monitor.runs.current import DERIVED, OUTLOOK, current
from soc_monitor.runs.nowcast import VERSION
from soc_monitor.runs.nowcast_inputs import PRODUCT, gather
from soc_monitor.store import read_areas, read_slices, tries
from soc_monitor.store.store import Store


def untried(store: Store, pieces: Sequence[Slice]) -> bool:
    """Whether some product could be made of the newest slices, and it is time for a run to try.

    None has tried yet; the newest has failed or died, and has rested since; or what it made was
    left behind meanwhile, and nothing is shown of a product that could be.

    Args:
        store: where.
        pieces: the newest version of every slice.
    """
    boundaries_id = read_areas.newest_boundaries(store)
    if boundaries_id is None:
        return False  # No reader is told anything before there are areas.
    there = {piece.cube.product for piece in current(store, pieces)}
    return (
        any(_is_default_due(store, pieces, one) for one in (tier1.PRODUCT, tier1.OLDER))
        or _is_corrected_due(store, pieces)
        or any(
            _is_due(store, one, version, there) for one, version in _wanted(boundaries_id, pieces)
        )
    )


def _is_default_due(store: Store, pieces: Sequence[Slice], product: Computation) -> bool:
    """Whether a map of tables is not there as made of what is there, and may be tried."""
    if not tier1.is_stale(store, pieces, product):
        return False
    found = tries.newest_tries(store, product.id, tier1.job_version(product))
    return found is None or found.due


def _is_corrected_due(store: Store, pieces: Sequence[Slice]) -> bool:
    """Whether a map was not corrected as it should have been, and may be tried again.

    What it would be made of is not asked: all samples would have to be read for it.
    """
    product = assimilate.product_of(pieces)
    found = None if product is None else tries.newest_tries(store, product)
    return found is not None and not found.ended and found.due


def _wanted(boundaries_id: str, pieces: Sequence[Slice]) -> list[tuple[str, str]]:
    """Products that could be made, and the version that a run of each would have."""
    carried = gather(pieces)
    found = list[tuple[str, str]]()
    if carried is not None:
        found.append((PRODUCT, carried.version(VERSION)))
        found.append((OUTLOOK, scenarios.version_of(boundaries_id)))
    for one in DERIVED:
        inputs = one.gather(pieces)
        if inputs is not None:
            found.append((one.id, one.of(inputs)))
    return found


def _is_due(store: Store, product: str, version: str, there: set[str]) -> bool:
    found = tries.newest_tries(store, product, version)
    if found is None:
        return True
    if found.ended and (product in there or read_slices.gave_nothing(store, product, version)):
        return False
    return found.due
