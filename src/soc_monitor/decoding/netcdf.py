"""NetCDF and HDF5: one slab of a variable on a regular longitude-latitude grid.

The classic format is read by ``classic``; the newer one is HDF5. What refers to other files is
refused before anything of it is read.

Source:
    CF Metadata Conventions 1.11, sections 4 (coordinates), 2.5.1 (missing data), 8.1 (packed data).
"""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from soc_monitor.decoding import bands, classic, hdf5, nested
from soc_monitor.decoding.bounds import PIXELS, Refused
from soc_monitor.decoding.slabs import Dimension, Variable

_NORTH = {"degrees_north", "degree_north", "degrees_n", "degree_n"}
_EAST = {"degrees_east", "degree_east", "degrees_e", "degree_e"}
_SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}


def netcdf(source: Path, folder: Path, options: dict[str, Any]) -> dict[str, Any]:
    """Slabs as ``0.npy``, …; returns what the file says of itself, in the words of a raster."""
    with source.open("rb") as file:
        magic = file.read(8)
    if magic[:3] == b"CDF" and magic[3:4] in (b"\1", b"\2", b"\5"):
        opened: Any = classic.open_file(source)
    elif magic == b"\x89HDF\r\n\x1a\n":
        opened = hdf5.open_file(source)
    else:
        raise Refused("format", f"not NetCDF: begins with {magic[:4]!r}")
    told: dict[str, Any] = {}
    onto = options.get("onto") or {}
    with opened as variables:
        for number, (name, band) in enumerate(options["picks"]):
            variable = variables.find(name, onto.get("most_cells") or PIXELS)
            found, one = _slab(variable, name, band, folder / f"{number}.npy", onto)
            if told and any(told[key] != found[key] for key in found):
                raise Refused("grid", "two variables lie on different grids")
            told = {**told, **found, "bands": [*told.get("bands", []), one]}
    return told


def _slab(
    variable: Variable, name: str, band: int, target: Path, onto: dict[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    axes, transform = _lay_out(variable.dimensions, name)
    leading = variable.dimensions[:-2]
    sizes = tuple(one.size for one in leading)
    if band > int(np.prod(sizes)):
        raise Refused("bands", f"{name} has {int(np.prod(sizes))} slabs, {band} is needed")
    index = tuple(int(k) for k in np.unravel_index(band - 1, sizes)) if sizes else ()
    height, width = (one.size for one in variable.dimensions[-2:])
    step = bands.rows_at_once(width, variable.dtype.itemsize, variable.block_rows)
    attributes = variable.attributes
    fill = attributes.get("_FillValue", attributes.get("missing_value"))
    grid: dict[str, Any] = {"crs": "EPSG:4326", "transform": transform, "axes": axes}
    grid |= {"width": width if axes == "yx" else height}
    grid |= {"height": height if axes == "yx" else width}

    def read(first: int, end: int) -> Any:
        return variable.read(index, first, end)

    if onto.get("way") == "nested":
        if axes != "yx" or not transform:
            raise Refused("grid", "its rows are not latitudes")
        grid |= nested.write(read, (height, width), transform, step, fill, target, onto)
    else:
        pieces = (read(row, min(row + step, height)) for row in range(0, height, step))
        bands.write(target, (height, width), variable.dtype, pieces)
    return grid, {
        "nodata": bands.number(fill),
        "scale": float(attributes.get("scale_factor", 1.0)),
        "offset": float(attributes.get("add_offset", 0.0)),
        "unit": str(attributes.get("units", "")),
        "time": _time(leading, index),
    }


def _lay_out(dimensions: tuple[Dimension, ...], name: str) -> tuple[str, list[float]]:
    """Which of the last two dimensions is which, and the affine transform of the cells if told."""
    if len(dimensions) < 2:
        raise Refused("grid", f"{name} has {len(dimensions)} dimensions")
    if all(one.values is None for one in dimensions[-2:]):
        return "yx", []  # It does not say: what is declared must.
    kinds = [_kind(one) for one in dimensions[-2:]]
    if sorted(kinds) != ["x", "y"]:
        raise Refused("grid", f"{name} has no latitude and longitude as its last two dimensions")
    by_kind = dict(zip(kinds, dimensions[-2:], strict=True))
    west, dx = _edge(by_kind["x"], "longitudes")
    north, dy = _edge(by_kind["y"], "latitudes")
    return "".join(kinds), [dx, 0.0, west, 0.0, dy, north]


def _kind(dimension: Dimension) -> str:
    unit = str(dimension.attributes.get("units", "")).lower()
    standard = str(dimension.attributes.get("standard_name", ""))
    if unit in _NORTH or standard == "latitude":
        return "y"
    return "x" if unit in _EAST or standard == "longitude" else "?"


def _edge(dimension: Dimension, what: str) -> tuple[float, float]:
    """Outer edge of the first cell, and the step to the next."""
    if dimension.size < 2:
        raise Refused("grid", f"fewer than two {what}")
    values = np.asarray(dimension.values, np.float64)
    step = (values[-1] - values[0]) / (dimension.size - 1)
    off = np.abs(values - (values[0] + step * np.arange(dimension.size)))
    # Stored with seven digits at most: they are rounded, not irregular.
    if not np.isfinite(step) or step == 0 or not (off <= abs(step) / 100 + 1e-5).all():
        raise Refused("grid", f"{what} are not evenly spaced")
    return float(values[0] - step / 2), float(step)


def _time(leading: tuple[Dimension, ...], index: tuple[int, ...]) -> str:
    """The instant that a slab is for, as ISO 8601 in UTC; empty: it does not say."""
    for dimension, k in zip(leading, index, strict=True):
        unit = str(dimension.attributes.get("units", ""))
        word, _, since = unit.partition(" since ")
        calendar = str(dimension.attributes.get("calendar", "standard"))
        seconds = _SECONDS.get(word.strip().lower().rstrip("s"))
        if seconds is None or not since or dimension.values is None:
            continue
        if calendar not in {"standard", "gregorian", "proleptic_gregorian"}:
            raise Refused("time", f"the calendar {calendar!r} is not ours")
        try:
            start = datetime.fromisoformat(_iso(since))
            step = timedelta(seconds=float(dimension.values[k]) * seconds)
            return (start.replace(tzinfo=None) + step).isoformat()
        except (ValueError, OverflowError) as error:
            raise Refused("time", f"{unit!r}: {error}") from error
    return ""


def _iso(since: str) -> str:
    """A start as CF writes it, with the digits that ISO 8601 wants.

    Example:
        >>> _iso("1900-1-1 0:0:0"), _iso("1970-01-01 00:00:00 UTC")
        ('1900-01-01T00:00:00', '1970-01-01T00:00:00')
    """
    # The zone goes first: its name has a T too.
    told = since.strip().removesuffix("UTC").rstrip()
    day, _, clock = told.replace("T", " ").rstrip("Z").partition(" ")
    year, month, number = day.split("-")
    hour, minute, second = (*clock.split(":"), "0", "0")[:3] if clock else ("0", "0", "0")
    whole = int(float(second))
    return (
        f"{int(year):04d}-{int(month):02d}-{int(number):02d}"
        f"T{int(hour):02d}:{int(minute):02d}:{whole:02d}"
    )
