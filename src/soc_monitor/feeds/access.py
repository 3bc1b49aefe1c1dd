"""Access: what the feeds share of a run's access to mirror and secrets."""

import shutil
from pathlib import Path
from urllib.parse import quote, urlsplit

from soc_monitor.errors import FeedUnreachable, NotThereYet
from soc_monitor.feeds.client import Client, Limits, Signer
from soc_monitor.feeds.guard import Reach, own_hosts
from soc_monitor.model import Access


def client(
    access: Access,
    hosts: tuple[str, ...],
    limits: Limits,
    secret: str = "",
    sign: Signer | None = None,
) -> Client:
    """A client for the hosts of a feed; only the first of them is told the secret.

    Raises:
        FeedUnreachable: the variable that should hold the secret is not set.
    """
    told = {}
    if secret:
        told = {hosts[0]: {"Authorization": f"Bearer {secret_of(access, secret)}"}}
    reach = Reach(hosts, access.plain_http)
    return Client(reach=reach, limits=limits, secrets=told, sign=sign)


def secret_of(access: Access, name: str) -> str:
    """A secret by the name of its variable.

    Raises:
        FeedUnreachable: it is not set.
    """
    value = access.secrets.get(name, "")
    if not value:
        raise FeedUnreachable(f"{name} is not set", hint=f"The operator sets {name}")
    return value


def from_mirror(
    access: Access, folder: str, name: str, target: Path, limits: Limits
) -> Path | None:
    """A file of the mirror, copied or fetched into ``target``; None: there is no such file.

    Raises:
        FeedUnreachable: the mirror is an address and cannot be reached.
    """
    found = mirrored(access, folder, name, limits)
    if isinstance(found, tuple):
        asking, address = found
        try:
            return asking.download(address, target / name)
        except NotThereYet:
            return None
    return None if found is None else Path(shutil.copyfile(found, target / name))


def mirrored(
    access: Access, folder: str, name: str, limits: Limits
) -> Path | tuple[Client, str] | None:
    """Where a mirror has a file: a path, or whom to ask at which address; None: it has it not."""
    if not access.mirror:
        return None
    if urlsplit(access.mirror).scheme in {"http", "https"}:
        address = f"{access.mirror.rstrip('/')}/{quote(folder)}/{quote(name)}"
        reach = Reach(own_hosts(access.mirror), plain_http=True)
        return Client(reach=reach, limits=limits), address
    source = Path(access.mirror) / folder / name
    return source if source.is_file() else None
