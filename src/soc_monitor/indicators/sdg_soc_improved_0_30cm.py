"""Land whose soil carbon has improved, SDG 15.3.1: more than 10 % gained against 2000-2015."""

from soc_monitor.model import Indicator
from soc_monitor.model.anomaly import land_share
from soc_monitor.model.scale import SOIL, Scale

indicator = Indicator(
    id="sdg_soc_improved_0_30cm",
    title={
        "en": "Land with improved soil carbon (SDG 15.3.1), 0–30 cm",
        "fr": "Terres au carbone du sol amélioré (ODD 15.3.1), 0–30 cm",
        "es": "Tierras con carbono del suelo mejorado (ODS 15.3.1), 0–30 cm",
    },
    help={
        "en": (
            "Share of the land that gained more than 10% of carbon against 2000–2015, by "
            "land cover alone."
        ),
        "fr": (
            "Part des terres ayant gagné plus de 10 % de carbone par rapport à 2000–2015,"
            " d’après la seule occupation du sol."
        ),
        "es": (
            "Parte de la tierra que ganó más del 10 % de carbono frente a 2000–2015, solo"
            " por la cobertura."
        ),
    },
    unit="%",
    cell_unit="%",
    inputs=("sdg_soc_class_0_30cm",),
    over_area="mean",
    source="UNCCD Good Practice Guidance for SDG 15.3.1, version 2 (2021), Section 4.2.4",
    compute=land_share(1),
    alias=("sdg-improved", "0-30"),
    units=("pct",),
    group="health",
    scale=Scale(breaks=(1.0, 5.0, 10.0, 20.0, 40.0, 60.0), colours=SOIL),
)
