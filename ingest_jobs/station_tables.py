"""Readings of an operator's own stations, from tables.

CSV files in the folder ``stations`` of the mirror, one row a station and time: ``station``,
``time`` (ISO 8601 with its zone), ``lon``, ``lat``, and any of ``soil_moisture`` [m3 m-3],
``soil_temperature`` [degC], ``air_temperature`` [degC]. Tables of another shape need a copy of this
file with their own column map.
"""

from soc_monitor.feeds import FolderFeed
from soc_monitor.feeds.station_files import Column, Columns, table
from soc_monitor.model import Channel, IngestJob, Readings

# Rain wets a soil at once, and it dries slowly: it may rise further than fall. A rise that was a
# spike, or rain that drains fast, holds nothing: for a day the sensor may be back where it stood.
CHANNELS = {
    "soil_moisture": Channel(unit="m3 m-3", valid=(0.0, 1.0), max_step=(0.2, 0.4)),
    "soil_temperature": Channel(unit="degC", valid=(-50.0, 70.0), max_step=(25.0, 25.0)),
    "air_temperature": Channel(unit="degC", valid=(-80.0, 60.0), max_step=(30.0, 30.0)),
}

job = IngestJob(
    id="station_tables",
    title={
        "en": "Own stations, from tables",
        "fr": "Stations propres, à partir de tableaux",
        "es": "Estaciones propias, a partir de tablas",
    },
    feed=FolderFeed(folder="stations", pattern=r".*\.csv"),
    into=Readings(
        reader=table(
            Columns(
                station="station",
                time="time",
                lon="lon",
                lat="lat",
                readings={
                    name: Column(variable=name, unit=channel.unit)
                    for name, channel in CHANNELS.items()
                },
            )
        ),
        channels=CHANNELS,
    ),
    licence="That of the stations’ owner",
    citation="The stations of the operator of this service.",
    link="https://frictionlessdata.io/specs/tabular-data-package/",
)
