"""Plan: what a run would do, told before anything is fetched or written."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from soc_monitor.model import Access, Item
from soc_monitor.runs.jobs import ShelvedJob
from soc_monitor.store import intake
from soc_monitor.store.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One item of a plan."""

    item: Item
    there: bool
    """It has been taken before, in this version."""


def plan(
    shelved: ShelvedJob,
    store: Store,
    window: tuple[date, date],
    *,
    mirror: str = "",
    secrets: Mapping[str, str] | None = None,
    plain_http: bool = False,
) -> list[Step]:
    """What the feed offers for a window, and what of it is there already.

    Raises:
        FeedUnreachable: the source could not be asked.
    """
    access = Access(
        mirror=mirror,
        shelf=shelved.folder,
        window=window,
        secrets=secrets or {},
        plain_http=plain_http,
    )
    known = intake.taken_versions(store, shelved.job.id)
    return [
        Step(item=item, there=intake.is_taken(item, known))
        for item in shelved.job.feed.find(access)
    ]
