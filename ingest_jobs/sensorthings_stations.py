"""Soil sensors behind an OGC SensorThings service of the operator's choice.

SOC_SENSORTHINGS_URL holds the service's address with its version: ``https://example.org/v1.1``.
Observed properties are matched by their names; what has another name, or a unit that is not known,
is kept aside and listed.
"""

from datetime import date

from soc_monitor.feeds import SensorThingsFeed
from soc_monitor.feeds.sensorthings import reader
from soc_monitor.model import Channel, IngestJob, Readings

PROPERTIES = {
    "Soil moisture": "soil_moisture",
    "soil moisture": "soil_moisture",
    "Volumetric water content": "soil_moisture",
    "Soil temperature": "soil_temperature",
    "soil temperature": "soil_temperature",
    "Air temperature": "air_temperature",
    "air temperature": "air_temperature",
}

job = IngestJob(
    id="sensorthings_stations",
    title={
        "en": "Soil sensors by SensorThings",
        "fr": "Capteurs de sol par SensorThings",
        "es": "Sensores de suelo por SensorThings",
    },
    feed=SensorThingsFeed(root_variable="SOC_SENSORTHINGS_URL", first=date(2015, 1, 1)),
    into=Readings(
        reader=reader(PROPERTIES),
        kind="jsonl",
        channels={
            "soil_moisture": Channel(unit="m3 m-3", valid=(0.0, 1.0), max_step=(0.2, 0.4)),
            "soil_temperature": Channel(unit="degC", valid=(-50.0, 70.0), max_step=(25.0, 25.0)),
            "air_temperature": Channel(unit="degC", valid=(-80.0, 60.0), max_step=(30.0, 30.0)),
        },
    ),
    licence="That of the service; ask its operator",
    citation="The service that SOC_SENSORTHINGS_URL names.",
    link="https://www.ogc.org/standards/sensorthings/",
    schedule="17 * * * *",
    max_age_days=2,
    late_days=7,
)
