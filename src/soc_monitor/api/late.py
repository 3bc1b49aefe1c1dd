"""Late: inputs that are older than they may be, in a sentence and with the day it began."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from soc_monitor.model.typeset import in_language
from soc_monitor.store.read_inputs import inputs_status
from soc_monitor.store.store import Store

WORDS = {
    "en": "{name} is late: the newest observation ended {age} days ago, {allowed} are allowed.",
    "fr": "{name} est en retard\u00a0: la dernière observation a pris fin il y a {age} jours, "
    "pour {allowed} admis.",
    "es": "{name} está atrasado: la última observación terminó hace {age} días; "
    "se admiten {allowed}.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Late:
    """An input that is late."""

    feed_id: str
    observed_until: date
    since: datetime
    """The first instant at which it was older than it may be."""
    sentence: str

    @property
    def key(self) -> str:
        """The same as long as nothing newer has come."""
        return f"{self.feed_id}/{self.observed_until}"


def late_by_id(store: Store, _inputs: str, today: date, lang: str) -> dict[str, Late]:
    """The inputs that are late on a day, by id.

    Args:
        store: where the inputs stand.
        _inputs: how they stand, as of ``inputs_mark``: what is kept of an answer is of that alone.
        today: the day (UTC).
        lang: of the sentences.
    """
    return {one.feed_id: one for one in late_inputs(store, today, lang)}


def late_inputs(store: Store, today: date, lang: str) -> Iterator[Late]:
    """Inputs that are late on a day; what an operator paused or retired is not waited for.

    Args:
        store: where the inputs stand.
        today: the day (UTC).
        lang: of the sentences.
    """
    for one in inputs_status(store):
        age, allowed = one.age(today), one.max_age_days
        if one.paused or one.retired or age is None or allowed is None or age <= allowed:
            continue
        assert one.observed_until is not None, "what has an age was observed"
        began = one.observed_until + timedelta(days=allowed + 1)
        yield Late(
            feed_id=one.feed_id,
            observed_until=one.observed_until,
            since=datetime.combine(began, time(), UTC),
            sentence=WORDS[lang].format(
                name=in_language(one.title, lang), age=age, allowed=allowed
            ),
        )
