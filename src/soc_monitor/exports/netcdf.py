"""NetCDF: series of areas as CF time series, with what a catalogue needs to find them.

Source:
    CF Conventions 1.11, sections 3.5, 7.3, 9.3 and H.2; Attribute Convention for Data Discovery
    1.3. Written by h5netcdf, which puts no clock into a file.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import h5netcdf
import h5py
import numpy as np

from soc_monitor.errors import TooLarge
from soc_monitor.exports.columns import Column
from soc_monitor.exports.table import About, Report, Row, Table, silent

MOST_CELLS = 1_000_000
"""Areas times periods of one file: it is put together in memory, about 150 bytes each."""
_DAY_0 = date(1850, 1, 1)
_TIME_UNIT = "days since 1850-01-01"
_NUMBERS = ("lower_95", "upper_95", "lower_50", "upper_50", "std_error")
_PARTS = ("mapped_fraction", "mapped_area_ha", "observation_weight", "prob_gt_0", "prob_ge_4")
_PART_UNITS = {"mapped_area_ha": "ha"}
_FLAGS = ("data_class", "status", "state")
STANDARD = {"soc_stock": "soil_mass_content_of_carbon"}
"""CF standard names of variables, where there is one."""
WORLD_BOX = (-180.0, -90.0, 180.0, 90.0)
_TEXT = h5py.string_dtype()
_LAYER = re.compile(r"_(\d+)_(\d+)cm$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where an area is; its bounding box, west > east across the antimeridian."""

    code: str
    name: str
    box: tuple[float, float, float, float]

    @property
    def middle(self) -> tuple[float, float]:
        """Longitude and latitude of the middle of the box [degrees].

        Example:
            >>> Place(code="FJI", name="Fiji", box=(177.0, -19.0, -179.0, -15.0)).middle
            (179.0, -17.0)
        """
        west, south, east, north = self.box
        lon = (west + (east - west) % 360.0 / 2.0) if east < west else (west + east) / 2.0
        return (lon + 180.0) % 360.0 - 180.0, (south + north) / 2.0


def cf_unit(unit: str) -> str:
    """A unit of the tables as UDUNITS reads it.

    Example:
        >>> cf_unit("t C ha-1"), cf_unit("permille yr-1"), cf_unit("percent")
        ('t ha-1', '1e-3 yr-1', 'percent')
    """
    parts = ["1e-3" if part == "permille" else part for part in unit.split() if part != "C"]
    return " ".join(parts)


def long_name(title: str, unit: str) -> str:
    """A title that says what is weighed: UDUNITS knows tonnes, but not of what.

    Example:
        >>> long_name("Change", "t C ha-1 yr-1"), long_name("Rate", "permille yr-1")
        ('Change [t C ha-1 yr-1]', 'Rate')
    """
    return f"{title} [{unit}]" if "C" in unit.split() else title


def days(instant: date) -> int:
    """Days since the first day of the axis."""
    return (instant - _DAY_0).days


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """One variable of a file."""

    variable: str
    title: str
    prefix: str
    """Of the names of what stands beside it, where there are several variables."""
    unit: str
    layer: tuple[int, int] | None
    """Top and bottom [cm]; None: it is of no layer."""
    statistic: str
    rows: list[Row]
    """None, where no area has a number: the variable is there, and empty."""
    spots: tuple[np.ndarray[Any, Any], ...]
    """Area and time of each row."""


def write_netcdf(table: Table, path: Path, places: list[Place], report: Report = silent) -> None:
    """The table as areas by time; of several variables each with what stands beside it.

    Raises:
        TooLarge: it has more cells than are put together at a time.
    """
    if table.total > MOST_CELLS:
        raise TooLarge(
            f"{table.total:,} rows, NetCDF holds {MOST_CELLS:,}", hint="Ask for CSV or Parquet."
        )
    rows = list(table.rows(report))
    spans = sorted({(row["period_start"], row["period_end"]) for row in rows}, key=_middle)
    parts = list(_parts(table.about, rows, places, spans))
    layers = list(dict.fromkeys(part.layer for part in parts if part.layer is not None))
    with h5netcdf.File(path, "w") as file:
        file.dimensions = {"area": len(places), "time": len(spans), "bnds": 2}
        _add_axes(file, places, [tuple(map(date.fromisoformat, span)) for span in spans])
        depths = {layer: "depth" if len(layers) == 1 else _depth_name(*layer) for layer in layers}
        for layer, name in depths.items():
            _add_depth(file, name, *layer)
        for part in parts:
            depth = "" if part.layer is None else depths[part.layer]
            places_of = f"lon lat area_id area_name {depth}".strip()
            _add_numbers(file, table, part, places_of)
            _add_flags(file, table, part, places_of)
        file.attrs.update(_about(table.about, places, spans))


