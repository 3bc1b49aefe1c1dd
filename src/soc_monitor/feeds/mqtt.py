"""MqttFeed: messages of a broker, acknowledged once what they say is committed.

The session is kept by the broker while we are away, and what was not acknowledged comes again:
with quality of service 1 nothing is lost, whatever dies. With 0, as some networks send, it is.

Source:
    OASIS MQTT Version 5.0 (session expiry, receive maximum), MQTT Version 3.1.1.
"""

import queue
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from paho.mqtt.client import Client, MQTTMessage, MQTTv5, MQTTv311
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from soc_monitor.errors import FeedUnreachable
from soc_monitor.feeds.access import secret_of
from soc_monitor.feeds.guard import Reach, own_hosts, port_of, resolve
from soc_monitor.feeds.things import ThingsStorage
from soc_monitor.model import Access, Item

QUEUE, BATCH, MESSAGE = 50_000, 5_000, 64 * 1024
"""Messages that wait, messages of a batch, bytes of a message."""
SESSION_S = 7 * 86_400
ROOM_S = 0.5
"""How often a message that finds no room looks whether we leave: it then comes again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MqttFeed:
    """A topic of a broker."""

    address_variable: str
    """Variable of the environment with the broker: ``mqtts://user@host:8883``."""
    topic: str
    secret: str = ""
    """Variable of the environment with the password; empty: none."""
    client_id: str
    """Names our session at the broker: the same after a restart."""
    version: int = 5
    """5, or 3 for MQTT 3.1.1."""
    storage: ThingsStorage | None = None
    """Where what was lost on the way can be had again."""

    def find(self, access: Access) -> Iterator[Item]:  # noqa: ARG002  # one verb for every feed
        """Nothing: messages come by themselves, see ``listen``."""
        return iter(())

    def fetch(self, access: Access, item: Item, folder: Any) -> Any:  # noqa: ARG002  # the same
        """Not asked: ``find`` finds nothing."""
        raise AssertionError("a broker has no items")

    @contextmanager
    def listen(self, access: Access) -> Iterator["Subscription"]:
        """A subscription, for as long as it is needed.

        Raises:
            FeedUnreachable: no broker at the address, or it refuses us.
        """
        address = urlsplit(secret_of(access, self.address_variable))
        if address.scheme not in {"mqtt", "mqtts"} or not address.hostname:
            raise FeedUnreachable(f"{self.address_variable} is not mqtt:// or mqtts://")
        subscription = Subscription(self, QUEUE)
        password = secret_of(access, self.secret) if self.secret else None
        if address.username:
            subscription.client.username_pw_set(address.username, password)
        if address.scheme == "mqtts":
            subscription.client.tls_set_context(ssl.create_default_context())
        try:
            resolve(Reach(own_hosts(address.geturl())), address.hostname, port_of(address))
            subscription.connect(address.hostname, port_of(address))
        except OSError as error:
            raise FeedUnreachable(f"{address.hostname}: {error}") from error
        try:
            yield subscription
        finally:
            subscription.close()


class Subscription:
    """Messages as they come; each stays with the broker until it is acknowledged."""

    def __init__(self, feed: MqttFeed, size: int) -> None:
        """Make the client; ``size``: messages that may wait before the broker has to."""
        self.feed = feed
        self.waiting: queue.Queue[MQTTMessage] = queue.Queue(size)
        self.closing = threading.Event()
        self.refused = ""
        five = feed.version == 5
        self.client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=feed.client_id,
            protocol=MQTTv5 if five else MQTTv311,
            clean_session=None if five else False,
            manual_ack=True,
        )
        self.client.on_connect = self._on_connect
        self.client.on_message = self._on_message
        self.client.reconnect_delay_set(1, 30)

    def connect(self, host: str, port: int) -> None:
        """Connect, keep our session, and go on by a thread of its own."""
        properties = None
        if self.feed.version == 5:
            properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]  # theirs
            properties.SessionExpiryInterval = SESSION_S
            # So many are sent before the first is acknowledged: what bounds a flood.
            properties.ReceiveMaximum = 2 * BATCH
            properties.MaximumPacketSize = 2 * MESSAGE
            self.client.connect(host, port, 30, clean_start=False, properties=properties)
        else:
            self.client.connect(host, port, 30)
        self.client.loop_start()

    def close(self) -> None:
        """Leave; the broker keeps what comes meanwhile."""
        # First: the thread that ``loop_stop`` waits for may itself wait for room.
        self.closing.set()
        self.client.disconnect()
        self.client.loop_stop()

    def batch(self, wait_s: float = 1.0, most: int = BATCH) -> list[MQTTMessage]:
        """What has come, at most so many, after at most so long."""
        if self.refused:
            raise FeedUnreachable(f"the broker refuses us: {self.refused}")
        end = time.monotonic() + wait_s
        found: list[MQTTMessage] = []
        while len(found) < most:
            try:
                left = end - time.monotonic()
                found.append(self.waiting.get(timeout=max(left, 0.001)))
            except queue.Empty:
                break
        return found

    def acknowledge(self, messages: list[MQTTMessage]) -> None:
        """Tell the broker that it may forget: called after the commit."""
        for message in messages:
            self.client.ack(message.mid, message.qos)

    def _on_connect(self, client: Client, _data: Any, _flags: Any, reason: Any, _: Any) -> None:
        if reason.is_failure:
            self.refused = str(reason)
            return
        client.subscribe(self.feed.topic, qos=1)

    def _on_message(self, _client: Client, _data: Any, message: MQTTMessage) -> None:
        # What is too large is kept no longer than shows that it is: whoever takes it refuses it.
        message.payload = message.payload[: MESSAGE + 1]
        # Waits when there is no room: the broker then waits for us too.
        while not self.closing.is_set():
            try:
                self.waiting.put(message, timeout=ROOM_S)
            except queue.Full:
                continue
            return
