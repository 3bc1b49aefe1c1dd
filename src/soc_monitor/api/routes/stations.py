"""``/stations`` and ``/observations``: sensors in the ground, and what they measured.

What a licence does not let be passed on is not here: the place alone, or nothing but a count.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel

from soc_monitor.api import ask, places
from soc_monitor.api.answers import SAYS_EMPTY, Stamp, as_json, as_table, dump_bytes, not_modified
from soc_monitor.api.bodies.service import Problem
from soc_monitor.api.bodies.stations import (
    ObservationRow,
    ObservationsBody,
    OneStationBody,
    StationsBody,
)
from soc_monitor.api.catalogue import Catalogue, catalogue_of
from soc_monitor.api.observed import observation_row, pick_sensor, span_of, station_body
from soc_monitor.api.plain import Wholly
from soc_monitor.api.problems import MEDIA_TYPE
from soc_monitor.errors import NothingPublished, NotPassedOn
from soc_monitor.model import PassOn
from soc_monitor.model.typeset import in_language
from soc_monitor.store import station_now, stations
from soc_monitor.store.places import areas_at
from soc_monitor.store.stations import StationSeen, Wanted

router = APIRouter(tags=["stations"])

WORLD = "WLD"
COLUMNS = tuple(ObservationRow.model_fields)
CSV_ANSWER: dict[int | str, dict[str, Any]] = {200: {"content": {"text/csv": {}}}}
CLOSED: dict[int | str, dict[str, Any]] = {
    403: {
        "description": "The licence of the source does not let its readings be passed on",
        "content": {MEDIA_TYPE: {"schema": Problem.model_json_schema()}},
    }
}

Feed = Annotated[
    str, Query(max_length=100, description="Id of a feed, see `/freshness`", examples=["areas"])
]
SensorOf = Annotated[
    str,
    Query(max_length=100, description="Variable of sensors", examples=["soil_moisture"]),
]
Step = Annotated[Literal["day", "month"], Query(description="A row a day, or a row a month")]


class StationsAsk(BaseModel):
    """Keys of ``/stations``."""

    area: ask.OneArea = None
    feed: Feed = ""
    v: SensorOf = ""
    labels: ask.Lang = "en"
    limit: Annotated[int, Query(ge=1, le=1000, description="Stations in one answer"), Wholly] = 200
    cursor: ask.Cursor = 0


FeedId = Annotated[str, Path(max_length=100, description="Id of a feed", examples=["towers"])]
StationId = Annotated[
    str,
    Path(max_length=ask.LONGEST, description="Id of a station of the feed", examples=["DE-Tha"]),
]


class StationAsk(BaseModel):
    """Keys of one station."""

    labels: ask.Lang = "en"


class ObservationsAsk(BaseModel):
    """Keys of ``/observations``."""

    feed: Annotated[
        str, Query(min_length=1, max_length=100, description="Id of a feed", examples=["towers"])
    ]
    station: Annotated[
        str, Query(min_length=1, max_length=ask.LONGEST, description="Id of a station of the feed")
    ]
    v: Annotated[
        str,
        Query(min_length=1, max_length=100, description="Variable", examples=["soil_moisture"]),
    ]
    datastream: Annotated[
        str | None,
        Query(
            max_length=ask.LONGEST,
            description="Which sensor of the variable; needed where the station has several",
        ),
    ] = None
    step: Step = "day"
    t: Annotated[
        str,
        Query(
            max_length=ask.LONGEST,
            description="Period or range: `2025`, `2025-06..2025-08`, `2026..`, `latest`, `..`",
            examples=["2025"],
        ),
    ] = ".."
    labels: ask.Lang = "en"
    limit: ask.Limit = 10_000
    cursor: ask.Cursor = 0


class ObservationsTableAsk(ObservationsAsk):
    """Keys of ``/observations.csv``."""

    bom: ask.Bom = "0"


@router.get("/stations", response_model=StationsBody)
def list_stations(request: Request, asked: Annotated[StationsAsk, Query()]) -> Response:
    """Places with sensors in an area: where, what, since when, how much of the time."""
    catalogue = catalogue_of(request)
    wanted = _wanted(catalogue, asked)
    total, withheld = stations.count_stations(catalogue.store, wanted)
    found = stations.list_stations(catalogue.store, wanted, limit=asked.limit, cursor=asked.cursor)
    lang = ask.language(asked.labels)
    keys = {"area": asked.area or "", "feed": asked.feed, "v": asked.v, "labels": asked.labels}
    following = asked.cursor + asked.limit
    links = {"next": _address(request, keys, asked, following)} if following < total else {}
    body = {
        "meta": {"total": total, "withheld": withheld, "links": links},
        "data": [station_body(one, lang) for one in found],
    }
    stamp = _stamp(request, {**keys, **ask.paging(asked)}, body)
    return not_modified(request, stamp) or as_json(body, stamp)


@router.get("/stations/{feed}/{station:path}", response_model=OneStationBody)
def get_station(
    request: Request, feed: FeedId, station: StationId, asked: Annotated[StationAsk, Query()]
) -> Response:
    """One station: where, what, the newest reading of each sensor, and what was not taken."""
    catalogue = catalogue_of(request)
    place = stations.find_station(catalogue.store, feed, station)
    lang = ask.language(asked.labels)
    shown = place.pass_on is PassOn.READINGS
    newest = station_now.newest_readings(catalogue.store, place) if shown else []
    body = {
        **station_body(place, lang),
        "areas": _holders(catalogue, place, lang),
        "newest": [{**asdict(one), "time": one.time.astimezone(UTC)} for one in newest],
        "not_taken": [asdict(one) for one in station_now.not_taken(catalogue.store, place)],
        "not_taken_sums": [
            asdict(one) for one in station_now.not_taken_sums(catalogue.store, place)
        ],
    }
    stamp = _stamp(request, {"labels": asked.labels}, body)
    return not_modified(request, stamp) or as_json(body, stamp)


def _holders(catalogue: Catalogue, place: StationSeen, lang: str) -> list[dict[str, str]]:
    """Countries and divisions at the place of a station; none before anything is published."""
    try:
        boundaries_id = catalogue.newest().boundaries_id
    except NothingPublished:
        return []
    known = catalogue.places(boundaries_id).by_code
    found = [known[code] for code, _, _ in areas_at(catalogue.store, boundaries_id, place.lon,
                                                    place.lat)]  # fmt: skip
    order = list(known)
    return [
        {"id": area.code, "name": area.name(lang), "level": area.level.value}
        for area in sorted(found, key=lambda area: order.index(area.code))
    ]


def _wanted(catalogue: Catalogue, asked: StationsAsk) -> Wanted:
    if asked.area is None or asked.area == WORLD:
        return Wanted(feed=asked.feed, variable=asked.v)
    boundaries_id = catalogue.newest().boundaries_id
    (area,) = places.get(catalogue.places(boundaries_id), [asked.area])
    return Wanted(boundaries_id=boundaries_id, area=area.code, feed=asked.feed, variable=asked.v)


@router.get("/observations", response_model=ObservationsBody, responses=CLOSED)
def list_observations(request: Request, asked: Annotated[ObservationsAsk, Query()]) -> Response:
    """Days or months of one sensor, oldest first."""
    meta, rows = _observations(request, asked)
    body = {"meta": meta, "data": rows}
    stamp = _stamp(request, _keys(asked), body)
    return not_modified(request, stamp) or as_json(body, stamp)


@router.get("/observations.csv", response_class=Response, responses={**CSV_ANSWER, **CLOSED})
def observations_table(
    request: Request, asked: Annotated[ObservationsTableAsk, Query()]
) -> Response:
    """The same as a table; what follows is linked in the header ``Link``."""
    meta, rows = _observations(request, asked)
    keys = _keys(asked) | {"bom": "1" if asked.bom == "1" else ""}
    stamp = _stamp(request, keys, rows)
    same = not_modified(request, stamp)
    if same is not None:
        return same
    answer = as_table(COLUMNS, rows, stamp, name=f"observations-{asked.step}", bom=asked.bom == "1")
    if "next" in meta["links"]:
        answer.headers["Link"] = f'<{meta["links"]["next"]}>; rel="next"'
    return answer


def _observations(
    request: Request, asked: ObservationsAsk
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    store = catalogue_of(request).store
    place = stations.find_station(store, asked.feed, asked.station)
    if place.pass_on is not PassOn.READINGS:
        raise NotPassedOn(f"{asked.feed}: {place.licence}", hint=place.link)
    sensor = pick_sensor(place, asked.v, asked.datastream)
    first, last = span_of(asked.t, asked.step, sensor)
    found: Sequence[stations.SensorPeriod] = stations.read_periods(
        store,
        place,
        sensor,
        step=asked.step,
        first=first,
        last=last,
        # One more than is shown tells whether something follows.
        limit=asked.limit + 1,
        cursor=asked.cursor,
    )
    links = {}
    if len(found) > asked.limit:
        links["next"] = _address(request, _keys(asked), asked, asked.cursor + asked.limit)
    meta = {
        "feed_id": place.feed_id,
        "network": in_language(place.title, ask.language(asked.labels)),
        "station": place.id,
        "variable": sensor.variable,
        "datastream": sensor.datastream,
        "step": asked.step,
        "unit": sensor.unit,
        "licence": place.licence,
        "citation": place.citation,
        "link": place.link,
        "links": links,
    }
    rows = [observation_row(place, sensor, asked.step, one) for one in found[: asked.limit]]
    return meta, rows


def _keys(asked: ObservationsAsk) -> dict[str, str]:
    return {
        "feed": asked.feed,
        "station": asked.station,
        "v": asked.v,
        # The sensor without a name is another question than that for the only one.
        **({} if asked.datastream is None else {"datastream": asked.datastream}),
        "step": asked.step,
        "t": "" if asked.t == ".." else asked.t,
        "labels": asked.labels,
        **ask.paging(asked),
    }


def _address(request: Request, keys: dict[str, str], asked: ask.Paged, cursor: int) -> str:
    told = {**keys, **ask.paging(asked), "cursor": str(cursor)}
    return (
        f"{request.url.path}?{urlencode({k: v for k, v in told.items() if v or k in SAYS_EMPTY})}"
    )


def _stamp(request: Request, keys: dict[str, str], body: object) -> Stamp:
    """Readings come in all the time and belong to no release: the answer is marked by itself."""
    salt = hashlib.sha256(dump_bytes(body)).hexdigest()
    return Stamp(path=request.url.path, keys=keys, release=None, pinned=False, salt=salt)
