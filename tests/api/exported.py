"""Exported: which files there are, and how a test has one."""

from pathlib import Path

from starlette.testclient import TestClient

SERIES = "/api/v1/series"

FORMS = [
    *(f"series.{form}" for form in ("csv", "parquet", "xlsx", "nc", "gpkg", "zip", "json")),
    *(f"map.{form}" for form in ("csv", "parquet", "xlsx", "gpkg", "zip", "geojson", "json")),
    "grid.tif",
    "grid.nc",
]

ASKED = "area=AAA~BBB~CCC~AAA-1~AAA-2"


def save(client: TestClient, address: str, folder: Path) -> Path:
    """What an address answers, as a file under the name that the answer gives it."""
    answer = client.get(address)
    assert answer.status_code == 200, answer.text
    said = answer.headers.get("content-disposition", 'filename="answer.json"')
    path = folder / said.partition('filename="')[2].rstrip('"')
    path.write_bytes(answer.content)
    return path
