"""Decode: hand a fetched file to the decoding process, and open what it wrote, lazily."""

import json
import math
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from soc_monitor.decoding.bounds import CPU_S
from soc_monitor.errors import FULL, ItemRejected, NoSpace

WALL_S = 600.0
"""Longest that a file may take, by the clock, where its job says nothing else [s]."""
Pick = tuple[str, int]
"""A variable (empty in a GeoTIFF) and the number of its band, from 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """What a file says of one of its bands."""

    nodata: float | None
    scale: float
    offset: float
    unit: str
    time: str
    """The instant that it is for, ISO 8601 in UTC; empty: the file does not say."""


@dataclass(frozen=True, slots=True)
class Raster:
    """A decoded raster: what the file says of itself, and its bands on disk."""

    folder: Path
    crs: str
    transform: tuple[float, ...]
    """(dx, skew, west edge, skew, dy, north edge), as rasterio has it."""
    width: int
    height: int
    axes: str
    """``yx``: rows are latitudes; ``xy``: they are longitudes."""
    bands: dict[Pick, Band]
    extent: tuple[float, ...] = ()
    """What it covers in its own projection (west, south, east, north), where it was brought to
    another by the centres of its cells."""

    def values(self, pick: Pick) -> np.ndarray[Any, Any]:
        """The values of a band as stored, mapped from disk: read only where looked at."""
        number = list(self.bands).index(pick)
        values: np.ndarray[Any, Any] = np.load(self.folder / f"{number}.npy", mmap_mode="r")
        return values

    def cells(self, pick: Pick) -> np.ndarray[Any, Any]:
        """How many cells of the file each value is the mean of, where it is one by centres."""
        number = list(self.bands).index(pick)
        counts: np.ndarray[Any, Any] = np.load(self.folder / f"{number}.cells.npy", mmap_mode="r")
        return counts


def decode_raster(
    file: Path,
    scratch: Path,
    picks: Sequence[Pick],
    kind: str = "geotiff",
    onto: dict[str, Any] | None = None,
    longest_s: float = WALL_S,
) -> Raster:
    """Decode bands of a ``geotiff``, or slabs of a ``netcdf``.

    Args:
        file: alone in its folder.
        scratch: an empty folder for the bands.
        picks: which bands.
        kind: ``geotiff`` or ``netcdf``.
        onto: what ``decoding.warp`` brings a GeoTIFF to; None: it stays on its own grid.
        longest_s: after how long it is stopped, by the clock [s].

    Raises:
        ItemRejected: the file is not what it should be, or its decoder died.
    """
    said = _run(kind, file, scratch, {"picks": list(picks), "onto": onto}, longest_s)
    return Raster(
        folder=scratch,
        crs=said["crs"],
        transform=tuple(said["transform"]),
        width=said["width"],
        height=said["height"],
        axes=said["axes"],
        bands={
            pick: Band(**{**band, "nodata": None if (v := band["nodata"]) is None else float(v)})
            for pick, band in zip(picks, said["bands"], strict=True)
        },
        extent=tuple(said.get("extent", ())),
    )


def decode_rows(
    kind: str, file: Path, scratch: Path, longest_s: float = WALL_S, /, **options: str
) -> Iterator[Any]:
    """Decode a ``table``, ``lines``, a ``document`` or ``features``: one value a row.

    Raises:
        ItemRejected: the file is not what it should be, or its decoder died.
    """
    _run(kind, file, scratch, options, longest_s)
    with (scratch / "rows.jsonl").open(encoding="utf-8") as rows:
        for row in rows:
            yield json.loads(row)


@lru_cache(maxsize=1)
def locks() -> dict[str, int]:
    """Which locks the kernel puts on a decoder: ``landlock`` (version), ``seccomp``; 0: none.

    Found out once a process. A decoder that does not start is asked again.

    Raises:
        ItemRejected: its decoder died.
        NoSpace: it has no room to write.
        OSError: there is no folder for it, or no process.
    """
    with tempfile.TemporaryDirectory() as place:
        file = Path(place) / "file"
        file.write_bytes(b"\n")
        said: dict[str, int] = _run("lines", file, Path(place) / "scratch", {})["locks"]
    return said


def lack_of_locks() -> str:
    """What a decoder is not locked in by on this machine, in words; empty: by all there is."""
    try:
        return told_lack(locks())
    except (ItemRejected, NoSpace, OSError) as error:
        return f"the decoder does not start: {error}"


def told_lack(found: Mapping[str, int]) -> str:
    """The same of what ``locks`` has found.

    Example:
        >>> told_lack({"landlock": 0, "seccomp": 1})
        'decoders run without landlock: this kernel has none'
        >>> told_lack({"landlock": 6, "seccomp": 1})
        ''
    """
    missing = [name for name, version in found.items() if not version]
    return f"decoders run without {', '.join(missing)}: this kernel has none" if missing else ""


def _run(
    kind: str, file: Path, scratch: Path, options: dict[str, Any], longest_s: float = WALL_S
) -> dict[str, Any]:
    if file.stat().st_size == 0:
        raise ItemRejected("empty", "the file has no bytes")
    scratch.mkdir(parents=True, exist_ok=True)
    # GDAL reads nothing but the file it is given: no side files, and the driver is fixed.
    environment = {key: value for key, value in os.environ.items() if key in {"PATH", "LANG"}} | {
        "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR",
        "GDAL_PAM_ENABLED": "NO",
        "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": "{none}",
        "HDF5_PLUGIN_PATH": "/nowhere",
        "OPENBLAS_NUM_THREADS": "1",
    }
    command = [sys.executable, "-I", "-W", "ignore", "-m", "soc_monitor.decoding"]
    command += [kind, str(file), str(scratch), str(_cpu_s(longest_s)), json.dumps(options)]
    try:
        child = subprocess.run(
            command,
            env=environment,
            capture_output=True,
            text=True,
            timeout=longest_s,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise ItemRejected("decoder died", f"no end after {longest_s:.0f} s") from error
    if child.returncode != 0:
        if _had_no_room(child.stderr):
            raise NoSpace("the decoder had no room to write")
        raise ItemRejected("decoder died", _why(child))
    said: dict[str, Any] = json.loads(child.stdout.splitlines()[-1])
    if "rule" in said:
        raise ItemRejected(said["rule"], said["found"])
    return said


def _cpu_s(longest_s: float) -> int:
    """Processor time of a file [s]: a job that says it needs more of the clock may use all of it.

    Example:
        >>> _cpu_s(WALL_S), _cpu_s(3600.0)
        (300, 3600)
    """
    return CPU_S if longest_s <= WALL_S else math.ceil(longest_s)


def _had_no_room(told: str) -> bool:
    """Whether a decoder ended because nothing could be written: no fault of its file.

    Example:
        >>> _had_no_room("OSError: [Errno 122] Disk quota exceeded"), _had_no_room("bad block")
        (True, False)
    """
    return any(f"Errno {number}]" in told or os.strerror(number) in told for number in FULL)


def _why(child: subprocess.CompletedProcess[str]) -> str:
    if child.returncode < 0:
        return f"stopped by {signal.Signals(-child.returncode).name}"
    return (child.stderr.strip().splitlines() or [f"exit {child.returncode}"])[-1][:500]
