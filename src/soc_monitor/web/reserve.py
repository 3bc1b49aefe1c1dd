"""Reserve: the newest numbers of every area, read ahead for when the database does not answer.

A page that was read lately is built anew from its own kept answers (``kept``). For the thousands
of areas that nobody asked for, the maps of each level are kept after every release: one answer
has the stock of all of them.
"""

import asyncio
import logging
from dataclasses import dataclass
from typing import Any

from soc_monitor.model import LANGUAGES, WORLD
from soc_monitor.web.client import ApiProblem, Client

log = logging.getLogger(__name__)

LEVELS = ("adm0", "m49", "adm1")
VARIABLE = "stock"
FIRST_S = 30.0
"""After the start, and after each answer that could not be read: readers come first."""
EVERY_S = 300.0
"""Between two looks for a new release."""


@dataclass(frozen=True, slots=True)
class Found:
    """What the reserve has for an area."""

    row: dict[str, Any]
    """Of ``/map``."""
    beside: list[dict[str, Any]]
    """The other areas of its level."""
    meta: dict[str, Any]
    indicator: dict[str, Any]


async def keep_up(api: Client) -> None:
    """Read ahead after every release, for as long as the application runs."""
    known, pause = "", FIRST_S
    while True:
        await asyncio.sleep(pause)
        try:
            newest = (await api.get("/releases", limit="1"))["data"]
            if newest and newest[0]["name"] != known:
                await read_ahead(api)
                known = newest[0]["name"]
            pause = EVERY_S
        except ApiProblem as problem:
            log.info("nothing read ahead", extra={"reason": str(problem)})
            pause = FIRST_S


async def read_ahead(api: Client) -> None:
    """Keep what a page of any area can be built from.

    Raises:
        ApiProblem: the API cannot answer.
    """
    for code in LANGUAGES:
        await api.read_ahead("/indicators", labels=code)
        for level in LEVELS:
            await api.read_ahead("/map.json", **_keys(level, code))


async def find(api: Client, area: str, code: str) -> Found | None:
    """What is known of an area; None: nothing was read ahead, or there is no such area.

    Args:
        api: the pages' client; while the database does not answer it gives what it kept.
        area: id, in any case.
        code: language.
    """
    wanted = area.upper()
    try:
        listed = (await api.get("/indicators", labels=code))["data"]
        indicator = next(one for one in listed if one["v"] == VARIABLE and one["products"])
        for level in LEVELS:
            answer = await api.get("/map.json", **_keys(level, code))
            rows = answer["data"]
            if wanted == WORLD and answer.get("world"):
                return Found(answer["world"], rows, answer["meta"], indicator)
            row = next((one for one in rows if one["area_id"].upper() == wanted), None)
            if row is not None:
                return Found(row, rows, answer["meta"], indicator)
    except (ApiProblem, StopIteration):
        return None
    return None


def _keys(level: str, code: str) -> dict[str, str]:
    return {"lvl": level, "v": VARIABLE, "labels": code}
