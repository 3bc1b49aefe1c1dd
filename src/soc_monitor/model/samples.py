"""Samples: lines that ask this service for numbers, as they work when they are pasted.

They stand here alone: the pages, the documents of the API and the tests all print these.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode


@dataclass(frozen=True, slots=True)
class Sample:
    """Lines for one tool."""

    tool: str
    """``curl``, ``pandas``, ``client``, ``r``, ``spreadsheet`` or ``python``."""
    text: str


@dataclass(frozen=True, slots=True)
class Task:
    """Something that readers want, and how it is done."""

    id: str
    samples: tuple[Sample, ...]


DATES = ("period_start", "period_end")


def address(name: str, keys: Mapping[str, str]) -> str:
    """Path and query of the API; keys without a value are left out.

    Example:
        >>> address("series.csv", {"area": "FRA~ESP", "t": ""})
        '/api/v1/series.csv?area=FRA~ESP'
    """
    kept = {key: value for key, value in keys.items() if value}
    return f"/api/v1/{name}" + (f"?{urlencode(kept, safe='~.,')}" if kept else "")


def for_series(origin: str, keys: Mapping[str, str], form: str = "csv") -> tuple[Sample, ...]:
    """Lines for exactly these numbers.

    Args:
        origin: scheme and host of the site.
        keys: of ``/series``.
        form: of the file that the shell fetches.
    """
    plain = {key: value for key, value in keys.items() if key != "bom"}
    csv = origin + address("series.csv", plain)
    return (
        curl(origin + address(f"series.{form}", keys if form == "csv" else plain)),
        pandas(csv, plain),
        Sample("client", _client(origin, plain)),
        Sample("r", f'd <- read.csv("{csv}")'),
        Sample("spreadsheet", f"{origin}{address('series.csv', {**plain, 'bom': '1'})}"),
    )


def curl(url: str) -> Sample:
    """A line for a shell: it fails where the service refuses, and names the file as told."""
    return Sample("curl", f'curl -fSL -OJ "{url}"')


def pandas(url: str, keys: Mapping[str, str]) -> Sample:
    """Lines for pandas; dates as dates where the table has them."""
    names = keys.get("columns", "")
    shown = [name for name in DATES if not names or name in names.split(",")]
    if keys.get("shape") == "wide":
        shown = []
    dates = f", parse_dates={shown}".replace("'", '"') if shown else ""
    return Sample("pandas", f'import pandas as pd\n\ndf = pd.read_csv("{url}"{dates})\n')


def _client(origin: str, keys: Mapping[str, str]) -> str:
    codes = keys.get("area", "WLD").split("~")
    area = f'"{codes[0]}"' if len(codes) == 1 else "[" + ", ".join(f'"{c}"' for c in codes) + "]"
    # The shape of a table is pandas' own affair: the client reads rows.
    words = {"d": "depth", "lvl": "level"}
    known = {"area", "v", "shape", "columns", "sort", "rel"}
    more = "".join(
        f', {words.get(key, key)}="{value}"' for key, value in keys.items() if key not in known
    )
    pinned = f', release="{keys["rel"]}"' if keys.get("rel", "latest") != "latest" else ""
    return (
        "from soc_monitor_client import Client\n\n"
        f'c = Client("{origin}"{pinned})\n'
        f'found = c.series({area}, "{keys.get("v", "stock")}"{more})\n'
        "df = found.to_pandas()\n"
        "print(found.citation)\n"
    )


def first_lines(origin: str) -> str:
    """Three lines that show that it works: a number, its doubt, and where it comes from."""
    keys = {"area": "WLD", "v": "total", "t": "latest", "columns": "value,lower_95,upper_95,unit"}
    return "\n".join(
        (
            f'curl "{origin}{address("series.csv", keys)}"',
            f'curl "{origin}{address("map.csv", {"lvl": "adm0", "v": "stock"})}" -o countries.csv',
            f'curl "{origin}/api/v1/freshness"',
        )
    )


def tasks(origin: str, release: str, variables: Collection[str]) -> tuple[Task, ...]:
    """What readers most often want.

    Args:
        origin: scheme and host of the site.
        release: name of the newest one: who keeps the lines keeps the numbers.
        variables: short keys of what the release has.
    """
    rate = "rate" if "rate" in variables else "stock"
    one = {"area": "FRA", "v": "stock", "rel": release}
    countries = origin + address("map.csv", {"lvl": "adm0", "v": rate, "rel": release})
    basin = {"bbox": "12,-13,34,9", "v": "stock", "rel": release}
    values = origin + address("values.csv", {"kpi": "e1_actors", "rel": release})
    late = f"{origin}/api/v1/freshness"
    return (
        Task("one_country", for_series(origin, one)),
        Task(
            "all_countries",
            (
                curl(countries),
                pandas(countries, {}),
                Sample("r", f'd <- read.csv("{countries}")'),
                Sample("client", _map(origin, rate, release)),
            ),
        ),
        Task(
            "basin",
            (
                curl(origin + address("grid.tif", basin)),
                Sample("client", _cut(origin, basin, release)),
            ),
        ),
        Task(
            "objective",
            (
                curl(values),
                Sample("pandas", f'import pandas as pd\n\ndf = pd.read_csv("{values}")\n'),
            ),
        ),
        Task("late", (Sample("curl", f'curl -fS "{late}"'), Sample("python", _late(late)))),
    )


def _map(origin: str, variable: str, release: str) -> str:
    return (
        "from soc_monitor_client import Client\n\n"
        f'c = Client("{origin}", release="{release}")\n'
        f'df = c.map("{variable}", level="adm0").to_pandas()\n'
    )


def _cut(origin: str, keys: Mapping[str, str], release: str) -> str:
    return (
        "from soc_monitor_client import Client\n\n"
        f'c = Client("{origin}", release="{release}")\n'
        f'c.download("grid.tif", "basin.tif", bbox="{keys["bbox"]}", v="{keys["v"]}")\n'
    )


def _late(url: str) -> str:
    return (
        "import json\nfrom urllib.request import urlopen\n\n"
        f'inputs = json.load(urlopen("{url}"))["data"]\n'
        'late = [one["title"] for one in inputs if one["state"] in ("late", "broken")]\n'
        "print(late)\n"
    )
