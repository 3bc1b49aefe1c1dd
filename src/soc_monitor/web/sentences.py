"""Findings in one plain sentence each: whole templates with named places, never joined pieces.

Area names stand before a colon, so that no language needs an article or a preposition for them.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from soc_monitor.web import numbers
from soc_monitor.web.estimate import Shown
from soc_monitor.web.i18n import Language

NEARLY_ALL = 0.95
"""Of the land: where this much has an estimate, a sentence need not say how much."""


def finding(mean: Shown | None, total: Shown | None, title: str, d: str, words: Language) -> str:
    """What is known of the stock of an area.

    Args:
        mean: the number per hectare.
        total: the number of the whole area; None: not shown.
        title: of the indicator.
        d: depth key: ``0-30``.
        words: the language.
    """
    if mean is None or mean.raw is None:
        return nothing("" if mean is None else mean.name, title, words)
    return _whole(_finding(mean, total, d, words), mean, words)


def _whole(said: str, row: Shown, words: Language) -> str:
    """A finding, and for how much of the land it stands where that is not nearly all of it."""
    if row.mapped_fraction is None or row.mapped_fraction >= NEARLY_ALL:
        return said
    share = words.say("{share} of the land has an estimate.", share=row.mapped)
    return f"{said} {share}"


def _finding(mean: Shown, total: Shown | None, d: str, words: Language) -> str:
    top, bottom = d.split("-")
    said = {"area": mean.name, "top": top, "bottom": bottom, "value": mean.full}
    whole = total.full if total is not None and total.raw is not None else ""
    if mean.interval and whole:
        return words.say(
            "{area}: between {top} and {bottom} cm deep, soils hold about {value} on average "
            "(95% interval {interval}). That is about {total} in all.",
            interval=mean.interval,
            total=whole,
            **said,
        )
    if mean.interval:
        return words.say(
            "{area}: between {top} and {bottom} cm deep, soils hold about {value} on average "
            "(95% interval {interval}).",
            interval=mean.interval,
            **said,
        )
    return words.say(
        "{area}: between {top} and {bottom} cm deep, soils hold about {value} on average. "
        "The source gives no interval.",
        **said,
    )


def generic(mean: Shown | None, title: str, words: Language) -> str:
    """What is known of any other indicator; of a change, with what may be said of it."""
    if mean is not None and mean.untold:
        return not_told(mean, title, words)
    if mean is None or mean.raw is None:
        return nothing("" if mean is None else mean.name, title, words)
    named = {"area": mean.name, "period": mean.period, "title": title, "value": mean.full}
    if mean.ranged:
        said = words.say(
            "{area}, {period}: {title}, about {value} (range {interval}).",
            interval=mean.interval,
            **named,
        )
        return _whole(said, mean, words)
    if mean.word:
        said = words.say(
            "{area}, {period}: {title}, about {value} (95% interval {interval}): {state}.",
            interval=mean.interval or "–",
            state=mean.word,
            **named,
        )
        return _whole(said, mean, words)
    said = (
        words.say(
            "{area}, {period}: {title}, about {value} (95% interval {interval}).",
            interval=mean.interval,
            **named,
        )
        if mean.interval
        else words.say(
            "{area}, {period}: {title}, about {value}. The source gives no interval.", **named
        )
    )
    return _whole(said, mean, words)


def not_told(row: Shown, title: str, words: Language) -> str:
    """A change that cannot be told, and why; its number stands elsewhere, and is no finding."""
    said = words.say(
        "{area}, {period}: {title}, not assessable.",
        area=row.name,
        period=row.period,
        title=title,
    )
    return " ".join([said, *row.reasons[:2]])


def nothing(name: str, title: str, words: Language) -> str:
    """There is no estimate."""
    if not name:
        return words.say("No estimate is published yet: {title}.", title=title)
    return words.say("{area}: no estimate is published here: {title}.", area=name, title=title)


def world_total(total: Shown | None, d: str, words: Language) -> str:
    """What the soils of the world hold."""
    if total is None or total.raw is None:
        return words.say("No number for the world is published yet.")
    top, bottom = d.split("-")
    named = {"top": top, "bottom": bottom, "total": total.full}
    said = (
        words.say(
            "Between {top} and {bottom} cm deep, the world’s soils hold about {total} "
            "(95% interval {interval}).",
            interval=total.interval,
            **named,
        )
        if total.interval
        else words.say(
            "Between {top} and {bottom} cm deep, the world’s soils hold about {total}. "
            "The source gives no interval.",
            **named,
        )
    )
    return _whole(said, total, words)


def with_record(about: str, record: Mapping[str, Any] | None, words: Language) -> str:
    """What an indicator is, and of an anomaly how many years it stands among."""
    if not record:
        return about
    told = words.say_n(
        "It stands among {n} other year, {first} to {last}.",
        "It stands among {n} other years, {first} to {last}.",
        record["years"],
        n=numbers.number(record["years"], words.code, 0),
        first=str(record["first"])[:4],
        last=str(record["last"])[:4],
    )
    return f"{about} {told}"


def alike(series: Iterable[tuple[Mapping[str, Any], list[Shown]]], words: Language) -> str:
    """Why some products show one number: they start from one map that nothing moves much here.

    Args:
        series: of one area, a product each: what the API says of it, and its rows, oldest first.
        words: the language.

    Returns:
        A sentence; empty where no two products have the same number, the sources of one among
        those of the other.
    """
    newest = [
        (frozenset(meta["product"]["source_ids"]), (filled[-1].value, filled[-1].interval))
        for meta, rows in series
        if (filled := [row for row in rows if row.raw is not None])
    ]
    # What is computed from a map has the sources of that map, and may have more.
    n = max(
        (sum(said == other and start <= more for more, other in newest) for start, said in newest),
        default=0,
    )
    if n < 2:
        return ""
    return words.say(
        "The same number is there {n} times: these products start from one map, and field samples "
        "and live weather change too little of it here to be seen. They are one source, and do "
        "not confirm each other.",
        n=numbers.number(n, words.code, 0),
    )


def unbased(titles: list[str], year: str, words: Language) -> str:
    """Which products are in no chart, because they cannot be counted from a year; empty: none."""
    if not titles:
        return ""
    return words.say(
        "Left out, since they cannot be counted from {year}: {products}.",
        year=year,
        products=", ".join(titles),
    )


def change_not_assessed(words: Language) -> str:
    """Only a baseline is there."""
    return words.say(
        "Change is not assessed yet: no live driver feed is set. "
        "What is published is a baseline of the stock."
    )


def on_map(row: Shown, words: Language) -> str:
    """What the title of an area on a map says."""
    if row.raw is None and not row.untold:
        return words.say("{area}: no estimate", area=row.name)
    return words.say("{area}: {value}", area=row.name, value=row.brief)


def map_summary(title: str, period: str, n: str, level: str, words: Language) -> str:
    """What the map shows, for those who do not see it."""
    return words.say(
        "Map: {title}, {period}. {level} with an estimate: {n}.",
        title=title,
        period=period,
        n=n,
        level=level,
    )


def real_months(meta: Mapping[str, Any] | None, words: Language) -> str:
    """How much of a nowcast was observed; empty: the product is none.

    Args:
        meta: of ``/areas/{id}/months``; None or without months: there is no nowcast of the area.
        words: the language.

    Example:
        >>> from soc_monitor.web.i18n import language
        >>> meta = {"months": 25, "real_weather": 23, "real_vegetation": 0, "observed_moisture": 12}
        >>> meta |= {"last_real_weather": "2012-12-01", "provisional_since": "2012-08-01"}
        >>> told = real_months(meta, language("en")).partition("comes. ")[2]
        >>> "In 12 of them the moisture of the soil" in told, "From August 2012 on all" in told
        (True, True)
    """
    if meta is None or not meta["months"]:
        return ""
    # The first month is the one that the soil starts from: nothing is followed in it.
    followed = meta["months"] - 1
    weather, plants = meta["real_weather"], meta["real_vegetation"]
    if not weather and not plants:
        return words.say(
            "No month of this nowcast is real: weather and plants are those of a mean year, and "
            "the stock is that of the map. Connect a live feed of temperature and rain, and one "
            "of vegetation."
        )
    day = meta["last_real_weather"] or meta["last_real_vegetation"]
    told = words.say(
        "Of {n} months since the start, {weather} have the weather of that very month and {plants} "
        "its vegetation, the last one in {month}; the others are filled from a mean year and made "
        "anew if the real month comes.",
        n=numbers.number(followed, words.code, 0),
        weather=numbers.number(weather, words.code, 0),
        plants=numbers.number(plants, words.code, 0),
        month=numbers.period(day[:7], words.code),
    )
    more = []
    if meta["observed_moisture"]:
        more.append(
            words.say(
                "In {n} of them the moisture of the soil was observed as well.",
                n=numbers.number(meta["observed_moisture"], words.code, 0),
            )
        )
    if meta["provisional_since"]:
        more.append(
            words.say(
                "From {month} on all months are provisional: each goes on from the one before.",
                month=numbers.period(meta["provisional_since"][:7], words.code),
            )
        )
    return " ".join([told, *more])
