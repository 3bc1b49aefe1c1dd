"""About: what a file says of itself, from the same words as the block beside numbers in JSON."""

from fastapi import Request

from soc_monitor.api.answers import Stamp
from soc_monitor.api.catalogue import Catalogue
from soc_monitor.api.meta import INTERVAL_NOTE, NO_INTERVAL, in_language
from soc_monitor.api.rows import Sheet
from soc_monitor.api.version import version
from soc_monitor.exports import About


def about_of(
    request: Request,
    catalogue: Catalogue,
    sheet: Sheet,
    stamp: Stamp,
    *,
    name: str,
    what: str,
    with_error: bool,
) -> About:
    """What a file says of itself.

    Args:
        request: knows the address of the site, where that is set.
        catalogue: knows the sources.
        sheet: what all rows share.
        stamp: the address of the file.
        name: of the file, without its ending.
        what: of which areas and periods: ``France, 2020``.
        with_error: whether the product gives errors.
    """
    choice, lang = sheet.choice, sheet.language
    source = catalogue.sources(choice.release).get(choice.product)
    space = "\u00a0" if lang == "fr" else ""
    title = f"{in_language(choice.indicator.title, lang)}{space}: {what}"
    return About(
        name=name,
        title=title,
        summary=in_language(choice.indicator.help, lang),
        language=lang,
        variable=choice.indicator.id,
        unit=sheet.shown.text,
        product=(in_language(source.title, lang) if source else "") or choice.product,
        citation=source.citation if source else "",
        licence=source.licence if source else "",
        link=source.link if source else "",
        notes=in_language(source.notes, lang) if source else "",
        interval_note=in_language(INTERVAL_NOTE if with_error else NO_INTERVAL, lang),
        sources=catalogue.feeds_of(choice.release, choice.product),
        release=choice.release.name,
        published_at=choice.release.published_at,
        address=stamp.location,
        origin=request.app.state.public_url.rstrip("/"),
        software=version(),
    )
