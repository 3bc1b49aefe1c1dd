"""Tiles: the files of one period put together into one slice, once none of them is missing."""

import hashlib
import logging
import shutil
import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from soc_monitor.errors import FeedUnreachable, ItemRejected, LeaseLost, NotThereYet
from soc_monitor.feeds.decode import decode_raster
from soc_monitor.model import Access, IngestJob, Item, Layer, TileSet
from soc_monitor.model.item_versions import version_order
from soc_monitor.runs.check import check_header, check_whole
from soc_monitor.runs.fetched import Fetched, fetch
from soc_monitor.runs.gone import gone_from
from soc_monitor.runs.holding import check_shift, check_tiles, held, told_missing
from soc_monitor.runs.known import tell_apart
from soc_monitor.runs.levels import finish
from soc_monitor.runs.lost import Lost
from soc_monitor.runs.mosaic import Growing, Means, Mosaic
from soc_monitor.runs.progress import Progress
from soc_monitor.runs.rasters import onto
from soc_monitor.runs.refuse import refuse, refused_before
from soc_monitor.runs.turns import TURN
from soc_monitor.store import arrays, holds, intake
from soc_monitor.store.files import Kept
from soc_monitor.store.intake import NewItem, NewSlice
from soc_monitor.store.runs import OpenRun
from soc_monitor.store.store import Store

log = logging.getLogger(__name__)


