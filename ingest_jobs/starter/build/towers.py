"""tower_readings.csv.gz and tower_stations.csv: readings at flux towers, 2019 to 2023.

Source: PyPI ECOv002-calval-tables 1.13.0 (Pierrat et al. 2024, doi:10.1029/2024WR039404).
"""

import csv
import io

import registry
import tables

SHA256 = "8d92e101405ae8a78632c49e6fc777d9cc5fcb396b7a363643c9b2e46af2d5cd"
FOLDER = "ECOv002_calval_tables"
READINGS = f"{FOLDER}/combined_eco_flux_EC_filtered.csv"
STATIONS = f"{FOLDER}/metadata_ebc_filt.csv"
SOURCE = "ECOv002-calval-tables 1.13.0"
# Column of the source, variable, unit, and whose reading it is.
VARIABLES = (
    ("SM_surf", "soil_moisture_surface", "m3 m-3", "tower"),
    ("SM_rz", "soil_moisture_root_zone", "m3 m-3", "tower"),
    ("AirTempC", "air_temperature", "degC", "tower"),
    ("NDVI", "ndvi", "1", "satellite"),
    ("LST", "land_surface_temperature", "K", "satellite"),
)

Row = dict[str, str]


def rows_of(content: bytes) -> list[Row]:
    """The rows of a CSV file."""
    return list(csv.DictReader(io.StringIO(content.decode())))


def instant(text: str) -> str:
    """ISO 8601 of a time that the source gives in UTC."""
    return text.replace(" ", "T") + "Z"


def readings(rows: list[Row]) -> list[tuple[str, ...]]:
    """One line a station, instant and variable; what is missing has no line.

    Tower values are those of the half hour, satellite values those of the overpass.
    """
    lines = [
        (
            row["ID"],
            instant(row["time_utc" if by == "tower" else "eco_time_utc"]),
            variable,
            row[column],
            unit,
            by,
        )
        for row in rows
        for column, variable, unit, by in VARIABLES
        if row[column]
    ]
    # Two overpasses within half an hour share the tower's reading.
    return sorted(set(lines))


def stations(rows: list[Row], used: set[str]) -> list[tuple[str, ...]]:
    """Stations that have readings."""
    return sorted(
        (
            row["Site ID"],
            row["Name"],
            row["Long"],
            row["Lat"],
            row["Elev"],
            row["Clim"],
            row["Veg"],
            SOURCE,
        )
        for row in rows
        if row["Site ID"] in used
    )


def main() -> None:
    """Build both tables."""
    name, version = SOURCE.split()
    files = registry.from_pypi(name, version, SHA256, [READINGS, STATIONS])
    lines = readings(rows_of(files[READINGS]))
    header = ("station_id", "time", "variable", "value", "unit", "observed_by")
    tables.write_csv(tables.STARTER / "tower_readings.csv.gz", header, lines)
    columns = ("station_id", "name", "lon", "lat", "elevation_m", "koppen", "vegetation", "source")
    found = stations(rows_of(files[STATIONS]), {line[0] for line in lines})
    tables.write_csv(tables.STARTER / "tower_stations.csv", columns, found)


if __name__ == "__main__":
    main()
