"""Map card: what must travel with the map of the explorer: source, addresses, citation, files."""

from dataclasses import dataclass, replace

from soc_monitor.web.card import origin_of_numbers
from soc_monitor.web.estimate import age
from soc_monitor.web.explorer_view import Explorer, data_links
from soc_monitor.web.i18n import Language
from soc_monitor.web.state import State


@dataclass(frozen=True, slots=True, kw_only=True)
class MapCard:
    """A map with its sources, its addresses and its citation, in one language."""

    subject: str
    """The area that it is limited to, or the level that is drawn."""
    heading: str
    subtitle: str
    data_class: str
    product: str
    citation: str
    """Of the source."""
    link: str
    licence: str
    release: str
    page: str
    """Path of its page, without the query."""
    state: State
    files: dict[str, str]
    """The word on a link to the path of a file of this release."""
    until: str = ""
    """It stays for ever."""

    @property
    def query(self) -> str:
        """State of the map as a query that follows new releases."""
        return self.state.query(rel="latest")

    @property
    def fixed_page(self) -> str:
        """Path of its page with the query that never changes."""
        return self.page + self.state.query(rel=self.release)


def of_map(view: Explorer, words: Language) -> MapCard:
    """The card of the map that the explorer shows."""
    settled = view.settled
    release = str(view.meta["release"])
    own = replace(settled.state, src=settled.product, lite="", sort="name")
    pinned = replace(settled, state=replace(own, rel=release))
    where = f"{view.inside.name}. " if view.inside else ""
    return MapCard(
        subject=own.parent or own.lvl,
        heading=words.say("Map: {title}", title=view.title),
        subtitle=where + when(view, words),
        page=f"/{words.code}/soc",
        state=own,
        files=data_links(pinned, own.lvl),
        **origin_of_numbers(view.meta),
    )


def when(view: Explorer, words: Language) -> str:
    """The periods of the map, and since when each of them counts where it is a change."""
    told = dict(view.since)
    periods = [
        words.say("{period}, counted from {base}", period=period, base=told[period])
        if period in told
        else period
        for period in (view.period, view.other)
        if period
    ]
    both = f", {words.say('counted from {base}', base=told[''])}" if "" in told else ""
    return " / ".join(periods) + both


def age_of(view: Explorer, words: Language) -> str:
    """How old the numbers of the map are; empty: there are none."""
    rows = [line.shown for line in view.lines if line.shown.end is not None]
    return age(rows[0], words) if rows else ""
