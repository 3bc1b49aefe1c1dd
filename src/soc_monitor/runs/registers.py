"""Registers: publish what was accepted, and keep how the plan stood."""

import logging
from datetime import UTC, datetime

from soc_monitor.errors import NothingPublished
from soc_monitor.progress.plan import HORIZONS, read_plans
from soc_monitor.progress.registers import REGISTERS
from soc_monitor.progress.service import Service
from soc_monitor.progress.standing import Standing, stand
from soc_monitor.runs.jobs import code_version
from soc_monitor.store import publish, read, registers, runs, service, verdicts
from soc_monitor.store.store import Store

log = logging.getLogger(__name__)

JOB, JUDGE = "registers", "judge"
NAMES = ("objectives", "tools", *REGISTERS)


def publish_registers(store: Store, *, by: str) -> str | None:
    """Show readers what was accepted since the last release, and judge the plan again.

    Args:
        by: who publishes, for the list of releases.

    Returns:
        The name of the new release; None: nothing was new.

    Raises:
        NothingPublished: there is no release yet that could be followed.
    """
    boundaries_id = read.find_release(store).boundaries_id
    due = datetime.now(UTC)
    with runs.open_run(store, JOB, due, job_version="1", code_version=code_version()) as run:
        name = publish.publish(store, run, boundaries_id, (), note=f"Registers, by {by}")
    if name is not None:
        registers.keep_note(store, by, "publish", name)
    judge(store)
    return name


def judge(store: Store) -> int:
    """Judge the newest release today, and write down every status that has changed.

    Returns:
        How many have.
    """
    try:
        release = read.find_release(store)
    except NothingPublished:
        return 0
    standing = newest_standing(store)
    if standing is None:
        return 0
    found = {
        (objective, horizon): standing.verdicts[objective][horizon][0]
        for objective in standing.verdicts
        for horizon in HORIZONS
    }
    changed = verdicts.keep(store, release, found)
    if changed:
        log.info("plan judged", extra={"changed": changed, "release": release.name})
    return changed


def newest_standing(store: Store) -> Standing | None:
    """How the plan of the newest release stands today; None: the release has no plan."""
    release = read.find_release(store)
    entries: dict[str, list[dict[str, object]]] = {name: [] for name in NAMES}
    for record in registers.published(store, release, *NAMES):
        entries[record.register].append(record.body)
    plans = read_plans(entries["objectives"])
    if not plans:
        return None
    today = datetime.now(UTC).date()
    return stand(
        plans[list(plans)[-1]],
        entries,
        service=Service(
            levels=read.served_levels(store, release), days=service.days_before(store, today)
        ),
        today=today,
    )