def _parts(
    about: About, rows: list[Row], places: list[Place], spans: list[tuple[str, str]]
) -> Iterator[_Part]:
    column = {span: number for number, span in enumerate(spans)}
    line = {place.code: number for number, place in enumerate(places)}
    names = about.variable.split("~")
    for name, title, unit in zip(names, about.titles, about.units, strict=True):
        own = [row for row in rows if row["variable"] == name]
        layer = _LAYER.search(name)
        yield _Part(
            variable=name,
            title=title,
            prefix=f"{name}_" if len(names) > 1 else "",
            unit=unit,
            layer=None if layer is None else (int(layer[1]), int(layer[2])),
            statistic=own[0]["statistic"] if own else "mean",
            rows=own,
            spots=(
                np.array([line[row["area_id"]] for row in own], np.intp),
                np.array([column[row["period_start"], row["period_end"]] for row in own], np.intp),
            ),
        )


def _middle(span: tuple[str, str]) -> tuple[int, int]:
    """Spans in the order of their middles, which is the axis; of equal ones the shorter first."""
    first, last = (days(date.fromisoformat(end)) for end in span)
    return first + last, last - first


def _add_axes(file: Any, places: list[Place], spans: list[tuple[date, ...]]) -> None:
    edges = [(days(first), days(last) + 1) for first, last in spans]
    bounds = np.array(edges, "f8").reshape(-1, 2)
    time = file.create_variable("time", ("time",), "f8")
    time[...] = bounds.mean(axis=1)
    time.attrs.update(
        standard_name="time",
        long_name="middle of the period",
        units=_TIME_UNIT,
        calendar="standard",
        units_metadata="leap_seconds: none",
        axis="T",
        bounds="time_bnds",
    )
    file.create_variable("time_bnds", ("time", "bnds"), "f8")[...] = bounds
    ids = file.create_variable("area_id", ("area",), _TEXT)
    ids[...] = np.array([place.code for place in places], object)
    ids.attrs.update(cf_role="timeseries_id", long_name="id of the area")
    names = file.create_variable("area_name", ("area",), _TEXT)
    names[...] = np.array([place.name for place in places], object)
    names.attrs.update(long_name="name of the area")
    for name, axis, at in (("lon", "east", 0), ("lat", "north", 1)):
        found = file.create_variable(name, ("area",), "f8")
        found[...] = np.array([place.middle[at] for place in places])
        long = "longitude" if at == 0 else "latitude"
        found.attrs.update(
            standard_name=long,
            long_name=f"{long} of the middle of the area's box: a label, not a site",
            units=f"degrees_{axis}",
        )


def _depth_name(top: int, bottom: int) -> str:
    return f"depth_{top}_{bottom}cm"


def _add_depth(file: Any, name: str, top: int, bottom: int) -> None:
    depth = file.create_variable(name, (), "f8")
    depth[...] = (top + bottom) / 200.0
    depth.attrs.update(
        standard_name="depth", long_name="middle of the layer", units="m", positive="down",
        axis="Z", bounds=f"{name}_bnds",
    )  # fmt: skip
    file.create_variable(f"{name}_bnds", ("bnds",), "f8")[...] = np.array([top, bottom]) / 100.0


def _add_numbers(file: Any, table: Table, part: _Part, places_of: str) -> None:
    titles = {column.name: column for column in table.columns}
    variable = part.variable
    base = variable.rsplit("_", 2)[0] if "cm" in variable else variable
    own = {"units": cf_unit(part.unit), "long_name": long_name(part.title, part.unit)}
    own["coverage_content_type"] = "modelResult"
    own["coordinates"] = places_of
    if base in STANDARD and part.statistic == "mean":
        own["standard_name"] = STANDARD[base]
        own["cell_methods"] = "area: mean where land time: mean"
    others = [f"{variable}_{name}" for name in _NUMBERS]
    beside = [f"{part.prefix}{name}" for name in (*_PARTS, *_FLAGS)]
    own["ancillary_variables"] = " ".join([*others, *beside])
    _number(file, variable, "value", part).attrs.update(own)
    for name, long in zip(_NUMBERS, others, strict=True):
        told = {key: own[key] for key in ("units", "coordinates")}
        told["coverage_content_type"] = "qualityInformation"
        if name == "std_error" and "standard_name" in own:
            told["standard_name"] = f"{own['standard_name']} standard_error"
        told["long_name"] = f"{titles[name].title('en')}: {own['long_name']}"
        _number(file, long, name, part).attrs.update(told)
    for name in _PARTS:
        told = {"units": _PART_UNITS.get(name, "1"), "long_name": titles[name].title("en")}
        told |= {"coordinates": places_of, "comment": titles[name].about}
        told["coverage_content_type"] = "auxiliaryInformation"
        _number(file, f"{part.prefix}{name}", name, part).attrs.update(told)


