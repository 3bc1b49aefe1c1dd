"""Land whose soil carbon is degraded, SDG 15.3.1: more than 10 % lost against 2000-2015."""

from soc_monitor.model import Indicator
from soc_monitor.model.anomaly import land_share
from soc_monitor.model.scale import SOIL, Scale

indicator = Indicator(
    id="sdg_soc_degraded_0_30cm",
    title={
        "en": "Land with degraded soil carbon (SDG 15.3.1), 0–30 cm",
        "fr": "Terres au carbone du sol dégradé (ODD 15.3.1), 0–30 cm",
        "es": "Tierras con carbono del suelo degradado (ODS 15.3.1), 0–30 cm",
    },
    help={
        "en": (
            "Share of the land that lost more than 10% of its carbon against 2000–2015, "
            "by land cover alone."
        ),
        "fr": (
            "Part des terres ayant perdu plus de 10 % de leur carbone par rapport à "
            "2000–2015, d’après la seule occupation du sol."
        ),
        "es": (
            "Parte de la tierra que perdió más del 10 % de su carbono frente a 2000–2015,"
            " solo por la cobertura."
        ),
    },
    unit="%",
    cell_unit="%",
    inputs=("sdg_soc_class_0_30cm",),
    over_area="mean",
    source="UNCCD Good Practice Guidance for SDG 15.3.1, version 2 (2021), Section 4.2.4",
    compute=land_share(-1),
    alias=("sdg-degraded", "0-30"),
    units=("pct",),
    group="health",
    scale=Scale(breaks=(1.0, 5.0, 10.0, 20.0, 40.0, 60.0), colours=SOIL),
)
