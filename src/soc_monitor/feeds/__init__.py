"""Feeds: one file a protocol. Only ``client.py`` touches the network; nothing here writes."""

from soc_monitor.feeds.shelf import ShelfFeed
from soc_monitor.feeds.url import UrlFeed

__all__ = ["ShelfFeed", "UrlFeed"]
