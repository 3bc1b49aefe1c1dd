"""Progress: the plan as a release has it, judged on a day, in words for readers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from soc_monitor.api import ask
from soc_monitor.api.catalogue import Catalogue
from soc_monitor.api.counted import note_of
from soc_monitor.errors import BadValue, UnknownObjective
from soc_monitor.model import Record, Release
from soc_monitor.model.typeset import in_language
from soc_monitor.progress.periods import span
from soc_monitor.progress.plan import HORIZONS, Kpi, Level, Objective, Plan, read_plans
from soc_monitor.progress.registers import REGISTERS
from soc_monitor.progress.service import Service
from soc_monitor.progress.standing import Standing, stand, value_of
from soc_monitor.progress.value import Value
from soc_monitor.progress.verdict import STATUSES, Verdict
from soc_monitor.store import registers, service

TOOLS = "tools"
NAMES = ("objectives", TOOLS, *REGISTERS)
"""Every register of the plan."""
STATUS_WORDS = {
    "achieved": {"en": "Achieved", "fr": "Atteint", "es": "Alcanzado"},
    "on_track": {"en": "On track", "fr": "En bonne voie", "es": "En camino"},
    "accelerate": {"en": "Needs more speed", "fr": "À accélérer", "es": "Debe acelerarse"},
    "limited": {"en": "Limited progress", "fr": "Progrès limités", "es": "Avance limitado"},
    "reverse": {"en": "Going backwards", "fr": "En recul", "es": "Retroceso"},
    "late": {"en": "Milestone overdue", "fr": "Échéance dépassée", "es": "Hito vencido"},
    "not_due": {"en": "Not due yet", "fr": "Pas encore attendu", "es": "Aún no corresponde"},
    "no_data": {"en": "Cannot be judged", "fr": "Non évaluable", "es": "No evaluable"},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """What an answer about the plan is made from."""

    release: Release
    pinned: bool
    standing: Standing
    entries: Mapping[str, Sequence[Record]]
    """Records of the release, by register."""
    lang: str

    @property
    def plan(self) -> Plan:
        """The version of the plan in force."""
        return self.standing.plan


def gather(
    catalogue: Catalogue, *, rel: str, at: str | None, labels: str, plan: str | None = None
) -> Progress:
    """The plan of a release, judged.

    Args:
        rel: the release, ``latest`` or a name.
        at: the day it is judged on; today for the latest release, else the release's own day.
        labels: language of names.
        plan: version of the plan; the newest if not given.

    Raises:
        UnknownObjective: the release has no plan.
        BadValue: not a day, a day to come, or a version that there is not.
    """
    release = ask.find_release(catalogue, rel)
    pinned = ask.is_pinned(rel)
    entries: dict[str, list[Record]] = {name: [] for name in NAMES}
    for record in registers.published(catalogue.store, release, *NAMES):
        entries[record.register].append(record)
    plans = read_plans(record.body for record in entries["objectives"])
    if not plans:
        raise UnknownObjective(f"release {release.name} has no plan")
    version = plan or list(plans)[-1]
    if version not in plans:
        raise BadValue(f"plan: there is no version {version!r}", allowed=tuple(plans))
    today = _day(at, release, pinned=pinned)
    standing = stand(
        plans[version],
        {name: [one.body for one in found] for name, found in entries.items()},
        service=Service(
            levels=catalogue.levels(release), days=service.days_before(catalogue.store, today)
        ),
        today=today,
    )
    return Progress(
        release=release,
        pinned=pinned,
        standing=standing,
        entries=entries,
        lang=ask.language(labels),
    )


def _day(at: str | None, release: Release, *, pinned: bool) -> date:
    today = datetime.now(UTC).date()
    if not at:
        return release.published_at.astimezone(UTC).date() if pinned else today
    first, last = span(at)
    if first != last:
        raise BadValue(f"at: {at!r} is no day", hint="A day such as 2026-11-22")
    if last > today:
        raise BadValue(f"at: {at} is to come")
    return last


# --- bodies ------------------------------------------------------------------------------------


def verdict_body(found: Verdict | None, kpi: Kpi | None, lang: str) -> dict[str, Any] | None:
    """A verdict with every number it rests on."""
    if found is None:
        return None
    return {
        "status": found.status,
        "status_label": in_language(STATUS_WORDS[found.status], lang),
        "reason": found.reason,
        "kpi_id": found.kpi or None,
        "value": None if found.value is None else _value(found.value, kpi, lang),
        "level": found.level,
        "start": found.start,
        "start_on": found.start_on,
        "first_measure": found.first_measure,
        "expected": found.expected,
        "ratio": None if found.ratio is None else round(found.ratio, 4),
        "old": found.old,
        "due": found.due,
        "stage": found.stage,
        "stage_label": stage_label(kpi, found.stage, lang),
        "rule": found.rule,
    }


def _value(value: Value, kpi: Kpi | None, lang: str) -> dict[str, Any]:
    return {
        "period": value.period,
        "value": value.number,
        "stage": value.stage,
        "stage_label": stage_label(kpi, value.stage, lang),
        "denominator": value.denominator,
    }


def stage_label(kpi: Kpi | None, code: str | None, lang: str) -> str | None:
    """A step in words."""
    found = None if kpi is None else kpi.step(code)
    if kpi is None or found is None:
        return code
    return in_language(kpi.stages[found].label, lang)


def objective_row(progress: Progress, objective: Objective) -> dict[str, Any]:
    """An objective in a list."""
    verdicts = progress.standing.verdicts[objective.id]
    kpis = {kpi.id: kpi for kpi in objective.kpis}
    # The tile draws the kpi that the verdict is about, else the first one.
    lead = {year: kpis.get(verdicts[year][0].kpi, objective.kpis[0]) for year in HORIZONS}
    return {
        "id": objective.id,
        "goal": objective.goal,
        "order": objective.order,
        "slug": objective.slug,
        "label": in_language(objective.label, progress.lang),
        "labels": dict(objective.label),
        "status_2030": verdicts[2030][0].status,
        "status_2050": verdicts[2050][0].status,
        "verdicts": {
            str(year): verdict_body(verdicts[year][0], lead[year], progress.lang)
            for year in HORIZONS
        },
        "kpis": {str(year): kpi_body(progress, objective, lead[year]) for year in HORIZONS},
        "open_questions": [kpi.open_question for kpi in objective.kpis if kpi.open_question],
    }


def level_body(level: Level, kpi: Kpi, lang: str) -> dict[str, Any]:
    """A level of the plan."""
    return {
        "due": level.due,
        "op": level.op,
        "value": level.value,
        "upper": level.upper,
        "stage": level.stage,
        "stage_label": stage_label(kpi, level.stage, lang),
        "quote_fr": level.quote,
        "derived_from": level.derived_from,
        "note": level.note,
    }


def kpi_body(progress: Progress, objective: Objective, kpi: Kpi) -> dict[str, Any]:
    """A kpi with its levels, its newest value and its verdicts."""
    lang, base = progress.lang, kpi.baseline
    verdicts = progress.standing.verdicts[objective.id]
    values = sorted(progress.standing.values.get(kpi.id, ()), key=lambda one: span(one.period))
    return {
        "id": kpi.id,
        "objective_id": objective.id,
        "label": in_language(kpi.label, lang),
        "labels": dict(kpi.label),
        "role": kpi.role,
        "primary": kpi.primary,
        "kind": kpi.kind,
        "unit": kpi.unit,
        "direction": kpi.direction,
        "period": kpi.period or None,
        "baseline": {
            "status": base.status,
            "as_of": base.as_of or None,
            "value": base.value,
            "upper": base.upper,
            "stage": base.stage,
            "stage_label": stage_label(kpi, base.stage, lang),
            "quote_fr": base.quote,
            "note": base.note,
        },
        "levels": {str(y): level_body(kpi.levels[y], kpi, lang) for y in HORIZONS},
        "interim": [level_body(one, kpi, lang) for one in kpi.interim],
        "stages": [{"code": one.code, "label": in_language(one.label, lang)} for one in kpi.stages],
        "newest": _value(values[-1], kpi, lang) if values else None,
        "counted": kpi.id in progress.standing.counted,
        "verdicts": {
            str(year): verdict_body(verdicts[year][1][kpi.id], kpi, lang) for year in HORIZONS
        },
        "counting_rule": kpi.counting_rule,
        "source": kpi.source,
        "collection": kpi.collection,
        "expected_update": kpi.expected_update,
        "stale_after": kpi.stale_after,
        "denominator_note": kpi.denominator_note,
        "open_question": kpi.open_question,
        "plan_version": progress.plan.version,
    }


def value_rows(progress: Progress, wanted: Sequence[str]) -> list[dict[str, Any]]:
    """Values of kpis as lines of a table, by kpi and the oldest first."""
    made = []
    for objective in progress.plan.objectives:
        verdicts = progress.standing.verdicts[objective.id]
        for kpi in objective.kpis:
            if wanted and kpi.id not in wanted:
                continue
            entered = [one for one in progress.entries["values"] if one.body["kpi"] == kpi.id]
            seen = {str(value_of(one.body)) for one in entered}
            lines = [(value_of(one.body), one) for one in entered]
            found = progress.standing.values.get(kpi.id, ())
            lines += [(one, None) for one in found if str(one) not in seen]  # type: ignore[misc]  # None: counted
            for value, record in sorted(lines, key=lambda line: span(line[0].period)):
                made.append(_value_row(progress, objective, kpi, value, record))
                judged = {y: verdicts[y][1][kpi.id] for y in HORIZONS}
                made[-1] |= _verdict_columns(judged, value)
    return made


def _value_row(
    progress: Progress, objective: Objective, kpi: Kpi, value: Value, record: Record | None
) -> dict[str, Any]:
    body: Mapping[str, Any] = {} if record is None else record.body
    return {
        "kpi_id": kpi.id,
        "objective_id": objective.id,
        "period": value.period,
        "value": value.number,
        "stage": value.stage,
        "unit": kpi.unit,
        "numerator": body.get("numerator"),
        "denominator": value.denominator,
        "data_class": body.get("data_class", "reported"),
        "plan_version": progress.plan.version,
        "target_2030": _target(kpi.levels[2030]),
        "target_2050": _target(kpi.levels[2050]),
        "ratio_2030": None,
        "status_2030": None,
        "ratio_2050": None,
        "status_2050": None,
        "source": body.get("source", "Counted by this service"),
        "evidence_url": body.get("evidence"),
        "note": body.get("note")
        if record
        else note_of(
            kpi.id,
            progress.standing.service,
            [one.body for one in progress.entries[TOOLS]],
            progress.lang,
        ),
        "entered_by": "" if record is None else record.proposed_by,
        "entered_at": None if record is None else record.proposed_at,
        "reviewed_by": "" if record is None else record.reviewed_by,
        "reviewed_at": None if record is None else record.reviewed_at,
        "release": progress.release.name,
    }


def _target(level: Level) -> float | str | None:
    if level.op == "all":
        return "all"
    return level.stage if level.op == "milestone" else level.value


def _verdict_columns(judged: Mapping[int, Verdict | None], value: Value) -> dict[str, Any]:
    """Ratio and status, on the line of the value that they were made from."""
    columns: dict[str, Any] = {}
    for year, found in judged.items():
        if found is not None and found.value is not None and found.value.period == value.period:
            columns[f"ratio_{year}"] = None if found.ratio is None else round(found.ratio, 4)
            columns[f"status_{year}"] = found.status
    return columns


def counts(progress: Progress) -> dict[str, dict[str, int]]:
    """How many objectives have each status, for each horizon."""
    return {
        str(year): {
            status: sum(
                found[year][0].status == status for found in progress.standing.verdicts.values()
            )
            for status in STATUSES
        }
        for year in HORIZONS
    }
