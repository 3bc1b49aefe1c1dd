"""Gates that the areas must pass, and how far they are from each."""

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import outlines
import shapely
import tables
from ellipsoid import area_km2

COUNTRY_LIMIT = 1e-3
EXPLAIN_ABOVE_PCT = 0.5


def overlaps(areas: outlines.Geometries) -> int:
    """Number of areas whose border is not exactly that of their neighbours."""
    return int(np.sum(~shapely.is_empty(shapely.coverage_invalid_edges(areas))))


def by_country(countries: Sequence[str], values: Iterable[float]) -> dict[str, float]:
    """Sums by country, in order of code."""
    sums: dict[str, float] = dict.fromkeys(sorted(countries), 0.0)
    for country, value in zip(countries, values, strict=True):
        sums[country] += value
    return sums


def report(
    countries: Sequence[str],
    areas: outlines.Geometries,
    source_km2: Iterable[float],
    overlapping: int,
    reference: str | None,
) -> None:
    """Write areas_gates.csv, print the gates, stop if one fails."""
    found = by_country(countries, [area_km2(geometry) for geometry in areas])
    wanted = by_country(countries, source_km2)
    count = by_country(countries, [1.0] * len(countries))
    width = dict.fromkeys(found, 0.0)
    for country, geometry in zip(countries, areas, strict=True):
        width[country] = max(width[country], outlines.widest_part(geometry))
    rows = [
        (
            c,
            int(count[c]),
            f"{wanted[c]:.6g}" if wanted[c] < 1 else f"{wanted[c]:.3f}",
            f"{found[c]:.6g}" if found[c] < 1 else f"{found[c]:.3f}",
            f"{100 * (found[c] / wanted[c] - 1):.4f}",
            f"{width[c]:.5f}",
        )
        for c in found
    ]
    header = ("country", "areas", "source_km2", "km2", "difference_pct", "widest_polygon_deg")
    tables.write_csv(tables.STARTER / "areas_gates.csv", header, rows)
    worst = max(found, key=lambda c: abs(found[c] / wanted[c] - 1))
    tables.say(f"country area: worst {worst} {100 * (found[worst] / wanted[worst] - 1):.4f} %")
    tables.say(f"widest polygon: {max(width.values()):.3f} degree; bad borders: {overlapping}")
    tables.say(f"invalid outlines: {int(np.sum(~shapely.is_valid(areas)))}")
    assert abs(found[worst] / wanted[worst] - 1) < COUNTRY_LIMIT
    assert max(width.values()) < 180
    assert overlapping == 0
    assert shapely.is_valid(areas).all()
    if reference:
        compare(found, Path(reference))


def compare(found: dict[str, float], reference: Path) -> None:
    """Print countries whose area differs from a table with columns iso_n3, geodesic_area_km2."""
    rows = tables.read_csv(tables.STARTER / "countries.csv")
    code = {int(row["m49"]): row["code"] for row in rows if row["m49"]}
    with reference.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            country = code.get(int(row["iso_n3"]), row["iso_n3"])
            if country not in found:
                tables.say(f"not among the areas: {row['name']} {row['iso_n3']}")
                continue
            difference = 100 * (found[country] / float(row["geodesic_area_km2"]) - 1)
            if abs(difference) > EXPLAIN_ABOVE_PCT:
                tables.say(f"{country},{difference:.2f},{row['name']},{row['geodesic_area_km2']}")
