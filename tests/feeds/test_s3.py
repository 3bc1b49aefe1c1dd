"""An object store on loopback: signed, paged to the end; a refusal is not an empty list."""

import os
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from moto.server import ThreadedMotoServer

from soc_monitor.errors import FeedUnreachable, NotThereYet
from soc_monitor.feeds import S3Feed
from soc_monitor.feeds.client import Limits
from soc_monitor.feeds.s3 import signature
from soc_monitor.model import Access, Item

from .conftest import Server, send

FAST = Limits(pause_s=0.01, tries=2)
KEYS = {"ID": "AKIATEST", "KEY": "very/secret+key"}


def access(**other: Any) -> Access:
    return Access(**{"window": (date(2024, 1, 1), date(2024, 12, 31)), "plain_http": True,
                     "secrets": KEYS, **other})  # fmt: skip


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    """An S3 server of pages with 34 objects in a bucket."""
    server = ThreadedMotoServer("127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    address = f"http://{host}:{port}"
    made = boto3.client("s3", endpoint_url=address, region_name="us-east-1",
                        aws_access_key_id=KEYS["ID"],
                        aws_secret_access_key=KEYS["KEY"])  # fmt: skip
    made.create_bucket(Bucket="soil")
    for number in range(30):
        made.put_object(Bucket="soil", Key=f"ndvi/other-{number:04d}.txt", Body=b"")
    for month in (1, 2, 3):
        made.put_object(Bucket="soil", Key=f"ndvi/z 2024-{month:02d}+.tif", Body=b"%d" % month)
    made.put_object(Bucket="soil", Key="ndvi/z 2023-01+.tif", Body=b"old")
    # Some are of no day, and cost themselves alone.
    for name in ("2024-13", "0000-01", "9999-12"):
        made.put_object(Bucket="soil", Key=f"ndvi/z {name}+.tif", Body=b"x")
    made.close()
    yield address
    server.stop()


def feed(endpoint: str, **other: Any) -> S3Feed:
    values: dict[str, Any] = {
        "endpoint": endpoint, "bucket": "soil", "prefix": "ndvi/",
        "key_id": "ID", "key": "KEY", "page": 7,
        "pattern": r"ndvi/z (?P<year>\d{4})-(?P<month>\d\d)\+\.tif", "limits": FAST,
    }  # fmt: skip
    return S3Feed(**{**values, **other})


def test_a_listing_is_followed_to_its_end(endpoint: str, tmp_path: Path) -> None:
    found = list(feed(endpoint).find(access()))
    items = [item for item in found if not item.refused]
    assert len(found) - len(items) == 3
    assert [item.period for item in items] == [date(2024, month, 1) for month in (1, 2, 3)]
    assert all(item.version for item in items)
    assert feed(endpoint).fetch(access(), items[2], tmp_path).read_bytes() == b"3"


def test_a_key_that_was_renamed_since_is_missing(endpoint: str, tmp_path: Path) -> None:
    first = next(item for item in feed(endpoint).find(access()) if not item.refused)
    gone = Item(key="x", address=first.address.replace("-01", "-07"))
    with pytest.raises(NotThereYet):
        feed(endpoint).fetch(access(), gone, tmp_path)


def test_no_such_bucket_and_no_access_are_errors_of_the_feed(endpoint: str, server: Server) -> None:
    with pytest.raises(FeedUnreachable, match="no such bucket"):
        list(feed(endpoint, bucket="sand").find(access()))
    server.on("/soil", send(b"<Error><Code>AccessDenied</Code></Error>", status=403))
    with pytest.raises(FeedUnreachable, match="answered 403"):
        list(feed(server.address).find(access()))
    with pytest.raises(FeedUnreachable, match="KEY is not set"):
        list(feed(endpoint).find(access(secrets={"ID": "x"})))


LOOP = (b'<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
        b"<NextContinuationToken>again</NextContinuationToken></ListBucketResult>")  # fmt: skip
LAUGHS = b'<!DOCTYPE a [<!ENTITY x "ha"><!ENTITY y "&x;&x;">]><a>&y;</a>'
OUTSIDE = b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'


@pytest.mark.parametrize(
    ("body", "told"),
    [(LOOP, "was there before"), (LAUGHS, "not a listing"), (OUTSIDE, "not a listing"),
     (b"<a", "not a listing"), (b"", "not a listing")],
)  # fmt: skip
def test_a_listing_that_is_none_is_told(server: Server, body: bytes, told: str) -> None:
    server.on("/soil", send(body))
    with pytest.raises(FeedUnreachable, match=told):
        list(feed(server.address).find(access()))


@pytest.mark.parametrize(
    "address",
    ["http://127.0.0.1:5000/soil/a%20b/c.tif", "https://s3.example.org/b?list-type=2&prefix=a%2Fb"],
)
def test_the_signature_is_the_one_of_the_reference_library(address: str) -> None:
    request = AWSRequest(method="GET", url=address)
    auth = S3SigV4Auth(Credentials(KEYS["ID"], KEYS["KEY"]), "s3", "eu-west-1")
    ours = signature(KEYS["ID"], KEYS["KEY"], "eu-west-1", "GET", address, b"",
                     datetime.now(UTC))  # fmt: skip
    request.headers["X-Amz-Content-SHA256"] = ours["x-amz-content-sha256"]
    request.context["timestamp"] = ours["x-amz-date"]
    text = auth.canonical_request(request)
    # What the reference makes of the same instant.
    request.headers["X-Amz-Date"] = ours["x-amz-date"]
    signed = auth.signature(auth.string_to_sign(request, auth.canonical_request(request)), request)
    assert ours["Authorization"].endswith(f"Signature={signed}"), text
    assert os.environ.get("AWS_SECRET_ACCESS_KEY") is None
