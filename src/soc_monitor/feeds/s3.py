"""S3Feed: objects of a bucket behind the S3 API, listed page by page to the end.

Source:
    Amazon S3 API reference, ListObjectsV2 and GetObject; AWS Signature Version 4.
"""

import hashlib
import hmac
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar
from urllib.parse import quote, urlsplit
from xml.etree.ElementTree import Element, ParseError

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException

from soc_monitor.errors import FeedUnreachable, NotThereYet
from soc_monitor.feeds.access import client, secret_of
from soc_monitor.feeds.client import Client, Limits, Signer
from soc_monitor.feeds.folder import period_in
from soc_monitor.feeds.names import file_name
from soc_monitor.feeds.periods import Step
from soc_monitor.model import Access, Item

PAGES = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class S3Feed:
    """Objects whose keys match a pattern."""

    endpoint: str
    """Address of the API, without a slash at its end: ``https://s3.eu-west-1.amazonaws.com``."""
    bucket: str
    prefix: str
    pattern: str
    """Regular expression for whole keys, with the groups of ``FolderFeed``."""
    region: str = "us-east-1"
    key_id: str = ""
    """Variable of the environment with the id of an access key; empty: the bucket is public."""
    key: str = ""
    """Variable of the environment with its secret."""
    step: Step = Step.MONTH
    page: int = 1000
    """Objects of a page of the listing."""
    limits: Limits = field(default_factory=Limits)
    lists: ClassVar[bool] = True
    """It tells all there is of a window: what was there, and is not, was taken back."""

    def find(self, access: Access) -> Iterator[Item]:
        """Every object of the window, in the order of the listing."""
        since, until = access.window
        for entry in self._list(self._client(access)):
            key, size = entry.findtext("{*}Key", ""), entry.findtext("{*}Size", "")
            match = re.fullmatch(self.pattern, key)
            if match is None:
                continue
            address = f"{self.endpoint}/{self.bucket}/{quote(key)}"
            try:
                found = period_in(match, self.step)
            except (ValueError, OverflowError) as error:
                yield Item(key=key, address=address, refused=f"its name is of no day: {error}")
                continue
            if found is not None and (found.last < since or found.first > until):
                continue
            yield Item(
                key=key,
                address=address,
                version=_version(entry),
                size=int(size) if re.fullmatch(r"[0-9]{1,18}", size) else None,
                period=None if found is None else found.first,
                period_end=None if found is None else found.last,
            )

    def fetch(self, access: Access, item: Item, folder: Path) -> Path:
        """The object as a file."""
        return self._client(access).download(item.address, folder / file_name(item.key))

    def _client(self, access: Access) -> Client:
        sign = None
        if self.key_id:
            key_id, key = secret_of(access, self.key_id), secret_of(access, self.key)
            sign = signer(key_id, key, self.region)
        return client(access, (urlsplit(self.endpoint).netloc,), self.limits, sign=sign)

    def _list(self, asking: Client) -> Iterator[Element]:
        """Every object below the prefix.

        Raises:
            FeedUnreachable: denied, or the listing does not come to an end.
        """
        token, seen = "", {""}
        for _ in range(PAGES):
            query = {"list-type": "2", "prefix": self.prefix, "max-keys": str(self.page)}
            query |= {"continuation-token": token} if token else {}
            asked = "&".join(f"{quote(k)}={quote(v, safe='')}" for k, v in sorted(query.items()))
            page = _page(asking, f"{self.endpoint}/{self.bucket}?{asked}")
            yield from page.findall("{*}Contents")
            token = page.findtext("{*}NextContinuationToken", "")
            if not token:
                return
            if token in seen:
                raise FeedUnreachable(f"{self.bucket}: the next page was there before")
            seen.add(token)
        raise FeedUnreachable(f"{self.bucket}: more than {PAGES} pages")


def _version(entry: Element) -> str:
    """When an object was put there, and its tag: of two in the same second they are not the same.

    The tag alone says nothing of which is newer.
    """
    tag = entry.findtext("{*}ETag", "").strip('"')
    try:
        put = datetime.fromisoformat(entry.findtext("{*}LastModified", "")).astimezone(UTC)
    except (ValueError, OverflowError):
        return f"etag:{tag}" if tag else ""
    return f"{put.isoformat()} {tag}"


def _page(asking: Client, address: str) -> Element:
    try:
        return ElementTree.fromstring(asking.read(address))
    except NotThereYet as error:
        raise FeedUnreachable(f"no such bucket: {error}") from error
    except (ParseError, DefusedXmlException, ValueError) as error:
        raise FeedUnreachable(f"{address.partition('?')[0]}: not a listing: {error}") from error


def signer(key_id: str, key: str, region: str) -> Signer:
    """Signs requests of the service ``s3`` by AWS Signature Version 4."""

    def sign(method: str, address: str, body: bytes) -> Mapping[str, str]:
        return signature(key_id, key, region, method, address, body, datetime.now(UTC))

    return sign


def signature(
    key_id: str, key: str, region: str, method: str, address: str, body: bytes, at: datetime
) -> Mapping[str, str]:
    """The headers that prove who asks."""
    parts = urlsplit(address)
    digest = hashlib.sha256(body).hexdigest()
    instant, day = at.strftime("%Y%m%dT%H%M%SZ"), at.strftime("%Y%m%d")
    told = {"host": parts.netloc, "x-amz-content-sha256": digest, "x-amz-date": instant}
    names = ";".join(told)
    query = "&".join(sorted(parts.query.split("&"))) if parts.query else ""
    lines = [method, parts.path or "/", query, *(f"{k}:{v}" for k, v in told.items()), "", names]
    scope = f"{day}/{region}/s3/aws4_request"
    request = hashlib.sha256("\n".join([*lines, digest]).encode()).hexdigest()
    secret = f"AWS4{key}".encode()
    for part in (day, region, "s3", "aws4_request"):
        secret = hmac.digest(secret, part.encode(), "sha256")
    text = f"AWS4-HMAC-SHA256\n{instant}\n{scope}\n{request}"
    proof = hmac.new(secret, text.encode(), "sha256").hexdigest()
    credential = f"AWS4-HMAC-SHA256 Credential={key_id}/{scope}, SignedHeaders={names}"
    del told["host"]
    return {**told, "Authorization": f"{credential}, Signature={proof}"}
