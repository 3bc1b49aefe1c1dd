"""Soil moisture anomaly, 0-5 cm: how far a month stands from the same month of other years."""

from soc_monitor.model import Indicator
from soc_monitor.model.anomaly import ONE_SPREAD, moisture_score
from soc_monitor.model.scale import LOSS_TO_GAIN, Scale

indicator = Indicator(
    id="moisture_anomaly_0_5cm",
    title={
        "en": "Soil moisture anomaly, 0–5 cm",
        "fr": "Anomalie d’humidité du sol, 0–5 cm",
        "es": "Anomalía de humedad del suelo, 0–5 cm",
    },
    help={
        "en": (
            "How far a month is from the same month of other years, in standard "
            "deviations; wetter is positive."
        ),
        "fr": (
            "Écart d’un mois au même mois des autres années, en écarts types ; positif si"
            " plus humide."
        ),
        "es": (
            "Distancia de un mes al mismo mes de otros años, en desviaciones típicas; "
            "positiva si es más húmedo."
        ),
    },
    unit="1",
    cell_unit="1",
    inputs=("soil_moisture_0_5cm",),
    over_area="mean",
    source="(x - mean) / sd of the calendar month, ten years of record or more",
    compute=moisture_score("soil_moisture_0_5cm"),
    seasonal=True,
    beside=("air_temperature",),
    alias=("moisture", "0-5"),
    units=(),
    usual=ONE_SPREAD,
    group="drivers",
    scale=Scale(breaks=(-2.0, -1.5, -1.0, -0.5, 0.5, 1.0, 1.5, 2.0), colours=LOSS_TO_GAIN),
)
