"""Files: which forms the same numbers are had in, by the word that stands on a link."""

SERIES_FILES = {
    "CSV": "csv",
    "Excel": "xlsx",
    "JSON": "json",
    "Parquet": "parquet",
    "NetCDF": "nc",
    "GeoPackage": "gpkg",
    "ZIP": "zip",
}
"""Of series."""
MAP_FILES = {
    "CSV": "csv",
    "Excel": "xlsx",
    "JSON": "json",
    "GeoJSON": "geojson",
    "GeoPackage": "gpkg",
    "Parquet": "parquet",
    "ZIP": "zip",
}
"""Of a map."""
NUMBERS_FILES = {"CSV": "csv", "JSON": "json"}
"""Of numbers that are no series."""
