"""Own card: the chart of a reader's own shapes, with what may travel with it.

Shapes that are kept under an address have a card like a published area's, as long as they are kept.
Of others there is a picture alone: it is made from what was sent, and leads to nothing.
"""

from dataclasses import replace

from soc_monitor.web import numbers, own_answers, own_view
from soc_monitor.web.card import Card, origin_of_numbers
from soc_monitor.web.client import ApiProblem, Client
from soc_monitor.web.documents.data import instant
from soc_monitor.web.i18n import Language
from soc_monitor.web.own_answers import Waits
from soc_monitor.web.state import State, based

CHART = "own"
"""Kind of chart that has the key of kept shapes as its subject."""


async def make(api: Client, words: Language, key: str, state: State, reader: str) -> Card:
    """The card of kept shapes by its address.

    Args:
        api: the public API.
        words: the language.
        key: of the shapes.
        state: of the address.
        reader: address that the question counts for.

    Raises:
        ApiProblem: they are forgotten, cannot be measured, or take too long for a picture.
    """
    share = await own_answers.share(api, key)
    try:
        found = await own_answers.ask(api, words, share.sent(state, reader))
    except Waits as waits:
        raise ApiProblem(404, {"type": "/nothing-to-draw"}) from waits
    until = numbers.instant(instant(share.expires_at), words.code)
    return of_shapes(own_view.build(found, words), words, key=key, until=until)


def of_shapes(view: own_view.OwnPage, words: Language, *, key: str = "", until: str = "") -> Card:
    """The card of some shapes.

    Args:
        view: their page.
        words: the language.
        key: that they are kept under; empty: they are not kept.
        until: when they are forgotten, in words.
    """
    settled = view.settled
    state = replace(settled.state, src=settled.product, lite="", sort="name", area="")
    asked = f"v={state.v}&d={state.d}&src={state.src}"
    since = based(settled, settled.product)
    asked += f"&b={since}" if since else ""
    asked += f"&u={state.u}" if state.u else ""
    drawn = view.spec if view.spec.has_values or view.compare is None else view.compare
    return Card(
        chart=CHART,
        subject=key,
        spec=drawn,
        heading=words.say("{area}: carbon in the soil", area=view.name),
        subtitle=view.title,
        sentence=view.sentence,
        page=f"/{words.code}/own/{key}".rstrip("/"),
        state=state,
        code=words.code,
        numbers=f"/api/v1/aoi/shares/{key}/statistics.{{form}}?{asked}",
        until=until,
        **origin_of_numbers(view.meta),
    )
