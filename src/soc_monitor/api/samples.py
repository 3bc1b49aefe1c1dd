"""Samples: lines that work as they are printed, for a notebook, R, a spreadsheet and a shell."""

import html


def sample_lines(origin: str, release: str) -> dict[str, str]:
    """Title to lines, for this very site.

    Args:
        origin: scheme and host of the site.
        release: name of the newest one: who keeps the line keeps the numbers.

    Example:
        >>> sample_lines("https://example.org", "2026.11.1")["R"]
        'd <- read.csv("https://example.org/api/v1/series.csv?area=WLD&v=stock&rel=2026.11.1")'
    """
    series = f"{origin}/api/v1/series.csv?area=WLD&v=stock"
    return {
        "Python": (
            "import pandas as pd\n"
            f'url = "{series}&rel={release}"\n'
            'df = pd.read_csv(url, parse_dates=["period_start", "period_end"])'
        ),
        "Python, with the client": (
            "from soc_monitor_client import Client\n"
            f'c = Client("{origin}")\n'
            'world = c.series("WLD", "stock")\n'
            "df = world.to_pandas()\n"
            "print(world.citation)"
        ),
        "R": f'd <- read.csv("{series}&rel={release}")',
        "Spreadsheet": f"Data > From Web > {series}&bom=1",
        "Shell": f'curl -fSL -OJ "{origin}/api/v1/series.parquet?area=WLD&lvl=adm0&v=stock"',
    }


def sample_section(origin: str, release: str) -> str:
    """The lines as a part of a page."""
    parts = [
        f"<h3>{html.escape(title)}</h3><pre><code>{html.escape(lines)}</code></pre>"
        for title, lines in sample_lines(origin, release).items()
    ]
    return f"<h2>In one minute</h2>{''.join(parts)}"
