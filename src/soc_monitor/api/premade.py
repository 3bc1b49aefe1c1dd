"""Premade: the world in few tiles, of every layer, drawn after each release before anyone asks.

They are files in a folder that may be deleted at any moment: it holds nothing that cannot be drawn
again, and of one release alone. The worker draws them: in a web process the numbers of all areas
in all layers would keep readers waiting for seconds.
"""

import fcntl
import logging
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from soc_monitor.api import ask
from soc_monitor.api.ask import Choice
from soc_monitor.api.catalogue import open_catalogue
from soc_monitor.api.drawing import Drawing, Tile, drawn, open_drawing, tile_path
from soc_monitor.api.periods import Span, within
from soc_monitor.api.version import version
from soc_monitor.errors import (
    NothingPublished,
    SocMonitorError,
    UnknownIndicator,
    UnknownPeriod,
    UnknownProduct,
)
from soc_monitor.maps.doubt import Style
from soc_monitor.model import Level, Release
from soc_monitor.store import read
from soc_monitor.store.store import Store

log = logging.getLogger(__name__)

FOLDER = "tiles"
DEEPEST_MADE = 3
"""Greatest zoom of what the explorer opens with: the world on a large screen, 85 tiles a layer."""
OTHERS_MADE = 2
"""Greatest zoom of every other layer: the world on a phone, 21 tiles."""
VARIABLE, LEVEL, STYLE = "stock", Level.ADM0, Style.HATCH
"""What the explorer opens with, and the level and hatch of all layers."""
EVERY_S = 5.0
"""Between two looks for a new release."""
PAUSE_S = 300.0
"""After some could not be made: to look at all the others again costs their reading."""
_WHOLE = b"IEND\xaeB`\x82"
"""How every PNG ends that was not cut short."""


@dataclass(frozen=True, slots=True)
class Premade:
    """The folder. Several processes may share it."""

    folder: Path

    def find(self, release: Release, path: str) -> bytes | None:
        """A tile; None: it was not made, or not to its end."""
        try:
            content = self._place(release).joinpath(path).read_bytes()
        except FileNotFoundError:
            return None
        return content if content.endswith(_WHOLE) else None

    def make(
        self, drawing: Drawing, release: Release, stop: threading.Event | None = None
    ) -> int | None:
        """Draw the tiles of a release that are not there, and drop those of all others.

        Args:
            drawing: draws them.
            release: of which.
            stop: set: it ends after the tile that it is at.

        Returns:
            How many were drawn; None: another process is at it, or it was stopped.

        Raises:
            SocMonitorError: they cannot be drawn.
            OSError: they cannot be kept.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return None
            own, made, failed = self._place(release), 0, list[SocMonitorError]()
            for layer in layers(drawing, release):
                try:
                    for path, draw in layer:
                        if stop is not None and stop.is_set():
                            return None
                        if self.find(release, path) is None:
                            _write(own / path, draw())
                            made += 1
                except SocMonitorError as error:
                    failed.append(error)  # one that cannot be drawn keeps back no other
            for other in self.folder.iterdir():
                if other.is_dir() and other != own:
                    shutil.rmtree(other)
            if failed:
                raise failed[0]
            return made

    def _place(self, release: Release) -> Path:
        # A database that was made anew gives the same names to other releases.
        made = release.published_at.strftime("%Y%m%dT%H%M%S.%f")
        return self.folder / f"{release.name}-{made}-{version()}"


def _write(path: Path, content: bytes) -> None:
    """Rename it into place: a reader never sees half a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    part.write_bytes(content)
    part.replace(path)


Tiles = Iterator[tuple[str, Callable[[], bytes]]]
"""Path and drawing of each."""


def layers(drawing: Drawing, release: Release) -> Iterator[Tiles]:
    """The layers of a release in their newest periods, what the explorer opens with first."""
    catalogue = drawing.catalogue
    first: tuple[str, str] | None = None
    try:
        choice = ask.choose(catalogue, v=VARIABLE, rel=release.name)
    except UnknownIndicator:
        pass  # there is no such map
    else:
        first = (choice.indicator.id, choice.product)
        yield _layer(drawing, lambda: choice, DEEPEST_MADE)
    for offer in catalogue.available(release):
        if (offer.indicator, offer.product) != first:
            other = partial(
                ask.choose, catalogue, v=offer.indicator, src=offer.product, rel=release.name
            )
            yield _layer(drawing, other, OTHERS_MADE)


def _layer(drawing: Drawing, choose: Callable[[], Choice], deepest: int) -> Tiles:
    """Areas and their hatch, then cells; the whole world first."""
    choice = choose()
    (period,) = within(Span(newest=True), choice.found.periods)
    what, tiles = drawn(choice, period), list(_tiles(deepest))
    for tile in tiles:
        yield (
            tile_path("fill", choice, period, LEVEL, tile),
            partial(drawing.fill, what, LEVEL, tile),
        )
        yield (
            tile_path(f"doubt/{STYLE.value}", choice, period, LEVEL, tile),
            partial(drawing.doubt, what, STYLE, LEVEL, tile),
        )
    try:
        drawing.sheet(what)
    except (UnknownProduct, UnknownPeriod):
        return  # told of areas alone: it has no cells
    for tile in tiles:
        yield tile_path("grid", choice, period, "", tile), partial(drawing.grid, what, tile)


def _tiles(deepest: int) -> Iterator[Tile]:
    for z in range(deepest + 1):
        for x in range(1 << z):
            for y in range(1 << z):
                yield z, x, y


def keep_up(store: Store, premade: Premade, stop: threading.Event) -> None:
    """Make them after every release, until told to stop.

    Args:
        store: where the releases are.
        premade: the folder.
        stop: set: it ends after the tile that it is at.
    """
    known, pause = None, 0.0
    while not stop.wait(pause):
        pause = EVERY_S
        try:
            newest = read.find_release(store)
            if newest == known:
                continue
            # What drawing holds in memory goes with it: the next release is days away.
            made = premade.make(open_drawing(open_catalogue(store)), newest, stop)
            known = known if made is None else newest
            log.info("tiles made", extra={"release": newest.name, "tiles": made})
        except NothingPublished:
            pass
        except (SocMonitorError, OSError) as error:
            log.warning("tiles not made", extra={"reason": str(error)})
            pause = PAUSE_S
        except Exception:
            # Nobody starts this thread again: what nobody thought of costs one look, not all.
            log.exception("tiles not made")
            pause = PAUSE_S
