"""Land whose soil carbon is degraded where a loss of exactly 10 % counts, SDG 15.3.1."""

from soc_monitor.model import Indicator
from soc_monitor.model.anomaly import land_share
from soc_monitor.model.scale import SOIL, Scale

indicator = Indicator(
    id="sdg_soc_degraded_inclusive_0_30cm",
    title={
        "en": "Land with degraded soil carbon (SDG 15.3.1), 10% included, 0–30 cm",
        "fr": "Terres au carbone du sol dégradé (ODD 15.3.1), 10 % inclus, 0–30 cm",
        "es": "Tierras con carbono del suelo degradado (ODS 15.3.1), 10 % incluido, 0–30 cm",
    },
    help={
        "en": "As the share of degraded land, but a loss of exactly 10% counts as degraded.",
        "fr": "Comme la part des terres dégradées, mais une perte d’exactement 10 % compte.",
        "es": "Como la parte de tierra degradada, pero una pérdida de justo el 10 % cuenta.",
    },
    unit="%",
    cell_unit="%",
    inputs=("sdg_soc_class_inclusive_0_30cm",),
    over_area="mean",
    source="UNCCD Good Practice Guidance for SDG 15.3.1, version 2 (2021), 4.2.4; 10 % included",
    compute=land_share(-1, "sdg_soc_class_inclusive_0_30cm"),
    alias=("sdg-degraded-inclusive", "0-30"),
    units=("pct",),
    group="health",
    scale=Scale(breaks=(1.0, 5.0, 10.0, 20.0, 40.0, 60.0), colours=SOIL),
)
