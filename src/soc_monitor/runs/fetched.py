"""Fetched: an item as a file, with the checksum of its bytes."""

import hashlib
import shutil
import uuid
from dataclasses import dataclass
from pathlib import Path

from soc_monitor.errors import ItemRejected, NotThereYet
from soc_monitor.feeds import ShelfFeed
from soc_monitor.model import Access, IngestJob, Item
from soc_monitor.store.files import Kept
from soc_monitor.store.intake import NewItem
from soc_monitor.store.plain import unwritable


@dataclass(frozen=True, slots=True)
class Fetched:
    """An item as a file, with the checksum of its bytes."""

    new: NewItem
    file: Path
    decode_s: float
    """Longest that it may take to be decoded, as its job says [s]."""


def fetch(
    job: IngestJob, access: Access, item: Item, folder: Path, kept: Kept | None = None
) -> Fetched:
    """Fetch an item into a folder of its own, and keep a copy for a while where one is wanted.

    Raises:
        FeedUnreachable: it could not be had.
        NotThereYet: it is not there, empty, or of another length than its catalogue says.
        ItemRejected: it is not what its catalogue says.
    """
    if item.refused:
        raise ItemRejected("catalogue", item.refused)
    if told := unwritable(item.key, item.address, item.version):
        raise ItemRejected("name", told)
    place = folder / uuid.uuid4().hex
    place.mkdir()
    file = job.feed.fetch(access, item, place)
    size = file.stat().st_size
    # A catalogue often tells of a file before it is whole: it is asked for again.
    if size == 0 or item.size not in {None, size}:
        told = f"{size} bytes" + ("" if item.size is None else f", {item.size} are declared")
        shutil.rmtree(place)
        if item.period is None:
            raise ItemRejected("size", told)
        raise NotThereYet(f"{item.key}: {told}")
    digest = hashlib.sha256()
    with file.open("rb") as content:
        while chunk := content.read(1 << 20):
            digest.update(chunk)
    sha256 = digest.hexdigest()
    if item.sha256 and item.sha256 != sha256:
        raise ItemRejected("checksum", f"{sha256}, {item.sha256} is declared")
    if kept is not None and not isinstance(job.feed, ShelfFeed):
        kept.keep(file, sha256)  # What came with the product is there anyway.
    return Fetched(NewItem(item=item, sha256=sha256, size=size), file, job.decode_s)
