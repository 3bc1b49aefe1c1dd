"""Samples: field samples as a run takes them."""

import uuid
from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import func, select

from soc_monitor.model import DataClass, Level, Sample
from soc_monitor.store.engine import transaction
from soc_monitor.store.store import Store
from soc_monitor.store.tables import areas, samples

COLUMNS = ("key", "top_cm", "bottom_cm", "variable", "value", "unit", "sampled_on", "attributes")


class Read(NamedTuple):
    """Samples, and the files that they were read from."""

    taken: list[tuple[str, Sample]]
    """Each with its feed, in order of feed and key."""
    files: dict[str, uuid.UUID]
    """Item of each, by feed and key."""


def read_samples(store: Store, variables: Sequence[str]) -> Read:
    """Observed samples that have a place.

    What was derived from a soil map is no observation, and is left out.
    """
    query = (
        select(
            samples.c.feed_id,
            samples.c.item_id,
            *(samples.c[name] for name in COLUMNS),
            func.ST_X(samples.c.geom).label("lon"),
            func.ST_Y(samples.c.geom).label("lat"),
        )
        .where(
            samples.c.geom.is_not(None),
            samples.c.data_class == DataClass.OBSERVED,
            samples.c.variable.in_(variables),
        )
        .order_by(samples.c.feed_id, samples.c.key)
    )
    with transaction(store.engine) as connection:
        rows = connection.execute(query).mappings().all()
    taken = [
        (
            row["feed_id"],
            Sample(
                data_class=DataClass.OBSERVED,
                lon=row["lon"],
                lat=row["lat"],
                **{name: row[name] for name in COLUMNS},
            ),
        )
        for row in rows
    ]
    return Read(taken, {f"{row['feed_id']}:{row['key']}": row["item_id"] for row in rows})


class Visit(NamedTuple):
    """A position on a day on which it was sampled."""

    day: date
    lon: float
    lat: float


def sampled_visits(
    store: Store, boundaries_id: str, variables: Sequence[str]
) -> dict[str, list[Visit]]:
    """Positions in each finest area that were sampled, by day.

    Observed samples with a date alone; the layers of a position and a day count once.
    """
    lon, lat = func.ST_X(samples.c.geom), func.ST_Y(samples.c.geom)
    query = (
        select(areas.c.code, samples.c.sampled_on, lon.label("lon"), lat.label("lat"))
        .join(samples, func.ST_Intersects(areas.c.geom, samples.c.geom))
        .where(
            areas.c.boundaries_id == boundaries_id,
            areas.c.level == Level.ADM1,
            samples.c.sampled_on.is_not(None),
            samples.c.data_class == DataClass.OBSERVED,
            samples.c.variable.in_(variables),
        )
        .distinct()
        .order_by(samples.c.sampled_on, lon, lat)
    )
    found: dict[str, list[Visit]] = defaultdict(list)
    with transaction(store.engine) as connection:
        for row in connection.execute(query):
            found[row.code].append(Visit(row.sampled_on, row.lon, row.lat))
    return dict(found)
