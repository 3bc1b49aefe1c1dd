"""Interval notes: what the intervals beside some numbers are, and why there are none."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from soc_monitor.api.rows import Row, Sheet
from soc_monitor.model import Indicator
from soc_monitor.model.typeset import in_language

INTERVAL_NOTE = {
    "en": "95% and 50% intervals of a normal error: value ± 1.96 and ± 0.67 standard errors.",
    "fr": "Intervalles à 95 % et 50 %, erreur normale : valeur ± 1,96 et ± 0,67 erreur type.",
    "es": "Intervalos del 95 % y 50 %, error normal: valor ± 1,96 y ± 0,67 errores estándar.",
}
ENDS_NOTE = {
    "en": "From the least to the most that the data allow; there is no standard error.",
    "fr": "Du minimum au maximum que les données permettent ; pas d’erreur type.",
    "es": "Del mínimo al máximo que permiten los datos; no hay error estándar.",
}
RANGE_NOTE = {
    "en": (
        "A range, and no interval: from the lower to the upper end of what its method assumes. How "
        "likely the true number lies in it is not known; there is no standard error."
    ),
    "fr": (
        "Une fourchette et non un intervalle : de la borne basse à la borne haute de ce que "
        "suppose sa méthode. La probabilité que le vrai nombre s’y trouve n’est pas connue ; pas "
        "d’erreur type."
    ),
    "es": (
        "Un rango y no un intervalo: del extremo bajo al alto de lo que supone su método. No se "
        "sabe con qué probabilidad está en él el número verdadero; no hay error estándar."
    ),
}
NO_INTERVAL = {
    "en": "The product gives no error: there is no interval.",
    "fr": "Le produit ne donne pas d’erreur : pas d’intervalle.",
    "es": "El producto no da error: no hay intervalo.",
}
SHARE_NOTE = {
    "en": (
        "95% and 50% intervals of a normal error, cut at 0 and 100%; of a few cells, whose land is "
        "nearly all of a class or none of it, 0 to 100%."
    ),
    "fr": (
        "Intervalles à 95 % et 50 %, erreur normale, coupés à 0 et 100 % ; de peu de cellules, "
        "dont presque toute la terre est d’une classe ou n’en est pas, de 0 à 100 %."
    ),
    "es": (
        "Intervalos del 95 % y 50 %, error normal, cortados en 0 y 100 %; de pocas celdas, cuya "
        "tierra es casi toda de una clase o no lo es, de 0 a 100 %."
    ),
}
CHANCE_NOTE = {
    "en": "The chance of a cell says itself how certain it is: there is no interval around it.",
    "fr": "La probabilité d’une cellule dit elle-même sa certitude : sans intervalle autour.",
    "es": "La probabilidad de una celda dice por sí misma su certeza: sin intervalo alrededor.",
}
CHANGE_NOTE = {
    "en": (
        "Of a change: 95% and 50% intervals of Student’s t over the members of the nowcast, "
        "the error of the model itself added to their spread."
    ),
    "fr": (
        "D’une variation : intervalles à 95 % et 50 % de la loi de Student sur les membres de la "
        "prévision immédiate, l’erreur du modèle lui-même ajoutée à leur dispersion."
    ),
    "es": (
        "De un cambio: intervalos del 95 % y 50 % de la t de Student sobre los miembros de la "
        "predicción inmediata, con el error del propio modelo sumado a su dispersión."
    ),
}
NO_CHANGE_INTERVAL = {
    "en": (
        "Of a change there is an interval where members of a nowcast are the same at all its "
        "dates; here there is none."
    ),
    "fr": (
        "Une variation a un intervalle là où les membres d’une prévision immédiate sont les mêmes "
        "à toutes ses dates ; ici, il n’y en a pas."
    ),
    "es": (
        "Un cambio tiene intervalo donde los miembros de una predicción inmediata son los mismos "
        "en todas sus fechas; aquí no lo hay."
    ),
}
NO_OWN_INTERVAL = {
    "en": "Of a change no interval is made for shapes and cells of one’s own.",
    "fr": "D’une variation, aucun intervalle n’est fait pour des formes et cellules choisies.",
    "es": "De un cambio no se hace intervalo para formas y celdas propias.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """What some numbers of one indicator have."""

    indicator: Indicator
    with_error: bool
    """One of them has a standard error."""
    with_ends: bool
    """One of them has an interval."""
    own: bool = False
    """They are of shapes or cells of one's own, and of no published area."""


def doubts_of(sheets: Sequence[Sheet], rows: Sequence[Row]) -> list[Doubt]:
    """What the rows of each of some variables have."""
    return [
        Doubt(
            indicator=one,
            with_error=any(row["std_error"] is not None for row in own),
            with_ends=any(row["lower_95"] is not None for row in own),
        )
        for one in (sheet.choice.indicator for sheet in sheets)
        for own in [[row for row in rows if row["variable"] == one.id]]
    ]


def interval_note(lang: str, doubts: Iterable[Doubt]) -> str:
    """What the intervals of some numbers are, in a language; each note once."""
    return " ".join(dict.fromkeys(in_language(_note(one), lang) for one in doubts))


def _note(doubt: Doubt) -> dict[str, str]:
    if doubt.indicator.of_means is not None:
        none = NO_OWN_INTERVAL if doubt.own else NO_CHANGE_INTERVAL
        return CHANGE_NOTE if doubt.with_error else none
    if doubt.with_error:
        return SHARE_NOTE if doubt.indicator.chance else INTERVAL_NOTE
    if not doubt.with_ends:
        return CHANCE_NOTE if doubt.indicator.chance and doubt.own else NO_INTERVAL
    # Without a lower end of its own the number is the least that the data allow.
    return RANGE_NOTE if doubt.indicator.least else ENDS_NOTE
