"""Soil moisture percentile, 0-7 cm: how a month stands among the same months of other years."""

from soc_monitor.model import Indicator
from soc_monitor.model.anomaly import FOUR_OF_FIVE, moisture_percentile
from soc_monitor.model.scale import LOSS_TO_GAIN, Scale

indicator = Indicator(
    id="moisture_percentile_0_7cm",
    title={
        "en": "Soil moisture percentile, 0–7 cm",
        "fr": "Centile d’humidité du sol, 0–7 cm",
        "es": "Percentil de humedad del suelo, 0–7 cm",
    },
    help={
        "en": (
            "Share of the years whose same month was drier, over ten years or more; 50% is the "
            "middle. Of an area the mean of its cells."
        ),
        "fr": (
            "Part des années dont le même mois était plus sec, sur dix ans ou plus ; 50 % est le "
            "milieu. Pour un territoire, la moyenne de ses cellules."
        ),
        "es": (
            "Parte de los años cuyo mismo mes fue más seco, sobre diez años o más; el 50 % es el "
            "medio. De un territorio, el promedio de sus celdas."
        ),
    },
    unit="%",
    cell_unit="%",
    inputs=("soil_moisture_0_7cm",),
    over_area="mean",
    source="rank / (n + 1) of the calendar month, 1991-2020 where ten years of it are there",
    compute=moisture_percentile("soil_moisture_0_7cm"),
    seasonal=True,
    climatology=(1991, 2020),
    beside=("air_temperature",),
    alias=("moisture-percentile", "0-7"),
    units=("pct",),
    usual=FOUR_OF_FIVE,
    group="drivers",
    scale=Scale(breaks=(2.0, 5.0, 10.0, 30.0, 70.0, 90.0, 95.0, 98.0), colours=LOSS_TO_GAIN),
)
