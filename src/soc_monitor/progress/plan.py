"""Plan: objectives and kpis as typed values, read from the plan's own document.

Source: ``objectives.yaml``; its French cells are the plan's words, verbatim, and every quote must
stand in one of the cells of its objective.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from soc_monitor.errors import BadPlan
from soc_monitor.model.typeset import typeset_all

HORIZONS = (2030, 2050)
CELLS = ("objective", "reference_2020", "target_2030", "target_2050")

Kind = Literal["count", "share", "rate", "currency", "stage", "milestone"]
Direction = Literal["increase", "decrease", "maintain", "increase_then_maintain"]
Op = Literal["at_least", "range", "all", "milestone", "not_stated"]
_KINDS = frozenset({"count", "share", "rate", "currency", "stage", "milestone"})
_DIRECTIONS = frozenset({"increase", "decrease", "maintain", "increase_then_maintain"})
_OPS = frozenset({"at_least", "range", "all", "milestone", "not_stated"})
_ROLES = frozenset({"plan", "context", "supplementary"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """What the plan asks for at a date."""

    due: date
    op: Op
    value: float | None = None
    """A range counts at its lower end."""
    upper: float | None = None
    """Upper end of a range, for drawings."""
    stage: str | None = None
    quote: str = ""
    derived_from: str = ""
    """Where the number is from when the plan does not state it."""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """Where the plan starts from."""

    status: str
    day: date
    """Middle of its year, else of 2020."""
    as_of: str = ""
    value: float | None = None
    upper: float | None = None
    stage: str | None = None
    quote: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A step of a kpi that goes by steps."""

    code: str
    label: Mapping[str, str]
    plan_level: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Kpi:
    """A measure of the plan."""

    id: str
    label: Mapping[str, str]
    role: Literal["plan", "context", "supplementary"]
    primary: bool
    kind: Kind
    unit: str
    direction: Direction
    baseline: Baseline
    levels: Mapping[int, Level]
    """By horizon."""
    interim: tuple[Level, ...]
    stages: tuple[Stage, ...]
    period: str
    stale_after: str
    expected_update: str
    counting_rule: str
    source: str
    collection: str
    open_question: str
    denominator_note: str

    def step(self, code: str | None) -> int | None:
        """Where a step stands among the others; None: it is none of them."""
        return next((n for n, one in enumerate(self.stages) if one.code == code), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Objective:
    """One of the 24."""

    id: str
    goal: str
    order: int
    slug: str
    label: Mapping[str, str]
    summary: Mapping[str, str]
    """Unofficial, in the languages that the plan is not written in."""
    cells: Mapping[str, str]
    """The plan's own words, in French."""
    notes: str
    kpis: tuple[Kpi, ...]

    @property
    def primary(self) -> tuple[Kpi, ...]:
        """The kpis that its status rests on."""
        return tuple(kpi for kpi in self.kpis if kpi.primary and kpi.role == "plan")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One version of the plan; versions stand side by side, and values belong to one."""

    version: str
    objectives: tuple[Objective, ...]

    def objective(self, objective_id: str) -> Objective | None:
        """One of them, whatever the case of its id."""
        wanted = objective_id.upper()
        return next((one for one in self.objectives if one.id == wanted), None)

    def kpi(self, kpi_id: str) -> tuple[Objective, Kpi] | None:
        """A kpi with its objective."""
        return next(((o, k) for o in self.objectives for k in o.kpis if k.id == kpi_id), None)


def read_plans(records: Iterable[Mapping[str, Any]]) -> dict[str, Plan]:
    """The plans that some records of objectives are of, by version, the newest last.

    Raises:
        BadPlan: a quote that is not in its cells, a word that the rule does not know.
    """
    found: dict[str, list[Objective]] = {}
    for record in records:
        found.setdefault(str(record["plan_version"]), []).append(parse_objective(record))
    return {
        version: Plan(version=version, objectives=tuple(sorted(made, key=lambda o: o.order)))
        for version, made in sorted(found.items())
    }


def parse_objective(record: Mapping[str, Any]) -> Objective:
    """One objective, checked.

    Raises:
        BadPlan: it is not as it should be; says where.
    """
    cells = dict(record["text_fr"])
    for quote in quotes(record):
        if not any(quote in cells[name] for name in CELLS):
            raise BadPlan(f"{record['id']}: the cells do not hold the quote {quote!r}")
    return Objective(
        id=record["id"],
        goal=record["goal"],
        order=record["order"],
        slug=record["slug"],
        label=typeset_all(record["label"]),
        summary=record["summary_unofficial"],
        cells=cells,
        notes=record.get("notes", ""),
        kpis=tuple(parse_kpi(kpi) for kpi in record["kpis"]),
    )


def quotes(part: object) -> Iterable[str]:
    """Every ``quote_fr`` in a part of the document.

    Example:
        >>> list(quotes({"a": [{"quote_fr": "10 à 20"}]}))
        ['10 à 20']
    """
    if isinstance(part, Mapping):
        for key, value in part.items():
            if key == "quote_fr":
                yield str(value)
            else:
                yield from quotes(value)
    elif isinstance(part, list):
        for value in part:
            yield from quotes(value)


def parse_kpi(record: Mapping[str, Any]) -> Kpi:
    """One kpi, checked.

    Raises:
        BadPlan: a word that the rule does not know, or a step that is not among the steps.
    """
    name = record["id"]
    for key, allowed in (("kind", _KINDS), ("direction", _DIRECTIONS), ("role", _ROLES)):
        if record[key] not in allowed:
            raise BadPlan(f"{name}: {key} {record[key]!r}", allowed=tuple(sorted(allowed)))
    interim = tuple(
        _level(name, one, date.fromisoformat(one["due"])) for one in record.get("interim", ())
    )
    kpi = Kpi(
        id=name,
        label=typeset_all(record["label"]),
        role=record["role"],
        primary=record["primary"],
        kind=record["kind"],
        unit=record["unit"],
        direction=record["direction"],
        baseline=_baseline(record["baseline"]),
        levels={
            year: _level(name, record[f"target_{year}"], date(year, 12, 31)) for year in HORIZONS
        },
        interim=interim,
        stages=tuple(
            Stage(
                code=one["code"], label=typeset_all(one["label"]), plan_level=one.get("plan_level")
            )
            for one in record.get("stages", ())
        ),
        period=record.get("period", ""),
        stale_after=record.get("stale_after", "P18M"),
        expected_update=record.get("expected_update", ""),
        counting_rule=record.get("counting_rule", ""),
        source=record.get("source", ""),
        collection=record.get("collection", "manual"),
        open_question=record.get("open_question", ""),
        denominator_note=record.get("denominator", {}).get("note", ""),
    )
    named = [level.stage for level in (*kpi.levels.values(), *interim)]
    for stage in (*named, kpi.baseline.stage):
        if stage is not None and kpi.step(stage) is None:
            raise BadPlan(f"{name}: there is no step {stage!r}")
    return kpi


def _baseline(record: Mapping[str, Any]) -> Baseline:
    as_of = str(record.get("as_of", ""))
    lower = record.get("value", record.get("min"))
    return Baseline(
        status=record["status"],
        day=date(int(as_of[:4] or 2020), 7, 1),
        as_of=as_of,
        value=None if lower is None else float(lower),
        upper=None if record.get("max") is None else float(record["max"]),
        stage=record.get("stage"),
        quote=record.get("quote_fr", ""),
        note=record.get("note", ""),
    )


def _level(name: str, record: Mapping[str, Any], due: date) -> Level:
    if record["op"] not in _OPS:
        raise BadPlan(f"{name}: op {record['op']!r}", allowed=tuple(sorted(_OPS)))
    lower = record.get("value", record.get("min"))
    return Level(
        due=due,
        op=record["op"],
        value=None if lower is None else float(lower),
        upper=None if record.get("max") is None else float(record["max"]),
        stage=record.get("stage"),
        quote=record.get("quote_fr", ""),
        derived_from=record.get("derived_from", ""),
        note=record.get("note", ""),
    )
