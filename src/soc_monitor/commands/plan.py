"""``soc-monitor plan``: how the Initiative stands on its plan."""

from dataclasses import asdict
from typing import Annotated

import typer

from soc_monitor.commands import Json, open_store_for_runs
from soc_monitor.console import emit, emit_table
from soc_monitor.errors import NothingPublished, UnknownObjective

app = typer.Typer(help="The plan: its objectives, judged.", no_args_is_help=True)


@app.command("status")
def status(
    *,
    explain: Annotated[str, typer.Option(help="An objective: every number of its verdicts.")] = "",
    as_json: Json = False,
) -> None:
    """The status of every objective for 2030 and 2050, judged today."""
    from soc_monitor.runs.registers import newest_standing  # noqa: PLC0415  # heavy

    with open_store_for_runs() as (_, store):
        standing = newest_standing(store)
    if standing is None:
        raise NothingPublished("the newest release has no plan")
    if not explain:
        rows = [
            {
                "objective": one.id,
                "title": one.label["en"],
                "2030": standing.verdicts[one.id][2030][0].status,
                "2050": standing.verdicts[one.id][2050][0].status,
            }
            for one in standing.plan.objectives
        ]
        emit_table(rows, as_json=as_json)
        return
    objective = standing.plan.objective(explain)
    if objective is None:
        ids = tuple(one.id for one in standing.plan.objectives)
        raise UnknownObjective(f"no objective {explain!r}", allowed=ids)
    for horizon, (whole, each) in standing.verdicts[objective.id].items():
        emit({"horizon": horizon, "status": whole.status, "by": whole.kpi}, as_json=as_json)
        for found in each.values():
            if found is not None:
                numbers = {k: v for k, v in asdict(found).items() if v not in (None, "", False)}
                emit(numbers, as_json=as_json)
