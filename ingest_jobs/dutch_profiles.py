"""Representative profiles of the Dutch soil map: derived, for comparison, never assimilated.

Source: the soil map of the Netherlands 1:50 000 (BRO Bodemkaart) by dutchsoils. A profile stands
for a map unit and has no place of its own.
"""

from soc_monitor.feeds import ShelfFeed
from soc_monitor.model import DataClass, IngestJob, Sample, Samples


def sample(row: dict[str, str]) -> Sample | None:
    """One layer of a profile, with the stock that its organic matter and density give."""
    if not row["soc_stock_t_ha"]:
        return None
    names = ("code", "name", "horizon", "organic_matter_pct", "clay_pct", "bulk_density_g_cm3")
    return Sample(
        key=f"{row['profile_id']}-{row['layer']}",
        lon=None,
        lat=None,
        top_cm=float(row["top_cm"]),
        bottom_cm=float(row["bottom_cm"]),
        variable="soc_stock",
        value=float(row["soc_stock_t_ha"]),
        unit="t ha-1",
        sampled_on=None,
        data_class=DataClass.INFERRED,
        attributes={name: row[name] for name in names if row[name]},
    )


job = IngestJob(
    id="dutch_profiles",
    title={
        "en": "Profiles of the Dutch soil map",
        "fr": "Profils de la carte des sols des Pays-Bas",
        "es": "Perfiles del mapa de suelos de los Países Bajos",
    },
    feed=ShelfFeed(folder="starter", keys=("dutch_profiles.csv.gz",), version="dutchsoils 0.3.3"),
    into=Samples(item="dutch_profiles.csv.gz", sample_of=sample),
    licence="Values by dutchsoils, MIT; the soil map is a public register (BRO)",
    citation=(
        "Wageningen Environmental Research, soil map of the Netherlands (BRO-SGM V2025-01); "
        "Heinen, M. et al. (2021), BOFEK2020. doi:10.18174/541544"
    ),
    link="https://doi.org/10.18174/541544",
    on=True,
)
