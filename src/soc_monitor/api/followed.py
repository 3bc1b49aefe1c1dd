"""Followed: what happened to an area or an objective, for those who asked to be told."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from soc_monitor.api import news as plan_news
from soc_monitor.api import places
from soc_monitor.api.area_news import FOLLOWED, news_of
from soc_monitor.api.catalogue import Catalogue
from soc_monitor.api.late import late_inputs
from soc_monitor.errors import UnknownObjective
from soc_monitor.model import Release
from soc_monitor.model.typeset import in_language
from soc_monitor.progress.plan import read_plans
from soc_monitor.store import news, registers

MOST = 1_000
"""News of the plan that are looked at."""
NOT_CERTAIN = frozenset({"no_data", "not_due"})
"""Statuses that say nothing of an objective."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """One thing to tell."""

    kind: str
    """``release``, ``state``, ``late`` or ``correction``."""
    key: str
    """The same again has the same key."""
    at: datetime
    sentence: str
    release: str | None
    page: str
    """Path of the page that shows it."""


def check_objective(catalogue: Catalogue, release: Release, objective: str) -> None:
    """Go on only if the plan has an objective.

    Raises:
        UnknownObjective: it has not.
    """
    records = registers.published(catalogue.store, release, "objectives")
    plans = read_plans(record.body for record in records)
    known = {one.id for plan in plans.values() for one in plan.objectives}
    if objective not in known:
        raise UnknownObjective(f"no objective {objective!r}", allowed=tuple(sorted(known)))


def titles_of(catalogue: Catalogue, release: Release, lang: str) -> dict[str, str]:
    """What products are called, by id."""
    known = catalogue.sources(release)
    return {name: in_language(source.title, lang) for name, source in known.items()}


def of_area(
    catalogue: Catalogue, release: Release, code: str, lang: str, today: date
) -> Iterator[Happened]:
    """What happened to an area: new numbers, states (a chance above 0.9), corrections, late inputs.

    Raises:
        UnknownArea: the release has no such area.
    """
    (area,) = places.get(catalogue.places(release.boundaries_id), [code])
    told = news.told_of(catalogue.store, release, code, FOLLOWED)
    titles = titles_of(catalogue, release, lang)
    for one in news_of(told, area.name(lang), lang, titles):
        yield Happened(
            kind=one.kind,
            key=one.key,
            at=one.at,
            sentence=one.sentence,
            release=one.release,
            page=f"/{lang}/soc/{code}?rel={one.release}",
        )
    products = {one.product for one in told if one.value is not None}
    behind = {feed for product in products for feed in catalogue.feeds_of(release, product)}
    for late in late_inputs(catalogue.store, today, lang):
        if late.feed_id in behind:
            yield Happened(
                kind="late",
                key=f"late/{late.key}",
                at=late.since,
                sentence=late.sentence,
                release=None,
                page=f"/{lang}/status",
            )


def of_plan(catalogue: Catalogue, release: Release, lang: str) -> Iterator[tuple[str, Happened]]:
    """(objective, what happened to it), for every objective of the plan."""
    for one in plan_news.news(catalogue, release, lang, MOST):
        if one.objective_id is None or one.status in NOT_CERTAIN:
            continue
        kind = "correction" if one.revised else "release"
        yield (
            one.objective_id,
            Happened(
                kind="state" if one.kind == "status" else kind,
                key=one.id,
                at=one.at,
                sentence=" · ".join(text for text in (one.title, one.summary) if text),
                release=one.release,
                page=f"/{lang}{one.page}",
            ),
        )
