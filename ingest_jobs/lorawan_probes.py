"""Soil probes on LoRaWAN, as The Things Stack version 3 passes them on by MQTT.

SOC_MQTT_URL holds the broker, ``mqtts://application@tenant@host:8883`` with the user in front;
SOC_MQTT_PASSWORD its key. The network sends with quality of service 0: what it sends while nobody
listens is lost, and is counted by the gaps in the devices' counters. It is had again from the
storage integration where SOC_TTS_STORAGE_URL names it, with a key that may read the traffic in
SOC_TTS_KEY: https://HOST/api/v3/as/applications/APPLICATION/packages/storage/uplink_message.

The names of the decoded fields depend on the probe's decoder: an operator copies this file into a
folder of own job files and puts theirs.
"""

from soc_monitor.feeds import MqttFeed, ThingsStorage
from soc_monitor.feeds.lorawan import Field, counter, reader
from soc_monitor.model import Channel, IngestJob, Readings

FIELDS = {
    "soil_moisture": Field(variable="soil_moisture", unit="%"),
    "soil_temperature": Field(variable="soil_temperature", unit="degC"),
}

job = IngestJob(
    id="lorawan_probes",
    title={
        "en": "Soil probes on LoRaWAN",
        "fr": "Sondes de sol sur LoRaWAN",
        "es": "Sondas de suelo en LoRaWAN",
    },
    feed=MqttFeed(
        address_variable="SOC_MQTT_URL",
        secret="SOC_MQTT_PASSWORD",
        topic="v3/+/devices/+/up",
        client_id="soc-monitor",
        version=3,
        storage=ThingsStorage(address_variable="SOC_TTS_STORAGE_URL", secret="SOC_TTS_KEY"),
    ),
    into=Readings(
        reader=reader(FIELDS),
        counter=counter,
        channels={
            "soil_moisture": Channel(unit="m3 m-3", valid=(0.0, 1.0), max_step=(0.2, 0.4)),
            "soil_temperature": Channel(unit="degC", valid=(-50.0, 70.0), max_step=(25.0, 25.0)),
        },
    ),
    licence="That of the probes' owner",
    citation="The probes of the application that SOC_MQTT_URL names.",
    link="https://www.thethingsindustries.com/docs/integrations/",
    max_age_days=2,
)
