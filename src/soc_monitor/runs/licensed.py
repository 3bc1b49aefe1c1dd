"""Licensed: what is carried forward from a map has the licence of that map, samples and all."""

from dataclasses import replace

from soc_monitor.model import Computation
from soc_monitor.runs.nowcast_inputs import gather
from soc_monitor.store import read_inputs, read_slices
from soc_monitor.store.store import Store


def licensed(store: Store, told: Computation) -> Computation:
    """A product with the licence of the baseline; its own words where there is none yet."""
    inputs = gather(read_slices.newest_slices(store))
    if inputs is None:
        return told
    licences = {one.feed_id: one.licence for one in read_inputs.inputs_status(store)}
    return replace(told, licence=licences.get(inputs.baseline.cube.product, "") or told.licence)
