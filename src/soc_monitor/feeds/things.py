"""ThingsStorage: what The Things Stack keeps of the uplinks it has passed on, asked for again.

It passes messages on with quality of service 0: what it sends while nobody listens is lost to us,
and is there for a day or a month, as the deployment has it.

Source:
    The Things Stack v3, storage integration: ``ApplicationUpStorage.GetStoredApplicationUp``.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import urlencode

from soc_monitor.errors import FeedUnreachable
from soc_monitor.feeds.access import secret_of
from soc_monitor.feeds.client import Client, Limits
from soc_monitor.feeds.guard import Reach, own_hosts
from soc_monitor.model import Access

PAGE, PAGES = 1_000, 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ThingsStorage:
    """The stored uplinks of one application."""

    address_variable: str
    """Variable of the environment with the address, ``…/packages/storage/uplink_message`` at its
    end; not set: nothing is kept there for us."""
    secret: str
    """Variable of the environment with a key that may read the application's traffic."""
    limits: Limits = field(default_factory=Limits)

    def after(self, access: Access, since: datetime) -> Iterator[list[bytes]]:
        """Uplinks that came in after an instant, oldest first, a page at a time.

        Raises:
            FeedUnreachable: the storage does not answer, or not as it should.
        """
        if not access.secrets.get(self.address_variable):
            return
        address = access.secrets[self.address_variable]
        (host,) = own_hosts(address)
        told = {"Authorization": f"Bearer {secret_of(access, self.secret)}"}
        netloc = address.partition("://")[2].partition("/")[0]
        client = Client(
            reach=Reach((host,), access.plain_http), limits=self.limits, secrets={netloc: told}
        )
        for _ in range(PAGES):
            query = {"order": "received_at", "limit": PAGE, "after": _rfc3339(since)}
            body = client.read(f"{address}?{urlencode(query)}", accept="text/event-stream")
            lines = [line for line in body.splitlines() if line.strip()]
            if not lines:
                return
            yield lines
            newest = _received(lines[-1])
            if len(lines) < PAGE or newest <= since:
                return
            since = newest
        raise FeedUnreachable(f"more than {PAGES} pages of stored messages")


def _rfc3339(time: datetime) -> str:
    return time.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _received(line: bytes) -> datetime:
    try:
        told = json.loads(line)
        return datetime.fromisoformat(told["result"]["received_at"])
    except (ValueError, LookupError, TypeError) as error:
        raise FeedUnreachable(f"no stored message: {line[:100]!r}") from error
