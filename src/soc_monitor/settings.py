"""Settings: ``SOC_*`` from the environment, read once, at the door (``cli.py``)."""

import os
from pathlib import Path
from typing import Annotated

from pydantic import Field
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from soc_monitor.errors import BadSetting


def default_data_folder() -> Path:
    """Where the service keeps its data: a system folder for root, else the user's own."""
    if os.geteuid() == 0:
        return Path("/var/lib/soc-monitor")
    return Path.home() / ".local" / "share" / "soc-monitor"


class Settings(BaseSettings):
    """Everything that a deployment may choose.

    Example:
        >>> Settings(port=9000).port
        9000
    """

    model_config = SettingsConfigDict(env_prefix="SOC_", frozen=True, extra="ignore")

    data: Path = Field(default_factory=default_data_folder)
    """Data folder: the private database, the arrays, the files fetched."""
    database_url: str = Field(default="", validation_alias="DATABASE_URL", repr=False)
    """A PostGIS server of the operator's own; empty: a private one is started."""
    arrays: str = ""
    """Where arrays are written: a folder; empty: ``arrays`` in the data folder."""
    mirror: str = Field(default="", repr=False)
    """A folder or address that is looked into before any outside address."""
    ingest_jobs: Path | None = None
    """A folder with job files of the operator's own."""
    jobs: Annotated[tuple[str, ...], NoDecode] = ()
    """Jobs, by id and separated by commas, that run although they are off by default."""
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)
    public_url: str = ""
    """The address that readers use, when a proxy stands in front."""
    trusted_proxies: str = "127.0.0.1"
    """Addresses and networks of proxies, by commas: those alone are believed whom they ask for."""
    metrics_token: str = Field(default="", repr=False)
    """Who has it may read ``/metrics``; empty: nobody may."""
    reader_password: str = Field(default="", repr=False)
    """Of the role ``soc_reader``, which ``/ogc`` reads as; empty: made from the database's."""
    secret: str = Field(default="", repr=False)
    """Signs page state and sessions, the same in every web process; empty: made at start."""
    requests_per_minute: int = Field(default=600, ge=0)
    """Of one address to the API; tiles eight times as many, what computes a twentieth; 0: no limit.
    Each web process counts for itself."""
    workers: int = Field(default=1, ge=1, le=64)
    """Web processes."""
    dask: str = ""
    """``tcp://…`` of a Dask cluster; empty: threads in the worker. Its workers need the package,
    and the arrays folder under the same path."""

    keep_days: int = Field(default=30, ge=0, le=3660)
    """How long files of sources are kept, to be read again."""
    keep_gb: float = Field(default=10.0, ge=0, le=100_000)
    """How much of them is kept [GB]."""
    alert_mail: str = Field(default="", repr=False)
    """``smtp://user:password@host:25/?from=a@b.org&to=c@d.org``: where alerts are mailed to."""
    alert_hook: str = Field(default="", repr=False)
    """An address that takes alerts as JSON."""

    hook_hosts: str = ""
    """``host:port,…``: receivers of readers' messages that may be inside, and on plain http."""

    def __init__(self, **values: object) -> None:
        """Read the environment; ``values`` come first."""
        if isinstance(os.environ.get("SOC_JOBS"), str) and "jobs" not in values:
            names = os.environ["SOC_JOBS"].split(",")
            values["jobs"] = tuple(name.strip() for name in names if name.strip())
        super().__init__(**values)  # type: ignore[arg-type]  # pydantic checks them by field

    def make_data_folder(self) -> None:
        """Make the data folder, where it is not there.

        Raises:
            BadSetting: it cannot be made, or is no folder.
        """
        try:
            self.data.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise BadSetting(f"SOC_DATA: {self.data} cannot be made ({error.strerror})") from error

    @property
    def inside_hosts(self) -> tuple[str, ...]:
        """Receivers of readers' messages that the operator lets be inside.

        Example:
            >>> Settings(hook_hosts="hooks.lan:8080, 10.0.0.7:80").inside_hosts
            ('hooks.lan:8080', '10.0.0.7:80')
        """
        return tuple(one.strip() for one in self.hook_hosts.split(",") if one.strip())

    @property
    def site(self) -> str:
        """The address of the site: that which readers use, else the one it listens on."""
        return self.public_url.rstrip("/") or f"http://{self.host}:{self.port}"

    @property
    def postgres_folder(self) -> Path:
        """Folder of the private database cluster."""
        return self.data / "postgres"

    @property
    def arrays_folder(self) -> Path:
        """Folder of the Zarr arrays."""
        return Path(self.arrays) if self.arrays else self.data / "arrays"

    @property
    def files_folder(self) -> Path:
        """Folder of the files fetched from sources, by checksum."""
        return self.data / "files"
