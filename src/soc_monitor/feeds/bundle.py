"""Bundle: files of one item that are read together, as one file with one checksum.

A zip that packs nothing: the same parts give the same bytes, and it holds no more than it weighs.
"""

import zipfile
from collections.abc import Mapping
from pathlib import Path

_EPOCH = (1980, 1, 1, 0, 0, 0)


def bundled(parts: Mapping[str, Path], target: Path) -> Path:
    """One file of several, in their order; they are removed.

    Args:
        parts: name of a part -> its file.
        target: the file to make.
    """
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for name, file in parts.items():
            part = zipfile.ZipInfo(name, _EPOCH)
            with file.open("rb") as source, archive.open(part, "w", force_zip64=True) as out:
                while chunk := source.read(1 << 20):
                    out.write(chunk)
            file.unlink()
    return target
