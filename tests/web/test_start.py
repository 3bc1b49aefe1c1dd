"""The site starts quickly: it loads no engine before it answers."""

import subprocess
import sys

HEAVY = (
    "numba",
    "dask.array",
    "scipy",
    "distributed",
    "rasterio",
    "xlsxwriter",
    "soc_monitor.aggregate",
)
"""Together as long to load as all the rest of the site."""


def test_site_starts_without_the_engine() -> None:
    asked = f"import sys, soc_monitor.server; print([m for m in {HEAVY!r} if m in sys.modules])"
    ended = subprocess.run(
        [sys.executable, "-c", asked], capture_output=True, text=True, check=True, timeout=120
    )
    assert ended.stdout.strip() == "[]"


def test_command_starts_without_arrays() -> None:
    heavy = ("xarray", "pandas", "dask", "pint", "soc_monitor.runs.ingest")
    asked = f"import sys, soc_monitor.cli; print([m for m in {heavy!r} if m in sys.modules])"
    ended = subprocess.run(
        [sys.executable, "-c", asked], capture_output=True, text=True, check=True, timeout=120
    )
    assert ended.stdout.strip() == "[]"
