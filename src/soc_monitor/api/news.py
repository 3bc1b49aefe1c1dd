"""News of the plan: what was published and which statuses have changed, the newest first."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from urllib.parse import quote

from soc_monitor.api.catalogue import Catalogue
from soc_monitor.api.progress import NAMES, STATUS_WORDS, stage_label
from soc_monitor.model import Record, Release
from soc_monitor.model.typeset import in_language
from soc_monitor.progress.plan import Plan, read_plans
from soc_monitor.store import registers, verdicts
from soc_monitor.store.verdicts import Past

Kind = Literal["status", "value", "milestone", "entry"]
MOST = 50
_NAMED = ("name", "title", "text", "body", "country", "year")
"""Fields that say what an entry is, the first that it has."""
_CHANGED = {
    "en": "{id} · {label}, for {year}: {now} (before: {before})",
    "fr": "{id} · {label}, pour {year}\N{NO-BREAK SPACE}: {now} "
    "(avant\N{NO-BREAK SPACE}: {before})",
    "es": "{id} · {label}, para {year}: {now} (antes: {before})",
}
_OWN_PAGE = {
    "partners": {"en": "Member or partner", "fr": "Membre ou partenaire", "es": "Miembro o socio"},
    "actions": {"en": "Action", "fr": "Action", "es": "Acción"},
    "tools": {"en": "Monitoring tool", "fr": "Outil de suivi", "es": "Herramienta de seguimiento"},
}
"""Registers whose entries have a page each, and what an entry is called."""
_ENTRY = {"en": "Register entry", "fr": "Entrée de registre", "es": "Entrada de registro"}


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """One thing that changed."""

    id: str
    """The same for ever."""
    kind: Kind
    at: datetime
    objective_id: str | None
    title: str
    summary: str
    page: str
    """Path of the page that shows it, without the language."""
    release: str | None
    evidence_url: str | None = None
    status: str | None = None
    """The new one, of a status that has changed."""

    @property
    def revised(self) -> bool:
        """Whether an entry takes the place of an earlier version."""
        return self.kind != "status" and self.id.rpartition("/")[2] != "1"


def news(catalogue: Catalogue, release: Release, lang: str, limit: int = MOST) -> list[News]:
    """What changed lately.

    Args:
        release: the newest one.
        lang: language of the titles.
        limit: how many at most.
    """
    store = catalogue.store
    names = [name for name in NAMES if name != "objectives"]
    plans = read_plans(one.body for one in registers.published(store, release, "objectives"))
    plan = list(plans.values())[-1] if plans else Plan(version="", objectives=())
    found = [_entry(one, plan, lang) for one in registers.changes(store, release, names, limit)]
    found += _statuses(verdicts.past(store, limit=4 * limit), plan, lang)
    return sorted(found, key=lambda one: (one.at, one.kind == "status"), reverse=True)[:limit]


def _statuses(found: list[Past], plan: Plan, lang: str) -> Iterator[News]:
    """Statuses that are others than before; the first judgement of all is no news."""
    for one in found:
        objective = plan.objective(one.objective)
        if objective is None or one.before in {None, one.status}:
            continue
        assert one.before is not None
        title = _CHANGED[lang].format(
            id=one.objective,
            label=in_language(objective.label, lang),
            year=one.horizon,
            now=in_language(STATUS_WORDS[one.status], lang),
            before=in_language(STATUS_WORDS[one.before], lang),
        )
        yield News(
            id=f"status/{one.objective}/{one.horizon}/{one.judged_at.isoformat()}",
            kind="status",
            at=one.judged_at,
            objective_id=one.objective,
            title=title,
            summary="",
            page=f"/progress/{one.objective}",
            release=one.release,
            status=one.status,
        )


def _entry(record: Record, plan: Plan, lang: str) -> News:
    body = record.body
    known = plan.kpi(str(body.get("kpi", "")))
    objective = str(body.get("objective", "")) if known is None else known[0].id
    at = record.published_at
    assert at is not None, "what a release shows has its day"
    if record.register == "values" and known is not None:
        kind: Kind = "value"
        title = f"{objective} · {in_language(known[1].label, lang)}: {_value(body, known[1], lang)}"
    else:
        kind = "milestone" if record.register == "milestones" else "entry"
        title = f"{objective or _OWN_PAGE.get(record.register, _ENTRY)[lang]} · {_name(body)}"
    page = f"/progress/{objective}" if objective else "/progress"
    if record.register in _OWN_PAGE:
        page = f"/{record.register}/{quote(record.key)}"
    told = [str(body[one]) for one in ("period", "source") if one in body]
    return News(
        id=f"registers/{record.register}/{record.key}/{record.version}",
        kind=kind,
        at=at,
        objective_id=objective or None,
        title=title,
        summary=" · ".join([*told, *([record.reason] if record.reason else [])]),
        page=page,
        release=record.from_release,
        evidence_url=body.get("evidence"),
    )


def _value(body: Mapping[str, Any], kpi: Any, lang: str) -> str:
    if body.get("stage"):
        return str(stage_label(kpi, body["stage"], lang))
    if "numerator" in body:
        return f"{body['numerator']:g} / {body.get('denominator', 0):g}"
    return f"{body.get('number', 0):g}"


def _name(body: Mapping[str, Any]) -> str:
    told = next((body[one] for one in _NAMED if body.get(one)), None)
    return str(told or body.get("fields", {}).get("name", {}).get("value", ""))
