"""Card: a chart with all that must travel with it, wherever it is shown.

One card is behind a chart on a page, its embed, its static picture, its table and its citation:
they cannot disagree, for none of them reads a number of its own.
"""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any, Protocol

from soc_monitor.web import area_view, compare_view
from soc_monitor.web.chart import ChartSpec
from soc_monitor.web.client import ApiProblem, Client
from soc_monitor.web.files import NUMBERS_FILES, SERIES_FILES
from soc_monitor.web.i18n import Language
from soc_monitor.web.numbers import day
from soc_monitor.web.state import State
from soc_monitor.web.wish import Wish

CHARTS = ("series", "areas", "compare")
"""Kinds of chart that have an address of their own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A chart with its sources, its addresses and its citation, in one language."""

    chart: str
    subject: str
    """The area, or areas joined by ``~``."""
    spec: ChartSpec
    heading: str
    """States the subject: ``France: carbon in the soil``."""
    subtitle: str
    sentence: str
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
    code: str
    numbers: str = ""
    """Where its numbers are when they are no series: path and query, ``{form}`` in its place."""
    until: str = ""
    """When all of it is forgotten, in words; empty: it stays for ever."""

    @property
    def name(self) -> str:
        """Begins the names of its files."""
        kind = self.chart if self.numbers else f"{self.state.v}-{self.chart}"
        return f"{kind}-{self.subject}-r{self.release}".replace("~", "-")

    @property
    def files(self) -> dict[str, str]:
        """The word on a link to the path of a file."""
        forms = NUMBERS_FILES if self.numbers else SERIES_FILES
        return {word: self.data(form) for word, form in forms.items()}

    @property
    def query(self) -> str:
        """State of the chart as a query that follows new releases."""
        return self.state.query(rel="latest")

    @property
    def fixed(self) -> str:
        """The same, of this release for ever."""
        return self.state.query(rel=self.release)

    @property
    def fixed_page(self) -> str:
        """Path of its page with the query that never changes."""
        return self.page + self.fixed

    def picture(self, form: str) -> str:
        """Path of the static drawing: ``svg`` or ``png``, of this release for ever."""
        return f"/chart/{self.chart}/{self.subject}.{form}{self.fixed}&lang={self.code}"

    @property
    def social(self) -> str:
        """Path of the picture that a shared link shows."""
        query = self.query
        return f"/og/{self.chart}/{self.subject}.png{query}{'&' if query else '?'}lang={self.code}"

    def embed(self, *, frozen: bool) -> str:
        """Path of the embed."""
        query = self.fixed if frozen else self.query
        return f"/embed/{self.chart}/{self.subject}{query}{'&' if query else '?'}lang={self.code}"

    @property
    def builder(self) -> str:
        """Path of the page that builds a download, filled in; empty: its numbers are no series."""
        if self.numbers:
            return ""
        wish = Wish(
            area=self._areas,
            v=self.state.v,
            d=self.state.d,
            t=self.state.t if self.chart == "areas" else "",
            src=self.state.src,
            u=self.state.u,
            rel=self.state.rel,
        )
        return f"/{self.code}/data{wish.query()}#form"

    @property
    def _areas(self) -> str:
        if self.chart == "areas":
            return "~".join(line.area for line in self.spec.lines)
        return self.subject

    def data(self, form: str) -> str:
        """Path of the same numbers as a file, of this release for ever."""
        if self.numbers:
            return f"{self.numbers.format(form=form)}&rel={self.release}"
        period = "latest" if self.state.t == "latest" else self.state.t
        t = f"&t={period}" if self.chart == "areas" else ""
        keys = f"area={self._areas}&v={self.state.v}&d={self.state.d}{t}"
        keys += f"&src={self.state.src}" if self.state.src else ""
        keys += f"&u={self.state.u}" if self.state.u else ""
        return f"/api/v1/series.{form}?{keys}&rel={self.release}"


async def make(api: Client, words: Language, kind: str, subject: str, state: State) -> Card:
    """A card by its address.

    Raises:
        ApiProblem: there is no such chart, or the API cannot answer.
    """
    if kind == "compare":
        compared = await compare_view.gather(api, words, replace(state, area=subject))
        return of_comparison(compared, words)
    if kind not in CHARTS:
        raise ApiProblem(404, {})
    page = await area_view.gather(api, words, subject, state)
    return of_series(page, words) if kind == "series" else of_areas(page, words)


def of_series(page: area_view.AreaPage, words: Language) -> Card:
    """One area over time."""
    return _of_area(page, words, "series", page.spec)


def of_areas(page: area_view.AreaPage, words: Language) -> Card:
    """One area beside others."""
    return _of_area(page, words, "areas", page.compare)


