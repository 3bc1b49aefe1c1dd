"""Decode: hand a fetched file to the decoding process, and open what it wrote, lazily."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from soc_monitor.errors import ItemRejected, NoSpace

WALL_S = 600.0
DECODER = Path(__file__).with_name("decoder.py")


@dataclass(frozen=True, slots=True)
class Raster:
    """A decoded raster: what the file says of itself, and its bands on disk."""

    folder: Path
    crs: str
    transform: tuple[float, ...]
    width: int
    height: int
    nodata: tuple[float | None, ...]
    scales: tuple[float, ...]
    offsets: tuple[float, ...]
    units: tuple[str, ...]

    def band(self, number: int) -> np.ndarray[Any, Any]:
        """The values of a band as stored (y, x), mapped from disk: read only where looked at."""
        values: np.ndarray[Any, Any] = np.load(self.folder / f"band_{number}.npy", mmap_mode="r")
        return values


def decode_raster(file: Path, scratch: Path, bands: tuple[int, ...]) -> Raster:
    """Decode bands of a GeoTIFF.

    Raises:
        ItemRejected: the file is not what it should be, or its decoder died.
    """
    said = _run("geotiff", file, scratch, [str(band) for band in bands])
    return Raster(
        folder=scratch,
        crs=said["crs"],
        transform=tuple(said["transform"]),
        width=said["width"],
        height=said["height"],
        nodata=tuple(None if value is None else float(value) for value in said["nodata"]),
        scales=tuple(said["scales"]),
        offsets=tuple(said["offsets"]),
        units=tuple(said["units"]),
    )


def decode_rows(kind: str, file: Path, scratch: Path) -> Iterator[Any]:
    """Decode a ``table``, a ``document`` or ``features``: one value a row.

    Raises:
        ItemRejected: the file is not what it should be, or its decoder died.
    """
    _run(kind, file, scratch, [])
    with (scratch / "rows.jsonl").open(encoding="utf-8") as rows:
        for row in rows:
            yield json.loads(row)


def _run(kind: str, file: Path, scratch: Path, options: list[str]) -> dict[str, Any]:
    if file.stat().st_size == 0:
        raise ItemRejected("empty", "the file has no bytes")
    scratch.mkdir(parents=True, exist_ok=True)
    # GDAL reads nothing but the file it is given: no side files, no drivers but the named one.
    environment = {key: value for key, value in os.environ.items() if key in {"PATH", "LANG"}} | {
        "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR",
        "GDAL_PAM_ENABLED": "NO",
        "GDAL_SKIP": "VRT",
        "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": "{none}",
        "OPENBLAS_NUM_THREADS": "1",
    }
    # By its path, not by its package's name: the child loads none of ours, and starts at once.
    command = [sys.executable, "-I", "-W", "ignore", DECODER, kind, file, scratch, *options]
    try:
        child = subprocess.run(
            [str(part) for part in command],
            env=environment,
            capture_output=True,
            text=True,
            timeout=WALL_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise ItemRejected("decoder died", f"no end after {WALL_S:.0f} s") from error
    if child.returncode != 0:
        if "No space left" in child.stderr or "Errno 28" in child.stderr:
            raise NoSpace("the decoder had no room to write")
        raise ItemRejected("decoder died", _why(child))
    said: dict[str, Any] = json.loads(child.stdout.splitlines()[-1])
    if "rule" in said:
        raise ItemRejected(said["rule"], said["found"])
    return said


def _why(child: subprocess.CompletedProcess[str]) -> str:
    if child.returncode < 0:
        return f"stopped by {signal.Signals(-child.returncode).name}"
    return (child.stderr.strip().splitlines() or [f"exit {child.returncode}"])[-1][:500]
