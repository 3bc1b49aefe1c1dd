"""Catalogue: the store, and in memory what a release says once and for all."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import lru_cache, partial

from fastapi import Request

from soc_monitor.api.late import Late, late_by_id
from soc_monitor.api.map_since import MapQuestion, count_map
from soc_monitor.api.newest import Now, of_request
from soc_monitor.api.once import Once, once
from soc_monitor.api.places import Places, load_places
from soc_monitor.maps.fill import Outlines, project_outlines
from soc_monitor.maps.held import Held
from soc_monitor.model import LANGUAGES, Estimate, Level, Release, Slice
from soc_monitor.store import places, read, read_slices, sources
from soc_monitor.store.history import Brought, brought
from soc_monitor.store.newest_inputs import newest_input_days
from soc_monitor.store.read_inputs import inputs_mark
from soc_monitor.store.store import Store

ARRAYS_BYTES, LABELS_BYTES = 256 << 20, 64 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """What routes share. Releases and boundary sets never change, so what they say is kept."""

    store: Store
    release: Callable[[str], Release]
    """By its name."""
    sources: Callable[[Release], Mapping[str, sources.Source]]
    """What a release tells of every source."""
    places: Callable[[str], Places]
    """Of a boundary set."""
    available: Callable[[Release], list[read.Available]]
    levels: Callable[[Release], frozenset[str]]
    """Levels of areas that a release has numbers for."""
    feeds_of: Callable[[Release, str], tuple[str, ...]]
    """Ids of the feeds that a product of a release rests on."""
    input_ages: Callable[[Release, str], Mapping[date, int]]
    """Age of the newest input of a product of a release, by first day of the period [d]."""
    numbers: Callable[[Release, str, str, date], dict[str, Estimate]]
    """The estimates of an indicator, a product and a period, by area."""
    counted: Once[dict[str, Estimate]]
    """The same of a change that is counted from a year of the reader's choice (`MapQuestion`)."""
    counted_few: Once[dict[str, Estimate]]
    """The same of a handful of areas: what stands around a point pushes no map out."""
    late: Callable[[str, date, str], Mapping[str, Late]]
    """Inputs that are late, as they stand, on a day, by id, in a language."""
    brought: Callable[[Release], Sequence[Brought]]
    """What a release brought."""
    pieces: Callable[[Release], Sequence[Slice]]
    """Every slice of a release."""
    outlines: Callable[[str, Level], Outlines]
    """Of a boundary set and a level, ready to be drawn."""
    arrays: Held = field(default_factory=lambda: Held(ARRAYS_BYTES))
    labels: Held = field(default_factory=lambda: Held(LABELS_BYTES))
    started: float = field(default_factory=time.monotonic)

    def newest(self) -> Release:
        """The newest release: the same one for all that a request asks.

        Raises:
            NothingPublished: there is none yet.
        """
        now = of_request.get()
        return read.find_release(self.store) if now is None else now.release

    def inputs(self) -> str:
        """How the inputs stand, as ``late`` takes it: the same for all that a request asks."""
        now = of_request.get()
        return inputs_mark(self.store) if now is None else now.inputs

    def look(self) -> Now:
        """How things stand at this moment.

        Raises:
            NothingPublished: there is no release yet.
        """
        release, inputs = read.find_release(self.store), inputs_mark(self.store)
        late = self.late(inputs, datetime.now(UTC).date(), LANGUAGES[0])
        return Now(
            release=release, inputs=inputs, late=tuple(sorted(one.key for one in late.values()))
        )


def open_catalogue(store: Store) -> Catalogue:
    """A catalogue of a store; nothing is read yet."""
    sets = once(4, partial(load_places, store))
    numbers = once(24, partial(read.read_map, store))
    pieces = once(8, partial(read_slices.released_slices, store))

    def counted(question: MapQuestion) -> dict[str, Estimate]:
        return count_map(store, numbers, pieces, question)

    return Catalogue(
        store=store,
        # Names that do not exist would push out those that do: only what is found is kept.
        release=lru_cache(maxsize=256)(partial(read.find_release, store)),
        sources=once(8, partial(sources.list_sources, store)),
        places=sets,
        available=once(16, partial(read.available, store)),
        levels=once(64, partial(read.served_levels, store)),
        feeds_of=once(256, partial(sources.product_sources, store)),
        input_ages=once(16, partial(newest_input_days, store)),
        numbers=numbers,
        counted=once(24, counted),
        counted_few=once(64, counted),
        late=once(12, partial(late_by_id, store)),
        brought=once(16, partial(brought, store)),
        pieces=pieces,
        outlines=once(8, partial(_outlines, store, sets)),
    )


def _outlines(
    store: Store, sets: Callable[[str], Places], boundaries_id: str, level: Level
) -> Outlines:
    known = sets(boundaries_id)
    shapes = places.outline_shapes(store, boundaries_id, level)
    # Regions and their sub-regions share a level: the finest ones are drawn.
    finest = [
        (code, shape)
        for code, shape in shapes
        if all(child.level is not level for child in known.children.get(code, []))
    ]
    return project_outlines(f"{boundaries_id}/{level}", finest)


def catalogue_of(request: Request) -> Catalogue:
    """The catalogue of the application that a request came to."""
    found = request.app.state.catalogue
    assert isinstance(found, Catalogue)
    return found
