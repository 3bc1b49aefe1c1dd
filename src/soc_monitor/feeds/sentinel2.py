"""Sentinel-2: what a reflectance is, given what a catalogue says of a scene.

From processing baseline 04.00 on (25 January 2022) stored numbers are larger by 1000. Some
providers take that off again and say so, some of those still advertise the offset: the order of
the decisions matters.

Source:
    Copernicus Sentinel-2 processing baseline 04.00 (BOA_ADD_OFFSET); the item properties of Earth
    Search v1 and of the Planetary Computer.
"""

from collections.abc import Mapping
from typing import Any

QUANTUM, SHIFT = 1e-4, -0.1


def reflectance(about: Mapping[str, Any], *, advertised: bool = True) -> tuple[float, float]:
    """(scale, offset) with reflectance = stored * scale + offset.

    Args:
        about: properties of the item and of the asset.
        advertised: the provider's ``raster:bands`` may be believed when nothing else is said.

    Example:
        >>> reflectance(
        ...     {
        ...         "earthsearch:boa_offset_applied": True,
        ...         "raster:bands": [{"scale": 0.0001, "offset": -0.1}],
        ...     }
        ... )
        (0.0001, 0.0)
        >>> reflectance({"s2:processing_baseline": "04.00"})
        (0.0001, -0.1)
        >>> reflectance({"s2:processing_baseline": "03.01"})
        (0.0001, 0.0)
    """
    applied = about.get("earthsearch:boa_offset_applied")
    if applied is True:
        return QUANTUM, 0.0
    bands = about.get("raster:bands")
    if applied is None and advertised and isinstance(bands, list) and bands:
        return float(bands[0].get("scale", QUANTUM)), float(bands[0].get("offset", 0.0))
    told = str(about.get("s2:processing_baseline") or about.get("processing:version") or "0")
    newer = float(told) >= 4.0
    return QUANTUM, SHIFT if newer else 0.0
