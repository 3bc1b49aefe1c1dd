"""Soil moisture and soil temperature of the International Soil Moisture Network, by file.

The operator asks the network for the files and puts them, unpacked, into the folder ``ismn`` of
the mirror. Each network has terms of its own, and none allows the files to be passed on: only what
is derived from them is shown. What is not flagged good is not taken.
"""

from soc_monitor.feeds import FolderFeed
from soc_monitor.feeds.station_files import ismn
from soc_monitor.model import Channel, IngestJob, PassOn, Readings

DEPTHS = ("0_5", "5_5", "0_10", "10_10", "5_10", "20_20", "50_50", "100_100")

job = IngestJob(
    id="ismn_stations",
    title={
        "en": "Soil moisture stations, ISMN",
        "fr": "Stations d’humidité du sol, ISMN",
        "es": "Estaciones de humedad del suelo, ISMN",
    },
    feed=FolderFeed(folder="ismn", pattern=r".*_(sm|ts)_-?[\d.]+_-?[\d.]+_.*\.stm"),
    into=Readings(
        reader=ismn,
        kind="lines",
        channels={
            f"{variable}_{depth}cm": channel
            for depth in DEPTHS
            for variable, channel in (
                ("soil_moisture", Channel(unit="m3 m-3", valid=(0.0, 1.0), max_step=(0.2, 0.4))),
                (
                    "soil_temperature",
                    Channel(unit="degC", valid=(-50.0, 70.0), max_step=(25.0, 25.0)),
                ),
            )
        },
    ),
    licence="By network; the files may not be passed on",
    citation=(
        "Dorigo, W. et al. (2021). The International Soil Moisture Network: serving Earth system "
        "science for over a decade. HESS 25, 5749–5804. doi:10.5194/hess-25-5749-2021"
    ),
    link="https://ismn.earth",
    pass_on=PassOn.PLACES,
)
