"""Tower readings 2019-2023: soil moisture, temperature and NDVI at 63 flux-tower sites.

Source: ECOSTRESS Collection 2 calibration and validation tables. About 17 instants a site: real
point observations for maps and checks, too sparse to drive a monthly model.
"""

from datetime import datetime

from soc_monitor.feeds import ShelfFeed
from soc_monitor.model import IngestJob, Observation, PassOn, Station, Stations


def station(row: dict[str, str]) -> Station:
    """A line of the list of sites."""
    return Station(
        id=row["station_id"], name=row["name"], lon=float(row["lon"]), lat=float(row["lat"])
    )


def observation(row: dict[str, str]) -> Observation:
    """A line of the readings; the source gives no time of publication of its own."""
    time = datetime.fromisoformat(row["time"])
    return Observation(
        station=row["station_id"],
        variable=row["variable"],
        time=time,
        result_time=time,
        value=float(row["value"]),
        unit=row["unit"],
    )


job = IngestJob(
    id="tower_readings",
    title={
        "en": "Flux-tower readings 2019–2023",
        "fr": "Relevés de tours à flux 2019–2023",
        "es": "Lecturas de torres de flujo 2019–2023",
    },
    feed=ShelfFeed(
        folder="starter",
        keys=("tower_stations.csv", "tower_readings.csv.gz"),
        version="ECOv002-calval-tables 1.13.0",
    ),
    into=Stations(
        stations="tower_stations.csv",
        readings="tower_readings.csv.gz",
        station_of=station,
        observation_of=observation,
    ),
    licence="Apache-2.0",
    citation=(
        "Pierrat, Z. A. et al. (2024). Evaluation of ECOSTRESS Collection 2 evapotranspiration "
        "products. doi:10.1029/2024WR039404"
    ),
    link="https://doi.org/10.1029/2024WR039404",
    pass_on=PassOn.READINGS,
    on=True,
)
