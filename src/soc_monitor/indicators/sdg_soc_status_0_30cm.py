"""Land whose soil carbon is degraded by its status, SDG 15.3.1: with what was lost by 2015."""

from soc_monitor.model import Indicator
from soc_monitor.model.anomaly import land_share
from soc_monitor.model.scale import SOIL, Scale

indicator = Indicator(
    id="sdg_soc_status_0_30cm",
    title={
        "en": "Land with degraded soil carbon by its status (SDG 15.3.1), 0–30 cm",
        "fr": "Terres au carbone du sol dégradé selon le statut (ODD 15.3.1), 0–30 cm",
        "es": "Tierras con carbono del suelo degradado según su estado (ODS 15.3.1), 0–30 cm",
    },
    help={
        "en": "Degraded in the period, or by 2015 and not improved in the period.",
        "fr": "Dégradées dans la période, ou déjà en 2015 sans amélioration dans la période.",
        "es": "Degradadas en el periodo, o ya en 2015 y sin mejora en el periodo.",
    },
    unit="%",
    cell_unit="%",
    inputs=("sdg_soc_status_0_30cm",),
    over_area="mean",
    source="UNCCD Good Practice Guidance for SDG 15.3.1, version 2 (2021), Sections 2.2 and 4.2.4",
    compute=land_share(-1, "sdg_soc_status_0_30cm"),
    alias=("sdg-status", "0-30"),
    units=("pct",),
    group="health",
    scale=Scale(breaks=(1.0, 5.0, 10.0, 20.0, 40.0, 60.0), colours=SOIL),
)
