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
            "Rank of the month among the same months of ten years or more, from dry to wet, itself "
            "included: never 0 nor 100%; 50% is the middle. Of an area the "
            "mean of its cells."
        ),
        "fr": (
            "Rang du mois parmi les mêmes mois de dix ans ou plus, du sec à l’humide, lui-même "
            "compris : jamais 0 ni 100 % ; 50 % est le milieu. Pour un territoire, "
            "la moyenne de ses cellules."
        ),
        "es": (
            "Rango del mes entre los mismos meses de diez años o más, de seco a húmedo, él mismo "
            "incluido: nunca 0 ni 100 %; el 50 % es el medio. De un territorio, "
            "el promedio de sus celdas."
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
