"""Cards of the plan: a measure over time, and how many objectives have which status."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from soc_monitor.web import plan_chart
from soc_monitor.web.card import Card
from soc_monitor.web.chart import ChartSpec, Kind, Line, Point
from soc_monitor.web.client import ApiProblem, Client
from soc_monitor.web.i18n import Language
from soc_monitor.web.progress_words import HORIZONS, MARKS, status_word, summary, why
from soc_monitor.web.state import State

CHARTS = ("kpi", "plan")
"""Kinds of charts of the plan that have an address of their own."""
PLAN = "Plan stratégique de l’Initiative « 4 pour 1000 », 15 juin 2020"
LICENCE = "CC BY 4.0"
Row = dict[str, Any]


async def make(api: Client, words: Language, kind: str, subject: str, state: State) -> Card:
    """A card by its address.

    Raises:
        ApiProblem: there is no such chart, or the API cannot answer.
    """
    rel = "" if state.rel == "latest" else state.rel
    if kind == "plan":
        if subject not in HORIZONS:
            raise ApiProblem(404, {})
        body = await api.get("/objectives", labels=words.code, rel=rel)
        return of_plan(body, subject, words, state)
    rows = await api.get("/values.json", kpi=subject, labels=words.code, rel=rel)
    kpis = await api.get("/kpis", labels=words.code, rel=rel)
    kpi = next(one for one in kpis["data"] if one["id"] == subject)
    return of_kpi(kpi, rows["data"], kpis["meta"]["release"], words, state)


def of_kpi(
    kpi: Row, values: Sequence[Row], release: str, words: Language, state: State | None = None
) -> Card:
    """A measure of the plan.

    Args:
        kpi: as ``/kpis`` has it.
        values: its lines of ``/values``, the oldest first.
        release: that both are of.
        words: the language.
        state: of the address; only its release counts.
    """
    spec = plan_chart.spec(kpi, values, words)
    sources = list(dict.fromkeys([*(one["source"] for one in values), PLAN]))
    said = [
        words.say("{year}: {word}.", year=year, word=status_word(verdict["status"], words))
        + " "
        + why(verdict, kpi, year, words)
        for year in HORIZONS
        if (verdict := kpi["verdicts"][year]) is not None
    ]
    context = words.say("For context: shown, never judged.")
    return _card(
        Card(
            chart="kpi",
            subject=kpi["id"],
            spec=spec,
            heading=f"{kpi['objective_id']} · {kpi['label']}",
            subtitle=words.say(
                "Values and the levels of the plan for 2030 and 2050 ({unit})", unit=spec.unit
            ),
            sentence=" ".join(said) or context,
            data_class=values[-1]["data_class"] if values else "reported",
            product=words.say("the plan, and the source of each value"),
            citation="; ".join(sources),
            link="https://4p1000.org/",
            licence=LICENCE,
            release=release,
            page=f"/{words.code}/progress/{kpi['objective_id']}",
            state=State(),
            code=words.code,
            numbers=f"/api/v1/values.{{form}}?kpi={kpi['id']}&labels={words.code}",
        ),
        state,
    )


def of_plan(body: Row, horizon: str, words: Language, state: State | None = None) -> Card:
    """How many objectives have which status.

    Args:
        body: the answer of ``/objectives``.
        horizon: ``2030`` or ``2050``.
        words: the language.
        state: of the address; only its release counts.
    """
    counts = body["meta"]["counts"][horizon]
    lines = tuple(
        Line(
            name=status_word(status, words),
            points=(
                Point(
                    label=horizon,
                    value=float(counts[status]),
                    text=str(counts[status]),
                    short=str(counts[status]),
                ),
            ),
            strong=status not in {"no_data", "not_due"},
            area=status,
            data_class="reported",
        )
        for status in MARKS
    )
    said = summary(counts, horizon, words)
    title = words.say("The plan’s objectives by their status for {year}", year=horizon)
    spec = ChartSpec(
        kind=Kind.COMPARE,
        title=title,
        unit=words.say("objectives"),
        lines=lines,
        summary=said,
        code=words.code,
        plan=True,
    )
    return _card(
        Card(
            chart="plan",
            subject=horizon,
            spec=spec,
            heading=words.say("Progress of the “4 per 1000” Initiative"),
            subtitle=title,
            sentence=said,
            data_class="reported",
            product=words.say("the plan, and the source of each value"),
            citation=PLAN,
            link="https://4p1000.org/",
            licence=LICENCE,
            release=body["meta"]["release"],
            page=f"/{words.code}/progress",
            state=State(),
            code=words.code,
            numbers=f"/api/v1/values.{{form}}?labels={words.code}",
        ),
        state,
    )


def _card(card: Card, state: State | None) -> Card:
    return card if state is None else replace(card, state=State(rel=state.rel))
