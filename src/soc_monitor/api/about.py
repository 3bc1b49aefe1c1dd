"""About: what a file says of itself, from the same words as the block beside numbers in JSON."""

from collections.abc import Sequence

from fastapi import Request

from soc_monitor.api.answers import Stamp
from soc_monitor.api.catalogue import Catalogue
from soc_monitor.api.interval_notes import Doubt, interval_note
from soc_monitor.api.rows import Sheet
from soc_monitor.api.version import version
from soc_monitor.exports import About
from soc_monitor.model.typeset import in_language

NAMED = 3
"""Areas that are named in a title."""


def about_of(
    request: Request,
    catalogue: Catalogue,
    sheets: Sequence[Sheet],
    stamp: Stamp,
    *,
    name: str,
    what: str,
    doubts: Sequence[Doubt],
    provisional: bool,
) -> About:
    """What a file says of itself.

    Args:
        request: knows the address of the site, where that is set.
        catalogue: knows the sources.
        sheets: what all rows of a variable share; all are of one product.
        stamp: the address of the file.
        name: of the file, without its ending.
        what: of which areas and periods: ``France, 2020``.
        doubts: what the numbers of each variable have.
        provisional: whether some of the numbers are replaced when their period is closed.
    """
    choice, lang = sheets[0].choice, sheets[0].language
    source = catalogue.sources(choice.release).get(choice.product)
    space = "\u00a0" if lang == "fr" else ""
    shown = [sheet.choice.indicator for sheet in sheets]
    names = [in_language(one.title, lang) for one in shown]
    return About(
        name=name,
        title=f"{' · '.join(names)}{space}: {what}",
        titles=tuple(f"{name}{space}: {what}" for name in names),
        summary=" ".join(in_language(one.help, lang) for one in shown),
        language=lang,
        variable="~".join(one.id for one in shown),
        unit=" · ".join(dict.fromkeys(sheet.shown.text for sheet in sheets)),
        units=tuple(sheet.shown.text for sheet in sheets),
        product=(in_language(source.title, lang) if source else "") or choice.product,
        citation=source.citation if source else "",
        licence=source.licence if source else "",
        link=source.link if source else "",
        notes=in_language(source.notes, lang) if source else "",
        interval_note=interval_note(lang, doubts),
        sources=catalogue.feeds_of(choice.release, choice.product),
        release=choice.release.name,
        published_at=choice.release.published_at,
        address=stamp.location,
        origin=request.app.state.public_url.rstrip("/"),
        software=version(),
        provisional=provisional,
    )


def cite(
    request: Request, catalogue: Catalogue, sheets: Sequence[Sheet], stamp: Stamp, what: str
) -> str:
    """How to cite an answer: the line that a file of the same numbers has.

    Args:
        request: knows the address of the site, where that is set.
        catalogue: knows the sources.
        sheets: what all rows of a variable share; all are of one product.
        stamp: the address of the answer.
        what: of which areas and periods: ``France, 2020``.
    """
    told = about_of(
        request, catalogue, sheets, stamp, name="", what=what, doubts=(), provisional=False
    )
    return told.quote