@dataclass
class Gathering:
    """The tiles that a source offers, period by period."""

    job: IngestJob
    tiles: TileSet
    store: Store
    run: OpenRun
    access: Access
    folder: Path
    kept: Kept | None
    today: date
    gone: str = ""
    """What is offered no longer, in words."""
    lost: Lost = field(init=False)
    refused: Mapping[tuple[str, str], tuple[str, str]] = field(init=False)

    def __post_init__(self) -> None:
        """What earlier runs found."""
        self.lost = Lost(self.store, self.run)
        self.refused = refused_before(self.store, self.run)

    def take(self, report: Progress) -> None:
        """Take every period that is whole and new; hold those that stay incomplete too long.

        Raises:
            FeedUnreachable: the source could not be reached; what was taken before stays.
            LeaseLost: the run was stopped.
        """
        items = self.lost.order(self.job.feed.find(self.access))
        known = intake.taken_versions(self.store, self.job.id)
        log.info("items found", extra={"offered": len(items)})
        self.gone = gone_from(self.job, self.store, self.run, items, self.access.window)
        waiting, whole = 0, set()
        periods = self._by_period(items)
        for number, (period, offered) in enumerate(sorted(periods.items())):
            report(period.isoformat(), number, len(periods))
            if self.run.lost.is_set():
                raise LeaseLost("stopped, or taken over by another run")
            if self.lost.away:
                break
            there = all(intake.is_taken(item, known) for item in offered.values())
            if there and not self.run.force:
                if not self.tiles.missing(offered, period):
                    whole.add(period)
                continue
            try:
                waiting += not self._period(period, offered)
            except ItemRejected as error:
                refuse(self.store, self.run, _whole(period, offered),
                       identity(offered), error)  # fmt: skip
        if self.lost.away or waiting:
            self.run.asked = None
        self.lost.end()
        # Asked of what is there, not of this run: one that was killed has perhaps not come so far.
        settled = [(cube.id, period) for cube in self.job.cubes for period in whole]
        holds.overtake(self.store, self.job.id, settled)
        if waiting and not self.run.detail:
            self.run.detail = (
                f"{self.run.taken} taken, {self.run.rejected} rejected, {waiting} not whole yet"
            )
        report(self.job.id, len(periods), len(periods))

    def _by_period(self, items: Sequence[Item]) -> dict[date, dict[str, Item]]:
        """Period -> tile -> what is offered of it, in its newest version."""
        found: dict[date, dict[str, Item]] = defaultdict(dict)
        for item in items:
            try:
                name = self._name(item)
            except ItemRejected as error:
                refuse(self.store, self.run, item, "", error)
                continue
            assert item.period is not None
            here = found[item.period]
            other = here.get(name)
            if other is None or _later(item, other):
                here[name] = item
        return found

    def _name(self, item: Item) -> str:
        if item.refused:
            raise ItemRejected("catalogue", item.refused)
        if item.period is None or item.period_end is None:
            raise ItemRejected("catalogue", "a tile without its period")
        try:
            name = self.tiles.tile_of(item)
        except Exception as error:
            # Code of a job file, over what a source has sent.
            raise ItemRejected("tiles", f"{type(error).__name__}: {error}") from error
        if not self.tiles.known(name, item.period):
            count = len(self.tiles.expected(item.period))
            raise ItemRejected("tiles", f"{name!r} is none of the {count} tiles")
        return name

    def _period(self, period: date, offered: Mapping[str, Item]) -> bool:
        """Take one period; False: it is waited for without a word."""
        missing = self.tiles.missing(offered, period)
        count = len(self.tiles.expected(period))
        end = next(iter(offered.values())).period_end or period
        if missing and not self.run.force:
            if (self.today - end).days <= self.tiles.wait_days:
                told = told_missing(missing, count)
                log.info("tiles not there yet", extra={"period": str(period), "found": told})
                return False
            # What waits already need not be fetched again to say so.
            word = holds.word_on(self.store, self.job.id, identity(offered))
            if word in {"waiting", "rejected"}:
                raise held(word, "tiles", told_missing(missing, count))
        fetched, later = self._fetch(offered)
        young = (self.today - end).days <= self.tiles.wait_days
        if later and not self.run.force and (self.lost.away or young):
            return False
        if not fetched:
            raise ItemRejected("tiles", told_missing(self.tiles.expected(period), count))
        with TURN:
            self._write(period, fetched)
        return True

    def _fetch(self, offered: Mapping[str, Item]) -> tuple[dict[str, Fetched], bool]:
        """The files that could be had, and whether another may be had later.

        One that is refused is a record and counts as missing.
        """
        found: dict[str, Fetched] = {}
        later = False
        for name, item in offered.items():
            if self.run.lost.is_set():
                raise LeaseLost("stopped, or taken over by another run")
            sha256 = item.sha256
            try:
                self._recall(item, sha256)
                sha256 = ""
                got = fetch(self.job, self.access, item, self.folder, self.kept)
                self.lost.reached()
                sha256 = got.new.sha256
                self._recall(item, sha256)
                found[name] = got
            except NotThereYet as error:
                later = True
                log.info("item not there yet", extra={"item": item.key, "found": str(error)})
            except FeedUnreachable as error:
                later = True
                self.lost.note(item, error)
                if self.lost.away:
                    break
            except ItemRejected as error:
                refuse(self.store, self.run, item, sha256, error)
        return found, later

    def _recall(self, item: Item, sha256: str) -> None:
        if said := self.refused.get((item.key, sha256)):
            raise ItemRejected(*said)

    def _write(self, period: date, fetched: dict[str, Fetched]) -> None:
        first = next(iter(fetched.values())).new.item
        layers = [
            layer
            for layer in self.job.layers_for(first)
            if not self._taken(layer, list(fetched.values()))
        ]
        if not layers:
            return
        made: list[NewSlice] = []
        growing = [self._begin(layer) for layer in layers]
        try:
            for name, got in list(fetched.items()):
                try:
                    self._add(name, got, growing)
                except ItemRejected as error:
                    refuse(self.store, self.run, got.new.item, got.new.sha256, error)
                    del fetched[name]
                finally:
                    shutil.rmtree(got.file.parent, ignore_errors=True)
            items = {name: got.new.item for name, got in fetched.items()}
            size = sum(got.new.size for got in fetched.values())
            new = NewItem(item=_whole(period, items), sha256=identity(items), size=size)
            made += [self._end(one, new, self.tiles.missing(fetched, period)) for one in growing]
            files = [got.new for got in fetched.values()]
            known = tell_apart(self.store, self.run, made)
            intake.add_slices(self.store, self.run, known.new, *files, again=known.again)
        except BaseException:
            for mosaic in growing:
                arrays.discard(self.store, mosaic.path)
            raise
        made = known.new
        for piece in known.old:
            arrays.discard(self.store, piece.path)
        self.run.taken += len(made)
        holds.overtake(self.store, self.job.id, [(piece.cube.id, piece.period) for piece in made])
        for piece in made:
            told = {"cube": piece.cube.id, "period": piece.period.isoformat()}
            log.info("slice written", extra={**told, "tiles": len(fetched)})
        known.tell()

    def _taken(self, layer: Layer, files: Sequence[Fetched]) -> bool:
        """Whether the layer was put together from these very files before."""
        return all(
            (layer.cube.id, layer.period)
            in intake.taken_layers(self.store, self.job.id, got.new.sha256)
            for got in files
        )

    def _begin(self, layer: Layer) -> Growing:
        path, array = arrays.create(self.store, layer.cube, layer.period)
        if layer.resample:
            return Means(layer, path, array, self.folder / uuid.uuid4().hex)
        return Mosaic(layer, path, array)

    def _add(self, name: str, got: Fetched, growing: Sequence[Growing]) -> None:
        """One file into every layer, or into none."""
        declared = {(x.cube.id, x.period): x for x in self.job.layers_for(got.new.item)}
        layers = [declared[mosaic.layer.cube.id, mosaic.layer.period] for mosaic in growing]
        places = [(x.cube.id, x.period) for x in layers]
        if older := intake.newer_version(self.store, got.new.item, places):
            told = f"{got.new.item.version!r}, {older!r} was taken before"
            raise ItemRejected("version", told)
        scratch = self.folder / uuid.uuid4().hex
        picks = sorted({layer.pick for layer in layers})
        kind = "netcdf" if picks[-1][0] else "geotiff"
        try:
            raster = decode_raster(got.file, scratch, picks, kind, onto(layers[0]), got.decode_s)
            checked = [check_header(raster, layer, part=True) for layer in layers]
            for mosaic, (placed, layer) in zip(growing, checked, strict=True):
                mosaic.fits(name, raster, placed, layer)
            for mosaic, (placed, layer) in zip(growing, checked, strict=True):
                mosaic.add(name, raster, placed, layer)
        except ItemRejected:
            for mosaic in growing:
                mosaic.take_out(name)
            raise
        finally:
            shutil.rmtree(scratch, ignore_errors=True)

    def _end(self, mosaic: Growing, new: NewItem, missing: Sequence[str]) -> NewSlice:
        layer, array = mosaic.layer, mosaic.array
        tally = mosaic.end()
        if not self.run.force:
            count = len(self.tiles.expected(layer.period))
            check_tiles(self.store, self.run, new, layer, array, missing, count)
        check_whole(layer, tally)
        if not self.run.force:
            check_shift(self.store, self.run, new, layer, array, tally.median)
        return NewSlice(
            cube=layer.cube,
            period=layer.period,
            period_end=layer.period_end,
            path=mosaic.path,
            checksum=finish(self.store, mosaic.path, layer.cube),
            valid_cells=tally.valid,
            median=tally.median,
            provisional=new.item.preliminary,
        )


def _later(one: Item, other: Item) -> bool:
    return (version_order(one.version), one.key) > (version_order(other.version), other.key)


def _whole(period: date, items: Mapping[str, Item]) -> Item:
    """The tiles of a period as one item, for people."""
    some = next(iter(items.values()), None)
    return Item(
        key=f"tiles of {period.isoformat()}",
        address=some.address if some else "-",
        period=period,
        period_end=some.period_end if some else period,
        preliminary=any(item.preliminary for item in items.values()),
    )


def identity(items: Mapping[str, Item]) -> str:
    """SHA-256 of which tiles there are, in which versions: the same set is asked about once."""
    lines = sorted(f"{name}\0{item.key}\0{item.version}" for name, item in items.items())
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
