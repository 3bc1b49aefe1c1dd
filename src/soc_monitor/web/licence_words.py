"""Licences in a reader's language: names of licences stay, what is said around them is said."""

from soc_monitor.web.i18n import Language

JOINT = " AND "
"""Between the licences of what several sources made."""


def licence(text: str, words: Language) -> str:
    r"""A licence as a page shows it; a name, and what an operator has written, as it is.

    Example:
        >>> from soc_monitor.web.i18n import language
        >>> licence("CC-BY-4.0 AND Public domain", language("fr"))
        'CC-BY-4.0\xa0; domaine public'
    """
    said = {
        "Facts, each with its source": words.say("Facts, each with its source"),
        "Public domain": words.say("Public domain"),
        "That of the stations’ owner": words.say("That of the stations’ owner"),
        "That of the probes' owner": words.say("That of the probes’ owner"),
        "That of the service; ask its operator": words.say("That of the service; ask its operator"),
        "By network; the files may not be passed on": words.say(
            "By network; the files may not be passed on"
        ),
        "Free and open, no restriction on use": words.say("Free and open, no restriction on use"),
        "Published by the Initiative; quoted with its source": words.say(
            "Published by the Initiative; quoted with its source"
        ),
        "ITU-R Recommendation, free of charge; values by itur, MIT": words.say(
            "ITU-R Recommendation, free of charge; values by itur, MIT"
        ),
        "ESA CCI data policy: free use with attribution": words.say(
            "ESA CCI data policy: free use with attribution"
        ),
        "Licence to use Copernicus products": words.say("Licence to use Copernicus products"),
        "Licence to use Copernicus products; ESA CCI licence": words.say(
            "Licence to use Copernicus products; ESA CCI licence"
        ),
        "Values by smecv-grid, MIT; the map as HESS published it, CC-BY-NC-SA-2.5": words.say(
            "Values by smecv-grid, MIT; the map as HESS published it, CC-BY-NC-SA-2.5"
        ),
        "Values by dutchsoils, MIT; the soil map is a public register (BRO)": words.say(
            "Values by dutchsoils, MIT; the soil map is a public register (BRO)"
        ),
    }
    if words.code == "en":
        return text
    parts = [said.get(part, part) for part in text.split(JOINT)]
    return "\N{NO-BREAK SPACE}; ".join(parts) if words.code == "fr" else "; ".join(parts)
