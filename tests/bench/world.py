"""The work that contenders share: the areas that ship with the product, and made-up rasters."""

import gzip
import json
from functools import lru_cache
from pathlib import Path

import shapely
from shapely.geometry.base import BaseGeometry

ROOT = Path(__file__).parents[2]


@lru_cache
def areas() -> tuple[BaseGeometry, ...]:
    """The finest areas that ship with the product, in the order of their file."""
    with gzip.open(ROOT / "ingest_jobs/starter/areas.geojson.gz") as file:
        features = json.load(file)["features"]
    return tuple(shapely.geometry.shape(feature["geometry"]) for feature in features)
