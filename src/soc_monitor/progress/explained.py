"""What each column of a register holds, in the words of the one who fills it in."""

from collections.abc import Mapping

from soc_monitor.model.typeset import typeset
from soc_monitor.progress.registers import Field

_ABOUT: Mapping[str, tuple[str, str, str]] = {
    "kpi": (
        "Id of the measure, as /api/v1/kpis lists it",
        "Identifiant de la mesure, comme dans /api/v1/kpis",
        "Identificador de la medida, como en /api/v1/kpis",
    ),
    "period": (
        "Year, month or day that the value is for",
        "Année, mois ou jour de la valeur",
        "Año, mes o día del valor",
    ),
    "number": (
        "The value, in the unit of the measure; a share in percent",
        "La valeur, dans l’unité de la mesure ; une part en pourcentage",
        "El valor, en la unidad de la medida; una proporción en porcentaje",
    ),
    "stage": (
        "Code of the step that is reached, instead of a number",
        "Code de l’étape atteinte, au lieu d’un nombre",
        "Código de la etapa alcanzada, en lugar de un número",
    ),
    "numerator": (
        "Of a share: what was counted",
        "D’une part : ce qui a été compté",
        "De una proporción: lo contado",
    ),
    "denominator": (
        "Of a share: out of how many",
        "D’une part : sur combien",
        "De una proporción: de cuántos",
    ),
    "data_class": (
        "How the value came about",
        "Comment la valeur a été obtenue",
        "Cómo se obtuvo el valor",
    ),
    "source": (
        "Who published it, where, when",
        "Qui l’a publié, où, quand",
        "Quién lo publicó, dónde y cuándo",
    ),
    "objective": (
        "Objective of the plan, A1 to F3",
        "Objectif du plan, A1 à F3",
        "Objetivo del plan, A1 a F3",
    ),
    "objectives": (
        "Objectives that it counts for, several with ;",
        "Objectifs pour lesquels elle compte, plusieurs avec ;",
        "Objetivos para los que cuenta, varios con ;",
    ),
    "text": ("The step, in one sentence", "L’étape, en une phrase", "El paso, en una frase"),
    "due": ("When it is to be done", "Quand elle doit être faite", "Cuándo debe estar hecho"),
    "done_on": ("When it was done", "Quand elle a été faite", "Cuándo se hizo"),
    "state": ("How it stands", "Où elle en est", "En qué estado está"),
    "name": (
        "Name, as the organisation writes it; no person",
        "Nom, tel que l’organisation l’écrit ; pas de personne",
        "Nombre, como lo escribe la organización; ninguna persona",
    ),
    "title": ("Title, as published", "Titre, tel que publié", "Título, tal como se publicó"),
    "country": (
        "Country: a name in English, French or Spanish, or its ISO code",
        "Pays : un nom en français, anglais ou espagnol, ou son code ISO",
        "País: un nombre en español, inglés o francés, o su código ISO",
    ),
    "countries": (
        "Countries, several with ;",
        "Pays, plusieurs avec ;",
        "Países, varios con ;",
    ),
    "kind": ("Which kind", "De quelle sorte", "De qué tipo"),
    "role": (
        "Member or partner of the Initiative",
        "Membre ou partenaire de l’Initiative",
        "Miembro o socio de la Iniciativa",
    ),
    "since": ("Since when", "Depuis quand", "Desde cuándo"),
    "until": ("Until when, if it has ended", "Jusqu’à quand, si terminé", "Hasta cuándo, si acabó"),
    "link": ("Its own web page", "Sa propre page web", "Su propia página web"),
    "who": (
        "Organisation that carries it out",
        "Organisation qui la mène",
        "Organización que la lleva a cabo",
    ),
    "started": ("When it began", "Quand elle a commencé", "Cuándo empezó"),
    "ended": ("When it ended", "Quand elle a pris fin", "Cuándo terminó"),
    "figures": (
        "What was achieved, in numbers and words",
        "Ce qui a été réalisé, en chiffres et en mots",
        "Lo logrado, en cifras y palabras",
    ),
    "selected": (
        "Whether the Initiative has selected it (A2)",
        "Si l’Initiative l’a sélectionnée (A2)",
        "Si la Iniciativa la seleccionó (A2)",
    ),
    "confirmed_on": (
        "When it was last confirmed; after 18 months it leaves the counts",
        "Dernière confirmation ; après 18 mois elle sort des comptes",
        "Última confirmación; tras 18 meses sale de los recuentos",
    ),
    "tool": (
        "Tool that gave the result; in toolbox_use, the tool that was used",
        "Outil dont vient le résultat ; dans toolbox_use, l’outil utilisé",
        "Herramienta que dio el resultado; en toolbox_use, la que se usó",
    ),
    "tool_version": ("Version of the tool", "Version de l’outil", "Versión de la herramienta"),
    "area_ha": (
        "Area of the action [hectares]",
        "Surface de l’action [hectares]",
        "Superficie de la acción [hectáreas]",
    ),
    "tco2e": (
        "Carbon balance over all the years [t CO2e]; less than zero: carbon stored",
        "Bilan carbone sur toutes les années [t CO2e] ; négatif : carbone stocké",
        "Balance de carbono de todos los años [t CO2e]; negativo: carbono almacenado",
    ),
    "tco2e_years": (
        "Years that the balance is over",
        "Années que couvre le bilan",
        "Años que abarca el balance",
    ),
    "submitted": (
        "Day that the contribution was submitted",
        "Jour du dépôt de la contribution",
        "Día de presentación de la contribución",
    ),
    "mention": (
        "How it speaks of soil carbon",
        "Comment elle parle du carbone du sol",
        "Cómo habla del carbono del suelo",
    ),
    "passage": ("The words, quoted", "Le passage, cité", "El pasaje, citado"),
    "page": ("Page of the document", "Page du document", "Página del documento"),
    "assessor": (
        "Organisation that read it",
        "Organisation qui l’a lue",
        "Organización que la leyó",
    ),
    "year": ("Year", "Année", "Año"),
    "cites_ndc": (
        "Whether it refers to the national contribution",
        "Si elle renvoie à la contribution nationale",
        "Si remite a la contribución nacional",
    ),
    "region": ("Region of the world", "Région du monde", "Región del mundo"),
    "last_answer": (
        "Day of its last answer; it is active for a year from then",
        "Jour de sa dernière réponse ; il est actif un an à partir de là",
        "Día de su última respuesta; está activo un año desde entonces",
    ),
    "used_on": ("Day of use", "Jour d’utilisation", "Día de uso"),
    "published": ("Day of publication", "Jour de publication", "Día de publicación"),
    "held": ("Day that it was held", "Jour de la réunion", "Día de la reunión"),
    "scope": ("For whom it was", "À qui elle s’adressait", "A quién se dirigía"),
    "presented": ("Day that it was presented", "Jour de présentation", "Día de presentación"),
    "signed_on": ("Day of the signature", "Jour de la signature", "Día de la firma"),
    "contacted_on": ("Day of the contact", "Jour du contact", "Día del contacto"),
    "adopted_on": (
        "Day that it adopted the concept",
        "Jour d’adoption du concept",
        "Día de adopción del concepto",
    ),
    "pilot": (
        "Whether it is part of the pilot project",
        "Si elle fait partie du projet pilote",
        "Si forma parte del proyecto piloto",
    ),
    "total_eur": (
        "Whole budget of the year [euros]",
        "Budget total de l’année [euros]",
        "Presupuesto total del año [euros]",
    ),
    "core_eur": ("Of it, core budget [euros]", "Dont budget de base [euros]", "De él, básico [€]"),
    "body": (
        "Regional or sub-regional body",
        "Organisme régional ou sous-régional",
        "Organismo regional o subregional",
    ),
    "stated_on": ("Day that it said so", "Jour où il l’a déclaré", "Día en que lo declaró"),
    "owner": ("Organisation behind it", "Organisation responsable", "Organización responsable"),
    "scale": (
        "Largest scale that it is made for",
        "Plus grande échelle pour laquelle il est fait",
        "Mayor escala para la que está hecha",
    ),
    "gives": (
        "How much carbon there is, its change, both, or a driver of it",
        "La quantité de carbone, son évolution, les deux, ou un facteur",
        "La cantidad de carbono, su cambio, ambos, o un factor",
    ),
    "access": ("How one gets at it", "Comment y accéder", "Cómo se accede"),
    "validation": ("By whom it was validated", "Par qui il a été validé", "Quién la validó"),
    "method": (
        "How it works, in two lines",
        "La méthode, en deux lignes",
        "El método, en dos líneas",
    ),
    "depth": ("Depth of soil", "Profondeur de sol", "Profundidad de suelo"),
    "resolution": ("Resolution in space", "Résolution spatiale", "Resolución espacial"),
    "time_step": ("Step in time", "Pas de temps", "Paso de tiempo"),
    "accuracy": (
        "Accuracy as published: measure, value, where",
        "Exactitude publiée : mesure, valeur, lieu",
        "Exactitud publicada: medida, valor, lugar",
    ),
    "cost": ("Cost of its use", "Coût d’utilisation", "Coste de uso"),
    "licence": ("Licence", "Licence", "Licencia"),
    "evidence": (
        "Web address that shows it",
        "Adresse web qui le montre",
        "Dirección web que lo muestra",
    ),
    "evidence_on": (
        "Day of the evidence",
        "Date de la preuve",
        "Fecha de la prueba",
    ),
    "note": (
        "Anything else; organisations only, no personal data",
        "Autre remarque ; des organisations seulement, pas de données personnelles",
        "Otra observación; solo organizaciones, sin datos personales",
    ),
}
_ENDS: Mapping[str, tuple[str, str, str]] = {
    "_source": (
        "Web address that tells {name}",
        "Adresse web qui donne {name}",
        "Dirección web que da {name}",
    ),
    "_read_on": (
        "Day that the source of {name} was read",
        "Jour de lecture de la source de {name}",
        "Día en que se leyó la fuente de {name}",
    ),
}
"""Columns of a fact's origin, by how their names end."""
_SHAPES: Mapping[str, tuple[str, str, str]] = {
    "text": ("text", "texte", "texto"),
    "number": (
        "a number: 1234.5 or 1234,5",
        "un nombre : 1234.5 ou 1234,5",
        "un número: 1234.5 o 1234,5",
    ),
    "period": (
        "2026, 2026-11 or 2026-11-22",
        "2026, 2026-11 ou 2026-11-22",
        "2026, 2026-11 o 2026-11-22",
    ),
    "date": ("2026-11-22", "2026-11-22", "2026-11-22"),
    "country": ("a country", "un pays", "un país"),
    "countries": ("countries", "des pays", "países"),
    "choice": ("one of the choices", "un des choix", "una de las opciones"),
    "url": ("https://…", "https://…", "https://…"),
    "ids": ("A1;B2", "A1;B2", "A1;B2"),
}
_LANGUAGES = ("en", "fr", "es")


def about(field: Field, lang: str) -> str:
    """What a column holds; empty where its name says it all.

    Example:
        >>> about(Field(name="since", kind="period"), "fr")
        'Depuis quand'
    """
    name = field.name
    for end, words in _ENDS.items():
        if name.endswith(end) and name.removesuffix(end) in _ABOUT:
            return words[_LANGUAGES.index(lang)].format(name=name.removesuffix(end))
    found = _ABOUT.get(name)
    text = "" if found is None else found[_LANGUAGES.index(lang)]
    return typeset(text, lang)


def shape(field: Field, lang: str) -> str:
    """How a cell of a column is written."""
    return _SHAPES[field.kind][_LANGUAGES.index(lang)]
