"""Parts: the files of a bundle, taken out of it before any of them is opened."""

import shutil
import zipfile
from pathlib import Path

from soc_monitor.decoding.bounds import Refused

MAGIC = b"PK\3\4"
_MOST = 16


def parts(source: Path, folder: Path) -> dict[str, Path]:
    """Name -> file, in their order; a file that is no bundle is one part without a name.

    Names are never paths: a part is written under its number.
    """
    with source.open("rb") as file:
        if file.read(4) != MAGIC:
            return {"": source}
    found: dict[str, Path] = {}
    try:
        with zipfile.ZipFile(source) as archive:
            entries = archive.infolist()
            if not 0 < len(entries) <= _MOST:
                raise Refused("bundle", f"{len(entries)} parts")
            for number, entry in enumerate(entries):
                # A bundle of ours packs nothing, and so holds no more than it weighs.
                if entry.compress_type != zipfile.ZIP_STORED or entry.flag_bits & 1:
                    raise Refused("bundle", f"{entry.filename[:80]!r} is packed")
                found[entry.filename] = folder / f"part-{number}"
                with archive.open(entry) as part, found[entry.filename].open("wb") as out:
                    shutil.copyfileobj(part, out, 1 << 20)
    except (zipfile.BadZipFile, EOFError, NotImplementedError) as error:
        raise Refused("bundle", str(error)[:200]) from error
    return found
