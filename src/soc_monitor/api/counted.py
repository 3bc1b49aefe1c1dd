"""What stands behind a value that this service counted, in words."""

from collections.abc import Mapping, Sequence
from typing import Any

from soc_monitor.progress.service import (
    AVAILABLE_PERCENT,
    CHECKS_A_DAY,
    FRESH_PERCENT,
    WINDOW_DAYS,
    Service,
)
from soc_monitor.progress.tools import TOOL_FIELDS, TOOL_REQUIRED, told

_E1 = {
    "en": "An actor counts when one of its tools has all of the {required} required facts, each "
    "with its source: {counted} of {actors} actors. With all {every} facts: {complete}.",
    "fr": "Un acteur compte quand l’un de ses outils a les {required} faits obligatoires, chacun "
    "avec sa source : {counted} acteurs sur {actors}. Avec les {every} faits : {complete}.",
    "es": "Un actor cuenta cuando una de sus herramientas tiene los {required} datos obligatorios, "
    "cada uno con su fuente: {counted} de {actors} actores. Con los {every} datos: {complete}.",
}
_E2 = {
    "en": "“Operational” asks for {window} days with {available} % of the checks answered and "
    "{fresh} % of the live inputs fresh. Kept so far: {days} days, {answered} of {expected} "
    "checks answered; {inputs}.",
    "fr": "« Opérationnel » demande {window} jours avec {available} % des contrôles suivis de "
    "réponse et {fresh} % des données vivantes à jour. Conservé jusqu’ici : {days} jours, "
    "{answered} contrôles sur {expected} suivis de réponse ; {inputs}.",
    "es": "«Operativo» exige {window} días con respuesta al {available} % de las comprobaciones y "
    "el {fresh} % de los datos vivos al día. Guardado hasta ahora: {days} días, {answered} de "
    "{expected} comprobaciones con respuesta; {inputs}.",
}
_NO_INPUT = {
    "en": "no live input is connected",
    "fr": "aucune donnée vivante n’est raccordée",
    "es": "no hay ningún dato vivo conectado",
}
_INPUTS = {
    "en": "{share:.1f} % of the live inputs were fresh",
    "fr": "{share:.1f} % des données vivantes étaient à jour",
    "es": "el {share:.1f} % de los datos vivos estaba al día",
}


def note_of(
    kpi_id: str, service: Service, tools: Sequence[Mapping[str, Any]], lang: str
) -> str | None:
    """How a counted value came about, where its number alone would be misread.

    Args:
        kpi_id: of the measure.
        service: what is served, and how well.
        tools: entries of the catalogue of tools.
        lang: ``en``, ``fr`` or ``es``.
    """
    made = None
    if kpi_id == "e1_actors":
        made = _E1[lang].format(
            required=len(TOOL_REQUIRED),
            every=len(TOOL_FIELDS),
            actors=len({_owner(one) for one in tools}),
            counted=_actors(tools, TOOL_REQUIRED),
            complete=_actors(tools, TOOL_FIELDS),
        )
    if kpi_id in {"e2_stage", "e2_inputs_fresh"}:
        share = service.freshness
        inputs = _NO_INPUT[lang] if share is None else _INPUTS[lang].format(share=share)
        made = _E2[lang].format(
            window=WINDOW_DAYS,
            available=f"{AVAILABLE_PERCENT:g}",
            fresh=f"{FRESH_PERCENT:g}",
            days=len(service.days),
            answered=sum(one.answered for one in service.days),
            expected=WINDOW_DAYS * CHECKS_A_DAY,
            inputs=inputs,
        )
    if made is None or lang == "en":
        return made
    for mark in " ;", " :", " %", " »":
        made = made.replace(mark, "\N{NO-BREAK SPACE}" + mark[1:])
    return made.replace("« ", "«\N{NO-BREAK SPACE}")


def _actors(tools: Sequence[Mapping[str, Any]], fields: Sequence[str]) -> int:
    complete = [one for one in tools if all(told(one, name) for name in fields)]
    return len({_owner(one) for one in complete})


def _owner(tool: Mapping[str, Any]) -> Any:
    return tool["fields"].get("owner", {}).get("value")
