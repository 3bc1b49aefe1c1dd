"""Area: a place that numbers are reported for."""

from dataclasses import dataclass
from enum import StrEnum

LANGUAGES = ("en", "fr", "es")
"""The three languages, equal in rank; the first is used where none is asked for."""

WORLD = "WLD"
"""The whole grid: every valid cell, whether an area covers it or not."""

UNASSIGNED = "unassigned"
"""What the world has and no country has: coasts, lakes, cells outside every polygon."""


class Level(StrEnum):
    """Levels of areas, from the whole to the parts."""

    WORLD = "world"
    M49 = "m49"
    ADM0 = "adm0"
    ADM1 = "adm1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """A place that numbers are reported for."""

    code: str
    """``WLD``, ``M49-150``, ``FRA``, ``FRA-35``, ``unassigned``."""
    level: Level
    parent: str | None
    """Code of the area that this one is a part of; None for the world."""
    name_en: str
    name_fr: str
    name_es: str
    area_km2: float
    """Of the polygon, on the WGS 84 ellipsoid; 0 for ``unassigned``."""
    bbox: tuple[float, float, float, float] | None
    """West, south, east, north [degrees]; west > east where it crosses the antimeridian."""

    def name(self, language: str) -> str:
        """The name in a language of ``LANGUAGES``."""
        return {"en": self.name_en, "fr": self.name_fr, "es": self.name_es}[language]