def _of_area(page: area_view.AreaPage, words: Language, kind: str, spec: ChartSpec) -> Card:
    return Card(
        chart=kind,
        subject=page.area,
        spec=spec,
        heading=words.say("{area}: carbon in the soil", area=page.name),
        subtitle=page.title if kind == "series" else f"{page.title}, {page.own.period}",
        sentence=page.sentence,
        page=f"/{words.code}/soc/{page.area}",
        state=replace(page.settled.state, src=page.settled.product, lite="", sort="name"),
        code=words.code,
        **origin_of_numbers(page.meta),
    )


def of_comparison(page: compare_view.Comparison, words: Language) -> Card:
    """Several areas over time."""
    state = replace(page.settled.state, src=page.settled.product, lite="", sort="name")
    return Card(
        chart="compare",
        subject="~".join(page.areas),
        spec=page.spec,
        heading=words.say("Areas compared"),
        subtitle=page.title,
        sentence=page.sentence,
        page=f"/{words.code}/compare",
        state=state,
        code=words.code,
        **origin_of_numbers(page.meta),
    )


def origin_of_numbers(meta: dict[str, Any]) -> dict[str, str]:
    """Where numbers come from, by the fields of a card: class, product, source, licence, release.

    Args:
        meta: of an answer of the API.
    """
    product = meta["product"]
    return {
        "data_class": str(meta["data_class"]),
        "product": str(product["title"]),
        "citation": str(product["citation"] or product["title"]),
        "link": str(product["link"]),
        "licence": str(product["licence"]),
        "release": str(meta["release"]),
    }


@dataclass(frozen=True, slots=True)
class Citation:
    """How to quote a chart."""

    text: str
    bibtex: str
    csl: dict[str, Any]


class Quotable(Protocol):
    """What a citation is made of."""

    @property
    def subject(self) -> str:
        """What it is of."""

    @property
    def heading(self) -> str:
        """Its title."""

    @property
    def subtitle(self) -> str:
        """Which number, and of when."""

    @property
    def citation(self) -> str:
        """Of the source."""

    @property
    def release(self) -> str:
        """That its numbers are of."""

    @property
    def fixed_page(self) -> str:
        """Path and query that never change."""


def cite(card: Quotable, origin: str, words: Language, today: date | None = None) -> Citation:
    """The citation of a card, with the address that never changes.

    Args:
        card: what is quoted.
        origin: scheme and host of the site.
        words: the language.
        today: day of retrieval; None: this day, UTC.
    """
    read = today or datetime.now(UTC).date()
    year = card.release.split(".")[0]
    title = f"{card.heading}. {card.subtitle}"
    address = origin + card.fixed_page
    text = words.say(
        "soc-monitor ({year}). {title}. Release {release}. Read on {day} at {address}. "
        "Source of the data: {source}",
        year=year,
        title=title,
        release=card.release,
        day=day(read, words.code),
        address=address,
        source=card.citation,
    )
    bibtex = (
        f"@misc{{soc-monitor-{card.release}-{card.subject.replace('~', '-')},\n"
        f"  author = {{{{soc-monitor}}}},\n  title = {{{title}}},\n  year = {{{year}}},\n"
        f"  version = {{{card.release}}},\n  url = {{{address}}},\n  urldate = {{{read}}}\n}}"
    )
    csl: dict[str, Any] = {
        "id": f"soc-monitor-{card.release}-{card.subject}",
        "type": "dataset",
        "title": title,
        "author": [{"literal": "soc-monitor"}],
        "issued": {"date-parts": [[int(year)]]},
        "accessed": {"date-parts": [[read.year, read.month, read.day]]},
        "version": card.release,
        "URL": address,
    }
    return Citation(text, bibtex, csl)


def dataset(card: Card, origin: str) -> dict[str, Any]:
    """What search engines are told of a chart's numbers: a schema.org Dataset."""
    return {
        "@context": "https://schema.org",
        "@type": "Dataset",
        "name": f"{card.heading}. {card.subtitle}",
        "description": card.sentence,
        "url": origin + card.page,
        "version": card.release,
        "license": card.licence,
        "inLanguage": card.code,
        "variableMeasured": {
            "@type": "PropertyValue",
            "name": card.subtitle,
            "unitText": card.spec.unit,
        },
        "isBasedOn": card.link or card.citation,
        "creator": {"@type": "Organization", "name": "soc-monitor"},
        "distribution": [
            {
                "@type": "DataDownload",
                "encodingFormat": kind,
                "contentUrl": origin + card.data(form),
            }
            for form, kind in (("csv", "text/csv"), ("json", "application/json"))
        ],
    }
