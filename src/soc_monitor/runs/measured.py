"""Measured: how much of what is known of an area was measured there."""

import math
from dataclasses import replace

from soc_monitor.aggregate import Moments, Weights, area_moments, roll_up, unassigned
from soc_monitor.runs.frame import Frame
from soc_monitor.runs.tasks import Task
from soc_monitor.runs.workers import Workers
from soc_monitor.store import arrays
from soc_monitor.store.publish import Result
from soc_monitor.store.store import Store


def measured_shares(
    store: Store, task: Task, weights: Weights, workers: Workers, frame: Frame
) -> dict[str, float]:
    """Measured share of the information on each area [1]; empty: samples play no part.

    A nowcast inherits that of its baseline: between samples nothing more is measured.

    Source:
        1 - sum(A s^2) / sum(A s0^2): variance of the cells after and before the samples.
    """
    if not task.measured:
        return {}
    pair = []
    for piece in task.measured:
        with arrays.reading((piece,)):
            sd = arrays.open_slice(store, piece)
            leaves = workers.compute(area_moments(sd * sd, weights))
        assert isinstance(leaves, Moments)
        every = roll_up(leaves, frame.parents)
        rest = unassigned(every, frame.world, frame.countries)
        pair.append([*every.total, *rest.total])
    codes = [*(area.code for area in frame.areas), frame.rest.code]
    return {
        code: min(max(1 - after / before, 0.0), 1.0)
        for code, after, before in zip(codes, *pair, strict=True)
        if not math.isnan(before) and before > 0
    }


def with_shares(result: Result, shares: dict[str, float]) -> Result:
    """The same numbers, each with its measured share."""
    if not shares:
        return result
    told = [replace(one, observation_weight=shares.get(one.area)) for one in result.estimates]
    return replace(result, estimates=told)
