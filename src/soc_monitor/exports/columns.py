"""Columns: what each column of the tidy table holds, for every form that can say so."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "integer", "number", "date"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the tidy table."""

    name: str
    kind: Kind
    titles: tuple[str, str, str]
    """English, French, Spanish."""
    about: str
    """In English, for those who write programs."""
    allowed: tuple[str, ...] = ()
    """Every value there can be; empty: any."""
    required: bool = False
    """Never empty."""

    def title(self, language: str) -> str:
        """The title in a language.

        Example:
            >>> COLUMNS[0].title("fr")
            'Identifiant du territoire'
        """
        return self.titles[("en", "fr", "es").index(language)]


_STATES = ("above_4", "gaining", "no_detectable_change", "losing", "not_assessable")

FLAGS = (
    "Joined by a semicolon. no_estimate: nothing of the area is mapped. low_coverage: under "
    "half is. remainder: what belongs to no area of the level."
)
"""What the words of the column `flags` mean."""

COLUMNS: tuple[Column, ...] = (
    Column(
        "area_id",
        "text",
        ("Area id", "Identifiant du territoire", "Identificador del territorio"),
        "WLD, UN M49 region, ISO 3166-1 alpha-3, ISO 3166-2 with the alpha-3 in front.",
        required=True,
    ),
    Column(
        "area_name",
        "text",
        ("Area", "Territoire", "Territorio"),
        "In the language of `labels`, English by default. An apostrophe stands before a name that "
        "a spreadsheet would take for a formula.",
        required=True,
    ),
    Column(
        "area_level",
        "text",
        ("Level", "Niveau", "Nivel"),
        "World, UN M49 region, country, first-level division.",
        ("world", "m49", "adm0", "adm1"),
        required=True,
    ),
    Column("period", "text", ("Period", "Période", "Periodo"), "2010, 2010-06.", required=True),
    Column(
        "period_start",
        "date",
        ("First day", "Premier jour", "Primer día"),
        "First day of the period, UTC.",
        required=True,
    ),
    Column(
        "period_end",
        "date",
        ("Last day", "Dernier jour", "Último día"),
        "Last day of the period, inside it.",
        required=True,
    ),
    Column(
        "variable",
        "text",
        ("Variable", "Variable", "Variable"),
        "Id of the indicator, with its depth.",
        required=True,
    ),
    Column(
        "depth_top_cm",
        "integer",
        ("Top of the layer, cm", "Haut de la couche, cm", "Parte superior de la capa, cm"),
        "Empty above ground.",
    ),
    Column(
        "depth_bottom_cm",
        "integer",
        ("Bottom of the layer, cm", "Bas de la couche, cm", "Parte inferior de la capa, cm"),
        "Empty above ground.",
    ),
    Column(
        "land_cover",
        "text",
        ("Land cover", "Occupation du sol", "Cobertura del suelo"),
        "Always `all` so far.",
        required=True,
    ),
    Column(
        "statistic",
        "text",
        ("Statistic", "Statistique", "Estadístico"),
        "Mean by area, total over the mapped area, or ratio of totals.",
        ("mean", "total", "ratio"),
        required=True,
    ),
    Column(
        "value",
        "number",
        ("Value", "Valeur", "Valor"),
        "Empty: no estimate, which is not zero.",
    ),
    Column(
        "unit",
        "text",
        ("Unit", "Unité", "Unidad"),
        "Plain ASCII; says C where carbon is weighed. t C ha-1 times 0.1 is kg C m-2.",
        required=True,
    ),
    Column(
        "lower_95",
        "number",
        ("Lower end of the 95% interval", "Borne basse à 95 %", "Límite inferior del 95 %"),
        "Empty: the product gives no error. Of what is told with a range: its lower end.",
    ),
    Column(
        "upper_95",
        "number",
        ("Upper end of the 95% interval", "Borne haute à 95 %", "Límite superior del 95 %"),
        "Empty: the product gives no error. Of what is told with a range: its upper end.",
    ),
    Column(
        "lower_50",
        "number",
        ("Lower end of the 50% interval", "Borne basse à 50 %", "Límite inferior del 50 %"),
        "Empty: the product gives no error.",
    ),
    Column(
        "upper_50",
        "number",
        ("Upper end of the 50% interval", "Borne haute à 50 %", "Límite superior del 50 %"),
        "Empty: the product gives no error.",
    ),
    Column(
        "std_error",
        "number",
        ("Standard error", "Erreur type", "Error estándar"),
        "Of the value; empty: the product gives none.",
    ),
    Column(
        "data_class",
        "text",
        ("Data class", "Classe de données", "Clase de datos"),
        "Where the number comes from.",
        ("observed", "observed+modelled", "modelled", "inferred", "reported"),
        required=True,
    ),
    Column(
        "status",
        "text",
        ("Status", "Statut", "Estado del dato"),
        "Provisional numbers are replaced when their period is closed.",
        ("final", "provisional"),
        required=True,
    ),
    Column(
        "mapped_fraction",
        "number",
        ("Mapped share", "Part cartographiée", "Parte cartografiada"),
        "Share of `land_area_ha` with a value, 0 to 1; its lakes and ice count.",
    ),
    Column(
        "mapped_area_ha",
        "number",
        ("Mapped area, ha", "Surface cartographiée, ha", "Superficie cartografiada, ha"),
        "On the ellipsoid.",
    ),
    Column(
        "land_area_ha",
        "number",
        ("Land area, ha", "Surface terrestre, ha", "Superficie terrestre, ha"),
        "What the outline holds, on the ellipsoid: lakes and ice, too; of the world Antarctica.",
    ),
    Column(
        "product_id",
        "text",
        ("Product", "Produit", "Producto"),
        "Source of the numbers.",
        required=True,
    ),
    Column(
        "release",
        "text",
        ("Release", "Édition", "Edición"),
        "A release never changes.",
        required=True,
    ),
    Column(
        "source_ids",
        "text",
        ("Sources", "Sources", "Fuentes"),
        "Feeds behind the product, joined by a semicolon.",
    ),
    Column(
        "calculation_id",
        "text",
        ("Calculation", "Calcul", "Cálculo"),
        "Leads to slices, files and checksums: /api/v1/provenance/{calculation_id}.",
    ),
    Column(
        "flags",
        "text",
        ("Flags", "Marques", "Marcas"),
        FLAGS,
    ),
    Column(
        "observation_weight",
        "number",
        ("Measured share", "Part mesurée", "Parte medida"),
        "Measured share of the information, 0 to 1; empty: no samples were used.",
    ),
    Column(
        "state",
        "text",
        ("State", "État", "Estado"),
        "Of a change: what may be said of it at 95 %.",
        _STATES,
    ),
    Column(
        "state_reasons",
        "text",
        ("Reasons", "Raisons", "Razones"),
        "Why a change is not assessable, joined by a semicolon.",
    ),
    Column(
        "prob_gt_0",
        "number",
        ("Chance of a gain", "Probabilité d’un gain", "Probabilidad de ganancia"),
        "0 to 1.",
    ),
    Column(
        "prob_ge_4",
        "number",
        ("Chance of 4 ‰ a year", "Probabilité de 4 ‰ par an", "Probabilidad de 4 ‰ al año"),
        "Of 4 permille a year or more, 0 to 1.",
    ),
    Column(
        "base_period",
        "text",
        ("Base period", "Période de référence", "Periodo de referencia"),
        "Of a change: what it is counted from.",
    ),
    Column(
        "window_years",
        "number",
        ("Years", "Années", "Años"),
        "Of a change: from the base period to the period.",
    ),
    Column(
        "window_label",
        "text",
        ("Window", "Fenêtre", "Ventana"),
        "Of a change.",
        ("provisional", "annual", "multi_year"),
    ),
    Column(
        "window_start",
        "date",
        ("First day of the change", "Premier jour de la variation", "Primer día del cambio"),
        "Of a change: first day of its base period.",
    ),
    Column(
        "window_end",
        "date",
        ("Last day of the change", "Dernier jour de la variation", "Último día del cambio"),
        "Of a change: last day of its period, inside it.",
    ),
    Column(
        "method",
        "text",
        ("Method", "Méthode", "Método"),
        "Of a change: slope of a straight line through all its yearly means, or compounded.",
        ("linear", "compound"),
    ),
    Column(
        "distance_to_4",
        "number",
        ("Distance to 4 ‰ a year", "Écart à 4 ‰ par an", "Distancia al 4 ‰ al año"),
        "Of soc_rate: the rate less 4 permille a year [permille yr-1].",
    ),
    Column(
        "min_detectable_change",
        "number",
        ("Least change seen", "Variation minimale détectable", "Cambio mínimo detectable"),
        "Of a change, in its unit: what is told from none at 5 % with a power of 80 %: 2.80 "
        "standard errors. Empty: the product gives no error.",
    ),
    Column(
        "gap_t_per_year",
        "number",
        (
            "Gap to 4 ‰, t C a year",
            "Écart à 4 ‰, t C par an",
            "Brecha hasta el 4 ‰, t C al año",
        ),
        "Of soc_rate [t C yr-1]: carbon that the mapped land lacks each year to grow by 4 permille "
        "of its base stock; below 0: what it has above that.",
    ),
    Column(
        "freshness_days",
        "number",
        (
            "Age of the oldest input, days",
            "Âge de la plus ancienne donnée, jours",
            "Antigüedad del dato más viejo, días",
        ),
        "Of a nowcast: age of the oldest input that is needed, at the end of the period.",
    ),
    Column(
        "sample_support",
        "number",
        (
            "Field samples per 1,000 km²",
            "Échantillons de terrain pour 1 000 km²",
            "Muestras de campo por 1000 km²",
        ),
        "Of a nowcast: samples of ten years. Empty: not told of the product.",
    ),
    Column(
        "n_samples",
        "integer",
        (
            "Field samples",
            "Échantillons de terrain",
            "Muestras de campo",
        ),
        "Of a nowcast: samples of ten years, in all. Empty: not told of the product.",
    ),
    Column(
        "newest_input_days",
        "integer",
        (
            "Age of the newest input, days",
            "Âge de la plus récente donnée, jours",
            "Antigüedad del dato más nuevo, días",
        ),
        "Of a nowcast: age of the newest input of any kind, field samples aside, at the end of the "
        "period. Empty: no input that is needed was ever observed.",
    ),
)
