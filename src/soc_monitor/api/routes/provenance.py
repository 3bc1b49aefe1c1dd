"""``/provenance``: what a number rests on, down to the files."""

import uuid

from fastapi import APIRouter, Request
from fastapi.responses import Response

from soc_monitor.api.answers import Stamp, as_json, not_modified
from soc_monitor.api.bodies.releases import ProvenanceBody
from soc_monitor.api.catalogue import catalogue_of
from soc_monitor.model import Calculation, Run
from soc_monitor.model.period import period_label
from soc_monitor.store import read_inputs, runs
from soc_monitor.store.sources import find_calculation

router = APIRouter(tags=["catalogue"])


@router.get("/provenance/{calculation_id}", response_model=ProvenanceBody)
def get_provenance(request: Request, calculation_id: uuid.UUID) -> Response:
    """A calculation, the run that made it, and every slice and file behind it."""
    store = catalogue_of(request).store
    made, run_id = find_calculation(store, calculation_id)
    stamp = Stamp(
        path=f"/api/v1/provenance/{made.id}", keys={}, release=None, pinned=True, salt=str(run_id)
    )
    same = not_modified(request, stamp)
    if same is not None:
        return same
    body = {
        "calculation": _calculation(made),
        "run": _run(runs.get_run(store, run_id)),
        "data": read_inputs.origin(store, made.id),
    }
    return as_json(body, stamp)


def _calculation(made: Calculation) -> dict[str, object]:
    return {
        "id": made.id,
        "indicator": made.indicator,
        "product_id": made.product,
        "period": period_label(made.period, made.period_end),
        "period_start": made.period,
        "period_end": made.period_end,
        "unit": made.unit,
        "data_class": made.data_class.value,
        "boundaries_id": made.boundaries_id,
        "algorithm": made.algorithm,
    }


def _run(run: Run) -> dict[str, object]:
    """A run without its detail: what a failure said may hold internals."""
    return {
        "id": run.id,
        "job_id": run.job_id,
        "state": run.state.value,
        "due_at": run.due_at,
        "started_at": run.started_at,
        "ended_at": run.ended_at,
        "job_version": run.job_version,
        "code_version": run.code_version,
    }
