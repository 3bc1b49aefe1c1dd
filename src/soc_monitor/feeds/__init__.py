"""Feeds: one file a protocol. Only ``client.py`` touches the network; nothing here writes."""

from soc_monitor.feeds.cds import CdsFeed
from soc_monitor.feeds.folder import FolderFeed
from soc_monitor.feeds.mqtt import MqttFeed
from soc_monitor.feeds.periods import Period, Step
from soc_monitor.feeds.s3 import S3Feed
from soc_monitor.feeds.sensorthings import SensorThingsFeed
from soc_monitor.feeds.shelf import ShelfFeed
from soc_monitor.feeds.stac import StacFeed
from soc_monitor.feeds.template import TemplateFeed
from soc_monitor.feeds.things import ThingsStorage
from soc_monitor.feeds.url import UrlFeed

__all__ = [
    "CdsFeed",
    "FolderFeed",
    "MqttFeed",
    "Period",
    "S3Feed",
    "SensorThingsFeed",
    "ShelfFeed",
    "StacFeed",
    "Step",
    "TemplateFeed",
    "ThingsStorage",
    "UrlFeed",
]