def _number(file: Any, name: str, column: str, part: _Part) -> Any:
    shape = (file.dimensions["area"].size, file.dimensions["time"].size)
    values = np.full(shape, np.nan)
    values[part.spots] = [np.nan if row[column] is None else row[column] for row in part.rows]
    made = file.create_variable(
        name, ("area", "time"), "f8", fillvalue=np.nan, compression="gzip", shuffle=True
    )
    made[...] = values
    return made


def _add_flags(file: Any, table: Table, part: _Part, places_of: str) -> None:
    columns: dict[str, Column] = {column.name: column for column in table.columns}
    shape = (file.dimensions["area"].size, file.dimensions["time"].size)
    for name in _FLAGS:
        words = columns[name].allowed
        codes = np.zeros(shape, "i1")
        known = {word: number for number, word in enumerate(words, 1)}
        codes[part.spots] = [known.get(row[name] or "", 0) for row in part.rows]
        made = file.create_variable(
            f"{part.prefix}{name}", ("area", "time"), "i1", compression="gzip"
        )
        made[...] = codes
        made.attrs.update(
            long_name=columns[name].title("en"),
            flag_values=np.arange(len(words) + 1, dtype="i1"),
            # A meaning is one word of letters, digits and a few marks.
            flag_meanings=" ".join(["none", *(word.replace("+", "_and_") for word in words)]),
            coordinates=places_of,
        )


def discovery(about: About, box: tuple[float, float, float, float]) -> dict[str, Any]:
    """What a catalogue needs, whatever the file holds.

    Args:
        about: what is told of the file.
        box: west, south, east, north [degrees].
    """
    west, south, east, north = box
    made = about.published_at.isoformat()
    return {
        "Conventions": "CF-1.11, ACDD-1.3",
        "title": about.title,
        "summary": about.summary,
        "keywords": "soil organic carbon, soil carbon stock, soil health, 4 per 1000",
        "source": about.product,
        "institution": "soc-monitor",
        "history": f"{made} published by soc-monitor {about.software} as release {about.release}",
        "references": about.link or about.citation or "soc-monitor",
        "comment": about.notes or about.interval_note,
        "license": about.licence or "not stated by the source",
        "acknowledgement": about.citation or about.product,
        "id": about.address,
        "naming_authority": "soc-monitor",
        "product_version": about.release,
        "date_created": made,
        "date_modified": made,
        "date_issued": made,
        "creator_name": about.product,
        "creator_type": "group",
        **_links(about),
        "publisher_name": "soc-monitor",
        "publisher_type": "group",
        "project": "soc-monitor",
        "processing_level": "areal estimate",
        "standard_name_vocabulary": "CF Standard Name Table v89",
        "geospatial_lon_min": west,
        "geospatial_lon_max": east,
        "geospatial_lat_min": south,
        "geospatial_lat_max": north,
        "geospatial_lon_units": "degrees_east",
        "geospatial_lat_units": "degrees_north",
        "geospatial_bounds_crs": "EPSG:4326",
        "manifest": json.dumps(about.manifest, ensure_ascii=False),
        "bibliographic_citation": about.quote,
    }


def _links(about: About) -> dict[str, str]:
    """Addresses of who made the numbers and who passes them on, where they have one."""
    found = {"creator_url": about.link or about.origin, "publisher_url": about.origin}
    return {name: address for name, address in found.items() if address}


def _about(about: About, places: list[Place], spans: list[tuple[str, str]]) -> dict[str, Any]:
    boxes = np.array([place.box for place in places])
    # One box across the antimeridian: all longitudes are inside of the box of all.
    wraps = bool((boxes[:, 0] > boxes[:, 2]).any())
    west, east = (-180.0, 180.0) if wraps else (boxes[:, 0].min(), boxes[:, 2].max())
    box = (float(west), float(boxes[:, 1].min()), float(east), float(boxes[:, 3].max()))
    return (
        discovery(about, box)
        | {
            "featureType": "timeSeries",
            "cdm_data_type": "Station",
        }
        | (
            {
                "time_coverage_start": min(first for first, _ in spans),
                "time_coverage_end": max(last for _, last in spans),
            }
            if spans
            else {}
        )
    )
