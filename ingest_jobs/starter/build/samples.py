"""limesoda/field_samples.csv.gz: field samples of soil organic carbon with coordinates.

Source: PyPI limesoda 0.1.5 (Schmidinger et al. 2025, arXiv:2502.20139), CC BY-SA 4.0.
"""

import io

import numpy as np
import pyproj
import registry
import tables

SHA256 = "878b2cca9d164e370245e9b5e81afa1935b3fc2fd16a92a63686731a86a95c2a"
LICENCE = "limesoda-0.1.5.dist-info/licenses/LICENSE"
FOLDER = tables.STARTER / "limesoda"
HEADER = (
    "sample_id",
    "dataset",
    "lon",
    "lat",
    "depth_top_cm",
    "depth_bottom_cm",
    "soc_value",
    "soc_unit",
    "som_pct",
    "clay_pct",
    "ph",
    "date",
    "method",
    "note",
)

Row = dict[str, str]


def number(value: float, digits: int) -> str:
    """A number without the noise of its binary form, empty where missing."""
    return "" if np.isnan(value) else f"{value:.{digits}f}".rstrip("0").rstrip(".")


def note_of(row: Row, soc: float) -> str:
    """What to know of a sample, beside the set's own note."""
    zero = "zero in the source: below detection or not measured" if soc == 0 else ""
    return "; ".join(part for part in (row["note"], zero) if part)


def samples(content: bytes, row: Row) -> list[tuple[str, ...]]:
    """The samples of one set, on WGS84, values as the source has them."""
    # The arrays of names are pickled; the wheel's checksum has been compared before.
    file = np.load(io.BytesIO(content), allow_pickle=True)
    column = {str(name): i for i, name in enumerate(file["dataset_columns"])}
    values = file["dataset_data"].astype(float)
    epsg = str(file["coordinates_columns"][0]).rsplit("_", 1)[1]
    to_wgs84 = pyproj.Transformer.from_crs(f"EPSG:{epsg}", "EPSG:4326", always_xy=True)
    lon, lat = to_wgs84.transform(*file["coordinates_data"].T.astype(float))
    target = values[:, column[f"{row['quantity']}_target"]]
    clay, ph = values[:, column["Clay_target"]], values[:, column["pH_target"]]
    organic_matter = row["quantity"] == "SOM"
    lines: list[tuple[str, ...]] = []
    for i in range(len(values)):
        value = number(target[i], 4)
        lines.append(
            (
                f"{row['dataset']}-{i + 1:03d}",
                row["dataset"],
                f"{lon[i]:.6f}",
                f"{lat[i]:.6f}",
                row["depth_top_cm"],
                row["depth_bottom_cm"],
                "" if organic_matter else value,
                "" if organic_matter else row["unit"],
                value if organic_matter else "",
                number(clay[i], 2) if row["clay_unit"] == "%" else "",
                number(ph[i], 2),
                row["date"],
                row["method"],
                note_of(row, target[i]),
            )
        )
    return lines


def main() -> None:
    """Build the samples and take over the licence's text."""
    sets = tables.read_csv(FOLDER / "sets.csv")
    members = {row["dataset"]: f"LimeSoDa/data/{row['dataset']}.npz" for row in sets}
    files = registry.from_pypi("limesoda", "0.1.5", SHA256, [*members.values(), LICENCE])
    lines = [line for row in sets for line in samples(files[members[row["dataset"]]], row)]
    tables.write_csv(FOLDER / "field_samples.csv.gz", HEADER, lines)
    tables.write_bytes(FOLDER / "LICENCE", files[LICENCE])


if __name__ == "__main__":
    main()
