"""``soc-monitor db``: the private PostGIS."""

from typing import Annotated

import typer

from soc_monitor.commands import read_settings
from soc_monitor.console import out

app = typer.Typer(help="The private PostGIS of this service.", no_args_is_help=True)


@app.command("start")
def db_start() -> None:
    """Start the private PostGIS and print its address."""
    from soc_monitor.store import cluster  # noqa: PLC0415  # beside its use

    out.print(cluster.start(read_settings().postgres_folder))


@app.command("stop")
def db_stop() -> None:
    """Stop the private PostGIS."""
    from soc_monitor.store import cluster  # noqa: PLC0415  # beside its use

    stopped = cluster.stop(read_settings().postgres_folder)
    out.print("stopped" if stopped else "was not running")


@app.command("url")
def db_url() -> None:
    """Print the database's address."""
    from soc_monitor import operations  # noqa: PLC0415  # heavy

    out.print(operations.database_url(read_settings()))


@app.command("reset")
def db_reset(*, yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False) -> None:
    """Delete the private PostGIS with everything in it."""
    from soc_monitor.store import cluster  # noqa: PLC0415  # beside its use

    folder = read_settings().postgres_folder
    if not yes:
        typer.confirm(f"Delete the database in {folder}?", abort=True)
    cluster.reset(folder)
    out.print("deleted")
