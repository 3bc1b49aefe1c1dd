"""Weather and soil at flux towers: FLUXNET2015 and ICOS files, half-hourly or daily.

The operator takes the files under the networks' own terms and puts them into the folder
``fluxnet`` of the mirror. Times are local standard time; soil moisture is in percent.

The sites that are known here are a first few; an operator's own copy of this file adds others.
"""

from soc_monitor.feeds import FolderFeed
from soc_monitor.feeds.station_files import Site, fluxnet
from soc_monitor.model import Channel, IngestJob, PassOn, Readings

SITES = {
    "DE-Hai": Site(name="Hainich", lon=10.4522, lat=51.0792, utc_offset_h=1),
    "DE-Tha": Site(name="Tharandt", lon=13.5652, lat=50.9624, utc_offset_h=1),
    "FR-Pue": Site(name="Puéchabon", lon=3.5957, lat=43.7413, utc_offset_h=1),
    "FR-Gri": Site(name="Grignon", lon=1.9519, lat=48.8442, utc_offset_h=1),
    "US-SRM": Site(name="Santa Rita Mesquite", lon=-110.8661, lat=31.8214, utc_offset_h=-7),
    "US-Whs": Site(name="Walnut Gulch Lucky Hills", lon=-110.0522, lat=31.7438, utc_offset_h=-7),
}

job = IngestJob(
    id="fluxnet_towers",
    title={
        "en": "Flux towers, FLUXNET and ICOS",
        "fr": "Tours à flux, FLUXNET et ICOS",
        "es": "Torres de flujo, FLUXNET e ICOS",
    },
    feed=FolderFeed(folder="fluxnet", pattern=r"(FLX|ICOSETC)_[A-Z]{2}-\w{3}_.*\.csv"),
    into=Readings(
        reader=fluxnet(SITES),
        channels={
            "air_temperature": Channel(unit="degC", valid=(-80.0, 60.0), max_step=(30.0, 30.0)),
            "soil_temperature": Channel(unit="degC", valid=(-50.0, 70.0), max_step=(25.0, 25.0)),
            "soil_moisture": Channel(unit="m3 m-3", valid=(0.0, 1.0), max_step=(0.2, 0.4)),
            "rain": Channel(unit="mm", valid=(0.0, 500.0)),
        },
    ),
    licence="CC-BY-4.0",
    citation=(
        "Pastorello, G. et al. (2020). The FLUXNET2015 dataset and the ONEFlux processing pipeline "
        "for eddy covariance data. Scientific Data 7, 225. doi:10.1038/s41597-020-0534-3"
    ),
    link="https://doi.org/10.1038/s41597-020-0534-3",
    pass_on=PassOn.READINGS,
)
