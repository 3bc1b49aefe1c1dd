"""Land whose carbon for its clay is expected to be between 1/10 and 1/8 of it, 0-30 cm."""

from soc_monitor.model import Indicator
from soc_monitor.model.chance import chance_of
from soc_monitor.model.scale import SOIL, Scale

indicator = Indicator(
    id="soc_clay_good_expected_0_30cm",
    title={
        "en": "Land expected to have good carbon for its clay, 0–30 cm",
        "fr": "Part attendue des terres à bon niveau de carbone pour leur argile, 0–30 cm",
        "es": "Parte esperada de tierras con buen carbono para su arcilla, 0–30 cm",
    },
    help={
        "en": (
            "Share of the land whose carbon is between 1/10 and 1/8 of the clay, as expected "
            "by how uncertain both are; of a cell, the chance of it."
        ),
        "fr": (
            "Part des terres dont le carbone est entre 1/10 et 1/8 de l’argile, attendue "
            "selon l’incertitude des deux ; d’une maille, sa probabilité."
        ),
        "es": (
            "Parte de la tierra cuyo carbono está entre 1/10 y 1/8 de la arcilla, esperada "
            "según la incertidumbre de ambos; de una celda, su probabilidad."
        ),
    },
    unit="%",
    cell_unit="%",
    inputs=("soc_clay_good_expected_0_30cm",),
    std_input="soc_clay_good_expected_0_30cm_sd",
    over_area="mean",
    source="Prout et al. 2021 (Eur. J. Soil Sci. 72, 2493-2503): 1/10 to 1/8",
    compute=chance_of("soc_clay_good_expected_0_30cm"),
    chance=True,
    alias=("soc-clay-good-expected", "0-30"),
    units=("pct",),
    group="health",
    scale=Scale(breaks=(1.0, 5.0, 10.0, 20.0, 40.0, 60.0), colours=SOIL),
)
