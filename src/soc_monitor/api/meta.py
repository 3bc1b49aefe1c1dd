"""Meta: what stands beside the numbers, so that they can be quoted and asked for again."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from soc_monitor.api.answers import STALE, Stamp
from soc_monitor.api.ask import Choice, language
from soc_monitor.api.catalogue import Catalogue
from soc_monitor.api.interval_notes import Doubt, doubts_of, interval_note
from soc_monitor.api.late import Late
from soc_monitor.api.rows import Row, Sheet
from soc_monitor.api.units import choose_unit
from soc_monitor.api.version import version
from soc_monitor.exports.metadata import licence_address
from soc_monitor.exports.table import make_manifest
from soc_monitor.model.change import same_season
from soc_monitor.model.period import period_label
from soc_monitor.model.typeset import in_language
from soc_monitor.store.sources import Source


def make_sheet(catalogue: Catalogue, choice: Choice, *, u: str | None, labels: str) -> Sheet:
    """What all rows of an answer share."""
    source = catalogue.sources(choice.release).get(choice.product)
    return Sheet(
        choice=choice,
        shown=choose_unit(choice.indicator, u),
        language=language(labels),
        source_ids=";".join(catalogue.feeds_of(choice.release, choice.product)),
        licence=licence_address(source.licence) if source else "",
        late=_late(catalogue, choice, language(labels)),
    )


def make_sheets(
    catalogue: Catalogue, choices: Sequence[Choice], *, u: str | None, labels: str
) -> list[Sheet]:
    """A sheet of each, in the unit of the first; of what is not shown in it, in its own."""
    return [
        make_sheet(
            catalogue,
            one,
            u=u if number == 0 or u in one.indicator.units else None,
            labels=labels,
        )
        for number, one in enumerate(choices)
    ]


def _late(catalogue: Catalogue, choice: Choice, lang: str) -> tuple[Late, ...]:
    """The inputs that numbers wait for; those of an older release wait for none."""
    if not choice.awaits:
        return ()
    late = catalogue.late(catalogue.inputs(), datetime.now(UTC).date(), lang)
    feeds = catalogue.feeds_of(choice.release, choice.product)
    return tuple(late[feed] for feed in feeds if feed in late)


def product_body(product: str, source: Source | None, lang: str, feeds: Sequence[str]) -> Row:
    """What a reader must know of a product."""
    titles = {} if source is None else source.title
    return {
        "id": product,
        "title": in_language(titles, lang) or product,
        "titles": titles,
        "licence": "" if source is None else source.licence,
        "citation": "" if source is None else source.citation,
        "link": "" if source is None else source.link,
        "notes": "" if source is None else in_language(source.notes, lang),
        "source_ids": list(feeds),
    }


def numbers_meta(
    catalogue: Catalogue,
    sheet: Sheet,
    stamp: Stamp,
    rows: Sequence[Row],
    *,
    doubts: Sequence[Doubt] | None = None,
    **more: Any,
) -> dict[str, Any]:
    """The block beside rows of numbers.

    Args:
        catalogue: to read from.
        sheet: what all rows share; of several variables that of the first one.
        stamp: the address of the answer.
        rows: the numbers.
        doubts: what the numbers of each variable have; None: the rows of the sheet tell it.
        more: what stands beside it.
    """
    choice, indicator = sheet.choice, sheet.choice.indicator
    feeds = catalogue.feeds_of(choice.release, choice.product)
    source = catalogue.sources(choice.release).get(choice.product)
    return {
        "release": choice.release.name,
        "published_at": choice.release.published_at,
        "boundaries_id": choice.release.boundaries_id,
        "indicator": indicator.id,
        "v": indicator.alias[0],
        "d": indicator.alias[1],
        "title": in_language(indicator.title, sheet.language),
        "product": product_body(choice.product, source, sheet.language, feeds),
        "unit": sheet.shown.text,
        "data_class": choice.found.data_class.value,
        "interval_note": interval_note(
            sheet.language, doubts_of([sheet], rows) if doubts is None else doubts
        ),
        "periods": [period_label(*period) for period in choice.found.periods],
        "record": record_of(choice, rows),
        "total_rows": len(rows),
        "warnings": warnings(rows, sheet.late),
        "links": links(stamp),
        "manifest": make_manifest(stamp.location, choice.release.name, version()),
        **more,
    }


def record_of(choice: Choice, rows: Sequence[Row]) -> Row | None:
    """The other years that the newest month of some rows stands among; None: it is no anomaly.

    Each year of a record has an anomaly itself, so that the published months are the record.
    """
    indicator = choice.indicator
    known = choice.found.periods
    newest = max((str(row["period_start"]) for row in rows), default="")
    shown = next((one for one in known if one[0].isoformat() == newest), None)
    if not indicator.seasonal or shown is None:
        return None
    record = same_season(known, shown, indicator.climatology)
    if not record:
        return None
    ends = (period_label(*record[0]), period_label(*record[-1]))
    return {"years": len(record), "first": ends[0], "last": ends[1]}


def warnings(rows: Sequence[Row], late: Sequence[Late]) -> list[dict[str, Any]]:
    """What to know before the numbers are used."""
    found = [
        {"code": STALE, "detail": one.sentence, "areas": [], "input": one.feed_id} for one in late
    ]
    moving = sorted({row["area_id"] for row in rows if row["status"] == "provisional"})
    if moving:
        detail = "Some numbers are provisional: replaced when their period is closed."
        found.append({"code": "provisional", "detail": detail, "areas": moving})
    return found


def links(stamp: Stamp) -> dict[str, str]:
    """The same answer pinned, and in its other forms, all pinned."""
    forms = FORMS.get(stamp.path.rpartition(".")[0], ())
    return {"pinned": stamp.location} | {form: stamp.form(form) for form in forms}


FORMS = {
    "/api/v1/series": ("json", "csv", "parquet", "xlsx", "nc", "gpkg", "zip"),
    "/api/v1/map": ("json", "csv", "geojson", "parquet", "xlsx", "gpkg", "zip"),
}
"""Forms of an address, by what stands before its suffix."""


def page(
    rows: Sequence[Row], stamp: Stamp, limit: int, cursor: int
) -> tuple[list[Row], dict[str, str]]:
    """A part of a long answer, and the link to the next one, if any."""
    shown = list(rows[cursor : cursor + limit])
    if cursor + limit >= len(rows):
        return shown, {}
    glue = "&" if "?" in stamp.location else "?"
    base = stamp.location.replace(f"&cursor={cursor}", "")
    return shown, {"next": f"{base}{glue}cursor={cursor + limit}"}
