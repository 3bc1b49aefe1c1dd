"""Land whose soil carbon is stable, SDG 15.3.1: within 10 % of 2000-2015."""

from soc_monitor.model import Indicator
from soc_monitor.model.anomaly import land_share
from soc_monitor.model.scale import SOIL, Scale

indicator = Indicator(
    id="sdg_soc_stable_0_30cm",
    title={
        "en": "Land with stable soil carbon (SDG 15.3.1), 0–30 cm",
        "fr": "Terres au carbone du sol stable (ODD 15.3.1), 0–30 cm",
        "es": "Tierras con carbono del suelo estable (ODS 15.3.1), 0–30 cm",
    },
    help={
        "en": "Share of the land within 10% of its carbon of 2000–2015, by land cover alone.",
        "fr": (
            "Part des terres dont le carbone a varié de 10 % au plus par rapport à "
            "2000–2015, d’après la seule occupation du sol."
        ),
        "es": (
            "Parte de la tierra cuyo carbono varió un 10 % o menos frente a 2000–2015, solo "
            "por la cobertura."
        ),
    },
    unit="%",
    cell_unit="%",
    inputs=("sdg_soc_class_0_30cm",),
    over_area="mean",
    source="UNCCD Good Practice Guidance for SDG 15.3.1, version 2 (2021), Section 4.2.4",
    compute=land_share(0),
    alias=("sdg-stable", "0-30"),
    units=("pct",),
    group="health",
    scale=Scale(breaks=(1.0, 5.0, 10.0, 20.0, 40.0, 60.0), colours=SOIL),
)
