"""dutch_profiles.csv.gz: typical profiles of the units of the Dutch soil map.

Source: PyPI dutchsoils 0.3.3 (Dutch Soil Map, BRO-SGM V2025-01; BOFEK2020 for the extent).
"""

import csv
import io

import registry
import tables

SHA256 = "6c9526b7cbd664bed48be8d1e81d76c0ba41bbf4205ad596fed8953a050ba121"
HORIZONS, PROFILES, EXTENTS = (
    f"dutchsoils/data/{name}.csv" for name in ("SoilHorizons", "SoilProfiles", "BofekClusters")
)
# Organic carbon in organic matter, the last resort where carbon was not measured.
CARBON_IN_MATTER = 1 / 1.724
TOPSOIL_CM = 30.0
HEADER = (
    "profile_id",
    "code",
    "name",
    "extent_ha",
    "layer",
    "horizon",
    "top_cm",
    "bottom_cm",
    "organic_matter_pct",
    "organic_matter_p10_pct",
    "organic_matter_p90_pct",
    "clay_pct",
    "bulk_density_g_cm3",
    "ph",
    "soc_stock_t_ha",
    "soc_stock_0_30cm_t_ha",
    "data_class",
)

Row = dict[str, str]


def rows_of(content: bytes) -> list[Row]:
    """The rows of a table behind its commented head."""
    text = content.decode("utf-8-sig")
    return list(csv.DictReader(line for line in io.StringIO(text) if not line.startswith("#")))


def stock_t_ha(row: Row, down_to_cm: float) -> float | None:
    """Organic carbon [t ha-1] of a layer, above a depth; None where a value is missing."""
    if not (row["organicmattercontent"] and row["density"]):
        return None
    top, bottom = 100 * float(row["ztop"]), 100 * float(row["zbottom"])
    thickness = max(0.0, min(bottom, down_to_cm) - top)
    carbon_pct = float(row["organicmattercontent"]) * CARBON_IN_MATTER
    return carbon_pct * float(row["density"]) * thickness


def topsoil(layers: list[Row]) -> str:
    """Stock above 30 cm [t ha-1], empty where the layers do not reach or miss a value."""
    reached = max(100 * float(layer["zbottom"]) for layer in layers)
    stocks = [stock_t_ha(layer, TOPSOIL_CM) for layer in layers]
    if reached < TOPSOIL_CM or None in stocks:
        return ""
    return f"{sum(stock for stock in stocks if stock):.2f}"


def lines_of(profile: Row, layers: list[Row], extent: str) -> list[tuple[str, ...]]:
    """One line a layer, from the top down."""
    total = topsoil(layers)
    lines: list[tuple[str, ...]] = []
    for layer in sorted(layers, key=lambda layer: int(layer["layernumber"])):
        stock = stock_t_ha(layer, 1000)
        lines.append(
            (
                profile["normalsoilprofile_id"],
                profile["soilunit"],
                profile["othersoilname"],
                extent,
                layer["layernumber"],
                layer["faohorizonnotation"],
                f"{100 * float(layer['ztop']):g}",
                f"{100 * float(layer['zbottom']):g}",
                layer["organicmattercontent"],
                layer["organicmattercontent10p"],
                layer["organicmattercontent90p"],
                layer["lutitecontent"],
                layer["density"],
                layer["acidity"],
                "" if stock is None else f"{stock:.2f}",
                total,
                "inferred",
            )
        )
    return lines


def main() -> None:
    """Build the table."""
    files = registry.from_pypi("dutchsoils", "0.3.3", SHA256, [HORIZONS, PROFILES, EXTENTS])
    layers: dict[str, list[Row]] = {}
    for row in rows_of(files[HORIZONS]):
        layers.setdefault(row["normalsoilprofile_id"], []).append(row)
    extents = {row["normalsoilprofile_id"]: row["area"] for row in rows_of(files[EXTENTS])}
    profiles = sorted(rows_of(files[PROFILES]), key=lambda row: int(row["normalsoilprofile_id"]))
    lines = [
        line
        for profile in profiles
        if (identity := profile["normalsoilprofile_id"]) in layers
        for line in lines_of(profile, layers[identity], extents.get(identity, ""))
    ]
    tables.write_csv(tables.STARTER / "dutch_profiles.csv.gz", HEADER, lines)


if __name__ == "__main__":
    main()
